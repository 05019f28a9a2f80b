"""`hotswap serve`, a process of its own, with the clients that QEMU has."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import socket
import subprocess
import termios
from contextlib import suppress
from pathlib import Path

import pytest
from qemu.qmp import ExecuteError, QMPClient

from hotswap.impl.clients.qmp.commands import COMMANDS
from hotswap.impl.devices.drivers import ALIASES, DRIVERS
from hotswap.impl.process.words import MEANT, PROFILES
from hotswap.impl.qapi import MAKERS
from serving import JSON, LIMIT, Line, Start, command, listens, until


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
    server = start("-chardev", "null,id=c", "-device", "virtio-serial")
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


def test_a_monitor_to_type_to(start: Start) -> None:
    """On a chardev of its own or on one that is named, it is without readline; what it does, others see."""
    server = start(
        "-monitor", "unix:@/typed,server=on,wait=off", "-chardev", "socket,id=m,path=@/named,server=on,wait=off",
        "-mon", "m",
    )  # fmt: skip
    for name in ("typed", "named"):
        client = server.connect(name)

        assert client.hear() == b"QEMU 10.0.2 monitor - type 'help' for more information\r\n"

        client.say(b"chardev-add null,id=" + name.encode())
        client.say(b"info status")

        assert client.hear() == b"(qemu) (qemu) VM status: running\r\n"

        client.close()
    labels = [each["label"] for each in server.execute("query-chardev")]

    assert labels == ["m", "compat_monitor0", "compat_monitor1", "typed", "named"]


def test_a_monitor_on_stdio() -> None:
    """`quit` ends the process, after which nothing is prompted for."""
    ran = subprocess.run(
        command("-monitor", "stdio"), input=b"stop\nquit\n", capture_output=True, timeout=LIMIT, check=True
    )

    assert ran.stdout == b"QEMU 10.0.2 monitor - type 'help' for more information\r\n(qemu) (qemu) "


KEYS = termios.ICANON | termios.ECHO | termios.IEXTEN
"""What is off when each key is passed on at once."""


@pytest.mark.parametrize(
    ("words", "off"),
    [
        (["-chardev", "stdio,id=m"], KEYS),
        (["-chardev", "stdio,id=m,signal=off"], KEYS | termios.ISIG),
        (["-monitor", "stdio"], 0),
    ],
)
def test_a_terminal(words: list[str], off: int, tmp_path: Path) -> None:
    """As QEMU sets it: keys pass on stdio, Ctrl-C if it is to, and a monitor has lines echoed; it is given back."""
    master, slave = os.openpty()
    before = termios.tcgetattr(slave)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "qmp"))
        listener.listen()
        listener.settimeout(LIMIT)
        process = subprocess.Popen(command(*words, "-qmp", f"unix:{tmp_path}/qmp"), stdin=slave, stdout=slave)
        line = Line(listener.accept()[0])
    try:
        line.hear()
        now = termios.tcgetattr(slave)

        assert before[3] & ~now[3] == off
        assert now[1] == before[1]

        termios.tcsetattr(slave, termios.TCSANOW, before)
        process.send_signal(signal.SIGCONT)
        until(lambda: termios.tcgetattr(slave) == now)

        for name in ("qmp_capabilities", "quit"):
            line.say(json.dumps({"execute": name}).encode())

        assert process.wait(LIMIT) == 0
        assert termios.tcgetattr(slave) == before
    finally:
        process.kill()
        process.wait()
        line.close()
        os.close(master)
        os.close(slave)


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


def test_a_mux_for_two(start: Start) -> None:
    """With mux=on two devices are on one backend, whose log has what both write."""
    server = start(
        "-chardev", "ringbuf,id=c,mux=on,logfile=@/log", "-device", "isa-serial,chardev=c,id=a",
        "-device", "isa-serial,chardev=c,id=b", "-qtest", "unix:@/qtest,server=on,wait=off",
    )  # fmt: skip
    qtest = server.connect("qtest")
    for port in (b"0x3f8", b"0x2f8"):
        qtest.say(b"outb " + port + b" 0x41")

        assert qtest.hear() == b"OK\n"

    assert server.execute("ringbuf-read", device="c-base", size=10) == "AA"
    assert (server.folder / "log").read_bytes() == b"AA"
    assert server.change("null") == "For mux or hub device hotswap is not supported yet"
    assert server.execute("chardev-remove", id="c-base") == "Chardev 'c-base' is busy"

    qtest.close()


def test_a_hub_for_three(start: Start) -> None:
    """A hub on the command line writes to all of its members, and one added by QMP does so too."""
    names = ("a", "b", "d")
    server = start(
        *(word for name in names for word in ("-chardev", f"ringbuf,id={name}")), "-chardev", "null,id=c",
        "-chardev", "hub,id=h,chardevs.0=a,chardevs.1=b", "-device", "isa-serial,chardev=h,id=s",
        "-device", "isa-serial,chardev=c,id=t", "-qtest", "unix:@/qtest,server=on,wait=off",
    )  # fmt: skip

    assert server.change("hub", chardevs=["d", "a"]) == "chardev 'a' is already in use"
    assert server.change("hub", chardevs=["d"]) == {}

    qtest = server.connect("qtest")
    for port in (b"0x3f8", b"0x2f8"):
        qtest.say(b"outb " + port + b" 0x41")
        qtest.hear()

    assert [server.execute("ringbuf-read", device=name, size=10) for name in names] == ["A"] * 3

    qtest.close()


KINDS = (
    "null,id=null", "ringbuf,id=ringbuf", "memory,id=memory", "file,id=file,path=/dev/null",
    "pipe,id=pipe,path=/dev/null", "serial,id=serial,path=/dev/null", "udp,id=udp,port=9,host=127.0.0.1",
    "socket,id=listens,path=@/a,server=on,wait=off", "socket,id=peer,path=@/b,server=on,wait=off",
    "socket,id=client,path=@/b",
    "socket,id=lost,path=@/nobody,reconnect=9", "socket,id=six,host=::1,port=0,server=on,wait=off",
    "null,id=m,mux=on",
)  # fmt: skip


@pytest.mark.parametrize(("profile", "path"), [("qemu-7.2", ""), ("qemu-10.0", "@/b"), ("repaired", "@/b")])
def test_what_query_chardev_calls_them(start: Start, profile: str, path: str) -> None:
    """As 7.2.22 and 10.0.2 call them, who differ in what a client is connected to; HMP says the same."""
    server = start("--profile", profile, *(word for kind in KINDS for word in ("-chardev", kind)))
    folder = str(server.folder)
    called = {each["label"]: each["filename"].replace(folder, "@") for each in server.execute("query-chardev")}
    six, monitor, _ = (called.pop(name) for name in ("six", "compat_monitor0", "peer"))

    assert called == {
        **{name: name for name in ("null", "ringbuf", "memory", "file", "pipe", "serial", "udp")},
        "listens": "disconnected:unix:@/a,server=on",
        "client": f"unix:{path}",
        "lost": "disconnected:unix:@/nobody",
        "m": "mux",
        "m-base": "null",
    }
    assert monitor == ("unix:@/qmp" if path else "unix:")
    assert re.fullmatch(r"disconnected:tcp:::1:\d+,server=on", six)

    with socket.create_connection(("::1", int(six.rpartition(":")[2].partition(",")[0]))) as peer:
        until(lambda: server.is_connected("six"))
        own = peer.getsockname()[1]
        said = server.execute("human-monitor-command", **{"command-line": "info chardev"})

        assert f"six: filename=tcp:[::1]:{peer.getpeername()[1]},server=on <-> [::1]:{own}\r\n" in said


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
        (
            ["-foo"],
            "-foo: not one of -chardev, -device, -serial, -mon, -qmp, -monitor, -qtest, -guest, -S, --profile,"
            " --anywhere, nor another word of QEMU's",
        ),
        (["-chardev"], "-chardev needs a value"),
        (["--profile", "qemu-1.0"], "no profile qemu-1.0; there are repaired, qemu-10.0, qemu-7.2"),
        (["-qmp", "tcp:0.0.0.0:1,server=on"], "whoever reaches 0.0.0.0 could do anything here; --anywhere allows it"),
        (["-qmp", "tcp::1,server=on"], "whoever reaches every address could do anything here; --anywhere allows it"),
        (
            ["--profile", "qemu-7.2", "-qmp", "unix:/no/q,reconnect-ms=5"],
            "Invalid parameter 'reconnect-ms'",
        ),
        (["-mon", "chardev=c,mode=control"], '-mon: chardev "c" not found'),
        (["-mon", "c,mode=frob"], "Parameter 'mode' does not accept value 'frob'"),
        (["-mon", "mode=readline"], "Parameter 'chardev' is missing"),
        (["-mon", "c,frob=1"], "Invalid parameter 'frob'"),
        (["-monitor", "frob"], "parse error: frob"),
        (
            ["-monitor", "tcp:0.0.0.0:1,server=on"],
            "whoever reaches 0.0.0.0 could do anything here; --anywhere allows it",
        ),
        (
            ["-chardev", "socket,id=m,host=0.0.0.0,port=0,server=on,wait=off", "-mon", "chardev=m,mode=control"],
            "m: whoever reaches 0.0.0.0 could do anything here; --anywhere allows it",
        ),
        (["-chardev", "null,id=c,logfile=/no/log"], "Could not create '/no/log': No such file or directory"),
        (["-chardev", "null,id=c,mux=on", "-chardev", "null,id=c"], "Duplicate ID 'c' for chardev"),
        (["-chardev", "file,id=c,path=/no/c,mux=on"], "Could not open '/no/c': No such file or directory"),
        (
            ["-chardev", "socket,id=m,host=0.0.0.0,port=0,server=on,wait=off,mux=on", "-mon", "chardev=m,mode=control"],
            "m: whoever reaches 0.0.0.0 could do anything here; --anywhere allows it",
        ),
        (["-device", "isa-serial,chardev=c"], "Property 'serial.chardev' can't find value 'c'"),
    ],
)
def test_usage(words: list[str], said: str) -> None:
    """A word that can't be taken is an error with its reason, and the exit code 2."""
    ran = subprocess.run(command(*words), capture_output=True, text=True, timeout=LIMIT, check=False)

    assert ran.returncode == 2
    assert ran.stderr.endswith(f"{said}\n")
    assert ran.stderr.startswith("hotswap serve: ")


