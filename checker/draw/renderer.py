"""What lays a Graphviz source out: the wheel `graphviz-pure` (the same bytes on every machine), or a `dot`."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig

from ...spec.language.errors import SpecError

PURE, DOT = "graphviz-pure", "dot"
MISSING = f"there is no Graphviz: `pip install 'hotswap[diagrams]'` brings one ({PURE})"


def renderer(chosen: str | None = None) -> str | None:
    """The program that draws: the one that is asked for, that of the wheel, or the system's; None if there is none.

    Raises `SpecError` if the one that is asked for is not there.
    """
    if chosen is not None:
        found = shutil.which(chosen, path=sysconfig.get_path("scripts")) or shutil.which(chosen)
        if found is None:
            raise SpecError(f"there is no program `{chosen}`", instead="name a Graphviz `dot` that is installed")
        return found
    return shutil.which(PURE, path=sysconfig.get_path("scripts")) or shutil.which(PURE) or shutil.which(DOT)


def render(program: str, dot: str) -> str:
    """A source as SVG. Raises `SpecError` if the program does not take it."""
    done = subprocess.run([program, "-Tsvg"], input=dot, capture_output=True, text=True, encoding="utf-8")
    if done.returncode or "<svg" not in done.stdout:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise SpecError(f"{program} can't draw that: {said[0]}", instead="use another one by --renderer")
    return done.stdout
