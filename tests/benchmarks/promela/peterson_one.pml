/* Peterson's lock for N processes as in the benchmark set BEEM, all as one process.
 *
 * The same steps as tests/benchmarks/peterson.py: 1,119,560 states for N = 4, 12,498 for N = 3.
 * at[i]: 0 idle, 1 climbing, 2 marking, 3 looking, 4 critical.
 */
#ifndef N
#define N 4
#endif

typedef Process {
	unsigned at : 3;
	unsigned level : 3;	/* the one that it is on its way to */
	unsigned looked : 3;	/* how many processes it has looked at */
	unsigned position : 3	/* the level that it has reached */
}
Process p[N];
byte last[N];	/* who came last to level l: last[l - 1] */

#define PASSED(i)	(p[i].looked == i || p[p[i].looked].position < p[i].level)

#define PROCESS(i) \
	:: d_step { p[i].at == 0 -> p[i].level = 1; p[i].at = 1 } \
	:: d_step { p[i].at == 1 -> \
		if \
		:: p[i].level < N -> p[i].position = p[i].level; p[i].at = 2 \
		:: else -> p[i].at = 4 \
		fi } \
	:: d_step { p[i].at == 2 -> last[p[i].level - 1] = i; p[i].looked = 0; p[i].at = 3 } \
	:: d_step { p[i].at == 3 && p[i].looked < N && PASSED(i) -> p[i].looked++ } \
	:: d_step { p[i].at == 3 && (last[p[i].level - 1] != i || p[i].looked == N) -> p[i].level++; p[i].at = 1 } \
	:: d_step { p[i].at == 4 -> p[i].position = 0; p[i].at = 0 }

active proctype all()
{
	do
	PROCESS(0)
	PROCESS(1)
	PROCESS(2)
#if N > 3
	PROCESS(3)
#endif
	od
}
