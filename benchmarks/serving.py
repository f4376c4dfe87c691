"""What the exported service costs per request, beside the FastAPI apps that people write by hand and other servers.

    python benchmarks/serving.py [--rounds 3] [--requests 1500] [--only cheap] [--ours] [--before CHECKOUT]
    python benchmarks/serving.py --rollout [--percent 10]

Two notebooks are exported at level 2 and trained: a cheap network (below 1 ms) and an expensive one. For each, these
run on the same model: the exported service with metrics and log on, an `async def` app and a `def` app of ten lines
without either, and, where they are installed, LitServe and BentoML with batching and `mlflow models serve` (not with
`--ours`). All are asked in turn, round by round, so that a busy machine slows all alike. Processor time and memory are
those of all processes of a server; nothing here fails a build.

With `--before`, the service that another checkout of nbexport exports is asked in the same rounds.

With `--rollout` the same models are exported at level 3, and the service is asked while a second version, with code of
its own, has a share of the traffic, and without; every request has an id.

Needs `pip install -e '.[test,bench]'`, and `litserve bentoml mlflow` for the other servers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import itertools
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent

BUNDLE = "models/bundle"
"""Where the model of a project is, whatever its level."""

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
    "expensive": {
        "hidden": 256,
        "width": 192,
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


LITSERVE = """\
import os, sys
import litserve as ls
import torch
from model import load_model


class Api(ls.LitAPI):
    def setup(self, device):
        torch.set_num_threads(1)
        self.model = load_model(os.environ["MODEL_DIR"])["model"].eval()

    def decode_request(self, request):
        return torch.tensor(request["values"])

    def batch(self, inputs):
        return torch.stack(inputs)

    def predict(self, rows):
        with torch.no_grad():
            return self.model(rows).softmax(dim=1)

    def unbatch(self, output):
        return list(output)

    def encode_response(self, scores):
        return {"label": int(scores.argmax()), "score": float(scores.max())}


if __name__ == "__main__":
    server = ls.LitServer(Api(max_batch_size=64, batch_timeout=0.005), accelerator="cpu", workers_per_device=1)
    server.run(port=int(sys.argv[1]), host="127.0.0.1", generate_client_file=False, log_level="error")
"""

BENTOML = """\
import os
import bentoml
import torch
from model import load_model


@bentoml.service(workers=1, traffic={"timeout": 60})
class Net:
    def __init__(self) -> None:
        torch.set_num_threads(1)
        self.model = load_model(os.environ["MODEL_DIR"])["model"].eval()

    @bentoml.api(batchable=True, max_batch_size=64, max_latency_ms=10_000)
    def predict(self, values: list[list[float]]) -> list[dict]:
        with torch.no_grad():
            found = self.model(torch.tensor(values)).softmax(dim=1)
        return [{"label": int(scores.argmax()), "score": float(scores.max())} for scores in found]
"""

MLFLOW = """\
import os, sys
import mlflow.pyfunc
import torch
from model import load_model


