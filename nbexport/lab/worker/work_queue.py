"""What is asked of the worker → one thing after the other, with what nobody waits for left out or broken off.

A reader thread puts work into the queue, the main thread does it. Only the main thread can be interrupted, by a signal
whose handler raises where it stands: cooperative checks for a flag would have to stand in every loop of the analysis.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import Any

GRACE_S = 1.0
"""Work that has not stopped by then is deep inside a call of C: the process ends, and the server starts another."""
AGAIN_S = 0.02
"""After so long it is tried again where an import must not be broken off."""
STUCK = 75
"""The exit code of a worker that could not stop."""


class CancelledWork(BaseException):
    """Nobody waits for the answer any more. Not an `Exception`: no handler on the way takes it for a failure."""


class Work:
    """One thing to do."""

    def __init__(self, number: int, do: Callable[[], Any], *, replaces: str = "") -> None:
        self.number = number
        self.do = do
        self.replaces = replaces
        """Earlier work of this name need not be done any more; empty where each is done."""
        self.dropped = False
        self.interrupted = False


class WorkQueue:
    """Work that waits, and the piece that is being done."""

    def __init__(self) -> None:
        self._waiting: deque[Work] = deque()
        self._changed = threading.Condition()
        self._current: Work | None = None

    def put(self, work: Work) -> list[Work]:
        """Have something done; what it replaces, waiting or begun, is dropped and handed back."""
        with self._changed:
            known = [*self._waiting, *([self._current] if self._current is not None else [])]
            replaced = [one for one in known if work.replaces and one.replaces == work.replaces and not one.dropped]
            for one in replaced:
                self._drop(one)
            self._waiting.append(work)
            self._changed.notify()
        return replaced

    def drop(self, number: int) -> None:
        """Leave something undone, or break it off."""
        with self._changed:
            for one in [*self._waiting, *([self._current] if self._current is not None else [])]:
                if one.number == number and not one.dropped:
                    self._drop(one)

    def _drop(self, work: Work) -> None:
        work.dropped = True
        if work in self._waiting:
            self._waiting.remove(work)
        elif work is self._current:
            _interrupt_main_thread()
            _later(GRACE_S, self._end_if_stuck, work)

    def _end_if_stuck(self, work: Work) -> None:
        if self._current is work:
            os._exit(STUCK)

    def take(self) -> Work:
        """The next thing to do; waits for it."""
        with self._changed:
            while not self._waiting:
                self._changed.wait()
            return self._waiting.popleft()

    def do(self, work: Work) -> Any:
        """What the work gives.

        Raises:
            CancelledWork: It was dropped.
        """
        try:
            # from here on the handler may raise: nothing but the work stands between this line and the last one
            self._current = work
            if work.dropped:
                raise CancelledWork
            answer = work.do()
            self._current = None
        except BaseException:
            self._current = None
            raise
        return answer

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """The handler: raises in the main thread, once for each work that is broken off."""
        work = self._current
        if work is None or not work.dropped or work.interrupted:
            return
        if _imports(frame):
            # a module that is half there would stay so
            _later(AGAIN_S, _interrupt_main_thread)
            return
        work.interrupted = True
        raise CancelledWork


def _imports(frame: FrameType | None) -> bool:
    """Whether a module is being imported where the handler was called."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _later(seconds: float, act: Callable[..., None], *args: object) -> None:
    timer = threading.Timer(seconds, act, args)
    timer.daemon = True
    timer.start()


def _interrupt_main_thread() -> None:
    """Run the handler of SIGINT in the main thread, also where that waits for a lock."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGINT)
    else:
        import _thread  # where threads get no signals

        _thread.interrupt_main()
