/* Two-phase commit, everybody as one process, in two words.
 *
 * The same steps as tests/models/two_phase_commit.py: 1,745,408 states for N = 8, 10,340,352 for N = 9.
 *
 * Two bits for each resource manager: 0 works, 1 is prepared, 2 has committed, 3 has aborted. A bit for each "prepared"
 * that was sent, and for each that the manager has received; what the manager has decided is what it has sent.
 */
#ifndef N
#define N 8
#endif
#define ALL	((1 << N) - 1)

int at;
unsigned sent : N;
unsigned received : N;
unsigned decided : 2;	/* 0: nothing, 1: commit, 2: abort */

#define AT(i)		((at >> (2 * (i))) & 3)
#define BECOME(i, s)	at = (at & ~(3 << (2 * (i)))) | ((s) << (2 * (i)))

#define RESOURCE(i) \
	:: d_step { AT(i) == 0 -> BECOME(i, 1); sent = sent | (1 << (i)) } \
	:: d_step { AT(i) == 0 -> BECOME(i, 3) } \
	:: d_step { decided != 0 -> BECOME(i, decided + 1) } \
	:: d_step { decided == 0 && (sent & (1 << (i))) -> received = received | (1 << (i)) }

active proctype everybody()
{
	do
	:: d_step { decided == 0 && received == ALL -> decided = 1 }
	:: d_step { decided == 0 -> decided = 2 }
	RESOURCE(0) RESOURCE(1) RESOURCE(2)
#if N > 3
	RESOURCE(3) RESOURCE(4) RESOURCE(5)
#endif
#if N > 6
	RESOURCE(6) RESOURCE(7)
#endif
#if N > 8
	RESOURCE(8)
#endif
	od
}
