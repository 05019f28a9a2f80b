"""The process that runs an errand of the page: see `errand`."""

from __future__ import annotations

import json
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

from ...spec.language.errors import SpecError
from ..conform.finding import NotDrivable
from ..explore.trace import ReplayError
from ..targets.process import CannotStart
from .errand import read
from .position import Nowhere
from .run import run
from .search import search


def main(text: str) -> int:
    """Run the errand; the exit code."""
    signal.signal(signal.SIGTERM, _end)
    errand = read(text)
    try:
        _say((search if errand.what == "search" else run)(errand, _say))
    except (SpecError, Nowhere, NotDrivable, CannotStart, ReplayError) as error:
        _say({"error": str(error)})
    except MemoryError:
        _say({"error": "out of memory; use a smaller --scope"})
    return 0


def _say(said: dict[str, Any]) -> None:
    print(json.dumps(said), flush=True)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
