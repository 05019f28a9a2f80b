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

GOAL = "goto"
"""The local variable, under a name that no other has, for the control state to end in."""


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
    """What is handed on: `labels` of the state, of local variables and of a value, which may be there or not."""

    state: str
    locals: dict[str, str]
    value: str

    @property
    def labels(self) -> list[str]:
        """All of them."""
        return [label for label in (self.state, *self.locals.values(), self.value) if label]

    def texts(self, here: Here, value: str = "") -> list[str]:
        """What they hold."""
        held = [*([here.now] if self.state else []), *(here.locals[name] for name in self.locals)]
        return [*held, *([value] if self.value else [])]

    def packed(self, here: Here, value: str = "") -> str:
        """Them as one value: a record, if there are several."""
        texts = self.texts(here, value)
        return texts[0] if len(texts) == 1 else text.record(zip(self.labels, texts, strict=True))

    def name(self, fresh: Fresh) -> str:
        """A name for that."""
        return fresh("r" if len(self.labels) > 1 else "s" if self.state else self.labels[0])

    def names(self, fresh: Fresh) -> list[str]:
        """A name for each."""
        return [fresh("s" if label == self.state else label) for label in self.labels]

    def parts(self, packed: str) -> list[str]:
        """Each of them, from what they were packed into."""
        return [packed] if len(self.labels) == 1 else [f"{packed}.{label}" for label in self.labels]

    def taken(self, here: Here, texts: Sequence[str]) -> tuple[Here, str]:
        """What is known after it was handed on, and the value."""
        each = iter(texts)
        here = here.beyond(next(each)) if self.state else here
        here = replace(here, locals={**here.locals, **{name: next(each) for name in self.locals}})
        return here, next(each, "")


def cells(model: TlaModel, here: Here, parts: tuple[tuple[Statement, ...], ...], *, certainly: bool, value: str) -> Cells:
    """What branches or rounds hand on: of the variables, those that have a value whichever way one comes."""
    names = Names(reserved=model.syntax.reserved)
    sure = set.intersection(*map(certain, parts)) if certainly and parts else set()
    variables = [name for name in assigned(parts) if name in here.locals or name in sure]
    changing = acts(model, parts) or not (variables or value)
    return Cells(
        names.give("state", "state") if changing else "",
        {name: names.give((name,), name) for name in variables},
        names.give("value", value) if value else "",
    )
