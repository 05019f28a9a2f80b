/* Peterson's filter lock, the whole system as one process: arrays, and one loop of atomic guarded commands.
 *
 * The same steps as tests/models/filter_lock.py: 10,294,228 states for N = 5 (2, 3, 4: 54, 2,287, 134,192).
 * at[i]: 0 idle, 1 climbing, 2 marking, 3 looking, 4 through, 5 critical.
 */
#ifndef N
#define N 5
#endif

byte at[N];
byte level[N];
byte looked[N];
byte last[N];	/* who came last to level l: last[l]; last[0] stays 0 */

#define PASSES(i)	(looked[i] == i || level[looked[i]] < level[i] || last[level[i]] != i)

#define PROCESS(i) \
	:: d_step { at[i] == 0 -> at[i] = 1 } \
	:: d_step { at[i] == 1 -> level[i] = level[i] + 1; at[i] = 2 } \
	:: d_step { at[i] == 2 -> last[level[i]] = i; at[i] = 3 } \
	:: d_step { at[i] == 3 && looked[i] < N - 1 && PASSES(i) -> looked[i] = looked[i] + 1 } \
	:: d_step { at[i] == 3 && looked[i] == N - 1 && PASSES(i) -> looked[i] = 0; at[i] = 4 } \
	:: d_step { at[i] == 4 && level[i] < N - 1 -> at[i] = 1 } \
	:: d_step { at[i] == 4 && level[i] == N - 1 -> at[i] = 5 } \
	:: d_step { at[i] == 5 -> level[i] = 0; at[i] = 0 }

active proctype all()
{
	do
	PROCESS(0)
	PROCESS(1)
#if N > 2
	PROCESS(2)
#endif
#if N > 3
	PROCESS(3)
#endif
#if N > 4
	PROCESS(4)
#endif
	od
}
