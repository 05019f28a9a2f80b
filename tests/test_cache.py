"""Compiled specs are kept from run to run, and do not fill the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest

from hotswap.checker import Result, check
from hotswap.checker.compile import cache, code, native
from hotswap.checker.compile.native import compile_world
from hotswap.checker.explore.native import Exploration
from hotswap.checker.explore.search import NO_BOUNDS, silent
from hotswap.checker.explore.warming import warming_up
from hotswap.spec.language import Machine, Range, System, step
from hotswap.spec.language.plain import PlainWorld
from models.filter_lock import FILTER_LOCK


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where compiled specs are kept meanwhile; kernels come from the cache that everybody shares."""
    with warming_up():
        pass
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "hotswap" / "specs"


def names(folder: Path) -> set[str]:
    """What is kept."""
    return {file.name for file in folder.iterdir()}


def test_what_is_kept_is_recalled(folder: Path) -> None:
    """There is nothing under a key until something is kept."""
    assert cache.recall("one") == b""

    cache.keep("one", b"code")

    assert cache.recall("one") == b"code"
    assert names(folder) == {"one.o"}


def test_what_was_not_used_for_longest_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is too much, what was used last stays, and that is not what was written last."""
    monkeypatch.setattr(cache, "MOST_BYTES", 2 * (cache.DIGEST + len(b"code")))
    for second, key in enumerate(("one", "two")):
        cache.keep(key, b"code")
        os.utime(folder / f"{key}.o", (second, second))
    cache.recall("one")

    cache.keep("three", b"code")

    assert names(folder) == {"one.o", "three.o"}


def test_another_process_may_be_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is gone, or can't be removed, is no error."""
    cache.keep("one", b"code")
    (folder / "gone").symlink_to(folder / "nowhere")
    (folder / "kept").mkdir()
    monkeypatch.setattr(cache, "MOST_BYTES", 1)

    cache.keep("two", b"code")

    assert names(folder) == {"gone", "kept"}


def test_a_cache_that_can_not_be_written_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be kept, nothing is."""
    (tmp_path / "hotswap").write_text("a file, no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    cache.keep("one", b"code")

    assert cache.recall("one") == b""


def test_the_options_of_the_passes_count(folder: Path, monkeypatch: pytest.MonkeyPatch, nic: System) -> None:
    """Code that other passes made is other code; the same ones find it again."""
    world = PlainWorld(nic, nic.pools(nic.scope()))
    compile_world(world)
    compile_world(world)
    before = len(names(folder))
    monkeypatch.setattr(code, "PASSES", {**code.PASSES, "speed_level": 1})
    compile_world(world)

    assert (before, len(names(folder))) == (1, 2)


@pytest.mark.parametrize(
    "damage",
    [
        lambda kept: b"",
        lambda kept: kept[: cache.DIGEST],
        lambda kept: kept[: len(kept) // 2],
        lambda kept: kept[:-1],
        lambda kept: kept[:-1] + bytes([kept[-1] ^ 1]),
        lambda kept: b"another file",
    ],
    ids=["empty", "no code", "half of it", "a byte short", "a bit wrong", "another file"],
)
def test_what_is_damaged_is_made_anew(folder: Path, nic: System, damage: Callable[[bytes], bytes]) -> None:
    """LLVM believes any file that it is given: only a whole one is."""
    made = check(nic)
    [file] = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))

    again = check(nic)

    assert what(again) == what(made)
    assert file.read_bytes() == whole


def test_what_is_recalled_says_the_same(folder: Path, nic: System) -> None:
    """Causes, their places, what ran and how much of the pools: all of it is as it was when the code was made."""
    made, recalled = check(nic), check(nic)

    assert what(recalled) == what(made)
    assert len(names(folder)) == 1


def test_optimised_code_is_preferred(folder: Path, nic: System) -> None:
    """Who asks for code that is made quickly gets better code, if there is some."""
    world = PlainWorld(nic, nic.pools(nic.scope()))

    quick = compile_world(world, optimise=False)
    better = compile_world(world)

    assert compile_world(world, optimise=False).patience == better.patience != quick.patience
    assert better.optimised
    assert not quick.optimised


@pytest.mark.parametrize("symmetry", [False, True])
def test_code_may_be_exchanged_during_a_search(folder: Path, monkeypatch: pytest.MonkeyPatch, symmetry: bool) -> None:
    """A search that goes on by optimised code finds what it would have found, and remembers what ran before."""
    whole = check(FILTER_LOCK, scope="medium", symmetry=symmetry)
    assert whole.states > 1 << 12, "that is one look of the kernel: nothing is exchanged in so few states"
    before = names(folder)
    monkeypatch.setattr(native, "SECONDS_PER_BYTE", 0.0)

    exchanged = check(FILTER_LOCK, scope="medium", symmetry=symmetry)
    recalled = check(FILTER_LOCK, scope="medium", symmetry=symmetry)

    assert what(exchanged) == what(recalled) == what(whole)
    assert len(names(folder) - before) == 1


def test_what_has_run_is_of_one_kind_of_search(folder: Path, nic: System) -> None:
    """Code without the marks of what has run is not for a search that asks for something else, or in another scope."""
    scope, name = nic.scope(), nic.all_properties[0].name
    world = PlainWorld(nic, nic.pools(scope))
    compiled = compile_world(world, scope, optimise=False)
    exploration = Exploration(world, compiled, NO_BOUNDS, silent)
    exploration.run(world.initial(scope))
    compiled.optimise(exploration.began)

    again = compile_world(world, scope, optimise=False)
    assert again.optimised
    assert bytes(again.covered) == bytes(compiled.covered)
    assert any(again.covered)
    for other in (
        compile_world(world, nic.scope("medium"), optimise=False),
        compile_world(world, scope, asked=frozenset((name,)), optimise=False),
        compile_world(world, scope, asked=frozenset(), optimise=False),
    ):
        assert not other.optimised
        assert not any(other.covered)


class Points(Machine):
    """A railway's, which stay as they are."""

    left: bool
    passed: Annotated[int, Range(0, 2)]

    @step()
    def go_by(self) -> None:
        """One way or the other."""
        if self.left:
            self.passed = 1
        else:
            self.passed = 2


