"""A graceful stop: on SIGTERM `/ready` turns false, and what was accepted is answered before the process ends.

1. For a while all goes on, so that whoever sends requests sees `/ready` and sends them elsewhere; each answer closes
   its connection. A second signal, or Ctrl+C, skips this.
2. No further connection is accepted, those that the kernel has accepted are.
3. The server closes its sockets, answers what it has, and ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from nbexport_runtime.service import listening

LOOK_S = 0.02
LONGEST_S = 2.0
"""How long the queue of accepted connections is waited for."""


def server() -> Any:
    """The uvicorn server that this application runs in, which gets the signals; None where it is another."""
    uvicorn = sys.modules.get("uvicorn")
    owner = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return owner if uvicorn is not None and isinstance(owner, uvicorn.Server) else None


@contextmanager
def before_stop(retire: Callable[[], None], delay_s: float) -> Iterator[None]:
    """A context in which SIGTERM and SIGINT stop the server in order.

    Args:
        retire: Says that the process is about to stop.
        delay_s: How long the server goes on after SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():
        # under a test client there are no signals to wait for
        yield
        return
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    stopping = False
    for number, handler in handlers.items():

        def stop(received: int, frame: FrameType | None, end: object = handler) -> None:
            nonlocal stopping
            again, stopping = stopping, True
            retire()
            if not callable(end):
                raise SystemExit(128 + received)
            if again or received == signal.SIGINT:
                end(received, frame)
            else:
                servers = getattr(getattr(end, "__self__", None), "servers", [])
                loop.call_soon_threadsafe(loop.call_later, delay_s, close_in_order, servers, end, received)

        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def close_in_order(servers: list[Any], end: Callable[[int, None], Any], received: int) -> None:
    """Accept what waits to be accepted, and no more; then do what the server does on a signal.

    Args:
        servers: What listens.
        end: The server's handler of the signal.
        received: The signal.
    """
    loop = asyncio.get_running_loop()
    sockets = listening.of_servers(servers)
    for one in sockets:
        # a kernel without filters takes some more; they are few
        with contextlib.suppress(OSError):
            listening.take_no_more(one)
    until = loop.time() + LONGEST_S

    def look() -> None:
        if any(map(queued, sockets)) and loop.time() < until:
            loop.call_later(LOOK_S, look)
            return
        for one in sockets:
            one.close()
        end(received, None)

    # a client that was promised a connection may still be completing it
    loop.call_later(LOOK_S, look)


def queued(one: socket.socket) -> bool:
    """Whether connections wait to be accepted."""
    try:
        return listening.waiting(one) > 0
    except OSError:
        return False
