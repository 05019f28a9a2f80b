"""What the Murphi text of a spec says, apart from what rumur makes of it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from fuzz.compare import loaded
from fuzz.specs import HEAD
from hotswap.checker.export.system import export
from hotswap.spec.language import SpecError
from models.object_cache import OBJECT_CACHE


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
