"""`python -m nbexport_runtime.service.host`: the process that holds one model, and answers what the service asks.

It takes what waits as soon as it is free, together where that pays. No prediction waits for others: while some are
made, the next ones gather. It ends with the service, however that ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import pickle
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from nbexport_runtime import bundle
from nbexport_runtime.bundle.batching import Together
from nbexport_runtime.masking import masked, masked_traceback, masked_values
from nbexport_runtime.service import own_code
from nbexport_runtime.service.calls import caller
from nbexport_runtime.service.frames import END, MOST_BYTES, Order, framed, received
from nbexport_runtime.service.inline import forgotten
from nbexport_runtime.service.outcomes import Failure, Outcome, failure, outcome_of
from nbexport_runtime.service.threads import set_threads, threads_for
from nbexport_runtime.service.wire import json_bytes

WORTH_JOINING = 1.5
"""How much faster predictions must be together than one by one, to be made so."""
BEAT_S = 0.5
"""How often a process says that it goes on, while many predictions of one request are made."""
PR_SET_PDEATHSIG = 1
LONGEST_BYTES = MOST_BYTES // 4
"""Longest answer to one input."""

Values = dict[str, Any]
"""The arguments of a request, by name."""
Ask = Callable[[Values], Any]


@dataclass
class Asked:
    """The predictions of one request."""

    number: int
    until: float
    """When its client stops waiting, by the clock of the machine."""
    count: int
    """How many."""
    rows: bytes
    """The arguments of each, as a pickle."""


class Host:
    """A loaded model, and what waits for it."""

    def __init__(self, link: socket.socket, ask: Ask, together: Together | None, most: int) -> None:
        """Nothing is read yet.

        Args:
            link: To the service.
            ask: Asks the model.
            together: Makes several predictions at once; None makes them one by one.
            most: How many at once.
        """
        self._link = link
        self._ask = ask
        self._together = together
        self._most = most if together is not None else 1
        self._queue: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._spoke = 0.0

    def run(self, stream: Any) -> None:
        """Answer until the service asks no more."""
        threading.Thread(target=self._read, args=(stream,), name="requests", daemon=True).start()
        while taken := self._taken():
            now = time.monotonic()
            # a client that has stopped waiting gets no answer
            rows = [rows_of(asked) if asked.until > now else [] for asked in taken]
            outcomes, groups = self._outcomes([row for some in rows for row in some])
            self._answer([(asked.number, len(some)) for asked, some in zip(taken, rows, strict=True)], outcomes, groups)

    def _read(self, stream: Any) -> None:
        while True:
            try:
                content = received(stream)
            except (EOFError, OSError):
                # the service is gone, and nobody waits for an answer
                os._exit(0)
            if content == END:
                self._queue.put(None)
                return
            for asked in pickle.loads(content):  # noqa: S301 - the service's own words
                self._queue.put(Asked(*asked))

    def _taken(self) -> list[Asked]:
        """What waits, as far as it fits together; empty when this is the end."""
        first = self._queue.get()
        if first is None:
            return []
        taken = [first]
        count = first.count
        while count < self._most:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                break
            if more is None:
                self._queue.put(None)
                break
            taken.append(more)
            count += more.count
        return taken

    def _outcomes(self, rows: Sequence[Values | Failure]) -> tuple[list[Outcome], list[int]]:
        """What becomes of some rows, and how many were predicted at once each time."""
        outcomes: list[Outcome] = []
        groups = []
        self._spoke = time.monotonic()
        for begin in range(0, len(rows), self._most):
            some = rows[begin : begin + self._most]
            groups.append(len(some))
            if self._together is None or len(some) == 1:
                outcomes += [self._one(row) for row in some]
            else:
                outcomes += self._together.run([partial(self._one, row) for row in some])
            if time.monotonic() > self._spoke + BEAT_S:
                self._spoke = time.monotonic()
                self._send(b"{}")
        return outcomes, groups

    def _one(self, row: Values | Failure) -> Outcome:
        return (row, 0.0) if isinstance(row, Failure) else outcome_of(self._ask, row)

    def _answer(self, taken: Sequence[tuple[int, int]], outcomes: Sequence[Outcome], groups: Sequence[int]) -> None:
        answers = []
        at = 0
        for number, count in taken:
            texts = b",".join(map(outcome_bytes, outcomes[at : at + count]))
            answers.append(b"[%d,[%b]]" % (number, texts))
            at += count
        self._send(b'{"outcomes":[%b],"groups":%b}' % (b",".join(answers), json_bytes(groups)))

    def _send(self, content: bytes) -> None:
        self._link.sendall(framed(content))


def rows_of(asked: Asked) -> Sequence[Values | Failure]:
    """The arguments of each prediction of a request; a failure where this version does not know their classes."""
    try:
        rows: Sequence[Values] = pickle.loads(asked.rows)  # noqa: S301 - the service's own words
    except Exception as error:  # noqa: BLE001 - the code of another version
        return [failure(error)] * asked.count
    return rows


def outcome_bytes(outcome: Outcome) -> bytes:
    """An outcome as JSON."""
    result, taken_ms = outcome
    if not isinstance(result, Failure):
        try:
            text = json_bytes(result)
            if len(text) > LONGEST_BYTES:
                raise ValueError(f"an answer of {len(text)} bytes is too long")
            return b'{"members":%b,"ms":%.3f}' % (text, taken_ms)
        except Exception as error:  # noqa: BLE001 - the answer holds objects of the notebook's
            result = failure(error)
    texts = json.dumps({"whole": result.whole, "frames": result.frames}).encode()
    return b'{"failure":%b,"ms":%.3f}' % (texts, taken_ms)


# --------------------------------------------------------------------------- the start


def main() -> int:
    """Load what the service orders, say so, and answer."""
    link = linked(sys.argv[1])
    stream = link.makefile("rb")
    order: Order = pickle.loads(received(stream))  # noqa: S301 - the service's own words
    settle(order.background)
    try:
        loaded, ask = loaded_for(order)
        threads = order.threads or threads_for(loaded.manifest)
        prepare = partial(prepare_thread, getattr(loaded, "prepare", None), threads)
        prepare()
        wrong = forgotten(loaded)
        together = together_for(loaded, order.max_together, prepare)
    except bundle.BundleError as error:
        link.sendall(framed(json.dumps({"refused": masked(str(error))}).encode()))
        return 1
    except BaseException as error:  # noqa: BLE001 - the code that a bundle carries may raise anything
        link.sendall(framed(json.dumps({"failed": masked_traceback(error)}).encode()))
        return 1
    # older bundles may name addresses with credentials
    manifest = bundle.plain_json(masked_values(bundle.plain(loaded.manifest)))
    link.sendall(framed(b'{"manifest":%b,"wrong":%b}' % (manifest.encode(), json_bytes(wrong))))
    Host(link, ask, together, order.max_together).run(stream)
    # threads of the notebook's own would keep the process
    sys.stderr.flush()
    os._exit(0)


def linked(word: str) -> socket.socket:
    """The socket to the service, by its number; on Windows by what comes in from there."""
    if sys.platform == "win32":
        return socket.fromshare(sys.stdin.buffer.read())
    link = socket.socket(fileno=int(word))
    # what the model starts must not keep it open
    link.set_inheritable(False)
    return link


def settle(background: bool) -> None:
    """Take the place of a model among the processes of the machine."""
    # what a notebook prints must not get into the prediction log
    os.dup2(2, 1)
    # the service stops this process once it has answered
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
    if not background:
        return
    if hasattr(os, "nice"):
        os.nice(10)
    # where memory runs out, this process goes before the service
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("500")


def loaded_for(order: Order) -> tuple[bundle.Loaded, Ask]:
    """The model, and what asks it.

    Raises:
        BundleError: It cannot be served.
    """

    def of_project(folder: Any) -> bundle.Loaded:
        module, name = order.loader
        function: Any = importlib.import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
        loaded: bundle.Loaded = function(folder)
        return loaded

    loaded = own_code.load(order.folder, of_project, digest=order.digest, public_key=order.public_key)
    return loaded, caller(loaded, order.names)


def prepare_thread(as_in_notebook: Callable[[], None] | None, threads: int) -> None:
    """Set the calling thread as the notebook was set; many libraries keep that, and threads, for each thread."""
    if as_in_notebook is not None:
        # code that an older nbexport put into a bundle knows no such thing
        as_in_notebook()
    set_threads(threads)


def together_for(loaded: bundle.Loaded, most: int, prepare: Callable[[], None]) -> Together | None:
    """What makes predictions together; None where that was not proven, does not pay, or is not wanted."""
    measured = loaded.manifest.get("batching") or {}
    if most < 2 or not measured.get("calls") or measured["gain"] < WORTH_JOINING:
        return None
    return Together(loaded, measured["calls"], prepare)


if __name__ == "__main__":
    sys.exit(main())
