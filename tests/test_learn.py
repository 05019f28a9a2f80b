"""What an implementation does is learned from outside, exactly, and compared with the spec."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from hotswap.checker.cli import main
from hotswap.checker.conform.stimulus import Stimulus
from hotswap.checker.conform.suspension import Answer, Suspension
from hotswap.checker.conform.target import Observation, Unguided, Words
from hotswap.checker.learn.black_box import BlackBox, NotDeterministic
from hotswap.checker.learn.known import state
from hotswap.checker.learn.learned import Learned, Thoroughness
from hotswap.checker.learn.learner import learn
from hotswap.checker.learn.letter import Letter, alphabet
from hotswap.checker.learn.mealy import Output, Word
from hotswap.checker.targets.in_process import Impl
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Machine, State, System, Thread, observable, step
from hotswap.spec.models import Model

PORT = Setup((Model.virtserialport,), (Kind.ringbuf, Kind.unix))
ROWS = (
    "Change.chardev_add",
    "Change.find",
    "Qmp.chardev_remove",
    "Qmp.device_add",
    "Qmp.device_del",
    "Chardev.peer_connects",
    "Chardev.peer_leaves",
)
FEW = ["Change.chardev_add", "Change.find", "Qmp.device_add"]


# A turnstile, of which the spec says all, and some that are not like it.


class Turnstile(Machine, thread=Thread("people")):
    """Locked, until somebody pays."""

    locked = State(initial=True)
    open = State()

    @step(locked, open, to=open)
    def coin(self) -> None:
        """Somebody pays."""

    @step(open, to=locked)
    def push(self) -> None:
        """Somebody goes through."""

    @observable
    def lets_through(self) -> bool:
        return self.state is Turnstile.open


TURNSTILE = System("turnstile", [Turnstile], {"small": {Turnstile: 1}})


class Toy:
    """A turnstile, which may be worn after so many coins in a row, die of more, or do it all the other way around."""

    name = "a turnstile"

    def __init__(
        self, worn_after: int = 0, dies_after: int = 0, inverted: bool = False, starts_open: bool = False
    ) -> None:
        self.worn_after, self.dies_after, self.inverted = worn_after, dies_after, inverted
        self.coins = 0
        self.open = starts_open

    def drives(self, stimulus: Stimulus, before: Words) -> str:
        return ""

    def lacks(self, initial: Words) -> str:
        return ""

    def start(self, initial: Words) -> None:
        """As it was made."""

    def do(self, stimulus: Stimulus, before: Words) -> None:
        pays = stimulus.row == "coin"
        self.coins = self.coins + 1 if pays else 0
        self.open = pays and not (self.worn_after and self.coins > self.worn_after)
        self.open ^= self.inverted

    def wait(self, timer: Stimulus, before: Words) -> None:
        raise AssertionError("there are no timers")

    def observe(self) -> Observation:
        if self.dies_after and self.coins > self.dies_after:
            return Observation({}, died="it jams")
        return Observation({"Turnstile0.lets_through": str(self.open)})

    def known(self) -> Words:
        return {"Turnstile0.state": "open" if self.open else "locked"}

    def sees(self, name: str, word: str) -> str:
        return word

    def log(self) -> list[str]:
        return []

    def stop(self) -> None:
        """Nothing is left."""


def from_outside(system: System, profile: str) -> Suspension:
    """A version in the smallest configuration, or that of a port."""
    configuration = PORT if system is CHARDEV else system.scope()[0]
    return Suspension(system, system.profile(profile), configuration, timers="waited")


def turnstile(start: Callable[[], Unguided], depth: int = 1, words: int = 0) -> Learned:
    """What is learned of a turnstile."""
    spec = from_outside(TURNSTILE, "plain")
    initial = spec.initial[0]
    letters = alphabet(spec, initial, ["Turnstile.coin", "Turnstile.push"])
    return learn(spec, start, initial, letters, Thoroughness(depth, words))


def layer(said: str, does: str, wanted: Sequence[str] = ROWS, depth: int = 0) -> Learned:
    """What is learned of a layer that behaves as one version and is held to another."""
    spec, as_it_is = from_outside(CHARDEV, said), CHARDEV.profile(does)
    initial = spec.initial[0]
    return learn(spec, lambda: Impl(as_it_is), initial, alphabet(spec, initial, wanted), Thoroughness(depth))


def all_words(letters: int, longest: int) -> Iterator[Word]:
    """All words that are no longer than that, the shortest first."""
    for length in range(longest + 1):
        yield from itertools.product(range(letters), repeat=length)


def seen(spec: Suspension, start: Callable[[], Unguided], letters: Sequence[Letter], word: Word) -> list[Output]:
    """What is seen of a target that is asked nothing but one word."""
    with BlackBox(spec, start, spec.initial[0], letters) as box:
        return box.ask(word)


def allowed(spec: Suspension, letters: Sequence[Letter], word: Word, outputs: Sequence[Output]) -> bool:
    """Whether the spec lets a word come out so, as far as it says anything of it: the obvious way, word by word."""
    states = {spec.initial[0]}
    for number, output in zip(word, outputs, strict=True):
        answers = []
        for here in states:
            stimulus = letters[number].stimulus(spec.words(here))
            ways = spec.after(here, stimulus) if stimulus is not None else []
            if not ways:
                return True
            answers += ways
        shown = dict(output.shown)
        states = {each.state for each in answers if each.state is not None and dict(shows(spec, each)) == shown}
        if not states:
            return False
    return True


def shows(spec: Suspension, answer: Answer) -> Iterator[tuple[str, str]]:
    """What the spec shows, with the name of the one chardev in it."""
    return ((name, said.replace("%s", "id0")) for name, said in spec.shown(answer).items())


# Machines that are known.


def test_a_machine_is_learned_exactly() -> None:
    """Along every word, what was learned does what the target does."""
    spec = from_outside(TURNSTILE, "plain")
    found = turnstile(lambda: Toy(worn_after=3), depth=3)

    assert len(found.machine.steps) == 5  # locked, one coin, two, three, and worn
    for word in all_words(2, 6):
        assert found.machine.outputs(word) == seen(spec, lambda: Toy(worn_after=3), found.letters, word)


def test_the_same_as_the_spec() -> None:
    """A target that does what the spec says has no more states than it, and no difference."""
    found = turnstile(Toy)

    assert (len(found.machine.steps), found.held, found.difference) == (2, 2, None)


def test_a_difference_is_a_shortest_word() -> None:
    """What tells a target from the spec is the shortest word that does, with what the spec allows and what is seen."""
    difference = turnstile(lambda: Toy(worn_after=3), depth=3).difference

    assert difference is not None
    assert difference.word == (0, 0, 0, 0)
    assert difference.spec == ({"Turnstile0.lets_through": "True"},)
    assert difference.seen == {"Turnstile0.lets_through": "False"}


@pytest.mark.parametrize(("depth", "missed"), [(0, True), (1, True), (2, False)])
def test_the_depth_is_what_it_says(depth: int, missed: bool) -> None:
    """States that the spec has not are found if there are no more of them than the depth."""
    found = turnstile(lambda: Toy(worn_after=3), depth)

    assert (found.difference is None) == missed


def test_words_at_random_find_what_is_deeper() -> None:
    """Where the depth does not lead, words at random do; the same seed draws the same."""
    one, other = (turnstile(lambda: Toy(worn_after=3), 0, 500) for _ in range(2))

    assert one == other
    assert one.difference is not None


def test_a_death_is_an_output() -> None:
    """How a target has died is seen, then only that it is dead."""
    found = turnstile(lambda: Toy(dies_after=1), depth=1)

    first, second, third = found.machine.outputs((0, 0, 0))
    assert (first.died, second.died, third.died) == ("", "it jams", "is dead")
    assert found.difference is not None
    assert found.difference.seen == {"dies": "it jams"}


def test_a_difference_at_the_start() -> None:
    """The empty word tells apart, too: what is seen before anything was done."""
    difference = turnstile(lambda: Toy(starts_open=True)).difference

    assert difference is not None
    assert (difference.word, difference.seen) == ((), {"Turnstile0.lets_through": "True"})


def test_a_target_that_wavers() -> None:
    """One that answers the same word in two ways is no Mealy machine: the word is named, with both."""
    numbers = itertools.count()

    with pytest.raises(NotDeterministic, match=r"^after Turnstile0.coin it shows now .*True and now .*False"):
        turnstile(lambda: Toy(inverted=next(numbers) > 2))


# The layer.


@pytest.mark.parametrize("profile", ["repaired", pytest.param("qemu-7.2", marks=pytest.mark.slow)])
def test_the_layer_is_its_spec(profile: str) -> None:
    """What is learned of the layer shows the same as the version that it behaves as, along every word of that."""
    spec = from_outside(CHARDEV, profile)
    found = layer(profile, profile)

    assert found.difference is None
    for word in all_words(len(found.letters), 3):
        assert allowed(spec, found.letters, word, found.machine.outputs(word))


def test_two_versions_differ_by_a_shortest_word() -> None:
    """No word that is shorter than the one that is found tells a layer like QEMU 7.2 from the repaired spec."""
    spec, old = from_outside(CHARDEV, "repaired"), CHARDEV.profile("qemu-7.2")
    found = layer("repaired", "qemu-7.2")

    assert found.difference is not None
    word = found.difference.word
    assert not allowed(spec, found.letters, word, seen(spec, lambda: Impl(old), found.letters, word))
    with BlackBox(spec, lambda: Impl(old), spec.initial[0], found.letters) as box:
        for shorter in all_words(len(found.letters), len(word) - 1):
            assert allowed(spec, found.letters, shorter, box.ask(shorter))


def test_what_a_target_says_it_knows_is_a_state() -> None:
    """A state of the spec is read back from its words, as they are written."""
    spec = from_outside(CHARDEV, "repaired")
    for initial in spec.initial:
        assert spec.words(state(spec.world, spec.words(initial))) == spec.words(initial)


# Letters.


def test_a_row_stands_for_all_its_letters() -> None:
    """A row is all that it can begin with; who comes and goes is named by the place where it is."""
    spec = from_outside(CHARDEV, "repaired")

    assert list(map(str, alphabet(spec, spec.initial[0], ["Change.chardev_add", "Chardev.peer_connects"]))) == [
        "Change0.chardev_add(id=Id0, kind=ringbuf, base=Id0)",
        "Change0.chardev_add(id=Id0, kind=unix, base=Id0)",
        "Id0.chardev.peer_connects",
    ]


def test_a_letter_of_whoever_is_there() -> None:
    """A letter of a place is a stimulus of who is there, and none of nobody."""
    letter = Letter("Id0.chardev.peer_leaves")

    assert str(letter.stimulus({"Id0.chardev": "Chardev1"})) == "Chardev1.peer_leaves"
    assert letter.stimulus({"Id0.chardev": "None"}) is None
    assert str(Letter("Qmp0.chardev_remove(id=Id0)").stimulus({})) == "Qmp0.chardev_remove(id=Id0)"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--alphabet", "Chnge.find"], "there is no letter `Chnge.find`; did you mean `Change.find`?"),
        (["--alphabet", "nonsense"], "there is no letter `nonsense`; write a stimulus, or a row: Change.chardev_add,"),
        (["--alphabet", "Chardev.peer_leaves"], "`Chardev.peer_leaves` can never be done with these letters; add"),
        (["--alphabet", "Qmp0.chardev_remove(id=Id7)"], "`Qmp0.chardev_remove(id=Id7)` can never be done with these"),
        (["--config", "backends=null+pty"], "takes its time, and who learns does not know when to wait for it; take"),
        (["--config", "kinds=null"], "a scope of chardev has no `kinds`; did you mean `ids`?"),
        (["--target", "serve", "--limit", "0.001"], "can't be started: nobody has connected to the monitor; give it"),
    ],
)
def test_what_can_not_be_learned(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is asked for in vain is one clear error."""
    assert main(["learn", *words]) == 2

    said = capsys.readouterr().err
    assert said.startswith("hotswap: ") and says in said and said.count("\n") == 1


