"""The way to a place, to keep: as a trace in two forms, or as a test of an implementation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from ...impl.process.words import PROFILES
from ...spec.language.errors import SpecError
from ..conform.along import way
from ..testing.regression import named
from ..testing.replayed import Replayed
from ..view import itf, trace
from .model import Asked
from .position import Live, Path, written
from .run import check_as_written, is_implemented


@dataclass(frozen=True)
class File:
    """What a browser keeps."""

    name: str
    text: str


def export(live: Live, asked: Asked, path: Path, form: str) -> File:
    """The way to a place in a form. Raises `Nowhere`, `SpecError`, `NotDrivable`."""
    if form not in FORMS:
        raise SpecError(f"there is no form `{form}`", instead=f"there are: {', '.join(FORMS)}")
    with live.model.in_use():
        return FORMS[form](live, asked, path)


def _itf(live: Live, asked: Asked, path: Path) -> File:
    document = itf.document(live.trace(live.at(path)), live.model.title)
    return File(f"{_stem(live)}.itf.json", _json(document))


def _json_trace(live: Live, asked: Asked, path: Path) -> File:
    model, position = live.model, live.at(path)
    about = {
        "spec": model.system.name,
        "profile": model.profile.name,
        "defect": model.defect.name if model.defect else None,
        "scope": model.scope_name,
        "lock": model.lock,
        "configuration": str(position.configuration),
        "path": written(path),
        "broken": [list(each) for each in position.broken_on_the_way],
    }
    return File(f"{_stem(live)}.json", _json(trace.document(live.trace(position), about)))


def _pytest(live: Live, asked: Asked, path: Path) -> File:
    model, position = live.model, live.at(path)
    check_as_written(model)
    found = way(model.system, model.profile, position.configuration, live.trace(position), timers=["waited"])
    initial = found.suspension.initial.index(found.conversation.initial)
    where = (found.conversation.stimuli, model.profile.name, str(position.configuration), initial)
    if is_implemented(model.system) and model.profile.name in PROFILES:
        module, name = named(model.system)
        layer = ("hotswap.checker.targets.in_process", "Impl")
        made = f'lambda: {layer[1]}({name}.profile("{model.profile.name}"))'
        says = f"The layer does what {model.system.name} says."
        replayed = Replayed((layer, (module, name)), name, made, *where, says=says)
    else:
        says = f"What the fixture `implementation` makes, an adapter or a target, does what {model.system.name} says."
        imports = (("typing", "Any"), ("hotswap.checker.load", "load"))
        system = f"load({json.dumps(asked.spec)})"
        replayed = Replayed(imports, system, "implementation", *where, says=says, parameters="implementation: Any")
    return File(f"{replayed.name}.py", replayed.text() + "\n")


Form = Callable[[Live, Asked, Path], File]
FORMS: dict[str, Form] = {"itf": _itf, "json": _json_trace, "pytest": _pytest}


def _stem(live: Live) -> str:
    return f"{live.model.system.name}-{live.model.profile.name}"


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, indent=1) + "\n"
