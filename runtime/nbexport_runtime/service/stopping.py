"""A graceful stop: on SIGTERM `/ready` turns false first; the server closes its sockets and drains after that."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def before_stop(retire: Callable[[], None], delay_s: float) -> Iterator[None]:
    """A context in which SIGTERM and SIGINT call `retire`, and after a delay what the server wants to do then."""
    if threading.current_thread() is not threading.main_thread():
        # under a test client there are no signals to wait for
        yield
        return
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number, server in handlers.items():

        def stop(received: int, frame: FrameType | None, server: object = server) -> None:
            retire()
            if not callable(server):
                raise SystemExit(128 + received)
            if delay_s:
                loop.call_soon_threadsafe(loop.call_later, delay_s, server, received, None)
            else:
                server(received, frame)

        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, server in handlers.items():
            signal.signal(number, server)
