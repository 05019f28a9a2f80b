"""The study of monitor hotswap says what the checker says."""

from __future__ import annotations

import pytest

from hotswap.checker import check
from hotswap.spec.language import Profile, Switch
from hotswap.spec.monitor import MONITOR_HOTSWAP, PATCHES, REPAIRED
from monitor import NAMED, PAGE, findings, page, patches, row, without


def test_the_page() -> None:
    """The page shows what breaks and by which steps."""
    assert PAGE.read_text("utf-8") == page(), "`python tests/monitor.py` renews it"


def test_the_patches() -> None:
    """What is wrong with the patches is what the page names, and nothing else."""
    assert {row(found) for found in findings(patches())} == set(NAMED)


def test_repaired() -> None:
    """With all repairs every property holds, and no step needs more room than there is."""
    result = check(MONITOR_HOTSWAP, profile="repaired")

    assert result.exhaustive and result.exit_code == 0
    assert not findings(result)
    assert not any(usage.cuts for usage in result.pools.values())


@pytest.mark.parametrize("switch", REPAIRED.switches, ids=lambda switch: switch.name)
def test_each_repair_is_needed(switch: Switch) -> None:
    """Without any one of the repairs something breaks."""
    assert findings(without(switch))


@pytest.mark.parametrize("profile", [PATCHES, REPAIRED], ids=lambda profile: profile.name)
def test_what_is_vacuous(profile: Profile) -> None:
    """What never happens is explained, and nothing else is."""
    result = check(MONITOR_HOTSWAP, profile=profile)

    assert {found.id: found.explanation for found in result.vacuity} == profile.explained


def test_the_engines_judge_alike() -> None:
    """Plain Python finds what machine code finds."""
    plain, native = (check(MONITOR_HOTSWAP, profile="repaired", engine=engine) for engine in ("python", "native"))

    assert plain.properties == native.properties
    assert plain.coverage == native.coverage
