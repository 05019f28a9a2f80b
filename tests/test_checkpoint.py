"""Checkpoints: whatever ends a search, the same command goes on from what was kept, to the same end."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from endless import ENDLESS
from hotswap.checker import Result, check
from hotswap.checker.cli import main
from hotswap.checker.explore import native, saved
from hotswap.checker.explore.saved import CheckpointError
from hotswap.checker.explore.search import Progress
from hotswap.spec.language import Machine, System, may, step
from hotswap.spec.language.system import Pools
from killed import MODELS
from models.filter_lock import FILTER_LOCK
from models.philosophers import PHILOSOPHERS, Fork, Philosopher
from nic import NIC

HERE = Path(__file__).resolve().parent


class Coin(Machine):
    """Lies as it fell, and may be turned."""

    heads: bool

    @step()
    def turn(self) -> None:
        self.heads = not self.heads


def told(result: Result) -> Result:
    """A result without what differs from one run to the next."""
    return replace(result, seconds=0.0, compile_seconds=0.0, peak_bytes=0, rss_bytes=0, notes=(), stopped="")


def stopped(folder: Path) -> Result:
    """A search that leaves a checkpoint half-way."""
    result = check(FILTER_LOCK, scope="medium", checkpoint=folder, max_states=10_000)
    assert not result.exhaustive
    return result


@pytest.mark.thorough
@pytest.mark.parametrize("model", MODELS)
def test_killed_at_any_moment_it_ends_the_same(model: str) -> None:
    """A search that SIGKILL ended 14 times, half of them while it wrote, finds what an undisturbed one finds."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", HERE / "killed.py", model, "14", "1"], capture_output=True, text=True, cwd=HERE
    )
    assert ran.returncode == 0, ran.stderr
    killing = json.loads(ran.stdout)

    assert killing["same"] and killing["kills"] == 14
    assert killing["resumed"] >= 7


def test_a_stopped_search_goes_on(tmp_path: Path) -> None:
    """What stopped at a bound goes on when there is more room, and says so."""
    folder = tmp_path / "kept"
    first = stopped(folder)
    again = check(FILTER_LOCK, scope="medium", checkpoint=folder)

    assert told(again) == told(check(FILTER_LOCK, scope="medium"))
    assert again.notes == (
        f"Resumed at {first.states:,} states. The checkpoint {folder} holds {again.states:,} states.",
    )


def test_an_interrupted_search_goes_on(tmp_path: Path) -> None:
    """Ctrl-C keeps what there is, though no checkpoint was due."""
    count = 0

    def interrupt(progress: Progress) -> None:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt

    folder = tmp_path / "kept"
    first = check(FILTER_LOCK, scope="medium", checkpoint=folder, watch=interrupt)
    kept = json.loads((folder / "manifest.json").read_text())["counts"]["states"]
    again = check(FILTER_LOCK, scope="medium", checkpoint=folder)

    assert first.stopped == "interrupted" and first.depth
    assert kept == first.states
    assert told(again) == told(check(FILTER_LOCK, scope="medium"))


@pytest.mark.thorough
def test_several_threads_leave_no_level_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted within a level, their search goes on from the level's start, or from an earlier checkpoint."""
    monkeypatch.setattr(native, "WIDE", 1 << 12)
    wide = {Fork: 11, Philosopher: 11}

    def interrupt(progress: Progress) -> None:
        if progress.states > 90_000:
            raise KeyboardInterrupt

    whole = check(PHILOSOPHERS, scope=[Pools(wide)], threads=2)
    folder = tmp_path / "kept"
    first = check(PHILOSOPHERS, scope=[Pools(wide)], threads=2, checkpoint=folder, every=0.001, watch=interrupt)
    kept = json.loads((folder / "manifest.json").read_text())["counts"]
    again = check(PHILOSOPHERS, scope=[Pools(wide)], threads=2, checkpoint=folder)

    assert first.stopped == "interrupted" and 1 < kept["states"] <= first.states
    assert kept["next"] == kept["level"] or kept["depth"] < first.depth
    assert (again.states, again.transitions, again.depth) == (whole.states, whole.transitions, whole.depth)
    assert again.coverage == whole.coverage
    assert {known.name: known.verdict for known in again.properties} == {
        known.name: known.verdict for known in whole.properties
    }


def test_a_finished_search_is_told_again(tmp_path: Path) -> None:
    """The files of a search that has finished stay, and answer the same question without exploring anything."""
    folder = tmp_path / "kept"
    first, again = (check(NIC, checkpoint=folder) for _ in range(2))

    assert told(first) == told(again)
    assert f"Resumed at {first.states:,} states" in again.notes[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"profile": "repaired"}, "is a checkpoint of profile"),
        ({"lock": "none"}, "is a checkpoint of lock bql, not none"),
        ({"prune": True}, "is a checkpoint of a search without --prune"),
        ({"defect": "keep-backend"}, "is a checkpoint of"),
    ],
    ids=["profile", "lock", "prune", "defect"],
)
def test_a_checkpoint_of_something_else_is_refused(arguments: dict[str, object], words: str, tmp_path: Path) -> None:
    """Another profile, lock, defect or way to search is named."""
    folder = tmp_path / "kept"
    check(NIC, checkpoint=folder, profile=NIC.profiles[0].name)
    if "defect" in arguments:
        arguments = {"defect": NIC.defects[0].name}

    with pytest.raises(CheckpointError, match=words):
        check(NIC, checkpoint=folder, **arguments)  # type: ignore[arg-type]


