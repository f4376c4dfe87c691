"""One process that holds a model, as the service sees it: it is started, asked, and ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from nbexport_runtime import bundle
from nbexport_runtime.service import metrics
from nbexport_runtime.service.frames import END, Frames, Order, framed
from nbexport_runtime.service.outcomes import Failure, Outcome, failure

MODULE = "nbexport_runtime.service.host"
LAST_WORDS_S = 2.0
"""How long a process with nothing to do may take to end by itself."""


class DownError(Exception):
    """The process of a model is not there, or is not responding."""


@dataclass
class Asked:
    """A request that the process has not answered yet."""

    outcomes: asyncio.Future[list[Outcome]]
    sent: float
    """When, by the clock of the machine."""


class ModelProcess(asyncio.Protocol):
    """A process, from its start to its end; all of it runs in the event loop."""

    def __init__(self, order: Order) -> None:
        """Nothing is started yet.

        Args:
            order: Which model it holds, and how.
        """
        self.order = order
        self.manifest: dict[str, Any] = {}
        """What the bundle says of itself; no text of it has a secret."""
        self.wrong: list[str] = []
        """Examples that the model does not answer as after training."""
        self.heard = 0.0
        """When it last sent anything, by the clock of the machine."""
        self._loop = asyncio.get_running_loop()
        self._loaded: asyncio.Future[None] = self._loop.create_future()
        self._ended = asyncio.Event()
        self._frames = Frames()
        self._number = 0
        self._asked: dict[int, Asked] = {}
        self._unsent: list[tuple[int, float, int, bytes]] = []
        self._held: deque[tuple[Asked, str]] = deque()
        """Requests that have to go on without an answer, and why."""
        self._releasing = False
        self._transport: asyncio.Transport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False

    # ------------------------------------------------------------- the start

    async def start(self, timeout_s: float) -> None:
        """Start the process; it holds the model then.

        Args:
            timeout_s: How long that may take.

        Raises:
            BundleError: The model cannot be served.
            DownError: The process ended, or took too long.
        """
        here, there = socket.socketpair()
        try:
            with there:
                self._process = started(there, self.order)
            await self._connect(here)
            self._write(pickle.dumps(self.order, protocol=5))
            # `wait_for` of Python 3.11 forgets that it was cancelled when what it waits for is there
            async with asyncio.timeout(timeout_s):
                await self._loaded
        except TimeoutError:
            await self.kill()
            raise DownError(f"the model was not loaded within {timeout_s:g} s (LOAD_TIMEOUT_S)") from None
        except BaseException:
            await self.kill()
            raise

    async def _connect(self, link: socket.socket) -> None:
        link.setblocking(False)
        if link.family == getattr(socket, "AF_UNIX", None):
            self._transport, _ = await self._loop.create_unix_connection(lambda: self, sock=link)
        else:
            self._transport, _ = await self._loop.create_connection(lambda: self, sock=link)

    # --------------------------------------------------------------- answers

    @property
    def ended(self) -> bool:
        """Whether the process is no more, or no longer listens."""
        return self._ended.is_set() or self._process is None or self._process.poll() is not None

    @property
    def pid(self) -> int:
        """Its number.

        Raises:
            DownError: There is no process.
        """
        if self._process is None:
            raise DownError("the process has not been started")
        return self._process.pid

    def silent_s(self) -> float:
        """How long it has been asked something without a sign of life; 0 where it has nothing to do."""
        if not self._asked:
            return 0.0
        first = next(iter(self._asked.values()))
        return time.monotonic() - max(first.sent, self.heard)

    def submit(self, rows: Sequence[dict[str, Any]], wait_s: float) -> asyncio.Future[list[Outcome]]:
        """The outcomes of some inputs, once they are there; no outcomes if they were not made in time.

        Those that are submitted in the same turn of the event loop are sent together.

        Args:
            rows: The arguments of each.
            wait_s: How long somebody waits for them.

        Raises:
            DownError: From the future: the process ended first.
        """
        outcomes: asyncio.Future[list[Outcome]] = self._loop.create_future()
        if self._transport is None or self._ended.is_set():
            outcomes.set_exception(DownError("the process has ended"))
            return outcomes
        try:
            content = pickle.dumps(rows, protocol=5)
        except Exception as error:  # noqa: BLE001 - an input may hold objects of the notebook's classes
            outcomes.set_result([(failure(error), 0.0)] * len(rows))
            return outcomes
        if not self._unsent:
            self._loop.call_soon(self._send_all)
        now = time.monotonic()
        self._number += 1
        self._asked[self._number] = Asked(outcomes, now)
        self._unsent.append((self._number, now + wait_s, len(rows), content))
        return outcomes

    def _send_all(self) -> None:
        unsent, self._unsent = self._unsent, []
        self._write(pickle.dumps(unsent, protocol=5))

    def _write(self, content: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(framed(content))

    def data_received(self, data: bytes) -> None:
        """Hand over what came."""
        self.heard = time.monotonic()
        for frame in self._frames.feed(data):
            content: dict[str, Any] = from_json(frame)
            if "outcomes" in content:
                for number, outcomes in content["outcomes"]:
                    self._hand_over(number, outcomes)
                for count in content["groups"]:
                    metrics.TOGETHER.observe(count)
            elif not self._loaded.done():
                self._hear_start(content)

    def _hear_start(self, content: dict[str, Any]) -> None:
        if "manifest" in content:
            self.manifest, self.wrong = content["manifest"], content["wrong"]
            self._loaded.set_result(None)
        elif "refused" in content:
            self._loaded.set_exception(bundle.BundleError(content["refused"]))
        elif "failed" in content:
            self._loaded.set_exception(DownError(content["failed"]))

    def _hand_over(self, number: int, outcomes: list[dict[str, Any]]) -> None:
        asked = self._asked.pop(number, None)
        # a client that has stopped waiting gets no answer
        if asked is not None and not asked.outcomes.done():
            asked.outcomes.set_result([(result_of(outcome), outcome["ms"]) for outcome in outcomes])

    def release(self, why: str) -> None:
        """Let nobody wait any longer.

        One request goes on in each turn of the event loop: production may answer it instead, and a hundred such answers
        in one turn would hold up all that came meanwhile.
        """
        self._held.extend((asked, why) for asked in self._asked.values())
        # on a busy machine this is said again before all have gone on
        if not self._releasing:
            self._release_next()

    def _release_next(self) -> None:
        self._releasing = False
        while self._held and not self._releasing:
            asked, why = self._held.popleft()
            if not asked.outcomes.done():
                asked.outcomes.set_exception(DownError(why))
                # whoever no longer waits does not look at it
                asked.outcomes.exception()
                self._releasing = True
                self._loop.call_soon(self._release_next)

    # --------------------------------------------------------------- the end

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has ended, or closed its side."""
        self._ended.set()
        if not self._loaded.done():
            self._loaded.set_exception(
                DownError("the process ended while it loaded the model; its last words are above")
            )
        self.release("the process has ended")
        self._asked.clear()

    async def finish(self, timeout_s: float) -> None:
        """Let it answer what it was asked, and end.

        Args:
            timeout_s: After it, what is left is given up.
        """
        waited_for = [asked.outcomes for asked in self._asked.values() if not asked.outcomes.done()]
        # nobody waits for what it still does
        if not self._ended.is_set() and (waited_for or not self._asked):
            self._write(END)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s if waited_for else LAST_WORDS_S):
                    await self._ended.wait()
        await self.kill()

    async def kill(self) -> None:
        """End it now, with all that it started."""
        if self._process is not None:
            if not self._killed:
                self._killed = True
                kill_tree(self._process)
            # after such a signal this takes no time, unless the kernel itself hangs
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, 10)
        if self._transport is not None:
            self._transport.abort()
        self._ended.set()
        self.release("the process was ended")


