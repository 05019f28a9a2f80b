"""`docs/repaired.md` says what the checker says."""

from __future__ import annotations

import pytest

from repairs import IN_C, PAGE, REPAIRS, page


def test_every_repair_has_its_words() -> None:
    """Every switch that `repaired` adds is explained to whoever changes QEMU's code, and no other."""
    assert list(IN_C) == [switch.name for switch in REPAIRS]


@pytest.mark.thorough
def test_the_page() -> None:
    """The page is what the checker finds: counts, what breaks without each change, and the traces."""
    assert PAGE.read_text("utf-8") == page(), "`python tests/repairs.py` renews it"
