"""The worker itself: `python -m nbexport.lab.worker [ROOT]`, which reads frames from its input until that ends.

`ROOT` is the folder outside of which no data of a notebook is read.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, Any

from nbexport.lab.tasks.table import Answer, Prepared, Tasks, dropped_answer
from nbexport.lab.worker.frames import Sender, receive
from nbexport.lab.worker.work_queue import CancelledWork, Work, WorkQueue


class WorkerLoop:
    """The worker between its two pipes."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes], root: Path | None = None) -> None:
        self._incoming = incoming
        self._sender = Sender(outgoing)
        self._tasks = Tasks(root)
        self._asked: dict[int, Prepared] = {}
        """What waits to be told where its notebook lies."""
        self.queue = WorkQueue()

    def read(self) -> None:
        """Take in frames until the server is gone; then end the process, whatever it does."""
        while (frame := receive(self._incoming)) is not None:
            try:
                self._take_in(*frame)
            except OSError:
                break
        os._exit(0)

    def _take_in(self, head: dict[str, Any], body: bytes) -> None:
        number: int = head["id"]
        if head.get("drop"):
            self._asked.pop(number, None)
            self.queue.drop(number)
        elif "task" in head:
            prepared = self._tasks.prepared(head["task"], body)
            if isinstance(prepared, Answer):
                self._answer(number, prepared)
            else:
                self._asked[number] = prepared
                self._sender.send({"id": number, "path": prepared.path})
        elif (waiting := self._asked.pop(number, None)) is not None:
            place: str = head["place"]
            work = Work(number, lambda: waiting.answer(place), replaces=waiting.replaces(place))
            for replaced in self.queue.put(work):
                self._answer(replaced.number, dropped_answer())

    def work(self) -> None:
        """Do what is in the queue, until the server is gone."""
        while True:
            work = self.queue.take()
            try:
                self._sender.send({"id": work.number, "begun": True})
                answer = self.queue.do(work)
            except CancelledWork:
                continue
            self._answer(work.number, answer)

    def _answer(self, number: int, answer: Answer) -> None:
        self._sender.send({"id": number, "status": answer.status, "log": answer.log}, answer.body)


def main() -> None:
    """Work until the server is gone."""
    # what a library prints must not get between the frames
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    loop = WorkerLoop(incoming, outgoing, Path(sys.argv[1]) if sys.argv[1:] else None)
    signal.signal(signal.SIGINT, loop.queue.on_signal)
    threading.Thread(target=loop.read, name="read", daemon=True).start()
    try:
        loop.work()
    except OSError:
        sys.exit(0)
    except Exception:  # noqa: BLE001 - the server starts another worker, and its log says why
        traceback.print_exc()
        sys.exit(1)


if __name__ == "__main__":
    main()
