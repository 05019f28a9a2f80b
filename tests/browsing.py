"""A real browser for tests: what a page must never do, and what a reader who can't see it meets."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

WIDE, NARROW = 1400, 390
"""Pixels: of a window on a desk, and of a telephone."""
WINDOWS = [
    (WIDE, False),
    (NARROW, True),
    pytest.param(WIDE, True, marks=pytest.mark.thorough),
    pytest.param(NARROW, False, marks=pytest.mark.thorough),
]
"""How wide, and whether in dark colours; each width and both colours each time."""
OpenPage = Callable[..., Page]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium, without a screen."""
    with sync_playwright() as playwright:
        # As root, and in a container that has little of /dev/shm.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        browser.close()


@contextmanager
def pages(browser: Browser) -> Iterator[OpenPage]:
    """What opens an address in a window of its own; in the end nothing has gone wrong in any of them."""
    wrong: list[str] = []

    def asks(url: str, home: str) -> None:
        there = urlsplit(url)
        if there.scheme not in ("data", "blob") and there.netloc != urlsplit(home).netloc:
            wrong.append(f"asks for {url}")

    def begin(url: str, width: int = WIDE, dark: bool = False) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
        page.set_default_timeout(20_000)
        page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: asks(request.url, url))
        page.goto(url)
        return page

    yield begin
    for context in browser.contexts:
        context.close()
    assert not wrong


def barriers(page: Page) -> list[str]:
    """What keeps readers out, of those things that axe-core calls serious or critical."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")]


def overflows(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))
