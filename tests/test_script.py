"""A defect that was reproduced on a QEMU is shown again by a script that needs nothing but Python and that QEMU."""

from __future__ import annotations

import ast
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from hotswap.checker import Result, check
from hotswap.checker.conform.finding import Route, route
from hotswap.checker.conform.reproduce import Reproduction, reproduce
from hotswap.checker.conform.stimulus import read
from hotswap.checker.targets.excerpt import excerpt
from hotswap.checker.targets.qemu import Program, Qemu, find, profile
from hotswap.checker.targets.record import Begun, Record
from hotswap.checker.targets.script import script
from hotswap.spec import CHARDEV

FINDINGS = [
    "no-failed-assertion@Yank.unregister_instance",
    "yank-matches-sockets@Change.name_new",
    "no-failed-assertion@open_stdio",
    "blocked-writer-has-wakeup[serial]@Change.be_change",
    "blocked-writer-has-wakeup[virtserialport]@Change.be_change",
    "fe-open-agrees@Change.name_new",
    "path-reachable-after-change@Change.name_new",
    "swappable-while-plugged@Qmp.stop",
    "id-never-lost@Change.add_instead",
]
LOST = FINDINGS[-1]

Made = tuple[Route, Reproduction]


@pytest.fixture(scope="module")
def program(qemu: str) -> Program:
    """What the installed QEMU says of itself, by its full path."""
    return find(shutil.which(qemu) or qemu)


@pytest.fixture(scope="module")
def checked(program: Program) -> Result:
    """What a check finds in its version."""
    return check(CHARDEV, profile=profile(program.version, [each.name for each in CHARDEV.profiles]))


@pytest.fixture(scope="module")
def reproduced(program: Program, checked: Result) -> Callable[[str], Made]:
    """A finding, reproduced."""

    @lru_cache
    def made(name: str) -> Made:
        known = [finding for verdict in checked.properties for finding in verdict.findings]
        finding = next(each for each in known if each.id.startswith(name))
        version, scope = CHARDEV.profile(checked.profile), CHARDEV.scope("small")
        way = route(CHARDEV, version, scope, finding, Qemu(program).drives)
        found = reproduce(way, lambda: Qemu(program))
        assert found.appeared, found.log
        return way, found

    return made


def run(text: str, folder: Path, binary: str) -> subprocess.CompletedProcess[str]:
    """A script on its own: no environment, and no packages."""
    file = folder / "script.py"
    file.write_text(text, "ascii")
    command = [sys.executable, "-I", "-S", str(file), binary]
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, timeout=60, check=False)


def by_a_shell(folder: Path, program: Program, body: str) -> str:
    """A shell script, which knows that QEMU as `$QEMU`."""
    made = folder / "qemu.sh"
    made.write_text(f"#!/bin/sh\nQEMU={program.binary}\n{body}\n", "ascii")
    made.chmod(0o755)
    return str(made)


# -- scripts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FINDINGS)
def test_a_script_shows_the_defect(
    reproduced: Callable[[str], Made], program: Program, tmp_path: Path, name: str
) -> None:
    """What the reproduction has shown is shown by the script, which leaves nothing behind and warns of nothing."""
    done = run(script(*reproduced(name)), tmp_path, program.binary)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.endswith("The defect is there.\n")
    assert [each.name for each in tmp_path.iterdir()] == ["script.py"]


@pytest.mark.parametrize("name", FINDINGS)
def test_a_script_knows_nothing_of_where_it_was_made(reproduced: Callable[[str], Made], name: str) -> None:
    """It is plain ASCII and Python 3.9, says what is wrong, imports the standard library, and has no path of here."""
    way, found = reproduced(name)
    text = script(way, found)

    parsed = ast.parse(text, feature_version=(3, 9))
    assert text.isascii()
    assert (ast.get_docstring(parsed) or "").startswith(f"{way.finding.property}: ")
    imports = [node for node in ast.walk(parsed) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports}
    assert {module.partition(".")[0] for module in modules} <= sys.stdlib_module_names
    for place in (tempfile.gettempdir(), str(Path.home()), sys.prefix):
        assert place not in text


def test_every_stimulus_is_above_what_it_leads_to(reproduced: Callable[[str], Made]) -> None:
    """Whoever reads a script finds in it the steps of the finding, in their order."""
    way, found = reproduced(FINDINGS[4])

    comments = [line.strip()[2:] for line in script(way, found).splitlines() if line.startswith("    # ")]

    stimuli = [str(stimulus) for stimulus in found.conversation]
    assert [line for line in comments if line in stimuli] == stimuli


def test_a_qemu_without_the_defect(reproduced: Callable[[str], Made], program: Program, tmp_path: Path) -> None:
    """One that shows at the end what it should exits with 1; here what it shows is what is said to be right."""
    way, found = reproduced(LOST)
    seen = {name: (now, right) for name, (right, now) in found.seen.items()}

    done = run(script(way, replace(found, seen=seen)), tmp_path, program.binary)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("The defect is not there.\n")


