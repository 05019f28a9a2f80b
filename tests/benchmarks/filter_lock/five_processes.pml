/* Peterson's filter lock, one Promela process for each process.
 *
 * The same steps as tests/models/filter_lock.py: 10,294,228 states for N = 5 (2, 3, 4: 54, 2,287, 134,192).
 * Every number has the three bits that it needs; `looked` shares the word in which SPIN keeps a process's position.
 */
#ifndef N
#define N 5
#endif

byte level[N];
byte last[N];	/* who came last to level l: last[l]; last[0] stays 0 */

#define PASSES	(looked == _pid || level[looked] < level[_pid] || last[level[_pid]] != _pid)

active [N] proctype process()
{
	unsigned looked : 3;

idle:	skip;
climb:	level[_pid]++;
	last[level[_pid]] = _pid;
look:	if
	:: d_step { looked < N - 1 && PASSES -> looked++ }; goto look
	:: d_step { looked == N - 1 && PASSES -> looked = 0 }
	fi;
	if
	:: level[_pid] < N - 1 -> goto climb
	:: level[_pid] == N - 1
	fi;
	level[_pid] = 0;	/* the critical section is before this */
	goto idle
}
