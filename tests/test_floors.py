"""The folders are floors, and an import points down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "spec/language": 0,
    "spec": 1,
    "impl": 2,
    "checker/compile": 2,
    "checker/explore": 2,
    "checker/export": 2,
    "checker/mutate": 2,
    "checker/refine": 3,
    "checker/conform": 3,
    "checker/learn": 3,
    "checker/targets": 3,
    "checker/testing": 3,
    "checker/load": 3,
    "checker/scopes": 3,
    "checker/tours": 3,
    "checker/view": 3,
    "checker/draw": 3,
    "checker/page": 3,
    "checker/live": 3,
    "checker/cli": 4,
    "checker": 4,
}
FILES = sorted(path for top in ("spec", "impl", "checker") for path in (ROOT / top).rglob("*.py"))


def folder(module: str) -> str:
    """The folder of FLOORS that a dotted module lies in; the facades `spec` and `checker` count as what they show."""
    path = module.replace(".", "/")
    return max((name for name in FLOORS if path == name or path.startswith(f"{name}/")), key=len)


def imported(file: Path) -> Iterator[str]:
    """The modules of this project that a file imports, from the top of the repository."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*parts[: len(parts) - node.level], *(node.module or "").split(".")]
            stem = ".".join(part for part in base if part)
            found = [f"{stem}.{name.name}".strip(".") for name in node.names]
            yield from (name if (ROOT / name.replace(".", "/")).is_dir() else stem for name in found)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from [node.module] if node.module.startswith("hotswap") else []
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("hotswap"))


def test_every_folder_has_its_floor() -> None:
    """No folder of the checker is on a floor because nobody has said on which it is."""
    folders = {f"checker/{path.name}" for path in (ROOT / "checker").iterdir() if (path / "__init__.py").exists()}

    assert folders <= FLOORS.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_an_import_points_down(file: Path) -> None:
    """No file imports from a floor above its own, and the packages import one another relatively."""
    mine = folder(str(file.relative_to(ROOT).with_suffix("")).replace("/", "."))
    for name in imported(file):
        assert not name.startswith("hotswap"), f"{file} imports {name} by its installed name"
        assert FLOORS[folder(name)] <= FLOORS[mine], f"{file} imports {name}, which is above it"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_checker_knows_no_chardev(file: Path) -> None:
    """Compiler, engines and views import the language and never the chardev protocol; only a name on the command line
    leads there."""
    if file.is_relative_to(ROOT / "checker"):
        assert all(folder(name) != "spec" for name in imported(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_implementation_and_the_checker_know_nothing_of_each_other(file: Path) -> None:
    """`impl` never imports `checker`, and below floor 3 `checker` never imports `impl`."""
    mine = folder(str(file.relative_to(ROOT).with_suffix("")).replace("/", "."))
    for name in imported(file):
        assert not (mine == "impl" and name.startswith("checker"))
        assert not (mine.startswith("checker/") and FLOORS[mine] < 3 and name.startswith("impl"))
