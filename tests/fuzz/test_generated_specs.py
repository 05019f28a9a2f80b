"""Random small specs: the oracle and the machine code agree on every step, and so do their searches.

25 specs, and 300 where there is time for it, the same ones each time; `HOTSWAP_FUZZ=10000` has the thorough test try
that many others. A failure shows the spec's source.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, event, given, note, settings
from hypothesis import strategies as st

from fuzz.compare import edges_agree, loaded, reduction_agrees, searches_agree
from fuzz.specs import specs
from hotswap.checker.explore import native
from hotswap.spec.language import SpecError

ASKED = int(os.environ.get("HOTSWAP_FUZZ", "0"))
ONE_IN = 8
"""Of so many specs, one is also searched to its end, by both engines: that compiles with all optimisations."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the specs are written, and their machine code: nobody needs it a second time."""
    assert native  # its kernels are loaded from the cache that everybody shares
    made = tmp_path_factory.mktemp("generated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(made))
        yield made


FUZZ = settings(
    derandomize=not ASKED,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
@settings(FUZZ, max_examples=25)
@given(specs(), st.integers(0, 23))
def test_engines_agree(folder: Path, text: str, drawn: int) -> None:
    """Both engines take the same steps in a random spec, and their complete searches find the same."""
    compare(folder, text, drawn)


@pytest.mark.thorough
@settings(FUZZ, max_examples=ASKED or 300)
@given(specs(), st.integers(0, 23))
def test_engines_agree_in_many(folder: Path, text: str, drawn: int) -> None:
    """So they do in many more."""
    compare(folder, text, drawn)


def compare(folder: Path, text: str, drawn: int) -> None:
    """Both engines in one spec: all steps out of the first states, and of one spec in some everything."""
    note(text)
    with loaded(text, folder) as system:
        try:
            difference, edges = edges_agree(system, drawn)
        except SpecError as error:  # the one refusal that the generator can't foresee
            assume("grows with every round" not in error.message)
            raise
        assert not difference
        event(f"{min(edges, 100) // 20 * 20} edges or more")
        if drawn % ONE_IN == ONE_IN - 1:
            difference, found = searches_agree(system, drawn // ONE_IN, most=1000)
            assert not difference
            for name in found:
                event(name)
        if drawn % ONE_IN == ONE_IN - 2:
            difference, said = reduction_agrees(system, drawn // ONE_IN, most=1000)
            assert not difference
            event(said)
