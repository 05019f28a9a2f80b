"""`hotswap diagram` draws a spec."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hotswap.checker.cli import main
from hotswap.checker.draw import look
from hotswap.checker.draw.pointers import picture
from hotswap.checker.draw.renderer import DOT, PURE
from hotswap.spec import CHARDEV

OWNERS = ("Id", "Connect", "Change")
"""Who can own a chardev."""
SIZES = {"dot": r'(?:font|point-)size="?([\d.]+)', "svg": r'font-size="([\d.]+)"'}
"""Where the size of letters stands in a file."""
NIC = f"{Path(__file__).with_name('nic.py')}:NIC"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def nic(tmp_path: Path) -> Path:
    """A folder with the pictures of the network card."""
    assert main(["diagram", NIC, "--out", str(tmp_path / "new" / "nic"), "-q"]) == 0
    return tmp_path / "new" / "nic"


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sources of the pictures of the repaired chardev."""
    folder = tmp_path_factory.mktemp("repaired")
    assert main(["diagram", "--to", "dot", "--profile", "repaired", "--out", str(folder), "-q"]) == 0
    return folder


def test_every_machine_has_a_picture(nic: Path) -> None:
    """Each machine with control states has a source and a picture that shows its states and rows."""
    assert {path.name for path in nic.iterdir()} == {
        f"{name}.{to}" for name in ("calls", "pointers", "Card", "Swap") for to in ("dot", "svg")
    }
    words = "".join(ElementTree.parse(nic / "Swap.svg").getroot().itertext())

    assert all(word in words for word in ("idle", "found", "find", "change"))


def test_who_calls_whom(nic: Path) -> None:
    """There is an arrow from each machine to those that it calls, with the names of what it calls."""
    arrows = re.findall(r"\t(\w+) -> (\w+) \[.*label=\"([^\"]*)\"", (nic / "calls.dot").read_text("utf-8"))

    assert [(caller, called) for caller, called, _ in arrows] == [("Card", "Backend")]
    assert all(names.endswith("\\l") for _, _, names in arrows)


def test_who_points_to_whom() -> None:
    """There is an arrow for each way of pointing: thick if it owns, thin if it borrows, dashed if it may dangle."""
    drawn = picture(CHARDEV)
    assert drawn is not None
    arrows = dict(re.findall(r"-> \w+ \[(.*id=\"?pointers\.(\w+\.\w+\.[\w-]+).*)\]", drawn.dot))
    styles = {name: (re.findall(r"penwidth=([\d.]+)", line), "style=dashed" in line) for line, name in arrows.items()}

    assert styles["Id.Chardev.owns"] == (["2.5"], False)
    assert styles["Frontend.Chardev.borrows"] == (["1"], False)
    assert styles["Change.Chardev.may-dangle"] == ([], True)
    assert {name for name in styles if name.endswith("owns")} == {f"{who}.Chardev.owns" for who in OWNERS}


def test_there_is_room_for_wider_letters(nic: Path) -> None:
    """Boxes are laid out for letters that are larger than those that are written."""
    sizes = {
        kind: set(re.findall(pattern, (nic / f"Swap.{kind}").read_text("utf-8"))) for kind, pattern in SIZES.items()
    }

    assert sizes == {"dot": {"16.8", "13.2"}, "svg": {"14.00", "11.00"}}


def test_who_can_not_see_it_is_told(nic: Path) -> None:
    """A picture has a title, and says what it is a picture of."""
    root = ElementTree.parse(nic / "Swap.svg").getroot()

    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "nic: Swap"
    assert (root.findtext(f"{SVG}desc") or "").endswith("Its states: idle, found.")


def test_every_colour_is_another_one_in_the_dark(nic: Path) -> None:
    """No colour is drawn that the style sheet does not know."""
    for path in nic.glob("*.svg"):
        drawn = set(re.findall(r'(?:fill|stroke)="([^"]+)"', path.read_text("utf-8").partition("</style>")[2]))
        assert drawn <= look.IN_THE_DARK.keys() | {"none"}


