---------------------------- MODULE Philosophers ----------------------------
(* The dining philosophers, the same steps as tests/models/philosophers.py:  *)
(* 3^N - 1 states. What one holds follows from what one does.                *)
EXTENDS Naturals

CONSTANT N
VARIABLE at

P == 0..N-1
Left(i) == (i + N - 1) % N
Right(i) == (i + 1) % N

TypeOK == at \in [P -> {"thinking", "hungry", "eating", "full"}]

NeighboursDoNotEat == \A i \in P: ~(at[i] = "eating" /\ at[Right(i)] = "eating")

HasFirst(i) == at[i] \in {"hungry", "eating"}
HasSecond(i) == at[i] \in {"eating", "full"}

Init == at = [i \in P |-> "thinking"]

TakeFirst(i) ==
    /\ at[i] = "thinking"
    /\ ~HasSecond(Left(i))
    /\ at' = [at EXCEPT ![i] = "hungry"]

TakeSecond(i) ==
    /\ at[i] = "hungry"
    /\ ~HasFirst(Right(i))
    /\ at' = [at EXCEPT ![i] = "eating"]

PutFirst(i) == at[i] = "eating" /\ at' = [at EXCEPT ![i] = "full"]

PutSecond(i) == at[i] = "full" /\ at' = [at EXCEPT ![i] = "thinking"]

Next == \E i \in P: TakeFirst(i) \/ TakeSecond(i) \/ PutFirst(i) \/ PutSecond(i)
=============================================================================
