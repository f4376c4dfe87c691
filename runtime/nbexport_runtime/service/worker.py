"""The one thread that an expensive model runs in: it takes what waits as soon as it is free, together where that pays.

Nothing waits for company: while some predictions are made the next ones gather.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nbexport_runtime.bundle.batching import Together
from nbexport_runtime.service import metrics

Task = Callable[[], Any]


@dataclass
class Waiting:
    """The predictions of one request, and where their outcomes are waited for."""

    tasks: Sequence[Task]
    outcomes: "asyncio.Future[list[Any]]"


class Worker:
    """Runs tasks in a thread of its own, in the order of their requests."""

    def __init__(self, together: Together | None, most: int, prepare: Callable[[], None]) -> None:
        """Start the thread.

        Args:
            together: Makes several predictions at once; None makes them one by one.
            most: How many at once.
            prepare: Called in the thread first.
        """
        self._together = together
        self._most = most if together is not None else 1
        self._prepare = prepare
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="model")
        self._thread.start()

    def submit(self, tasks: Sequence[Task]) -> "asyncio.Future[list[Any]]":
        """The outcomes of tasks that do not raise, once they are there."""
        outcomes: asyncio.Future[list[Any]] = self._loop.create_future()
        self._queue.put(Waiting(tasks, outcomes))
        return outcomes

    def close(self) -> None:
        """Let what was submitted end, then the thread."""
        self._queue.put(None)
        self._thread.join()
        if self._together is not None:
            self._together.close()

    def _work(self) -> None:
        self._prepare()
        while True:
            taken = self._taken()
            if taken is None:
                return
            # who has stopped waiting is not answered
            wanted = [waiting for waiting in taken if not waiting.outcomes.done()]
            outcomes = self._made([task for waiting in wanted for task in waiting.tasks])
            self._loop.call_soon_threadsafe(hand_over, wanted, outcomes)

    def _taken(self) -> list[Waiting] | None:
        """What waits, as far as it fits together; None when this is the end."""
        first = self._queue.get()
        if first is None:
            return None
        taken = [first]
        count = len(first.tasks)
        while count < self._most:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                break
            if more is None:
                self._queue.put(None)
                break
            taken.append(more)
            count += len(more.tasks)
        return taken

    def _made(self, tasks: Sequence[Task]) -> list[Any]:
        outcomes: list[Any] = []
        for begin in range(0, len(tasks), self._most):
            some = tasks[begin : begin + self._most]
            metrics.TOGETHER.observe(len(some))
            if self._together is None or len(some) == 1:
                outcomes += [task() for task in some]
            else:
                outcomes += self._together.run(some)
        return outcomes


def hand_over(wanted: Sequence[Waiting], outcomes: Sequence[Any]) -> None:
    """Give each request its outcomes; in the event loop."""
    at = 0
    for waiting in wanted:
        count = len(waiting.tasks)
        if not waiting.outcomes.done():
            waiting.outcomes.set_result(list(outcomes[at : at + count]))
        at += count
