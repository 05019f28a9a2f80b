"""`hotswap explore`: the server of a page on the live model."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from exploring import NIC, Explored, explored
from hotswap.checker.cli import main
from hotswap.checker.explore.path import path
from hotswap.checker.live import errand
from hotswap.checker.live.guard import HEADERS
from hotswap.checker.live.model import Asked
from hotswap.checker.live.position import MOST_POSITIONS, Live
from hotswap.checker.live.search import check_predicate
from hotswap.spec.language.errors import SpecError
from serving import LIMIT, until

FAST = "any(backend.speed is Speed.fast for backend in Backend)"
BLOCKED = "any(device.state is Device.blocked for device in Device)"
NEVER = "any(device.state is Device.blocked for device in Device) and not any(True for v in Vm)"
CHARDEV = Asked("chardev", "qemu-7.2", scope="small")


@pytest.fixture(scope="module")
def nic_page() -> Iterator[Explored]:
    """A page on a small model with a defect in its first version."""
    with explored(Asked(NIC, scope="medium")) as found:
        yield found


@pytest.fixture(scope="module")
def page() -> Iterator[Explored]:
    """A page on the chardev protocol."""
    with explored(CHARDEV) as found:
        yield found


def follow(page: Explored, *calls: str, start: str = "0.0") -> Any:
    """The place where steps lead: each the first whose row begins so."""
    place = page.answer("at", path=start)
    for call in calls:
        row = next(row for row in place["rows"] if f"{row['step']['machine']}.{row['step']['row']}".startswith(call))
        place = page.answer("at", path=f"{place['path']}.{row['number']}")
    return place


# -- who may ask -----------------------------------------------------------------------------------------------------


def test_the_page_is_at_its_address(nic_page: Explored) -> None:
    """The address leads to the page, which has the parts that it names, and says what it may ask for."""
    for name, kind in (("", "text/html"), ("explore.js", "text/javascript"), ("colours.css", "text/css")):
        with nic_page.begin(f"/{nic_page.token}/{name}") as answer:
            assert answer.status == 200
            assert (answer.headers["content-type"] or "").startswith(kind)
            assert all(answer.headers[header] == value for header, value in HEADERS.items())
    assert "script-src 'self';" in HEADERS["content-security-policy"]


@pytest.mark.parametrize("place", ["/", "/api/model", "/explore.html", "/x/", "/x/explore.js", "//explore.js"])
def test_nobody_gets_in_without_the_token(nic_page: Explored, place: str) -> None:
    """Whoever does not know the token gets nothing, neither the page nor an answer."""
    with nic_page.begin(place, headers={"X-Hotswap-Token": "x"}) as answer:
        assert answer.status == 403


def test_the_token_in_the_address_is_not_enough_to_ask(nic_page: Explored) -> None:
    """What is asked has the token in a header: that is what no link and no form of another page can send."""
    with nic_page.begin(f"/api/model?token={nic_page.token}") as answer:
        assert answer.status == 403


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Host", "evil.example"),
        ("Host", "127.0.0.1"),
        ("Host", "localhost:1"),
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ],
)
def test_no_other_page_gets_in(nic_page: Explored, header: str, value: str) -> None:
    """A name that was made to point here, and a page from elsewhere, get no answer even with the token."""
    with nic_page.begin("/api/model", headers={"X-Hotswap-Token": nic_page.token, header: value}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("name", ["report.html", "page.py", "..%2Fserver.py", "%2e%2e/server.py"])
def test_only_the_parts_of_the_page_are_files(nic_page: Explored, name: str) -> None:
    """No other file can be had, wherever it lies."""
    with nic_page.begin(f"/{nic_page.token}/{name}") as answer:
        assert answer.status == 404


def test_a_run_is_not_begun_by_a_link(page: Explored) -> None:
    """What does something is asked for by POST only: else there is nothing under that name."""
    assert page.ask("run", path="0.0", target="impl")[0] == 404


# -- where a path leads ----------------------------------------------------------------------------------------------


def test_a_path_leads_where_the_oracle_goes(nic_page: Explored) -> None:
    """At every place within four steps there are the steps of the oracle, in its order, and nothing else."""
    live = Live(nic_page.asked.model())
    waiting: list[tuple[int, ...]] = [(0, 0)]
    for place in waiting:
        with live.model.in_use() as world:
            position = live.at(place)
            edges = [] if position.ended else list(world.edges(position.state))
        rows = nic_page.answer("at", path=".".join(map(str, place)))["rows"]
        assert [(row["step"]["machine"], row["step"]["row"]) for row in rows] == [
            (f"{edge.row.machine.__name__}{edge.instance}", edge.row.name) for edge in edges if edge.row.machine
        ]
        assert [row["cut"] is None for row in rows] == [edge.cut is None for edge in edges]
        if len(place) < 6:
            waiting += [(*place, number) for number, edge in enumerate(edges) if edge.cut is None]
    assert len(waiting) > 50


def test_each_step_says_what_it_changes_and_breaks(nic_page: Explored) -> None:
    """A step has the form of a report's, and what it breaks is said before it is taken and after."""
    place = follow(nic_page, "Card0.switch_on", "Swap0.find")
    row = next(row for row in place["rows"] if row["step"]["choices"] == ["open fails"])

    assert row["breaks"] == ["no-dangling-pointer", "failed-command-changes-nothing", "served"]
    after = nic_page.answer("at", path=f"{place['path']}.{row['number']}")
    assert after["broken"] == [[], [], [], row["breaks"]]
    assert after["trace"][-1] == row["step"]
    assert after["dangling"] == ["Card0.last"]
    assert after["state"]["Card0.last"] == "dangling"


