"""char-null.c: what never has another end."""

from __future__ import annotations

from ..chardev import Chardev


class Null(Chardev):
    """It swallows everything, and is never open."""

    kind = "null"
