"""A command on a console whose backend is swapped while the command runs."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import closing, suppress

from ..backends.stdio import Stdio
from ..devices.console import Console
from ..errors import ChardevError
from ..layer import Backend, Layer
from ..posix.host import PosixHost
from .serve import create, front, started
from .session import Session
from .signals import Ended, Signals
from .words import UsageError, Words, words

NAME = "console0"
PATIENCE = 5.0
"""For how many seconds the last output may wait for a reader, and a command that was hung up on may take to end."""
PERIOD = 0.01
"""How often it asks whether the reader of a pseudo terminal has read all, in seconds: nobody tells."""
NOT_RUNNABLE, NOT_FOUND = 126, 127
"""A shell's exit codes for a command that can't be run, and for one that is not there."""

HELP = """\
usage: hotswap console --qmp unix:PATH [--profile NAME] ... -- COMMAND [ARGUMENT ...]

Run a command on a terminal of its own, whose other side is the chardev `console0`. That is this terminal at first, and
can be any other backend, by chardev-change, while the command runs and notices nothing.

  --qmp unix:PATH             a monitor for programs, which listens at the path; with server=off it connects to it
  --monitor unix:PATH         the same, to type to: chardev-change console0 pty
  --profile NAME              whose behaviour: repaired (the default), qemu-10.0 or qemu-7.2

The other words of `hotswap serve` can be said, too. Where nobody can read what the command writes (null, a listener
without a client), that is discarded; on a pty it waits until somebody opens the pty, and the command with it.

It ends with the command, and with its exit code: 128 and the signal if the command was killed, 127 if there is no such
command, 126 if it can't be run, 2 if the words are wrong. `quit`, SIGTERM, and the end of the terminal that it is on
hang up on the command: the exit code is 129 then, unless the command hears that and ends with a code of its own.
"""


class NotStarted(Exception):
    """There is no such command, or it can't be run."""

    def __init__(self, error: OSError, name: str) -> None:
        super().__init__(f"{name}: {error.strerror}")
        self.code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE


def console(given: Sequence[str]) -> int:
    """Run a command to its end; returns its exit code."""
    if {"-h", "-help", "--help"} & set(given[: _end(given)]):
        print(HELP, end="")
        return 0
    signals = Signals()
    try:
        return asyncio.run(_console(*_words(given), signals))
    except (UsageError, ChardevError) as error:
        return _failed(error, 2)
    except NotStarted as error:
        return _failed(error, error.code)
    except Ended:
        return signals.code or 0
    finally:
        signals.over()


def _failed(error: Exception, code: int) -> int:
    print(f"hotswap console: {error}", file=sys.stderr)
    return code


def _end(given: Sequence[str]) -> int:
    return given.index("--") if "--" in given else len(given)


def _words(given: Sequence[str]) -> tuple[Words, Sequence[str]]:
    """Its own words, and those of the command."""
    end = _end(given)
    if end == len(given):
        raise UsageError("where does the command begin? write -- in front of it")
    asked = words(given[:end], Words(command="console", listens=True))
    if not given[end + 1 :]:
        raise UsageError("there is no command behind --")
    if not asked.monitors:
        raise UsageError("nobody could swap the backend; --monitor unix:PATH or --qmp unix:PATH makes a monitor")
    return asked, given[end + 1 :]


async def _console(asked: Words, arguments: Sequence[str], signals: Signals) -> int:
    host = PosixHost(asyncio.get_running_loop(), signals.waiting, transparent=True)
    with started(asked, host) as layer, closing(Session(arguments)) as session:
        create(layer, NAME, Backend(Stdio))
        try:
            session.start()
        except OSError as error:
            raise NotStarted(error, arguments[0]) from None
        frontend = Console(layer, session.terminal)
        front(frontend, NAME)
        await _ended(layer, session, signals)
        if session.ended.done():
            with suppress(TimeoutError):
                await asyncio.wait_for(_deliver(frontend), PATIENCE)
        frontend.unrealize()
        session.close()
        await asyncio.wait([session.ended], timeout=PATIENCE)
        return session.ended.result() if session.ended.done() else 128 + signal.SIGHUP


async def _ended(layer: Layer, session: Session, signals: Signals) -> None:
    """The command has, or this process is to: by `quit`, by a signal, or because its terminal is gone."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    session.ended.add_done_callback(lambda _: over.set())
    layer.quit = over.set
    signals.tell(loop, over.set, minds_hang_up=lambda: layer.stdio_in_use)
    loop.add_signal_handler(signal.SIGWINCH, session.resize)
    await over.wait()


async def _deliver(frontend: Console) -> None:
    """The command's last output; a pseudo terminal that is closed drops what its reader has not read."""
    delivered = asyncio.Event()
    frontend.finish(delivered.set)
    await delivered.wait()
    while frontend.is_unread():
        await asyncio.sleep(PERIOD)