def test_without_aalpy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the library that learns, it is said what to install."""
    monkeypatch.delitem(sys.modules, "hotswap.checker.learn.learner")
    monkeypatch.setitem(sys.modules, "aalpy", None)

    assert main(["learn"]) == 2

    assert capsys.readouterr().err == "hotswap: there is no aalpy; pip install 'hotswap[learn]'\n"


# The command.


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is learned is told, written and drawn; the same seed gives the same, byte for byte."""
    texts = []
    for number in range(2):
        report, drawing = tmp_path / f"{number}.json", tmp_path / f"{number}.dot"
        asked = ["--depth", "0", "--random", "20", "--seed", "3", "--json", str(report), "--out", str(drawing)]
        assert main(["learn", "--alphabet", *FEW, *asked]) == 0
        texts.append((report.read_text("utf-8"), drawing.read_text("utf-8")))

    assert texts[0] == texts[1]
    document = json.loads(texts[0][0])
    assert (document["schema"], document["difference"]) == ("hotswap-learn/1", None)
    assert document["held"] == len(document["states"]) == 5
    assert texts[0][1].startswith('digraph "impl as repaired" {')
    assert "the same as repaired" in capsys.readouterr().out


# A process, and a real QEMU.


@pytest.mark.thorough
def test_serve_is_its_spec(tmp_path: Path) -> None:
    """The layer as a process has the same states as in this one."""
    report = tmp_path / "report.json"

    assert main(["learn", "--target", "serve", "--depth", "0", "--limit", "20", "--json", str(report)]) == 0

    inside = layer("repaired", "repaired").machine
    assert len(json.loads(report.read_text("utf-8"))["states"]) == len(inside.steps)


