"""The spec's documentation names what is there in QEMU."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pytest

from qemu_defects import QEMU_DEFECTS, REACHABLE
from qemu_names import files, plain_names, qemu_names
from repairs import IN_C


@pytest.fixture(scope="module")
def identifiers(qemu_source: Path) -> set[str]:
    """Every identifier in QEMU's source."""
    texts = (file.read_text("utf-8", "replace") for file in qemu_source.rglob("*.[ch]"))
    return {word for text in texts for word in re.findall(r"\w+", text)}


def test_names_are_real(identifiers: set[str]) -> None:
    """Every function, field and variable of QEMU that the spec names is in its source."""
    unknown = [str(known) for known in qemu_names() if known.word not in identifiers]

    assert not unknown, "\n".join(unknown)


def test_sources_are_real(identifiers: set[str]) -> None:
    """So is every function that the table of defects names."""
    names = {word for each in (*QEMU_DEFECTS, *REACHABLE) for word in re.findall(r"\b[a-z]+_\w+\b(?!\.)", each.source)}

    assert names
    assert names <= identifiers, names - identifiers


def test_what_is_to_be_changed_is_real(identifiers: set[str]) -> None:
    """So is everything in QEMU that the repairs are to change."""
    names = {word for text in IN_C.values() for word in re.findall(r"`(\w+_\w+)`", text)}

    assert names
    assert names <= identifiers, names - identifiers


def test_files_are_real(qemu_source: Path) -> None:
    """Every file of QEMU that the spec names is in its source."""
    unknown = [str(known) for known in files() if not list(qemu_source.rglob(known.word))]

    assert not unknown, "\n".join(unknown)


def test_there_are_names_to_look_for() -> None:
    """Functions and files are found in the documentation, and what is in it for other reasons is not."""
    words = {known.word for known in qemu_names()}

    assert {"qmp_chardev_change", "qemu_chr_fe_init", "virtconsole_enable_backend"} <= words
    assert not words & {"says_closed", "sifive_uart"}
    assert {"char-socket.c", "sifive_uart.c"} <= {known.word for known in files()}


def test_what_is_not_qemus_has_its_section() -> None:
    """A function of the C library, or a system call, is written with its section of the manual: `connect(2)`."""
    library = ctypes.CDLL(None)
    bare = [str(known) for known in plain_names() if hasattr(library, known.word)]

    assert not bare, "\n".join(bare)
