"""`hotswap serve`, a process of its own, with the clients that QEMU has."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from qemu.qmp import ExecuteError, QMPClient

from serving import JSON, LIMIT, Start, command, listens


def test_qemus_own_client(tmp_path: Path) -> None:
    """The QEMU project's client negotiates, swaps, and hears errors as such."""

    async def talk() -> None:
        client = QMPClient("test")
        await client.start_server(str(tmp_path / "qmp"))
        words = command("-chardev", "null,id=c", "-device", "isa-serial,chardev=c,id=s", "-qmp", f"unix:{tmp_path}/qmp")
        process = await asyncio.create_subprocess_exec(*words)
        try:
            async with asyncio.timeout(LIMIT):
                await client.accept()
                backend = {"type": "ringbuf", "data": {}}

                assert await client.execute("chardev-change", {"id": "c", "backend": backend}) == {}
                with pytest.raises(ExecuteError, match="Chardev 'nope' not found"):
                    await client.execute("chardev-remove", {"id": "nope"})

                await client.execute("quit")
                with suppress(EOFError):  # the server may hang up first
                    await client.disconnect()

                assert await process.wait() == 0
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    asyncio.run(talk())


def test_a_swap_over_qmp(start: Start) -> None:
    """A client of the old backend is sent away, and the new one has its own."""
    server = start("-chardev", "socket,id=c,path=@/a,server=on,wait=off", "-device", "isa-serial,chardev=c,id=s")
    old = server.accept("a")

    assert server.change("socket", **listens(str(server.folder / "b"))) == {}
    assert old.hear() == b""
    assert not (server.folder / "a").exists()

    server.connect("b").close()
    old.close()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"execute": "nope"}, "The command nope has not been found"),
        ({"execute": "query-status", "x": 1}, "QMP input member 'x' is unexpected"),
        ({"execute": 5}, "QMP input member 'execute' must be a string"),
        ({}, "QMP input lacks member 'execute'"),
        ([], "QMP input must be a JSON object"),
        ({"execute": "query-status", "arguments": 5}, "QMP input member 'arguments' must be an object"),
        ({"execute": "qmp_capabilities"}, "Capabilities negotiation is already complete, command ignored"),
        ({"exec-oob": "query-status"}, "QMP input member 'exec-oob' is unexpected"),
        (
            {"execute": "qom-get", "arguments": {"path": "/chardevs/z", "property": "type"}},
            "Device '/chardevs/z' not found",
        ),
        ({"execute": "ringbuf-read", "arguments": {"device": "c", "size": 5}}, "c is not a ringbuf device"),
        ({"execute": "device_add", "arguments": {"driver": "zz"}}, "'zz' is not a valid device model name"),
        (
            {"execute": "device_add", "arguments": {"driver": "virtconsole", "chardev": "zz", "id": "k"}},
            "Property 'virtconsole.chardev' can't find value 'zz'",
        ),
    ],
)
def test_errors(start: Start, asked: object, said: str) -> None:
    """What is wrong is said as QEMU 7.2.22 and 10.0.2 say it, and what comes next is heard."""
    server = start("-chardev", "null,id=c")
    server.line.say(json.dumps(asked).encode())

    assert server.result() == said
    assert server.execute("query-status") == {"status": "running", "running": True}


def test_before_negotiation(start: Start, tmp_path: Path) -> None:
    """Before it has negotiated, a client can do nothing else."""
    server = start("-qmp", "unix:@/second,server=on,wait=off")
    second = server.connect("second")

    assert json.loads(second.hear()) == server.greeting

    second.say(b'{"execute": "query-status", "id": 7}')

    assert json.loads(second.hear()) == {
        "error": {"class": "CommandNotFound", "desc": "Expecting capabilities negotiation with 'qmp_capabilities'"},
        "id": 7,
    }

    second.close()


def test_the_guests_side(start: Start) -> None:
    """The guest opens its port, of which the client hears; bytes go both ways through a swap."""
    server = start(
        "-chardev", "socket,id=c,path=@/a,server=on,wait=off", "-device", "virtio-serial",
        "-device", "virtserialport,chardev=c,id=p", "-guest", "unix:@/guest,server=on,wait=off",
    )  # fmt: skip
    guest, peer = server.connect("guest"), server.accept("a")

    def does(what: str, **more: object) -> JSON:
        guest.say(json.dumps({"port": "p", "do": what, **more}).encode())
        answer: JSON = json.loads(guest.hear())
        return answer

    assert does("open") == {}
    assert does("send", data=base64.b64encode(b"to the host\n").decode()) == {"throttled": False}
    assert peer.hear() == b"to the host\n"
    assert server.execute("query-chardev")[0]["frontend-open"]
    assert [(event["event"], event["data"]) for event in server.events] == [
        ("VSERPORT_CHANGE", {"open": True, "id": "p"})
    ]
    assert server.change("ringbuf") == {}
    assert does("send", data=base64.b64encode(b"kept").decode()) == {"throttled": False}
    assert server.execute("ringbuf-read", device="c", size=10) == "kept"
    assert does("status") == {"guest": True, "host": True, "throttled": False}
    assert "error" in does("jump")

    guest.close()
    peer.close()


