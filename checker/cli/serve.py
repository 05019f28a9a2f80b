"""`hotswap serve` and `hotswap console`: the layer, to talk to.

QEMU's words begin with one dash: no character stands for an option here.
"""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add them to the command line."""
    what = "a chardev layer to talk to, as QEMU's"
    serve = commands.add_parser("serve", help=what, prefix_chars="\0", add_help=False)
    serve.add_argument("words", nargs="*")
    serve.set_defaults(run=_serve)
    what = "a command on a console whose backend can be swapped"
    console = commands.add_parser("console", help=what, prefix_chars="\0", add_help=False)
    console.add_argument("words", nargs=argparse.REMAINDER)
    console.set_defaults(run=_console)


def _serve(options: argparse.Namespace) -> int:
    from ...impl.process.serve import serve

    return serve(options.words)


def _console(options: argparse.Namespace) -> int:
    from ...impl.process.console import console

    return console(options.words)
