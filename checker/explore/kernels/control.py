"""What the kernels and their driver agree on: the cells of the control array, and why a kernel comes back."""

CELLS = 16
(
    NEXT,
    STATES,
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
    LEVEL,
    DIRECT,
) = range(CELLS)
"""The cells of the control array: the next state to expand; how many there are, and edges; how many states fit before
something has to grow; how many records the buffer holds; whether any property was ever broken; whether to stop behind
violations, and whether that left anything out; the bits of the `sometimes` properties, and of those that were seen to
hold; how many findings are noted; how many states to expand before coming back; how many records were needed; how deep
the search is, and where its level ends; whether the table keeps the states themselves."""

ERROR, BROKEN, WITNESS, CHILDLESS = range(4)
"""What a finding is: an error at a site, a property broken by a row, a state in which a `sometimes` holds, a state
without a step."""

DONE, GROW, WIDEN, PAUSE = range(4)
"""Why a kernel came back: no state is left; the store has to grow, or the buffer; the budget is spent."""
