"""The command line: what it prints, what it writes, and how it exits."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from hotswap.checker.cli import main
from hotswap.checker.cli.signals import undone_when_ended
from hotswap.checker.view import report

HERE = Path(__file__).parent
NIC = f"{HERE}/nic.py:NIC"
PYTHON = ("--engine", "python")


@dataclass(frozen=True)
class Ran:
    """What one run of the command line came to."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run a command in this process."""

    def run(*arguments: str) -> Ran:
        try:
            code = main(arguments)
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


Run = Callable[..., Ran]


def script(*arguments: str) -> list[str]:
    """The command as a process of its own."""
    return [sys.executable, "-m", "hotswap.checker", *arguments]


def interrupted(when: bytes, *arguments: str, by: signal.Signals = signal.SIGINT) -> tuple[int, str, bytes]:
    """Press Ctrl-C when the terminal shows something; the exit code, and what was said there and on standard output."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        script(*arguments), stdout=subprocess.PIPE, stderr=terminal, text=True, start_new_session=True
    )
    os.close(terminal)
    shown = b""
    while when not in shown:
        shown += os.read(controller, 4096)
    os.killpg(process.pid, by)
    out, _ = process.communicate(timeout=60)
    with contextlib.suppress(OSError):  # EIO is the end of a terminal that nobody has open
        while more := os.read(controller, 4096):
            shown += more
    os.close(controller)
    return process.returncode, out, shown


class TestCheck:
    def test_all_hold(self, run: Run) -> None:
        """Where every property holds and every state was visited, the exit code is 0."""
        ran = run("check", NIC, *PYTHON, "--profile", "repaired")

        assert (ran.code, ran.err) == (0, "")
        assert "nic, profile repaired, scope small, lock bql\n" in ran.out

    def test_safety(self, run: Run) -> None:
        """A safety property that is violated is 12."""
        assert run("check", NIC, *PYTHON).code == 12

    def test_deadlock(self, run: Run, tmp_path: Path) -> None:
        """A deadlock, and nothing worse, is 11."""
        (tmp_path / "stuck.py").write_text(
            "from hotswap.spec.language import Machine, State, System, step\n"
            "class Stuck(Machine):\n"
            "    a, b = State(initial=True), State()\n"
            "    @step(a, to=b)\n"
            "    def go(self) -> None:\n"
            "        pass\n"
            "S = System('stuck', [Stuck], {'small': {Stuck: 1}})\n"
        )

        assert run("check", f"{tmp_path}/stuck.py", *PYTHON).code == 11

    def test_bound(self, run: Run) -> None:
        """A search that stopped, with nothing violated so far, is 20."""
        ran = run("check", NIC, *PYTHON, "--profile", "repaired", "--max-states", "1_0")

        assert ran.code == 20
        assert "Stopped: 10 states." in ran.out

    def test_one_property(self, run: Run) -> None:
        """With --property only these are judged."""
        ran = run("check", NIC, *PYTHON, "--property", "no-leak", "--property", "stays-on")

        assert ran.code == 0
        assert [line.split()[0] for line in ran.out.splitlines() if "PROVED" in line] == ["no-leak", "stays-on"]

    def test_defect(self, run: Run) -> None:
        """A defect is put into the profile that it edits."""
        ran = run("check", NIC, *PYTHON, "--defect", "forget-last")

        assert ran.code == 12
        assert "nic, profile repaired with the defect forget-last, scope small" in ran.out

    def test_scope_of_ones_own(self, run: Run) -> None:
        """A scope that was written is explored, and called what was written."""
        assert "scope first=fast,spare=1, lock" in run("check", NIC, *PYTHON, "--scope", "first=fast,spare=1").out

    def test_without_the_lock(self, run: Run) -> None:
        """With --lock none, failure atomicity is undefined, never proved."""
        ran = run("check", NIC, *PYTHON, "--profile", "repaired", "--lock", "none")

        assert "failed-command-changes-nothing  UNDEFINED         not defined without the lock\n" in ran.out

    @pytest.mark.parametrize(("engine", "code"), [("native", 14), ("python", 0)])
    def test_vacuity(self, run: Run, tmp_path: Path, engine: str, code: int) -> None:
        """With --vacuity error, what is vacuous and not explained is 14; plain Python knows of rows only."""
        text = lamp(1, "shines").replace(
            "        self.lit =", "        if len(Lamp) > 9:\n            return\n        self.lit ="
        )
        (tmp_path / "lamp.py").write_text(text)
        spec = f"{tmp_path}/lamp.py:S"

        assert run("check", spec, "--engine", engine).code == 0
        assert run("check", spec, "--engine", engine, "--vacuity", "error").code == code

    @pytest.mark.parametrize(
        ("expect", "code", "message"),
        [
            ("no-dangling-pointer,no-use-after-free,failed-command-changes-nothing,served", 0, ""),
            ("none", 1, "violated, but not expected to be: served"),
            ("no-leak", 1, "expected to be violated, but is not: no-leak"),
            ("no-lek", 2, "did you mean `no-leak`?"),
        ],
    )
    def test_expect(self, run: Run, expect: str, code: int, message: str) -> None:
        """With --expect, exactly the named violations are a success."""
        ran = run("check", NIC, *PYTHON, "--expect", expect)

        assert ran.code == code
        assert message in ran.err

    def test_expectation_of_an_unfinished_search(self, run: Run) -> None:
        """Nothing is as expected before every state was visited."""
        expected = ("--profile", "repaired", "--expect", "none", "--max-states", "5")

        assert run("check", NIC, *PYTHON, *expected).code == 20

    def test_random_walks(self, run: Run) -> None:
        """Random walks find what breaks, and prove nothing."""
        first = ("--simulate", "50", "--depth", "20", "--seed", "7")
        broken, whole = run("check", NIC, *first), run("check", NIC, *first, "--profile", "repaired")

        assert (broken.code, whole.code) == (12, 20)
        assert "Stopped: 50 random walks." in whole.out
        assert ["no-leak", "UNKNOWN"] in [line.split() for line in whole.out.splitlines()]

    def test_random_walks_are_of_the_native_engine(self, run: Run) -> None:
        """What makes no sense of random walks is refused."""
        assert run("check", NIC, "--simulate", "5", *PYTHON).code == 2

    def test_json(self, run: Run, tmp_path: Path) -> None:
        """--json writes a document of the schema."""
        ran = run("check", NIC, *PYTHON, "--json", f"{tmp_path}/out.json")
        document = json.loads((tmp_path / "out.json").read_text())

        jsonschema.validate(document, report.schema())
        assert ran.code == 12
        assert (document["spec"], document["scope"], document["engine"]) == ("nic", "small", "python")

    def test_json_on_standard_output(self, run: Run) -> None:
        """With a dash there is the document and nothing else."""
        assert json.loads(run("check", NIC, *PYTHON, "--json", "-").out)["schema"] == "hotswap-check/2"

    def test_itf(self, run: Run, tmp_path: Path) -> None:
        """--itf writes the first trace; without one, that is said and nothing is written."""
        run("check", NIC, *PYTHON, "--itf", f"{tmp_path}/trace.itf.json")
        proved = run("check", NIC, *PYTHON, "--profile", "repaired", "--itf", f"{tmp_path}/none.itf.json")

        assert json.loads((tmp_path / "trace.itf.json").read_text())["#meta"]["format"] == "ITF"
        assert "nothing is violated, so there is no trace" in proved.err
        assert not (tmp_path / "none.itf.json").exists()

    def test_github(self, run: Run) -> None:
        """--format github prints annotations and nothing else."""
        lines = run("check", NIC, *PYTHON, "--format", "github").out.splitlines()

        assert lines
        assert all(line.startswith("::error ") for line in lines)


class TestMistakes:
    """Each is one line on standard error, and exit code 2."""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("check", "nothing.py:X"), "hotswap: the file nothing.py does not exist"),
            (("check", NIC, "--profile", "frist"), "hotswap: nic has no profile `frist`; did you mean `first`?"),
            (("check", NIC, "--scope", "huge"), "hotswap: nic has no scope `huge`; there are: small, medium"),
            (("check", NIC, "--property", "leak"), "hotswap: nic has no property `leak`; did you mean `no-leak`?"),
            (
                ("check", NIC, "--lock", "Swap.opened"),
                "hotswap: no command of nic holds a lock in `Swap.opened`; did you",
            ),
            (("check", NIC, "--defect", "x"), "hotswap: nic has no defect `x`; there are: forget-last"),
            (
                ("list", "row", NIC),
                "hotswap: there is no `hotswap list row`; there are: profiles, properties, defects,",
            ),
            (("check", NIC, "--json", "-", "--itf", "-"), "hotswap: --json - --itf -: one file can't be both"),
            (("mutate", NIC, "--floor", "101"), "hotswap: --floor 101: a share is at most 100 percent"),
            (("mutate", NIC, "--profile", "first"), f"hotswap: {HERE.name}/nic.py:"),
            (("path", "Card[0].state is", NIC), "hotswap: `Card[0].state is` is no expression"),
            (("path", "Card[0].stat is None", NIC), "hotswap: `Card[0].stat is None`: Card has no field `stat`; did"),
            (("path", "Crad[0].state is Card.off", NIC), "hotswap: `Crad` is not defined; did you mean `Card`?"),
        ],
    )
    def test_named(self, run: Run, arguments: tuple[str, ...], message: str) -> None:
        """A mistake is named, and what to write instead."""
        ran = run(*arguments)

        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(message)
        assert ran.err.count("\n") == 1

    @pytest.mark.parametrize("arguments", [(), ("chek",), ("check", "--max-states", "-1"), ("check", "--engine", "c")])
    def test_usage(self, run: Run, arguments: tuple[str, ...]) -> None:
        """What argparse refuses is 2 as well."""
        assert run(*arguments).code == 2


class TestOutputThatFails:
    """A clear message, an exit code that is not 0, no traceback."""

    def test_unwritable_before_the_search(self, run: Run, tmp_path: Path) -> None:
        """A file that can't be written is found out before anything is explored."""
        ran = run("check", f"{HERE}/endless.py", *PYTHON, "--json", f"{tmp_path}/none/out.json")

        assert (ran.code, ran.out) == (74, "")
        assert ran.err == f"hotswap: can't write {tmp_path}/none/out.json: No such file or directory\n"

    def test_full_disk(self, run: Run) -> None:
        """When the disk is full at the end, what was found is on standard output all the same."""
        ran = run("check", NIC, *PYTHON, "--json", "/dev/full")

        assert ran.code == 74
        assert "VIOLATED" in ran.out
        assert ran.err == "hotswap: can't write /dev/full: No space left on device\n"

    def test_full_standard_output(self) -> None:
        """The same of standard output itself."""
        with open("/dev/full", "w") as full:
            ran = subprocess.run(
                script("check", NIC, *PYTHON), stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )

        assert ran.returncode == 74
        assert ran.stderr == "hotswap: No space left on device\n"

    def test_nobody_reads(self, tmp_path: Path) -> None:
        """A reader that has enough, as `head`, is no error worth a word, and a file that was asked for is written."""
        reading, writing = os.pipe()
        os.close(reading)
        ran = subprocess.run(
            script("check", NIC, *PYTHON, "--json", str(tmp_path / "report.json")),
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        os.close(writing)

        assert ran.returncode == 141
        assert ran.stderr == ""
        assert (tmp_path / "report.json").stat().st_size


class TestInterrupts:
    """Ctrl-C and lack of memory end a search with what it has."""

    @pytest.fixture(autouse=True)
    def interruptible(self) -> Iterator[None]:
        """What runs in the background starts its children deaf to Ctrl-C; these hear it."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_nothing_is_left(self, by: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who is told to end removes what he has made for the time being, and after Ctrl-C says what he has."""
        report, passing = tmp_path / "report.json", tmp_path / "passing"
        passing.mkdir()
        monkeypatch.setenv("TMPDIR", str(passing))

        asked = ("--target", "serve", "--random", "1000000", "--json", str(report))
        code, _, _ = interrupted(b" conversations ", "conform", *asked, by=by)

        assert code == 128 + by
        assert list(passing.iterdir()) == []
        assert list(tmp_path.iterdir()) == [passing, *([report] if by is signal.SIGINT else [])]

    @pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
    def test_an_end_that_python_ignores(self, by: signal.Signals) -> None:
        """What a signal raises in the callback of a weak reference, where nothing is raised, is raised soon after."""

        class Passing:
            pass

        passing = Passing()
        reference = weakref.ref(passing, lambda _: signal.raise_signal(by))
        with pytest.raises((KeyboardInterrupt, SystemExit)), undone_when_ended():  # noqa: PT012
            del passing
            signal.sigtimedwait([], 20)

        assert reference() is None

    def test_who_is_to_go_on(self) -> None:
        """What was started by `nohup` goes on when its terminal has gone."""
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with undone_when_ended():
                assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
                assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        finally:
            signal.signal(signal.SIGHUP, before)

    @pytest.mark.parametrize("engine", ["native", "python"])
    def test_ctrl_c(self, engine: str) -> None:
        """On Ctrl-C the report says how far the search was; the exit code is 130."""
        code, out, err = interrupted(b" frontier ", "check", f"{HERE}/endless.py", "--engine", engine)

        assert code == 130
        assert "Not every state was visited. Stopped: interrupted." in out
        assert "no-deadlock            UNKNOWN\n" in out
        assert b"Traceback" not in err

    def test_ctrl_c_in_several_processes(self) -> None:
        """On Ctrl-C, which all processes of a terminal hear, `mutate` says what it has judged; the exit code is 130."""
        code, out, err = interrupted(b" mistakes", "mutate", "--profile", "repaired", "--jobs", "2")

        assert code == 130
        assert "Not everything was tried: interrupted.\n" in out
        found = re.search(r"(\d+) of (\d+) mutants and (\d+) of (\d+) defects", out)
        assert found is not None
        mutants, all_mutants, defects, all_defects = map(int, found.groups())
        assert 0 < mutants + defects < all_mutants + all_defects
        assert b"Traceback" not in err

    def test_memory(self) -> None:
        """When memory runs out, the report says how far the search was; the exit code is 20."""
        code = (
            "import resource\n"
            "from pathlib import Path\n"
            "from hotswap.checker.cli import main\n"
            f"main(['check', '{HERE}/nic.py', '--engine', 'python'])\n"
            "most = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize() + (40 << 20)\n"
            "resource.setrlimit(resource.RLIMIT_AS, (most, most))\n"
            f"raise SystemExit(main(['check', '{HERE}/endless.py', '--engine', 'python']))\n"
        )
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

        assert ran.returncode == 20
        assert "Stopped: the memory that the system gives." in ran.stdout
        assert "Traceback" not in ran.stderr

    def test_no_room_for_a_library(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """A library that can't be loaded for want of memory is out of memory, and not output that can't be written."""

        def load(spec: str) -> None:
            try:
                raise OSError("libllvmlite.so: failed to map segment from shared object")
            except OSError:
                raise OSError("Could not find/load shared object file 'libllvmlite.so'")  # noqa: B904

        monkeypatch.setattr("hotswap.checker.load.load", load)
        ran = run("check", NIC)

        assert ran.code == 20
        assert ran.err.startswith("hotswap: out of memory; ")


class TestList:
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("profiles", ["repaired", "1", "With", "the", "old", "backend"]),
            ("properties", ["stays-on", "action", "A", "card", "is", "never", "switched", "off."]),
            ("defects", ["forget-last", "repaired", "no-dangling-pointer", "The", "card"]),
            ("scopes", ["medium", "first=slow+fast,spare=2,lively=True"]),
            ("machines", ["Card", "2", "5", "4", "The", "guest's", "network", "card."]),
            ("rows", ["Swap.find", "idle", "found", "monitor", "1", "`netdev_find`"]),
        ],
    )
    def test_a_table_of_each(self, run: Run, kind: str, words: list[str]) -> None:
        """Whatever a system has can be listed."""
        ran = run("list", kind, NIC)

        assert ran.code == 0
        assert words in [line.split()[: len(words)] for line in ran.out.splitlines()]

    def test_all(self, run: Run) -> None:
        """Without a kind there is everything but the rows."""
        out = run("list", NIC).out

        assert all(word in out for word in ("forget-last", "stays-on", "medium", "first"))
        assert "Swap.find" not in out

    def test_verbose(self, run: Run) -> None:
        """With -v a defect shows its edits."""
        assert "Swap.change: self.card.last = None  ->  pass" in run("list", "defects", NIC, "-v").out

    def test_switches(self, run: Run) -> None:
        """With -v the profiles are followed by their switches, each marked below the profiles that have it on."""
        short, long = (run("list", "profiles", NIC, *more).out for more in ((), ("-v",)))
        _, added = long.split(short)
        assert added.splitlines() == [
            "",
            "switch    first  repaired  what it says, and its source",
            "keep-old         x         The old backend is dropped only when the new one is open.",
            "                           ours",
        ]

    def test_scopes_that_grow(self, run: Run, tmp_path: Path) -> None:
        """Of a scope that has all of a smaller one, what it adds is shown."""
        (tmp_path / "scopes.py").write_text(
            "from nic import NIC, Setup, Speed\n"
            "from hotswap.spec.language import System\n"
            "A = [Setup((Speed.slow,), spare=i) for i in range(6)]\n"
            "B = [*A, Setup((Speed.fast,))]\n"
            "S = System('s', NIC.machines, {'small': A, 'medium': B, 'large': [*B, Setup(())]}, NIC.boot)\n"
        )
        short = run("list", "scopes", f"{tmp_path}/scopes.py:S").out.splitlines()
        long = run("list", "scopes", f"{tmp_path}/scopes.py:S", "-v").out

        assert [line[8:] for line in short[4:]] == [
            "and 3 more, which -v shows",
            "the 6 of small, and",
            "first=fast,spare=2,lively=True",
            "the 7 of medium, and",
            "first=,spare=2,lively=True",
        ]
        assert "first=slow,spare=5,lively=True" in long

    def test_the_flagship(self, run: Run) -> None:
        """The default spec is QEMU's chardev."""
        assert "qemu-2.10" in run("list", "profiles").out


