"""The JSON document of a check."""

from __future__ import annotations

import json

import jsonschema
import pytest

from hotswap.checker import Result, check
from hotswap.checker.explore.path import path
from hotswap.checker.view import report
from hotswap.spec.language import System


def test_the_schema_is_one() -> None:
    """The schema in the repository is a valid JSON Schema."""
    jsonschema.Draft202012Validator.check_schema(report.schema())


@pytest.mark.parametrize("arguments", [{}, {"profile": "repaired"}, {"max_states": 5}, {"lock": "none"}], ids=str)
def test_real_documents_meet_the_schema(nic: System, arguments: dict[str, object]) -> None:
    """Whatever a check ends with, its document is of the schema."""
    result = check(nic, engine="python", **arguments)  # type: ignore[arg-type]

    jsonschema.validate(json.loads(report.text(result)), report.schema())


def test_what_it_says(broken: Result) -> None:
    """The document is a print of the result."""
    made = report.document(broken)
    dangling = made["properties"][0]

    assert (made["schema"], made["spec"], made["profile"], made["scope"]) == (
        "hotswap-check/2",
        "nic",
        "first",
        "small",
    )
    assert made["exhaustive"] is True
    assert made["coverage"]["Swap.change"] > 0
    assert made["cuts"] == {"Backend": 0}
    assert (dangling["name"], dangling["verdict"], dangling["trace_length"]) == ("no-dangling-pointer", "violated", 3)
    assert [found["id"] for found in dangling["findings"]] == ["no-dangling-pointer@Swap.change"]
    assert dangling["trace"] == dangling["findings"][0]["trace"]
    assert dangling["trace"][1] == {
        "step": 2,
        "thread": "monitor",
        "machine": "Swap0",
        "row": "find",
        "arguments": {"card": "Card0", "speed": "slow"},
        "changes": {"Swap0.state": ["idle", "found"], "Swap0.card": ["None", "Card0"]},
        "calls": [],
        "file": "tests/nic.py",
        "line": 117,
        "choices": [],
        "failed": None,
        "error": None,
    }


def test_calls_have_the_form_of_steps(nic: System) -> None:
    """An operation inside a step says what a step says, with the step's number and thread."""
    result = path(nic, "any(backend.sent == 1 for backend in Backend)", engine="python")
    sent = [step for step in report.document(result)["properties"][0]["trace"] if step["row"] == "send"]

    assert sent[0]["calls"] == [
        {
            "step": sent[0]["step"],
            "thread": "guest",
            "machine": "Backend0",
            "row": "send",
            "arguments": {},
            "changes": {"Backend0.sent": ["0", "1"]},
            "calls": [],
            "file": "tests/nic.py",
            "line": 63,
        }
    ]
