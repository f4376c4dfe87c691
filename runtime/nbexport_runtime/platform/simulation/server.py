"""The service in a process of its own, and users who ask it."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.simulation import scratch
from nbexport_runtime.traffic.traffic import KEY_HEADER

AT_ONCE = 4
"""Requests that are sent together."""
START_S = 180.0
"""How long the service may take to be ready, and to follow a change of models."""
ANSWER_S = 60.0
"""How long an answer may take."""
LOOK_S = 0.05
ADDRESS = re.compile(rb"running on http://127\.0\.0\.1:([0-9]+)")
SHOWN = 15
"""Last lines of what the service said, where it ends."""


@dataclass(frozen=True)
class Answer:
    """What became of a request."""

    status: int
    """Of HTTP; 0 where there was no answer."""
    content: Mapping[str, Any]

    @property
    def version(self) -> str:
        """The version that answered; empty where none did."""
        return str(self.content.get("model_version", ""))


class Server:
    """A service that listens."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        """Wait until it is ready.

        Args:
            process: It.
            log: The file with what it says.

        Raises:
            PipelineError: It ended, or is not ready in time.
        """
        self._process, self._said = process, log
        self.port = 0
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._open: list[http.client.HTTPConnection] = []
        self.wait("ready", self._listens)
        self.wait("ready", lambda: self.get("/ready").status == http.client.OK)

    def _listens(self) -> bool:
        match = ADDRESS.search(self._said.read_bytes())
        if match:
            self.port = int(match[1])
            self._open = [self._connection() for _ in range(AT_ONCE)]
        return match is not None

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)

    def wait(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait until something holds.

        Raises:
            PipelineError: The service ended, or it does not hold in time.
        """
        end = time.monotonic() + START_S
        while not holds():
            if self._process.poll() is not None or time.monotonic() > end:
                lines = self._said.read_text(encoding="utf-8", errors="replace").splitlines()[-SHOWN:]
                ended = "ended" if self._process.poll() is not None else f"is not {what} within {START_S:g} s"
                raise PipelineError("\n".join([f"the simulated service {ended}; it said:", *lines]))
            time.sleep(LOOK_S)

    def get(self, path: str) -> Answer:
        """What a route answers."""
        return self._sent(0, "GET", path, None, {})

    def health(self) -> Mapping[str, Any]:
        """What `/health` says."""
        return self.get("/health").content

    def ask(self, requests: Sequence[tuple[str, str, Mapping[str, Any]]]) -> list[Answer]:
        """The answers to requests that are sent at the same time.

        Args:
            requests: Id, user and body of each; at most `AT_ONCE`.
        """
        return list(self._pool.map(self._asked, range(len(requests)), requests))

    def _asked(self, place: int, request: tuple[str, str, Mapping[str, Any]]) -> Answer:
        identity, user, body = request
        headers = {"Content-Type": "application/json", "X-Request-ID": identity, KEY_HEADER: user}
        return self._sent(place, "POST", "/predict", json.dumps(body).encode(), headers)

    def _sent(self, place: int, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        for attempt in (1, 2):
            connection = self._open[place]
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                content = json.loads(response.read() or b"{}")
            except (OSError, http.client.HTTPException, ValueError):
                connection.close()
                # the service closes what was idle for long: a second connection tells that from a service that is gone
                if attempt == 1:
                    self._open[place] = self._connection()
            else:
                return Answer(response.status, content if isinstance(content, dict) else {})
        return Answer(0, {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown()
        for connection in self._open:
            connection.close()


@contextmanager
def served(project: Project, environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """The service of a project while the block runs.

    Args:
        project: The copy.
        environment: The variables of its process.
        log: A file for what it says.

    Raises:
        PipelineError: It does not become ready.
    """
    command = [scratch.python(), "-m", "uvicorn", "serve:app", "--port", "0", "--no-access-log"]
    # each request keeps its connection through a command that takes long
    command += ["--timeout-keep-alive", "600"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=project.code, env=dict(environment), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            with Server(process, log) as server:
                yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