class TestCompare:
    def test_the_table(self, run: Run, tmp_path: Path) -> None:
        """Properties down, profiles across; the exit code is 0 when the table was made."""
        ran = run("compare", NIC, *PYTHON, "--json", f"{tmp_path}/out.json")
        lines = [line.split() for line in ran.out.splitlines()]
        document = json.loads((tmp_path / "out.json").read_text())

        assert ran.code == 0
        assert ["property", "first", "repaired"] in lines
        assert ["served", "3", "steps", "PROVED"] in lines
        assert document["schema"] == "hotswap-compare/1"
        assert [profile["profile"] for profile in document["profiles"]] == ["first", "repaired"]
        assert document["profiles"][0]["properties"][0] == {
            "name": "no-dangling-pointer",
            "kind": "built-in",
            "verdict": "violated",
            "trace_length": 3,
        }

    def test_studies_are_asked_for(self, run: Run, tmp_path: Path) -> None:
        """A profile that is a study is compared if it is named, as any others."""
        text = "from dataclasses import replace\nfrom nic import NIC\nfirst, repaired = NIC.profiles\n"
        text += "NIC2 = replace(NIC, profiles=(first, repaired, replace(first, name='apart', study=True)))\n"
        (tmp_path / "studied.py").write_text(text)
        spec = f"{tmp_path}/studied.py:NIC2"
        heads = [
            next(line.split() for line in run("compare", spec, *PYTHON, *given).out.splitlines() if "property" in line)
            for given in ((), ("--profile", "apart", "--profile", "first"))
        ]

        assert heads == [["property", "first", "repaired"], ["property", "apart", "first"]]