def test_each_property_is_judged(nic_page: Explored) -> None:
    """Of each property it is said whether it holds here, or why that can't be said of a state."""
    place = follow(nic_page, "Card0.switch_on", "Swap0.find")
    before = {known["name"]: (known["said"], known["why"]) for known in place["properties"]}
    row = next(row for row in place["rows"] if row["step"]["choices"] == ["open fails"])
    after = nic_page.answer("at", path=f"{place['path']}.{row['number']}")
    now = {known["name"]: known["said"] for known in after["properties"]}

    assert before["served"] == ("not asked", "while a Swap is in flight")
    assert before["no-dangling-pointer"] == ("holds", "")
    assert before["fast"] == ("reached", "")
    assert before["no-deadlock"][0] == "not of a state"
    assert now["served"] == now["no-dangling-pointer"] == now["failed-command-changes-nothing"] == "broken"
    assert now["stays-on"] == now["no-use-after-free"] == "not of a state"


def test_a_path_that_leads_nowhere(nic_page: Explored) -> None:
    """A wrong path is refused by what is wrong with it."""
    for wrong, words in (
        ("x", "`x` is no path: it looks like 0.0.3"),
        ("7.0", "the scope has 1 configuration, and no number 7"),
        ("0.9", "configuration 0 has 1 initial state, and no number 9"),
        ("0.0.99", "step 1 of 0.0.99: there are 2 steps, and no number 99"),
        ("0.0.-1", "step 1 of 0.0.-1: there are 2 steps, and no number -1"),
    ):
        status, body = nic_page.ask("at", path=wrong)
        assert (status, json.loads(body)) == (404, {"error": words})


def test_the_end_of_a_way(page: Explored) -> None:
    """After a step that ends in an error there is no next one, and the state is that before it."""
    place = _error(page)

    assert place["ended"]
    assert place["rows"] == []
    assert place["trace"][-1]["error"].startswith(place["broken"][-1][0])


def _error(page: Explored) -> Any:
    """Where a step ends in an error: what `check` finds, step by step."""
    from hotswap.checker import check

    trace = check(page.asked.model().system, profile="qemu-7.2").verdict("no-use-after-free").trace
    assert trace is not None
    for number in range(len(page.answer("model")["configurations"])):
        for initial in range(len(page.answer("starts", configuration=str(number))["starts"])):
            place = page.answer("at", path=f"{number}.{initial}")
            if place["initial"] == dict(trace.initial):
                for step in trace.steps:
                    row = next(
                        row
                        for row in place["rows"]
                        if (row["step"]["machine"], row["step"]["row"]) == (step.machine, step.row)
                        and row["step"]["arguments"] == dict(step.arguments)
                        and tuple(row["step"]["choices"]) == step.choices
                    )
                    place = page.answer("at", path=f"{place['path']}.{row['number']}")
                return place
    raise AssertionError("the trace begins nowhere")


