"""`hotswap check --html`: one file that a browser shows, whatever it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsing import WINDOWS, OpenPage, barriers, overflows
from hotswap.checker.cli import main

CHROMIUM = pytest.mark.external("chromium")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a version with many defects."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    assert main(["check", "--profile", "qemu-7.2", "-q", "--html", str(file)]) == 12
    return file


@pytest.fixture
def page(open_page: OpenPage, written: Path) -> Page:
    """It, opened."""
    page = open_page(written.as_uri())
    expect(page.locator("#sequence svg")).to_be_visible()
    return page


def position(page: Page) -> str:
    """What it says of where it is."""
    return page.locator("#position").inner_text()


def test_it_is_one_small_file(written: Path) -> None:
    """It is smaller than 1 MB, and asks for nothing outside of itself."""
    text = written.read_text("utf-8")

    assert len(text) < 1_000_000
    assert not re.search(r'(?:src|href)="(?!#|data:)', text)


@CHROMIUM
def test_keys_step_through_a_trace(page: Page) -> None:
    """The arrows go a step on and back, to the last step and not beyond."""
    assert position(page) == "step 0 of 6"
    for key, there in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", 6),
        ("ArrowRight", 6),
        ("Home", 0),
    ):
        page.keyboard.press(key)
        assert position(page) == f"step {there} of 6"


@CHROMIUM
def test_each_step_shows_what_it_changes(page: Page) -> None:
    """The state has every field, those that the step changed with what they were; what dangles is red."""
    page.keyboard.press("End")

    assert page.locator("#state .wrong").all_inner_texts() == ["dangling"]
    assert page.locator("#state .changed", has_text="watch").inner_text().split() == [
        "watch",
        "dangling",
        "was",
        "Chardev0",
    ]
    assert page.locator("#step").inner_text() == "6. main: Qmp0.chardev_remove(id=Id0)"
    assert "def chardev_remove" in page.locator("#source").inner_text()
    assert page.locator("#source").inner_text().startswith("spec/qmp.py:")


@CHROMIUM
def test_the_pictures_show_where_it_is(page: Page) -> None:
    """The step is marked in the sequence diagram, and the machines' states in their pictures."""
    for _ in range(4):
        page.keyboard.press("ArrowRight")

    assert page.locator("#sequence .step.now").get_attribute("data-step") == "4"
    lit = page.locator("#picture .node.lit")
    assert {lit.nth(at).get_attribute("id") for at in range(lit.count())} == {"Device.blocked", "Device.absent"}
    box, moved = page.locator("#picture").bounding_box(), page.locator("[id='Device.blocked']").bounding_box()
    assert box is not None and moved is not None
    assert box["y"] < moved["y"] + moved["height"] / 2 < box["y"] + box["height"]
    page.get_by_role("button", name="Chardev: registered").click()
    assert page.locator("#picture .node.lit").get_attribute("id") == "Chardev.registered"


@CHROMIUM
def test_a_link_leads_to_a_step(open_page: OpenPage, page: Page) -> None:
    """The address has the trace and the step; opened anew it shows them, and "back" is the trace before."""
    page.locator("#verdicts ~ div a", has_text="Change.drop_old, 8 steps").first.click()
    expect(page.locator("#position")).to_have_text("step 8 of 8")
    page.keyboard.press("ArrowLeft")
    there = page.url
    again = open_page(there)

    expect(again.locator("#finding")).to_have_text("no-dangling-pointer@Change.drop_old")
    expect(again.locator("#position")).to_have_text("step 7 of 8")
    page.go_back()
    expect(page.locator("#position")).to_have_text("step 0 of 6")


@CHROMIUM
@pytest.mark.parametrize(("width", "dark"), WINDOWS)
def test_everybody_can_read_it(open_page: OpenPage, written: Path, width: int, dark: bool) -> None:
    """Wide or narrow, light or dark: the page fits its window, and nothing of it keeps anybody out."""
    page = open_page(written.as_uri(), width, dark)
    expect(page.locator("#sequence svg")).to_be_visible()
    page.keyboard.press("End")

    assert not overflows(page)
    assert barriers(page) == []


def test_without_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing can draw the machines, the page is written without them, and a message says what is missing."""
    monkeypatch.setattr("hotswap.checker.draw.renderer.renderer", lambda: None)
    file = tmp_path / "report.html"
    assert main(["check", "--property", "no-leak", "--profile", "repaired", "-q", "--html", str(file)]) == 0

    assert "pip install 'hotswap[diagrams]'" in capsys.readouterr().err
    assert "</html>" in file.read_text("utf-8")


@CHROMIUM
def test_what_holds_needs_no_trace(open_page: OpenPage, tmp_path: Path) -> None:
    """A report without a finding has verdicts, and no trace."""
    file = tmp_path / "report.html"
    assert main(["check", "--profile", "repaired", "--property", "no-leak", "-q", "--html", str(file)]) == 0
    page = open_page(file.as_uri())

    assert "PROVED" in page.locator("main").inner_text()
    expect(page.locator("#trace")).to_be_hidden()
