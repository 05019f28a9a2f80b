--------------------------- MODULE TwoPhaseCommit ---------------------------
(* Two-phase commit, the same steps as tests/models/two_phase_commit.py:     *)
(* 1,745,408 states for N = 8. Messages stay once they are sent.             *)
EXTENDS Naturals

CONSTANT N
VARIABLES at, manager, received, sent, decided
vars == <<at, manager, received, sent, decided>>

RM == 0..N-1

TypeOK ==
    /\ at \in [RM -> {"working", "prepared", "committed", "aborted"}]
    /\ manager \in {"init", "done"}
    /\ received \subseteq RM
    /\ sent \subseteq RM
    /\ decided \in {"nothing", "commit", "abort"}

Consistent == \A one, other \in RM: ~(at[one] = "aborted" /\ at[other] = "committed")

Init ==
    /\ at = [r \in RM |-> "working"]
    /\ manager = "init"
    /\ received = {}
    /\ sent = {}
    /\ decided = "nothing"

Commit ==
    /\ manager = "init"
    /\ received = RM
    /\ manager' = "done"
    /\ decided' = "commit"
    /\ UNCHANGED <<at, received, sent>>

Abort ==
    /\ manager = "init"
    /\ manager' = "done"
    /\ decided' = "abort"
    /\ UNCHANGED <<at, received, sent>>

Receive(r) ==
    /\ manager = "init"
    /\ r \in sent
    /\ received' = received \union {r}
    /\ UNCHANGED <<at, manager, sent, decided>>

Prepare(r) ==
    /\ at[r] = "working"
    /\ at' = [at EXCEPT ![r] = "prepared"]
    /\ sent' = sent \union {r}
    /\ UNCHANGED <<manager, received, decided>>

ChooseToAbort(r) ==
    /\ at[r] = "working"
    /\ at' = [at EXCEPT ![r] = "aborted"]
    /\ UNCHANGED <<manager, received, sent, decided>>

ReceiveCommit(r) ==
    /\ decided = "commit"
    /\ at' = [at EXCEPT ![r] = "committed"]
    /\ UNCHANGED <<manager, received, sent, decided>>

ReceiveAbort(r) ==
    /\ decided = "abort"
    /\ at' = [at EXCEPT ![r] = "aborted"]
    /\ UNCHANGED <<manager, received, sent, decided>>

Next ==
    \/ Commit
    \/ Abort
    \/ \E r \in RM: Receive(r) \/ Prepare(r) \/ ChooseToAbort(r) \/ ReceiveCommit(r) \/ ReceiveAbort(r)
=============================================================================
