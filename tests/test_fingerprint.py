"""Code that is kept is found by all that it depends on: it never answers for another spec."""

from __future__ import annotations

import importlib
import itertools
import linecache
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotswap.checker import check
from hotswap.checker.compile import fingerprint, native
from hotswap.checker.compile.fingerprint import sources
from hotswap.checker.compile.layout import lay_out
from hotswap.checker.compile.memory import Unit
from hotswap.checker.compile.module import Entry
from hotswap.checker.compile.program import build
from hotswap.checker.compile.symmetry import symmetry_of
from hotswap.checker.explore.locking import held_states
from hotswap.checker.explore.warming import warming_up
from hotswap.spec import CHARDEV
from hotswap.spec.language import System
from hotswap.spec.language.plain import PlainWorld
from hotswap.spec.language.rows import Lock
from hotswap.spec.language.variants import variant
from models.filter_lock import FILTER_LOCK
from models.object_cache import OBJECT_CACHE
from models.two_phase_commit import TWO_PHASE_COMMIT
from nic import NIC
from test_floors import ROOT, imported

SPEC = """
    import json
    from pathlib import Path
    from typing import Annotated

    from hotswap.spec.language import Machine, Range, State, System, invariant, operation, require, step
    from limits import LIMIT, next_of

    MOST = json.loads(Path(__file__).with_name("most.json").read_text())

    class Counter(Machine):
        value: Annotated[int, Range(0, 9)]

        @step()
        def count(self) -> None:
            require(self.value < LIMIT)
            self.value = next_of(self.value)

    @invariant
    def few(counter: Counter) -> bool:
        return counter.value <= MOST

    COUNT = System("count", [Counter], {"small": {Counter: 1}}, properties=[few])
"""

LIMITS = """
    from typing import Annotated

    from hotswap.spec.language import Range, operation

    LIMIT = 5

    @operation
    def next_of(value: Annotated[int, Range(0, 9)]) -> Annotated[int, Range(0, 9)]:
        return value + 1
"""


