"""What the texts of a spec say, apart from what another checker makes of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from fuzz.compare import loaded
from fuzz.specs import HEAD
from hotswap.checker.export.system import export
from hotswap.spec import CHARDEV
from hotswap.spec.language import SpecError
from models.cascade import CASCADE
from models.object_cache import OBJECT_CACHE
from models.peterson import PETERSON


def test_a_choice_is_a_parameter_of_its_rule() -> None:
    """A row has rules for every answer that it can ask for, and no row asks in vain."""
    text = export(OBJECT_CACHE)

    assert "ruleset self: ClientSlot; slot: SlotSlot; outcomes: 0..1 do" in text
    assert "ruleset self: ClientSlot do" in text


def test_a_row_of_too_many_choices(tmp_path: Path) -> None:
    """A row for which there would be thousands of rules is refused, and the message says where it stands."""
    text = """
        class Thing(Machine):
            flag: bool
            @step()
            def go(self) -> None:
                for i in range(13):
                    self.flag = may("again")

        SYSTEM = System("small", [Thing], {"small": {Thing: 1}})
    """
    with (
        loaded(HEAD + dedent(text), tmp_path) as system,
        pytest.raises(SpecError, match=r"a_generated_spec.py:\d+: Thing.go makes up to 13 choices in one step"),
    ):
        export(system)


def test_rows_are_actions_in_the_order_of_the_spec() -> None:
    """In TLA+ each step is an action under what is said of it, in the spec's order, and `Next` is one of them."""
    lines = export(OBJECT_CACHE, "tla").splitlines()
    comments = [f"\\* {row.summary}" for row in OBJECT_CACHE.steps]
    heads = [lines[lines.index(comment) + 1] for comment in comments]
    names = [row.qualname.replace(".", "_") for row in OBJECT_CACHE.steps]

    assert [head.split("(")[0] for head in heads] == names
    assert sorted(heads, key=lines.index) == heads
    assert [line.split(" : ")[1].split("(")[0] for line in lines[lines.index("Next ==") :] if " : " in line] == names


def test_a_choice_goes_on_with_either_answer() -> None:
    """In TLA+ what the environment may answer is one of both, under the name of the question."""
    assert "Then(BOOLEAN, LAMBDA no_memory:" in export(OBJECT_CACHE, "tla")


def test_only_what_applies_itself_is_declared_ahead() -> None:
    """In TLA+ an operator that comes to apply itself is declared above all others."""
    assert "RECURSIVE finalise_Mux(_, _)" in export(CASCADE, "tla")
    assert "RECURSIVE" not in export(PETERSON, "tla")


def test_a_module_has_only_the_words_that_it_needs() -> None:
    """In TLA+ an operator of no spec is there if something applies it."""
    assert "Lowest(slots)" in export(OBJECT_CACHE, "tla")
    assert "Lowest(slots)" not in export(PETERSON, "tla")


def test_lines_are_not_too_long() -> None:
    """In TLA+ a long line is parted, and a long change of a state at its changes."""
    lines = export(CHARDEV, "tla").splitlines()

    assert max(map(len, lines)) == 120
    assert any(line.endswith("[s EXCEPT") for line in lines)
