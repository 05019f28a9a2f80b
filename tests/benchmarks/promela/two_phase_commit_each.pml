/* Two-phase commit, a process each: the resource managers, and their manager.
 *
 * The same steps as tests/models/two_phase_commit.py: 1,745,408 states for N = 8, 10,340,352 for N = 9. The program
 * counter is where one is.
 */
#ifndef N
#define N 8
#endif
#define ALL	((1 << N) - 1)
#define MINE	(1 << (_pid - 1))	/* the manager is process 0 */

unsigned sent : N;	/* whose "prepared" was sent */
unsigned received : N;	/* whose was received */
unsigned decided : 2;	/* 0: nothing, 1: commit, 2: abort */

#define RECEIVE(i)	:: d_step { sent & (1 << (i)) -> received = received | (1 << (i)) }

active proctype manager()
{
	do
	:: d_step { received == ALL -> decided = 1 }; break
	:: decided = 2; break
	RECEIVE(0) RECEIVE(1) RECEIVE(2)
#if N > 3
	RECEIVE(3) RECEIVE(4) RECEIVE(5)
#endif
#if N > 6
	RECEIVE(6) RECEIVE(7)
#endif
#if N > 8
	RECEIVE(8)
#endif
	od;
	false	/* stays, or it would be one state less and one more */
}

active [N] proctype resource()
{
	if
	:: sent = sent | MINE
	:: goto aborted
	:: decided == 1 -> goto committed
	:: decided == 2 -> goto aborted
	fi;
	if
	:: decided == 1 -> goto committed
	:: decided == 2 -> goto aborted
	fi;
committed:
	do
	:: decided == 1
	od;
aborted:
	do
	:: decided == 2
	:: decided == 1 -> goto committed
	od
}
