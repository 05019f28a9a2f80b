"""`docs/layer-mutants.md`: what tours are worth, by mutants of the layer. Compared by tests, written as a script."""

from __future__ import annotations

import argparse
import gc
import json
import signal
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec, spec_from_file_location
from multiprocessing import get_context
from pathlib import Path
from textwrap import fill
from types import CodeType, FrameType
from typing import Any, Literal

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from hotswap.checker.conform.conversation import Conversation
from hotswap.checker.conform.held import Difference
from hotswap.checker.conform.stimulus import Stimulus
from hotswap.checker.conform.suspension import Suspension
from hotswap.checker.conform.target import Observation, Target, Words
from hotswap.checker.conform.walks import Walks
from hotswap.checker.testing import state_machine
from hotswap.checker.testing.machine import SpecMachine
from hotswap.checker.tours.cover import Cover, Edges, Pairs, Rows, control_states
from hotswap.checker.tours.graph import explored
from hotswap.checker.tours.greedy import greedy
from hotswap.checker.tours.places import places
from hotswap.spec import CHARDEV
from hotswap.spec.language import Profile
from hotswap.spec.language.system import Scope
from impl_mutants import IMPL, Mutant, mutants, statements

TESTS = Path(__file__).resolve().parent
PACKAGES = [TESTS.parent / name for name in ("spec", "impl", "checker")]
PAGE = TESTS.parent / "docs" / "layer-mutants.md"
REPORT = TESTS / "golden" / "layer-mutants.json"
REASONS: dict[str, list[dict[str, Any]]] = tomllib.loads((TESTS / "impl_survivors.toml").read_text("utf-8"))
"""Why mutants are not caught, written by hand."""


def explained(kind: str) -> dict[str, str]:
    """Of the mutants that are not caught for reasons of a kind, why."""
    return {name: each["why"] for each in REASONS.get(kind, []) for name in each["mutants"]}


HOLES, LEFT_OUT, EQUIVALENT = explained("hole"), explained("left-out"), explained("equivalent")
UNREACHED = explained("unreached")

