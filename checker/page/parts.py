"""The parts of pages, as they are shipped: nothing is built from them."""

from __future__ import annotations

from importlib.resources import files


def static(name: str) -> str:
    """The text of a part."""
    return files(__package__).joinpath("static", name).read_text("utf-8")