def test_what_is_remembered_is_bounded() -> None:
    """A server that is asked for ever more places keeps the last ones."""
    live = Live(Asked(NIC).model())
    for number in range(MOST_POSITIONS + 10):
        live.at((0, 0, *([0] * (number % 2))))
    place: tuple[int, ...] = (0, 0)
    live._known.clear()
    for _ in range(MOST_POSITIONS + 10):
        rows = live.next(live.at(place))
        place = (*place, next(number for number, edge in enumerate(rows) if edge.after is not None))
        if len(place) > 200:
            break

    assert len(live._known) <= MOST_POSITIONS


# -- searches --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(page: Explored) -> Any:
    """Where a search says that a device waits."""
    return page.report("search", path="0.0", predicate=BLOCKED)[-1]


@pytest.fixture(scope="module")
def blocked(found: Any) -> str:
    """The way to there."""
    return str(found["path"])


def test_a_search_finds_the_shortest_way(page: Explored, found: Any) -> None:
    """It leads where the predicate holds, in as many steps as `hotswap path` takes."""
    model = page.asked.model()
    trace = path(model.system, BLOCKED, profile="qemu-7.2").properties[0].trace
    assert trace is not None
    place = page.answer("at", path=found["path"])

    assert found["steps"] == len(place["trace"]) == trace.length
    assert "blocked" in place["state"].values()


def test_a_search_begins_here(page: Explored, blocked: str) -> None:
    """From here it goes on with the way to here, and is no longer than the way that was gone."""
    here = ".".join(blocked.split(".")[:4])
    found = page.report("search", predicate=BLOCKED, path=here, **{"from": "here"})[-1]

    assert found["path"].startswith(here)
    assert found["steps"] == len(blocked.split(".")) - 4


def test_where_one_is_already(nic_page: Explored) -> None:
    """A predicate that holds here takes no step."""
    place = follow(nic_page, "Card0.switch_on")
    found = nic_page.report("search", path=place["path"], predicate=FAST, **{"from": "here"})[-1]

    assert (found["path"], found["steps"]) == (place["path"], 0)


def test_there_may_be_no_such_state(nic_page: Explored) -> None:
    """That there is none is said only after every state was looked at."""
    found = nic_page.report("search", path="0.0", predicate="sum(1 for backend in Backend) > 4")[-1]

    assert found["none"].startswith("there is no such state in this scope: every one of ")


@pytest.mark.parametrize("predicate", ["", "speed", "Card[0].frames +", "Card[0].speeed"])
def test_a_wrong_predicate(nic_page: Explored, predicate: str) -> None:
    """What is no condition on a state is refused in the words of `hotswap path`."""
    model = nic_page.asked.model()
    with pytest.raises(SpecError) as refused:
        path(model.system, predicate)
    with pytest.raises(SpecError) as here:
        check_predicate(model, predicate)

    assert str(here.value) == str(refused.value)
    assert nic_page.report("search", path="0.0", predicate=predicate) == [{"error": str(refused.value)}]


def test_a_search_is_cancelled() -> None:
    """When whoever has asked is gone, the process that searches is ended; the page answers all the while."""
    with explored(Asked("chardev", scope="large")) as page:
        headers = {"X-Hotswap-Token": page.token}
        answer = page.begin(f"/api/search?{urlencode({'path': '0.0', 'predicate': NEVER})}", headers=headers)
        first = json.loads(answer.readline())
        searching = set(_errands())
        meanwhile = page.answer("at", path="0.0")
        answer.close()

        assert first == {"progress": "compiling ..."}
        assert len(searching) == 1
        assert meanwhile["rows"]
        until(lambda: not searching.intersection(_errands()))


