"""The client's side of QEMU's qtest protocol: the guest's accesses to ports and memory, done by somebody else."""

from __future__ import annotations

from .wire import Wire


class QTest(Wire):
    """Plays the guest of whoever connects."""

    def do(self, *lines: str) -> list[str]:
        """Send them at once; what is answered to each. Raises `Gone`, `Hangs`."""
        self.say(*lines)
        return [self._answer(line) for line in lines]

    def _answer(self, line: str) -> str:
        while True:
            word, *said = self.hear().split()
            if word == "IRQ":
                continue
            if word != "OK":
                raise ValueError(f"qtest: {line!r}: {' '.join([word, *said])}")
            return " ".join(said)

    def turn(self) -> None:
        """A round trip through the main loop."""
        self.do("endianness")

    # Ports and memory.

    def out(self, width: str, port: int, value: int) -> None:
        """Write to a port, of `b`, `w` or `l`."""
        self.do(f"out{width} {port:#x} {value:#x}")

    def in_(self, width: str, port: int) -> int:
        """Read from a port."""
        return int(self.do(f"in{width} {port:#x}")[0], 16)

    def write(self, address: int, data: bytes) -> None:
        """Write to memory."""
        self.do(f"write {address:#x} {len(data)} 0x{data.hex()}")

    def read(self, address: int, size: int) -> bytes:
        """Read from memory."""
        return bytes.fromhex(self.do(f"read {address:#x} {size}")[0].removeprefix("0x"))

    def clear(self, address: int, size: int) -> None:
        """Fill memory with zeros."""
        self.do(f"memset {address:#x} {size} 0")
