"""Which system a name on the command line stands for, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotswap.checker.load import load
from hotswap.spec import CHARDEV
from hotswap.spec.language import SpecError
from nic import NIC

HERE = Path(__file__).parent
TWO = """
from hotswap.spec.language import Machine, System, step

class Lamp(Machine):
    lit: bool

    @step()
    def toggle(self) -> None:
        self.lit = not self.lit

LAMP = System("lamp", [Lamp], {"small": {Lamp: 1}})
"""


def refusal(spec: str) -> str:
    """The one line that is said of a spec that can't be loaded."""
    with pytest.raises(SpecError) as caught:
        load(spec)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_flagship() -> None:
    """`chardev` is QEMU's protocol."""
    assert load("chardev") is CHARDEV


def test_a_module() -> None:
    """`module:System` imports the module."""
    assert load("nic:NIC") is NIC


def test_a_file() -> None:
    """`file.py:System` runs the file."""
    assert load(f"{HERE}/nic.py:NIC").name == "nic"


def test_a_file_with_one_system_need_not_name_it(folder: Path) -> None:
    """If there is only one system, it is meant."""
    (folder / "lamp.py").write_text(TWO)

    assert load("lamp.py").name == "lamp"


def test_a_file_may_import_its_neighbour(folder: Path) -> None:
    """What lies beside a spec can be imported by it."""
    (folder / "sub").mkdir()
    (folder / "sub" / "lamp_of_a_neighbour.py").write_text(TWO)
    (folder / "sub" / "spec.py").write_text("from lamp_of_a_neighbour import LAMP\n")

    assert load("sub/spec.py:LAMP").name == "lamp"


def test_a_file_named_as_a_standard_module(folder: Path) -> None:
    """A spec file's name can't get in the way of another module's."""
    (folder / "queue.py").write_text(TWO)

    assert load("queue.py:LAMP").name == "lamp"
    import queue

    assert not hasattr(queue, "LAMP")


def test_no_such_file(folder: Path) -> None:
    """A missing file is named, and so is one with a similar name."""
    (folder / "lamp.py").write_text(TWO)

    assert refusal("lmap.py:LAMP") == "the file lmap.py does not exist; did you mean `lamp.py`?"
    assert refusal("nowhere/at/all.py:X") == "the file nowhere/at/all.py does not exist"


def test_no_such_module() -> None:
    """A missing module is named, and how to write a spec's name."""
    assert refusal("hotswap.nothing:X").startswith("no module `hotswap.nothing`; write `chardev`, ")
    assert refusal("nothing_at_all.spec:X").startswith("no module `nothing_at_all`, so no `nothing_at_all.spec`; ")


def test_no_such_name(folder: Path) -> None:
    """A system that the file does not have is named, and so is one with a similar name."""
    (folder / "lamp.py").write_text(TWO)

    assert refusal("lamp.py:LAPM") == "lamp.py has no `LAPM`; did you mean `lamp.py:LAMP`?"


def test_another_object(folder: Path) -> None:
    """What is no System is said to be what it is."""
    (folder / "lamp.py").write_text(TWO)

    assert refusal("lamp.py:step") == "lamp.py:step is no System, but a function; write `lamp.py:LAMP`"


def test_no_system_or_several(folder: Path) -> None:
    """Without a name there has to be exactly one system."""
    (folder / "none.py").write_text("x = 1\n")
    (folder / "two.py").write_text(TWO + 'OTHER = System("other", [Lamp], {"small": {Lamp: 2}})\n')

    assert refusal("none.py").startswith("none.py has no system; write `SYSTEM = System(")
    assert refusal("two.py") == "two.py has more than one system; write `two.py:LAMP` or `two.py:OTHER`"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1 / 0\n", ":1: ZeroDivisionError: division by zero"),
        ("def f():\n    raise ValueError('so it is\\nand more')\nf()\n", ":2: ValueError: so it is"),
        ("import not_there_at_all\n", ":1: ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("x = (\n", ":1: '(' was never closed"),
        ("raise SystemExit\n", ":1: SystemExit"),
    ],
)
def test_an_error_in_the_file(folder: Path, text: str, message: str) -> None:
    """What a file raises is said in one line, with the line of the file."""
    (folder / "bad.py").write_text(text)

    assert refusal("bad.py:X") == f"{folder}/bad.py{message}"


def test_an_error_in_a_library(folder: Path) -> None:
    """What Python's own library raises is said with the line of the file that led there."""
    (folder / "twice.py").write_text(
        "from hotswap.spec.language import Table, row\nclass Kind(Table):\n    a = row()\n    a = row()\n"
    )
    (folder / "json_.py").write_text("import json\n\nx = json.loads('{')\n")

    assert refusal("twice.py").startswith(f"{folder}/twice.py:4: TypeError: 'a' already defined")
    assert refusal("json_.py").startswith(f"{folder}/json_.py:3: JSONDecodeError: ")


def test_an_error_in_the_language(folder: Path) -> None:
    """What the language refuses is said as it says it."""
    (folder / "bad.py").write_text(TWO.replace("lit: bool", "lit: int"))

    assert "Lamp.lit: an int needs its range" in refusal("bad.py:LAMP")


def test_a_file_of_a_package() -> None:
    """A file with relative imports has to be named as a module."""
    import hotswap.spec

    assert "package.module:System" in refusal(f"{Path(hotswap.spec.__file__).parent}/system.py:CHARDEV")


@pytest.mark.parametrize("spec", ["", "!", "a b", "chardef"])
def test_nonsense(spec: str) -> None:
    """Whatever is written, the answer says what can be."""
    assert "write `chardev`" in refusal(spec)
