"""Compare the two engines edge by edge: the plain Python run and the machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

from hotswap.checker.compile.native import Compiled, compile_world
from hotswap.checker.compile.record import CUT, HEADER
from hotswap.checker.explore.locking import held_states
from hotswap.spec.language.plain import Edge, PlainWorld, Values
from hotswap.spec.language.system import Scope, System
from hotswap.spec.language.variants import Defect, Profile, variant

Outcome = tuple[str, str, Values | None, frozenset[str]]
"""A firing: its row, how it ends its path (empty if it does not), where it leads, the properties it broke."""


class Native:
    """The compiled functions, called one state at a time."""

    def __init__(self, world: PlainWorld) -> None:
        self.compiled: Compiled = compile_world(world, optimise=False)
        self.names = world.system.case_names
        word, size = ctypes.c_void_p, ctypes.c_int64
        self._successors = ctypes.CFUNCTYPE(size, word, word, size)(self.compiled.code.successors)
        self._violated = ctypes.CFUNCTYPE(ctypes.c_uint64, word)(self.compiled.code.violated)
        self._busy = ctypes.CFUNCTYPE(ctypes.c_uint64, word)(self.compiled.code.busy)
        self._words = self.compiled.layout.words
        self._room = 4096
        self._out = (ctypes.c_uint64 * ((self._words + HEADER) * self._room))()

    def _source(self, state: Values) -> ctypes.Array[ctypes.c_uint64]:
        return (ctypes.c_uint64 * self._words)(*self.compiled.layout.pack(state))

    def outcomes(self, state: Values) -> list[Outcome]:
        """Every firing, in the engine's order."""
        source = self._source(state)
        count = self._successors(ctypes.addressof(source), ctypes.addressof(self._out), self._room)
        assert count <= self._room
        return list(self._records(count))

    def _records(self, count: int) -> Iterator[Outcome]:
        size = self._words + HEADER
        for position in range(count):
            record = self._out[position * size : (position + 1) * size]
            row = self.compiled.rows[record[0] & 0xFFFF]
            code = record[0] >> 16
            broken = self._mask(record[1])
            if code >= CUT:
                yield row.qualname, f"cut {self.compiled.unit.machines[code - CUT].__name__}", None, frozenset()
            elif code:
                site = self.compiled.unit.describe(code)
                yield row.qualname, f"{site.property} {site.function}:{site.line}", None, frozenset()
            else:
                yield row.qualname, "", self.compiled.layout.unpack(record[HEADER:]), broken

    def _mask(self, mask: int) -> frozenset[str]:
        return frozenset(name for bit, name in enumerate(self.names) if mask >> bit & 1)

    def violated(self, state: Values) -> frozenset[str]:
        """The properties that a state breaks."""
        source = self._source(state)
        return self._mask(self._violated(ctypes.addressof(source)))

    def busy(self, state: Values) -> list[str]:
        """Who waits."""
        source = self._source(state)
        mask = self._busy(ctypes.addressof(source))
        return [f"{m.__name__}{i}" for bit, (m, i) in enumerate(self.compiled.waiters) if mask >> bit & 1]


def outcome(world: PlainWorld, state: Values, edge: Edge) -> Outcome:
    """An edge of the oracle in the form in which the two are compared."""
    if edge.cut is not None:
        return edge.row.qualname, f"cut {edge.cut.__name__}", None, frozenset()
    if edge.error is not None:
        site = edge.error
        return edge.row.qualname, f"{site.property} {site.function}:{site.line}", None, frozenset()
    assert edge.after is not None
    return edge.row.qualname, "", edge.after, edge.broken | world.violated_by_step(state, edge.after)


def disagreement(
    system: System,
    scope: Scope,
    *,
    profile: Profile | None = None,
    defect: Defect | None = None,
    lock: str = "bql",
    most: int = 1 << 60,
) -> tuple[str, int, int]:
    """The first difference between the engines (empty if there is none), and how many states and edges agreed."""
    with variant(profile or system.profile(), defect):
        world = PlainWorld(system, system.pools(scope), held=held_states(system, lock))
        native = Native(world)
        order = list(world.initial(scope))
        seen = set(order)
        edges = 0
        for state in order:
            wanted = [outcome(world, state, edge) for edge in world.edges(state)]
            found = native.outcomes(state)
            edges += len(wanted)
            if wanted != found:
                only = [o for o in wanted if o not in found][:3], [o for o in found if o not in wanted][:3]
                return f"edges of {state}: oracle only {only[0]}, native only {only[1]}", len(seen), edges
            if world.violated(state) != native.violated(state):
                return f"{state}: {world.violated(state)} against {native.violated(state)}", len(seen), edges
            if [str(i) for i in world.busy(state)] != native.busy(state):
                return f"{state}: busy {world.busy(state)} against {native.busy(state)}", len(seen), edges
            for _, _, after, _ in wanted:
                if after is not None and after not in seen and len(seen) < most:
                    seen.add(after)
                    order.append(after)
        return "", len(seen), edges
