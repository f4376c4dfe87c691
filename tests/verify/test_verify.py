"""Verify says equal when notebook and project are, and names what differs when they are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nbexport import api, disk
from nbexport.errors import NbexportError
from nbexport.model import ExportRequest
from nbexport.report import verdict
from nbexport.verify.snapshot import packed, snapshot
from nbexport.verify.trees import cuts, differences, unpacked
from nbexport.verify.verification import Verification

NOTEBOOK = """\
# %% tags=["parameters"]
rate = 0.5
# %% tags=["data"]
import numpy as np
import torch
rows = np.array([1.0, 2.0, 3.0])
# %% tags=["raises-exception"]
1 / 0
# %% tags=["skip-execution"]
raise SystemExit("never run")
# %% tags=["train"]
weights = rows * rate
names = {"b", "a", "c", "d"}
order = sorted(names)
# %% tags=["evaluate"]
metrics = {
    "w": weights.sum(),
    "t": torch.tensor(0.25),
    "n": {"deep": [np.float32(0.5), 1]},
    "a": weights,
    "nan": float("nan"),
    "first": len(order[0]),
}
assert metrics["w"] > 0
# %% tags=["predict"]
def predict(row: float) -> dict:
    return {"sum": float((weights * row).sum()), "first": order[0]}
predict(2.0)
predict(row=3.0)
# %%
weights = "rebound by exploration"
"""


def exported(folder: Path, text: str) -> tuple[Path, Path]:
    """A notebook and its project."""
    folder.mkdir(parents=True, exist_ok=True)
    notebook = folder / "some.py"
    notebook.write_text(text, encoding="utf-8")
    project = folder / "project"
    plan = api.plan(ExportRequest(notebook, level=2 if "def predict" in text else 1, output=project))
    assert not isinstance(plan, api.Refused), plan.findings
    disk.apply(plan, force=False)
    return notebook, project


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Verification, list[str]]:
    """A verification of a notebook as it is."""
    notebook, project = exported(tmp_path_factory.mktemp("verify"), NOTEBOOK)
    steps: list[str] = []
    return notebook, project, api.verify(notebook, project=project, progress=steps.append), steps


def test_notebook_and_project_are_equal(verified: tuple[Path, Path, Verification, list[str]]) -> None:
    _, project, found, steps = verified
    assert found.differences == ()
    assert found.equal
    assert found.metrics == ("w", "t", "n", "a", "nan", "first")
    assert set(found.values) == {"weights", "order"}
    assert found.missing == found.edited == ()
    assert found.predictions == 2
    assert found.served == 2 + 3  # the examples, and each of `weights`
    assert steps[0] == "notebook: cell 1"
    assert steps[-3:] == ["project: train.py", "project: load_model", "project: uvicorn serve:app"]
    written = json.loads((project / "verification.json").read_text(encoding="utf-8"))
    assert written["equal"] is True
    assert written["notebook"] == "some.py"
    assert written["digest"] == found.digest
    assert written["tolerance"] == 0.0


def test_a_changed_constant_is_named_and_so_is_the_edited_file(
    verified: tuple[Path, Path, Verification, list[str]],
) -> None:
    notebook, project, _, _ = verified
    model = project / "model.py"
    before = model.read_text(encoding="utf-8")
    model.write_text(before.replace("default=0.5", "default=0.5001"), encoding="utf-8")
    try:
        strict = api.verify(notebook, project=project)
    finally:
        model.write_text(before, encoding="utf-8")
    assert not strict.equal
    assert strict.edited == ("model.py",)
    differ = {(found.kind, found.name) for found in strict.differences}
    assert {("metric", "w"), ("metric", "a[0]"), ("value", "weights")} <= differ
    (metric,) = [found for found in strict.differences if found.name == "w"]
    assert (metric.notebook, metric.project[:6]) == ("3.0", "3.0006")
    predictions = [found.name for found in strict.differences if found.kind == "prediction"]
    assert predictions == ["predict(2.0)['sum']", "predict(row=3.0)['sum']"]


def test_what_hangs_on_the_hash_of_a_text_is_different_and_the_cause_is_told(tmp_path: Path) -> None:
    text = """# %% tags=["data"]
