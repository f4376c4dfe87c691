"""What the exported service costs per request, beside the FastAPI apps that people write by hand.

    python benchmarks/serving.py [--rounds 3] [--requests 1500]

Two notebooks are exported at level 2 and trained: a cheap network (below 1 ms) and a dear one. For each, three services
run on the same model: the exported one with metrics and log on, an `async def` app and a `def` app of ten lines without
either. All are asked in turn, round by round, so that a busy machine slows all alike. Processor time is the server
process's own; nothing here fails a build.

Needs `pip install -e '.[test]'`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

NOTEBOOK = """\
# %% tags=["parameters"]
hidden = {hidden}
# %% tags=["data"]
import torch
from torch import nn
torch.manual_seed(0)
rows = torch.randn(256, {width})
wanted = (rows.sum(dim=1) > 0).long()
# %% tags=["define"]
class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        {layers}
    def forward(self, x):
        {forward}
# %% tags=["train"]
model = Net(hidden)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(3):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(rows), wanted)
    loss.backward()
    optimizer.step()
# %% tags=["evaluate"]
metrics = {{"loss": loss.item()}}
# %% tags=["predict"]
def predict(values: list[float]) -> dict:
    model.eval()
    with torch.no_grad():
        scores = model(torch.tensor([values])).softmax(dim=1)[0]
    return {{"label": int(scores.argmax()), "score": float(scores.max())}}
predict({example})
predict({other})
"""

MODELS = {
    "cheap": {
        "hidden": 32,
        "width": 16,
        "layers": "self.layers = nn.Sequential(nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 2))",
        "forward": "return self.layers(x)",
    },
    "dear": {
        "hidden": 256,
        "width": 64,
        "layers": "self.gru = nn.GRU(1, hidden, batch_first=True); self.last = nn.Linear(hidden, 2)",
        "forward": "return self.last(self.gru(x.unsqueeze(2))[0][:, -1])",
    },
}

NAIVE = """\
import os
from fastapi import FastAPI
from pydantic import BaseModel
from model import load_model

app = FastAPI()
loaded = load_model(os.environ["MODEL_DIR"])


class Body(BaseModel):
    values: list[float]


@app.post("/predict")
{kind} predict(body: Body):
    return loaded.predict(body.values)


@app.get("/ready")
async def ready():
    return {{}}
"""


@dataclass
class Server:
    """One running service and what was measured of it."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    start_s: float = 0.0
    memory_mb: float = 0.0
    cpu_ms: dict[int, list[float]] = field(default_factory=dict)
    taken_ms: dict[int, list[float]] = field(default_factory=dict)
    wrong: int = 0
    refused: int = 0

    def cpu_seconds(self) -> float:
        """Processor time of the process so far, in it and in the kernel."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """The most memory that it held."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        return 0.0


