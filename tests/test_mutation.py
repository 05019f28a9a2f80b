"""`docs/mutants.md` and its report are of the spec as it is."""

from __future__ import annotations

import pytest

from hotswap import spec
from hotswap.checker.compile.program import build
from hotswap.checker.mutate.campaign import mutate
from hotswap.checker.mutate.mutants import mutants
from hotswap.spec import CHARDEV
from hotswap.spec.language.variants import variant
from mutation import PAGE, campaign, page

REPAIRED = CHARDEV.profile("repaired")
RENEW = "`make long` renews it"


def test_the_page() -> None:
    """The page is what the report says."""
    assert PAGE.read_text("utf-8") == page(campaign()), RENEW


def test_the_report_has_every_mistake() -> None:
    """The report judges exactly the defects and the mutants that the spec has now."""
    with variant(REPAIRED):
        made = mutants(CHARDEV, build(CHARDEV, CHARDEV.pools(CHARDEV.scope())))
    names = [defect.name for defect in CHARDEV.defects] + [mutant.name for mutant in made]

    assert [known.name for known in campaign().judged] == names, RENEW


def test_nearly_all_are_killed() -> None:
    """Of the mutants that a property could notice, at least 95 of 100 are killed."""
    assert campaign().share >= 0.95


def test_every_survivor_is_explained() -> None:
    """Each mutant that survives, and each property that no mutant breaks alone, is explained, and nothing else is."""
    known = campaign()
    survivors = {each.name: each.explanation for each in (*known.of("survived"), *known.of("unfinished"))}
    worthless = {found.id: found.explanation for found in known.vacuity}

    assert survivors | worthless == spec.mutants.REPAIRED


def test_every_property_is_broken_by_something() -> None:
    """Every property that the chardev can break at all is broken by a defect: it has no numbers to leave a range."""
    broken = {name for known in campaign().judged if known.kind == "defect" for name in known.by}

    assert {known.name for known in CHARDEV.all_properties} - broken == {"in-range"}


@pytest.mark.thorough
def test_a_sample() -> None:
    """Some of the mistakes, judged anew, end as the report says."""
    wanted = {known.name: (known.fate, known.by) for known in campaign().judged}
    found = mutate(CHARDEV, profile="repaired", sample=8, seed=7)

    assert {known.name: (known.fate, known.by) for known in found.judged}.items() <= wanted.items()
