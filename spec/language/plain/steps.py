"""Steps: which can be taken, and what each does."""

from __future__ import annotations

import itertools
import linecache
import re
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

from ..errors import (
    Disabled,
    FailedAssertion,
    NullDereference,
    PoolFull,
    Violation,
)
from ..machines import Machine
from ..rows import Declaration
from ..system import lock_of
from .atomicity import Atomicity
from .edges import Edge, Site, Values
from .objects import Frame
from .states import next_tape


class Steps(Atomicity):
    """The firings of rows."""

    def edges(
        self, state: Values, *, rows: Sequence[Declaration] | None = None, recording: bool = False
    ) -> Iterator[Edge]:
        """Every step from `state`: machines, slots, rows, arguments and choices in order, False before True."""
        wanted = self.system.steps if rows is None else rows
        for machine in self.system.machines:
            mine = [row for row in wanted if row.machine is machine]
            for instance in self._pools[machine] if mine else ():
                if machine.dynamic and not state[instance._base]:
                    continue
                for row in mine:
                    yield from self._firings(state, row, instance, recording)

    def _firings(self, state: Values, row: Declaration, instance: Machine, recording: bool) -> Iterator[Edge]:
        """The steps of one row of one instance."""
        if row.sources:
            machine = type(instance)
            if machine.states[state[instance._base + machine.fields["state"].offset]] not in row.sources:
                return
        if self._blocked(state, row, instance):
            return
        choices: list[list[Any]] = []
        if parameters := self._signatures[row].parameters:
            with self.using(state):
                choices = [list(value.values()) for value in parameters]
        for arguments in itertools.product(*choices):
            tape: list[bool] | None = []
            while tape is not None:
                edge = self.fire(state, row, instance, arguments, tape, recording=recording)
                if edge is not None:
                    yield edge
                tape = next_tape([chosen for _, chosen in self._choices])

    def _blocked(self, state: Values, row: Declaration, instance: Machine) -> bool:
        """Whether another command holds the lock that the row needs."""
        lock = lock_of(row)
        if lock is None or not self.locked:
            return False
        return any(
            self.holds_lock(self._now(state, holder))
            for command in self.system.commands
            if command.holds is lock
            for holder in self._pools[command]
            if holder is not instance
        )

    def fire(
        self,
        state: Values,
        row: Declaration,
        instance: Machine,
        arguments: tuple[Any, ...],
        tape: Sequence[bool],
        *,
        recording: bool = False,
    ) -> Edge | None:
        """Run one step with these choices; None if a guard keeps it from being one."""
        self._rest(tape, recording=recording)
        error: Site | None = None
        cut: type[Machine] | None = None
        with self.using(state):
            frame = Frame(row, instance)
            self._frames.append(frame)
            try:
                row.body(instance, *arguments)
                self._arrive(row, frame)
            except Disabled:
                return None
            except PoolFull as full:
                cut = full.pool
            except (Violation, AssertionError, AttributeError, RecursionError) as problem:
                error = self._judge(problem)
            after = tuple(self.values) if error is None and cut is None else None
            if after is not None:
                after = self._remember(state, after, instance)
        return Edge(
            row,
            instance._slot,
            arguments,
            tuple(self._choices),
            after,
            error,
            cut,
            frozenset(self._broken) if after is not None else frozenset(),
            self._failed,
            tuple(self._calls[0]),
        )

    def _judge(self, problem: BaseException) -> Site:
        """The property that an exception of a body breaks, and where."""
        function, file, line = self._place(problem.__traceback__)
        if isinstance(problem, AssertionError):
            name, line = FailedAssertion.name, _asserted(file, line)
        elif isinstance(problem, AttributeError):
            if not str(problem).startswith("'NoneType'"):
                raise problem
            name = NullDereference.name
        elif isinstance(problem, Violation):
            name = problem.name
        else:
            raise problem
        return Site(name, function, file, line, str(problem))

    def _place(self, traceback: TracebackType | None) -> tuple[str, str, int]:
        known = {row.body.__code__: row.qualname for row in self._signatures}
        row = self._frames[0].operation
        function, file, line = row.qualname, row.file, row.line
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code in known:
                function, file, line = known[code], code.co_filename, traceback.tb_lineno
            elif code.co_filename == file:
                line = traceback.tb_lineno  # a generator expression of the method
            traceback = traceback.tb_next
        return function, file, line


def _asserted(file: str, line: int) -> int:
    """Where the failed `assert` begins; which of its lines a traceback names depends on the version of Python."""
    above = (
        number for number in range(line, 0, -1) if re.match(r"(.*[:;])?\s*assert\b", linecache.getline(file, number))
    )
    return next(above, line)