def test_qemu_is_its_spec(qemu: str, tmp_path: Path) -> None:
    """A real QEMU does what its version says, and has as many states as the layer that behaves as that."""
    report = tmp_path / "report.json"
    asked = ["--depth", "0", "--limit", "20", "--json", str(report)]

    assert main(["learn", "--target", "qemu", "--qemu", qemu, *asked]) == 0

    found = json.loads(report.read_text("utf-8"))
    assert found["held"] == len(found["states"]) == len(layer(found["profile"], found["profile"]).machine.steps)


def test_qemu_is_not_repaired(qemu: str, tmp_path: Path) -> None:
    """A real QEMU is told from the repaired protocol by a port that is not told of the chardev that goes."""
    report = tmp_path / "report.json"
    asked = ["--alphabet", *FEW, "--depth", "0", "--limit", "20", "--json", str(report)]

    assert main(["learn", "--target", "qemu", "--qemu", qemu, "--profile", "repaired", *asked]) == 1

    difference = json.loads(report.read_text("utf-8"))["difference"]
    assert difference["word"] == [
        "Change0.chardev_add(id=Id0, kind=ringbuf, base=Id0)",
        "Qmp0.device_add(device=Device0, id=Id0)",
        "Change0.find(id=Id0, kind=ringbuf, base=Id0)",
    ]
    assert (difference["spec"], difference["seen"]) == (
        [{"Device0 hears": "closed, opened"}],
        {"Device0 hears": "opened"},
    )
