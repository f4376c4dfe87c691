"""A service of an exported project in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx


@dataclass
class Service:
    """A server process, its address, its log and what it says."""

    process: subprocess.Popen[bytes]
    url: str
    logs: Path
    said: Path

    def lines(self) -> list[dict[str, Any]]:
        """Every line of the prediction log; each must be whole."""
        path = self.logs / "predictions.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def post(self, body: Any, route: str = "/predict", **options: Any) -> httpx.Response:
        """A request; what is not bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body)
        return httpx.post(self.url + route, content=content, timeout=60, **options)

    def counted(self, **labels: str) -> float:
        """The sum of `predict_requests_total` over some labels."""
        total = 0.0
        for line in httpx.get(self.url + "/metrics", timeout=60).text.splitlines():
            if line.startswith("predict_requests_total{"):
                shown, value = line.rsplit(" ", 1)
                if all(f'{name}="{wanted}"' in shown for name, wanted in labels.items()):
                    total += float(value)
        return total

    def health(self) -> dict[str, Any]:
        """What `/health` says."""
        found: dict[str, Any] = httpx.get(self.url + "/health", timeout=60).json()
        return found

    def share(self) -> float:
        """The candidate's part of the traffic in percent; 0 without a rollout."""
        return float(self.health().get("rollout", {"percent": 0})["percent"])

    def answers(self, body: Any, ids: list[str]) -> dict[str, dict[str, Any]]:
        """What each id is answered to the same request."""
        with httpx.Client(base_url=self.url, timeout=60) as client:
            return {name: client.post("/predict", json=body, headers={"X-Rollout-Key": name}).json() for name in ids}

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit status."""
        self.process.send_signal(how)
        return self.process.wait(timeout=60)


CUSTOMER = {
    "plan": "basic",
    "monthly_fee": 9.9,
    "tenure_months": 12,
    "signup_date": "2025-02-17",
    "country": "IE",
    "support_tickets": 4,
}
"""A request to the service of `examples/churn`."""
IDS = [f"user-{number}" for number in range(2000)]
"""The ids of requests during a rollout."""


def until(happened: Callable[[], bool]) -> None:
    """Wait for what must happen soon."""
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def command(port: int) -> list[str]:
    """How a service is started."""
    return [sys.executable, "-m", "uvicorn", "serve:app", "--port", str(port), "--no-access-log"]


def environment(bundle: Path | None, logs: Path | str, **settings: str) -> dict[str, str]:
    """The variables of a service."""
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    model = {} if bundle is None else {"MODEL_DIR": str(bundle)}
    return {**os.environ, **quiet, **model, "LOG_DIR": str(logs), **settings}


KEPT_PORTS: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody listens on; where the system can, it is given to nobody else as long as this process lives."""
    free = socket.socket()
    # servers set it too: they may listen on a port that another socket only keeps
    free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    free.bind(("127.0.0.1", 0))
    port: int = free.getsockname()[1]
    if sys.platform == "linux":
        KEPT_PORTS.append(free)
    else:
        free.close()
    return port


@contextmanager
def served(project: Path, bundle: Path | None, folder: Path, *, limit: int = 0, **settings: str) -> Iterator[Service]:
    """A service that is ready, stopped in the end.

    Args:
        project: The exported project.
        bundle: The model; None follows the journal of the project.
        folder: Where log and output go.
        limit: Bytes that a file may have, as on a full disk; 0 for no limit.
        **settings: Environment variables.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port, said = free_port(), folder / "said.txt"
    words = command(port)
    if limit:
        words = [sys.executable, "-c", LIMITED, str(limit), *words]
    with said.open("wb") as output:
        process = subprocess.Popen(
            words, cwd=project, env=environment(bundle, folder / "logs", **settings), stdout=output, stderr=output
        )
        service = Service(process, f"http://127.0.0.1:{port}", folder / "logs", said)
        try:
            wait_until_ready(service)
            yield service
        finally:
            process.kill()
            process.wait()


LIMITED = """
import os, resource, sys
size = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
os.execv(sys.argv[2], sys.argv[2:])
"""


def wait_until_ready(service: Service) -> None:
    """Wait until requests may be sent."""
    for _ in range(1200):
        assert service.process.poll() is None, service.said.read_text(encoding="utf-8")
        try:
            if httpx.get(service.url + "/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(service.said.read_text(encoding="utf-8"))
