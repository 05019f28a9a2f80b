"""rumur as a second opinion: generate a verifier from Murphi text, compile and run it, and read what it counted."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Counted:
    """What rumur counted; a rule that is discarded by an `assume` has not fired."""

    states: int
    rules_fired: int


def count(text: str, folder: Path) -> Counted:
    """Explore a model that has no errors of its own."""
    (folder / "model.m").write_text(text)
    quiet = ("--deadlock-detection", "off", "--output-format", "machine-readable", "--threads", "1")
    _run(["rumur", *quiet, "--output", "model.c", "model.m"], folder)
    _run(["gcc", "-w", "-mcx16", "-pthread", "-o", "model", "model.c"], folder)
    output = _run(["./model"], folder)
    found = re.search(r'<summary states="(\d+)" rules_fired="(\d+)" errors="0"', output)
    assert found, output
    return Counted(int(found[1]), int(found[2]))


def _run(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout
