----------------------------- MODULE FilterLock -----------------------------
(* Peterson's filter lock, the same steps as tests/models/filter_lock.py:    *)
(* 10,294,228 states for N = 5 (3: 2,287).                                   *)
EXTENDS Naturals

CONSTANT N
VARIABLES at, level, looked, last

P == 0..N-1

TypeOK ==
    /\ at \in [P -> {"idle", "climbing", "marking", "looking", "through", "critical"}]
    /\ level \in [P -> 0..N-1]
    /\ looked \in [P -> P]
    /\ last \in [1..N-1 -> P]

MutualExclusion == \A i, j \in P: at[i] = "critical" /\ at[j] = "critical" => i = j

Init ==
    /\ at = [i \in P |-> "idle"]
    /\ level = [i \in P |-> 0]
    /\ looked = [i \in P |-> 0]
    /\ last = [l \in 1..N-1 |-> 0]

Begin(i) ==
    /\ at[i] = "idle"
    /\ at' = [at EXCEPT ![i] = "climbing"]
    /\ UNCHANGED <<level, looked, last>>

Climb(i) ==
    /\ at[i] = "climbing"
    /\ at' = [at EXCEPT ![i] = "marking"]
    /\ level' = [level EXCEPT ![i] = @ + 1]
    /\ UNCHANGED <<looked, last>>

Mark(i) ==
    /\ at[i] = "marking"
    /\ at' = [at EXCEPT ![i] = "looking"]
    /\ last' = [last EXCEPT ![level[i]] = i]
    /\ UNCHANGED <<level, looked>>

(* No disjunction: TLC would take the step once for each side that holds.    *)
Waits(i) == looked[i] # i /\ level[looked[i]] >= level[i] /\ last[level[i]] = i

Look(i) ==
    /\ at[i] = "looking"
    /\ ~Waits(i)
    /\ at' = [at EXCEPT ![i] = IF looked[i] = N - 1 THEN "through" ELSE @]
    /\ looked' = [looked EXCEPT ![i] = (@ + 1) % N]
    /\ UNCHANGED <<level, last>>

Advance(i) ==
    /\ at[i] = "through"
    /\ at' = [at EXCEPT ![i] = IF level[i] = N - 1 THEN "critical" ELSE "climbing"]
    /\ UNCHANGED <<level, looked, last>>

Leave(i) ==
    /\ at[i] = "critical"
    /\ at' = [at EXCEPT ![i] = "idle"]
    /\ level' = [level EXCEPT ![i] = 0]
    /\ UNCHANGED <<looked, last>>

Next == \E i \in P: Begin(i) \/ Climb(i) \/ Mark(i) \/ Look(i) \/ Advance(i) \/ Leave(i)
=============================================================================
