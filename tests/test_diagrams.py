"""The pictures in `diagrams/` show what the spec says."""

from __future__ import annotations

import pytest

from diagrams import FOLDER, files


@pytest.mark.parametrize("name", files())
def test_a_picture_is_up_to_date(name: str) -> None:
    """Every file is what the spec gives; `python tests/diagrams.py` renews it."""
    assert (FOLDER / name).read_text("utf-8") == files()[name]


def test_there_are_no_others() -> None:
    """The folder holds no picture of a machine that is gone."""
    assert {path.name for path in FOLDER.iterdir()} == set(files())
