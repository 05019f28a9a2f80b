"""A number as C has it (`strtoull`): in hexadecimal, in octal or in decimal."""

from __future__ import annotations

import re

NUMBER = re.compile(r"[ \t]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))")
LONGEST = 20
"""How many decimal digits 64 bits may have."""


def unsigned(number: re.Match[str]) -> int:
    """In 64 bits: one below 0 is counted from the end. Raises `OverflowError`."""
    sign, hexadecimal, octal, decimal = number.groups()
    size = int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else int(decimal[: LONGEST + 1])
    if size >= 1 << 64:
        raise OverflowError
    return (-size if sign == "-" else size) % (1 << 64)
