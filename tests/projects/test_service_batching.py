"""An expensive model whose calls are shared by requests: every client gets the answer of its own input."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from projects.conftest import export, run
from projects.serving import Service, served

NOTEBOOK = """\
# %% tags=["data"]
import torch
from torch import nn
torch.manual_seed(0)
rows = torch.randn(64, 4)
wanted = (rows.sum(dim=1) > 0).long()
# %% tags=["define"]
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 16, batch_first=True)
        self.last = nn.Linear(16, 2)
    def forward(self, x):
        return self.last(self.gru(x.unsqueeze(2))[0][:, -1])
# %% tags=["train"]
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(3):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(rows), wanted)
    loss.backward()
    optimizer.step()
# %% tags=["evaluate"]
metrics = {"loss": loss.item()}
# %% tags=["predict"]
def predict(values: list[float]) -> dict:
    if values[0] > 100:
        raise (KeyboardInterrupt if values[0] > 1000 else ValueError)("far too large")
    model.eval()
    with torch.no_grad():
        scores = model(torch.tensor([values])).softmax(dim=1)[0]
    return {"label": int(scores.argmax()), "score": float(scores.max())}
predict([0.5, 0.25, -1.0, 0.0])
predict([-0.5, 0.25, 1.0, 2.0])
"""


@dataclass(frozen=True)
class Expensive:
    """A trained project whose manifest says that its model is expensive, and joins well."""

    project: Path
    bundle: Path
    measured: dict[str, Any]


@pytest.fixture(scope="module")
def expensive(tmp_path_factory: pytest.TempPathFactory) -> Expensive:
    folder = tmp_path_factory.mktemp("expensive")
    (folder / "net.py").write_text(NOTEBOOK, encoding="utf-8")
    done = export(folder / "net.py", folder / "project")
    assert done.returncode == 0, done.stdout + done.stderr
    # so small a network counts as cheap: what follows is about how it is served, not about its price
    runtime = (folder / "project" / "nbexport_runtime" / "bundle").glob("*.py")
    (source,) = [path for path in runtime if "\nCHEAP_MS = 1.0\n" in path.read_text(encoding="utf-8")]
    source.write_text(source.read_text(encoding="utf-8").replace("CHEAP_MS = 1.0", "CHEAP_MS = 0.0"), encoding="utf-8")
    training = run("train.py", "--output", folder / "bundle", cwd=folder / "project")
    assert training.returncode == 0, training.stdout + training.stderr
    path = folder / "bundle" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "batching": {**manifest["batching"], "gain": 5.0}}), encoding="utf-8")
    return Expensive(folder / "project", folder / "bundle", manifest["batching"])


def inputs(count: int) -> list[list[float]]:
    return [[number / count, -1.0, 0.5, number % 3] for number in range(count)]


def test_the_model_is_proven_when_it_is_saved(expensive: Expensive) -> None:
    assert expensive.measured["calls"] == ["model"]
    assert expensive.measured["rows"] == 16


@pytest.fixture(scope="module", params=[1, 64])
def most(request: pytest.FixtureRequest) -> int:
    """How many requests may share a call."""
    number: int = request.param
    return number


@pytest.fixture(scope="module")
def service(expensive: Expensive, tmp_path_factory: pytest.TempPathFactory, most: int) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    with served(expensive.project, expensive.bundle, folder, MAX_QUEUE="1000", MAX_TOGETHER=str(most)) as found:
        yield found


def test_many_clients_get_their_own_answers(service: Service, most: int) -> None:
    alone = [service.post({"values": values}).json() for values in inputs(48)]

    async def crowd() -> list[dict[str, Any]]:
        async with httpx.AsyncClient(base_url=service.url, timeout=60) as client:
            asked = [client.post("/predict", json={"values": values}) for values in inputs(48) * 4]
            return [answer.json() for answer in await asyncio.gather(*asked)]

    answers = asyncio.run(crowd())
    for answer, expected in zip(answers, alone * 4, strict=True):
        assert answer == {**expected, "score": pytest.approx(expected["score"], rel=1e-5)}
    assert len(service.lines()) == 48 * 5
    assert service.counted(outcome="ok") == 48 * 5
    groups = metric(service.url, "predict_together_count")
    assert metric(service.url, "predict_together_sum") == 48 * 5
    assert groups == 48 * 5 if most == 1 else groups < 48 * 5


def metric(url: str, name: str) -> float:
    line = next(
        line for line in httpx.get(url + "/metrics", timeout=60).text.splitlines() if line.startswith(f"{name} ")
    )
    return float(line.split()[1])


def test_a_bad_row_in_a_batch_leaves_its_neighbours_alone(service: Service) -> None:
    good = inputs(5)
    # two raise in `predict`, one of them what no `except Exception` catches; the third in the model
    rows = [good[0], [200.0, 1.0, 1.0, 1.0], [2000.0, 1.0, 1.0, 1.0], [], *good[1:]]
    found = service.post({"inputs": [{"values": values} for values in rows]}, "/predict/batch").json()["predictions"]
    assert [answer.get("error", {}).get("status", 200) for answer in found] == [
        200,
        500,
        500,
        500,
        200,
        200,
        200,
        200,
    ]
    alone = [service.post({"values": values}).json() for values in good]
    scores = [answer["score"] for answer in found if "score" in answer]
    assert scores == pytest.approx([answer["score"] for answer in alone], rel=1e-5)
    assert sum(line["outcome"] == "error" for line in service.lines()) == 3
    assert service.post({"values": rows[2]}).status_code == 500
    assert service.post({"values": good[0]}).status_code == 200
