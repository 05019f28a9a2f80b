"""The pictures in `diagrams/` show what the spec says, and the walk-through leads to all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from browsing import OpenPage
from diagrams import FOLDER, LOCK, files, finding, reached, result, shortest
from explanations import EXPLANATIONS, GROUPS
from findings import places
from heard import table
from hotswap.checker.draw.known import known
from hotswap.checker.draw.outline import Outline
from hotswap.checker.explore.explorer import Explorer
from hotswap.checker.explore.quotient import chosen, quotient
from hotswap.spec import CHARDEV
from hotswap.spec.language import Profile, Switch
from hotswap.spec.language.rows import Declaration
from hotswap.spec.qmp import Qmp
from primer import OPEN, SHORT
from qemu_defects import QEMU_DEFECTS, QemuDefect

LEAVES = """() => {
  const wide = document.querySelector("svg").getBoundingClientRect().right + 0.5;
  const texts = [...document.querySelectorAll("text")];
  return texts.filter((text) => text.getBoundingClientRect().right > wide).map((text) => text.textContent);
}"""
KEY = Path(__file__).with_name("diagrams_key.md")
README = (FOLDER / "README.md").read_text("utf-8")


def test_the_pictures_are_up_to_date() -> None:
    """Every file is what the spec gives, and there are no others; `python tests/diagrams.py` renews them."""
    assert {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()} == files()


@pytest.mark.external("chromium")
def test_no_text_leaves_its_picture(open_page: OpenPage) -> None:
    """With the fonts of this machine, whichever these are."""
    page = open_page("about:blank")
    for path in FOLDER.glob("*.svg"):
        page.set_content(path.read_text("utf-8"))
        assert page.evaluate(LEAVES) == [], path.name


def test_every_picture_is_in_the_text() -> None:
    """The text shows each picture once, and says in words what is on it."""
    images = re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", README)

    assert sorted(name for _, name in images) == sorted(path.name for path in FOLDER.glob("*.svg"))
    assert all(len(words.split()) > 3 for words, _ in images)


def test_every_link_leads_somewhere() -> None:
    """A link to a part of the text, or to another file, is to one that there is."""
    headings = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^##+ (.+)$", README, re.M)
    }
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)]*)\)", README)

    assert {link[1:] for link in links if link.startswith("#")} <= headings
    assert all((FOLDER / link).exists() for link in links if not link.startswith("#"))


def test_every_defect_is_explained() -> None:
    """Each of QEMU's defects has a text, and no text is of something else."""
    assert list(EXPLANATIONS) == [defect.name for defect in QEMU_DEFECTS]


def test_every_defect_is_in_one_group() -> None:
    """The groups of the walk-through have every defect once."""
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(EXPLANATIONS)


def test_who_sets_what_is_open() -> None:
    """The table of the fields that say whether something is open names all rows that set each."""
    setting: dict[str, set[str]] = {name: set() for name in OPEN}
    for profile in CHARDEV.versions:
        for row, outline in outlines(profile.name).items():
            for name in OPEN:
                if name.partition(".")[2] in outline.sets:
                    setting[name].add(row.qualname)

    assert setting == {name: set(rows) for name, (rows, *_) in OPEN.items()}


def test_when_short_commands_refuse() -> None:
    """The table of refusals has every short command, and every message with which one fails."""
    found = {row.name: set(outlines("repaired")[row].fails) for row in Qmp.rows if row.kind == "step"}

    assert {name: set(said) for name, said in SHORT.items()} == found


def test_who_has_the_lock() -> None:
    """While a console spins, a change is idle or queued in every state, as the table says."""
    shown = quotient(reached()["repaired"], chosen(CHARDEV, LOCK)).classes
    pairs = {(each.shown["WriteAll.state"], each.shown["Change.state"]) for each in shown}

    assert {change for console, change in pairs if console == "spinning"} == {"idle", "queued"}


@cache
def outlines(profile: str) -> Mapping[Declaration, Outline]:
    """What the rows of a version do."""
    return known(CHARDEV.profile(profile), [reached()[profile]]).outlines


@pytest.mark.parametrize("profile", ["qemu-2.10", "qemu-7.2", "qemu-10.0"])
def test_every_finding_is_in_the_text(profile: str) -> None:
    """What `hotswap check` finds in a QEMU is said to come of some defect."""
    assert {each for each in places(result(profile)) if f"`{each}`" not in README} == set()


def test_what_is_heard_is_the_same_in_every_qemu() -> None:
    """One table is for all of them, as the text says."""
    assert len({table(name) for name in reached() if name.startswith("qemu")}) == 1


def test_every_question_has_an_answer() -> None:
    """The key answers the questions by their numbers, and says where the answer is found; it is not in the folder."""
    asked = re.findall(r"^(\d+)\. ", (FOLDER / "QUESTIONS.md").read_text("utf-8"), re.M)
    answers = re.split(r"^(?=\d+\. )", KEY.read_text("utf-8"), flags=re.M)[1:]
    titles = set(re.findall(r"^##+ (.+)$", README, re.M))

    assert asked == [str(number) for number in range(1, 11)] == [each.partition(".")[0] for each in answers]
    for answer in answers:
        where = re.search(r"\[([^\]]+)\]\s*\Z", answer)
        assert where is not None and {" ".join(each.split()) for each in where[1].split(",")} <= titles


@cache
def explorer(profile: str, switch: Switch) -> Explorer:
    """A version with one switch more."""
    version = CHARDEV.profile(profile)
    more = Profile(version.name, version.documentation, (*version.switches, switch))
    return Explorer(CHARDEV, CHARDEV.scope(), profile=more)


@pytest.mark.thorough
@pytest.mark.parametrize("defect", QEMU_DEFECTS, ids=lambda defect: defect.name)
def test_what_mends_a_defect(defect: QemuDefect) -> None:
    """With the switch that is said to mend it, the way that the picture shows is gone: at most there is a longer one,
    which is that of another defect."""
    mended = explorer(defect.profiles[-1], EXPLANATIONS[defect.name].mended)
    scope = [defect.setup] if defect.setup else CHARDEV.scope()
    left = shortest(mended.reach(scope, deadlocks=True).result(), defect)

    assert left is None or left.trace.length > finding(defect).trace.length
