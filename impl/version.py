"""Which QEMU a layer behaves as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..spec.profiles import HUB

if TYPE_CHECKING:
    from .layer import Layer

VERSIONS = {"qemu-7.2": (7, 2, 22), "qemu-10.0": (10, 0, 2), "repaired": (10, 0, 2)}


def version(layer: Layer) -> tuple[int, int, int]:
    """Its number."""
    return VERSIONS[layer.profile.name]


def newest(layer: Layer) -> bool:
    """Whether it is a QEMU since 10.0."""
    return HUB in layer.switches