def test_a_full_pipe() -> None:
    """A monitor on standard output that is full greets when there is room."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while os.write(writing, bytes(4096)):
            pass
    words = command("-monitor", "stdio")
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=writing, stderr=subprocess.PIPE) as process:
        os.close(writing)
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(b"quit\n")
        process.stdin.flush()

        assert process.wait(LIMIT) == 0
        assert process.stderr.read() == b""
    os.close(reading)


def test_words_that_mean_nothing_here(start: Start) -> None:
    """The words for a machine are accepted, with a note, and so are its other devices."""
    said = start("-M", "pc", "-m", "16", "-nodefaults", "-uuid", "7f", "-device", "virtio-net-pci,id=n").end()

    assert "hotswap serve: -M pc: means nothing here, ignored\n" in said
    assert "hotswap serve: -uuid 7f: means nothing here, ignored\n" in said
    assert "hotswap serve: -device virtio-net-pci,id=n: has no chardev, ignored\n" in said


def test_a_serial_port(start: Start) -> None:
    """`-serial` is a serial port on a chardev of its own."""
    server = start("-serial", "none", "-serial", "unix:@/port,server=on,wait=off", "-serial", "null")
    client = server.connect("port")

    assert [each["label"] for each in server.execute("query-chardev")] == ["compat_monitor0", "serial0", "serial1"]
    assert [each["frontend-open"] for each in server.execute("query-chardev")] == [True] * 3

    client.close()


def test_devices_in_json(start: Start) -> None:
    """`-device` can be an object."""
    server = start(
        "-chardev", "null,id=c", "-device", '{"driver": "virtio-serial-pci", "id": "v", "addr": "0x5"}',
        "-device", '{"driver": "virtserialport", "bus": "v.0", "nr": 1, "chardev": "c", "id": "p"}',
    )  # fmt: skip

    assert server.execute("device_del", id="p") == {}


def test_a_client_to_wait_for(start: Start, tmp_path: Path) -> None:
    """A listener on the command line waits for its client in every profile, and says so."""
    path = tmp_path / "port"
    words = command("-chardev", f"socket,id=c,path={path},server=on", "-qmp", f"unix:{tmp_path}/qmp,server=on,wait=off")
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()

            assert said == f"info: QEMU waiting for connection on: disconnected:unix:{path},server=on\n"
            assert not (tmp_path / "qmp").exists()

            until(path.exists)
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))
                until((tmp_path / "qmp").exists)
        finally:
            process.kill()


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


def test_the_page() -> None:
    """docs/serve.md names every word, kind of chardev, device and command that there is."""
    page = (Path(__file__).resolve().parent.parent / "docs" / "serve.md").read_text("utf-8")
    commands = [name for name in COMMANDS if not name.startswith("x-")]

    for name in [*MEANT, *MAKERS, *DRIVERS, *ALIASES, *commands, *PROFILES]:
        assert name in page, name
