"""What an installation brings, and what it leaves alone."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", ["spec", "impl", "checker"])
def test_nothing_generic_is_installed(name: str, tmp_path: Path) -> None:
    """Three folders with common names are no top-level packages where hotswap is installed."""
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is not None)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0


@pytest.mark.parametrize("name", ["spec", "impl", "checker"])
def test_every_package_is_typed(name: str) -> None:
    """A type checker finds the annotations of each package."""
    found = importlib.util.find_spec(f"hotswap.{name}")

    assert found is not None
    assert found.origin is not None
    assert (Path(found.origin).parent / "py.typed").exists()


def test_the_command_is_installed() -> None:
    """`hotswap` runs the command line."""
    found = [script for script in entry_points(group="console_scripts") if script.name == "hotswap"]

    assert [script.value for script in found] == ["hotswap.checker.cli:main"]


def test_one_version() -> None:
    """The installed version is the project's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert version("hotswap") == project["version"]
