"""Who may talk to the page's server: a page that it has sent itself, and nobody else.

The server is reached by every page that the same browser shows, and by every user of the machine. What keeps them out:
the address has a token that nobody can guess; what changes or tells something takes the token in a header, which no
other page can send; and a name that was made to point here (DNS rebinding) stands in `Host`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN = "x-hotswap-token"
"""The header that has it."""

HEADERS = {
    # Pictures have style sheets of their own; scripts are only those that are shipped.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
"""Of every answer."""


@dataclass(frozen=True)
class Guard:
    """An application that answers those only who may ask."""

    inner: ASGIApp
    port: int
    token: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        if scope["type"] != "http":
            return
        why = self.refuses(scope["path"], Headers(scope=scope))

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        answer = JSONResponse({"error": why}, 403) if why else self.inner
        await answer(scope, receive, sealed)

    def refuses(self, path: str, headers: Headers) -> str:
        """Why somebody gets no answer; empty if they do."""
        hosts = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}
        if headers.get("host") not in hosts:
            return "this is for 127.0.0.1 and localhost only"
        if headers.get("origin", f"http://{headers['host']}") != f"http://{headers['host']}":
            return "another page asks"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return "another site asks"
        given = headers.get(TOKEN, "") if path.startswith("/api/") else path.split("/")[1]
        return "" if self._is_token(given) else "the address has no valid token: take the one that hotswap has printed"

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self.token.encode())
