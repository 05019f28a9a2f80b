"""`hotswap explore`: step through a spec in a browser."""

from __future__ import annotations

import argparse
from typing import Any

from .arguments import FORMATTER, Usage, add_lock, add_spec, seconds
from .codes import OK

EPILOG = """\
The page shows one state at a time: the steps that can be taken there, what each changes and what it breaks. Take one,
go back, or look for the shortest way to a state in which a condition holds, from the start or from where you are:

  any(d.state is Device.blocked for d in Device)

Only the states on the way are made, so that the page opens at once, whatever the size of the model. The address names
the place: the browser's back and forward buttons go along the steps, and a link leads there again.

The way to a place can be kept as JSON (`hotswap conform --traces` takes it), in the Informal Trace Format, or as a test
for pytest; and it can be run on an implementation of the chardev protocol: the layer, or a QEMU.

The server listens on this machine only, and its address has a token that nobody can guess. Ctrl-C ends it.
"""

MISSING = ("starlette", "uvicorn", "anyio")


def add(commands: Any) -> None:
    """Add it to the command line."""
    what = "step through a spec in a browser"
    parser = commands.add_parser("explore", help=what, epilog=EPILOG, formatter_class=FORMATTER)
    add_spec(parser)
    parser.add_argument("--profile", metavar="P", help="the version of the protocol (default: the spec's first)")
    parser.add_argument("--defect", metavar="NAME", help="with this mistake put into its profile")
    parser.add_argument("--scope", metavar="NAME|K=V,...", help="how large a world (default: the spec's first)")
    add_lock(parser)
    parser.add_argument("--port", type=_port, default=0, metavar="P", help="where the page is (default: a free port)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, and open nothing")
    which = "the QEMU to run traces on, by its name or path (default: qemu-system-x86_64)"
    parser.add_argument("--qemu", default="qemu-system-x86_64", metavar="BINARY", help=which)
    within = "in which a step has to come about there (default: 5)"
    parser.add_argument("--limit", type=seconds, default=5.0, metavar="SECONDS", help=within)
    parser.set_defaults(run=_run)


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 1 << 16:
        return int(text)
    raise argparse.ArgumentTypeError(f"`{text}` is no port; write a number below 65536")


def _run(options: argparse.Namespace) -> int:
    try:
        from ..live.server import PortTaken, Targets, address, application, listen, new_token, server
    except ModuleNotFoundError as error:
        if error.name not in MISSING:
            raise
        raise Usage(f"there is no {error.name}; pip install 'hotswap[explore]'") from None
    from ..live.model import Asked

    asked = Asked(options.spec, options.profile, options.defect, options.scope, options.lock)
    model = asked.model()
    try:
        listener = listen(options.port)
    except PortTaken as taken:
        raise Usage(str(taken)) from None
    with listener:
        token, port = new_token(), listener.getsockname()[1]
        app = application(asked, model, token, port, Targets(options.qemu, options.limit))
        where = address(listener, token)
        print(f"{model.title}\n{where}", flush=True)
        if not options.no_browser:
            import webbrowser

            webbrowser.open(where)
        server(app).run(sockets=[listener])
    return OK