@pytest.mark.parametrize("symmetry", [False, True])
def test_what_has_run_is_of_searches_that_begin_with_the_same_states(folder: Path, symmetry: bool) -> None:
    """Code that spares marks is exchanged where `boot` has another outcome in the same scope: other things run then."""
    begin = [True]

    def boot() -> None:
        Points[0].left = begin[0]

    system = System("railway", [Points], {"small": {Points: 1}}, boot=boot)
    scope = system.scope()
    world = PlainWorld(system, system.pools(scope))
    ran = []
    for begin[0] in (True, False, True):
        compiled = compile_world(world, scope, optimise=False, symmetric=symmetry)
        exploration = Exploration(world, compiled, NO_BOUNDS, silent)
        exploration.run(world.initial(scope))
        marks = exploration.marks()
        ran.append({point.what for point, mark in marks.items() if mark})
        compiled.optimise(exploration.began)
        assert exploration.marks() == marks

    assert ran == [{"entered", "then"}, {"entered", "else"}, {"entered", "then"}]


def test_what_ran_elsewhere_and_here_is_marked(folder: Path, nic: System) -> None:
    """Where another search from the same states has kept code meanwhile, what ran by either is known to have run."""
    scope = nic.scope()
    world = PlainWorld(nic, nic.pools(scope))
    slow, quick = (compile_world(world, scope, optimise=False) for _ in range(2))
    exploration = Exploration(world, quick, NO_BOUNDS, silent)
    exploration.run(world.initial(scope))
    quick.optimise(exploration.began)

    slow.optimise(exploration.began)

    assert bytes(slow.covered) == bytes(quick.covered)
    assert any(slow.covered)


def test_nobody_reads_half_of_what_another_writes(folder: Path) -> None:
    """Several processes keep the same at once: whoever recalls it gets all of what one of them kept, or nothing."""
    text = "import sys; from hotswap.checker.compile import cache; [cache.keep('one', {}) for _ in range(50)]"
    codes = [b"a" * 3_000_000, b"b" * 2_000_000]
    made = [f"b'{chr(code[0])}' * {len(code)}" for code in codes]
    writers = [subprocess.Popen([sys.executable, "-c", text.format(each)]) for each in made]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        seen.add(cache.recall("one"))

    assert seen <= {b"", *codes}
    assert cache.recall("one") in codes
    assert names(folder) == {"one.o"}
    assert [writer.wait() for writer in writers] == [0, 0]


def test_a_folder_that_can_only_be_read_is_read(folder: Path, nic: System) -> None:
    """Where code can't be kept, what is there already is used all the same."""
    made = check(nic)
    before = {file: file.read_bytes() for file in folder.iterdir()}
    folder.chmod(0o500)
    try:
        read, other = check(nic), check(nic, profile="repaired")
    finally:
        folder.chmod(0o700)

    assert what(read) == what(made)
    assert other.profile == "repaired"
    if os.geteuid() != 0:  # root writes where it likes
        assert {file: file.read_bytes() for file in folder.iterdir()} == before


def what(found: Result) -> Result:
    """What a search found, without how long it took."""
    return replace(found, seconds=0.0, compile_seconds=0.0, rss_bytes=0)
