"""The hash tables of states."""

import numpy as np

ENTRIES = 8
"""How many entries a line has."""

LEAST_SPARE = 4
"""How many bits of a compact entry at least count how far it is from where it belongs."""


def spare_bits(bits: int, lines: int) -> int:
    """How many bits the entries of compact lines have to spare, for `bits` of a hash and so many of them for the line.

    0 if lines are not compact, since there would be too few.
    """
    spare = 32 - (bits - lines)
    return spare if bits > 0 and spare >= LEAST_SPARE else 0


KNOWN, NEW, NO_ROOM = range(3)
"""What a table says of a state that it is to take: it knows it; it did not; it has no room near where it belongs."""

NUMBERS = 32
"""How many numbers a thread takes at a time."""

BATCH = 16
"""How many states are expanded, or hashed, before any is looked up."""

EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
"""What a free slot of a table of rows has in a word of which no state uses the last bit."""
