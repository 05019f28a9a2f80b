"""The pictures in `diagrams/` show what the spec says."""

from __future__ import annotations

from diagrams import FOLDER, files


def test_the_pictures_are_up_to_date() -> None:
    """Every file is what the spec gives, and there are no others; `python tests/diagrams.py` renews them."""
    assert {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()} == files()
