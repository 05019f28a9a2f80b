/* The dining philosophers, the whole table as one process and in one word: 12 bytes a state, one option each.
 *
 * The same steps as tests/models/philosophers.py: 3^N - 1 states, 1,594,322 for N = 13.
 *
 * Two bits each: 0 thinks, 1 has the first fork, 2 has both, 3 has the second. They say which forks are taken, so forks
 * are not stored; everybody's next move is one, so one option is enough for each.
 */
#ifndef N
#define N 13
#endif

int table;

#define AT(i)		((table >> (2 * (i))) & 3)
#define FIRST(i)	((AT(i) + 1) & 2)	/* 1 or 2: holds its first fork */
#define SECOND(i)	(AT(i) & 2)		/* 2 or 3: holds its second */
#define LEFT(i)		(((i) + N - 1) % N)
#define RIGHT(i)	(((i) + 1) % N)

#define MOVE(i) \
	:: d_step { (AT(i) >= 2 || (AT(i) == 0 && !SECOND(LEFT(i))) || (AT(i) == 1 && !FIRST(RIGHT(i)))) -> \
		table = (table & ~(3 << (2 * (i)))) | (((AT(i) + 1) & 3) << (2 * (i))) }

active proctype everybody()
{
	do
	MOVE(0) MOVE(1) MOVE(2) MOVE(3) MOVE(4)
#if N > 5
	MOVE(5) MOVE(6) MOVE(7) MOVE(8) MOVE(9) MOVE(10) MOVE(11) MOVE(12)
#endif
	od
}
