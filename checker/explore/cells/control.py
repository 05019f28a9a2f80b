"""What the kernels and their driver agree on: the cells of the control array, and why a kernel comes back."""

CELLS = 30
(
    NEXT,
    STATES,
    LEVEL,
    EDGES,
    LIMIT,
    ROOM,
    DIRTY,
    PRUNE,
    PRUNED,
    WITNESSES,
    SEEN,
    FINDINGS,
    BUDGET,
    RECORDS,
    DEPTH,
    BITS,
    TAKEN,
    UNTIL,
    WIDE,
    BEGAN,
    GIVE,
    GIVEN,
    WAITS,
    WAITING,
    CALLED,
    MEET,
    PARTIAL,
    PARTLY,
    LEFT,
    CROWDED,
) = range(CELLS)
"""The cells of the control array: the next state that nobody has taken to expand it; how many states there are; where
the level ends; how many edges there are; how many states fit before something has to grow; how many records the buffer
holds; whether any property was ever broken; whether to stop behind violations, and whether that left anything out; the
bits of the `sometimes` properties, and of those that were seen to hold; how many findings are noted; how many states to
expand before coming back, which `explore` counts down; how many records were needed; how deep the search is; how many
bits a state has that the table keeps itself, 0 if it keeps numbers; the states that were taken to be expanded and still
are to be, from one up to another; how many states a level has to have for several threads to be worth it, 0 if there is
only one; where the level begins; the numbers that this thread gives to new states, from one up to another; whether it
waits for the others at the end of a level; how many do; whether one of them has gone back to Python, so that all have
to; whether all do so at the end of each level; whether only a part of a state's steps may be taken, how many states
that was so for, how many of their steps were left out, and whether the table was too crowded for a state, so that all
of this means nothing."""

ERROR, BROKEN, WITNESS, CHILDLESS = range(4)
"""What a finding is: an error at a site, a property broken by a row, a state in which a `sometimes` holds, a state
without a step."""

DONE, GROW, WIDEN, PAUSE, SHARE, MET, ENDED = range(7)
"""Why a kernel came back: no state is left; the store has to grow, or the buffer; the budget is spent; the next level
is for several threads; several threads are at the end of a level, and whoever leads them has to look at it; one of
them finds no state of the level that nobody has taken."""