def test_a_qemu_that_goes_another_way(reproduced: Callable[[str], Made], program: Program, tmp_path: Path) -> None:
    """Of one that ends before its end it can't be told whether it has the defect, and how it ended is said."""
    text = script(*reproduced(LOST)).replace('    qmp("chardev-add"', '    qmp("quit")\n    qmp("chardev-add"')

    done = run(text, tmp_path, program.binary)

    assert (done.returncode, done.stderr) == (3, "")
    assert "It went another way: " in done.stdout and "QEMU: exit code 0" in done.stdout
    assert done.stdout.endswith("Whether the defect is there can't be told.\n")


@pytest.mark.parametrize(
    ("body", "said"), [("exit 5", "QEMU: exit code 5"), ('exec "$QEMU" -no-such-option', "QEMU: exit code 1")]
)
def test_what_is_no_such_qemu(
    reproduced: Callable[[str], Made], program: Program, tmp_path: Path, body: str, said: str
) -> None:
    """Of what can't be talked to it can't be told either, which is no error of the script."""
    text = script(*reproduced(LOST)).replace("LIMIT = 5.0", "LIMIT = 0.5")

    done = run(text, tmp_path, by_a_shell(tmp_path, program, body))

    assert (done.returncode, done.stderr) == (3, "")
    assert said in done.stdout


def test_a_wrapper(reproduced: Callable[[str], Made], program: Program, tmp_path: Path) -> None:
    """A script that starts a QEMU and waits for its end is as good as that."""
    for name in (FINDINGS[0], FINDINGS[2]):
        text = script(*reproduced(name))

        done = run(text, tmp_path, by_a_shell(tmp_path, program, '"$QEMU" "$@"; exit $?'))

        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_script_that_is_killed(reproduced: Callable[[str], Made], program: Program, tmp_path: Path) -> None:
    """Its QEMU goes with it."""
    text = script(*reproduced(LOST)).replace(
        '    qmp("chardev-add"', "    print(process.pid, flush=True)\n    time.sleep(60)\n" + '    qmp("chardev-add"', 1
    )
    (tmp_path / "script.py").write_text(text, "ascii")
    command = [sys.executable, "-I", "-S", "-u", str(tmp_path / "script.py"), program.binary]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"TMPDIR": str(tmp_path)}) as killed:
        assert killed.stdout is not None
        pid = next(int(line) for line in killed.stdout if line.strip().isdecimal())
        running = os.pidfd_open(pid)
        killed.kill()

    ended, _, _ = select.select([running], [], [], 20)
    os.close(running)
    assert ended


def test_no_such_qemu(reproduced: Callable[[str], Made], tmp_path: Path) -> None:
    """That there is no QEMU is told, and is not taken for one without the defect."""
    done = run(script(*reproduced(LOST)), tmp_path, "no-such-qemu")

    assert (done.returncode, done.stderr) == (2, "There is no such QEMU: name another as the argument.\n")


# -- what scripts are made of -----------------------------------------------------------------------------------------

MODULE = '''"""Parts."""

from __future__ import annotations

import os
import re

LIMIT = 5  # seconds


def one() -> int:
    """Uses another."""
    return two()


def two() -> int:
    """Used."""
    return os.getpid() + LIMIT


def three() -> bool:
    """Unused."""
    return bool(re.match("", ""))


class Peer:
    """Somebody."""

    def __init__(self) -> None:
        self.number = 1

    def stall(self) -> None:
        """Unused."""
        three()

    def leave(self) -> None:
        """Used."""
'''


def test_an_excerpt_has_what_is_needed() -> None:
    """Definitions, methods and imports that nobody needs are left out; the others are as they were, in their order."""
    text = excerpt(MODULE, "one()\nPeer().leave()")

    assert "three" not in text and "stall" not in text and "import re" not in text
    assert ast.unparse(ast.parse(text)) == ast.unparse(
        ast.parse(
            MODULE.replace('"""Parts."""\n', "")
            .replace("import re\n", "")
            .replace(MODULE[MODULE.index("def three") : MODULE.index("class Peer")], "")
            .replace(MODULE[MODULE.index("    def stall") : MODULE.index("    def leave")], "")
        )
    )


def test_what_only_looks_is_not_recorded() -> None:
    """Of what is seen after a stimulus the last is kept, and no command by which it was seen."""
    record = Record()
    record.add(Begun(read("Qmp0.stop")))
    record.sent({"execute": "stop", "id": "1"})
    record.received({"return": {}, "id": "1"})
    for number, state in enumerate(("running", "stopped"), 2):
        record.sent({"execute": "query-status", "id": str(number)})
        record.received({"return": {}, "id": str(number)})
        record.saw({"Vm0.state": state})

    lines = [str(entry) for entry in record.entries]

    assert lines[1:3] == ['-> {"execute": "stop", "id": "1"}', '<- {"return": {}, "id": "1"}']
    assert [line.strip() for line in (lines[0], *lines[3:])] == ["# Qmp0.stop", "Vm0.state: stopped"]


def test_who_was_there_for_nobody_is_not_recorded() -> None:
    """A listener is part of a run if somebody is told of it."""
    record = Record()
    record.meets("home", "Home", "a.peer", needed_by="a.peer")
    record.meets("home", "Home", "b.peer", needed_by="b.peer").did("hold")
    record.sent({"execute": "chardev-add", "arguments": {"path": "b.peer"}, "id": "1"})

    assert [str(entry).strip() for entry in record.entries][:2] == ["home1 = Home(b.peer)", "home1.hold()"]
    assert len(record.entries) == 3
