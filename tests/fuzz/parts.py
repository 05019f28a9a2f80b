"""Random specs of parts that have little to do with each other, so that much can be put off in them."""

from __future__ import annotations

import random

HEAD = """from hotswap.spec.language import (
    Machine, State, System, action, fail, invariant, may, observable, require, sometimes, step
)


"""


MOST_SLOTS = 4
"""Each slot has up to six values: so there are 1,296 states at most."""


def parts(chance: random.Random) -> str:
    """The text of a spec."""
    names = [f"Part{number}" for number in range(chance.choice([2, 3, 3, 4]))]
    waits = chance.random() < 0.4
    text = HEAD + "".join(_machine(chance, name, names, waits) for name in names)
    properties = []
    for number in range(chance.choice([0, 1, 2])):
        kind = chance.choice(["invariant", "sometimes"])
        body = f"{_term(chance, names)} or {_term(chance, names)}"
        if kind == "sometimes":
            body = body.replace(" or ", " and ")
        text += f"@{kind}\ndef property_{number}() -> bool:\n    return {body}\n\n\n"
        properties.append(f"property_{number}")
    if chance.random() < 0.5:
        name, body = (
            chance.choice(names),
            chance.choice(["not before.flag or after.flag", "after.flag or not after.flag"]),
        )
        text += f"@action\ndef of_steps(before: {name}, after: {name}) -> bool:\n    return {body}\n\n\n"
        properties.append("of_steps")
    twice = chance.choice(names) if len(names) < MOST_SLOTS else ""
    sizes = ", ".join(f"{name}: {1 + (name == twice)}" for name in names)
    machines = ", ".join(names)
    scopes, said = f'{{"small": {{{sizes}}}}}', ", ".join(properties)
    return f'{text}SYSTEM = System("parts", [{machines}], {scopes}, properties=[{said}])\n'


def _machine(chance: random.Random, name: str, names: list[str], waits: bool) -> str:
    command = chance.random() < 0.2
    waiting = "waiting=True" if waits and chance.random() < 0.5 and not command else ""
    lines = [
        f"class {name}(Machine{', command=True' if command else ''}):",
        "    one = State(initial=True)",
        f"    two = State({waiting})",
        "    three = State()",
        "    flag: bool",
    ]
    if chance.random() < 0.3:
        lines += ["    @observable", "    def shown(self) -> bool:", "        return self.flag"]
    more = chance.choice([("three", "one"), ("two", "one"), ("one", "three")])
    for number, (source, target) in enumerate([("one", "two"), ("two", "three"), more]):
        lines += [f"    @step({source}, to={target})", f"    def row_{number}(self) -> None:"]
        if chance.random() < 0.5:
            lines.append(f"        require({_term(chance, names, own=0.5)})")
        lines.append(f"        {_action(chance, names, command)}")
    return "\n".join(lines) + "\n\n\n"


def _action(chance: random.Random, names: list[str], command: bool) -> str:
    found = chance.random()
    if found < 0.35:
        return "self.flag = not self.flag"
    if found < 0.5:
        return f"{chance.choice(names)}[0].flag = {_term(chance, names, own=0.7)}"
    if found < 0.6:
        return "self.flag = may('it is set')"
    if found < 0.7:
        return f"assert {_term(chance, names, own=0.6)} or self.flag or {_term(chance, names)}"
    if found < 0.8 and command:
        return "fail('it did not work')"
    return "pass"


def _term(chance: random.Random, names: list[str], own: float = 0.0) -> str:
    """A condition on one slot."""
    name = chance.choice(names)
    where = "self" if chance.random() < own else f"{name}[0]"
    if chance.random() < 0.5:
        return f"{chance.choice(['', 'not '])}{where}.flag"
    return f"{name}[0].state {chance.choice(['is', 'is not'])} {name}.{chance.choice(['one', 'two', 'three'])}"