def exported(name: str, folder: Path) -> Path:
    """A project of one of the two models, trained."""
    about = MODELS[name]
    width = int(str(about["width"]))
    notebook = folder / f"{name}.py"
    values = {"example": [0.5] * width, "other": [-0.25] * width}
    notebook.write_text(NOTEBOOK.format(**about, **values), encoding="utf-8")
    project = folder / name
    subprocess.run(
        [sys.executable, "-m", "nbexport", str(notebook), "--level", "2", "--output", str(project)],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    subprocess.run([sys.executable, "train.py", "--log-level", "ERROR"], cwd=project, check=True)
    for kind in ("async def", "def"):
        app = project / f"naive_{kind.replace(' ', '_')}.py"
        app.write_text(NAIVE.format(kind=kind), encoding="utf-8")
    return project


def started(name: str, module: str, project: Path) -> Server:
    """A server that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "uvicorn",
            f"{module}:app",
            "--port",
            str(port),
            "--no-access-log",
            "--log-level",
            "error",
        ],
        cwd=project,
        env={**os.environ, "MODEL_DIR": "models/candidate", "LOG_DIR": str(project / "logs")},
    )
    server = Server(name, process, port)
    while True:
        try:
            if asyncio.run(asked(port, request("GET", "/ready", b""), 1, 1))[0][0] == 200:
                break
        except OSError:
            time.sleep(0.01)
    server.start_s = time.perf_counter() - began
    return server


def request(method: str, path: str, body: bytes) -> bytes:
    """The bytes of a request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


async def asked(port: int, message: bytes, clients: int, count: int) -> list[tuple[int, float, bytes]]:
    """(status, milliseconds, body) of each of `count` requests, sent over `clients` connections."""
    left = iter(range(count))
    found: list[tuple[int, float, bytes]] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            began = time.perf_counter()
            writer.write(message)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            body = await reader.readexactly(length)
            found.append((int(head.split()[1]), (time.perf_counter() - began) * 1000, body))
        writer.close()

    await asyncio.gather(*[client() for _ in range(clients)])
    return found


def measure(name: str, folder: Path, rounds: int, count: int) -> None:
    """Print what three services of one model cost."""
    project = exported(name, folder)
    manifest = json.loads((project / "models" / "candidate" / "manifest.json").read_text(encoding="utf-8"))
    apps = {"exported": "serve", "async def": "naive_async_def", "def": "naive_def"}
    servers = [started(shown, module, project) for shown, module in apps.items()]
    body = json.dumps({"values": [0.5] * int(str(MODELS[name]["width"]))}).encode()
    message = request("POST", "/predict", body)
    expected = json.loads(asyncio.run(asked(servers[1].port, message, 1, 1))[0][2])
    try:
        for _ in range(rounds):
            for clients in (1, 16, 64):
                for server in servers:
                    before = server.cpu_seconds()
                    answers = asyncio.run(asked(server.port, message, clients, count))
                    spent = server.cpu_seconds() - before
                    server.cpu_ms.setdefault(clients, []).append(spent * 1000 / count)
                    server.taken_ms.setdefault(clients, []).extend(taken for _, taken, _ in answers)
                    server.refused += sum(status == 503 for status, _, _ in answers)
                    for status, _, text in answers:
                        answer = json.loads(text)
                        answer.pop("model_version", None)
                        server.wrong += status != 503 and not close(answer, expected)
        for server in servers:
            server.memory_mb = server.peak_mb()
    finally:
        for server in servers:
            server.process.terminate()
            server.process.wait()
    print(f"\n{name}: {manifest['predict_ms']} ms a prediction, {rounds} rounds of {count} requests")
    print("service     clients  CPU ms/request   x async    p50 ms    p99 ms")
    for clients in (1, 16, 64):
        floor = statistics.median(servers[1].cpu_ms[clients])
        for server in servers:
            cost = statistics.median(server.cpu_ms[clients])
            taken = statistics.quantiles(server.taken_ms[clients], n=100)
            print(f"{server.name:10} {clients:8} {cost:15.3f} {cost / floor:9.2f} {taken[49]:9.2f} {taken[98]:9.2f}")
    for server in servers:
        print(
            f"{server.name:10} starts in {server.start_s:.2f} s ({server.start_s / servers[1].start_s:.2f} x), "
            f"holds {server.memory_mb:.0f} MB ({server.memory_mb / servers[1].memory_mb:.2f} x), "
            f"{server.wrong} wrong answers, {server.refused} refused"
        )


def close(answer: dict[str, float], expected: dict[str, float]) -> bool:
    """Whether two answers are the same but for the last digits."""
    return answer.keys() == expected.keys() and all(abs(answer[k] - expected[k]) < 1e-6 for k in expected)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=1500)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    for name in MODELS:
        with tempfile.TemporaryDirectory() as folder:
            measure(name, Path(folder), options.rounds, options.requests)
    return 0


if __name__ == "__main__":
    sys.exit(main())
