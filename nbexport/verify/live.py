"""The service of a project, live: started on a free port of this machine, asked, and ended.

It ends when it is asked to, and when the process that started it is gone, however that ended: it holds the other end of
a pipe, which the system then closes.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nbexport.errors import NbexportError
from nbexport.verify.limits import end_tree
from nbexport.verify.processes import HashSeed, environment
from nbexport.verify.stopping import Stop
from nbexport.verify.watched import Line

START_S = 120.0
ANSWER_S = 60.0
POLL_S = 0.1
LAST_WORDS_S = 10.0
MOST_BYTES = 1_000_000
"""Of a request's body, and of what is read of an answer."""
MOST_EXAMPLES = 10
METHODS = ("GET", "POST")

_TIED = """
import os, runpy, signal, sys, threading
def watch():
    sys.stdin.buffer.read()
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
threading.Thread(target=watch, daemon=True).start()
runpy.run_module("uvicorn", run_name="__main__", alter_sys=True)
"""
"""Runs uvicorn until standard input is closed."""
EXAMPLES_S = 120.0
_EXAMPLES = """
import json, sys, model
from nbexport_runtime.service.calls import example_bodies
print(json.dumps(example_bodies(model.load_model(sys.argv[1]))))
"""
"""Prints the bodies of the notebook's example calls, as a model has kept them."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a service answered to one request."""

    status: int
    body: str
    milliseconds: float


class LiveService:
    """A service in a process of its own.

    Args:
        project: The project's folder.
        bundle: The model that it serves; None leaves that to the project.
        logs: Folder of its log of predictions: requests that somebody tries are not traffic.
        secrets: Environment variable → the notebook's own literal.
        python: Interpreter that runs it.
    """

    def __init__(
        self,
        project: Path,
        *,
        bundle: Path | None,
        logs: Path,
        secrets: Mapping[str, str] = MappingProxyType({}),
        python: str = sys.executable,
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        own = {"LOG_DIR": str(logs), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        if bundle is not None:
            own["MODEL_DIR"] = str(bundle)
        self._bundle, self._project, self._python = bundle, project, python
        self._environment = {**environment(HashSeed.SERVICE, project=project, secrets=secrets), **own}
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--no-access-log"]
        self.process = subprocess.Popen(
            [python, "-c", _TIED, "serve:app", *options],
            cwd=project,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def end(self) -> None:
        """Kill it, with all that it started."""
        end_tree(self.process.pid)

    def until_it_ends(self, *, stop: Stop, line: Line, ready: Line) -> None:
        """Wait until the service ends.

        Args:
            stop: Ends it when it is asked to.
            line: Told each line that it prints.
            ready: Told once, what `/ready` answers, as soon as requests may be sent.

        Raises:
            StoppedError: It was asked to stop.
            NbexportError: It does not become ready, or ends by itself.
        """
        with self.process:
            try:
                with stop.holding(self.end):
                    reader = threading.Thread(target=self._read, args=(line,), daemon=True)
                    reader.start()
                    try:
                        ready(self._until_ready())
                        self.process.wait()
                        raise NbexportError("the service ended by itself", why=f"exit code {self.process.returncode}")
                    finally:
                        # what it printed last may still be on its way
                        self.end()
                        reader.join(timeout=LAST_WORDS_S)
            except NbexportError:
                # it ended because it was asked to
                stop.check()
                raise
            finally:
                self.end()

    def ask(self, method: str, path: str, body: str = "") -> Answered:
        """One request, sent to this service alone; redirects are not followed.

        Args:
            method: GET or POST.
            path: Begins with `/`.
            body: JSON, where the method has a body.

        Raises:
            NbexportError: It cannot be sent, or is not answered in time.
        """
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        try:
            headers = {"Content-Type": "application/json"} if method == "POST" else {}
            connection.request(method, path, body.encode() if method == "POST" else None, headers)
            response = connection.getresponse()
            content = response.read(MOST_BYTES + 1)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise NbexportError("the service gives no answer", why=str(error) or type(error).__name__) from None
        finally:
            connection.close()
        text = content[:MOST_BYTES].decode("utf-8", "replace") + ("…" if len(content) > MOST_BYTES else "")
        return Answered(response.status, text, round((time.perf_counter() - begun) * 1000, 1))

    def examples(self) -> list[str]:
        """Bodies of requests for a prediction, as the service describes them, or else as the model kept them."""
        try:
            described = json.loads(self.ask("GET", "/openapi.json").body)
            name = described["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
            schema: Any = described["components"]["schemas"][name["$ref"].rpartition("/")[2]]
            values = schema.get("examples", [])[:MOST_EXAMPLES]
        except (NbexportError, ValueError, KeyError, TypeError, AttributeError):
            # somebody has described it in another way
            values = []
        return [json.dumps(example, ensure_ascii=False) for example in values or self._kept_examples()]

    def _kept_examples(self) -> list[Any]:
        """Examples whose arguments only a run of the notebook could tell: `predict(X_test.iloc[0].to_dict())`."""
        if self._bundle is None:
            return []
        try:
            done = subprocess.run(
                [self._python, "-c", _EXAMPLES, str(self._bundle.absolute())],
                cwd=self._project,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=EXAMPLES_S,
                check=True,
            )
            examples = json.loads(done.stdout.splitlines()[-1])
        except (OSError, subprocess.SubprocessError, ValueError, IndexError):
            # a project that was edited; the service itself runs
            return []
        return examples[:MOST_EXAMPLES] if isinstance(examples, list) else []

    def _read(self, line: Line) -> None:
        for text in self.process.stdout or ():
            line(text.rstrip())

    def _until_ready(self) -> str:
        """What `/ready` answers at last."""
        until, answered = time.monotonic() + START_S, ""
        while time.monotonic() < until and self.process.poll() is None:
            try:
                answer = self.ask("GET", "/ready")
            except NbexportError:
                # it does not listen yet
                time.sleep(POLL_S)
                continue
            if answer.status == 200:
                return answer.body
            answered = answer.body
            time.sleep(POLL_S)
        raise NbexportError("the service does not become ready", why=answered)
