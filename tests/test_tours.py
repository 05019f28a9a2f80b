"""Transition tours: what they say they take is taken, and no tour is shorter than the lower bound says."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from hotswap.checker.cli import main
from hotswap.checker.conform.stimulus import Stimulus, begins
from hotswap.checker.conform.target import Words
from hotswap.checker.targets.in_process import Impl
from hotswap.checker.tours.bound import Arc, cheapest
from hotswap.checker.tours.cover import Cover, Edges, Pairs, Rows, control_states, read
from hotswap.checker.tours.tour import Tour, tour
from hotswap.checker.view import tour as view
from hotswap.spec import CHARDEV
from hotswap.spec.language import Machine, State, System, step
from hotswap.spec.language.interface import Interface
from hotswap.spec.language.machines import LiveValue, StateValue
from hotswap.spec.language.plain import Edge, PlainWorld, Values
from hotswap.spec.language.system import Configuration
from hotswap.spec.language.variants import variant
from models import MODELS
from models_table import model

SMALL = "devices=virtserialport,backends=ringbuf+unix,others=,ids=1,known=true"
"""One configuration of the chardev protocol, on the command line."""
HERE = Path(__file__).parent
RIVER = f"{HERE}/models/river.py:RIVER"
NAMES = [name for name, _ in MODELS if name not in ("filter_lock", "bounded_buffer")]
"""The models that are explored in a second."""
COVERS = ("rows", "edges", "pairs")
Items = set[Hashable]


def cover(system: System, name: str) -> Cover:
    """A cover by its name."""
    made: dict[str, Callable[[], Cover]] = {
        "rows": Rows,
        "edges": lambda: Edges(control_states(system)),
        "pairs": Pairs,
    }
    return made[name]()


@cache
def toured(name: str, of: str) -> Tour:
    """A tour of a model's first scope."""
    system = model(name)
    return tour(system, system.profile(), system.scope(), cover(system, of))


# An independent view: steps of the oracle instead of stimuli and answers. The models declare no interface, so that each
# stimulus is one step.


class Plain:
    """The steps of a model in one configuration, and what is taken by them."""

    def __init__(self, system: System, of: str, configuration: Configuration) -> None:
        self.system, self.of, self.configuration = system, of, configuration
        self.world = PlainWorld(system, system.pools((configuration,)))
        self.edges = cache(self._edges)

    def initial(self) -> list[Values]:
        """Where it can start."""
        with variant(self.system.profile()):
            return list(self.world.initial((self.configuration,)))

    def _edges(self, state: Values) -> list[Edge]:
        with variant(self.system.profile()):
            return [edge for edge in self.world.edges(state) if edge.cut is None]

    def group(self, state: Values) -> Hashable:
        """In which control states how many instances are, of those machines that have more than one."""
        named = [(name, value, raw) for (name, value), raw in zip(self.world.positions, state, strict=True)]
        dead = {name.removesuffix("live") for name, value, raw in named if isinstance(value, LiveValue) and not raw}
        return tuple(
            sorted(
                (value.machine.__name__, raw)
                for name, value, raw in named
                if isinstance(value, StateValue)
                and len(value.machine.states) > 1
                and name.removesuffix("state") not in dead
            )
        )

    def taken(self, before: Values, last: str, edge: Edge) -> Items:
        """What a step takes after another."""
        row = edge.row.qualname
        if self.of == "rows":
            return {row}
        if self.of == "pairs":
            return {(last, row)} if last else set()
        return {(self.group(before), row, "dies" if edge.after is None else self.group(edge.after))}

    def reached(self) -> Iterator[tuple[Values, str]]:
        """Every state that can be reached, with each row by which it can be."""
        waiting = deque((state, "") for state in self.initial())
        seen = set(waiting)
        while waiting:
            state, last = waiting.popleft()
            yield state, last
            for edge in self.edges(state):
                there = None if edge.after is None else (edge.after, edge.row.qualname)
                if there is not None and there not in seen:
                    seen.add(there)
                    waiting.append(there)

    def all(self) -> Items:
        """Whatever can be taken."""
        return {
            item
            for state, last in self.reached()
            for edge in self.edges(state)
            for item in self.taken(state, last, edge)
        }


