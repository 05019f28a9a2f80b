"""What pytest knows of specs: a marker that holds one to its verdicts, the result as a fixture, and the coverage."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..explore.result import Result, Verdict
    from .coverage import Visited

MARKER = (
    "hotswap(spec, *, profile=None, scope=None, lock='bql', defect=None, expect={}): check a spec, a System or what the"
    " command line calls it; each property is to have the verdict that `expect` gives it, and the others are to hold"
)
ANNOTATION = "hotswap annotation"
RESULT = pytest.StashKey["Result"]()
VISITED = pytest.StashKey["dict[str, Visited]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options."""
    group = parser.getgroup("hotswap", "state machines of hotswap")
    floor = "fail if the tests that hold an implementation to a spec take a smaller share of its rows"
    group.addoption("--hotswap-cover-rows", type=_percent, metavar="PERCENT", help=floor)
    how = "`github` adds an annotation at the row's line for each verdict that is not as expected"
    group.addoption("--hotswap-format", choices=("text", "github"), default="text", help=how)


def _percent(text: str) -> float:
    share = float(text.rstrip("%"))
    if not 0 <= share <= 100:
        raise ValueError
    return share


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line("markers", MARKER)
    config.stash[VISITED] = {}


# -- a spec's verdicts -------------------------------------------------------------------------------------------------


@pytest.fixture
def hotswap_check(request: pytest.FixtureRequest) -> Result:
    """What the check found that the test's `hotswap` marker asks for."""
    return _checked(request.node)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Hold a marked test's spec to its verdicts before the test itself runs."""
    if item.get_closest_marker("hotswap") is None:
        return
    result = _checked(item)
    expected: Mapping[str, str] = _asked(item).get("expect", {})
    unknown = expected.keys() - {known.name for known in result.properties}
    if unknown:
        names = ", ".join(known.name for known in result.properties)
        pytest.fail(f"{result.spec} has no property {sorted(unknown)[0]}; it has {names}", pytrace=False)
    wrong = [known for known in result.properties if not _is_expected(known, expected)]
    if not wrong:
        return
    if item.config.getoption("--hotswap-format") == "github":
        item.user_properties += [(ANNOTATION, line) for line in _annotations(result, wrong)]
    pytest.fail(_shown(item.config, result, wrong, expected), pytrace=False)


def _asked(item: Any) -> dict[str, Any]:
    """What a marker says."""
    marker = item.get_closest_marker("hotswap")
    if marker is None or len(marker.args) != 1:
        raise pytest.UsageError(f"{item.nodeid}: write `@pytest.mark.hotswap(SPEC, ...)` above it")
    return {"spec": marker.args[0], **marker.kwargs}


def _checked(item: Any) -> Result:
    from ..explore.check import check
    from ..load import load

    if RESULT not in item.stash:
        asked = {name: value for name, value in _asked(item).items() if name != "expect"}
        spec = asked.pop("spec")
        item.stash[RESULT] = check(load(spec) if isinstance(spec, str) else spec, **asked)
    found: Result = item.stash[RESULT]
    return found


def _is_expected(known: Verdict, expected: Mapping[str, str]) -> bool:
    if known.name in expected:
        return known.verdict == expected[known.name]
    return known.verdict in ("proved", "undefined")


def _shown(config: pytest.Config, result: Result, wrong: list[Verdict], expected: Mapping[str, str]) -> str:
    """Which verdicts are others than expected, each with its trace, in colour if the terminal has it."""
    from rich.console import Console

    from ..view.text import print_finding, title

    file = StringIO()
    colour = config.get_terminal_writer().hasmarkup
    console = Console(
        file=file, width=120, force_terminal=colour, no_color=not colour, highlight=False, markup=False, emoji=False
    )
    console.print(title(result))
    for known in wrong:
        console.print(f"\n{known.name} is {known.verdict}, not {expected.get(known.name, 'proved')}", style="bold red")
        if known.verdict == "violated" and known.findings:
            print_finding(console, known)
    return file.getvalue()


def _annotations(result: Result, wrong: list[Verdict]) -> Iterator[str]:
    from dataclasses import replace

    from ..view.github import commands

    yield from commands(replace(result, properties=tuple(wrong)))


# -- the coverage of specs ---------------------------------------------------------------------------------------------


def _seen(config: pytest.Config) -> dict[str, Visited]:
    """What the tests of this process have seen; nothing is imported for it. Tests that never ran have a floor, too."""
    coverage = sys.modules.get("hotswap.checker.testing.coverage")
    if coverage is None:
        return {}
    all_of_them = config.getoption("--hotswap-cover-rows") is not None
    return {name: each.visited() for name, each in coverage.COVERAGE.tested.items() if each.rows or all_of_them}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """A process of pytest-xdist says what its tests have seen."""
    told = getattr(node, "workeroutput", {}).get("hotswap")
    if told:
        from .coverage import merge

        merge(node.config.stash[VISITED], told)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the main process, or judge what was seen."""
    config = session.config
    seen = _seen(config)
    if hasattr(config, "workeroutput"):
        from .coverage import written

        config.workeroutput["hotswap"] = written(seen)
        return
    visited = config.stash[VISITED]
    visited.update(seen)
    floor = config.getoption("--hotswap-cover-rows")
    if floor is not None and session.exitstatus == pytest.ExitCode.OK and not _is_covered(visited, floor):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_covered(visited: Mapping[str, Visited], floor: float) -> bool:
    return bool(visited) and all(each.percent >= floor for each in visited.values())


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The coverage of each spec, and the annotations."""
    visited, floor = config.stash[VISITED], config.getoption("--hotswap-cover-rows")
    if visited or floor is not None:
        terminalreporter.section("coverage of specs")
    for name, each in sorted(visited.items()):
        share = f"{len(each.rows & each.happening)} of {len(each.happening)} rows ({each.percent:.0f} %)"
        terminalreporter.write_line(f"{name}: {share}, {len(each.states):,} states")
        if each.missed:
            terminalreporter.write_line(f"  never taken: {', '.join(each.missed)}")
    if floor is not None and not _is_covered(visited, floor):
        low = [name for name, each in sorted(visited.items()) if each.percent < floor]
        what = f"below {floor:g} %: {', '.join(low)}" if low else "no test holds an implementation to a spec"
        terminalreporter.write_line(f"hotswap: {what}", red=True)
    for report in terminalreporter.getreports("failed"):
        for line in (line for name, line in report.user_properties if name == ANNOTATION):
            terminalreporter.write_line(line)
