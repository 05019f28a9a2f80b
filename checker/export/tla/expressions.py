"""Expressions that do something: each is followed by what comes next, for each of its outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ....spec.language.machines import Machine
from ....spec.language.types import Field, RefValue
from ...compile.ir import (
    BOOL,
    NOTHING,
    Call,
    Conditional,
    Constant,
    Expression,
    Junction,
    Load,
    May,
    New,
    Pointer,
    Pop,
    Quantified,
    walk,
)
from . import pools
from .cells import Cells, acts
from .here import Here, Update
from .names import Fresh
from .outcomes import Define, Never, Of, One, Outcomes, bind, branch, given
from .plain import STRICT, Looking, Plain, fitting, operands
from .text import applied, tight
from .model import TlaModel

Next = Callable[[Here, str], Outcomes]
"""What comes next, where something is known and an expression has a value."""


class Expressions(Looking):
    """The expressions of one body."""

    def value(self, node: Expression, here: Here, then: Next, wanted: str = "value") -> Outcomes:
        """What comes next, with the value of any expression; `wanted` is a name for it."""
        if here.updates and self._looks_anew(node, here):
            return self.settled(here, lambda now: self.value(node, now, then, wanted))
        known = self.plain(node, here)
        if known is not None:
            return self.held(known, then)
        match node:
            case Junction():
                return self._junction(node, here, then)
            case Conditional():
                return self._conditional_action(node, here, then, wanted)
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
                return self.values(
                    operands(node), here, lambda now, texts: self.held(self.made(node, texts, now), then)
                )
            case _:
                raise TypeError(node)

    def values(
        self, nodes: Sequence[Expression], here: Here, then: Callable[[Here, list[str]], Outcomes]
    ) -> Outcomes:
        """The same for several, one after the other. The texts of the first hold good: they name their state."""
        if not nodes:
            return then(here, [])
        return self.value(
            nodes[0],
            here,
            lambda now, first: self.values(nodes[1:], now, lambda later, rest: then(later, [first, *rest])),
        )

    def held(self, known: Plain, then: Next) -> Outcomes:
        """What comes next, if there is a value."""
        return given(known.holds, then(known.here, known.text))

    def settled(self, here: Here, then: Callable[[Here], Outcomes]) -> Outcomes:
        """The present state gets a name, if it has none."""
        if not here.updates:
            return then(here)
        name = self.fresh("s")
        return bind(One(here.now), name, then(here.at(name)))

    def _looks_anew(self, node: Expression, here: Here) -> bool:
        return any(
            isinstance(part, Call | New) or (isinstance(part, Load) and here.touched(part.field)) for part in walk(node)
        )

    # -- what is not always evaluated --------------------------------------------------------------------------------

    def _junction(self, node: Junction, here: Here, then: Next) -> Outcomes:
        conjunction = node.operator == "and"

        def sides(now: Here, left: str, leave: Next) -> Outcomes:
            right = self.value(node.right, self.assuming(node.left, now, conjunction), leave)
            settled = leave(now, "FALSE" if conjunction else "TRUE")
            return branch(left, right, settled) if conjunction else branch(left, settled, right)

        return self.value(
            node.left, here, lambda now, left: self._merged(node, now, lambda leave: sides(now, left, leave), then)
        )

    def _conditional_action(self, node: Conditional, here: Here, then: Next, wanted: str) -> Outcomes:
        def sides(now: Here, test: str, leave: Next) -> Outcomes:
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
        self, node: Expression, here: Here, make: Callable[[Next], Outcomes], then: Next, wanted: str = "value"
    ) -> Outcomes:
        """Both ways come together again, with a value each."""
        handed = Cells("state" if acts(self.model, node) else "", {}, wanted if wanted != "state" else "value")

        def both(now: Here) -> Outcomes:
            made = make(lambda end, value: One(handed.packed(end, value)))
            name = handed.name(self.fresh)
            return bind(made, name, then(*handed.taken(now, handed.parts(name))))

        return both(here)

    def _rounds(self, node: Quantified, here: Here, then: Next) -> Outcomes:
        """A quantifier that may err, or whose parts are no plain expressions: one value after the other."""
        low, high = self.bounds(node.over)
        counting = node.quantifier == "sum"
        turn, variable = self.fresh("round"), self.fresh(node.variable)
        total = self.fresh("total") if counting else ""
        inner = here.has(node.variable, variable)

        def again(sum_: str = total) -> Outcomes:
            return Of(applied(turn, [f"{variable} + 1", *([sum_] if counting else [])]))

        def decided(_: Here, value: str) -> Outcomes:
            if counting:
                return again(f"{total} + {tight(value)}")
            return branch(value, One("TRUE"), again()) if node.quantifier == "any" else branch(value, again(), One("FALSE"))

        def asked(now: Here) -> Outcomes:
            if node.condition is None:
                return self.value(node.body, now, decided)
            condition = node.condition
            return self.value(
                condition,
                now,
                lambda later, test: branch(
                    test, self.value(node.body, self.assuming(condition, later, True), decided), again()
                ),
            )

        end = One(total or ("FALSE" if node.quantifier == "any" else "TRUE"))
        body = branch(f"{variable} > {high}", end, self.living(node.over, variable, inner, asked, again()))
        parameters = (variable, *([total] if counting else []))
        first = Of(applied(turn, [str(low), *(["0"] if counting else [])]))
        name = self.fresh("total" if counting else "found")
        return bind(Define(turn, parameters, body, first, recursive=True), name, then(here, name))

    def bounds(self, over: type[Machine] | tuple[int, int]) -> tuple[int, int]:
        """The first and the last value of a loop's variable."""
        return (over[0], over[1] - 1) if isinstance(over, tuple) else (0, self.model.pools[over] - 1)

    def living(
        self,
        over: type[Machine] | tuple[int, int],
        variable: str,
        here: Here,
        then: Callable[[Here], Outcomes],
        other: Outcomes,
    ) -> Outcomes:
        """What a round does with an object, if there is one."""
        if isinstance(over, tuple):
            return then(here)
        if not over.dynamic:
            return then(here.knows(some=variable))
        there = f"{variable} \\in DOMAIN {self.model.pool(here.state, over)}"
        return branch(there, then(here.knows(some=variable, sound=variable)), other)

    # -- what acts ---------------------------------------------------------------------------------------------------

    def _call(self, node: Call, here: Here, then: Next, wanted: str) -> Outcomes:
        nodes = [*([] if node.receiver is None else [node.receiver]), *node.arguments]
        return self.values(nodes, here, lambda now, texts: self._called(node, nodes, now, texts, then, wanted))

    def _called(
        self, node: Call, nodes: Sequence[Expression], here: Here, texts: list[str], then: Next, wanted: str
    ) -> Outcomes:
        from .routines import apply

        if here.updates:
            return self.settled(here, lambda now: self._called(node, nodes, now, texts, then, wanted))
        kinds = [kind for _, kind in self.model.program.functions[node.operation].parameters]
        holds = [
            hold
            for value, given_, kind in zip(texts, nodes, kinds, strict=True)
            for hold in fitting(value, given_.type, kind)
        ]
        if node.receiver is not None and texts[0] not in here.some:
            holds.append(f"{texts[0]} # None")
            here = here.knows(some=texts[0])
        outcomes = Of(apply(self.model, node.operation, [here.state, *texts]))
        if node.type == NOTHING:
            name = self.fresh("s")
            rest = then(here.beyond(name), "")
        elif node.operation in self.model.impure:
            name = self.fresh("r")
            rest = then(here.beyond(f"{name}.state"), f"{name}.value")
        else:
            name = self.fresh(node.operation.name if wanted == "value" else wanted)
            rest = then(here, name)
        return given(holds, bind(outcomes, name, rest))

    def _new(self, node: New, here: Here, then: Next, wanted: str) -> Outcomes:
        """An object is made when the values of its fields are there."""
        model, machine = self.model, node.machine
        fields = [made for made, _ in node.values]
        nodes = [value for _, value in node.values]

        def placed(now: Here, texts: list[str]) -> Outcomes:
            if now.updates:
                return self.settled(now, lambda later: placed(later, texts))
            stored = [
                self.stored(made, value, each, now) for made, value, each in zip(fields, nodes, texts, strict=True)
            ]
            holds = [hold for known in stored for hold in known.holds]
            new = self.fresh(machine.__name__.lower() if wanted == "value" else wanted)
            made_ = pools.made(model, machine, [(made, known.text) for made, known in zip(fields, stored, strict=True)])
            update = Update(model.names[machine], applied("Placed", ["@", new, made_]))
            rest = self.settled(
                now.updated(update), lambda later: then(later.knows(some=new, sound=new), new)
            )
            return given(holds, bind(Of(applied(pools.free(model, machine), [now.state])), new, rest))

        return self.values(nodes, here, placed)

    def stored(self, made: Field, node: Expression, value: str, here: Here) -> Plain:
        """A value as a field keeps it: a pointer dangles if its object has died in this step."""
        kind = made.value
        if not isinstance(kind, RefValue):
            return Plain(value, fitting(value, node.type, kind), here)
        if not kind.machine.dynamic or isinstance(node, Constant) or value in here.sound:
            return Plain(value, (), here)
        return Plain(applied("Kept", [self.model.pool(here.state, kind.machine), value]), (), here)

    def _pop(self, node: Pop, here: Here, target: str, then: Next) -> Outcomes:
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
