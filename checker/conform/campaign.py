"""An implementation held to a whole scope: conversations in every configuration, and what came of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ...spec.language.system import Configuration, Scope, System
from ...spec.language.variants import Profile
from .conversation import Conversation
from .held import LIMIT, Difference
from .reference import says
from .shorten import Try, shortest
from .suspension import Suspension
from .walks import Patience, Report, Start, Walks

MOST_DIFFERENCES = 10
"""When there are so many, no more are looked for."""

Watch = Callable[["Campaign"], None]


@dataclass
class Campaign:
    """What was done with a target, and what came of it."""

    target: str
    profile: str
    configurations: int
    conversations: int = 0
    stimuli: int = 0
    timers: int = 0
    attempts: int = 0
    """How many conversations were had to find shorter ones that show a difference."""
    rows: set[str] = field(default_factory=set)
    """Those that were certainly taken."""
    drivable: set[str] = field(default_factory=set)
    """Of a tour: those that can be had by what can be driven."""
    undriven: dict[str, set[str]] = field(default_factory=dict)
    """Why which stimuli can't be had, everywhere or somewhere."""
    unseen: set[str] = field(default_factory=set)
    """What the spec calls observable and the target has never shown, so that it was compared with nothing."""
    not_followed: list[tuple[Conversation, str]] = field(default_factory=list)
    """See `Report`."""
    differences: list[tuple[Configuration, Difference]] = field(default_factory=list)
    stopped: str = ""


@dataclass(frozen=True)
class Asked:
    """What is to be done. Of a tour `paths` are the conversations besides those that it takes to have every row."""

    paths: int | None = None
    stimuli: int = 0
    seed: int = 0
    conversations: Sequence[tuple[Configuration, Conversation]] = ()


def campaign(
    system: System,
    profile: Profile,
    scope: Scope,
    start: Start,
    asked: Asked,
    *,
    limit: float = LIMIT,
    reference: Start | None = None,
    watch: Watch = lambda so_far: None,
) -> Campaign:
    """Hold what `start` makes to a system: by a tour, at random, and along given conversations, as far as asked for.

    A difference is shown by the shortest conversation that has it, beside what a `reference` says in it. Ctrl-C ends it
    with what there is so far.
    """
    result = Campaign(start().name, profile.name, len(scope))
    patience = Patience(stimuli=asked.stimuli)
    walks = [
        Walks(Suspension(system, profile, each, timers="waited"), start, limit=limit, patience=patience)
        for each in scope
    ]
    try:
        for walk in _walked(walks, asked):
            _add(result, walks)
            while walk.report.differences:
                conversation, difference = walk.report.differences[-1]
                found = shortest(walk.suspension, conversation, difference, _attempts(result, walk, watch), limit)
                if reference is not None:
                    same = Conversation(conversation.initial, found.conversation)
                    found = replace(found, reference=says(walk.suspension, same, reference, limit))
                _note(result, walk, found)
                walk.report.differences.pop()
            watch(result)
            if len(result.differences) >= MOST_DIFFERENCES:
                result.stopped = f"there are {MOST_DIFFERENCES} differences"
                break
    except KeyboardInterrupt:
        result.stopped = "interrupted"
        _add(result, walks)
        for walk in walks:
            for _, as_found in walk.report.differences:
                _note(result, walk, as_found)
    return result


def _attempts(result: Campaign, walk: Walks, watch: Watch) -> Try:
    """Each is seen by who watches: it takes as long as a conversation does."""

    def attempt(conversation: Conversation, limit: float) -> Difference | None:
        result.attempts += 1
        watch(result)
        return walk.attempt(conversation, limit)

    return attempt


def _note(result: Campaign, walk: Walks, found: Difference) -> None:
    """Keep a difference that is not known yet."""
    configuration = walk.suspension.configuration
    known = [(each, other.conversation, other.observed) for each, other in result.differences]
    if (configuration, found.conversation, found.observed) not in known:
        result.differences.append((configuration, found))


def _walked(walks: Sequence[Walks], asked: Asked) -> Iterator[Walks]:
    """After each conversation, the walk that had it."""
    if asked.paths is not None:
        for walk in walks:
            yield from (walk for _ in walk.tour(asked.paths))
    for configuration, conversation in asked.conversations:
        walk = next(each for each in walks if each.suspension.configuration == configuration)
        walk.follow(conversation)
        yield walk
    roads = [(walk, walk.at_random(f"{asked.seed} {walk.suspension.configuration}")) for walk in walks if walk.initial]
    while roads and walks[0].patience.stimuli > 0:
        for walk, road in roads:
            if next(road, None) is not None:
                yield walk


def _add(result: Campaign, walks: Iterable[Walks]) -> None:
    """The sums over all configurations."""
    reports: list[Report] = [walk.report for walk in walks]
    for name in ("conversations", "stimuli", "timers"):
        setattr(result, name, sum(getattr(report, name) for report in reports))
    result.unseen = _unseen(
        {name for report in reports for name in report.expected}, {name for report in reports for name in report.seen}
    )
    result.not_followed = [each for report in reports for each in report.not_followed]
    for report in reports:
        result.rows |= report.rows
        result.drivable |= report.drivable
        for why, rows in report.undriven.items():
            result.undriven.setdefault(why, set()).update(rows)


def _unseen(expected: set[str], seen: set[str]) -> set[str]:
    """What was compared with nothing. Whose fields are seen, of him there is nothing else to be seen."""
    bare = {name.partition(".")[0] for name in seen - expected}
    return {name for name in expected - seen if name.partition(".")[0] not in bare}
