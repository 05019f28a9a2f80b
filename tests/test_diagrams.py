"""The pictures in `diagrams/` show what the spec says, and the walk-through leads to all of them."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from browsing import OpenPage
from diagrams import FOLDER, files, finding, reached, result, shortest
from explanations import EXPLANATIONS
from findings import places
from heard import table
from hotswap.checker.explore.explorer import Explorer
from hotswap.spec import CHARDEV
from hotswap.spec.language import Profile, Switch
from qemu_defects import QEMU_DEFECTS, QemuDefect

SVG = "{http://www.w3.org/2000/svg}"
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


def test_a_text_is_as_wide_as_it_was_laid_out() -> None:
    """Every text of a machine's picture says how wide it is: up to where Graphviz has put what comes after it."""
    compared = 0
    for path in FOLDER.glob("[A-Z]*.svg"):
        texts = [each.attrib | {"text": each.text or ""} for each in ElementTree.parse(path).iter(f"{SVG}text")]
        assert all("textLength" in each for each in texts if each["text"].strip())
        for one, after in pairwise(texts):
            if "textLength" in one and after["y"] == one["y"] and after["text"] == " ":
                ends = float(one["x"]) + float(one["textLength"])
                assert ends == pytest.approx(float(after["x"]), abs=0.1), one["text"]
                compared += 1

    assert compared > 50


@pytest.mark.external("chromium")
def test_no_text_leaves_its_picture(open_page: OpenPage) -> None:
    """Nor does it with the fonts of this machine, whichever these are."""
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
