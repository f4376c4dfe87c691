"""Bounds on connections: how long a request may take to arrive, how large its head is, and how a connection ends.

uvicorn bounds how long a connection lies idle after an answer. It waits without end for one that sends nothing, or a
byte a second, and it closes idle connections at a stop while requests are on their way to them. Both are put right
here, for every server that is started with `uvicorn serve:app`: the application gives uvicorn's own protocol these
bounds when it starts, before the first connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from nbexport_runtime.service import metrics
from nbexport_runtime.service.settings import Settings

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:  # pragma: no cover - a server of another kind, or uvicorn without its `standard` parts
    HttpToolsProtocol = None  # type: ignore[assignment,misc]

LONGEST_HEAD_BYTES = 65_536
"""URL and headers of a request."""
LAST_REQUESTS_S = 0.5
"""How long a stopping process waits for requests that are on their way on idle connections."""

logger = logging.getLogger(__name__)


def bound(server: Any, settings: Settings, stopping: Callable[[], bool]) -> None:
    """Give the connections of a server their bounds.

    Args:
        server: What `uvicorn` made; None under a test client, which has no connections.
        settings: The bounds.
        stopping: Whether the process is about to stop.
    """
    if server is None:
        return
    protocol = server.config.http_protocol_class
    if HttpToolsProtocol is None or not isinstance(protocol, type) or not issubclass(protocol, HttpToolsProtocol):
        logger.warning("connections have no read timeout: install `uvicorn[standard]` and start without `--http`")
        return
    bounds = {"settings": settings, "stopping": staticmethod(stopping)}
    server.config.http_protocol_class = type("BoundedProtocol", (Bounded, protocol), bounds)


if TYPE_CHECKING:
    Protocol = HttpToolsProtocol
else:
    Protocol = object


class Bounded(Protocol):
    """What uvicorn's protocol for HTTP lacks; mixed into the class that the server uses.

    Nearly every request arrives as a whole, with one call of `data_received`: that one costs a comparison or two.
    """

    settings: Settings
    stopping: Callable[[], bool]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._receiving = True
        """Whether a request is awaited, or the rest of one; a fresh connection has to send one."""
        self._whole: Any = None
        """The last request that arrived as a whole."""
        self._in_time: Any = None
        """The last request whose body is awaited in time."""
        self._answering: Any = None
        """The request whose answer is sent; uvicorn's `cycle` is the last that came."""
        self._head_bytes = 0
        """What arrived of a head that is not complete."""
        self._until = 0.0
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------- receiving

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request has to come."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Parse what came; what is not yet a whole request has to become one in time."""
        self._receiving = True
        super().data_received(data)
        if self._receiving:
            self._partly_received(len(data))
        elif self._reading is not None:
            self._reading.cancel()
            self._reading = None
        if self.stopping() and self.cycle is not None:
            # the last answers close their connections
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """A request is here as a whole."""
        self._receiving = False
        self._whole = self.cycle
        self._head_bytes = 0
        if not self.pipeline:
            self._answering = self.cycle
        super().on_message_complete()

    def _partly_received(self, size: int) -> None:
        if self._reading is None:
            self._expect()
        if self._in_head():
            self._head_bytes += size
            if self._head_bytes > LONGEST_HEAD_BYTES:
                self._refuse("long_head", b"431 Request Header Fields Too Large")
            return
        self._head_bytes = 0
        if self._in_time is not self.cycle:
            # its answer has not begun: that is a task of its own
            self._in_time = self.cycle
            cycle: Any = self.cycle
            cycle.receive = in_time(cycle, self._until, self.settings.max_body_bytes)
            if not self.pipeline:
                self._answering = self.cycle

    def _expect(self) -> None:
        """From now on the request has its time."""
        timeout_s = self.settings.request_timeout_s
        self._until = self.loop.time() + timeout_s
        # a body that is awaited by the application is answered by it; this is for all others
        self._reading = self.loop.call_later(timeout_s, self._late)

    def _in_head(self) -> bool:
        return self.cycle is self._whole

    def _answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _late(self) -> None:
        self._reading = None
        if not self._answered():
            if self._in_head():
                # a part of the next request; the one before it is being answered
                self._expect()
        elif self._in_head() and self._head_bytes:
            self._refuse("slow_head", b"408 Request Timeout")
        else:
            metrics.CONNECTIONS_CUT.labels("idle" if self._in_head() else "slow_body").inc()
            self.transport.close()

    def _refuse(self, why: str, status: bytes) -> None:
        """Answer what is not a request, and close."""
        if self.transport.is_closing():
            return
        metrics.CONNECTIONS_CUT.labels(why).inc()
        if self._answered():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        self.transport.close()

    # --------------------------------------------------------------- sending

    def on_response_complete(self) -> None:
        """An answer was sent; the next is that to the request which waits longest."""
        if self.pipeline:
            self._answering = self.pipeline[-1][0]
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not take its answer: it has as much time as for a request."""
        super().pause_writing()
        self._writing = self.loop.call_later(self.settings.request_timeout_s, self._cut)

    def resume_writing(self) -> None:
        """It takes it."""
        super().resume_writing()
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _cut(self) -> None:
        metrics.CONNECTIONS_CUT.labels("slow_reader").inc()
        self.transport.abort()

    # ------------------------------------------------------------------- end

    def shutdown(self) -> None:
        """End; a request that is on its way is answered first."""
        if self._answered():
            self.loop.call_later(LAST_REQUESTS_S, self._close_idle)
        else:
            super().shutdown()

    def _close_idle(self) -> None:
        if self._answered() and not self._head_bytes:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        for timer in (self._reading, self._writing):
            if timer is not None:
                timer.cancel()
        if self._answering is not None:
            # nothing can be written any more; uvicorn tells the last request only
            self._answering.disconnected = True
        super().connection_lost(exc)


def in_time(cycle: Any, until: float, limit_bytes: int) -> Callable[[], Awaitable[Any]]:
    """Receives the rest of a request's body within its time and size.

    Args:
        cycle: uvicorn's state of the request.
        until: The time of the loop at which it must be here.
        limit_bytes: How long it may be.

    Raises:
        HTTPException: 408 or 413; from what is returned.
    """
    receive, received = cycle.receive, 0

    async def bounded() -> Any:
        nonlocal received
        if not cycle.more_body and not cycle.body:
            # what comes now is that the client has gone
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            metrics.CONNECTIONS_CUT.labels("slow_body").inc()
            raise HTTPException(408, "the body did not arrive in time", {"Connection": "close"}) from None
        received += len(message.get("body", b""))
        if received > limit_bytes:
            raise HTTPException(413, f"the limit is {limit_bytes} bytes")
        return message

    return bounded
