"""One training in two processes, started by the real `torchrun`: the same numbers, or the reason why not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from .compiled import compiled
from .conftest import Done, export, run

NOTEBOOK = """\
# %%
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
# %% tags=["parameters"]
epochs = 3
decay = 0.01  # of the squared weights
dropout = 0.0
# %% tags=["data"]
torch.manual_seed(5)
x = torch.randn(203, 6)
y = (x[:, 0] * x[:, 1] > 0).long()
# %% tags=["define"]
class Net(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.first = nn.Linear(6, 16)
        self.middle = nn.Sequential(nn.ReLU(), nn.Dropout(dropout))
        self.last = nn.Linear(16, 2)
        self.never = nn.Linear(3, 3)

    def forward(self, rows, scale=1.0):
        return {"logits": self.last(self.middle(self.first(rows))) * scale}
# %% tags=["train"]
model = Net(dropout)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
criterion = nn.CrossEntropyLoss(reduction="sum")
history = []
for epoch in range(epochs):
    right = 0
    for rows, labels in DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True):
        optimizer.zero_grad()
        logits = model(rows, scale=1.5)["logits"]
        loss = criterion(logits, labels) + decay * sum(p.pow(2).sum() for p in model.first.parameters())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        right += int((logits.argmax(1) == labels).sum())
    history.append(right / len(x))
    print("epoch", epoch)
# %% tags=["evaluate"]
model.eval()
with torch.no_grad():
    logits = model(x)["logits"]
metrics = {"accuracy": history[-1], "loss": nn.functional.cross_entropy(logits, y).item()}
assert metrics["accuracy"] > 0.4
# %% tags=["predict"]
def predict(row: list[float]) -> int:
    with torch.no_grad():
        return int(model(torch.tensor([row]))["logits"].argmax())
predict([0.5] * 6)
"""
NORMED = NOTEBOOK.replace("nn.Sequential(nn.ReLU(),", "nn.Sequential(nn.ReLU(), nn.BatchNorm1d(16),")
DRIFTING = NOTEBOOK.replace("decay * sum(", "(decay + os.getpid() * 1e-3) * sum(").replace(
    "import torch\n", "import os\nimport torch\n", 1
)
PLAIN = """\
# %% tags=["parameters"]
rate = 0.5
# %% tags=["train"]
weight = 6.0 * rate
# %% tags=["evaluate"]
metrics = {"weight": weight}
# %% tags=["predict"]
def predict(row: float) -> float:
    return row * weight
predict(2.0)
"""


def made(folder: Path, text: str, level: str = "3") -> Path:
    notebook = folder / "notebook.py"
    notebook.write_text(text, encoding="utf-8")
    done = export(notebook, folder / "project", "--level", level)
    assert done.returncode == 0, done.stdout + done.stderr
    return compiled(folder / "project")


def spread(project: Path, *words: str) -> Done:
    return run("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py", *words, cwd=project)


def manifest(project: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / "models" / name / "manifest.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("torchrun"), NOTEBOOK)


def test_two_processes_compute_what_one_does(project: Path) -> None:
    one = run("train.py", "--output", "models/one", cwd=project)
    assert one.returncode == 0, one.stderr
    two = spread(project, "--output", "models/two")
    assert two.returncode == 0, two.stderr
    assert two.stdout.splitlines() == ["epoch 0", "epoch 1", "epoch 2"]
    mine, theirs = manifest(project, "one"), manifest(project, "two")
    assert (mine["processes"], theirs["processes"]) == (1, 2)
    assert mine["metrics"]["accuracy"] == theirs["metrics"]["accuracy"]
    assert mine["metrics"]["loss"] == pytest.approx(theirs["metrics"]["loss"], rel=1e-5)
    assert {path.name for path in (project / "models").iterdir()} == {"one", "two"}


@pytest.mark.slow(minutes=2)
def test_it_repeats_bit_by_bit_and_is_made_again_by_as_many(project: Path, tmp_path: Path) -> None:
    own = tmp_path / "project"
    shutil.copytree(project, own, ignore=shutil.ignore_patterns("models"))
    settings = own / "pipeline.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("processes = 1", "processes = 2"), encoding="utf-8"
    )
    done = run("retrain.py", "--json", "--", "--dropout", "0.2", cwd=own)
    assert done.returncode == 0, done.stderr
    assert manifest(own, "production")["processes"] == 2
    again = spread(own, "--output", "models/again", "--dropout", "0.2", "--data", "data/train")
    assert again.returncode == 0, again.stderr
    assert manifest(own, "again")["weights"] == manifest(own, "production")["weights"]
    # the snapshot has the state of the random generators: it trains as the code that made it
    plain = spread(own, "--output", "models/plain", "--dropout", "0.2")
    assert plain.returncode == 0, plain.stderr
    assert manifest(own, "plain")["metrics"] == manifest(own, "production")["metrics"]
    done = run("reproduce.py", "production", "--json", cwd=own)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["same"] is True


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(PLAIN, "it has no training loop of torch", id="no-loop"),
        pytest.param(NORMED, "`BatchNorm1d` in `Net` keeps something of all rows", id="batch-norm"),
        # what else a model may do with its rows: tests/runtime/pipeline/test_independence.py
        pytest.param(
            DRIFTING, "the processes have learned different models", id="different-models", marks=pytest.mark.slow
        ),
    ],
)
def test_what_cannot_be_shared_says_why(tmp_path: Path, text: str, why: str) -> None:
    project = made(tmp_path, text)
    done = spread(project)
    assert done.returncode != 0
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert why in said
    assert "run `python train.py` instead" in said
    assert not (project / "models").exists() or not list((project / "models").iterdir())


def test_below_level_3_one_process_trains(tmp_path: Path) -> None:
    done = spread(made(tmp_path, PLAIN, "1"))
    assert done.returncode != 0
    assert "error: this project trains in one process: run `python train.py`" in done.stderr.splitlines()


@pytest.mark.slow
def test_the_code_of_a_pipeline_that_shares_is_clean(project: Path, types: Path) -> None:
    for words in (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy", "--cache-dir", types, ".")):
        done = run("-m", *words, cwd=project)
        assert done.returncode == 0, done.stdout + done.stderr
