"""The server's side of the worker: started when it is first asked, started again when it has ended, watched meanwhile.

    worker = Worker()
    status, body = await worker.ask("check", request_body, where)

`where` says where the notebook of a path lies, or raises what the request is refused with. Cancelling `ask` drops the
work. Nothing here reads a notebook: bodies go through as bytes.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from nbexport.lab.worker.frames import Sender, receive
from nbexport.record import record

_POLL_S = 0.1


@record
class Limits:
    """What one request, and the worker, may use."""

    time_s: float = 30.0
    """Of one request, counted from when the worker begins with it."""
    memory_bytes: int = 500_000_000
    """Resident memory at which the worker is ended."""
    kept_bytes: int = 300_000_000
    """Resident memory above which an idle worker is ended: the next request starts a small one."""


class LimitError(Exception):
    """A request took too long or too much memory; the text says which."""


class EndedError(Exception):
    """The worker ended while a request was on its way."""


Where = Callable[[str], Awaitable[str]]
"""Path of the request → the place of its notebook."""


class Worker:
    """The one worker of a server.

    Args:
        limits: What it may use.
        log: Told what went wrong in nbexport itself.
        root: The folder outside of which it reads no data of a notebook; None for the folder of the notebook.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        log: Callable[[str], None] = lambda text: None,
        root: Path | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._log = log
        self._root = root
        self._process: _Process | None = None
        self._lock = threading.Lock()

    async def ask(self, task: str, body: bytes, where: Where) -> tuple[int, bytes]:
        """Status and body of the answer to a request.

        Raises:
            LimitError: It takes too long, or too much memory.
            EndedError: The worker ended twice over it.
        """
        try:
            return await self._ask(task, body, where)
        except EndedError:
            # another request may have been the reason; what it knew is gone, which a second try is told
            return await self._ask(task, body, where)

    async def _ask(self, task: str, body: bytes, where: Where) -> tuple[int, bytes]:
        process = await asyncio.to_thread(self._running)
        conversation = _Conversation(process, self.limits)
        try:
            head, answer = await conversation.through(task, body, where)
        finally:
            conversation.close()
        if head["log"]:
            self._log(head["log"])
        if process.is_idle and process.memory_bytes() > self.limits.kept_bytes:
            process.end()
        return head["status"], answer

    def _running(self) -> _Process:
        with self._lock:
            if self._process is None or not self._process.runs:
                self._process = _Process(self._root)
            return self._process

    @property
    def pid(self) -> int | None:
        """The worker's process; None where none runs."""
        process = self._process
        return process.pid if process is not None and process.runs else None

    def close(self) -> None:
        """End the worker; another request would start it again."""
        with self._lock:
            if self._process is not None:
                self._process.end()
                self._process = None


