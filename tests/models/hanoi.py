"""The towers of Hanoi: N disks on three pegs.

Every way to spread the disks over the pegs can be reached: 3^N states, and 3^(N + 1) - 3 moves, as every state has
three but the three towers, which have two. The tower is on its new peg after 2^N - 1 moves at the earliest
(E. Lucas, 1883), and that is the length of the trace that reaches it.
"""

from __future__ import annotations

from enum import Enum

from hotswap.spec.language import Machine, System, operation, require, sometimes, step


class Peg(Enum):
    """Where a disk can be."""

    left = 0
    middle = 1
    right = 2


class Disk(Machine):
    """`Disk[0]` is the smallest."""

    peg: Peg

    @step()
    def move(self, to: Peg) -> None:
        """Nothing lies on it, and nothing smaller on the other peg."""
        require(self.peg is not to)
        require(is_free(self.peg, self) and is_free(to, self))
        self.peg = to


@operation
def is_free(peg: Peg, disk: Disk) -> bool:
    """Whether no smaller disk lies on this peg."""
    return all(other.peg is not peg for other in Disk if other.index < disk.index)


@sometimes
def moved() -> bool:
    """The whole tower is on the right peg."""
    return all(disk.peg is Peg.right for disk in Disk)


HANOI = System(
    name="hanoi",
    machines=[Disk],
    scopes={"small": {Disk: 5}, "large": {Disk: 13}},
    properties=[moved],
)
