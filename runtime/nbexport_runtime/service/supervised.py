"""A version whose model runs in a process of its own, which is started again whenever it ends or no longer works.

A process is ended when it hangs (a call without a sign of life within DEADLINE_S), holds too much memory, or takes too
long to load. The next one starts after a second, then after 2, 4 … up to 60, until one has worked for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from nbexport_runtime import bundle
from nbexport_runtime.masking import masked, masked_traceback
from nbexport_runtime.service import metrics
from nbexport_runtime.service.calls import values_of
from nbexport_runtime.service.frames import Order
from nbexport_runtime.service.outcomes import Outcome
from nbexport_runtime.service.process import DownError, ModelProcess
from nbexport_runtime.service.settings import Settings

TICK_S = 0.2
"""How often a process is looked at."""
FIRST_DELAY_S, LONGEST_DELAY_S = 1.0, 60.0
WORKED_S = 60.0
"""A process that lived so long has worked: the next one starts after the shortest delay."""
STALL_S = 1.0
"""A candidate that was silent for so long gets no requests, until it is heard again."""
STALL_CALLS = 20
"""For a slow model: so many times as long as a prediction takes."""
SPARE_BYTES = 1 << 30
"""What a candidate may hold in any case."""
PAGE_BYTES = int(os.sysconf("SC_PAGE_SIZE")) if hasattr(os, "sysconf") else 4096

logger = logging.getLogger(__name__)


class Supervised:
    """A model behind a process: what asks it, and what keeps it there."""

    queues = True

    def __init__(self, order: Order, request: type[BaseModel], settings: Settings, arm: str) -> None:
        """Nothing is started yet.

        Args:
            order: Which model.
            request: What an input is.
            settings: Limits.
            arm: `production` or `candidate`.
        """
        self.order = order
        self.arm = arm
        self._settings = settings
        self._values = values_of(request)
        self._process: ModelProcess | None = None
        self._delay_s = FIRST_DELAY_S
        self._ready = asyncio.Event()
        self._bound_bytes = settings.model_memory_bytes
        self._keeping: asyncio.Task[None] | None = None

    # ------------------------------------------------------------- the start

    async def start(self) -> dict[str, Any]:
        """Load the model, once; from then on it is kept. What its bundle says of itself.

        Raises:
            BundleError: It cannot be served.
            DownError: Its process ended or took too long.
        """
        process = ModelProcess(self.order)
        await process.start(self._settings.load_timeout_s)
        if process.wrong and self.order.background:
            await process.kill()
            raise bundle.BundleError("; ".join(process.wrong))
        self._take(process)
        return process.manifest

    def keep(self) -> None:
        """Start the process, and start it again, whenever there is none."""
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())

    async def ready(self) -> dict[str, Any]:
        """What the bundle says of itself, once the model is there."""
        await self._ready.wait()
        return self._process.manifest if self._process is not None else {}

    def _take(self, process: ModelProcess) -> None:
        self._process = process
        if self.order.background and not self._settings.model_memory_bytes:
            self._bound_bytes = max(SPARE_BYTES, 2 * (held_bytes(process.pid) or 0))
        self._ready.set()
        metrics.UP.labels(self.arm).set(1)

    # --------------------------------------------------------------- answers

    @property
    def reasons(self) -> list[str]:
        """Why it cannot answer now; empty when it can."""
        if self._process is None or self._process.ended:
            return ["the process of the model is being started"]
        if self.order.background and self._process.silent_s() > self._stall_s(self._process):
            return ["the model is not responding"]
        return self._process.wrong

    async def outcomes(self, rows: Sequence[BaseModel]) -> list[Outcome]:
        """What becomes of some inputs.

        Raises:
            DownError: There is no process, or it ended meanwhile.
            TimeoutError: It took too long.
        """
        process, wait_s = self._process, self._settings.deadline_s
        if process is None:
            raise DownError("the process of the model is being started")
        async with asyncio.timeout(wait_s):
            outcomes = await process.submit([self._values(row) for row in rows], wait_s)
        if len(outcomes) != len(rows):
            raise TimeoutError
        return outcomes

    def _stall_s(self, process: ModelProcess) -> float:
        taken_ms = process.manifest.get("predict_ms")
        return max(STALL_S, STALL_CALLS * taken_ms / 1000 if isinstance(taken_ms, int | float) else 0.0)

    # ---------------------------------------------------------------- its life

    async def _keep(self) -> None:
        while True:
            if self._process is None:
                await self._start_again()
            process = self._process
            if process is None:
                continue
            began = time.monotonic()
            while not (why := self._wrong_with(process)):
                await asyncio.sleep(TICK_S)
            self._lost(process, *why)
            await process.kill()
            if time.monotonic() - began > WORKED_S:
                self._delay_s = FIRST_DELAY_S
            await self._pause()

    def _wrong_with(self, process: ModelProcess) -> tuple[str, str] | None:
        """Why a process has to be ended, for metrics and for people; None where it has not."""
        if process.ended:
            return "exit", "its process ended"
        silent_s = process.silent_s()
        if silent_s > self._settings.deadline_s:
            return "hang", f"it did not respond for {silent_s:.0f} s (DEADLINE_S)"
        if self.order.background and silent_s > self._stall_s(process):
            process.release("the model is not responding")
        held = held_bytes(process.pid) if self._bound_bytes else None
        if held is not None and held > self._bound_bytes:
            return "memory", f"its process held {held >> 20} MB (MODEL_MEMORY_BYTES: {self._bound_bytes >> 20} MB)"
        return None

    def _lost(self, process: ModelProcess, reason: str, text: str) -> None:
        self._process = None
        self._ready.clear()
        metrics.UP.labels(self.arm).set(0)
        metrics.RESTARTS.labels(self.arm, reason).inc()
        name = process.manifest.get("version", self.order.folder.name)
        logger.error("%s %s: %s; it is started again in %g s", self.arm, name, text, self._delay_s)

    async def _start_again(self) -> None:
        """Start a process; where that fails, wait."""
        try:
            await self.start()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next one may start
            not_loaded(self.arm, self.order.folder, error, self._delay_s)
            await self._pause()

    async def _pause(self) -> None:
        delay_s, self._delay_s = self._delay_s, min(LONGEST_DELAY_S, 2 * self._delay_s)
        await asyncio.sleep(delay_s)

    async def close(self) -> None:
        """Let the process answer what it was asked, then end it."""
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
        process, self._process = self._process, None
        if process is not None:
            await process.finish(self._settings.deadline_s)
        metrics.UP.labels(self.arm).set(0)


async def retried(load: Callable[[], Awaitable[Any]], arm: str, folder: Path) -> Any:
    """What loading gives, once it succeeds; it is tried again after ever longer delays.

    Args:
        load: Loads a model.
        arm: For whom.
        folder: Its bundle, for the log.
    """
    delay_s = FIRST_DELAY_S
    while True:
        try:
            return await load()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next try may succeed
            not_loaded(arm, folder, error, delay_s)
        await asyncio.sleep(delay_s)
        delay_s = min(LONGEST_DELAY_S, 2 * delay_s)


def not_loaded(arm: str, folder: Path, error: Exception, delay_s: float) -> None:
    """Say that a model was not loaded."""
    metrics.LOAD_FAILURES.inc()
    known = isinstance(error, bundle.BundleError | DownError | OSError)
    text = masked(str(error)) if known else masked_traceback(error)
    logger.error("%s `%s` is not used: %s\nit is tried again in %g s", arm, folder, text, delay_s)


def held_bytes(pid: int) -> int | None:
    """The memory that a process holds; None where the system does not say."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return None