class _Process:
    """One run of the worker, and who waits for what it says."""

    def __init__(self, root: Path | None) -> None:
        # not from the server's folder: `-P` keeps modules that lie there out, and nothing there stays in use
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "nbexport.lab.worker", *([str(root)] if root is not None else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # a body of some megabytes goes through in a few turns of the two processes
            pipesize=1 << 20,
            cwd=tempfile.gettempdir(),
            env={**os.environ, "PYTHONPATH": _absolute(os.environ.get("PYTHONPATH", ""))},
        )
        if self._popen.stdin is None or self._popen.stdout is None:
            raise EndedError
        self._stdout = self._popen.stdout
        self._stdin = self._popen.stdin
        self._sender = Sender(self._stdin)
        self._usage = psutil.Process(self._popen.pid)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Queue[_Said]]] = {}
        self._lock = threading.Lock()
        self.begun: int | None = None
        """The request that the worker is at."""
        self._has_closed = False
        threading.Thread(target=self._read, name="nbexport-worker", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def runs(self) -> bool:
        # a process that was killed closes its pipes a moment before the system says that it has ended
        return not self._has_closed and self._popen.poll() is None

    @property
    def is_idle(self) -> bool:
        return not self._waiting

    def memory_bytes(self) -> int:
        """Resident memory; 0 where the process is gone."""
        try:
            return int(self._usage.memory_info().rss)
        except psutil.Error:
            return 0

    def open(self) -> tuple[int, asyncio.Queue[_Said]]:
        """A number for a request, and where what the worker says about it arrives."""
        number, frames = next(self._numbers), asyncio.Queue[_Said]()
        with self._lock:
            self._waiting[number] = (asyncio.get_running_loop(), frames)
        return number, frames

    def forget(self, number: int) -> bool:
        """Wait no longer; whether the worker has not answered yet."""
        with self._lock:
            return self._waiting.pop(number, None) is not None

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        """Say something to the worker.

        Raises:
            EndedError: It has ended.
        """
        try:
            self._sender.send(head, body)
        except (OSError, ValueError):
            self._has_closed = True
            raise EndedError from None

    def _read(self) -> None:
        while (frame := receive(self._stdout)) is not None:
            head, body = frame
            number = head["id"]
            if "begun" in head:
                self.begun = number
            with self._lock:
                waiting = self._waiting.get(number)
                if "status" in head:
                    self._waiting.pop(number, None)
                    self.begun = None if self.begun == number else self.begun
            if waiting is not None:
                _put(*waiting, (head, body))
        self._has_closed = True
        self._popen.wait()
        self._stdout.close()
        with suppress(OSError):  # what was not sent any more
            self._stdin.close()
        with self._lock:
            left = [*self._waiting.values()]
        for loop, frames in left:
            _put(loop, frames, None)

    def end(self) -> None:
        """End it, and wait until it is gone."""
        self._popen.kill()
        self._popen.wait()


_Said = tuple[dict[str, Any], bytes] | None
"""A frame; None where the worker has ended."""


def _put(loop: asyncio.AbstractEventLoop, frames: asyncio.Queue[_Said], frame: _Said) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(frames.put_nowait, frame)


class _Conversation:
    """One request to one run of the worker."""

    def __init__(self, process: _Process, limits: Limits) -> None:
        self.process = process
        self.limits = limits
        self.number, self.said = process.open()
        self.begun_at: float | None = None

    async def through(self, task: str, body: bytes, where: Where) -> tuple[dict[str, Any], bytes]:
        """The head and the body of the answer."""
        await asyncio.to_thread(self.process.send, {"id": self.number, "task": task}, body)
        while True:
            head, answer = await self._next()
            if "path" in head:
                place = await where(head["path"])
                await asyncio.to_thread(self.process.send, {"id": self.number, "place": place})
            elif "begun" in head:
                self.begun_at = time.monotonic()
            else:
                return head, answer

    async def _next(self) -> tuple[dict[str, Any], bytes]:
        while True:
            try:
                # `asyncio.wait_for` of Python 3.11 loses a cancellation that comes with the frame
                async with asyncio.timeout(_POLL_S):
                    frame = await self.said.get()
            except TimeoutError:
                self._keep_limits()
                continue
            if frame is None:
                raise EndedError
            return frame

    def _keep_limits(self) -> None:
        if not self.process.runs:
            raise EndedError
        if self.begun_at is not None and time.monotonic() - self.begun_at > self.limits.time_s:
            self.process.end()
            raise LimitError(f"it takes more than {self.limits.time_s:.0f} seconds")
        if self.process.memory_bytes() > self.limits.memory_bytes:
            others = self.process.begun not in (None, self.number)
            self.process.end()
            if others:
                raise EndedError
            raise LimitError("it takes too much memory")

    def close(self) -> None:
        """Tell the worker that nobody waits, unless it has answered."""
        if self.process.forget(self.number) and self.process.runs:
            drop = {"id": self.number, "drop": True}
            # the pipe may be full of another request: never wait for it here
            threading.Thread(target=_quietly, args=(self.process.send, drop), daemon=True).start()


def _quietly(send: Callable[[dict[str, Any]], None], head: dict[str, Any]) -> None:
    """Say something to a worker that may have ended."""
    with suppress(EndedError):
        send(head)


def _absolute(path: str) -> str:
    """A search path whose relative entries do not depend on the folder that a process runs in."""
    return os.pathsep.join(str(Path(part).absolute()) for part in path.split(os.pathsep) if part)
