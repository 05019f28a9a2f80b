"""The record of an edge, which the compiled code writes and the engine reads.

The first word is the row and a code (`row | code << 16`), the second the properties that the step itself broke; then
come the words of the state that it leads to.
"""

HEADER = 2
"""The words of a record before the state."""

CUT = 1 << 40
"""Codes from here on are a pool's number, which the step found full; those below are errors of the spec, 0 is none."""
