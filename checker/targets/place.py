"""A place for a device: how one is plugged there, what its guest does, and what is seen of it."""

from __future__ import annotations

from collections.abc import Iterator

from .monitor import Monitor


class Place:
    """For devices of one model. What a model can't do is not asked of it."""

    def __init__(self, monitor: Monitor, slot: int) -> None:
        self.monitor, self.slot = monitor, slot
        self.name = f"dev{slot}"

    def plug(self, chardev: str) -> None:
        """`device_add`. Raises `Refused`."""
        raise NotImplementedError

    def unplug(self) -> None:
        """`device_del`, and what the guest does then."""
        self.monitor.execute("device_del", {"id": self.name})
        self.monitor.event("DEVICE_DELETED", device=self.name)

    def write(self) -> None:
        """The guest writes until the device waits."""
        raise NotImplementedError

    def write_in_vain(self) -> None:
        """The guest writes, once."""
        raise NotImplementedError

    def connect(self, opened: bool) -> None:
        """The guest opens or closes it."""
        raise NotImplementedError

    def use_driver(self) -> None:
        """Something is done for which it looks at its chardev."""
        raise NotImplementedError

    def receive(self) -> bytes | None:
        """What has come, if the guest reads that."""
        return None

    def look(self) -> Iterator[tuple[str, bool]]:
        """What is seen of it."""
        return iter(())

    def add(self, driver: str, chardev: str, **properties: object) -> None:
        """`device_add` itself."""
        self.monitor.execute("device_add", {"driver": driver, "id": self.name, "chardev": chardev, **properties})