def test_qtest(start: Start) -> None:
    """What is written to the UART's port goes to its chardev."""
    server = start(
        "-chardev", "ringbuf,id=c", "-device", "isa-serial,chardev=c,id=s", "-qtest", "unix:@/qtest,server=on,wait=off"
    )  # fmt: skip
    qtest = server.connect("qtest")
    qtest.say(b"outb 0x3f8 0x41")

    assert qtest.hear() == b"OK\n"
    assert server.execute("ringbuf-read", device="c", size=10) == "A"

    qtest.close()


def test_yank_out_of_band(start: Start) -> None:
    """A client that has asked for it can yank out of band: the connection of that name is shut down."""
    server = start("-chardev", "socket,id=c,path=@/a,server=on,wait=off", "-qmp", "unix:@/second,server=on,wait=off")
    second, peer = server.connect("second"), server.accept("a")
    second.hear()
    second.say(b'{"execute": "qmp_capabilities", "arguments": {"enable": ["oob"]}}')
    second.hear()
    second.say(b'{"exec-oob": "yank", "arguments": {"instances": [{"type": "chardev", "id": "c"}]}}')

    assert json.loads(second.hear()) == {"return": {}}
    assert peer.hear() == b""

    second.close()
    peer.close()


def test_many_clients(start: Start) -> None:
    """One client is served; the others wait, and get their turn when it has gone."""
    server = start("-qmp", "unix:@/second,server=on,wait=off")
    first = server.connect("second")
    first.hear()
    others = [server.connect("second")]
    for client in [first, *others]:
        client.say(b'{"execute": "qmp_capabilities"}')
    first.hear()
    first.close()

    assert "QMP" in json.loads(others[0].hear())
    assert json.loads(others[0].hear()) == {"return": {}}

    others[0].close()


def test_an_abort_is_one(start: Start) -> None:
    """With the behaviour of QEMU 7.2, the process aborts where QEMU 7.2 does, and says why."""
    server = start("--profile", "qemu-7.2", "-chardev", "null,id=c", "-device", "isa-serial,chardev=c,id=s")
    with socket.socket(socket.AF_UNIX) as stuck, socket.socket(socket.AF_UNIX) as first:
        stuck.bind(str(server.folder / "stuck"))
        stuck.listen(0)
        first.connect(str(server.folder / "stuck"))
        waits = {
            "addr": {"type": "unix", "data": {"path": str(server.folder / "stuck")}},
            "server": False,
            "reconnect": 1,
        }

        assert server.change("socket", **waits) == {}
        assert server.change("socket", **listens(str(server.folder / "a"))) == {}

        server.line.say(
            b'{"execute": "chardev-change", "arguments": {"id": "c", "backend": {"type": "null", "data": {}}}}'
        )
        said = server.end()

    assert server.process.returncode == -signal.SIGABRT
    assert "yank_unregister_instance: Assertion `QLIST_EMPTY(&entry->yankfns)' failed." in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-foo"], "-foo: not one of -chardev, -device, -mon, -qmp, -qtest, -guest, --profile, -S, --anywhere"),
        (["-chardev"], "-chardev needs a value"),
        (["--profile", "qemu-1.0"], "no profile qemu-1.0; there are repaired, qemu-10.0, qemu-7.2"),
        (["-qmp", "tcp:0.0.0.0:1,server=on"], "whoever reaches 0.0.0.0 could do anything here; --anywhere allows it"),
        (["-mon", "chardev=c,mode=control"], "-mon: chardev 'c' not found"),
        (
            ["-chardev", "socket,id=m,host=0.0.0.0,port=0,server=on,wait=off", "-mon", "chardev=m,mode=control"],
            "m: whoever reaches 0.0.0.0 could do anything here; --anywhere allows it",
        ),
        (["-device", "isa-serial,chardev=c"], "Property 'isa-serial.chardev' can't find value 'c'"),
    ],
)
def test_usage(words: list[str], said: str) -> None:
    """A word that can't be taken is an error with its reason, and the exit code 2."""
    ran = subprocess.run(command(*words), capture_output=True, text=True, timeout=LIMIT, check=False)

    assert ran.returncode == 2
    assert ran.stderr.endswith(f"{said}\n")
    assert ran.stderr.startswith("hotswap serve: ")


def test_words_that_mean_nothing_here(start: Start) -> None:
    """The words for a machine are accepted, with a note."""
    said = start("-M", "pc", "-m", "16", "-nodefaults", "-display", "none").end()

    assert "hotswap serve: -M pc: nothing to do with chardevs, ignored\n" in said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_ended_by_a_signal(start: Start, number: int, code: int) -> None:
    """SIGTERM and Ctrl-C end it, and the paths of its listeners are gone, even while it still connects."""
    server = start(
        "-chardev", "socket,id=c,path=@/a,server=on,wait=off", "-chardev", "socket,id=d,path=@/nobody,reconnect=1"
    )  # fmt: skip
    server.process.send_signal(number)
    said = server.end()

    assert server.process.returncode == code
    assert "Traceback" not in said
    assert os.listdir(server.folder) == ["qmp"]
