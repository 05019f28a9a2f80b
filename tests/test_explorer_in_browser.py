"""`hotswap explore` in a real browser: by clicks and by keys, wide and narrow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsing import WINDOWS, OpenPage, barriers, overflows
from exploring import Explored, explored
from hotswap.checker.live.model import Asked

pytestmark = pytest.mark.external("chromium")
START = "#3.1"
"""Where a UART can be plugged, on a pty."""
BLOCKED = "any(device.state is Device.blocked for device in Device)"


@pytest.fixture(scope="module")
def served() -> Iterator[Explored]:
    """A page on a version with many defects."""
    with explored(Asked("chardev", "qemu-7.2", scope="small")) as found:
        yield found


@pytest.fixture
def page(open_page: OpenPage, served: Explored) -> Page:
    """It, opened."""
    page = open_page(served.url + START)
    expect(page.locator("#rows button").first).to_be_visible()
    return page


def take(page: Page, call: str) -> None:
    """Click the first step whose call begins so, and wait until it is taken."""
    before = page.locator("#way li").count()
    page.locator("#rows button", has=page.locator(".call", has_text=re.compile(rf"^{call}"))).first.click()
    expect(page.locator("#way li")).to_have_count(before + 1)


def find(page: Page, predicate: str) -> None:
    """Ask for the shortest way."""
    page.get_by_label("in which this holds").fill(predicate)
    page.keyboard.press("Enter")


def test_a_walk_to_a_violation(page: Page) -> None:
    """By clicks one comes to a step that is said to break a property, takes it, and the property is broken."""
    find(page, BLOCKED)
    expect(page.locator("#position")).to_contain_text("step 4", timeout=60_000)
    unplug = page.locator("#rows button", has_text="Qmp0.device_del")
    expect(unplug).to_contain_text("breaks unplugged-is-as-new")
    unplug.click()

    expect(page.locator("#properties tr.violated")).to_contain_text("unplugged-is-as-new")
    take(page, "Qmp0.chardev_remove")
    expect(page.locator("#properties tr.violated", has_text="no-dangling-pointer")).to_contain_text("broken")
    expect(page.locator("#state .wrong")).to_have_text(["dangling"])
    expect(page.locator("#sequence .step.now")).to_have_attribute("data-step", "6")


def test_keys_alone_take_steps(page: Page) -> None:
    """The arrows go along the steps, Enter takes one, and the arrow to the left goes back."""
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = page.locator("#rows .call").nth(1).inner_text()
    page.keyboard.press("Enter")

    expect(page.locator("#position")).to_contain_text(f"step 1: {second}")
    expect(page.locator("#rows button").first).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#position")).to_contain_text("the start")


def test_back_and_forward(page: Page) -> None:
    """The browser's own buttons go along the steps, and a link leads to the same place."""
    take(page, "Qmp0.device_add")
    there = page.url
    take(page, "Chardev0.peer_connects")
    page.go_back()
    expect(page.locator("#way li")).to_have_count(1)
    page.go_forward()
    expect(page.locator("#way li")).to_have_count(2)
    page.goto(there)

    expect(page.locator("#way li")).to_have_text([re.compile("Qmp0.device_add")])


def test_a_wrong_condition(page: Page) -> None:
    """What is wrong with a condition is said, and the page stays where it is."""
    find(page, "Device[0].stat is None")

    expect(page.locator("#found")).to_contain_text("Device has no field `stat`", timeout=60_000)
    expect(page.locator("#position")).to_contain_text("the start")


@pytest.mark.thorough
def test_a_search_is_cancelled(open_page: OpenPage) -> None:
    """A search of many millions of states says how far it is, and ends when nobody wants it any more."""
    with explored(Asked("chardev", "repaired", scope="large")) as served:
        page = open_page(served.url)
        expect(page.locator("#rows button").first).to_be_visible()
        find(page, "Device[0].state is Device.blocked and Vm[0].state is Vm.stopped and not Device[0].polls and False")
        expect(page.locator("#found")).to_contain_text(re.compile(r"\d states"), timeout=60_000)
        page.get_by_role("button", name="Cancel").click()

        expect(page.locator("#found")).to_have_text("cancelled")
        page.close()


def test_a_trace_is_kept_and_run(page: Page, tmp_path: Path) -> None:
    """The way to here is downloaded, and done on the layer, which does what the spec says."""
    take(page, "Qmp0.device_add")
    with page.expect_download() as download:
        page.get_by_role("button", name="ITF").click()
    download.value.save_as(tmp_path / "trace.json")
    assert len(json.loads((tmp_path / "trace.json").read_text())["states"]) == 2

    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#ran")).to_contain_text("the target has done what the spec says", timeout=60_000)


@pytest.mark.parametrize(("width", "dark"), WINDOWS)
def test_everybody_can_use_it(open_page: OpenPage, served: Explored, width: int, dark: bool) -> None:
    """Wide or narrow, light or dark: the page fits its window, and nothing of it keeps anybody out."""
    page = open_page(served.url + START, width, dark)
    take(page, "Qmp0.device_add")
    expect(page.locator("#picture svg")).to_be_visible(timeout=60_000)
    expect(page.locator("#sequence svg")).to_be_visible()

    assert not overflows(page)
    assert barriers(page) == []
