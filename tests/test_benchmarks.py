"""The benchmarks' texts are the same models, and the page says what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import page, plot, results, spin, tlc
from benchmarks.peterson import PETERSON
from benchmarks.subjects import PROMELA, SUBJECTS, TLA
from hotswap.checker import check
from hotswap.spec.language import System
from models.filter_lock import FILTER_LOCK
from models.philosophers import PHILOSOPHERS
from models.two_phase_commit import TWO_PHASE_COMMIT

SMALL = {
    "philosophers": (PHILOSOPHERS, 5),
    "peterson": (PETERSON, 3),
    "two_phase_commit": (TWO_PHASE_COMMIT, 3),
    "filter_lock": (FILTER_LOCK, 3),
}
"""The systems whose first scope has so many processes."""

TEXTS = [(text, *SMALL[name]) for name in SMALL for text in sorted(PROMELA.glob("*.pml")) if text.stem.startswith(name)]


@pytest.mark.thorough
@pytest.mark.external("spin")
@pytest.mark.external("gcc")
@pytest.mark.parametrize(("text", "system", "processes"), TEXTS, ids=lambda value: getattr(value, "stem", ""))
def test_a_text_by_hand_is_the_same_model(text: Path, system: System, processes: int) -> None:
    """SPIN counts the states and the transitions of the spec on every text that is measured."""
    mode = spin.Mode("plain", ("-O0", "-DSAFETY", "-DNOREDUCE"), ("-E", "-m100000"), spin.FAITHFUL)
    wanted = check(system)
    found = spin.search(text, mode, [f"N={processes}"])

    assert (found.states, found.transitions) == (wanted.states, wanted.transitions)


MODULES = {
    "Philosophers": (PHILOSOPHERS, 5),
    "Peterson": (PETERSON, 3),
    "TwoPhaseCommit": (TWO_PHASE_COMMIT, 3),
    "FilterLock": (FILTER_LOCK, 3),
}


@pytest.mark.thorough
@pytest.mark.external("java")
@pytest.mark.parametrize(("module", "system", "processes"), [(name, *known) for name, known in MODULES.items()])
def test_a_module_by_hand_is_the_same_model(module: str, system: System, processes: int) -> None:
    """TLC counts the states and the transitions of the spec on every module that is measured."""
    wanted = check(system)
    found = tlc.search(TLA / f"{module}.tla", f"N = {processes}")

    assert (found.states, found.transitions) == (wanted.states, wanted.transitions)


def test_every_text_is_measured() -> None:
    """No text lies about that no benchmark uses."""
    assert sorted(text.name for text in PROMELA.iterdir()) == sorted(
        {text for subject in SUBJECTS for text in subject.promela}
    )
    assert sorted(module.name for module in TLA.iterdir()) == sorted({subject.tla for subject in SUBJECTS} - {""})


def test_the_page_is_of_the_results() -> None:
    """docs/performance.md and its plots show the figures of results.json."""
    found = results.read()

    assert page.PAGE.read_text() == page.text(found)
    for scheme in plot.SCHEMES:
        assert (page.DOCS / f"performance-{scheme}.svg").read_text() == plot.svg(found, scheme)


def test_a_measurement_is_of_the_model_that_is_there() -> None:
    """What was measured has the states and transitions that the model has now."""
    known = {subject.name: (subject.states, subject.transitions) for subject in SUBJECTS}

    for model in results.read().models:
        assert (model.states, model.transitions) == known[model.name]
