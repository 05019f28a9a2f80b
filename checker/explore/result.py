"""What a check found, as frozen values. The JSON report is a print of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ...spec.language.properties import LIVENESS

Word = Literal["proved", "violated", "unknown", "undefined"]


@dataclass(frozen=True)
class CallRecord:
    """An operation that ran inside a step: what changed until it returned, and the operations that it called."""

    machine: str
    row: str
    arguments: Mapping[str, str]
    changes: Mapping[str, tuple[str, str]]
    calls: tuple[CallRecord, ...]
    file: str
    line: int


@dataclass(frozen=True)
class Step:
    """One step of a trace. `changes` maps a field to its values before and after; `choices` are the outcomes taken."""

    step: int
    thread: str
    machine: str
    row: str
    arguments: Mapping[str, str]
    choices: tuple[str, ...]
    changes: Mapping[str, tuple[str, str]]
    calls: tuple[CallRecord, ...]
    file: str
    line: int
    failed: str | None = None
    error: str | None = None


def called(step: Step | CallRecord) -> str:
    """`row(argument=value)`, or `row` if it has none."""
    arguments = ", ".join(f"{name}={value}" for name, value in step.arguments.items())
    return f"{step.row}({arguments})" if arguments else step.row


@dataclass(frozen=True)
class Trace:
    """A run from an initial state: the state before any step as `field: value`, then the steps.

    A lasso says what never comes: the steps behind the first `loop` are repeated for ever. If there are none, nothing
    more happens.
    """

    initial: Mapping[str, str]
    steps: tuple[Step, ...]
    loop: int | None = None

    @property
    def rests(self) -> bool:
        """Whether nothing more happens after its last step, for ever."""
        return self.loop == len(self.steps)

    @property
    def length(self) -> int:
        return len(self.steps)


@dataclass(frozen=True)
class Finding:
    """One cause: a property and the row (or the assert) where it broke, with the shortest trace to there."""

    id: str
    property: str
    message: str
    file: str
    line: int
    trace: Trace
    evidence: Mapping[str, str] = field(default_factory=dict)
    """The fields that the broken condition reads at the end, and what is in them: why it is broken."""


@dataclass(frozen=True)
class Verdict:
    """What is known of one property: `undefined` where it has no meaning, `unknown` where the search did not finish."""

    name: str
    kind: str
    verdict: Word
    documentation: str
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def liveness(self) -> bool:
        """Whether it is of what has to come in the end."""
        return self.kind in LIVENESS

    @property
    def trace(self) -> Trace | None:
        """The trace of the first finding; of a `sometimes` that is proved, the witness."""
        return self.findings[0].trace if self.findings else None


@dataclass(frozen=True)
class Usage:
    """How much of a pool was ever used: `high` of `size` slots, and how often a step was cut for want of one."""

    high: int
    size: int
    cuts: int


VacuityKind = Literal[
    "row-never-fires",
    "branch-never-taken",
    "guard-never-false",
    "never-told",
    "never-asked",
    "left-side-never-holds",
    "nothing-written",
    "never-promised",
    "never-broken",
    "never-alone",
]
"""`never-broken`: by no defect and no mutant; `never-alone`: by no mutant that breaks nothing else. Only a campaign of
them knows of these two."""


@dataclass(frozen=True)
class Vacuity:
    """A part of the spec that says less than it seems to: `where` is a row or a property, `text` the part of it."""

    kind: VacuityKind
    where: str
    text: str
    file: str
    line: int
    explanation: str = ""
    """What the System says of it."""

    @property
    def id(self) -> str:
        """What the System names it by: `guard-never-false@Change.find: kind in id.backends`."""
        return f"{self.kind}@{self.where}" + (f": {self.text}" if self.text else "")


@dataclass(frozen=True)
class Asymmetry:
    """Why a pool with several slots is not symmetric: the line of the spec that tells them apart, 0 if it is none."""

    pool: str
    reason: str
    file: str
    line: int


@dataclass(frozen=True)
class Orbits:
    """What a search under symmetry counted. A state stands for all that renaming the slots of `pools` makes of it.

    There are at most `order` of them. `exact`: all of them have the same representative; if not, some have several.
    """

    pools: Mapping[str, int]
    order: int
    exact: bool
    asymmetric: tuple[Asymmetry, ...] = ()


@dataclass(frozen=True)
class PutOff:
    """What a search under partial-order reduction left out, of the states that it visited.

    Of `states` it took a part of the steps only, and `steps` are those that it did not take; in how many parts a
    state's steps fall at most is `units`, the rows of all slots. `unhelped` are properties for which nothing can be put
    off, and why.
    """

    units: int
    states: int
    steps: int
    unhelped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DiskUse:
    """What a search had on the disk at most, wrote and read, in bytes, and how often memory was full within a level."""

    peak: int
    written: int
    read: int
    spilled: int


@dataclass(frozen=True)
class Result:
    """The outcome of one check. `exhaustive` is false when the search stopped at a bound; `stopped` says at which."""

    spec: str
    profile: str
    defect: str | None
    scope: str
    lock: str
    engine: str
    exhaustive: bool
    stopped: str
    states: int
    transitions: int
    depth: int
    seconds: float
    compile_seconds: float
    peak_bytes: int
    rss_bytes: int
    properties: tuple[Verdict, ...]
    pools: Mapping[str, Usage]
    coverage: Mapping[str, int]
    vacuity: tuple[Vacuity, ...] = ()
    notes: tuple[str, ...] = field(default=())
    symmetry: Orbits | None = None
    put_off: PutOff | None = None
    """Under partial-order reduction."""
    disk: DiskUse | None = None
    """Of a search that goes to the disk."""

    def verdict(self, name: str) -> Verdict:
        """The verdict of one property."""
        return next(known for known in self.properties if known.name == name)

    @property
    def decided(self) -> bool:
        """Whether the search is complete, and every property could be judged by it."""
        return self.exhaustive and all(known.verdict != "unknown" for known in self.properties)

    @property
    def exit_code(self) -> int:
        """As TLC's: 0 all hold, 12 safety, 11 deadlock, 13 liveness, the first of these that is violated.

        20 if the search stopped at a bound.
        """
        violated = [known for known in self.properties if known.verdict == "violated"]
        if any(known.name != "no-deadlock" and not known.liveness for known in violated):
            return 12
        if violated:
            return 13 if all(known.liveness for known in violated) else 11
        return 0 if self.decided else 20