def result_of(outcome: dict[str, Any]) -> dict[str, Any] | Failure:
    """The members of an answer, or why there is none."""
    if "failure" in outcome:
        return Failure(**outcome["failure"])
    members: dict[str, Any] = outcome["members"]
    return members


def started(there: socket.socket, order: Order) -> subprocess.Popen[bytes]:
    """A process that finds the modules that this one finds, at the other end of a socket.

    Raises:
        OSError: No process can be started.
    """
    # the first entry of a service that is started by its path, or `python -m`, is where it lies
    path = [str(Path(entry).absolute()) for entry in dict.fromkeys(sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    if order.background:
        threads = str(order.threads or 1)
        environment |= {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    words = [sys.executable, "-P", "-m", MODULE]
    if sys.platform == "win32":
        process = subprocess.Popen([*words, "0"], stdin=subprocess.PIPE, env=environment)
        if process.stdin is not None:
            process.stdin.write(there.share(process.pid))
            process.stdin.close()
        return process
    else:  # noqa: RET505 - for the type checker, which knows one platform
        handle = there.fileno()
        # of a group of its own: Ctrl+C is for the service, and what a model starts ends with it
        return subprocess.Popen(
            [*words, str(handle)],
            stdin=subprocess.DEVNULL,
            env=environment,
            pass_fds=[handle],
            start_new_session=True,
        )


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process and those of its group."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
