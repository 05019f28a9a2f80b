"""A page on a live model, served for tests, and who asks it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from hotswap.checker.live.model import Asked
from hotswap.checker.live.server import address, application, listen, new_token, server

NIC = f"{Path(__file__).parent}/nic.py:NIC"


@dataclass(frozen=True)
class Explored:
    """Where a page is served, and how to ask as it does."""

    asked: Asked
    url: str
    port: int
    token: str

    def answer(self, question: str, method: str = "GET", **given: str) -> Any:
        """The JSON of an answer."""
        status, body = self.ask(question, method, **given)
        assert status == 200, body
        return json.loads(body)

    def report(self, question: str, method: str = "GET", **given: str) -> list[Any]:
        """The lines of an answer that comes bit by bit."""
        status, body = self.ask(question, method, **given)
        assert status == 200, body
        return [json.loads(line) for line in body.splitlines()]

    def ask(self, question: str, method: str = "GET", **given: str) -> tuple[int, str]:
        """The status and the text of an answer."""
        answer = self.begin(f"/api/{question}?{urlencode(given)}", method, {"X-Hotswap-Token": self.token})
        with answer:
            return answer.status, answer.read().decode()

    def begin(self, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> HTTPResponse:
        """An answer that has begun."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, headers={"Connection": "close", **(headers or {})})
        return connection.getresponse()


@contextmanager
def explored(asked: Asked) -> Iterator[Explored]:
    """Serve the page on a model."""
    model, token = asked.model(), new_token()
    with listen(0) as listener:
        port = listener.getsockname()[1]
        serving = server(application(asked, model, token, port))
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Explored(asked, address(listener, token), port, token)
        finally:
            serving.should_exit = True
            thread.join()
