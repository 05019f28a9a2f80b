"""The search on Ray: several processes find what one finds, also if one of them is killed."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from disk import agree
from hotswap.checker import Result, check
from hotswap.checker.cli import main
from hotswap.checker.explore.saved import CheckpointError
from hotswap.checker.explore.search import Progress
from hotswap.checker.explore.team import TeamError
from hotswap.spec import CHARDEV
from hotswap.spec.language import System
from models.filter_lock import FILTER_LOCK
from models.two_phase_commit import TWO_PHASE_COMMIT
from nic import NIC
from partitions import check_together
from test_partitions import told

HERE = Path(__file__).resolve().parent
WORKERS = 3


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A Ray on this machine, for the tests of this module; its processes are gone at the end."""
    import ray

    from hotswap.checker.explore.actors import shut_down

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of what Ray will do otherwise some day
        ray.init(
            address="local",
            num_cpus=WORKERS,
            include_dashboard=False,
            object_store_memory=100_000_000,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    children = descendants()[1:]
    yield
    shut_down()
    assert not any(Path(f"/proc/{each}/cmdline").exists() for each in children)


def descendants() -> list[int]:
    """The processes that this one has started, and those that they have."""
    parents = {}
    for each in Path("/proc").iterdir():
        try:
            parents[int(each.name)] = int((each / "stat").read_text().rpartition(")")[2].split()[1])
        except (ValueError, OSError):
            continue
    found, more = set[int](), {os.getpid()}
    while more:
        more = {child for child, parent in parents.items() if parent in more} - found
        found |= more
    return sorted(found)


def workers() -> list[int]:
    """The processes with a partition each."""
    return [each for each in descendants() if "ray::_Worker" in command(each)]


def command(process: int) -> str:
    """What a process calls itself."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


def on_ray(system: System, **arguments: object) -> Result:
    """Check a system with all workers."""
    return check(system, ray="auto", workers=WORKERS, **arguments)  # type: ignore[arg-type]


@pytest.mark.usefixtures("cluster")
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("system", "scope"),
    [(TWO_PHASE_COMMIT, "medium"), (CHARDEV, "small")],
    ids=["two-phase-commit", "chardev"],
)
def test_workers_find_what_one_process_finds(system: System, scope: str) -> None:
    """The same counts, coverage, verdicts and lengths of traces."""
    agree(check(system, scope=scope), on_ray(system, scope=scope))


@pytest.mark.usefixtures("cluster")
@pytest.mark.thorough
def test_a_killed_worker_is_started_again(capfd: pytest.CaptureFixture[str]) -> None:
    """SIGKILL, half-way: what is found is what is found without, trace by trace, and nothing is counted twice."""
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.depth == 35 and not killed:
            killed.append(workers()[0])
            os.kill(killed[0], signal.SIGKILL)

    whole = check(FILTER_LOCK, scope="medium")
    result = on_ray(FILTER_LOCK, scope="medium", watch=kill)

    assert killed and "Workers that died: 1. The search went on from the last level." in result.notes
    agree(whole, result)
    assert capfd.readouterr().out == ""


@pytest.mark.usefixtures("cluster")
@pytest.mark.thorough
def test_a_checkpoint_goes_on_with_as_many_workers(tmp_path: Path) -> None:
    """A search that was interrupted goes on where it ended, and shows what an undisturbed one shows."""

    def interrupt(progress: Progress) -> None:
        if progress.depth == 5 and progress.phase == "exploring":
            raise KeyboardInterrupt

    folder = tmp_path / "kept"
    first = on_ray(NIC, checkpoint=folder, watch=interrupt)
    again = on_ray(NIC, checkpoint=folder)

    assert first.stopped == "interrupted" and not first.exhaustive and 0 < first.states < again.states
    assert again.notes[0] == f"Resumed at {first.states:,} states."
    agree(check(NIC), again)
    assert told(again) == told(check_together(NIC, 1))
    with pytest.raises(CheckpointError, match="is a checkpoint of workers 3, not 2"):
        check(NIC, ray="auto", workers=2, checkpoint=folder)


@pytest.mark.usefixtures("cluster")
@pytest.mark.thorough
def test_there_are_no_more_workers_than_processors() -> None:
    """A search that would wait for a processor for ever is refused."""
    with pytest.raises(TeamError, match="has 3 processors, which is too few for 4 workers"):
        check(NIC, ray="auto", workers=4)


@pytest.mark.thorough
def test_the_command_line_has_a_ray_of_its_own() -> None:
    """`--ray local` starts one, prints what any other search prints, and leaves no process behind."""
    model = f"{HERE}/nic.py:NIC"
    asked = [sys.executable, "-m", "hotswap.checker", "check", model, "--ray", "local", "--workers", "2", "--json", "-"]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as ran:
        out, err = ran.communicate()

    alone = check(NIC)
    assert (ran.returncode, err) == (alone.exit_code, "")
    assert json.loads(out)["states"] == alone.states
    assert not [each for each in descendants() if "raylet" in command(each) and f"{ran.pid}" in command(each)]


def test_without_ray_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ray is an extra, and nothing else needs it."""
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "hotswap.checker.explore.actors", raising=False)

    assert main(["check", f"{HERE}/nic.py:NIC", "--ray", "local"]) == 2
    assert capsys.readouterr().err == "hotswap: there is no ray; pip install 'hotswap[ray]'\n"
    assert main(["check", f"{HERE}/nic.py:NIC"]) == 12


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--ray", "local", "--dir", "x"), "--dir does not go with --ray"),
        (("--ray", "local", "--prune"), "--prune does not go with --ray"),
        (("--ray", "local", "--symmetry"), "--symmetry does not go with --ray"),
        (("--ray", "local", "--threads", "2"), "--threads does not go with --ray"),
        (("--ray", "local", "--engine", "python"), "--ray needs --engine native"),
        (("--ray", "local", "--simulate", "5"), "--simulate has no use for --ray"),
        (("--workers", "2"), "--workers says how many there are on a --ray, and there is none"),
        (
            ("--ray", "local", "--checkpoint", "x", "--every", "5m"),
            "--every does not go with --ray, which keeps a --checkpoint at each level's end",
        ),
    ],
    ids=["dir", "prune", "symmetry", "threads", "python", "simulate", "workers", "every"],
)
def test_what_does_not_go_with_ray_is_refused(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what."""
    assert main(["check", *arguments]) == 2
    assert capsys.readouterr().err == f"hotswap: {words}\n"