def lamp(count: int, name: str) -> str:
    """A spec of a lamp with so many invariants; the first has this name."""
    return (
        "from dataclasses import replace\n"
        "from hotswap.spec.language import Machine, System, invariant, step\n"
        "class Lamp(Machine):\n"
        "    lit: bool\n"
        "    @step()\n"
        "    def toggle(self) -> None:\n"
        "        self.lit = not self.lit\n"
        "@invariant\n"
        f"def {name}() -> bool:\n"
        "    return Lamp[0].lit or not Lamp[0].lit\n"
        f"P = [{name}, *(replace({name}, name=f'p{{i}}') for i in range({count - 1}))]\n"
        "S = System('lamp', [Lamp], {'small': {Lamp: 1}}, properties=P)\n"
    )


class TestPath:
    def test_there_is_one(self, run: Run) -> None:
        """The shortest trace to a state that meets the predicate."""
        ran = run("path", "any(b.speed is Speed.fast for b in Backend)", NIC, *PYTHON, "--profile", "repaired")

        assert ran.code == 0
        assert "3 steps to `any(b.speed is Speed.fast for b in Backend)`" in ran.out
        assert "Swap0.change" in ran.out

    def test_at_once(self, run: Run) -> None:
        """An initial state can be one."""
        assert "0 steps to `Card[0].state is Card.off`" in run("path", "Card[0].state is Card.off", NIC, *PYTHON).out

    def test_a_property_named_path(self, run: Run, tmp_path: Path) -> None:
        """What a system's properties are called is no matter."""
        (tmp_path / "lamp.py").write_text(lamp(1, "path"))

        assert run("path", "Lamp[0].lit", f"{tmp_path}/lamp.py", *PYTHON).code == 0

    def test_no_room_for_one_more(self, run: Run, tmp_path: Path) -> None:
        """A system that has as many properties as there may be leaves no room for the predicate, and that is said."""
        (tmp_path / "lamp.py").write_text(lamp(54, "p"))
        ran = run("path", "Lamp[0].lit", f"{tmp_path}/lamp.py", *PYTHON)

        assert ran.code == 2
        assert "lamp has 64 properties, so that there is no room for one more to look for; leave one out" in ran.err

    def test_there_is_none(self, run: Run) -> None:
        """If no state meets it, the exit code is 1; if the search stopped before, 20."""
        none = ("path", "Card[0].backend is None and Card[0].state is Card.off", NIC, *PYTHON)

        assert run(*none).code == 1
        assert run(*none, "--max-states", "5").code == 20