def test_a_checkpoint_of_another_text_is_refused(tmp_path: Path) -> None:
    """So is one of a spec that has changed since, in what its steps do or only in how it starts."""

    def tails() -> None:
        """As the coin lies in any case."""

    def fall() -> None:
        Coin[0].heads = may("heads")

    class Tossed(Machine):
        heads: bool

        @step()
        def turn(self) -> None:
            self.heads = True

    folder = tmp_path / "kept"
    check(System("coin", [Coin], {"small": {Coin: 1}}, tails), checkpoint=folder)

    with pytest.raises(CheckpointError, match="other initial states"):
        check(System("coin", [Coin], {"small": {Coin: 1}}, fall), checkpoint=folder)
    with pytest.raises(CheckpointError, match="another text of coin"):
        check(System("coin", [Tossed], {"small": {Tossed: 1}}), checkpoint=folder)


@pytest.mark.parametrize("name", ["states", "parents", "manifest.json"])
def test_a_damaged_checkpoint_is_refused(name: str, tmp_path: Path) -> None:
    """A bit that has turned over is noticed: nothing is proved from it."""
    folder = tmp_path / "kept"
    stopped(folder)
    text = bytearray((folder / name).read_bytes())
    text[0] ^= 1
    (folder / name).write_bytes(text)

    with pytest.raises(CheckpointError, match=f"{name} is damaged; remove"):
        check(FILTER_LOCK, scope="medium", checkpoint=folder)


def test_what_stands_behind_a_checkpoint_does_not_count(tmp_path: Path) -> None:
    """What a killed process has appended, or left beside the manifest, is dropped."""
    folder = tmp_path / "kept"
    stopped(folder)
    for name in ("states", "parents", "manifest.json.new"):
        with (folder / name).open("ab") as file:
            file.write(b"torn")

    again = check(FILTER_LOCK, scope="medium", checkpoint=folder)
    assert told(again) == told(check(FILTER_LOCK, scope="medium"))


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """Files that are no checkpoint's are not written between."""
    (tmp_path / "thesis.tex").touch()

    with pytest.raises(CheckpointError, match=r"is no checkpoint: it holds thesis\.tex"):
        check(NIC, checkpoint=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_belongs_to_one_search(tmp_path: Path) -> None:
    """Two searches don't write to the same files."""

    def second(progress: Progress) -> None:
        with pytest.raises(CheckpointError, match="another search keeps its checkpoint in"):
            check(NIC, checkpoint=tmp_path)
        raise KeyboardInterrupt

    assert check(FILTER_LOCK, checkpoint=tmp_path, watch=second).stopped == "interrupted"


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search whose checkpoint finds no room ends with a message, and what was kept before still counts."""
    folder = tmp_path / "kept"
    first = stopped(folder)
    with monkeypatch.context() as full:

        def refuse(file: object, piece: memoryview) -> int:
            raise OSError(28, "No space left on device")

        full.setattr(saved, "written", refuse)
        ended = check(FILTER_LOCK, scope="medium", checkpoint=folder)
        with pytest.raises(CheckpointError, match=r"can't keep a checkpoint in .*kept: No space left on device"):
            check(FILTER_LOCK, scope="medium", checkpoint=folder, every=0.0)

    assert f"The last checkpoint is of {first.states:,} states" in ended.notes[0]
    assert f"Resumed at {first.states:,} states" in stopped(folder).notes[0]


def test_too_little_memory_for_a_checkpoint_is_an_error(tmp_path: Path) -> None:
    """Nothing is lost when there is less room than before: the checkpoint stays as it is."""
    folder = tmp_path / "kept"
    check(ENDLESS, checkpoint=folder, max_states=100_000)
    before = (folder / "manifest.json").read_bytes()

    with pytest.raises(CheckpointError, match=r"holds 1\d\d,\d\d\d states, which is too many for the memory"):
        check(ENDLESS, checkpoint=folder, max_bytes=2_000_000)
    assert (folder / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--every", "5m"), "--every says how often to keep a --checkpoint, and there is none"),
        (("--checkpoint", "x", "--engine", "python"), "--checkpoint needs --engine native"),
        (("--threads", "2", "--engine", "python"), "--threads needs --engine native"),
        (("--threads", "2", "--dir", "x"), "--threads does not go with --dir"),
        (("--threads", "2", "--simulate", "1"), "--simulate has no use for --threads"),
        (("--checkpoint", "x", "--simulate", "5"), "--simulate has no use for --checkpoint"),
    ],
    ids=["every", "python", "threads-python", "threads-disk", "threads-simulate", "simulate"],
)
def test_what_does_not_go_together_is_refused(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what and why."""
    assert main(["check", *arguments]) == 2
    assert capsys.readouterr().err == f"hotswap: {words}\n"


@pytest.mark.parametrize("text", ["5 minutes", "0", "0s", "m", "nan", "inf", "5d"])
def test_a_time_is_a_number_and_a_unit(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(SystemExit):
        main(["check", "--checkpoint", "x", "--every", text])
    assert f"`{text}` is no time; write one like 30s, 5m or 2h" in capsys.readouterr().err


def test_the_command_line_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same command twice: the second goes on from the first, and a folder that can't be made is one line."""
    folder = f"{tmp_path}/kept"
    command = ["check", f"{HERE}/nic.py:NIC", "--profile", "repaired", "--checkpoint", folder, "--every", "30s"]

    assert main(command) == 0
    assert "Resumed" not in capsys.readouterr().out
    assert main(command) == 0
    assert "Resumed at" in capsys.readouterr().out
    shutil.rmtree(folder)
    assert main([*command[:-3], f"{tmp_path}/no/folder", *command[-2:]]) == 74
    assert capsys.readouterr().err == (
        f"hotswap: can't keep a checkpoint in {tmp_path}/no/folder: No such file or directory\n"
    )