class Net(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        sys.path.insert(0, os.getcwd())
        torch.set_num_threads(1)
        self.model = load_model(os.environ["MODEL_DIR"])["model"].eval()

    def predict(self, context, model_input, params=None):
        with torch.no_grad():
            found = self.model(torch.tensor(model_input, dtype=torch.float32)).softmax(dim=1)
        return [{"label": int(scores.argmax()), "score": float(scores.max())} for scores in found]


if __name__ == "__main__":
    mlflow.pyfunc.save_model("mlflow_model", python_model="mlflow_app.py", pip_requirements=["torch"])
else:
    from mlflow.models import set_model

    set_model(Net())
"""

LIMIT = """\
import json, sys, time, torch
from model import load_model
torch.set_num_threads(1)
model = load_model("models/bundle")["model"].eval()
rows = torch.tensor([json.loads(sys.argv[1])] * 64)
with torch.no_grad():
    model(rows)
    began, spent = time.perf_counter(), time.process_time()
    for _ in range(10):
        model(rows)
    print(json.dumps({"wall_ms": (time.perf_counter() - began) / 0.64, "cpu_ms": (time.process_time() - spent) / 0.64}))
"""


@dataclass
class Kind:
    """How one server is started and asked."""

    name: str
    command: list[str]
    path: str = "/predict"
    ready: str = "/ready"
    body: Callable[[list[float]], Any] = lambda values: {"values": values}
    answer: Callable[[Any], dict[str, float]] = lambda found: found


def uvicorn(name: str, module: str) -> Kind:
    """A FastAPI app."""
    words = [sys.executable, "-m", "uvicorn", f"{module}:app", "--port", "{port}", "--no-access-log"]
    return Kind(name, [*words, "--log-level", "error"])


KINDS = (uvicorn("exported", "serve"), uvicorn("async def", "naive_async_def"), uvicorn("def", "naive_def"))
OTHERS = {
    "litserve": Kind("LitServe", [sys.executable, "lit_app.py", "{port}"], ready="/health"),
    "bentoml": Kind(
        "BentoML",
        [sys.executable, "-m", "bentoml", "serve", "bento_app:Net", "--port", "{port}", "--host", "127.0.0.1"],
        ready="/readyz",
        body=lambda values: {"values": [values]},
        answer=lambda found: found[0],
    ),
    "mlflow": Kind(
        "MLflow",
        [
            sys.executable,
            *"-m mlflow models serve -m mlflow_model --env-manager local --workers 1 --port {port}".split(),
        ],
        path="/invocations",
        ready="/ping",
        body=lambda values: {"inputs": [values]},
        answer=lambda found: found["predictions"][0],
    ),
}


@dataclass
class Server:
    """One running service and what was measured of it."""

    kind: Kind
    process: subprocess.Popen[bytes]
    port: int
    start_s: float = 0.0
    memory_mb: float = 0.0
    cpu_ms: dict[int, list[float]] = field(default_factory=dict)
    taken_ms: dict[int, list[float]] = field(default_factory=dict)
    per_second: dict[int, list[float]] = field(default_factory=dict)
    wrong: int = 0
    refused: int = 0

    @property
    def name(self) -> str:
        """The name it is shown by."""
        return self.kind.name

    def processes(self) -> list[psutil.Process]:
        """The server's process and all that it started."""
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Processor time so far, in the processes and in the kernel."""
        return sum(sum(one.cpu_times()[:2]) for one in self.processes())

    def held_mb(self) -> float:
        """The memory that it holds; what processes share is counted once."""
        return sum(one.memory_full_info().pss for one in self.processes()) / 2**20

    def stop(self) -> None:
        """End all of its processes."""
        for one in reversed(self.processes()):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with contextlib.suppress(psutil.NoSuchProcess):
            for one in self.processes():
                one.kill()


def exported(name: str, folder: Path, level: int = 2, checkout: Path = ROOT) -> Path:
    """A project of one of the two models, trained; `checkout` is the nbexport that exports it."""
    folder.mkdir(parents=True, exist_ok=True)
    about = MODELS[name]
    width = int(str(about["width"]))
    notebook = folder / f"{name}.py"
    values = {"example": [0.5] * width, "other": [-0.25] * width}
    notebook.write_text(NOTEBOOK.format(**about, **values), encoding="utf-8")
    project = folder / name
    export(notebook, project, level, checkout)
    train(project, BUNDLE)
    for kind in ("async def", "def"):
        app = project / f"naive_{kind.replace(' ', '_')}.py"
        app.write_text(NAIVE.format(kind=kind), encoding="utf-8")
    for app_name, text in (("lit_app", LITSERVE), ("bento_app", BENTOML), ("mlflow_app", MLFLOW)):
        (project / f"{app_name}.py").write_text(text, encoding="utf-8")
    return project


def export(notebook: Path, project: Path, level: int, checkout: Path = ROOT) -> None:
    """Make a project of a notebook; `checkout` is the nbexport that exports it."""
    subprocess.run(
        [sys.executable, "-m", "nbexport", str(notebook), "--level", str(level), "--output", str(project)],
        check=True,
        stdout=subprocess.DEVNULL,
        # not in a checkout: Python would take the nbexport that is there
        cwd=notebook.parent,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )


def train(project: Path, output: str) -> None:
    """Train a project's model."""
    subprocess.run([sys.executable, "train.py", "--log-level", "ERROR", "--output", output], cwd=project, check=True)


def started(kind: Kind, project: Path, **settings: str | None) -> Server:
    """A server that answers; a setting that is None is not set."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "MODEL_DIR": BUNDLE, "LOG_DIR": str(project / "logs")}
    environment |= {"PYTHONPATH": str(project), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment |= {name: value for name, value in settings.items() if value is not None}
    for name in (name for name, value in settings.items() if value is None):
        environment.pop(name, None)
    began = time.perf_counter()
    with (project / "said.txt").open("ab") as said:
        process = subprocess.Popen(
            [word.format(port=port) for word in kind.command], cwd=project, env=environment, stdout=said, stderr=said
        )
    server = Server(kind, process, port)
    while True:
        if process.poll() is not None:
            raise SystemExit(f"{kind.name} ended:\n{(project / 'said.txt').read_text()[-3000:]}")
        try:
            if asyncio.run(asked(port, [request("GET", kind.ready, b"")], 1, 1))[0][0] == 200:
                break
        except (OSError, asyncio.IncompleteReadError):
            time.sleep(0.01)
    server.start_s = time.perf_counter() - began
    return server


def request(method: str, path: str, body: bytes, key: str = "") -> bytes:
    """The bytes of a request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    if key:
        head += f"\r\nX-Rollout-Key: {key}"
    return f"{head}\r\n\r\n".encode() + body


async def asked(port: int, messages: list[bytes], clients: int, count: int) -> list[tuple[int, float, bytes]]:
    """(status, milliseconds, body) of each of `count` requests, sent in turn over `clients` connections."""
    left = itertools.islice(itertools.cycle(messages), count)
    found: list[tuple[int, float, bytes]] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for message in left:
            began = time.perf_counter()
            writer.write(message)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            body = await reader.readexactly(length)
            found.append((int(head.split()[1]), (time.perf_counter() - began) * 1000, body))
        writer.close()

    await asyncio.gather(*[client() for _ in range(clients)])
    return found


def measure(name: str, folder: Path, rounds: int, count: int, *, before: Path | None, ours: bool) -> None:
    """Print what the services of one model cost.

    Args:
        name: The model.
        folder: Where projects are exported to.
        rounds: How often each service is asked.
        count: Requests of a round.
        before: Another checkout, whose service is measured too.
        ours: Leaves out the servers of others.
    """
    project = exported(name, folder / "now")
    manifest = json.loads((project / BUNDLE / "manifest.json").read_text(encoding="utf-8"))
    others = {} if ours else OTHERS
    kinds = [*KINDS, *(kind for module, kind in others.items() if importlib.util.find_spec(module))]
    if any(kind.name == "MLflow" for kind in kinds):
        subprocess.run(
            [sys.executable, "mlflow_app.py"],
            cwd=project,
            env={**os.environ, "MODEL_DIR": BUNDLE},
            check=True,
            capture_output=True,
        )
    values = [0.5] * int(str(MODELS[name]["width"]))
    servers = [started(kind, project) for kind in kinds]
    if before is not None:
        servers.append(started(uvicorn("before", "serve"), exported(name, folder / "before", checkout=before)))
    messages = {
        server.name: request("POST", server.kind.path, json.dumps(server.kind.body(values)).encode())
        for server in servers
    }
    expected = json.loads(asyncio.run(asked(servers[1].port, [messages["async def"]], 1, 1))[0][2])
    limit = subprocess.run(
        [sys.executable, "-c", LIMIT, json.dumps(values)], cwd=project, check=True, capture_output=True, text=True
    )
    alone = json.loads(limit.stdout)
    try:
        for _ in range(rounds):
            for clients in (1, 16, 64):
                for server in servers:
                    before = server.cpu_seconds()
                    began = time.perf_counter()
                    answers = asyncio.run(asked(server.port, [messages[server.name]], clients, count))
                    server.per_second.setdefault(clients, []).append(count / (time.perf_counter() - began))
                    spent = server.cpu_seconds() - before
                    server.cpu_ms.setdefault(clients, []).append(spent * 1000 / count)
                    server.taken_ms.setdefault(clients, []).extend(taken for _, taken, _ in answers)
                    server.refused += sum(status in (429, 503) for status, _, _ in answers)
                    for status, _, text in answers:
                        if status not in (429, 503):
                            answer = dict(server.kind.answer(json.loads(text)))
                            answer.pop("model_version", None)
                            server.wrong += not close(answer, expected)
        for server in servers:
            server.memory_mb = server.held_mb()
    finally:
        for server in servers:
            server.stop()
    batching = manifest["batching"] or {"gain": 0}
    print(f"\n{name}: {manifest['predict_ms']} ms a prediction, {batching['gain']} times as fast together;", end=" ")
    print(f"in this process a row of 64 costs {alone['cpu_ms']:.3f} ms; {rounds} rounds of {count} requests")
    print("service     clients  CPU ms/request   x async  requests/s  of the limit    p50 ms    p99 ms")
    for clients in (1, 16, 64):
        floor = statistics.median(servers[1].cpu_ms[clients])
        for server in servers:
            cost = statistics.median(server.cpu_ms[clients])
            taken = statistics.quantiles(server.taken_ms[clients], n=100)
            speed = statistics.median(server.per_second[clients])
            print(
                f"{server.name:10} {clients:8} {cost:15.3f} {cost / floor:9.2f} {speed:11.0f}"
                f" {speed * alone['wall_ms'] / 1000:12.0%} {taken[49]:10.2f} {taken[98]:9.2f}"
            )
    for server in servers:
        print(
            f"{server.name:10} starts in {server.start_s:.2f} s ({server.start_s / servers[1].start_s:.2f} x), "
            f"holds {server.memory_mb:.0f} MB ({server.memory_mb / servers[1].memory_mb:.2f} x), "
            f"{server.wrong} wrong answers, {server.refused} refused"
        )


KEEP = """
import json, sys
from pathlib import Path
from nbexport_runtime.traffic import placements, traffic
models, versions = Path("models"), []
(models / "versions").mkdir()
for name in ("first", "second"):
    versions.append(str(json.loads((models / name / "manifest.json").read_text())["version"]))
    (models / name).rename(models / "versions" / versions[-1])
one, two = versions
digest = placements.digest(models / "versions" / one)
placed = placements.append(models / placements.NAME, version=one, manifest_sha256=digest, reason="promoted")
shares = {two: float(sys.argv[1])}
wanted = traffic.split_of(placed, shares, salt="salt", key_header="X-Rollout-Key", started="now")
traffic.write(models / traffic.NAME, wanted)
print(versions[0])
"""


def measure_rollout(name: str, folder: Path, rounds: int, count: int, percent: float) -> None:
    """Print what it costs that a second version has a share of the traffic."""
    project = exported(name, folder, level=3)
    for output in ("models/first", "models/second"):
        train(project, output)
    keep = [sys.executable, "-c", KEEP, str(percent)]
    version = subprocess.run(keep, cwd=project, check=True, capture_output=True, text=True).stdout.strip()
    kind = KINDS[0]
    body = json.dumps(kind.body([0.5] * int(str(MODELS[name]["width"])))).encode()
    messages = [request("POST", kind.path, body, f"user-{number}") for number in range(1000)]
    servers: dict[str, Server] = {}
    try:
        for title, model in (("off", f"models/versions/{version}"), ("on", None)):
            servers[title] = started(kind, project, MODEL_DIR=model, LOG_DIR=f"logs/{title}")
        health = [request("GET", "/health", b"")]
        while b'"state":"serving"' not in asyncio.run(asked(servers["on"].port, health, 1, 1))[0][2]:
            time.sleep(0.05)
        for turn in range(rounds):
            for clients in (1, 16, 64):
                for server in list(servers.values())[:: -1 if turn % 2 else 1]:
                    before, began = server.cpu_seconds(), time.perf_counter()
                    answers = asyncio.run(asked(server.port, messages, clients, count))
                    server.per_second.setdefault(clients, []).append(count / (time.perf_counter() - began))
                    server.cpu_ms.setdefault(clients, []).append((server.cpu_seconds() - before) * 1000 / count)
                    server.wrong += sum(status != 200 for status, _, _ in answers)
    finally:
        for server in servers.values():
            server.stop()
    print(f"\n{name}: {percent:g} % to a second version; {rounds} rounds of {count} requests")
    print("clients  requests/s off  requests/s on  on/off  CPU ms off  CPU ms on  on/off")
    off, on = servers["off"], servers["on"]
    for clients in (1, 16, 64):
        speeds = [statistics.median(server.per_second[clients]) for server in (off, on)]
        costs = [statistics.median(server.cpu_ms[clients]) for server in (off, on)]
        pairs = zip(off.per_second[clients], on.per_second[clients], strict=True)
        ratio = statistics.median(two / one for one, two in pairs)
        print(
            f"{clients:7} {speeds[0]:15.0f} {speeds[1]:14.0f} {ratio:7.3f}"
            f" {costs[0]:11.3f} {costs[1]:10.3f} {costs[1] / costs[0]:7.3f}"
        )
    print(f"{off.wrong + on.wrong} requests failed")


def close(answer: dict[str, float], expected: dict[str, float]) -> bool:
    """Whether two answers are the same but for the last digits."""
    return answer.keys() == expected.keys() and all(abs(answer[k] - expected[k]) < 1e-6 for k in expected)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--only", choices=MODELS)
    parser.add_argument("--ours", action="store_true", help="leave out the servers of others")
    parser.add_argument("--before", type=Path, help="another checkout of nbexport, measured in the same rounds")
    parser.add_argument("--rollout", action="store_true", help="measure what a second version costs, and nothing else")
    parser.add_argument("--percent", type=float, default=10.0, help="its share (default: %(default)s)")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    for name in [options.only] if options.only else MODELS:
        with tempfile.TemporaryDirectory() as folder:
            if options.rollout:
                measure_rollout(name, Path(folder), options.rounds, options.requests, options.percent)
            else:
                measure(name, Path(folder), options.rounds, options.requests, before=options.before, ours=options.ours)
    return 0


if __name__ == "__main__":
    sys.exit(main())
