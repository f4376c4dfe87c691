"""`scripts/fetch_data.py` in a real project: data is refused, accepted deliberately, and what training reads stays good."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from .conftest import EXAMPLES, Done, export, run

FETCH = "scripts/fetch_data.py"
REFUSED = 10
NOTEBOOK = """\
# %% tags=["parameters"]
usual = 0.25  # where a plan is not known
# %% tags=["data"]
import pandas as pd
customers = pd.read_csv("customers.csv")
# %% tags=["train"]
rates = customers.groupby("plan")["churned"].mean().to_dict()
# %% tags=["evaluate"]
metrics = {"highest": float(max(rates.values()))}
assert metrics["highest"] > 0
# %% tags=["predict"]
def predict(plan: str) -> float:
    return float(rates.get(plan, usual))
predict("basic")
"""
"""Of the data of `examples/churn`, which is checked here; nothing is learned from it that takes a library."""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fetch") / "notebook"
    folder.mkdir()
    shutil.copy(EXAMPLES / "churn" / "customers.csv", folder)
    (folder / "rates.py").write_text(NOTEBOOK, encoding="utf-8")
    return folder / "rates.py"


@pytest.fixture(scope="module")
def project(notebook: Path) -> Path:
    folder = notebook.parents[1] / "project"
    done = export(notebook, folder, "--level", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def fetch(project: Path, *words: str) -> Done:
    done = run(FETCH, *words, cwd=project)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def trained_on(project: Path) -> str:
    return str(json.loads((project / "data" / "train" / "dataset.json").read_text(encoding="utf-8"))["id"])


def test_data_is_refused_then_accepted_with_a_reason(notebook: Path, project: Path, tmp_path: Path) -> None:
    schema = project / "data_schema.json"
    exported = json.loads(schema.read_text(encoding="utf-8"))
    assert (exported["format"], exported["tables"]) == (2, {})
    assert exported["severity"]["one_class"] == "error"
    first = fetch(project)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "learned `data_schema.json` from `customers.csv`, the notebook's own data" in first.stdout
    own = trained_on(project)

    new = tmp_path / "new.csv"
    pd.read_csv(project / "customers.csv").assign(plan="student").to_csv(new, index=False)
    refused = fetch(project, "--source", str(new))
    assert refused.returncode == REFUSED
    assert "`customers.csv`: `plan` is `student` in every row, it had 4 values" in refused.stdout
    assert trained_on(project) == own, "refused data replaced what training reads"

    by_retrain = run("retrain.py", "--source", str(new), cwd=project)
    assert by_retrain.returncode == REFUSED, by_retrain.stderr
    assert "`plan` is `student` in every row" in by_retrain.stdout
    assert "--accept" in by_retrain.stdout
    assert trained_on(project) == own, "refused data replaced what training reads"

    # the command of the refusal works as it stands
    hint = refused.stdout[refused.stdout.index("--version") :].split("`")[0]
    words = [
        word.strip('"') for word in hint.replace("REASON", "one tariff").replace("one tariff", "one-tariff").split()
    ]
    accepted = fetch(project, *words)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert trained_on(project) == words[1] != own
    assert json.loads(schema.read_text(encoding="utf-8"))["accepted"][0]["reason"] == "one-tariff"
    (report,) = (project / "models" / "reports").glob(f"{words[1]}.md")
    assert report.read_text(encoding="utf-8").startswith(f"# Data set `{words[1]}`\n\n**Valid.** 1500 rows, 8 columns.")

    again = fetch(project, *words)
    assert again.returncode == 1
    assert "there is nothing to accept" in again.stderr

    # an export of the same notebook leaves what was learned and accepted
    kept = schema.read_bytes()
    done = export(notebook, project, "--level", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert schema.read_bytes() == kept
