"""`docs/repaired.md` says what the checker says."""

from __future__ import annotations

import pytest

from hotswap.spec import CHARDEV
from repairs import IN_C, PAGE, REPAIRS, large, page


def test_every_repair_has_its_words() -> None:
    """Every switch that `repaired` adds is explained to whoever changes QEMU's code, and no other."""
    assert list(IN_C) == [switch.name for switch in REPAIRS]


def test_large() -> None:
    """In the largest scope every property that there is now is proved, and every state was visited."""
    known = large()

    assert (known["spec"], known["profile"], known["scope"]) == ("chardev", "repaired", "large")
    assert {each["name"]: each["verdict"] for each in known["properties"]} == {
        each.name: "proved" for each in CHARDEV.all_properties
    }
    assert known["exhaustive"]


@pytest.mark.thorough
def test_the_page() -> None:
    """The page is what the checker finds: counts, what breaks without each change, and the traces."""
    assert PAGE.read_text("utf-8") == page(), "`python tests/repairs.py` renews it"
