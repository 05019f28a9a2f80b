"""What is measured: each model in hotswap's words, and its texts for the other checkers."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import ours
from .process import BenchmarkError

HERE = Path(__file__).parent
MODELS = HERE.parent / "models"
PROMELA, TLA = HERE / "promela", HERE / "tla"


@dataclass(frozen=True)
class Subject:
    """One model in one size; its counts are those that were known beforehand.

    `promela` are hand-written texts, or none: then the exported text is taken. gcc compiles SPIN's search with
    `options`. `tla` is a hand-written module, with its constants; it is exported too where the others are.
    """

    name: str
    title: str
    words: tuple[str, ...]
    states: int
    transitions: int
    promela: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    tla: str = ""
    constants: str = ""
    options: tuple[str, ...] = ("-O3", "-DVECTORSZ=128")
    properties: tuple[str, ...] = ()
    """What hotswap judges meanwhile, all if none: the others look neither for deadlocks nor for what never comes."""

    @property
    def searched(self) -> tuple[str, ...]:
        """The words of the search."""
        return (*self.words, *(word for name in self.properties for word in ("--property", name)))

    def texts(self, folder: Path) -> list[Path]:
        """The Promela texts; an exported one is written into `folder`."""
        return [PROMELA / text for text in self.promela] or [self.exported("promela", folder)]

    def module(self, folder: Path) -> Path:
        """The TLA+ module; an exported one is written into `folder`."""
        return TLA / self.tla if self.tla else self.exported("tla", folder)

    def exported(self, language: str, folder: Path) -> Path:
        """The file that `hotswap export` writes, in `folder`."""
        command = [*ours.COMMAND, "export", "--to", language, *self.words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchmarkError(f"{' '.join(command)} failed:\n{done.stderr}")
        file = folder / f"{self.name.replace('-', '_')}.{SUFFIXES[language]}"
        file.write_text(done.stdout)
        return file


SUFFIXES: Mapping[str, str] = {"promela": "pml", "murphi": "m", "tla": "tla"}


def commit(resources: int, states: int, transitions: int) -> Subject:
    """Two-phase commit among so many resource managers."""
    return Subject(
        name=f"two-phase-commit-{resources}",
        title=f"two-phase commit {resources}",
        words=(
            f"{MODELS / 'two_phase_commit.py'}:TWO_PHASE_COMMIT",
            "--scope",
            f"Manager=1,Network=1,Resource={resources}",
        ),
        states=states,
        transitions=transitions,
        promela=("two_phase_commit.pml", "two_phase_commit_each.pml"),
        defines=(f"N={resources}",),
        tla="TwoPhaseCommit.tla",
        constants=f"N = {resources}",
        properties=("consistent",),
    )


SUBJECTS = (
    Subject(
        name="philosophers-13",
        title="dining philosophers 13",
        words=(f"{MODELS / 'philosophers.py'}:PHILOSOPHERS", "--scope", "published"),
        states=1_594_322,
        transitions=13_817_453,
        promela=("philosophers.pml", "philosophers_each.pml"),
        defines=("N=13",),
        tla="Philosophers.tla",
        constants="N = 13",
        properties=("neighbours-do-not-eat",),
    ),
    Subject(
        name="peterson-4",
        title="Peterson 4",
        words=(f"{HERE / 'peterson.py'}:PETERSON", "--scope", "published"),
        states=1_119_560,
        transitions=3_864_896,
        promela=("peterson.pml", "peterson_one.pml"),
        defines=("N=4",),
        tla="Peterson.tla",
        constants="N = 4",
        properties=("mutual-exclusion",),
    ),
    commit(8, 1_745_408, 18_507_777),
    commit(9, 10_340_352, 123_558_401),
    Subject(
        name="chardev",
        title="chardev, repaired",
        words=("chardev", "--profile", "repaired"),
        states=24_074,
        transitions=78_250,
        options=("-O0",),
    ),
    Subject(
        name="filter-lock-5",
        title="filter lock 5",
        words=(f"{MODELS / 'filter_lock.py'}:FILTER_LOCK", "--scope", "published"),
        states=10_294_228,
        transitions=40_935_055,
        promela=("filter_lock.pml", "filter_lock_one.pml"),
        defines=("N=5",),
        tla="FilterLock.tla",
        constants="N = 5",
        properties=("mutual-exclusion",),
    ),
)
