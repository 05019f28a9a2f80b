"""Expressions that do something: each is followed by what comes next, for each of its outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ....spec.language.types import Field, RefValue
from ...compile.ir import (
    NOTHING,
    Call,
    Conditional,
    Constant,
    Expression,
    Junction,
    Load,
    May,
    New,
    Pop,
    Quantified,
    walk,
)
from ..knots import Node
from . import pools
from .cells import Cells, acts
from .here import Here, Update
from .outcomes import Of, One, Outcomes, Rounds, bind, branch, given
from .plain import STRICT, Looking, Plain, Pool, fitting, operands
from .text import applied, some

Continuation = Callable[[Here], Outcomes]
"""What comes next, where something is known."""

Receiver = Callable[[Here, str], Outcomes]
"""The same, where an expression has a value."""

ROUNDS = {"any": ("Any", "FALSE", "found"), "all": ("All", "TRUE", "hold"), "sum": ("Sum", "0", "total")}
"""The operator for a quantifier, what an object adds that is not there, and what to call the whole."""


class Expressions(Looking):
    """The expressions of one body."""

    def value(self, node: Expression, here: Here, then: Receiver, wanted: str = "") -> Outcomes:
        """What comes next, with the value of any expression; `wanted` is a name for it."""
        if here.updates and _looks_anew(node, here):
            return self.settled(here, lambda now: self.value(node, now, then, wanted))
        known = self.plain(node, here)
        if known is not None:
            return _held(known, then)
        match node:
            case Junction():
                return self._junction(node, here, then)
            case Conditional():
                return self._choice(node, here, then, wanted)
            case Quantified():
                return self._rounds(node, here, then)
            case Call():
                return self._call(node, here, then, wanted)
            case May(_, _, label):
                answer = self.fresh(label)
                return bind(Of("BOOLEAN"), answer, then(here, answer))
            case New():
                return self._new(node, here, then, wanted)
            case Pop(_, _, container):
                return self.value(container.object, here, lambda now, target: self._pop(node, now, target, then))
            case _ if isinstance(node, STRICT):
                return self.values(operands(node), here, lambda now, texts: _held(self.made(node, texts, now), then))
            case _:
                raise TypeError(node)

    def values(self, nodes: Sequence[Expression], here: Here, then: Callable[[Here, list[str]], Outcomes]) -> Outcomes:
        """The same for several, one after the other. The texts of the first hold good: they name their state."""
        if not nodes:
            return then(here, [])
        return self.value(
            nodes[0],
            here,
            lambda now, first: self.values(nodes[1:], now, lambda later, rest: then(later, [first, *rest])),
        )

    def settled(self, here: Here, then: Continuation) -> Outcomes:
        """The present state gets a name, if it has none."""
        if not here.updates:
            return then(here)
        name = self.fresh("s")
        return bind(One(here.now), name, then(here.at(name)))

    def operator(self, node: Node, arguments: Sequence[str]) -> Of:
        """What a routine comes to."""
        from .routines import apply

        return Of(apply(self.model, node, arguments))

    # -- what is not always evaluated --------------------------------------------------------------------------------

    def _junction(self, node: Junction, here: Here, then: Receiver) -> Outcomes:
        conjunction = node.operator == "and"

        def sides(now: Here, left: str, leave: Receiver) -> Outcomes:
            right = self.value(node.right, self.assuming(node.left, now, conjunction), leave)
            settled = leave(now, "FALSE" if conjunction else "TRUE")
            return branch(left, right, settled) if conjunction else branch(left, settled, right)

        return self.value(
            node.left, here, lambda now, left: self._merged(node, now, lambda leave: sides(now, left, leave), then)
        )

    def _choice(self, node: Conditional, here: Here, then: Receiver, wanted: str) -> Outcomes:
        def sides(now: Here, test: str, leave: Receiver) -> Outcomes:
            return branch(
                test,
                self.value(node.then, self.assuming(node.test, now, True), leave),
                self.value(node.other, self.assuming(node.test, now, False), leave),
            )

        return self.value(
            node.test,
            here,
            lambda now, test: self._merged(node, now, lambda leave: sides(now, test, leave), then, wanted),
        )

    def _merged(
        self, node: Expression, here: Here, make: Callable[[Receiver], Outcomes], then: Receiver, wanted: str = ""
    ) -> Outcomes:
        """Both ways come together again, with a value each."""
        handed = Cells(acts(self.model, node), {}, value=True)
        made = make(lambda end, value: One(handed.packed(end, value)))
        name = handed.name(self.fresh, wanted or "value")
        return bind(made, name, then(*handed.taken(here, handed.parts(name))))

    def _rounds(self, node: Quantified, here: Here, then: Receiver) -> Outcomes:
        """A quantifier that may err, or whose parts are no plain expressions: one value after the other."""
        low, high = self.bounds(node.over)
        word, nothing, found = ROUNDS[node.quantifier]
        variable = self.variable(node)

        def answered(_: Here, value: str) -> Outcomes:
            return One(value)

        def tested(now: Here) -> Outcomes:
            condition = node.condition
            if condition is None:
                return self.value(node.body, now, answered)
            return self.value(
                condition,
                now,
                lambda later, test: branch(
                    test, self.value(node.body, self.assuming(condition, later, True), answered), One(nothing)
                ),
            )

        body = self.living(node.over, variable, here.has(node.variable, variable), tested, One(nothing))
        name = self.fresh(found)
        return bind(Rounds(word, (str(low), str(high)), (variable,), body), name, then(here, name))

    def bounds(self, over: Pool) -> tuple[int, int]:
        """The first and the last value of a loop's variable."""
        return (over[0], over[1] - 1) if isinstance(over, tuple) else (0, self.model.pools[over] - 1)

    def living(self, over: Pool, variable: str, here: Here, then: Continuation, other: Outcomes) -> Outcomes:
        """What a round does with an object, if there is one."""
        if isinstance(over, tuple):
            return then(here)
        if not over.dynamic:
            return then(here.knows(some=variable))
        there = self.model.there(here.state, over, variable)
        return branch(there, then(here.knows(some=variable, sound=variable)), other)

    # -- what acts ---------------------------------------------------------------------------------------------------

    def _call(self, node: Call, here: Here, then: Receiver, wanted: str) -> Outcomes:
        nodes = [*([] if node.receiver is None else [node.receiver]), *node.arguments]
        kinds = [kind for _, kind in self.model.program.functions[node.operation].parameters]

        def called(now: Here, texts: list[str]) -> Outcomes:
            triples = zip(texts, nodes, kinds, strict=True)
            holds = [hold for text, passed, kind in triples for hold in fitting(text, passed.type, kind)]
            if node.receiver is not None and texts[0] not in now.some:
                holds.append(some(texts[0]))
                now = now.knows(some=texts[0])
            return given(holds, self.settled(now, lambda later: self._called(node, later, texts, then, wanted)))

        return self.values(nodes, here, called)

    def _called(self, node: Call, here: Here, texts: list[str], then: Receiver, wanted: str) -> Outcomes:
        outcomes = self.operator(node.operation, [here.state, *texts])
        if node.type == NOTHING:
            name = self.fresh("s")
            return bind(outcomes, name, then(here.beyond(name), ""))
        if node.operation in self.model.impure:
            name = self.fresh("r")
            return bind(outcomes, name, then(here.beyond(f"{name}.state"), f"{name}.value"))
        name = self.fresh(wanted or node.operation.name)
        return bind(outcomes, name, then(here, name))

    def _new(self, node: New, here: Here, then: Receiver, wanted: str) -> Outcomes:
        """An object is made when the values of its fields are there."""
        model, machine = self.model, node.machine

        def placed(now: Here, texts: list[str]) -> Outcomes:
            pairs = zip(node.values, texts, strict=True)
            kept = [(made, self.stored(made, value, text, now)) for (made, value), text in pairs]
            holds = [hold for _, known in kept for hold in known.holds]
            new = self.fresh(wanted or machine.__name__.lower())
            fresh = pools.made(model, machine, [(made, known.text) for made, known in kept])
            update = Update(model.names[machine], applied("Placed", ["@", new, fresh]))
            rest = self.settled(now.updated(update), lambda later: then(later.knows(some=new, sound=new), new))
            return given(holds, bind(Of(applied(pools.free(model, machine), [now.state])), new, rest))

        values = [value for _, value in node.values]
        return self.values(values, here, lambda now, texts: self.settled(now, lambda later: placed(later, texts)))

    def stored(self, made: Field, node: Expression, value: str, here: Here) -> Plain:
        """A value as a field keeps it: a pointer dangles if its object has died in this step."""
        kind = made.value
        if not isinstance(kind, RefValue):
            return Plain(value, fitting(value, node.type, kind), here)
        if not kind.machine.dynamic or isinstance(node, Constant) or value in here.sound:
            return Plain(value, (), here)
        return Plain(applied("Kept", [self.model.pool(here.state, kind.machine), value]), (), here)

    def _pop(self, node: Pop, here: Here, target: str, then: Receiver) -> Outcomes:
        made = node.container.field
        if here.touched(made):
            return self.settled(here, lambda now: self._pop(node, now, target, then))
        known = self.found(node.container.object, target, here)
        queue = self.model.field(here.state, known.text, made)
        update = self.update(made, known.text, "Tail(@)")
        return given([*known.holds, f"{queue} # <<>>"], then(known.here.updated(update), f"Head({queue})"))

    def update(self, made: Field, slot: str, value: str) -> Update:
        """A change of one field."""
        model = self.model
        return Update(f"{model.names[made.machine]}[{slot}].{model.label(made)}", value, made)


def _held(known: Plain, then: Receiver) -> Outcomes:
    """What comes next, if there is a value."""
    return given(known.holds, then(known.here, known.text))


def _looks_anew(node: Expression, here: Here) -> bool:
    """Whether an expression needs the present state to have a name."""
    return any(
        isinstance(part, Call | New) or (isinstance(part, Load) and here.touched(part.field)) for part in walk(node)
    )