words = {"kiel", "jena", "ulm", "bonn", "gera"}
# %% tags=["train"]
order = {}
for word in words:
    order[word] = len(order)
# %% tags=["evaluate"]
metrics = {"first": order["kiel"] + 10 * order["jena"], "bucket": hash("kiel") % 100_003}
"""
    notebook, project = exported(tmp_path, text)
    found = api.verify(notebook, project=project)
    assert not found.equal
    assert found.hashed
    assert "metric `bucket`" in verdict.lines(found)
    assert "PYTHONHASHSEED" in verdict.lines(found)
    model = project / "model.py"
    model.write_text(model.read_text(encoding="utf-8").replace("100_003", "7"), encoding="utf-8")
    changed = api.verify(notebook, project=project)
    assert not changed.equal
    assert not changed.hashed, "another cause than the hash"


def test_a_service_that_answers_otherwise_is_different(
    verified: tuple[Path, Path, Verification, list[str]],
) -> None:
    notebook, project, _, _ = verified
    schemas = project / "schemas.py"
    before = schemas.read_text(encoding="utf-8")
    schemas.write_text(before.replace("row=request.row", "row=request.row + 0.001"), encoding="utf-8")
    try:
        found = api.verify(notebook, project=project)
    finally:
        schemas.write_text(before, encoding="utf-8")
    assert [(d.kind, d.name) for d in found.differences] == [
        ("service", "predict(2.0)"),
        ("service", "predict(row=3.0)"),
        *(("service", f'{{"row": {row}}}') for row in (0.5, 1.0, 1.5)),
    ]
    assert json.loads(found.differences[0].project)["sum"] > json.loads(found.differences[0].notebook)["sum"]


def test_a_service_that_does_not_start_says_why(verified: tuple[Path, Path, Verification, list[str]]) -> None:
    notebook, project, _, _ = verified
    settings = project / "service" / "settings.py"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(before.replace('"models/candidate"', "1 / 0"), encoding="utf-8")
    try:
        with pytest.raises(NbexportError, match="service") as error:
            api.verify(notebook, project=project)
    finally:
        settings.write_text(before, encoding="utf-8")
    assert "ZeroDivisionError" in (error.value.why or "")


def test_a_failing_cell_is_named(tmp_path: Path) -> None:
    text = '# %% tags=["train"]\nw = 1\n# %% tags=["evaluate"]\nmetrics = {"w": w}\n# %%\nopen("gone.txt")\n'
    notebook, project = exported(tmp_path, text)
    with pytest.raises(NbexportError) as caught:
        api.verify(notebook, project=project)
    assert "fails in cell 3" in caught.value.what
    assert "FileNotFoundError" in caught.value.why
    assert not (project / "verification.json").exists()


def test_a_project_that_does_not_run_is_an_error(
    verified: tuple[Path, Path, Verification, list[str]], tmp_path: Path
) -> None:
    from nbexport.verify.processes import run_project
    from nbexport.verify.stopping import Stop

    (tmp_path / "train.py").write_text("raise ValueError('broken by hand')\n")
    with pytest.raises(NbexportError, match=r"`train.py` fails") as caught:
        run_project(tmp_path, values=(), examples=(), data=None, scratch=tmp_path, progress=print, stop=Stop())
    assert "broken by hand" in caught.value.why
    with pytest.raises(NbexportError, match="is no exported project"):
        api.verify(verified[0], project=tmp_path / "nowhere")


# --------------------------------------------------------------------------- snapshots


def compared(left: Any, right: Any, tolerance: float = 0.0) -> list[tuple[str, str, str]]:
    trees = [unpacked(json.loads(json.dumps(packed(snapshot(value))))) for value in (left, right)]
    return differences(*trees, tolerance, "x")


def test_tolerance_is_relative() -> None:
    import numpy as np

    assert compared(1.0, 1.0 + 1e-9)
    assert not compared(1.0, 1.0 + 1e-9, 1e-6)
    assert compared(1e-9, 2e-9, 1e-6)
    assert not compared(np.array([1.0, np.nan]), np.array([1.0 + 1e-9, np.nan]), 1e-6)
    assert compared(np.array([1.0]), np.array([1.1]), 1e-6)
    assert compared(1, 2, 1e-6)


def test_what_two_runs_cannot_share_is_ignored() -> None:
    import numpy as np
    from sklearn.model_selection import GridSearchCV
    from sklearn.neighbors import KNeighborsClassifier

    rows, labels = np.arange(24.0).reshape(12, 2), np.arange(12) % 2
    made = [GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 2]}, cv=2).fit(rows, labels) for _ in range(2)]
    made[1].cv_results_["mean_fit_time"] = made[0].cv_results_["mean_fit_time"] + 1
    made[1].refit_time_ += 1
    made[1].predict(rows)
    assert not compared(*made)
    made[1].cv_results_["mean_test_score"] = made[0].cv_results_["mean_test_score"] + 1
    assert [path for path, *_ in compared(*made)] == ["x['cv_results_']['mean_test_score']"]


def test_sharing_is_no_difference_and_cycles_end() -> None:
    part = [1, 2]
    assert not compared([part, part], [[1, 2], [1, 2]])
    one: list[Any] = [1]
    one.append(one)
    other: list[Any] = [1]
    other.append(other)
    assert not compared(one, other)
    other[0] = 2
    assert compared(one, other)


def test_awkward_arrays_and_frames() -> None:
    import numpy as np
    import pandas as pd

    padded = np.dtype([("a", "i1"), ("b", "f8"), ("c", "O")], align=True)

    def table(value: float) -> Any:
        made = np.empty(1, dtype=padded)
        made[0] = (1, value, [value])
        return made

    def masked(hidden: float) -> Any:
        return np.ma.masked_array([1.0, hidden], [False, True], fill_value=0.0)

    def frame(value: float) -> Any:
        return pd.DataFrame([[1, value]], columns=["same", "same"], index=[0])

    assert not compared(table(1.0), table(1.0))
    assert compared(table(1.0), table(2.0))
    assert not compared(masked(5.0), masked(6.0))
    assert compared(masked(5.0), np.ma.masked_array([1.0, 5.0], [False, False]))
    assert not compared(frame(1.0), frame(1.0))
    assert compared(frame(1.0), frame(2.0))
    assert compared(pd.Series([1], index=["a"]), pd.Series([1], index=["b"]))
    assert compared(pd.Categorical(["a"], ["a", "b"]).categories, pd.Index(["b", "a"]))
    assert compared(pd.Series(["a"]).astype("category"), pd.Series(pd.Categorical(["a"], ["a", "b"])))
    assert compared(np.array([1, "x"], dtype=object), np.array([2, "x"], dtype=object))


def test_weights_under_any_name_are_compared() -> None:
    import torch

    class Net(torch.nn.Module):
        def __init__(self, value: float) -> None:
            super().__init__()
            self._plain = torch.tensor([value])
            self.layer = torch.nn.LSTM(1, 1)
            torch.nn.init.zeros_(self.layer.weight_ih_l0)
            for weight in self.layer.parameters():
                torch.nn.init.ones_(weight)

    assert not compared(Net(1.0), Net(1.0))
    assert [path for path, *_ in compared(Net(1.0), Net(2.0))] == ["x._plain"]
    assert not compared(Net(1.0), Net(1.0).eval()), "the mode is compared by the predictions it gives"


def test_the_generator_that_a_distribution_draws_from_is_none_of_its_value() -> None:
    import numpy as np
    from scipy.stats import loguniform

    one, other, wider = loguniform(0.1, 1), loguniform(0.1, 1), loguniform(0.1, 2)
    other.random_state = np.random.RandomState(3)
    assert snapshot(one) == snapshot(other) != snapshot(wider)
    assert snapshot({"generator": np.random.RandomState(3)}) != snapshot({"generator": np.random.RandomState(4)})
