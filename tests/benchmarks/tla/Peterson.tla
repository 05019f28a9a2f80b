------------------------------ MODULE Peterson ------------------------------
(* Peterson's lock as in the benchmark set BEEM, the same steps as           *)
(* tests/benchmarks/peterson.py: 1,119,560 states for N = 4.                 *)
EXTENDS Naturals

CONSTANT N
VARIABLES at, level, looked, position, last

P == 0..N-1

TypeOK ==
    /\ at \in [P -> {"idle", "climbing", "marking", "looking", "critical"}]
    /\ level \in [P -> 0..N]
    /\ looked \in [P -> 0..N]
    /\ position \in [P -> 0..N-1]
    /\ last \in [1..N-1 -> P]

MutualExclusion == \A i, j \in P: at[i] = "critical" /\ at[j] = "critical" => i = j

Init ==
    /\ at = [i \in P |-> "idle"]
    /\ level = [i \in P |-> 0]
    /\ looked = [i \in P |-> 0]
    /\ position = [i \in P |-> 0]
    /\ last = [l \in 1..N-1 |-> 0]

Begin(i) ==
    /\ at[i] = "idle"
    /\ at' = [at EXCEPT ![i] = "climbing"]
    /\ level' = [level EXCEPT ![i] = 1]
    /\ UNCHANGED <<looked, position, last>>

Climb(i) ==
    /\ at[i] = "climbing"
    /\ level[i] < N
    /\ at' = [at EXCEPT ![i] = "marking"]
    /\ position' = [position EXCEPT ![i] = level[i]]
    /\ UNCHANGED <<level, looked, last>>

Enter(i) ==
    /\ at[i] = "climbing"
    /\ level[i] = N
    /\ at' = [at EXCEPT ![i] = "critical"]
    /\ UNCHANGED <<level, looked, position, last>>

Mark(i) ==
    /\ at[i] = "marking"
    /\ at' = [at EXCEPT ![i] = "looking"]
    /\ last' = [last EXCEPT ![level[i]] = i]
    /\ looked' = [looked EXCEPT ![i] = 0]
    /\ UNCHANGED <<level, position>>

(* No disjunctions: TLC would take the step once for each side that holds.   *)
Waits(i) == looked[i] # i /\ position[looked[i]] >= level[i]

Look(i) ==
    /\ at[i] = "looking"
    /\ looked[i] < N
    /\ ~Waits(i)
    /\ looked' = [looked EXCEPT ![i] = @ + 1]
    /\ UNCHANGED <<at, level, position, last>>

Advance(i) ==
    /\ at[i] = "looking"
    /\ ~(last[level[i]] = i /\ looked[i] < N)
    /\ at' = [at EXCEPT ![i] = "climbing"]
    /\ level' = [level EXCEPT ![i] = @ + 1]
    /\ UNCHANGED <<looked, position, last>>

Leave(i) ==
    /\ at[i] = "critical"
    /\ at' = [at EXCEPT ![i] = "idle"]
    /\ position' = [position EXCEPT ![i] = 0]
    /\ UNCHANGED <<level, looked, last>>

Next == \E i \in P: Begin(i) \/ Climb(i) \/ Enter(i) \/ Mark(i) \/ Look(i) \/ Advance(i) \/ Leave(i)
=============================================================================