class TestMutate:
    def test_the_report(self, run: Run, tmp_path: Path) -> None:
        """What became of the mutants, and of each property how many defects and mutants break it, and which alone."""
        ran = run("mutate", NIC, "--jobs", "1", "--json", f"{tmp_path}/out.json")
        lines = [line.split() for line in ran.out.splitlines()]
        document = json.loads((tmp_path / "out.json").read_text())

        assert ran.code == 0
        assert "nic, profile repaired, scope small\n23 of 23 mutants and 1 of 1 defects, " in ran.out
        assert ["no-dangling-pointer", "1", "1", "0"] in lines
        assert document["schema"] == "hotswap-mutate/1"
        assert (document["killed"], document["matter"], len(document["judged"])) == (6, 6, 24)
        assert document["judged"][0] == {
            "kind": "defect",
            "name": "forget-last",
            "row": "Swap.change",
            "file": "tests/nic.py",
            "line": document["judged"][0]["line"],
            "fate": "killed",
            "by": ["no-dangling-pointer", "no-use-after-free"],
            "explanation": "",
        }

    def test_what_survives(self, run: Run) -> None:
        """One that survives is named with its place; of the others, -v says what became of them."""
        spec = f"{HERE}/models/ring_election.py"
        short, long = (run("mutate", spec, "--jobs", "1", *more).out for more in ((), ("-v",)))

        assert "Survived: drop-call@Node.join: self.send(self.inbox.popleft()), tests/models/ring_election.py:" in short
        assert "swallowed" not in short
        assert "Killed by no-deadlock, there-is-a-leader: swallowed\n" in long

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [(("--floor", "75"), 0), (("--floor", "76"), 1), (("--vacuity", "error"), 14), (("--sample", "1"), 0)],
    )
    def test_exit_codes(self, run: Run, arguments: tuple[str, ...], code: int) -> None:
        """Fewer killed than the floor is 1, a property that nothing breaks is 14 on request."""
        assert run("mutate", f"{HERE}/models/ring_election.py", "--jobs", "1", *arguments).code == code


