"""Bells that are all alike, and what makes them differ: each edit of a row either tells slots apart or does not."""

from __future__ import annotations

from hotswap.spec.language import Defect, Edit, Machine, Ref, System, invariant, operation, step


class Bell(Machine):
    """Rings, and may know another one."""

    rung: bool
    next: Ref[Bell]

    @operation
    def heard(self) -> bool:
        return self.rung

    @step()
    def ring(self) -> None:
        self.rung = True

    @step()
    def strike(self) -> None:
        self.rung = True

    @step()
    def copy(self) -> None:
        self.rung = self.heard()

    @step()
    def hang(self, other: Bell) -> None:
        self.next = other


@invariant
def not_all_at_once() -> bool:
    """Some bell is silent."""
    return not all(bell.rung for bell in Bell)


def _ring(name: str, body: str) -> Defect:
    return Defect(name, "", "no-leak", (Edit(Bell.ring, "self.rung = True", body),), profile="plain")


def _heard(name: str, body: str) -> Defect:
    return Defect(name, "", "no-leak", (Edit(Bell.heard, "return self.rung", body),), profile="plain")


TELLING = {
    "index": "the number of a slot",
    "at": "picks a slot by its number",
    "first-found": "the loop writes something else than a field of its own object",
    "last-read": "may depend on the order",
    "read-elsewhere": "reads in other slots what it writes",
    "first-answer": "ends at the first slot",
    "either-answer": "ends at the first slot",
    "error-or-not": "decides whether `any` meets None",
    "which-error": "decides where the loop ends",
}
"""The edits that tell slots apart, and what is said of each."""

HARMLESS = ("own-field", "own-only", "others", "guarded", "same-answer", "one-error")
"""Those that don't."""

BELLS = System(
    "bells",
    [Bell],
    {"small": {Bell: 3}},
    properties=[not_all_at_once],
    defects=[
        _ring("index", "self.rung = self.index == 0"),
        _ring("at", "Bell[0].rung = True"),
        _ring(
            "first-found", "for bell in Bell:\n    if bell.next is not None:\n        bell.next.rung = not self.rung"
        ),
        _ring("last-read", "last = False\nfor bell in Bell:\n    last = bell.rung\nself.rung = last"),
        _ring("read-elsewhere", "for bell in Bell:\n    bell.rung = any(o.rung for o in Bell if o is not bell)"),
        _heard("first-answer", "for bell in Bell:\n    if bell is not self:\n        return bell.rung\nreturn True"),
        _heard(
            "either-answer",
            "for bell in Bell:\n    if bell.rung:\n        return True\n    if bell.next is self:\n        return False"
            "\nreturn False",
        ),
        _ring("error-or-not", "self.rung = any(bell.next.rung for bell in Bell)"),
        _ring("which-error", "for bell in Bell:\n    assert bell.rung\n    assert bell.next.rung"),
        _ring("own-field", "for bell in Bell:\n    bell.rung = not bell.rung"),
        _ring(
            "own-only",
            "for bell in Bell:\n    if bell.next is self:\n        bell.next = None\n        bell.rung = True",
        ),
        _ring("others", "self.rung = any(bell.rung for bell in Bell if bell is not self)"),
        _ring("guarded", "self.rung = any(bell.next is not None and bell.next.rung for bell in Bell)"),
        _heard("same-answer", "for bell in Bell:\n    if bell.next is self:\n        return True\nreturn False"),
        _ring("one-error", "for bell in Bell:\n    assert bell.next is None or bell.rung"),
    ],
)
