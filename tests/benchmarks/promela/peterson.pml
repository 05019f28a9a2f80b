/* Peterson's lock for N processes as in the benchmark set BEEM, a process each; packed, 36 bytes a state for N = 4.
 *
 * The same steps as tests/benchmarks/peterson.py: 1,119,560 states for N = 4, 12,498 for N = 3.
 */
#ifndef N
#define N 4
#endif

unsigned positions : 12;	/* three bits each: the level that it has reached */
unsigned lasts : 8;		/* two bits a level: who came last to it */

#define POSITION(i)	((positions >> (3 * (i))) & 7)
#define AT_LEVEL(l)	positions = (positions & ~(7 << (3 * _pid))) | ((l) << (3 * _pid))
#define LAST(l)		((lasts >> (2 * ((l) - 1))) & 3)
#define COME_TO(l)	lasts = (lasts & ~(3 << (2 * ((l) - 1)))) | (_pid << (2 * ((l) - 1)))

active [N] proctype process()
{
	unsigned level : 3;
	unsigned looked : 3;

idle:	level = 1;
climb:	if
	:: d_step { level < N -> AT_LEVEL(level) }
	:: level == N -> goto critical
	fi;
	d_step { COME_TO(level); looked = 0 };
look:	if
	:: d_step { looked < N && (looked == _pid || POSITION(looked) < level) -> looked++ }; goto look
	:: d_step { (LAST(level) != _pid || looked == N) -> level++ }; goto climb
	fi;
critical:
	AT_LEVEL(0);
	goto idle
}