class Written:
    """A spec in files that can be edited."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.put("counted.py", textwrap.dedent(SPEC))
        self.put("limits.py", textwrap.dedent(LIMITS))
        self.put("most.json", "9")

    def put(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that stands in a file once."""
        text = (self.folder / name).read_text()
        assert text.count(old) == 1
        self.put(name, text.replace(old, new))

    def system(self) -> System:
        """The spec, as it is written now."""
        for name in ("counted", "limits"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        linecache.checkcache()
        found = importlib.import_module("counted").COUNT
        assert isinstance(found, System)
        return found

    def found(self) -> tuple[int, str]:
        """How many states there are, and what is said of the property: as plain Python finds it, which keeps none."""
        system = self.system()
        fast, plain = check(system), check(system, engine="python")
        verdicts = {known.name: known.verdict for known in fast.properties}
        assert (fast.states, verdicts) == (plain.states, {known.name: known.verdict for known in plain.properties})
        return fast.states, verdicts["few"]

    def places(self) -> list[int]:
        """The lines of what is found."""
        return [finding.line for known in check(self.system()).properties for finding in known.findings]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """A spec of a constant, a function and a number from elsewhere, and a cache of its own, but for the kernels."""
    with warming_up():
        pass
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # an edit within a second has the same date
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Written(tmp_path)
    for name in ("counted", "limits"):
        sys.modules.pop(name, None)


def test_nothing_is_compiled_twice(spec: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spec that is read anew, and is as it was, is known."""
    assert spec.found() == (6, "proved")

    monkeypatch.delattr(native, "Entry")  # nothing can be lowered any more

    assert spec.found() == (6, "proved")


@pytest.mark.parametrize(
    ("file", "old", "new", "states", "verdict"),
    [
        ("counted.py", "self.value < LIMIT", "self.value < LIMIT - 1", 5, "proved"),
        ("counted.py", "counter.value <= MOST", "counter.value < 2", 6, "violated"),
        ("counted.py", "Range(0, 9)]\n\n    @step", "Range(0, 4)]\n\n    @step", 5, "proved"),
        ("limits.py", "value + 1", "value + 2 if value < 8 else 9", 4, "proved"),
        ("limits.py", "LIMIT = 5", "LIMIT = 3", 4, "proved"),
        ("most.json", "9", "4", 6, "violated"),
    ],
    ids=["a line", "a property", "a range", "an imported function", "an imported constant", "a file that it reads"],
)
def test_an_edit_is_seen(spec: Written, file: str, old: str, new: str, states: int, verdict: str) -> None:
    """Whatever of a spec is changed, and wherever it stands, what is kept does not answer for it."""
    assert spec.found() == (6, "proved")

    spec.edit(file, old, new)

    assert spec.found() == (states, verdict)


def test_a_line_that_moved_is_where_it_is(spec: Written) -> None:
    """What is told by its line is told by the new one."""
    spec.edit("counted.py", "self.value < LIMIT", "self.value <= 9")
    before = spec.places()

    spec.edit("counted.py", "class Counter", "\n\nclass Counter")

    assert spec.places() == [line + 2 for line in before] != []


def test_another_compiler_compiles_anew(spec: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another version of the compiler made is not used."""
    spec.found()
    folder = spec.folder / "cache" / "hotswap" / "specs"
    before = len(list(folder.iterdir()))
    monkeypatch.setattr(fingerprint, "sources", lambda: "another")
    spec.found()

    assert (before, len(list(folder.iterdir()))) == (1, 2)


def test_an_edit_of_the_compiler_is_another_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts, in whatever folder."""
    for folder in fingerprint.FOLDERS:
        shutil.copytree(folder, tmp_path / folder.name)
    monkeypatch.setattr(fingerprint, "FOLDERS", [tmp_path / folder.name for folder in fingerprint.FOLDERS])
    assert sources.__wrapped__() == sources()

    for file in sorted(tmp_path.rglob("*.py")):
        text = file.read_text()
        file.write_text(text + "\n")
        assert sources.__wrapped__() != sources()
        file.write_text(text)


def test_the_compiler_imports_only_itself() -> None:
    """What is generated depends on no file of hotswap that is not counted as the compiler."""
    counted = {str(folder.relative_to(ROOT)) for folder in map(Path.resolve, fingerprint.FOLDERS)}
    for folder in fingerprint.FOLDERS:
        for file in folder.resolve().rglob("*.py"):
            for name in imported(file):
                assert any(name.replace(".", "/").startswith(known) for known in counted), f"{file} imports {name}"


def worlds(system: System) -> Iterator[PlainWorld]:
    """Worlds that differ by little: versions, defects, sizes and locks."""
    variants = [(profile, None) for profile in system.profiles]
    for profile, defect in [*variants, *((system.profile(each.profile), each) for each in system.defects)]:
        with variant(profile, defect):
            for scope, lock in itertools.product(list(system.scopes)[:2], ("bql", "none")):
                yield PlainWorld(system, system.pools(system.scope(scope)), held=held_states(system, lock))


@pytest.mark.parametrize(
    "system",
    [
        NIC,
        pytest.param(OBJECT_CACHE, marks=pytest.mark.thorough),
        pytest.param(FILTER_LOCK, marks=pytest.mark.thorough),
        pytest.param(TWO_PHASE_COMMIT, marks=pytest.mark.thorough),
    ],
    ids=lambda system: system.name,
)
def test_one_fingerprint_is_of_one_text(system: System) -> None:
    """The slow, obvious way to tell worlds apart is the text that is generated of them."""
    texts: dict[str, str] = {}
    for world in worlds(system):
        program, layout = build(system, world.pools), lay_out(world)
        for symmetry in (None, symmetry_of(world, program, deadlocks=False)):
            unit = Unit(system, program, layout, symmetry)
            Entry(unit, world).build()
            points = [(point.what, point.line, point.index) for point in unit.points]
            text = f"{unit.module}{unit.sites}{points}"
            assert texts.setdefault(fingerprint.fingerprint(world, program, layout, symmetry), text) == text
    assert len(set(texts.values())) > 2 * len(system.profiles)


@pytest.mark.thorough
def test_a_fingerprint_is_the_same_tomorrow() -> None:
    """It has nothing of a process in it: no address, no order of a set."""
    text = "from test_fingerprint import key; print(key())"
    for seed in ("1", "2"):
        paths = os.pathsep.join(sys.path)
        given = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths}
        told = subprocess.run([sys.executable, "-c", text], env=given, capture_output=True, text=True, check=True)
        assert told.stdout.strip() == key()


def test_another_system_of_the_same_machines_makes_no_difference() -> None:
    """A fingerprint is of one system, whatever others there are: they give a machine's fields anew."""
    before = key()
    System("another", CHARDEV.machines, CHARDEV.scopes, profiles=CHARDEV.profiles)

    assert key() == before


def test_a_value_that_is_gone_stands_for_no_other() -> None:
    """A fingerprint is of values, not of addresses: what Python makes at an address that is free again is new."""
    reader = fingerprint._Reader()
    for _ in range(100):
        reader.read(Lock("held"))

    assert not any(word.startswith("#") for word in reader.words)


def key() -> str:
    """The fingerprint of the chardev protocol."""
    with variant(CHARDEV.profile()):
        world = PlainWorld(CHARDEV, CHARDEV.pools(CHARDEV.scope()))
        return fingerprint.fingerprint(world, build(CHARDEV, world.pools), lay_out(world), None)