def replayed(found: Tour, system: System) -> Items:
    """What the conversations of a tour take, step by step; each step can be taken, and leads to one state."""
    worlds = {str(each): Plain(system, found.cover, each) for each in system.scope()}
    items: Items = set()
    for configuration, conversation in found.conversations:
        world = worlds[str(configuration)]
        state: Values | None = conversation.initial
        last = ""
        assert state in world.initial()
        for stimulus in conversation.stimuli:
            assert state is not None
            fitting = [
                edge
                for edge in world.edges(state)
                if begins(edge, tuple(sorted({label for label, chosen in edge.choices if chosen}))) == stimulus
            ]
            assert len({edge.after for edge in fitting}) == 1
            items |= world.taken(state, last, fitting[0])
            state, last = fitting[0].after, stimulus.qualname
    return items


def shortest(name: str, of: str) -> int:
    """The length of the shortest tour of a model, found by looking at every combination of place and items."""
    system = model(name)
    (configuration,) = system.scope()
    world = Plain(system, of, configuration)
    numbers = {item: 1 << number for number, item in enumerate(sorted(world.all(), key=str))}
    starts = [(state, "") for state in world.initial()]
    layer = {(start, 0) for start in starts}
    seen = set(layer)
    length = 0
    while True:
        if any(taken == (1 << len(numbers)) - 1 for _, taken in layer):
            return length
        length += 1
        following = set()
        for (state, last), taken in layer:
            for edge in world.edges(state):
                now = taken | sum(numbers[item] for item in world.taken(state, last, edge))
                on = [(edge.after, edge.row.qualname if of == "pairs" else "")] if edge.after is not None else []
                following |= {(there, now) for there in (*on, *starts)}
        layer = following - seen
        seen |= layer


# Tours of models.


