"""Processes that can be ended from outside, with all that they started."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from nbexport.verify.limits import Limits, Watch, end_tree


class StoppedError(Exception):
    """Somebody asked to stop."""


class Stop:
    """A wish to stop, which may come from another thread at any time."""

    def __init__(self) -> None:
        self.asked = False
        self._ends: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def ask(self) -> None:
        """End what runs now, and let nothing more begin."""
        with self._lock:
            self.asked = True
            for end in self._ends:
                end()

    def check(self) -> None:
        """Go on, or not.

        Raises:
            StoppedError: It was asked to stop.
        """
        if self.asked:
            raise StoppedError

    @contextmanager
    def holding(self, end: Callable[[], None]) -> Iterator[None]:
        """While the block runs, know how to end what runs in it; several threads may hold at a time.

        Raises:
            StoppedError: It was asked to stop, before or meanwhile; what runs is ended.
        """
        with self._lock:
            self._ends.append(end)
            if self.asked:
                end()
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._ends.remove(end)
        self.check()


@contextmanager
def ends_with_its_children() -> Iterator[None]:
    """While the block runs, a signal that ends this process is taken as Ctrl+C, which ends all that it has started."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), signal.default_int_handler) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


@contextmanager
def held(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    stop: Stop,
    what: str = "",
    limits: Limits | None = None,
    errors: int = subprocess.PIPE,
) -> Iterator[subprocess.Popen[str]]:
    """A process in a session of its own, which ends with all its children when it is asked to, or when the block fails.

    Args:
        command: Program and arguments.
        folder: Where it runs.
        environment: Its variables.
        stop: Ends it when it is asked to.
        what: What runs, for the message about a limit.
        limits: What it may use; the usual ones when None.
        errors: Where its errors go; `subprocess.STDOUT` puts them among its output.

    Raises:
        StoppedError: It was asked to stop.
        LimitError: It ran too long or held too much memory.
    """
    stop.check()
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        watch = Watch(what or f"`{command[0]}`", lambda: process.pid, limits or Limits())
        try:
            with stop.holding(lambda: end_tree(process.pid)), watch:
                yield process
        except BaseException:
            # Ctrl+C reaches this process alone
            end_tree(process.pid)
            raise
        watch.check()


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    stop: Stop,
    what: str = "",
    limits: Limits | None = None,
) -> tuple[int, str, str]:
    """(exit status, output, errors) of a command that is `held`.

    Raises:
        StoppedError: It was asked to stop.
        LimitError: It ran too long or held too much memory.
    """
    with held(command, folder=folder, environment=environment, stop=stop, what=what, limits=limits) as process:
        output, errors = process.communicate()
    return process.returncode, output, errors
