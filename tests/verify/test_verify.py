"""Verify says equal when notebook and project are, and names what differs when they are not."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import SOUND
from emit.wheels import runtime_wheel

from nbexport import api, disk
from nbexport.errors import NbexportError
from nbexport.plan import ExportRequest, Plan
from nbexport.report import verdict
from nbexport.shell.cli import main
from nbexport.verify import walk
from nbexport.verify.snapshot import cuts, differences, packed, snapshot, unpacked
from nbexport.verify.verification import Cause, Verification

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


PLAIN = """\
# %% tags=["parameters"]
rate = 0.5
# %% tags=["data"]
rows = [1.0, 2.0, 3.0]
# %% tags=["train"]
weights = [row * rate for row in rows]
# %% tags=["evaluate"]
metrics = {"w": sum(weights), "a": weights}
# %% tags=["predict"]
def predict(row: float) -> dict:
    return {"sum": sum(weight * row for weight in weights)}
predict(2.0)
predict(row=3.0)
"""
"""The same for what is about no library: each of its processes starts in a tenth of the time."""


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


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A notebook in plain Python and its project, which is recorded as verified; who changes it puts that back."""
    notebook, project = exported(tmp_path_factory.mktemp("plain"), PLAIN)
    assert api.verify(notebook, project=project).equal
    return notebook, project


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
    assert steps[-1] == "project: uvicorn serve:app"
    assert sorted(steps[-5:-1]) == ["project: load_model"] * 2 + ["project: train.py"] * 2
    assert found.unrepeated == found.passed_over == found.partial == ()
    assert found.under_load >= 96
    written = json.loads((project / "verification.json").read_text(encoding="utf-8"))
    assert written["equal"] is True
    assert written["notebook"] == "some.py"
    assert written["digest"] == found.digest
    assert written["tolerance"] == 0.0
    # what was equal is recorded, with the figures and the machine that computed them
    assert written["verified"] is True
    assert written["at"] == json.loads((project / disk.LOCK).read_text())["verified"]["at"]
    assert disk.verified(disk.written(project), notebook=found.digest, project=disk.project_digest(project))
    figures = json.loads((project / "tests" / "verified.json").read_text(encoding="utf-8"))
    assert figures["notebook"] == found.digest
    assert figures["metrics"]["w"] == 3.0
    assert {"system", "processor", "threads", "python", "numpy", "torch"} <= figures["machine"].keys()
    assert "until notebook or project change" in verdict.lines(found)
    assert "2 predictions (within 1e-06)" in verdict.lines(found)


ASKED = "    return await service.predict(request)"
"""The line of `serve.py` that asks the model."""


def test_a_changed_constant_is_named_and_so_is_the_edited_file(
    plain: tuple[Path, Path],
) -> None:
    notebook, project = plain
    assert "verified" in json.loads((project / disk.LOCK).read_text())
    train = project / "train.py"
    before = train.read_text(encoding="utf-8")
    train.write_text(before.replace("default=0.5,", "default=0.5001,"), encoding="utf-8")
    try:
        strict = api.verify(notebook, project=project)
    finally:
        train.write_text(before, encoding="utf-8")
    assert not strict.equal
    assert strict.edited == ("train.py",)
    differ = {(found.kind, found.name) for found in strict.differences}
    assert {("metric", "w"), ("metric", "a[0]"), ("value", "weights[0]")} <= differ
    (metric,) = [found for found in strict.differences if found.name == "w"]
    assert (metric.notebook, metric.project[:6]) == ("3.0", "3.0006")
    predictions = [found.name for found in strict.differences if found.kind == "prediction"]
    assert predictions == ["predict(2.0)['sum']", "predict(row=3.0)['sum']"]
    assert strict.cause is None
    assert strict.unrepeated == ()
    assert "verified" not in json.loads((project / disk.LOCK).read_text())


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
    assert "bucket" in [difference.name for difference in found.unrepeated]
    assert "metric `bucket`: first run " in verdict.lines(found)
    assert "metric `bucket`" in verdict.lines(found)
    assert "PYTHONHASHSEED" in verdict.lines(found)
    model = project / "model.py"
    model.write_text(model.read_text(encoding="utf-8").replace("100_003", "7"), encoding="utf-8")
    changed = api.verify(notebook, project=project)
    assert not changed.equal
    assert not changed.hashed, "another cause than the hash"
    assert "differ also when texts are hashed alike" in verdict.lines(changed)


def test_a_service_that_answers_otherwise_alone_or_under_load_is_different(plain: tuple[Path, Path]) -> None:
    notebook, project = plain
    serve = project / "serve.py"
    before = serve.read_text(encoding="utf-8")
    assert ASKED in before
    # the sixth request and later ones are sent under load: one of the rows has yet another answer then
    planted = f"    request.row += 0.001 + (next(CALLS) >= 5 and request.row < 1) * 0.001\n{ASKED}"
    text = before.replace(ASKED, planted) + "\n\nimport itertools\n\nCALLS = itertools.count()\n"
    serve.write_text(text, encoding="utf-8")
    try:
        found = api.verify(notebook, project=project)
    finally:
        serve.write_text(before, encoding="utf-8")
    assert [(d.kind, d.name) for d in found.differences] == [
        ("service", "predict(2.0)"),
        ("service", "predict(row=3.0)"),
        *(("service", f'{{"row": {row}}}') for row in (0.5, 1.0, 1.5)),
        ("service under load", '{"row": 0.5}'),
    ]
    assert json.loads(found.differences[0].project)["sum"] > json.loads(found.differences[0].notebook)["sum"]
    assert 'service under load `{"row": 0.5}`: alone {' in verdict.lines(found)


