"""`--memory` is a limit of the whole process, and it is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hotswap.checker.cli import main

HERE = Path(__file__).resolve().parent
ENDLESS = f"{HERE}/endless.py:ENDLESS"
PHILOSOPHERS = f"{HERE}/models/philosophers.py:PHILOSOPHERS"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "memory"),
    [
        ((ENDLESS,), 250),
        ((ENDLESS,), 600),
        ((PHILOSOPHERS, "--scope", "Fork=16,Philosopher=16"), 450),
        (("--scope", "medium"), 450),
    ],
    ids=["endless", "more", "philosophers", "chardev"],
)
def test_the_whole_process_stays_below(arguments: tuple[str, ...], memory: int) -> None:
    """A search that would take more stops at its limit, which nothing of the process has exceeded until its end."""
    command = [sys.executable, "-m", "hotswap.checker", "check", *arguments, "--memory", f"{memory}M", "--json", "-"]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent)
    result = json.loads(ran.stdout)

    assert "of memory" in result["stopped"], ran.stdout
    assert memory * 700_000 < result["rss_bytes"] <= memory * 1_000_000


@pytest.mark.thorough
def test_on_disk_a_search_ends_below_its_limit(tmp_path: Path) -> None:
    """Where the limit leaves less than the states take, a search on disk comes to its end, and stays below, too."""
    command = [sys.executable, "-m", "hotswap.checker", "check", PHILOSOPHERS, "--scope", "published"]
    limits = ["--memory", "300M", "--dir", f"{tmp_path}", "--json", "-"]
    ran = subprocess.run([*command, *limits], capture_output=True, text=True, cwd=HERE.parent)
    result = json.loads(ran.stdout)

    assert (result["states"], result["transitions"], result["stopped"]) == (1_594_322, 13_817_453, "")
    assert result["rss_bytes"] <= 300_000_000


def test_too_little_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A limit below what Python takes alone is no limit that can be kept."""
    assert main(["check", ENDLESS, "--memory", "20M"]) == 2
    words = capsys.readouterr().err
    assert words.startswith("hotswap: 20 MB of memory is too little: Python and the compiled spec take ")


@pytest.mark.parametrize("text", ["2", "0G", "G", "-1G", "2 GB", "much"])
def test_a_size_is_a_number_and_a_unit(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(SystemExit):
        main(["check", f"--memory={text}"])
    assert f"`{text}` is no size; write one like 500M or 2G" in capsys.readouterr().err


@pytest.mark.parametrize("other", [("--engine", "python"), ("--simulate", "5")], ids=["python", "simulate"])
def test_only_the_search_in_machine_code_has_a_limit(
    other: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """The other ways to search are refused one."""
    assert main(["check", "--memory", "2G", *other]) == 2
    assert "--memory" in capsys.readouterr().err


def test_a_process_that_holds_a_search_can_fork() -> None:
    """What is reserved for the states is not reserved for the child once more, which would be more than there is."""
    program = "import os\nfrom hotswap.checker.explore.store import Store\n"
    program += "kept = [Store(1, 63, 0) for _ in range(2)]\nos.fork()\n"

    assert subprocess.run([sys.executable, "-c", program], cwd=HERE.parent, capture_output=True).returncode == 0


def test_a_child_keeps_what_it_maps_itself() -> None:
    """What it maps may be where its parent had the states, of which it has nothing that could be given back."""
    program = (
        "import gc, mmap, os\n"
        "from hotswap.checker.explore.store import Region\n"
        "kept = [Region(64 << 20)]\n"
        "if os.fork() == 0:\n"
        "    mine = [mmap.mmap(-1, 64 << 20) for _ in range(8)]\n"
        "    kept.clear()\n"
        "    gc.collect()\n"
        "    os._exit(sum(each[0] for each in mine))\n"
        "raise SystemExit(os.wait()[1] != 0)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], cwd=HERE.parent, capture_output=True).returncode == 0
