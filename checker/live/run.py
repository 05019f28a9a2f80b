"""The way to a place, on a target: the layer, in this process or in one of its own, or a QEMU."""

from __future__ import annotations

from typing import Any

from ...spec.language.errors import SpecError
from ...spec.language.system import System
from ..conform.along import Followed, Way, follow, way
from ..conform.finding import Route
from ..conform.held import Difference
from ..conform.reproduce import Reproduction, reproduce
from ..conform.stimulus import Stimulus
from ..explore.trace import show
from ..load import load
from ..targets.named import target
from .errand import Errand
from .model import Model
from .position import Live, Position, read
from .search import Say


def check_drivable(model: Model) -> None:
    """Raises `SpecError` if nothing that could be driven does as the model says."""
    if not is_implemented(model.system):
        raise SpecError(
            f"there is nothing to run {model.system.name} on: the targets of hotswap implement the chardev protocol",
            instead="export the trace as a test of your own implementation",
        )
    check_as_written(model)


def check_as_written(model: Model) -> None:
    """Raises `SpecError` for a model that is not one of the spec's own versions."""
    if model.defect or model.lock != "bql":
        what = f"the defect {model.defect.name}" if model.defect else f"--lock {model.lock}"
        raise SpecError(f"no implementation behaves as with {what}", instead="explore a profile as it is")


def is_implemented(system: System) -> bool:
    """Whether hotswap has implementations of it."""
    return system is load()


def run(errand: Errand, say: Say) -> dict[str, Any]:
    """What came of it. Raises `SpecError`, `Nowhere`, `NotDrivable`."""
    live = Live(errand.asked.model())
    check_drivable(live.model)
    position = live.at(read(errand.path))
    model, trace = live.model, live.trace(position)
    _, start = target(model.system, errand.target, model.profile.name, errand.qemu, errand.limit)
    first = start()
    with model.in_use():
        along = way(model.system, model.profile, position.configuration, trace, first.drives)
        if lacks := first.lacks(along.suspension.words(along.conversation.initial)):
            raise SpecError(f"{first.name} can't be brought to where the trace starts: {lacks}")
        finding = live.finding(position)
        if finding is not None and finding.id in along.broken:
            say({"progress": f"{first.name}: looking for {finding.id} ..."})
            route = Route(finding, along.suspension, along.conversation, True)
            return _reproduced(first.name, finding.id, reproduce(route, start, errand.limit))
        total = len(along.conversation.stimuli)
        count = iter(range(1, total + 1))

        def watch(stimulus: Stimulus) -> None:
            say({"progress": f"{first.name}: {next(count)} of {total}: {stimulus} ..."})

        return _followed(along, follow(along, first, errand.limit, watch), live, position)


def _followed(along: Way, found: Followed, live: Live, position: Position) -> dict[str, Any]:
    said = "the target has done what the spec says"
    if not along.conversation.stimuli:
        said = "the target is where the trace starts: no step of it is somebody's doing"
    if found.hindered:
        said = f"the target could not be driven on: {found.hindered}"
    if found.difference is not None:
        said = "the target has done something else than the spec says"
    elif not found.hindered and along.rests and not along.is_at(show(live.world, position.state)):
        said += "; the trace ends in the middle, the target went on until nothing moved any more"
    outcome = "differs" if found.difference else "hindered" if found.hindered else "agrees"
    return {
        "run": {
            "target": found.target.name,
            "outcome": outcome,
            "said": said,
            "conversation": [str(each) for each in found.conversation],
            **_difference(found.difference),
            "log": list(found.target.log()),
        }
    }


def _reproduced(name: str, finding: str, found: Reproduction) -> dict[str, Any]:
    said = f"nothing shows whether {finding} is there"
    if found.appeared:
        assert found.mended is not None
        said = f"{finding} appeared: {found.mended.name} would have shown something else"
    if found.difference is not None:
        said = "the target has done something else than the spec says"
    outcome = "appeared" if found.appeared else "differs" if found.difference else "agrees"
    seen = {
        "expected": [f"{what}: {wanted}" for what, (wanted, _) in sorted(found.seen.items())],
        "observed": [f"{what}: {seen}" for what, (_, seen) in sorted(found.seen.items())],
    }
    return {
        "run": {
            "target": name,
            "outcome": outcome,
            "said": said,
            "conversation": [str(each) for each in found.conversation],
            **(_difference(found.difference) if found.difference else seen),
            "log": list(found.log),
        }
    }


def _difference(found: Difference | None) -> dict[str, list[str]]:
    return {
        "expected": list(found.expected) if found else [],
        "observed": list(found.observed) if found else [],
    }