def test_answers_that_depend_on_the_order_of_a_request_are_equal_and_said(tmp_path: Path) -> None:
    text = """# %% tags=["train"]
w = [1.0, 10.0]
# %% tags=["evaluate"]
metrics = {"w": sum(w)}
# %% tags=["predict"]
def predict(row: dict) -> dict:
    one, other = row.values()
    return {"sum": w[0] * one + w[1] * other}
predict({"small": 2.0, "large": 3.0})
predict({"small": 4.0, "large": 4.0})
"""
    notebook, project = exported(tmp_path, text)
    found = api.verify(notebook, project=project)
    assert found.equal
    (turned,) = found.turned
    assert json.loads(turned.body) == {"row": {"small": 2.0, "large": 3.0}}
    assert [json.loads(answer)["sum"] for answer in (turned.answer, turned.turned)] == [32.0, 23.0]
    assert "The answer to 1 request depends on the order of its members" in verdict.lines(found)
    by_name = "row['small'], row['large']"
    notebook.write_text(text.replace("row.values()", by_name), encoding="utf-8")
    disk.apply(api.plan(ExportRequest(notebook, level=2, output=project)), force=False)  # type: ignore[arg-type]
    assert api.verify(notebook, project=project).turned == ()


def test_a_service_that_does_not_start_says_why(plain: tuple[Path, Path]) -> None:
    notebook, project = plain
    serve = project / "serve.py"
    before = serve.read_text(encoding="utf-8")
    serve.write_text(f"{before}\n1 / 0\n", encoding="utf-8")
    try:
        with pytest.raises(NbexportError, match="service") as error:
            api.verify(notebook, project=project)
    finally:
        serve.write_text(before, encoding="utf-8")
    assert "ZeroDivisionError" in (error.value.why or "")


EXPLORED = """\
# %%
import colorsys
# %% tags=["train"]
w = 1
# %%
open("gone.txt")
# %% tags=["evaluate"]
metrics = {"w": w}
# %%
__import__("os")._exit(1)
"""


def test_exploration_that_fails_is_named_and_passed_over(tmp_path: Path) -> None:
    notebook, project = exported(tmp_path, EXPLORED)
    found = api.verify(notebook, project=project)
    assert found.equal
    assert [(cell.cell, cell.error.partition(":")[0]) for cell in found.passed_over] == [
        (3, "FileNotFoundError"),
        (5, "the kernel died"),
    ]
    lines = verdict.lines(found)
    assert "cell 3 failed (FileNotFoundError: [Errno 2]" in lines
    assert "'gone.txt'); nothing exported depends on it" in lines


@pytest.mark.parametrize(
    ("line", "failing", "cell"),
    [("w = 1", "w = 1 / 0", 2), ("import colorsys", "import colorsys, sys\n1 / 0", 1)],
    ids=["a stage", "imports that are exported"],
)
def test_a_failing_cell_that_is_exported_is_an_error(tmp_path: Path, line: str, failing: str, cell: int) -> None:
    used = EXPLORED.replace("w = 1", "w = 1 + len(colorsys.__all__)")
    notebook, project = exported(tmp_path, used)
    notebook.write_text(EXPLORED.replace(line, failing) if cell == 2 else used.replace(line, failing), encoding="utf-8")
    with pytest.raises(NbexportError) as caught:
        api.verify(notebook, project=project)
    assert f"fails in cell {cell}" in caught.value.what
    assert "ZeroDivisionError" in caught.value.why
    assert not (project / "verification.json").exists()


def test_a_project_that_does_not_run_is_an_error(plain: tuple[Path, Path], tmp_path: Path) -> None:
    from nbexport.verify.processes import run_project
    from nbexport.verify.stopping import Stop

    (tmp_path / "train.py").write_text("raise ValueError('broken by hand')\n")
    with pytest.raises(NbexportError, match=r"`train.py` fails") as caught:
        run_project(tmp_path, values=(), examples=(), data=None, scratch=tmp_path, progress=print, stop=Stop())
    assert "broken by hand" in caught.value.why
    with pytest.raises(NbexportError, match="is not an exported project"):
        api.verify(plain[0], project=tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("value", "cause"),
    [("random.random() + random.Random().random()", Cause.UNSEEDED), ("time.time() % 1000", Cause.TIME)],
)
def test_a_project_that_does_not_repeat_is_different_and_the_cause_is_told(
    tmp_path: Path, value: str, cause: Cause
) -> None:
    text = f"""# %% tags=["train"]
import random
import time
w = {value}
# %% tags=["evaluate"]
metrics = {{"w": w, "same": 1}}
"""
    notebook, project = exported(tmp_path, text)
    found = api.verify(notebook, project=project)
    assert not found.equal
    assert {difference.name for difference in found.unrepeated} == {"w"}
    assert found.cause is cause
    assert not found.hashed
    assert "metric `w`: first run " in verdict.lines(found)
    assert "no comparison with it can be believed" in verdict.lines(found)


