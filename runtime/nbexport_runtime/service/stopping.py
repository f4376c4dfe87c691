"""A graceful stop: on SIGTERM `/ready` turns false first; the server closes its sockets and drains after that."""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType


def before_stop(retire: Callable[[], None], delay_s: float) -> None:
    """Call `retire` on SIGTERM and SIGINT, and after a delay what the server wants to do then."""
    if threading.current_thread() is not threading.main_thread():
        # under a test client there are no signals to wait for
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        server = signal.getsignal(number)

        def stop(received: int, frame: FrameType | None, server: object = server) -> None:
            retire()
            if not callable(server):
                raise SystemExit(128 + received)
            if delay_s:
                loop.call_soon_threadsafe(loop.call_later, delay_s, server, received, None)
            else:
                server(received, frame)

        signal.signal(number, stop)
