"""How many swaps a second QEMU and `hotswap serve` do: `python tests/benchmarks/swaps.py [QEMU]`.

Both are started with the same words, and are asked in turns over QMP to put a ringbuf and a null under a serial port,
by a client that knows sockets only and by QEMU's own package. Run on an idle machine, with a QEMU: the one given, or
qemu-system-x86_64.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from qemu.qmp import QMPClient

QEMU = "qemu-system-x86_64"
WORDS = ("-M", "pc", "-m", "16", "-nodefaults", "-display", "none", "-S")
SERIAL = ("-chardev", "null,id=c", "-device", "isa-serial,chardev=c,id=s")
SWAPS = 2000
"""In one round."""
ROUNDS = 5


def swap(number: int) -> dict[str, Any]:
    """The arguments of one change."""
    return {"id": "c", "backend": {"type": ("ringbuf", "null")[number % 2], "data": {}}}


@contextmanager
def started(*command: str) -> Iterator[str]:
    """A process whose monitor listens at the path that this gives."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "qmp")
        words = (*command, *WORDS, *SERIAL, "-qmp", f"unix:{path},server=on,wait=on")
        with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
            try:
                while not Path(path).exists():
                    if process.poll() is not None:
                        raise SystemExit(f"{command[0]} has ended: {process.communicate()[1].decode()}")
                    time.sleep(0.01)
                yield path
            finally:
                process.kill()


def raw(path: str) -> float:
    """Swaps a second, for a client that knows sockets only."""
    with closing(socket.socket(socket.AF_UNIX)) as connection, connection.makefile("rwb", buffering=0) as file:
        connection.connect(path)
        file.readline()
        _ask(file, "qmp_capabilities", {})
        began = time.perf_counter()
        for number in range(SWAPS):
            _ask(file, "chardev-change", swap(number))
        return SWAPS / (time.perf_counter() - began)


def _ask(file: Any, command: str, arguments: dict[str, Any]) -> None:
    file.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
    answer = json.loads(file.readline())
    assert answer == {"return": {}}, answer


def package(path: str) -> float:
    """Swaps a second, for `qemu.qmp`."""

    async def swaps() -> float:
        client = QMPClient()
        await client.connect(path)
        began = time.perf_counter()
        for number in range(SWAPS):
            await client.execute("chardev-change", swap(number))
        took = time.perf_counter() - began
        await client.disconnect()
        return SWAPS / took

    return asyncio.run(swaps())


def main(qemu: str = QEMU) -> None:
    """Print the rates, the ratios of each round, and their median."""
    served = (sys.executable, "-m", "hotswap.checker", "serve")
    with started(qemu) as theirs, started(*served) as ours:
        for name, client in (("a raw socket", raw), ("qemu.qmp", package)):
            rates = [(client(theirs), client(ours)) for _ in range(ROUNDS)]
            for there, here in rates:
                print(f"{name:14} QEMU {there:6,.0f}/s   hotswap {here:6,.0f}/s   {here / there:.2f}")
            print(f"{name:14} median of the ratios {median(here / there for there, here in rates):.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
