"""What a branch or a round of a loop hands on: the state, if it changes, and what it assigns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...compile.ir import Call, Change, Free, Goto, If, New, Pop, Return, SetLocal, Statement, Store, walk
from ..names import Names
from ..statements import ends
from . import text
from .here import Here
from .model import TlaModel
from .names import Fresh

GOAL = "goal "
"""The local variable for the control state to end in; no other has a space in its name."""


def acts(model: TlaModel, part: object) -> bool:
    """Whether anything in a part of a body may change the state."""
    return any(
        isinstance(node, Store | Change | Free | New | Pop)
        or (isinstance(node, Call) and node.operation in model.impure)
        for node in walk(part)
    )


def returns(part: object) -> bool:
    """Whether a part of a body may end it."""
    return any(isinstance(node, Return) for node in walk(part))


def assigned(part: object) -> list[str]:
    """The local variables that a part of a body assigns, in order."""
    return list(dict.fromkeys(filter(None, map(_assigned, walk(part)))))


def _assigned(node: object) -> str:
    return node.name if isinstance(node, SetLocal) else GOAL if isinstance(node, Goto) else ""


def certain(body: Sequence[Statement]) -> set[str]:
    """The local variables that are assigned wherever a body comes to its end."""
    found: set[str] = set()
    for node in body:
        found |= {_assigned(node)}
        if isinstance(node, If):
            both = [certain(branch) for branch in (node.then, node.other) if not ends(branch)]
            found |= set.intersection(*both) if both else set()
    return found


@dataclass(frozen=True)
class Cells:
    """What is handed on: the state and a value, which may be there or not, and the labels of local variables."""

    state: bool
    locals: dict[str, str]
    value: bool = False

    @property
    def labels(self) -> list[str]:
        """What each is called in the record of them all."""
        return [*(["state"] if self.state else []), *self.locals.values(), *(["value"] if self.value else [])]

    def texts(self, here: Here, value: str = "") -> list[str]:
        """What they hold."""
        held = [*([here.now] if self.state else []), *(here.locals[name] for name in self.locals)]
        return [*held, *([value] if self.value else [])]

    def packed(self, here: Here, value: str = "") -> str:
        """Them as one value: a record, if there are several."""
        texts = self.texts(here, value)
        return texts[0] if len(texts) == 1 else text.record(zip(self.labels, texts, strict=True))

    def parts(self, packed: str) -> list[str]:
        """Each of them, from what they were packed into."""
        return [packed] if len(self.labels) == 1 else [f"{packed}.{label}" for label in self.labels]

    def name(self, fresh: Fresh, wanted: str = "value") -> str:
        """A name for what they were packed into; `wanted` is one for the value alone."""
        return fresh("r") if len(self.labels) > 1 else self.names(fresh, wanted)[0]

    def names(self, fresh: Fresh, wanted: str = "value") -> list[str]:
        """A name for each."""
        return [
            *([fresh("s")] if self.state else []),
            *map(fresh, self.locals),
            *([fresh(wanted)] if self.value else []),
        ]

    def taken(self, here: Here, texts: Sequence[str]) -> tuple[Here, str]:
        """What is known after they were handed on, and the value."""
        each = iter(texts)
        here = here.beyond(next(each)) if self.state else here
        here = replace(here, locals={**here.locals, **{name: next(each) for name in self.locals}})
        return here, next(each, "")


def handed_on(model: TlaModel, variables: Sequence[str], part: object) -> Cells:
    """What a part of a body hands on, with these of the local variables."""
    names = Names(reserved=model.syntax.reserved)
    for label in ("state", "value"):
        names.give(label, label)
    labels = {name: names.give((name,), name) for name in variables}
    return Cells(acts(model, part) or not variables, labels)


def of_branches(model: TlaModel, here: Here, sides: tuple[tuple[Statement, ...], ...]) -> Cells:
    """What branches hand on: the variables that have a value whichever way one comes."""
    sure = set.intersection(*map(certain, sides))
    return handed_on(model, [name for name in assigned(sides) if name in here.locals or name in sure], sides)


def of_rounds(model: TlaModel, here: Here, body: tuple[Statement, ...]) -> Cells:
    """What the rounds of a loop hand on."""
    return handed_on(model, [name for name in assigned(body) if name in here.locals], body)
