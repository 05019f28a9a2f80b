"""The README says what is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from hotswap.checker import check
from hotswap.checker.load import load
from readme import README, ROOT, Session, blocks, files, rerun, sessions, steady, unpack

SESSIONS = [session for text in blocks("console") for session in sessions(text)]


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.command)
def test_a_session_is_real(session: Session, tmp_path: Path) -> None:
    """Every command prints what the README shows; `python tests/readme.py` renews it."""
    unpack(tmp_path)

    assert steady(rerun(session, tmp_path)) == steady(session.output)


def test_there_is_a_spec_to_copy() -> None:
    """The README has one spec, of about 25 lines of code."""
    (text,) = files().values()
    code = [line for line in text.splitlines() if line.strip() and not line.strip().startswith(("#", '"""'))]

    assert len(code) <= 30


def test_every_dependency_has_its_line() -> None:
    """The README says of every dependency what it is for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[<>=]", dependency)[0] for dependency in project["dependencies"]}

    assert names <= set(re.findall(r"^\| `([\w-]+)` \|", README.read_text("utf-8"), re.MULTILINE))


def test_links_lead_somewhere() -> None:
    """Every file that the README links to is there."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_what_repairs_the_spec(tmp_path: Path) -> None:
    """As the README says: with the new backend opened before the old one is dropped, in one step, everything holds."""
    unpack(tmp_path)
    (name,) = files()
    text = (tmp_path / name).read_text("utf-8")
    assert text.count("        self.card.backend = None\n") == 1
    (tmp_path / name).write_text(text.replace("        self.card.backend = None\n", ""))

    assert check(load(f"{tmp_path}/{name}")).exit_code == 0
