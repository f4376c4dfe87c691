"""Programs run at a terminal of their own, with somebody who answers."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self


class Terminal:
    """A program that believes that a person sits in front of it."""

    def __init__(self, words: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [*map(str, words)],
            cwd=cwd,
            env={**env, "TERM": "dumb", "COLUMNS": "120", "NO_COLOR": "1"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=self._own_terminal,  # noqa: PLW1509 - nothing here runs threads
        )
        os.close(theirs)
        self.shown = ""
        """All that was printed so far."""
        self._at = 0

    @staticmethod
    def _own_terminal() -> None:
        import fcntl
        import termios

        # Ctrl+C reaches the program only where this is its terminal
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def until(self, text: str, *, seconds: float = 120) -> str:
        """What was printed since the last call, up to a text."""
        end = time.monotonic() + seconds
        while (found := self.shown.find(text, self._at)) < 0:
            assert self._read(end), f"{text!r} is not printed:\n{self.shown}"
        begin, self._at = self._at, found + len(text)
        return self.shown[begin : self._at]

    def type(self, keys: str) -> None:
        """Type at the keyboard."""
        os.write(self._ours, keys.encode())

    def interrupt(self, text: str, *, seconds: float = 120) -> None:
        """Press Ctrl+C until a text is printed: a moment before a program waits for a line, it only takes note of it."""
        end = time.monotonic() + seconds
        while text not in self.shown[self._at :]:
            assert time.monotonic() < end, f"{text!r} is not printed:\n{self.shown}"
            self.type("\x03")
            again = time.monotonic() + 3
            while text not in self.shown[self._at :] and self._read(again):
                pass

    def end(self, *, seconds: float = 120) -> int:
        """The exit code, when all has been printed."""
        end = time.monotonic() + seconds
        while self._read(end):
            pass
        return self.process.wait(timeout=seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def _read(self, end: float) -> bool:
        """Whether more was printed before the program closed its end, or time was up."""
        ready, _, _ = select.select([self._ours], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.shown += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)
