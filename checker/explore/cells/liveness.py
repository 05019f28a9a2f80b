"""The graph of a promise, and its components."""

import numpy as np

PROMISED, OPEN = 1, 2
"""What a state says of a promise: it makes it; it is one in which it can be waited for."""

NODES, EXPANDED, STEPS, ABLE = range(4)
"""The cells of the progress array: how many nodes there are, how many of them are expanded, and how many steps and
enabled rows are kept."""

UNFAIR = np.uint16(0xFFFF)
"""The turn of a step that no fair row takes."""

LOOKED, MORE_ROOM, MORE_RECORDS = range(3)
"""Why `follow` came back: the range is done; the arrays, or the buffer, have no room."""

ROOT, COUNTER, CALLS, OPENED, MEMBERS, COMPONENTS = range(6)
"""The cells of Tarjan's algorithm: the next node to begin at, the next number, how deep the calls are, how many nodes
are in no component yet, and how many are in one; how many components there are."""
