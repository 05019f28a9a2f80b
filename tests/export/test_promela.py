"""The Promela text of a spec has the states that the engine counts; SPIN says so."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from benchmarks.spin import Mode, search
from export.test_counts import CHARDEV_VERSIONS, DEFECTS, LOCKED, SPECS, SYSTEMS, VERSIONS
from fuzz.compare import loaded
from fuzz.specs import HEAD
from hotswap.checker import check
from hotswap.checker.export.system import export
from hotswap.spec import CHARDEV
from hotswap.spec.language import SpecError, System
from models import MODELS
from models.cascade import CASCADE
from models.object_cache import OBJECT_CACHE
from models.peterson import PETERSON

PLAIN = Mode("depth first", ("-O0", "-DSAFETY", "-DNOREDUCE"), ("-m1000000",), ("-o2",))
"""As docs/export.md has it; a text that is compiled with more care takes longer than its search."""

pytestmark = [pytest.mark.external("spin"), pytest.mark.external("gcc")]


def assert_counted(
    system: System, folder: Path, *, profile: str | None = None, lock: str = "bql", defect: str | None = None
) -> None:
    """As many states as the engine finds."""
    text = folder / "model.pml"
    text.write_text(export(system, "promela", profile=profile, lock=lock, defect=defect))

    assert search(text, PLAIN).states == check(system, profile=profile, lock=lock, defect=defect).states


@pytest.mark.parametrize(
    "module",
    [pytest.param(module, marks=[pytest.mark.thorough] if module == "bakery" else []) for module, _ in MODELS],
)
def test_models(module: str, tmp_path: Path) -> None:
    """SPIN finds the states of every small model."""
    assert_counted(SYSTEMS[module], tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize(("module", "profile"), VERSIONS)
def test_profiles(module: str, profile: str, tmp_path: Path) -> None:
    """SPIN finds the states of every version of a model."""
    assert_counted(SYSTEMS[module], tmp_path, profile=profile)


@pytest.mark.thorough
@pytest.mark.parametrize("module", LOCKED)
def test_models_without_locks(module: str, tmp_path: Path) -> None:
    """SPIN finds the states that there are when nothing is held."""
    assert_counted(SYSTEMS[module], tmp_path, lock="none")


@pytest.mark.thorough
@pytest.mark.parametrize(("module", "defect"), DEFECTS)
def test_models_with_a_defect(module: str, defect: str, tmp_path: Path) -> None:
    """SPIN's paths end at the same errors."""
    assert_counted(SYSTEMS[module], tmp_path, defect=defect)


@pytest.mark.thorough
@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_small_specs(text: str, tmp_path: Path) -> None:
    """SPIN finds the states of specs that need care in a language of few words."""
    with loaded(HEAD + dedent(text), tmp_path) as system:
        assert_counted(system, tmp_path)
        assert_counted(system, tmp_path, lock="none")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "profile", [pytest.param(name, marks=[pytest.mark.long] if name != "repaired" else []) for name in CHARDEV_VERSIONS]
)
def test_chardev(profile: str, tmp_path: Path) -> None:
    """SPIN finds the states of the chardev protocol in its default scope."""
    assert_counted(CHARDEV, tmp_path, profile=profile)


UNLIKELY = {
    "numbers below nothing, names that are Promela's, and a set of them": """
        class Case(Enum):
            active = 0
            chan = 1

        class Init(Machine):
            proctype: Set[Annotated[int, Range(-2, 2)]]
            byte: Annotated[int, Range(-2, 300)]
            run: Annotated[Queue[Case], Capacity(2)]
            @operation
            def result(self, short: Annotated[int, Range(-2, 2)]) -> bool:
                result = short in self.proctype
                return result
            @step()
            def skip(self, select: Annotated[int, Range(-2, 2)]) -> None:
                require(not self.result(select))
                self.proctype.add(select)
                self.byte = select // 2 + len(self.proctype) * 60
            @step()
            def timeout(self, mtype: Case) -> None:
                if may("more") and len(self.run) < 2:
                    self.run.append(mtype)
                elif len(self.run) > 0 and self.run.popleft() is mtype:
                    self.proctype.clear()

        SYSTEM = System("small", [Init], {"small": {Init: 1}})
    """,
}


@pytest.mark.parametrize("text", UNLIKELY.values(), ids=UNLIKELY)
def test_unlikely_specs(text: str, tmp_path: Path) -> None:
    """SPIN finds the states of specs whose values and names Promela takes amiss."""
    with loaded(HEAD + dedent(text), tmp_path) as system:
        assert_counted(system, tmp_path)


def test_rows_are_options_in_the_order_of_the_spec() -> None:
    """Each step of the spec is one option, under its name and what is said of it, in the spec's order."""
    lines = [line.strip() for line in export(OBJECT_CACHE, "promela").splitlines()]
    steps = [f"/* {row.qualname}: {row.summary} */" for row in OBJECT_CACHE.steps]

    assert [line for line in lines if line in steps] == steps
    assert all(lines[lines.index(step) + 1] == ":: atomic {" for step in steps)


def test_a_choice_stands_where_it_is_made() -> None:
    """What the environment may answer is a choice between both, in the step that asks."""
    assert "may(Client_get_answer); /* no memory */" in export(OBJECT_CACHE, "promela")


def test_what_calls_itself_has_variables_for_each_call() -> None:
    """Only a routine that comes to call itself keeps its variables by the depth of its calls."""
    assert "[deep]" in export(CASCADE, "promela")
    assert "[deep]" not in export(PETERSON, "promela").replace("back[deep]", "")


def test_a_set_of_too_many_elements(tmp_path: Path) -> None:
    """A set that no number has bits enough for is refused."""
    text = """
        class Thing(Machine):
            seen: Set[Annotated[int, Range(0, 31)]]
            @step()
            def go(self) -> None:
                self.seen.add(31)

        SYSTEM = System("small", [Thing], {"small": {Thing: 1}})
    """
    with loaded(HEAD + dedent(text), tmp_path) as system, pytest.raises(SpecError, match="a set of up to 32 elements"):
        export(system, "promela")
