"""monitor.c, and most who use a chardev."""

from __future__ import annotations

from .device import Device


class Unswappable(Device):
    """No change handler, so no swap."""

    events = True