def test_no_errand_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has asked goes, then the server ends: also a process that does not heed SIGTERM is ended before that."""
    stubborn = tmp_path / "python"
    stubborn.write_text("#!/bin/sh\ntrap '' TERM\necho $$\nexec tail -f /dev/null\n", "ascii")
    stubborn.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stubborn))
    monkeypatch.setattr(errand, "GRACE", 0.2)
    begun: list[int] = []

    async def listen(came: asyncio.Event) -> None:
        async for each in errand.report(errand.Errand("search", CHARDEV, "0.0", NEVER)):
            begun.append(int(each))
            came.set()

    async def ask() -> None:
        came = asyncio.Event()
        listening = asyncio.create_task(listen(came))
        await came.wait()
        for _ in ("who has asked", "the server"):
            listening.cancel()
            await asyncio.sleep(0)
        await asyncio.wait([listening])
        assert listening.cancelled()

    asyncio.run(ask())
    assert not Path(f"/proc/{begun[0]}").exists()


def _errands() -> Iterator[int]:
    """The processes that do what a page was asked for."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = folder.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and b"hotswap.checker.live" in folder.joinpath("cmdline").read_bytes():
                yield int(folder.name)


# -- what is kept, and done --------------------------------------------------------------------------------------------


def test_a_trace_is_kept_as_itf(page: Explored, blocked: str) -> None:
    """The document has a state for the start and for each step."""
    made = json.loads(page.answer("export", path=blocked, **{"as": "itf"})["text"])

    assert made["#meta"]["format"] == "ITF"
    assert len(made["states"]) == len(blocked.split(".")) - 1


def test_a_trace_is_kept_as_json(page: Explored, blocked: str) -> None:
    """The document has the steps as a report has them, and the path that leads there again."""
    made = json.loads(page.answer("export", path=blocked, **{"as": "json"})["text"])

    assert made["trace"] == page.answer("at", path=blocked)["trace"]
    assert made["path"] == blocked


def test_a_trace_is_kept_as_a_test(page: Explored, blocked: str, pytester: pytest.Pytester) -> None:
    """The test that is kept runs, and passes with the layer."""
    kept = page.answer("export", path=blocked, **{"as": "pytest"})
    pytester.path.joinpath(kept["name"]).write_text(kept["text"])
    pytester.makeini("[pytest]\n")

    assert kept["name"].startswith("test_")
    pytester.runpytest_subprocess("--assert=plain", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_there_is_no_such_form(page: Explored) -> None:
    """A form that there is not is refused by those that there are."""
    status, body = page.ask("export", path="0.0", **{"as": "pdf"})

    assert status == 400
    assert "there is no form `pdf`; there are: itf, json, pytest" in json.loads(body)["error"]


def test_the_layer_does_it(page: Explored, blocked: str) -> None:
    """What is done on the layer is what the trace has, and it does what the spec says."""
    *_, last = page.report("run", "POST", path=blocked, target="impl")

    assert last["run"]["outcome"] == "agrees"
    assert [each.partition("(")[0] for each in last["run"]["conversation"]] == [
        f"{step['machine']}.{step['row']}" for step in page.answer("at", path=blocked)["trace"]
    ]


def test_nothing_implements_it(nic_page: Explored) -> None:
    """A spec of somebody else has nothing to run on, and that is said."""
    status, body = nic_page.ask("run", "POST", path="0.0", target="impl")

    assert status == 400
    assert "there is nothing to run nic on" in json.loads(body)["error"]


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_serves_until_ctrl_c() -> None:
    """It prints the address of the page, which answers, and ends without a word on Ctrl-C."""
    command = [sys.executable, "-m", "hotswap.checker", "explore", NIC, "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        title, url = process.stdout.readline(), process.stdout.readline().strip()
        with urlopen(url) as answer:
            page = answer.read().decode()
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=LIMIT)

    assert title == "nic, profile first, scope small, lock bql\n"
    assert "<title>hotswap explore</title>" in page
    assert (process.returncode, said) == (130, ("", "hotswap: interrupted\n"))


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """A port where there is somebody else is refused with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["explore", NIC, "--no-browser", "--port", str(port)]) == 2

    assert capsys.readouterr().err.startswith(f"hotswap: port {port}: Address already in use; name another with --port")


def test_without_the_server(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the server's library is missing, the message says how to get it."""
    monkeypatch.delitem(sys.modules, "hotswap.checker.live.server")
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    assert main(["explore", NIC, "--no-browser"]) == 2
    assert capsys.readouterr().err == "hotswap: there is no uvicorn; pip install 'hotswap[explore]'\n"