class TestExport:
    def test_murphi(self, run: Run) -> None:
        """The text on standard output begins with what it is of, and has a rule for every row."""
        ran = run("export", NIC, "--to", "murphi", "--profile", "repaired", "--lock", "none")

        assert ran.code == 0
        assert ran.out.startswith("-- nic, profile repaired, scope small, lock none\n")
        assert 'rule "Swap.find"' in ran.out

    def test_defect(self, run: Run) -> None:
        """A defect is put into the profile that it edits."""
        text = run("export", NIC, "--defect", "forget-last").out

        assert text.startswith("-- nic, profile repaired, scope small, lock bql, with the defect forget-last\n")

    def test_scope_of_ones_own(self, run: Run) -> None:
        """There are the start states of the configurations that are asked for, and no others."""
        text = run("export", NIC, "--scope", "small,spare=1,first=fast").out

        assert 'startstate "first=fast,spare=1,lively=True: 1"' in text
        assert "first=slow" not in text


def test_help_is_quick() -> None:
    """--help imports nothing heavy, and not even the spec."""
    code = (
        "import sys\n"
        "from hotswap.checker.cli import main\n"
        "try: main(['check', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numba', 'numpy', 'llvmlite', 'networkx', 'rich', 'transitions', 'graphviz', 'hotswap.spec'}\n"
        "raise SystemExit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.stderr == ""
    assert "exit codes:" in ran.stdout


def test_version(run: Run) -> None:
    """--version says which."""
    assert run("--version").out.startswith("hotswap 0.")
