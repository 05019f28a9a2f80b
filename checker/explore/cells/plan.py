"""What a search by a part of the steps hands over: masks of units, and room to work in."""

UNITS, WIDTH, BY_UNIT, CHOOSE = range(4)
RELATIONS = 4
"""The first words of a plan: how many units there are, how many words a mask of them has, the addresses of the compiled
`by_unit` and of the kernel `choose`. Then come the masks of what has to be there with a unit that is enabled, and with
one that is not, for each of the reasons. What follows is room: see `size`."""

REASONS = 4


def size(units: int) -> int:
    """How many words a plan has."""
    width = words_of_mask(units)
    return RELATIONS + (1 + REASONS) * units * width + 3 * units + 2 * width


def words_of_mask(units: int) -> int:
    """How many words a mask of units has."""
    return max(1, (units + 63) // 64)
