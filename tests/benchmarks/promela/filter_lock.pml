/* Peterson's filter lock, one Promela process for each process.
 *
 * The same steps as tests/models/filter_lock.py: 10,294,228 states for N = 5 (2, 3, 4: 54, 2,287, 134,192).
 * Translate with `spin -o3`, or SPIN merges the steps that only touch `looked`.
 *
 * Packed for SPIN's sake, 44 bytes a state: three bits a number, and `looked` in the word that keeps a process's place.
 */
#ifndef N
#define N 5
#endif

unsigned levels : 15;	/* the level that each process has announced */
unsigned lasts : 15;	/* the process that came last to each level; 0 is not a level, and stays 0 */

#define LEVEL(i)	((levels >> (3 * (i))) & 7)
#define LAST(l)		((lasts >> (3 * (l))) & 7)
#define MINE		LEVEL(_pid)
#define PASSES		(looked == _pid || LEVEL(looked) < MINE || LAST(MINE) != _pid)

active [N] proctype process()
{
	unsigned looked : 3;	/* how many processes it has looked at on this level */

idle:	skip;
climb:	levels = levels + (1 << (3 * _pid));
	lasts = (lasts & ~(7 << (3 * MINE))) | (_pid << (3 * MINE));
look:	if
	:: d_step { looked < N - 1 && PASSES -> looked++ }; goto look
	:: d_step { looked == N - 1 && PASSES -> looked = 0 }
	fi;
	if
	:: MINE < N - 1 -> goto climb
	:: MINE == N - 1	/* critical */
	fi;
	levels = levels & ~(7 << (3 * _pid));
	goto idle
}