def test_limits_end_a_notebook_and_say_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook, project = exported(tmp_path, EXPLORED)
    begun = tmp_path / "begun"
    endless = f"open({str(begun)!r}, 'w')\nwhile True: pass"
    notebook.write_text(EXPLORED.replace('open("gone.txt")', endless), encoding="utf-8")
    # a lot of time has passed once the cell has begun
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + (5000 if begun.exists() else 0))
    monkeypatch.setattr("nbexport.verify.limits.time", clock)
    assert main(["verify", str(notebook), "--project", str(project), "--timeout", "2000"]) == 2
    said = capsys.readouterr().err
    assert re.search(r"the notebook \(now in cell 3\) had run for 50\d\d s and was ended", said)
    assert "--timeout 4000" in said
    assert main(["verify", str(notebook), "--project", str(project), "--memory", "0.001"]) == 2
    assert "GB of memory" in (said := capsys.readouterr().err)
    assert "--memory 0.002" in said
    assert main(["verify", str(notebook), "--project", str(project), "--timeout", "-1"]) == 2
    assert "is not a limit" in capsys.readouterr().err


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


def test_addresses_and_memory_that_is_not_written_yet_are_ignored() -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    made = [CountVectorizer(stop_words=["an"]).fit(["an owl"]) for _ in range(2)]
    assert made[0]._stop_words_id != made[1]._stop_words_id
    assert not compared(*made)
    assert not compared(SimpleNamespace(_tmp_like_exog=1.0), SimpleNamespace(_tmp_like_exog=2.0))


def test_what_statistical_results_were_asked_for_is_no_part_of_them() -> None:
    results = type("Results", (), {"__module__": "statsmodels.base.model"})
    one, other, third = results(), results(), results()
    one.__dict__ |= {"params": 1.0, "_cache": {}}
    other.__dict__ |= {"params": 1.0, "_cache": {"resid": 2.0}}
    other.predict_start = 40
    third.__dict__ |= {"params": 2.0, "_cache": {}}
    assert not compared(one, other)
    assert compared(one, third)


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


def test_what_occurs_many_times_is_walked_through_once() -> None:
    def doubled(value: float) -> Any:
        for _ in range(50):
            value = [value, value]  # type: ignore[assignment]
        return value

    assert len(json.dumps(packed(snapshot(doubled(1.0))))) < 10_000
    assert not compared(doubled(1.0), doubled(1.0))
    (path, *_) = compared(doubled(1.0), doubled(2.0))
    assert path[0] == "x" + "[0]" * 50
    assert not compared({frozenset({1, (2, 3)}), frozenset()}, {frozenset(), frozenset({(2, 3), 1})})


def test_a_walk_has_an_end_and_what_is_left_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    axes.plot([1, 2])
    assert "Line2D" in json.dumps(packed(snapshot(axes.lines)))
    deep: list[Any] = []
    for _ in range(100):
        deep = [deep]
    assert cuts(snapshot(deep)) == ["more than 60 levels deep"]
    assert not compared(deep, [deep]), "no difference is seen there"
    monkeypatch.setattr(walk, "NODES", 50)
    assert cuts(snapshot([[number] for number in range(100)])) == ["more than 50 parts"]
    monkeypatch.setattr(walk, "NODES", 10_000)
    monkeypatch.setattr(walk, "TIME_S", -1.0)
    assert cuts(snapshot([[number] for number in range(1000)])) == ["walked through for -1 s"]


def test_long_lists_of_plain_values_are_compared() -> None:
    for one, other in ((1.0, 1.5), (1, 2), ("a", "b"), (True, False)):
        assert not compared([one] * 2000, [one] * 2000)
        assert compared([one] * 2000, [*[one] * 1999, other])
    assert compared([1] * 2000, [1.0] * 2000)
    assert not compared([1.0] * 2000, [1.0 + 1e-9] * 2000, 1e-6)


def test_a_project_that_installs_the_runtime_is_run_with_its_own_wheel(tmp_path: Path) -> None:
    """What runs nbexport need not have it: the processes of a project see nothing of this process's path."""
    notebook = tmp_path / "sound.py"
    notebook.write_text(SOUND, encoding="utf-8")
    wheel = runtime_wheel(tmp_path / "built")
    plan = api.plan(ExportRequest(notebook, tmp_path / "project", 2, runtime="package", runtime_wheel=wheel))
    assert isinstance(plan, Plan)
    api.apply(plan)
    found = api.verify(notebook, project=tmp_path / "project")
    assert found.passed
    assert found.equal
