"""The search for slots that can never go on."""

KEPT, TARGETS, POSITION = range(3)
"""The cells of the progress array: how many states are kept, and how many of their steps; the state to look at."""

LOOKED, MORE_KEPT, MORE_RECORDS = range(3)
"""Why `look` came back: the range is done; the kept arrays, or the buffer, have no room."""
