"""The id of a request: the client's `X-Request-ID` or a new one, in the answer, the log and every problem document."""

import re
import secrets
from contextvars import ContextVar

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

USABLE = re.compile(rb"[\w.:/+=@-]{1,128}", re.ASCII)
HEADER = b"x-request-id"

CURRENT: ContextVar[Scope | None] = ContextVar("current", default=None)
"""The scope of the request that is being answered."""


class RequestIds:
    """Middleware that gives each request an id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = next((value for name, value in scope["headers"] if name == HEADER), b"")
        identity = sent if USABLE.fullmatch(sent) else secrets.token_hex(16).encode()
        scope.setdefault("state", {})["request_id"] = identity.decode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [header for header in message.get("headers", ()) if header[0] != HEADER]
                message["headers"] = [*headers, (HEADER, identity)]
            await send(message)

        token = CURRENT.set(scope)
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            CURRENT.reset(token)


def request_id(request: Request) -> str:
    """The id that the middleware gave."""
    identity: str = request.scope["state"]["request_id"]
    return identity
