"""Output files: known to be writable before the work, and never half written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotswap.checker.view.output import Output, OutputError


def test_written_whole(tmp_path: Path) -> None:
    """The text replaces what was there, and nothing else is left behind."""
    path = tmp_path / "out.json"
    path.write_text("before")

    with Output(str(path)) as file:
        assert path.read_text() == "before"
        file.write("after")

    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_left_alone(tmp_path: Path) -> None:
    """When nothing is written, what was there stays."""
    path = tmp_path / "out.json"
    path.write_text("before")

    with Output(str(path)), pytest.raises(RuntimeError):
        raise RuntimeError

    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_usual_rights(tmp_path: Path) -> None:
    """A new file has the rights of any new file, an old one keeps its own."""
    new, old = tmp_path / "new", tmp_path / "old"
    old.touch(mode=0o640)
    (tmp_path / "other").touch()

    for path in (new, old):
        with Output(str(path)) as file:
            file.write("text")

    assert new.stat().st_mode == (tmp_path / "other").stat().st_mode
    assert old.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What a link names is replaced, not the link."""
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    with Output(str(tmp_path / "link")) as file:
        file.write("text")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "text"


@pytest.mark.parametrize(
    ("name", "why"), [("none/out.json", "No such file or directory"), (".", "Is a directory"), ("file/x", "Not a dir")]
)
def test_not_writable(tmp_path: Path, name: str, why: str) -> None:
    """A file that can't be written is known on entering, by name."""
    (tmp_path / "file").touch()

    with pytest.raises(OutputError, match=rf"can't write {tmp_path}/{name}: {why}"), Output(f"{tmp_path}/{name}"):
        pass


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_full_disk() -> None:
    """A full disk is an error with the file's name."""
    with Output("/dev/full") as file, pytest.raises(OutputError, match="can't write /dev/full: No space left"):
        file.write("text")


def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """A dash is standard output."""
    with Output("-") as file:
        file.write("text")

    assert capsys.readouterr().out == "text"
