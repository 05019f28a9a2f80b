/* The dining philosophers, a process each, as a textbook has them: the program counter is where one is, a bit a fork.
 *
 * The same steps as tests/models/philosophers.py: 3^N - 1 states, 1,594,322 for N = 13.
 */
#ifndef N
#define N 13
#endif

unsigned forks : N;	/* those that are taken */

#define FIRST	(1 << _pid)
#define SECOND	(1 << ((_pid + 1) % N))

active [N] proctype philosopher()
{
	do
	:: d_step { !(forks & FIRST) -> forks = forks | FIRST };
	   d_step { !(forks & SECOND) -> forks = forks | SECOND };
	   forks = forks & ~FIRST;
	   forks = forks & ~SECOND
	od
}
