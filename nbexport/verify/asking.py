"""Starts a project's service and asks it, alone and under load; what it answered is written to a file.

This text runs in the project's folder, with the project's own Python (`python -c`), so it imports nothing of nbexport.
Its one argument is a JSON file: see `Asked`.
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
import random
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypedDict


class Asked(TypedDict):
    """What is to be asked, and how."""

    bundle: str
    logs: str
    said: str
    """File that gets what the service prints."""
    rows: list[tuple[Any, Any]]
    """Bodies of requests beside the examples, each with the answer that is expected."""
    target: str
    hash_seed: str
    start_s: float
    clients: int
    """Requests at a time."""
    requests: int
    load_s: float
    """For how long requests are sent under load."""


Answer = tuple[int, Any, Any]
"""Status, version of the model, and the answer without it."""


class Asking:
    """One service, and what it has answered."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.bundle: Any = importlib.import_module("nbexport_runtime.bundle")
        self.loaded: Any = importlib.import_module("model").load_model(asked["bundle"])
        self.found: dict[str, Any] = {
            "ready": False,
            "said": "",
            "answers": [],
            "rows": [],
            "turned": [],
            "load": [],
            "sent": 0,
        }
        self.alone: list[tuple[str, Answer]] = []
        self.port = 0
        self.until = 0.0

    def run(self) -> None:
        """Ask everything."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "serve:app", "--port", str(self.port), "--no-access-log"]
        own = {
            "MODEL_DIR": self.asked["bundle"],
            "LOG_DIR": self.asked["logs"],
            "PYTHONHASHSEED": self.asked["hash_seed"],
        }
        with (
            open(self.asked["said"], "wb") as log,
            subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **own}) as server,
        ):
            try:
                self.wait(server)
                if self.found["ready"]:
                    self.ask_alone()
                    self.ask_turned()
                    self.ask_under_load()
            finally:
                server.terminate()

    def send(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        """Status and content."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def wait(self, server: subprocess.Popen[bytes]) -> None:
        """Until it is ready, has ended, or the time is over."""
        until = time.monotonic() + self.asked["start_s"]
        while time.monotonic() < until and server.poll() is None and not self.found["ready"]:
            try:
                status, content = self.send("GET", "/ready")
            except OSError:
                status, content = 0, b""
            self.found["said"] = content.decode() or self.found["said"]
            self.found["ready"] = status == 200
            if status != 200:
                time.sleep(0.05)

    def predict(self, body: str) -> tuple[Answer, str]:
        """The answer, and the text that it was read from."""
        status, content = self.send("POST", "/predict", body)
        text = content.decode(errors="replace")
        try:
            answer = json.loads(text)
            # a member of the notebook's own keeps the name `model_version`
            version_in: Any = importlib.import_module("nbexport_runtime.service.answers").version_in
            version = answer.pop(version_in(answer), None)
            return (status, version, answer), text
        except (ValueError, AttributeError):
            # no JSON object: a crash of the server's
            return (status, None, text), text

    def ask_alone(self) -> None:
        """The examples and the rows, one after the other."""
        wire: Any = importlib.import_module("nbexport_runtime.service.wire")
        members_of: Any = importlib.import_module("nbexport_runtime.service.answers").members_of
        bodies = importlib.import_module("nbexport_runtime.service.calls").example_bodies(self.loaded)
        for (args, kwargs), body in zip(self.loaded.examples, bodies, strict=False):
            expected = json.loads(wire.json_bytes(members_of(self.loaded.predict(*args, **kwargs))))
            same, text = self.is_expected(json.dumps(body), expected)
            self.found["answers"].append([same, json.dumps(expected), text])
        for body, expected in self.asked["rows"]:
            same, text = self.is_expected(json.dumps(body), expected)
            self.found["rows"].append([same, json.dumps(body), json.dumps(expected), text])

    def is_expected(self, body: str, expected: Any) -> tuple[bool, str]:
        """Whether the service's answer is the one expected, and its text."""
        answer, text = self.predict(body)
        self.alone.append((body, answer))
        status, version, members = answer
        right = status == 200 and version == self.loaded.manifest["version"]
        return right and bool(self.bundle.close(members, expected)), text

    def ask_turned(self) -> None:
        """The same requests, the members of each object in the opposite order, which JSON takes for the same."""
        for body, expected in self.alone:
            other = json.dumps(turned(json.loads(body)))
            if other == body or expected[0] != 200:
                continue
            answer, text = self.predict(other)
            # one that remembers its calls answers otherwise whatever the order
            if not self.is_same(answer, expected) and self.is_same(self.predict(body)[0], expected):
                self.found["turned"].append([body, json.dumps(expected[2]), text])

    def is_same(self, answer: Answer, other: Answer) -> bool:
        """Whether two answers say the same."""
        return answer[:2] == other[:2] and bool(self.bundle.close(answer[2], other[2]))

    def ask_under_load(self) -> None:
        """The same requests many at a time, in mixed order, with wrong ones among them."""
        if not self.alone:
            return
        many: list[tuple[str, Answer | None]] = [*self.alone * max(2, self.asked["requests"] // len(self.alone))]
        many += [("{", None), (json.dumps({"no_such_field": 1}), None)] * (len(many) // 16 + 1)
        random.Random(0).shuffle(many)  # noqa: S311 - an order, no secret
        self.until = time.monotonic() + self.asked["load_s"]
        with ThreadPoolExecutor(self.asked["clients"]) as clients:
            different = [entry for entry in clients.map(self.under_load, many) if entry is not None]
        self.found["load"] = list({entry[0]: entry for entry in different}.values())

    def under_load(self, request: tuple[str, Answer | None]) -> tuple[str, str, str] | None:
        """Body, expected and other answer, where they differ; None expects a refusal."""
        body, expected = request
        while time.monotonic() < self.until:
            answer, text = self.predict(body)
            if answer[0] == 503:
                # it sheds load, and says so
                time.sleep(0.05)
                continue
            self.found["sent"] += 1
            if expected is None:
                return None if 400 <= answer[0] < 500 else (body, "a refusal (422)", text)
            # a refusal carries the id of its request
            refused_alike = answer[0] == expected[0] != 200
            return None if refused_alike or self.is_same(answer, expected) else (body, json.dumps(expected[2]), text)
        return None


def turned(value: Any) -> Any:
    """The value with the members of each object in the opposite order."""
    if isinstance(value, dict):
        return {name: turned(inner) for name, inner in reversed(value.items())}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        asking = Asking(json.load(file))
    asking.run()
    with open(asking.asked["target"], "w", encoding="utf-8") as file:
        json.dump(asking.found, file)
