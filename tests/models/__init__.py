"""Small models that are no drivers: what they show, and how many states they have, is in README.md."""

from __future__ import annotations

MODELS = (
    ("bakery", "BAKERY"),
    ("bank", "BANK"),
    ("bounded_buffer", "BOUNDED_BUFFER"),
    ("cascade", "CASCADE"),
    ("elevator", "ELEVATOR"),
    ("filter_lock", "FILTER_LOCK"),
    ("hanoi", "HANOI"),
    ("object_cache", "OBJECT_CACHE"),
    ("peterson", "PETERSON"),
    ("philosophers", "PHILOSOPHERS"),
    ("ring_election", "RING_ELECTION"),
    ("river", "RIVER"),
    ("two_phase_commit", "TWO_PHASE_COMMIT"),
)
"""The module and the name of each system; its first scope is small enough for plain Python."""
