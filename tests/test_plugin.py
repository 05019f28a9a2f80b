"""What pytest does with specs: verdicts that a marker expects, and the coverage of specs."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
CARD = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
import pytest
from nic import NIC
"""
VALVE = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from hypothesis import settings
from hotswap.checker.testing import Adapter, replay, state_machine
from models.connection_pool import CONNECTION_POOL

class Pool(Adapter):
    cannot = {{"Client.give_back": "it keeps what it has"}}
    def pool_replace(self, pool): pass
    def client_lease(self, client): pass

def test_a_lease():
    replay(CONNECTION_POOL, Pool, ["Client0.lease"])
"""


@pytest.fixture
def plain(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with nothing but its tests."""
    pytester.makepyprojecttoml("[tool.pytest]\nstrict = true\naddopts = ['--assert=plain']\n")
    return pytester


@pytest.mark.thorough
def test_a_spec_has_the_verdicts_that_are_expected(plain: pytest.Pytester) -> None:
    """A marked test passes where each property has its verdict, and the result is a fixture."""
    plain.makepyfile(
        CARD
        + """
@pytest.mark.hotswap(NIC, profile="repaired")
def test_repaired(hotswap_check):
    assert hotswap_check.exhaustive

@pytest.mark.hotswap(NIC, scope="small", expect={
    "no-dangling-pointer": "violated", "no-use-after-free": "violated",
    "failed-command-changes-nothing": "violated", "served": "violated",
})
def test_first():
    pass
"""
    )
    plain.runpytest_subprocess().assert_outcomes(passed=2)


def test_another_verdict_is_a_failure_with_its_trace(plain: pytest.Pytester) -> None:
    """It names the property, the verdict, and what was expected, and shows the trace."""
    plain.makepyfile(CARD + "\n@pytest.mark.hotswap(NIC)\ndef test_first():\n    pass\n")

    result = plain.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "nic, profile first, scope small, lock bql",
            "served is violated, not proved",
            "3*Swap0.change?[[]open fails[]]*",
        ]
    )
    assert "\x1b[" not in result.stdout.str()


@pytest.mark.thorough
def test_a_trace_is_in_colour_where_the_terminal_has_it(plain: pytest.Pytester) -> None:
    """As the rest of the report."""
    plain.makepyfile(CARD + "\n@pytest.mark.hotswap(NIC)\ndef test_first():\n    pass\n")

    assert "\x1b[1;31mserved is violated" in plain.runpytest_subprocess("--color=yes").stdout.str()


def test_a_failure_is_an_annotation_where_github_reads(plain: pytest.Pytester) -> None:
    """Once for each finding, at the row's line, and only of what is not as expected."""
    plain.makepyfile(
        CARD
        + """
@pytest.mark.hotswap(NIC, expect={
    "no-dangling-pointer": "violated", "no-use-after-free": "violated", "failed-command-changes-nothing": "violated",
})
def test_first():
    pass
"""
    )

    said = plain.runpytest_subprocess("--hotswap-format=github").stdout.lines

    (line,) = [line for line in said if line.startswith("::")]
    assert line.startswith("::error file=") and "nic.py,line=" in line and "title=served@Swap.change::" in line


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("@pytest.mark.hotswap(NIC, expect={'server': 'proved'})", "nic has no property server; it has no-dangling-"),
        ("@pytest.mark.hotswap", "write `@pytest.mark.hotswap(SPEC, ...)` above it"),
    ],
)
def test_a_wrong_marker_is_an_error_that_says_what_to_write(plain: pytest.Pytester, mark: str, said: str) -> None:
    """Without a traceback of the tool's own."""
    plain.makepyfile(CARD + f"\n{mark}\ndef test_first(hotswap_check):\n    pass\n")

    result = plain.runpytest_subprocess()

    assert result.ret != 0
    assert said in result.stdout.str()


