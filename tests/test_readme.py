"""The README says what is so."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hotswap.checker import check
from hotswap.checker.load import load
from readme import README, ROOT, Session, blocks, files, rerun, sessions, steady, unpack

EXAMPLE = ROOT / "tests" / "models" / "test_connection_pool.py"
SESSIONS = [session for text in blocks("console") for session in sessions(text)]
SLOW = {"hotswap compare hotswap.spec.liveness", "hotswap diff qemu-7.2 qemu-10.0"}


@pytest.mark.parametrize(
    "session",
    [pytest.param(each, marks=[pytest.mark.thorough] if each.command in SLOW else []) for each in SESSIONS],
    ids=lambda session: session.command,
)
def test_a_session_is_real(session: Session, tmp_path: Path) -> None:
    """Every command prints what the README shows; `python tests/readme.py` renews it."""
    unpack(tmp_path)

    assert steady(rerun(session, tmp_path)) == steady(session.output)


def test_there_is_a_spec_to_copy() -> None:
    """The README has one spec, of about 25 lines of code."""
    (text,) = files().values()
    code = [line for line in text.splitlines() if line.strip() and not line.strip().startswith(("#", '"""'))]

    assert len(code) <= 30


def test_the_client(tmp_path: Path) -> None:
    """The client that the README shows swaps a backend of the server that it starts."""
    (words,) = [text.split() for text in blocks("sh") if text.startswith("hotswap serve")]
    (client,) = [text for text in blocks("py") if "QMPClient" in text]
    with socket.socket(socket.AF_UNIX) as ready:
        ready.bind(f"{tmp_path}/ready")
        ready.listen()
        ready.settimeout(20)
        here = [word.replace("/tmp/qmp", f"{tmp_path}/qmp") for word in words[1:]]
        server = subprocess.Popen([sys.executable, "-m", "hotswap.checker", *here, "-qmp", f"unix:{tmp_path}/ready"])
        try:
            ready.accept()[0].close()
            program = [sys.executable, "-c", client.replace("/tmp/qmp", f"{tmp_path}/qmp")]
            said = subprocess.run(program, capture_output=True, text=True, timeout=20, check=True).stdout
        finally:
            server.terminate()
            server.wait(20)

    assert {"frontend-open": True, "filename": "ringbuf", "label": "c"} in ast.literal_eval(said)


def test_the_console(tmp_path: Path) -> None:
    """What the README types to the monitor of the console that it starts is answered as it shows."""
    (words,) = [text.split() for text in blocks("sh") if text.startswith("hotswap console")]
    (shown,) = [text for text in blocks("text") if text.startswith("$ nc -U /tmp/monitor\n")]
    here = [word.replace("/tmp/", f"{tmp_path}/") for word in words[1:]]
    master, slave = os.openpty()
    console = subprocess.Popen([sys.executable, "-m", "hotswap.checker", *here], stdin=slave, stdout=slave)
    try:
        os.read(master, 1)  # the shell prompts
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(20)
            monitor.connect(f"{tmp_path}/monitor")
            seen = _until_prompt(monitor)
            for typed in re.findall(r"^\(qemu\) (.+)$", shown, re.MULTILINE):
                monitor.sendall(typed.replace("/tmp/", f"{tmp_path}/").encode() + b"\n")
                seen += f"{typed}\n{_until_prompt(monitor)}"
    finally:
        console.terminate()
        console.wait(20)
        os.close(master)
        os.close(slave)
    seen = re.sub(r"/dev/pts/\d+", "/dev/pts/3", seen.replace(f"{tmp_path}/", "/tmp/"))

    assert seen.rstrip() == shown.partition("\n")[2].rstrip()


def _until_prompt(monitor: socket.socket) -> str:
    said = b""
    while not said.endswith(b"(qemu) "):
        said += monitor.recv(4096)
    return said.decode().replace("\r\n", "\n")


def test_every_dependency_has_its_line() -> None:
    """The README says of every dependency what it is for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[<>=]", dependency)[0] for dependency in project["dependencies"]}

    assert names <= set(re.findall(r"^\| `([\w-]+)` \|", README.read_text("utf-8"), re.MULTILINE))


def test_links_lead_somewhere() -> None:
    """Every file that the README links to is there."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_what_repairs_the_spec(tmp_path: Path) -> None:
    """As the README says: with the new backend opened before the old one is dropped, in one step, everything holds."""
    unpack(tmp_path)
    (name,) = files()
    text = (tmp_path / name).read_text("utf-8")
    assert text.count("        self.card.backend = None\n") == 1
    (tmp_path / name).write_text(text.replace("        self.card.backend = None\n", ""))

    assert check(load(f"{tmp_path}/{name}")).exit_code == 0


def test_the_adapter() -> None:
    """The adapter that the README shows is the example's."""
    (shown,) = [text for text in blocks("py") if "(Adapter)" in text]

    assert shown in EXAMPLE.read_text("utf-8")


def test_a_wrong_pool(tmp_path: Path) -> None:
    """What the README says of a mistake in the example is what its tests say of it."""
    (shown,) = [text for text in blocks("text") if text.startswith("Disagreement: ")]
    right = "self.release(len(self.users) - 2)"
    text = EXAMPLE.read_text("utf-8")
    assert text.count(right) == 1
    (tmp_path / "test_pool.py").write_text(text.replace(right, "self.users[-2] = 0"), "utf-8")
    (tmp_path / "models").symlink_to(EXAMPLE.parent)

    ran = _pytest(tmp_path, "-q", "test_pool.py")

    said = re.sub(r"(?m)^E {1,11}", "", ran)
    assert shown.replace("Disagreement", "hotswap.checker.testing.agreement.Disagreement") in said
    assert '"Client0.lease",\n            "Pool0.replace",\n' in said


def test_the_mark(tmp_path: Path) -> None:
    """The marked test that the README shows passes."""
    unpack(tmp_path)
    (shown,) = [text for text in blocks("py") if "pytest.mark.hotswap" in text]
    (tmp_path / "test_netswap.py").write_text(f"import pytest\n\n\n{shown}", "utf-8")

    assert "1 passed" in _pytest(tmp_path, "-q", "test_netswap.py")


def _pytest(folder: Path, *arguments: str) -> str:
    """What pytest says in a folder of its own."""
    command = [sys.executable, "-m", "pytest", "--assert=plain", "-p", "no:cacheprovider", *arguments]
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    # With CI, Hypothesis draws the same each time, and does not find the machine too slow.
    environment = {**os.environ, "PYTHONPATH": path, "CI": "1"}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return ran.stdout
