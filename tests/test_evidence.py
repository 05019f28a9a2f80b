"""Why a finding is one: what the broken condition reads."""

from __future__ import annotations

import pytest

from hotswap.checker import Result, check
from hotswap.spec import CHARDEV


@pytest.fixture(scope="module")
def result() -> Result:
    """What is wrong with a QEMU."""
    return check(CHARDEV, profile="qemu-10.0")


@pytest.mark.parametrize(
    ("finding", "evidence"),
    [
        (
            "fe-open-agrees@Change.name_new",
            {
                "Device0.frontend": "Frontend0",
                "Frontend0.chr": "Chardev1",
                "Chardev1.kind": "ringbuf",
                "Frontend0.fe_is_open": "False",
                "Device0.asks_open": "True",
            },
        ),
        ("blocked-writer-has-wakeup[serial]@Change.be_change", {"Device0.state": "blocked", "Device0.watch": "None"}),
        ("open-close-alternate@Change.be_change", {"OpenCloseAlternate0.is_open": "True"}),
        (
            "no-failed-assertion@Yank.unregister_instance:35",
            {"Chardev0.label": "Id0", "Id0.yank": "Yank0", "Chardev0.yank_function": "True"},
        ),
        (
            "done-as-asked@Yank.yank",
            {
                "Connect0.state": "connecting",
                "Connect0.chardev": "Chardev0",
                "Chardev0.label": "Id0",
                "Id0.yank": "Yank0",
            },
        ),
        ("no-use-after-free@Device.watch_fires:262", {"Device0.watch": "dangling"}),
        ("no-dangling-pointer@Change.unparent_old", {"Device0.watch": "dangling"}),
        ("failed-command-changes-nothing@Change.add", {"File0.kept": "True → False"}),
    ],
    ids=["invariant", "case", "monitor", "assert", "ensure", "use-after-free", "dangling", "atomicity"],
)
def test_what_the_condition_reads(result: Result, finding: str, evidence: dict[str, str]) -> None:
    """It is what the condition reads of the objects for which it is false, where it is false, and nothing else."""
    found = {each.id: each for known in result.properties for each in known.findings}

    assert found[finding].evidence == evidence


def test_what_holds_has_none() -> None:
    """Where nothing is broken there is nothing to show: the witness of a `sometimes` has no evidence."""
    result = check(CHARDEV, profile="repaired", properties=["change-succeeds"])
    witness = result.verdict("change-succeeds").findings

    assert [each.evidence for each in witness] == [{}]