@pytest.mark.thorough
def test_a_generated_test_is_one_of_hypothesis(plain: pytest.Pytester) -> None:
    """A settings profile is for it, a seed repeats it, and what was found is in the database and had again first."""
    plain.makeconftest(
        """
from hypothesis import Phase, settings
settings.register_profile("few", max_examples=1, stateful_step_count=1)
settings.register_profile("as-found", phases=[Phase.generate], database=None)
settings.load_profile("default")  # on CI, too, where Hypothesis keeps no database otherwise
"""
    )
    plain.makepyfile(VALVE + "\nclass Closed(Pool):\n    def look(self): return {'Pool0.open_drivers': 1}\n")
    plain.path.joinpath("test_closed.py").write_text(
        "from hotswap.checker.testing import state_machine\n"
        "from test_a_generated_test_is_one_of_hypothesis import CONNECTION_POOL, Closed\n"
        "TestClosed = state_machine(CONNECTION_POOL, Closed).TestCase\n"
    )

    def run(*options: str) -> pytest.RunResult:
        return plain.runpytest_subprocess("test_closed.py", "--import-mode=prepend", *options)

    run("--hypothesis-profile=few").assert_outcomes(passed=1)
    steps = [
        [line for line in run("--hypothesis-profile=as-found", "--hypothesis-seed=7").outlines if "state." in line]
        for _ in range(2)
    ]
    assert steps[0] == steps[1] and len(steps[0]) > 3
    run().assert_outcomes(failed=1)
    again = run("--hypothesis-show-statistics").stdout.str()
    assert "during reuse phase" in again and "during generate phase" not in again


@pytest.mark.parametrize("processes", [(), pytest.param(("-n", "2"), marks=pytest.mark.thorough)])
def test_the_coverage_of_a_spec_is_shown(plain: pytest.Pytester, processes: tuple[str, ...]) -> None:
    """Rows that were certainly taken, of those that happen and that the adapter can begin, in all processes."""
    plain.makepyfile(VALVE)

    result = plain.runpytest_subprocess(*processes)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["connection-pool as plain: 1 of 2 rows (50 %), 1 states", "  never taken: Pool.replace"]
    )


@pytest.mark.thorough
def test_a_floor_of_the_coverage_is_held(plain: pytest.Pytester) -> None:
    """A run that takes too few of the rows fails, and one that takes none at all."""
    plain.makepyfile(VALVE)

    assert plain.runpytest_subprocess("--hotswap-cover-rows=50").ret == pytest.ExitCode.OK
    low = plain.runpytest_subprocess("--hotswap-cover-rows=51")
    assert low.ret == pytest.ExitCode.TESTS_FAILED
    low.stdout.fnmatch_lines(["hotswap: below 51 %: connection-pool as plain"])
    none = plain.runpytest_subprocess("--hotswap-cover-rows=1", "-p", "no:cacheprovider", "--co")
    none.stdout.fnmatch_lines(["hotswap: no test holds an implementation to a spec"])


@pytest.mark.thorough
def test_a_floor_is_for_a_generated_test_that_has_not_run(plain: pytest.Pytester) -> None:
    """Of a version whose test was made and left out nothing was taken, however much was of another."""
    plain.makepyfile(
        CARD
        + """
from hotswap.checker.testing import Adapter, replay, state_machine

class Card(Adapter):
    cannot = dict.fromkeys(["Swap.find", "Swap.change", "Card.queue", "Card.send"], "nothing is ever sent")
    def card_switch_on(self, card): pass

def test_first():
    replay(NIC, Card, ["Card0.switch_on"], profile="first")

TestRepaired = state_machine(NIC, Card, profile="repaired").TestCase
"""
    )

    low = plain.runpytest_subprocess("--hotswap-cover-rows=100", "-k", "first")
    assert low.ret == pytest.ExitCode.TESTS_FAILED
    low.stdout.fnmatch_lines(["nic as repaired: 0 of 1 rows (0 %), 0 states", "*hotswap: below 100 %: nic as repaired"])
    assert plain.runpytest_subprocess("--hotswap-cover-rows=100").ret == pytest.ExitCode.OK


def test_a_run_without_specs_imports_nothing_heavy(plain: pytest.Pytester) -> None:
    """The plugin is loaded in every project that has hotswap installed."""
    plain.makepyfile(
        """
import sys
def test_plain():
    loaded = {"numba", "numpy", "rich", "networkx", "transitions", "hotswap.checker.explore.check"} & set(sys.modules)
    assert "hotswap.checker.testing.plugin" in sys.modules
    assert not loaded
"""
    )
    plain.runpytest_subprocess().assert_outcomes(passed=1)
