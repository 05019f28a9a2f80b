"""What all tests share: the small example system, and what to do when something from outside Python is missing."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest
from playwright.sync_api import Browser

from browsing import OpenPage, chromium, pages
from hotswap.checker import Result, check
from hotswap.spec.language import System
from nic import NIC
from serving import Server, Start

ROOT = Path(__file__).resolve().parent.parent

hypothesis.settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing; with CI=1 that is a failure."""
    for marker in item.iter_markers("external"):
        if shutil.which(marker.args[0]) is None:
            _missing(f"{marker.args[0]} is not installed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs a real QEMU is thorough."""
    for item in items:
        if isinstance(item, pytest.Function) and "qemu" in item.fixturenames:
            item.add_marker(pytest.mark.thorough)


def _missing(what: str) -> NoReturn:
    """Something from outside Python is not there."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@pytest.fixture(scope="session")
def qemu_source() -> Path:
    """QEMU's source: `$QEMU_SOURCE`, or `build/qemu`, where `.ci/run` puts it."""
    found = Path(os.environ.get("QEMU_SOURCE", ROOT / "build" / "qemu"))
    if not (found / "chardev").is_dir():
        _missing(f"{found} has no source of QEMU; set QEMU_SOURCE, or let .ci/fetch-qemu get it")
    return found


@pytest.fixture(scope="session")
def qemu() -> str:
    """A real QEMU: `$HOTSWAP_QEMU`, or `qemu-system-x86_64`, which `.ci/run` installs."""
    found = os.environ.get("HOTSWAP_QEMU") or shutil.which("qemu-system-x86_64")
    if found is None:
        _missing("qemu-system-x86_64 is not installed; set HOTSWAP_QEMU, or let .ci/run install it")
    return found


@pytest.fixture(scope="session")
def refuser() -> Callable[[str], Path]:
    """QEMU's chardevs under a frontend that refuses, of a version: `build/refuser-7.2`, which `.ci/run` makes."""

    def find(version: str) -> Path:
        found = ROOT / "build" / f"refuser-{version}"
        if not found.exists():
            _missing(f"there is no {found}; let tests/refuser/build make it")
        return found

    return find


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser, for one module's tests: its event loop stands in the way of those of others."""
    with chromium() as found:
        yield found


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open an address in the browser."""
    with pages(browser) as begin:
        yield begin


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are as wide as on a wide terminal, wherever the tests run."""
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture(scope="session")
def nic() -> System:
    """A network card whose backend is swapped."""
    return NIC


@pytest.fixture(scope="session")
def broken(nic: System) -> Result:
    """The result of a check that finds something."""
    return check(nic, engine="python")


@pytest.fixture(scope="session")
def proved(nic: System) -> Result:
    """The result of a check that finds nothing."""
    return check(nic, profile="repaired", engine="python")


@pytest.fixture(scope="module", autouse=True)
def _frozen() -> None:
    """Whatever earlier modules have left, compiled specs above all, is not looked through at each collection.

    And these are rare: what a search keeps is no garbage.
    """
    gc.set_threshold(50_000, 20, 20)
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """Processes that tests start with a home of their own find the engine compiled."""
    os.environ.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))


@pytest.fixture(scope="session", autouse=True)
def _signals() -> None:
    """Processes that tests start hear what these tests may have been told to ignore: by `nohup`, in the background.

    What is ignored is inherited; what is handled is not.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers, and end them."""
    servers: list[Server] = []

    def begin(*words: str) -> Server:
        folder = tmp_path / str(len(servers))
        folder.mkdir()
        servers.append(Server(folder, *(word.replace("@", str(folder)) for word in words)))
        return servers[-1]

    yield begin
    for server in servers:
        server.end()
