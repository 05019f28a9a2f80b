"""The folders are floors, and an import points down."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

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


@functools.cache
def imports() -> list[tuple[str, str, str]]:
    """Every import of every file: the file, its folder, and what it imports."""
    return [
        (name, folder(name.removesuffix(".py").replace("/", ".")), module)
        for file in FILES
        for name in [file.relative_to(ROOT).as_posix()]
        for module in imported(file)
    ]


def test_an_import_points_down() -> None:
    """No file imports from a floor above its own, and the packages import one another relatively."""
    by_installed_name = [(file, name) for file, _, name in imports() if name.startswith("hotswap")]
    above = [
        (file, name)
        for file, mine, name in imports()
        if not name.startswith("hotswap") and FLOORS[folder(name)] > FLOORS[mine]
    ]

    assert (by_installed_name, above) == ([], [])


def test_the_checker_knows_no_chardev() -> None:
    """Compiler, engines and views import the language and never the chardev protocol; only a name on the command line
    leads there."""
    assert [(file, name) for file, _, name in imports() if file.startswith("checker/") and folder(name) == "spec"] == []


def test_the_implementation_and_the_checker_know_nothing_of_each_other() -> None:
    """`impl` never imports `checker`, and below floor 3 `checker` never imports `impl`."""
    upwards = [(file, name) for file, mine, name in imports() if mine == "impl" and name.startswith("checker")]
    sideways = [
        (file, name)
        for file, mine, name in imports()
        if mine.startswith("checker/") and FLOORS[mine] < 3 and name.startswith("impl")
    ]

    assert (upwards, sideways) == ([], [])


def test_the_rules_are_about_something() -> None:
    """The imports that the rules allow are there: of the language by the checker, and of `impl` from above."""
    found = {(mine, folder(name)) for _, mine, name in imports()}

    assert {("checker/compile", "spec/language"), ("checker/targets", "impl"), ("spec", "spec/language")} <= found