@pytest.mark.parametrize("of", COVERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_tour_takes_what_it_says(name: str, of: str) -> None:
    """What its steps take, one after the other in the oracle, is all that any steps take, and as much as it says."""
    found, system = toured(name, of), model(name)

    taken = replayed(found, system)

    assert taken == set().union(*(Plain(system, of, each).all() for each in system.scope()))
    assert found.covered == found.items
    assert len(found.items) == len(taken)
    assert found.stopped == ""


@pytest.mark.parametrize("of", COVERS)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_taken_is_said_where_it_is(name: str, of: str) -> None:
    """Each item is said to be taken by one stimulus; the rows and pairs by one of their row."""
    for part in toured(name, of).parts:
        assert len(part.takes) == len(part.conversation.stimuli)
        for taken, stimulus in zip(part.takes, part.conversation.stimuli, strict=True):
            assert all(item[0 if of == "rows" else 1] == stimulus.qualname for item in taken)
    items = [item for part in toured(name, of).parts for taken in part.takes for item in taken]
    assert len(items) == len(set(items))


SHORT = {
    ("bakery", "rows"): (4, 4, 4),
    ("bakery", "pairs"): (14, 18, 19),
    ("bank", "rows"): (6, 6, 6),
    ("elevator", "rows"): (8, 11, 12),
    ("object_cache", "rows"): (6, 6, 6),
    ("peterson", "edges"): (19, 19, 20),
    ("peterson", "pairs"): (14, 18, 19),
    ("ring_election", "rows"): (3, 4, 4),
    ("ring_election", "pairs"): (10, 16, 23),
    ("river", "rows"): (4, 4, 4),
    ("river", "edges"): (4, 4, 4),
    ("river", "pairs"): (9, 9, 9),
}
"""Of some tours the lower bound, the length of the shortest, and their own."""


@pytest.mark.parametrize(("name", "of"), SHORT, ids=str)
def test_the_shortest_tour_is_between_the_bound_and_the_tour(name: str, of: str) -> None:
    """No tour is shorter than the bound, and the one that is found is hardly longer than the shortest."""
    found = toured(name, of)

    assert (found.bound, shortest(name, of), found.length) == SHORT[name, of]
    assert found.bound <= shortest(name, of) <= found.length


@pytest.mark.parametrize(
    ("arcs", "stimuli"),
    [
        ([("a", "b", 1), ("b", "a", 1)], 2),
        ([("a", "b", 1), ("b", "a", 0)], 2),  # there is no other way back
        ([("a", "b", 2), ("b", "a", 1)], 4),
        ([("a", "b", 1), ("a", "c", 1), ("b", "a", 0), ("c", "d", 0), ("d", "a", 0)], 5),
        ([("a", "b", 1), ("b", "c", 1), ("c", "a", 1), ("a", "c", 1)], 5),  # c is left twice, too
    ],
)
def test_the_cheapest_circulation(arcs: list[tuple[str, str, int]], stimuli: int) -> None:
    """Each arc is taken as often as it must, and what comes to a node leaves it."""
    assert cheapest(Arc(tail, head, f"{tail}{head}", least) for tail, head, least in arcs) == stimuli


def test_the_same_tour_again() -> None:
    """A tour is the same every time."""
    system = model("elevator")

    again = tour(system, system.profile(), system.scope(), Pairs())

    assert view.text(again) == view.text(toured("elevator", "pairs"))


def test_groups_by_other_fields() -> None:
    """With all its fields a model's groups are its states, and an edge is an edge of the states."""
    system = model("river")
    fields = read(system, "Ferryman.state,Ferryman.across")

    found = tour(system, system.profile(), system.scope(), Edges(fields))

    world = Plain(system, "edges", *system.scope())
    states = {state for state, _ in world.reached()}
    assert len(found.items) == sum(len(world.edges(state)) for state in states) == 20
    assert {group for before, _, after in found.items for group in (before, after)} >= {"Ferryman: here {}"}


class Clumsy(Impl):
    """A target that can't be driven along a row, nor started where a field is of a word."""

    def __init__(self, row: str = "", word: str = "") -> None:
        super().__init__(CHARDEV.profile("repaired"))
        self.row, self.word = row, word

    def drives(self, stimulus: Stimulus, before: Words) -> str:
        return "it is clumsy" if stimulus.qualname == self.row else ""

    def lacks(self, initial: Words) -> str:
        return "it is not made so" if self.word in initial.values() else ""


def test_what_a_target_can_not_be_driven_along() -> None:
    """It is in no conversation, and said never to be taken; the rest is."""
    system = model("bank")

    found = tour(system, system.profile(), system.scope(), Rows(), target=Clumsy("Account.reopen"))

    assert found.never == {("Account.reopen",)}
    assert "reopen" not in {each.row for _, conversation in found.conversations for each in conversation.stimuli}
    assert found.covered == toured("bank", "rows").items - found.never


def test_where_a_target_can_not_be_started() -> None:
    """No conversation begins there."""
    found = tour(LAMP, LAMP.profile(), LAMP.scope(), Rows(), target=Clumsy(word="dark"))

    assert (found.states, found.conversations, found.bound) == (0, [], 0)


# What is not certain.


class Lamp(Machine):
    """Is switched on, and glows in one of two colours: which, nobody outside chooses."""

    dark, lit, red, green = State(initial=True), State(), State(), State()

    @step(dark, to=lit)
    def switch(self) -> None:
        """The stimulus."""

    @step(lit, to=red)
    def glow_red(self) -> None:
        """By itself."""

    @step(lit, to=green)
    def glow_green(self) -> None:
        """Or so."""

    @step((red, green), to=dark)
    def darken(self) -> None:
        """Can be done in both."""


LAMP = System("lamp", [Lamp], {"one": {Lamp: 1}}, interface=Interface([Lamp.switch, Lamp.darken]))


@pytest.mark.parametrize("of", COVERS)
def test_only_what_is_certain_counts(of: str) -> None:
    """What happens on some ways only is not taken, and after a stimulus that comes out so or so nothing is done."""
    found = tour(LAMP, LAMP.profile(), LAMP.scope(), cover(LAMP, of))

    assert found.items == ({("Lamp.switch",)} if of == "rows" else set())
    assert [len(conversation.stimuli) for _, conversation in found.conversations] == ([1] if of == "rows" else [])
    assert found.bound == found.length


def test_rows_that_nothing_certainly_takes() -> None:
    """They are said."""
    found = tour(LAMP, LAMP.profile(), LAMP.scope(), Rows())

    assert found.never == {("Lamp.glow_red",), ("Lamp.glow_green",), ("Lamp.darken",)}


def test_an_interrupted_tour() -> None:
    """Ctrl-C ends it with how far it is."""

    def stop(so_far: Tour) -> None:
        if so_far.explored == 2:
            raise KeyboardInterrupt

    found = tour(CHARDEV, CHARDEV.profile(), CHARDEV.scope()[5:9], Rows(), watch=stop)

    assert (found.stopped, found.explored, found.configurations) == ("interrupted", 2, 4)
    assert (found.parts, found.ratio) == ([], None)
    jsonschema.validate(view.document(found), view.schema())


# The command.


@pytest.mark.parametrize("of", COVERS)
def test_a_tour_with_an_implementation(of: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `tour` writes, `conform` does: all of it, if it is a tour of what the target can be driven along."""
    file, report = tmp_path / "tour.json", tmp_path / "report.json"
    arguments = ["--profile", "repaired", "--scope", SMALL]

    assert main(["tour", "--cover", of, "--target", "impl", *arguments, "--json", str(file)]) == 0
    assert main(["conform", *arguments, "--traces", str(file), "--json", str(report)]) == 0

    written, done = json.loads(file.read_text("utf-8")), json.loads(report.read_text("utf-8"))
    jsonschema.validate(written, view.schema())
    assert written["covered"] == written["items"] > 0
    assert written["bound"] <= written["stimuli"] == done["stimuli"]
    assert (done["not_followed"], done["differences"]) == ([], [])
    if of == "rows":
        assert {row for (row,) in taken(written)} == set(done["rows"])
    assert f"conversation {len(written['conversations'])}, in devices=virtserialport" in capsys.readouterr().out


def taken(written: dict[str, list[dict[str, list[dict[str, list[list[str]]]]]]]) -> list[list[str]]:
    """What a document says is taken."""
    return [item for each in written["conversations"] for step in each["steps"] for item in step["takes"]]


def test_the_schema_is_one() -> None:
    """The schema in the repository is a valid JSON Schema."""
    jsonschema.Draft202012Validator.check_schema(view.schema())


def test_what_is_read_is_what_was_written() -> None:
    """The conversations of a document are those of the tour."""
    found = toured("elevator", "pairs")

    read_again = view.conversations(json.loads(view.text(found)))

    assert [(each.configuration, each.stimuli) for each in read_again] == [
        (str(configuration), conversation.stimuli) for configuration, conversation in found.conversations
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--quotient", "Ferryman.state"], "--quotient Ferryman.state: only --cover edges groups states"),
        (["--cover", "edges", "--quotient", "Fish.state"], "river has no machine `Fish`"),
        (["--cover", "edges", "--quotient", "Ferryman.hat"], "Ferryman has no field `hat`"),
        (["--cover", "edges", "--quotient", ""], "river has no machine ``"),
        (["--profile", "other"], "river has no profile `other`"),
        (["--scope", "other"], "river has no scope `other`"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What can't be meant is one clear error."""
    assert main(["tour", RIVER, *arguments]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("hotswap: ")
    assert message in said.err


@pytest.mark.parametrize(
    "document",
    [
        {"schema": "hotswap-tour/1"},
        {"schema": "hotswap-tour/1", "conversations": [{}]},
        {"schema": "hotswap-tour/1", "conversations": [7]},
        {"schema": "hotswap-tour/1", "conversations": {"configuration": "x"}},
        {"schema": "hotswap-tour/1", "conversations": [{"configuration": "x", "initial": {}, "steps": []}]},
        {
            "schema": "hotswap-tour/1",
            "conversations": [{"configuration": "x", "initial": {}, "steps": [{"stimulus": "no step"}]}],
        },
        {"schema": "hotswap-tour/1", "conversations": [{"configuration": "x", "initial": 3, "steps": []}]},
        {"schema": "hotswap-tour/2"},
    ],
    ids=str,
)
def test_a_file_that_is_no_tour(document: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document that can't be read as a tour is one clear error, with its name."""
    file = tmp_path / "file"
    file.write_text(json.dumps(document), "utf-8")

    assert main(["conform", "--traces", str(file)]) == 2

    assert capsys.readouterr().err.startswith(f"hotswap: {file}: ")


def test_a_tour_of_another_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tour that begins nowhere in the scope is one clear error."""
    file = tmp_path / "tour.json"
    main(["tour", RIVER, "--json", str(file), "-q"])

    assert main(["conform", "--traces", str(file)]) == 2

    assert "it begins in no state of the scope" in capsys.readouterr().err