PROFILES = ("repaired", "qemu-10.0")
"""As whom the layer behaves, in the order in which the tours are had."""
FIELDS = [(machine, name) for machine in CHARDEV.machines for name in machine.fields if name != "live"]
"""Where these are the same, whichever slots instances are in, states are the same for the last tour."""
COVERS: dict[str, Cover] = {
    "rows": Rows(),
    "pairs": Pairs(),
    "edges": Edges(control_states(CHARDEV)),
    "states": Edges(FIELDS),
}
"""What the tours are along, in the order in which they are had."""
LIMIT = 60
"""Seconds of the processor in which a conversation has to be over: otherwise the layer hangs."""
SECONDS = 60
"""Of the processor, for Hypothesis with one mutant."""
EVERY = 10
"""Hypothesis has one mutant of so many."""
FOR_EVER = settings(
    max_examples=1_000_000,
    phases=[Phase.generate],
    database=None,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""For as long as it is given; Hypothesis has nothing to say of how slow that is."""
SPARED = ("control.py", "errors.py", "devices/registers.py")
"""What notices that a layer goes wrong, and does nothing in one that does not; and a UART as the guest sees it."""


@dataclass(frozen=True)
class Talk:
    """A conversation that is planned."""

    suspension: Suspension
    conversation: Conversation
    cover: str = ""
    """Of which tour it is."""


@dataclass(frozen=True)
class Judged:
    """What became of a mutant."""

    name: str
    fate: Literal["caught", "survived", "stillborn", "unreached"]
    """`stillborn`: the layer can't be loaded, or started in no configuration. `unreached`: no tour comes there."""
    profile: str = ""
    cover: str = ""
    """The first tour that catches it."""
    seen: str = ""
    """The first thing that was not as the spec says."""
    hypothesis: bool | None = None
    """Whether the generated stateful tests catch it, if they were asked."""

    @property
    def file(self) -> str:
        """Below `impl`."""
        return self.name.partition("@")[2].partition(":")[0]


@dataclass(frozen=True)
class Report:
    """What became of all."""

    seconds: float
    """Of the processor for each mutant, for the generated tests; there were none if it is 0."""
    statements: Mapping[str, tuple[int, int]]
    """Of each file, how many run in a tour, and how many there are."""
    judged: tuple[Judged, ...]

    def of(self, fate: str) -> list[Judged]:
        """The mutants of one fate."""
        return [each for each in self.judged if each.fate == fate]

    @property
    def left_out(self) -> list[Judged]:
        """Those that survive because the spec does not speak of what they do."""
        return [each for each in self.of("survived") if each.name in LEFT_OUT]

    @property
    def holes(self) -> list[Judged]:
        """Those that survive though the spec speaks of it; as long as nobody explains one, it is one of these."""
        return [each for each in self.of("survived") if each.name not in EQUIVALENT.keys() | LEFT_OUT.keys()]

    def spoken_of(self) -> list[Judged]:
        """Those that do what the spec does not allow, as far as a tour comes to them."""
        return [*self.of("caught"), *self.holes]

    def visible(self) -> list[Judged]:
        """Those that somebody could tell from the layer, as far as a tour comes to them."""
        return [*self.spoken_of(), *self.left_out]

    def everywhere(self) -> list[Judged]:
        """Those and the others, each of which is taken for one that somebody could tell from the layer."""
        return [*self.visible(), *self.of("unreached")]

    def sample(self) -> list[Judged]:
        """Every tenth of all mutants, if somebody could tell it from the layer: those that Hypothesis has."""
        visible = set(self.visible())
        return [each for each in self.judged[::EVERY] if each in visible]


def by_a_tour(mutant: Judged) -> bool:
    """Whether tours catch it."""
    return mutant.fate == "caught"


def by_a_test(mutant: Judged) -> bool:
    """Whether the generated stateful tests do."""
    return bool(mutant.hypothesis)


def by_either(mutant: Judged) -> bool:
    """Whether these or those do."""
    return by_a_tour(mutant) or by_a_test(mutant)


def share(among: Sequence[Judged], caught: Callable[[Judged], bool]) -> float:
    """How many of some mutants are caught, from 0 to 1."""
    return sum(map(caught, among)) / len(among)


# -- the conversations -------------------------------------------------------------------------------------------------


def planned(profile: Profile, scope: Scope) -> list[Talk]:
    """The conversations that are to catch mutants: they are planned from the spec alone, for all mutants at once."""
    target = walks(Suspension(CHARDEV, profile, scope[0], timers="waited")).start()
    there = {each: Suspension(CHARDEV, profile, each, timers="waited") for each in scope}
    graphs = [explored(suspension, target) for suspension in there.values()]
    found = []
    for name, cover in COVERS.items():
        for steps in greedy(places(graphs, cover)):
            first = steps[0].before
            conversation = Conversation(first.state, tuple(step.move.stimulus for step in steps))
            found.append(Talk(there[first.graph.configuration], conversation, name))
    return found


def walks(suspension: Suspension, start: Callable[[Profile], Target] | None = None) -> Walks:
    """Conversations with the layer as it is in this process."""
    made = start or import_module("hotswap.checker.targets.in_process").Impl
    return Walks(suspension, partial(made, suspension.profile), limit=0)


# -- which statements run ----------------------------------------------------------------------------------------------


class Lines:
    """The lines of `impl` that run while a layer is moved or looked at, as the bits of a number."""

    def __init__(self) -> None:
        self.ran = 0
        self.bits: dict[tuple[str, int], int] = {}
        self.files: dict[CodeType, str] = {}

    def trace(self, frame: FrameType, event: str, argument: object) -> Any:
        """See `sys.settrace`."""
        code = frame.f_code
        if code not in self.files:
            path = Path(code.co_filename).resolve()
            self.files[code] = str(path.relative_to(IMPL)) if path.is_relative_to(IMPL) else ""
        if not self.files[code]:
            return None
        line = (self.files[code], frame.f_lineno)
        self.ran |= 1 << self.bits.setdefault(line, len(self.bits))
        return self.trace

    def mask(self, file: str, lines: Iterable[int]) -> int:
        """The bits of lines."""
        return sum(1 << self.bits[file, line] for line in lines if (file, line) in self.bits)


class Traced:
    """A target whose lines are noted."""

    def __init__(self, target: Target, lines: Lines) -> None:
        self.target, self.name, self.lines = target, target.name, lines
        self.drives, self.lacks, self.sees = target.drives, target.lacks, target.sees
        self.log, self.stop = target.log, target.stop

    def _traced(self, act: Callable[[], Any]) -> Any:
        sys.settrace(self.lines.trace)
        try:
            return act()
        finally:
            sys.settrace(None)

    def start(self, initial: Words) -> None:
        """See `Target`."""
        self._traced(lambda: self.target.start(initial))

    def do(self, stimulus: Stimulus, before: Words) -> None:
        """See `Target`."""
        self._traced(lambda: self.target.do(stimulus, before))

    def wait(self, timer: Stimulus, before: Words) -> None:
        """See `Target`."""
        self._traced(lambda: self.target.wait(timer, before))

    def observe(self) -> Observation:
        """See `Target`."""
        found: Observation = self._traced(self.target.observe)
        return found


@dataclass
class Plan:
    """Conversations, in the order in which they are had, and which lines run in each."""

    talks: list[Talk]
    lines: Lines = field(default_factory=Lines)
    ran: list[int] = field(default_factory=list)

    def run(self) -> Plan:
        """Have each with the layer as it is, which does what the spec says."""
        impl = import_module("hotswap.checker.targets.in_process").Impl
        for talk in self.talks:
            self.lines.ran = 0
            found = walks(talk.suspension, lambda profile: Traced(impl(profile), self.lines)).attempt(talk.conversation)
            assert found is None, found
            self.ran.append(self.lines.ran)
        return self

    def through(self, file: str, lines: range) -> list[Talk]:
        """The conversations in which a statement runs: what is wrong with it can be seen in no other."""
        mask = self.lines.mask(file, lines)
        return [talk for talk, ran in zip(self.talks, self.ran, strict=True) if ran & mask]

    @property
    def suspensions(self) -> list[Suspension]:
        """Where conversations are had."""
        return list({id(talk.suspension): talk.suspension for talk in self.talks}.values())


# -- a process with a mutant -------------------------------------------------------------------------------------------

LOADED = ("hotswap.impl", "hotswap.checker.refine", "hotswap.checker.targets")
"""What has the layer in it."""


class Changed(SourceFileLoader):
    """A module of the layer with a mistake in it."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        module = f"hotswap.impl.{mutant.file.removesuffix('.py').replace('/', '.')}"
        super().__init__(module, str(IMPL / mutant.file))

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """In place of the module; see `importlib.abc.MetaPathFinder`."""
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        """Of the changed text, never of a cache."""
        return compile(self.mutant.changed(Path(self.path).read_text("utf-8")), self.path, "exec")


def load(mutant: Mutant) -> None:
    """From now on the layer in this process is another. It is for a process of its own."""
    for name in [name for name in sys.modules if name.startswith(LOADED)]:
        del sys.modules[name]
    sys.meta_path.insert(0, Changed(mutant))
    import_module("hotswap.checker.targets.in_process")


class Hangs(BaseException):
    """A conversation does not end."""


def _hangs(number: int, frame: FrameType | None) -> None:
    raise Hangs


def shows(act: Callable[[], Difference | None]) -> str:
    """What is seen that is not as the spec says, first of all; nothing if all is."""
    signal.signal(signal.SIGVTALRM, _hangs)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        found = act()
        return found.observed[0] if found is not None else ""
    except Hangs:
        return "it hangs"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def had(talk: Talk) -> str:
    """What a conversation shows of the layer in this process."""
    return shows(lambda: walks(talk.suspension).attempt(talk.conversation))


def starts(suspension: Suspension) -> bool:
    """Whether a layer can be started in a configuration at all."""
    return not had(Talk(suspension, Conversation(suspension.initial[0], ())))


class Over(BaseException):
    """The time is over."""


def generated(profile: Profile) -> type[SpecMachine]:
    """The stateful test that is made of a version. What it learns of the spec's states it keeps for all mutants."""
    impl = import_module("hotswap.checker.targets.in_process").Impl
    every = [known.name for known in CHARDEV.all_properties]
    return state_machine(CHARDEV, partial(impl, profile), profile=profile, breaks=every)


def fails(test: type[SpecMachine], profile: Profile, seconds: float) -> bool:
    """Whether a generated test fails with the layer in this process, in so much time of the processor."""
    make = partial(import_module("hotswap.checker.targets.in_process").Impl, profile)

    class Limited(test):  # type: ignore[misc, valid-type]
        def take(self, step: str) -> None:
            signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
            super().take(step)

    def end(number: int, frame: FrameType | None) -> None:
        over.append(True)
        raise Over

    over: list[bool] = []
    Limited.make = staticmethod(make)
    signal.signal(signal.SIGVTALRM, _hangs)
    signal.signal(signal.SIGPROF, end)
    # Once more each second: what is raised while garbage is collected is not heard.
    signal.setitimer(signal.ITIMER_PROF, seconds, 1)
    try:
        run_state_machine_as_test(Limited, settings=FOR_EVER)
    except (Exception, Over, Hangs):
        # Hypothesis takes a run that was cut short for one that is not the same twice.
        return not over
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return False


# -- all of them -------------------------------------------------------------------------------------------------------

Work = Callable[[Mutant], Judged]

_given: list[tuple[Work, Sequence[Mutant]]] = []
"""What a process has from its parent, by the fork."""


def each_alone(work: Work, made: Sequence[Mutant]) -> Iterator[Judged]:
    """Do it for each mutant in a process of its own, two at a time."""
    _given.append((work, made))
    gc.freeze()
    try:
        with get_context("fork").Pool(2, maxtasksperchild=1) as pool:
            yield from pool.imap(_done, range(len(made)))
    finally:
        gc.unfreeze()
        _given.pop()


def _done(position: int) -> Judged:
    work, made = _given[-1]
    return work(made[position])


def by_tours(plan: Plan, mutant: Mutant) -> Judged:
    """Whether tours catch a mutant. It loads it into this process."""
    try:
        load(mutant)
        born = any(map(starts, plan.suspensions))
    except Exception:
        born = False
    if not born:
        return Judged(mutant.name, "stillborn")
    for talk in plan.through(mutant.file, mutant.lines):
        if seen := had(talk):
            return Judged(mutant.name, "caught", talk.suspension.profile.name, talk.cover, seen)
    return Judged(mutant.name, "survived")


def by_hypothesis(tests: Mapping[Profile, type[SpecMachine]], seconds: float, mutant: Mutant) -> Judged:
    """Whether generated tests catch a mutant, in so much time for all of them. It loads it into this process."""
    load(mutant)
    found = any(fails(test, profile, seconds / len(tests)) for profile, test in tests.items())
    return Judged(mutant.name, "caught" if found else "survived")


@lru_cache
def files() -> list[str]:
    """The modules that are loaded when a layer runs in process, without those that are spared."""
    program = "import sys, hotswap.checker.targets.in_process; print(*(n for n in sys.modules if 'hotswap.impl.' in n))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    paths = sorted(Path(find_spec(name).origin or "").resolve() for name in loaded)  # type: ignore[union-attr]
    return [file for file in (str(path.relative_to(IMPL)) for path in paths) if file not in SPARED]


def toured() -> Report:
    """Judge all mutants by the tours of one profile after the other."""
    made = {mutant.name: mutant for file in files() for mutant in mutants(file)}
    judged = {name: Judged(name, "unreached") for name in made}
    ran: set[tuple[str, int]] = set()
    for name in PROFILES:
        plan = Plan(planned(CHARDEV.profile(name), CHARDEV.scope())).run()
        ran |= set(plan.lines.bits)
        left = [each for each in made.values() if judged[each.name].fate in ("unreached", "survived")]
        reached = [each for each in left if plan.through(each.file, each.lines)]
        judged |= {each.name: each for each in each_alone(partial(by_tours, plan), reached)}
    return Report(0, {file: counted(file, ran) for file in files()}, tuple(judged.values()))


def tested(known: Report, seconds: float) -> Iterator[Report]:
    """Judge the sample by generated tests, too.

    The report after each of them: what was judged in the same time before stays, so that this can be gone on with.
    """
    made = {mutant.name: mutant for file in files() for mutant in mutants(file)}
    tests = {version: generated(version) for version in map(CHARDEV.profile, PROFILES)}
    if known.seconds != seconds:
        judged = tuple(replace(each, hypothesis=None) for each in known.judged)
        known = replace(known, seconds=seconds, judged=judged)
    left = [made[each.name] for each in known.sample() if each.hypothesis is None]
    for found in each_alone(partial(by_hypothesis, tests, seconds), left):
        caught = found.fate == "caught"
        judged = tuple(replace(each, hypothesis=caught) if each.name == found.name else each for each in known.judged)
        known = replace(known, judged=judged)
        yield known


def source() -> bytes:
    """All that a process with a mutant may load."""
    return b"".join(path.read_bytes() for package in PACKAGES for path in sorted(package.rglob("*.py")))


def require_unedited(before: bytes) -> None:
    """Whoever edits meanwhile has mutants judged by what is said of another layer. Raises `SystemExit`."""
    if source() != before:
        sys.exit(f"{', '.join(package.name for package in PACKAGES)}: edited meanwhile; begin anew, or in a copy")


def counted(file: str, ran: Container[tuple[str, int]]) -> tuple[int, int]:
    """How many statements of a file's functions run, and how many there are."""
    each = [any((file, line) in ran for line in lines) for lines in statements(file)]
    return sum(each), len(each)


# -- the page ----------------------------------------------------------------------------------------------------------

HEAD = """\
# What the tours are worth

Written by `make long`; tests hold it to the layer as it is. A tour is a conversation that `hotswap` makes from the spec
alone, to take everything of a kind that there is to take. Here tours are had with layers that have a mistake: a
*mutant* is `impl` with one statement left out, two neighbouring calls in the other order, an `if` taken the other way,
or another pointer, event, context, condition or truth value in place of the right one. Each is loaded in a process of
its own, which has the conversations until something is not as the spec says. It is of the modules that run when a layer
is moved in memory. What the layer keeps to notice that it goes wrong (`control.py`, `errors.py`) is left as it is, and
so are a UART's registers, which the guest alone sees.

The tours are along every *row* of the spec; every *pair* of stimuli of which one can follow the other; every *edge*
between groups of states that look alike by their control states; and, as *states*, every stimulus in every *state*.

| mutants | fate | which is |
|---|---|---|
"""
FATES = {
    "caught": "a tour shows something that the spec does not allow",
    "survived": "no tour does",
    "stillborn": "the layer can't be loaded, or started in no configuration",
    "unreached": "no tour comes to the statement",
}
SHARES = """
| of the mutants | there are | tours catch | share |
|---|---|---|---|
"""
AMONG: dict[str, Callable[[Report], list[Judged]]] = {
    "that do what the spec does not allow, where a tour comes": Report.spoken_of,
    "that somebody could tell from the layer, where a tour comes": Report.visible,
    "that somebody could tell from the layer, if all to which no tour comes are of these": Report.everywhere,
}
"""What shares are of."""
SAMPLE = """
Hypothesis was given {seconds:g} s of a processor with each mutant of a sample: of all mutants, in the order of the
files, every tenth, if somebody could tell it from the layer where a tour comes. These are {number}; among them are
{spoken} that do what the spec does not allow.

| caught by | of the {spoken} | of all {number} |
|---|---|---|
"""
WAYS = {"tours": by_a_tour, "generated stateful tests": by_a_test, "both together": by_either}
"""By what mutants are caught."""
ABSENT = """
## The mutants to which no tour comes

| mutants | why |
|---|---|
"""
TOURS = """
How many each tour catches that none before it has caught:

| profile | rows | pairs | edges | states |
|---|---|---|---|---|
"""
STATEMENTS = """
Where they are, and how many statements of functions there are, of which so many run in a tour:

| module | statements | run | caught | survived | stillborn | unreached |
|---|---|---|---|---|---|---|
"""
SURVIVORS = {
    "The mutants that survive, and do what the spec does not": HOLES,
    "The mutants that do what the spec leaves out": LEFT_OUT,
    "The mutants that nobody can tell from the layer": EQUIVALENT,
}


def page(known: Report) -> str:
    """The page of a report."""
    return "".join(_page(known))


def _page(known: Report) -> Iterator[str]:
    yield HEAD
    for fate, meaning in FATES.items():
        yield f"| {len(known.of(fate))} | {fate} | {meaning} |\n"
    same = len(known.of("survived")) - len(known.holes) - len(known.left_out)
    yield fill(
        f"Of the survivors {same} are equivalent: nobody could tell them from the layer. {len(known.left_out)} do "
        "something that the spec leaves out, with data, options and the words of errors. "
        f"{len(known.holes)} are holes.",
        120,
        initial_indent="\n",
    )
    yield "\n"
    yield from _shares(known)
    yield TOURS
    for profile in PROFILES:
        counts = [
            sum((each.profile, each.cover) == (profile, cover) for each in known.of("caught")) for cover in COVERS
        ]
        yield f"| {profile} | {' | '.join(map(str, counts))} |\n"
    yield STATEMENTS
    for file, (ran, there) in known.statements.items():
        if there:
            fates = [sum(each.file == file for each in known.of(fate)) for fate in FATES]
            yield f"| {file} | {there} | {ran} | {' | '.join(map(str, fates))} |\n"
    yield ABSENT
    for why, number in Counter(UNREACHED.values()).most_common():
        yield f"| {number} | {why} |\n"
    for title, reasons in SURVIVORS.items():
        yield f"\n## {title}\n\n| mutant | why |\n|---|---|\n"
        found = [each for each in known.of("survived") if each.name in reasons]
        yield from (f"| `{_cell(each)}` | {reasons[each.name]} |\n" for each in found)


def _shares(known: Report) -> Iterator[str]:
    """What the tours are worth; then, of a sample, what they are, the generated stateful tests, and both."""
    yield SHARES
    for which, those in AMONG.items():
        among = those(known)
        yield f"| {which} | {len(among)} | {sum(map(by_a_tour, among))} | {share(among, by_a_tour):.1%} |\n"
    sample = known.sample()
    if any(each.hypothesis is None for each in sample):
        return
    left_out = set(known.left_out)
    spoken = [each for each in sample if each not in left_out]
    yield SAMPLE.format(seconds=known.seconds, number=len(sample), spoken=len(spoken))
    for name, caught in WAYS.items():
        yield f"| {name} | {share(spoken, caught):.1%} | {share(sample, caught):.1%} |\n"


def _cell(known: Judged) -> str:
    return known.name.replace("|", "\\|")


def read() -> Report:
    """The committed report."""
    known: dict[str, Any] = json.loads(REPORT.read_text("utf-8"))
    counts = {file: (ran, there) for file, (ran, there) in known["statements"].items()}
    return Report(known["seconds"], counts, tuple(Judged(**each) for each in known["judged"]))


def text(known: Report) -> str:
    """As JSON, a mutant in each line."""
    judged = ",\n".join(f"    {json.dumps(asdict(each))}" for each in known.judged)
    head = f'{{\n  "seconds": {known.seconds},\n  "statements": {json.dumps(known.statements)},\n'
    return f'{head}  "judged": [\n{judged}\n  ]\n}}\n'


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for the generated tests, with each mutant")
    parser.add_argument("--toured", action="store_true", help="go on from the report that there is")
    parser.add_argument("--page-only", action="store_true", help="of the report that there is")
    options = parser.parse_args()
    as_it_was = source()
    if not options.toured and not options.page_only:
        found = toured()
        require_unedited(as_it_was)
        REPORT.write_text(text(found), "utf-8")
    if options.seconds and not options.page_only:
        for so_far in tested(read(), options.seconds):
            require_unedited(as_it_was)
            REPORT.write_text(text(so_far), "utf-8")
    PAGE.write_text(page(read()), "utf-8")
