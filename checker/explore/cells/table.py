"""The hash tables of states."""

import numpy as np

ENTRIES = 8
"""How many entries a line has."""

NUMBERS = 32
"""How many numbers a thread takes at a time."""

BATCH = 16
"""How many states are expanded, or hashed, before any is looked up."""

EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
"""What a free slot of a table of rows has in a word of which no state uses the last bit."""
