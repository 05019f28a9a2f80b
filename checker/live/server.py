"""The page on the live model: an address for each question, and all that is asked stands in the question."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from ...spec.language.errors import SpecError
from ..conform.finding import NotDrivable
from ..draw import look
from ..draw.renderer import renderer
from ..page.drawings import drawings
from ..page.parts import static
from .errand import Errand, line, report
from .export import export
from .guard import Guard
from .model import Asked, Model
from .place import model, place, starts
from .position import Live, Nowhere, Path, read, written
from .run import check_drivable
from .search import check_predicate
from .sequence import sequence

HOST = "127.0.0.1"
"""Nobody on another machine can reach it."""
KINDS = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
PARTS = ("explore.html", "explore.js", "explore.css", "trace.js", "page.css")
"""Of the page."""
LINES = "application/x-ndjson"

REFUSED: Mapping[type[Exception], int] = {Nowhere: 404, SpecError: 400, NotDrivable: 409}
"""What is said to who asks for what there is not, by what it raises."""


class PortTaken(Exception):
    """There is another server at the port, or the port is not for everybody."""


@dataclass(frozen=True)
class Targets:
    """How an implementation is run: which QEMU, and how long it may take to show something."""

    qemu: str = "qemu-system-x86_64"
    limit: float = 5.0


def listen(port: int) -> socket.socket:
    """Where the page can be reached: at that port, or at any (0). Raises `PortTaken`."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except OSError as error:
        made.close()
        raise PortTaken(f"port {port}: {error.strerror}; name another with --port, or none for a free one") from None
    made.listen()
    return made


def new_token() -> str:
    """What stands in the address, and can't be guessed."""
    return secrets.token_urlsafe(24)


def address(listener: socket.socket, token: str) -> str:
    """Of the page."""
    return f"http://{HOST}:{listener.getsockname()[1]}/{token}/"


def server(app: ASGIApp) -> uvicorn.Server:
    """What serves it until Ctrl-C: `server.run(sockets=[listener])`."""
    config = uvicorn.Config(
        app,
        access_log=False,
        http="h11",
        lifespan="off",
        log_level="error",
        loop="asyncio",
        server_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
    )
    return uvicorn.Server(config)


def application(asked: Asked, model: Model, token: str, port: int, targets: Targets | None = None) -> ASGIApp:
    """The page on a model, for who has the token."""
    answers = _Answers(asked, Live(model), targets or Targets())
    routes = [
        Route("/api/model", answers.model),
        Route("/api/starts", answers.starts),
        Route("/api/at", answers.at),
        Route("/api/sequence", answers.sequence),
        Route("/api/drawings", answers.drawings),
        Route("/api/export", answers.export),
        Route("/api/search", answers.search),
        Route("/api/run", answers.run, methods=["POST"]),
        Route("/{token}/", _part),
        Route("/{token}/{name}", _part),
    ]
    handlers: Mapping[Any, Callable[[Request, Exception], Response]] = dict.fromkeys((*REFUSED, Exception), _refused)
    return Guard(Starlette(routes=routes, exception_handlers=handlers), port, token)


def _refused(request: Request, error: Exception) -> Response:
    said = str(error) if type(error) in REFUSED else f"{type(error).__name__}: {error}"
    return JSONResponse({"error": said}, REFUSED.get(type(error), 500))


def _part(request: Request) -> Response:
    """A file of the page, as it is shipped; the colours are those of the pictures."""
    name = request.path_params.get("name", "explore.html")
    if name == "colours.css":
        return Response(look.variables(), media_type="text/css")
    if name not in PARTS:
        raise Nowhere(f"there is no {name}")
    return Response(static(name), media_type=KINDS[name.rpartition(".")[2]])


class _Answers:
    """The answers to what can be asked. Starlette runs each in a thread: one may look at the spec at a time."""

    def __init__(self, asked: Asked, live: Live, targets: Targets) -> None:
        self.asked, self.live, self.targets = asked, live, targets
        self._drawings = cache(self._drawn)

    def model(self, request: Request) -> Response:
        return JSONResponse(model(self.live.model))

    def starts(self, request: Request) -> Response:
        return JSONResponse(starts(self.live, read(request.query_params.get("configuration", ""))[0]))

    def at(self, request: Request) -> Response:
        return JSONResponse(place(self.live, _path(request)))

    def sequence(self, request: Request) -> Response:
        return JSONResponse(sequence(self.live, _path(request)))

    def drawings(self, request: Request) -> Response:
        return JSONResponse(self._drawings())

    def export(self, request: Request) -> Response:
        form = request.query_params.get("as", "json")
        return JSONResponse(asdict(export(self.live, self.asked, _path(request), form)))

    def _drawn(self) -> dict[str, dict[str, str]]:
        model = self.live.model
        with model.in_use():
            return drawings(model.system, model.scope, renderer())

    async def search(self, request: Request) -> Response:
        path, predicate = _path(request), request.query_params.get("predicate", "").strip()
        start = "here" if request.query_params.get("from") == "here" else "start"
        await run_in_threadpool(self.live.at, path)
        try:
            await run_in_threadpool(check_predicate, self.live.model, predicate)
        except SpecError as error:
            return Response(line({"error": str(error)}), media_type=LINES)
        return _reported(Errand("search", self.asked, written(path), predicate=predicate, start=start))

    async def run(self, request: Request) -> Response:
        path, target = _path(request), request.query_params.get("target", "impl")
        check_drivable(self.live.model)
        await run_in_threadpool(self.live.at, path)
        told = asdict(self.targets)
        return _reported(Errand("run", self.asked, written(path), target=target, **told))


def _path(request: Request) -> Path:
    return read(request.query_params.get("path", ""))


def _reported(errand: Errand) -> Response:
    return StreamingResponse(report(errand), media_type=LINES)
