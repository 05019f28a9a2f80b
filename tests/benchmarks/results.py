"""What was measured, as frozen values and as the JSON that they are kept in, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

FILE = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Cost:
    """One run. `seconds` is the search, `whole_seconds` all that one waits for: start-up, translation and compilation.

    `peak_bytes` is the process's peak, less what it has before it searches; `allocated_bytes` what the search itself
    says that it allocated, where it says so.
    """

    seconds: float
    whole_seconds: float
    peak_bytes: int
    allocated_bytes: int | None = None


@dataclass(frozen=True)
class Way:
    """One way to search one model, and its costs: one for each round, or one if it was only tried."""

    tool: str
    how: str
    cores: int
    command: str
    costs: tuple[Cost, ...]


@dataclass(frozen=True)
class Measurement:
    """One model. `ways` were measured in turns; `tried` are all of SPIN's ways, one run each; `missing` says of
    others why they were not taken. `by_hand`: SPIN's texts are not exported ones.
    """

    name: str
    title: str
    states: int
    transitions: int
    by_hand: bool
    ways: Mapping[str, Way]
    tried: tuple[Way, ...]
    missing: Mapping[str, str] = field(default_factory=dict)

    def rates(self, way: str) -> list[float]:
        """Transitions a second, in each round."""
        return [self.transitions / cost.seconds for cost in self.ways[way].costs]

    def ratios(self, what: Callable[[Cost], float], way: str, other: str) -> list[float]:
        """How many times as much `way` costs as `other`, in each round."""
        return [what(one) / what(two) for one, two in zip(self.ways[way].costs, self.ways[other].costs, strict=True)]


@dataclass(frozen=True)
class Results:
    """All of it: on what kind of machine, and with which versions."""

    machine: str
    versions: Mapping[str, str]
    models: tuple[Measurement, ...]


def seconds(cost: Cost) -> float:
    """Of the search."""
    return cost.seconds


def whole_seconds(cost: Cost) -> float:
    """With start-up and compilation."""
    return cost.whole_seconds


def peak_bytes(cost: Cost) -> float:
    """Of the process, above its start-up."""
    return cost.peak_bytes


def middle(measured: Measurement, what: Callable[[Cost], float], way: str) -> float:
    """The median of all rounds."""
    return median(what(cost) for cost in measured.ways[way].costs)


def write(results: Results, file: Path = FILE) -> None:
    """Keep the results as JSON."""
    file.write_text(json.dumps(asdict(results), indent=1, ensure_ascii=False) + "\n")


def read(file: Path = FILE) -> Results:
    """The results that were kept."""
    found: dict[str, Any] = json.loads(file.read_text())
    return Results(**{**found, "models": tuple(_measurement(model) for model in found["models"])})


def _measurement(found: dict[str, Any]) -> Measurement:
    ways = {name: _way(way) for name, way in found["ways"].items()}
    return Measurement(**{**found, "ways": ways, "tried": tuple(_way(way) for way in found["tried"])})


def _way(found: dict[str, Any]) -> Way:
    return Way(**{**found, "costs": tuple(Cost(**cost) for cost in found["costs"])})