def test_the_same_twice(nic: Path, tmp_path: Path) -> None:
    """The same spec gives the same bytes, and nothing in them is of the renderer's making."""
    assert main(["diagram", NIC, "--out", str(tmp_path), "-q"]) == 0

    assert [(tmp_path / path.name).read_bytes() == path.read_bytes() for path in nic.iterdir()] == [True] * 8
    assert "Generated" not in (nic / "Swap.svg").read_text("utf-8")


def test_rows_that_never_fire_are_marked(tmp_path: Path, repaired: Path) -> None:
    """A row that fires in some versions says in which, and in the others that it never fires."""
    assert main(["diagram", "--to", "dot", "--profile", "qemu-7.2", "--out", str(tmp_path), "-q"]) == 0
    old, new = ((folder / "Change.dot").read_text("utf-8") for folder in (tmp_path, repaired))

    assert re.search(r"<b>reopen</b></font><br[^>]*>&#160;<font[^>]*>main, never fires, only qemu-2.10", new)
    assert re.search(r"<b>dispatch</b></font><br[^>]*>&#160;<font[^>]*>main, never fires, only qemu-10.0", old)
    assert re.search(r"<b>dispatch</b></font><br[^>]*>&#160;<font[^>]*>main, only qemu-10.0, repaired<", new)


def test_states_that_nobody_is_in_are_grey(repaired: Path) -> None:
    """Of a state that no object is ever in, the box and the arrows are grey, and an operation to it is never called."""
    lines = [line.strip() for line in (repaired / "Id.dot").read_text("utf-8").splitlines()]
    grey = {line.partition(" [")[0] for line in lines if f'color="{look.FAINT}"' in re.sub(r"<.*>", "", line)}

    assert grey == {"lost", "vacant -> lost", "lost -> taken"}
    assert any("<b>lose</b>" in line and ">never called, only qemu-2.10, qemu-7.2" in line for line in lines)


def test_mermaid(tmp_path: Path) -> None:
    """As Mermaid, for pages that render it."""
    assert main(["diagram", NIC, "--to", "mermaid", "--out", str(tmp_path)]) == 0

    assert (tmp_path / "Swap.mmd").read_text("utf-8").startswith("stateDiagram-v2\n")


def test_without_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """If there is none, there are the sources, and it is said how to have one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))

    assert main(["diagram", NIC, "--out", str(tmp_path / "out"), "-q"]) == 0

    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"{name}.dot" for name in ("calls", "pointers", "Card", "Swap")}
    assert "pip install 'hotswap[diagrams]'" in capsys.readouterr().err


def test_another_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If there is no wheel, the system's `dot` draws."""
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / DOT).symlink_to(Path(sysconfig.get_path("scripts")) / PURE)
    monkeypatch.setenv("PATH", str(bin))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))

    assert main(["diagram", NIC, "--out", str(tmp_path / "out"), "-q"]) == 0

    assert (tmp_path / "out" / "Swap.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--renderer", "no-such-dot"], "there is no program `no-such-dot`"),
        (["--renderer", "false"], "can't draw that: exit code 1"),
        (["--renderer", "dot", "--to", "dot"], "--renderer is for pictures"),
    ],
)
def test_a_renderer_that_is_none(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can't draw is said in one line, and nothing is written."""
    assert main(["diagram", NIC, "--out", str(tmp_path / "out"), "-q", *arguments]) == 2

    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("out/*"))


def test_a_folder_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that can't be written to is an error of its own."""
    (tmp_path / "out").write_text("a file", "utf-8")

    assert main(["diagram", NIC, "--out", str(tmp_path / "out"), "-q"]) == 74

    assert "can't write to" in capsys.readouterr().err


def test_all_or_none(nic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If one file can't be written, the others are as they were."""
    (nic / "Swap.svg").unlink()
    (nic / "Swap.svg").mkdir()
    (nic / "Card.dot").write_text("mine", "utf-8")

    assert main(["diagram", NIC, "--out", str(nic), "-q"]) == 74

    assert "can't write" in capsys.readouterr().err
    assert (nic / "Card.dot").read_text("utf-8") == "mine"
