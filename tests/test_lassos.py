"""A lasso in every output: it says what goes on for ever, or that nothing more happens."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from hotswap.checker import Result, check
from hotswap.checker.cli import main
from hotswap.checker.draw.sequence import sequence
from hotswap.checker.draw.sequence_svg import svg
from hotswap.checker.draw.sequence_text import text
from hotswap.checker.explore.result import Trace
from hotswap.checker.view import github, itf, report
from hotswap.checker.view.text import print_result
from models.peterson import PETERSON

NAME = "who-wants-in-gets-in"
JOSTLING = Path(__file__).with_name("models") / "peterson.py"


@pytest.fixture(scope="module")
def round_and_round() -> Result:
    """One waits, while the other comes in again and again."""
    return check(PETERSON, defect="jostling", engine="python")


@pytest.fixture(scope="module")
def at_rest() -> Result:
    """Both wait for each other."""
    return check(PETERSON, defect="stubborn", properties=[NAME], engine="python")


def lasso(result: Result) -> Trace:
    """The trace of what never comes."""
    trace = result.verdict(NAME).trace
    assert trace is not None
    return trace


def lines(result: Result) -> list[str]:
    """The report as text, with single spaces."""
    stream = io.StringIO()
    print_result(Console(file=stream, width=120, highlight=False, markup=False), result)
    return [" ".join(line.split()) for line in stream.getvalue().splitlines()]


def fields(trace: Trace, count: int) -> dict[str, str]:
    """Every field after so many steps, as far as the trace says it."""
    after = dict(trace.initial)
    for step in trace.steps[:count]:
        after |= {name: new for name, (_, new) in step.changes.items()}
    return after


def test_it_closes(round_and_round: Result) -> None:
    """After its last step everything is as it was where its cycle begins."""
    trace = lasso(round_and_round)

    assert (trace.loop, trace.length, trace.rests) == (4, 8, False)
    assert fields(trace, 4) | {name: fields(trace, 4).get(name, "False") for name in fields(trace, 8)} == fields(
        trace, 8
    )


def test_text(round_and_round: Result, at_rest: Result) -> None:
    """The table has stem and cycle, the heading says how much goes on for ever, and a line stands where that begins."""
    going, resting = lines(round_and_round), lines(at_rest)

    assert f"{NAME} VIOLATED 4+4 Process.give_way: is_in(Process0) never comes" in going
    assert any(line.startswith(f"{NAME}, 8 steps, the last 4 for ever, tests/models/peterson.py:") for line in going)
    assert going[going.index("for ever:") + 1].startswith("5 main Process1.enter waiting -> critical")
    assert any(line.startswith(f"{NAME}, 4 steps, then nothing more, tests/models/peterson.py:") for line in resting)
    assert resting[-1] == "nothing more, for ever"


def test_json(round_and_round: Result, at_rest: Result) -> None:
    """`loop` counts the steps before the cycle; a trace that is no lasso has none."""
    for result, loop in ((round_and_round, 4), (at_rest, 4)):
        made = json.loads(report.text(result))
        jsonschema.validate(made, report.schema())
        loops = {known["name"]: known["loop"] for known in made["properties"] if known["verdict"] == "violated"}
        assert loops == {NAME: loop}
    made = report.document(round_and_round)
    assert report.traces(made)[-1].loop == 4
    assert [known["loop"] for known in made["properties"] if known["kind"] == "sometimes"] == [None]


def test_itf(round_and_round: Result) -> None:
    """`loop` is the index of a state that is the same as the last, but for the step that leads there."""
    made = itf.document(lasso(round_and_round), "")
    first, last = made["states"][made["loop"]], made["states"][-1]

    assert {name: first[name] for name in made["vars"][1:]} == {name: last[name] for name in made["vars"][1:]}


def test_github(round_and_round: Result) -> None:
    """The annotation says it in words."""
    assert any(
        "is_in(Process0) never comes after 8 steps, the last 4 for ever" in line
        for line in github.commands(round_and_round)
    )


def test_sequence(round_and_round: Result, at_rest: Result) -> None:
    """A sequence diagram ends with what goes on."""
    for result, end in ((round_and_round, "; steps 5 to 8 for ever"), (at_rest, "; nothing more happens")):
        drawn = sequence(result.verdict(NAME).findings[0], PETERSON)
        assert text(drawn).rstrip().endswith(f"is_in(Process0) never comes{end}")
        assert end in re.sub("<[^>]*>", "", svg(drawn, text(drawn)))


def test_page(tmp_path: Path) -> None:
    """The page's list of findings says it, and its exit code is 13."""
    file = tmp_path / "report.html"
    arguments = ["--defect", "jostling", "--engine", "python", "-q", "--html", str(file)]

    assert main(["check", f"{JOSTLING}:PETERSON", *arguments]) == 13
    assert "8 steps, the last 4 for ever" in file.read_text("utf-8")


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    """`hotswap list rows` names the fairness beside the thread, `hotswap list properties` the kind."""
    main(["list", "rows", f"{JOSTLING}:PETERSON"])
    main(["list", "properties", f"{JOSTLING}:PETERSON"])
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    assert any(line.startswith("Process.leave critical idle main, weak 0") for line in said)
    assert any(line.startswith("Process.ask idle interested main 0") for line in said)
    assert any(line.startswith(f"{NAME} leads-to Nobody starves") for line in said)
