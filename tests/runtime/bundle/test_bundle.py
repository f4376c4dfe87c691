"""A bundle gives back in a fresh process what went in, and says by name what it cannot hold."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nbexport

HERE = Path(__file__).parent
RUNTIME = Path(__file__).parents[3] / "runtime"
OWN = ("bundle_values",)

COMPARE = """\
import collections, json, sys
from pathlib import Path
import numpy as np
import pandas as pd
import torch
import bundle_values, model
from nbexport_runtime import bundle
sys.path.insert(0, {tests!r})
from nbexport.verify.snapshot import differences, snapshot

loaded = model.load_model({folder!r})
expected = bundle_values.values()
report = {{}}
for name, value in expected.items():
    found = [list(one) for one in differences(snapshot(value), snapshot(loaded[name]), 0.0, name)]
    if type(value) is not type(loaded[name]):
        found.append([name, type(value).__name__, type(loaded[name]).__name__])
    report[name] = found
net, frame = loaded["net"], loaded["frame"]
pd.testing.assert_frame_equal(frame, expected["frame"])
pd.testing.assert_series_equal(loaded["series"], expected["series"])
pd.testing.assert_frame_equal(loaded["twice"], expected["twice"])
for one, other in zip(loaded["indexes"], expected["indexes"]):
    pd.testing.assert_index_equal(one, other, exact=True)
for one, other in zip(loaded["tensors"], expected["tensors"]):
    assert one.dtype == other.dtype and one.requires_grad == other.requires_grad and type(one) is type(other)
for one, other in zip(loaded["arrays"], expected["arrays"]):
    assert one.dtype == other.dtype and one.shape == other.shape
for one, other in zip(loaded["labels"], expected["labels"]):
    pd.testing.assert_extension_array_equal(one, other)
pd.testing.assert_series_equal(loaded["column types"], expected["column types"])
assert loaded["settings"] == expected["settings"]
assert type(loaded["taken apart"][0].medians_) is pd.Series and loaded["taken apart"][0].pairs_ == {{(0, 1): 2.0}}
for name in ("moments", "path", "decimal", "enums", "namedtuple", "dataclasses", "callables", "dtypes", "ranges"):
    for one, other in zip(loaded[name], expected[name]) if isinstance(expected[name], list) else ():
        assert type(one) is type(other), name
        assert one == other or isinstance(one, bundle_values.functools.partial), (name, one, other)
assert loaded["keys"] == expected["keys"] and loaded["nested"] == expected["nested"]
assert [m.fold for m in loaded["moments"][:3]] == [0, 0, 1]
assert str(loaded["moments"][2].tzinfo) == "Europe/Prague"
assert loaded["stamps"][:5] == expected["stamps"][:5]
assert str(loaded["stamps"][1].tz) == "Europe/Prague" and loaded["stamps"][6] is pd.NA
assert loaded["vocabulary"].unknown == 7 and list(loaded["ordered"]) == ["z", "a"]
assert loaded["default"]["new"] == [] and loaded["deque"].maxlen == 3
assert loaded["random"][0].random() == expected["random"][0].random()
assert loaded["random"][2] is np.random.shuffle.__self__
assert loaded["cycle"][1]["again"] is loaded["cycle"]
assert loaded["shared"][0] is loaded["shared"][1]
assert loaded["method"]() == {{"number": 3}} and loaded["callables"][6]() == 4
assert loaded["alias"] is net.body[0] and net.layers[0] is net.head and net.act is torch.relu
assert net.head.weight is net.body[3].weight and not net.training and not net.body[1].training
rows = torch.ones(2, 3)
assert torch.equal(net(rows), expected["net"](rows))
assert not any("Pickle" in path.read_text(errors="replace") for path in Path({folder!r}).glob("*.json"))
print(json.dumps({{"report": report, "check": bundle.check(Path({folder!r}))}}))
"""


@pytest.fixture(scope="module")
def saved(code: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with a value of every kind."""
    folder = tmp_path_factory.mktemp("bundles") / "all"
    code.bundle.save(
        code.bundle_values.values(),
        folder,
        strict=True,
        examples=[(([[0.1, 0.2, 0.3], [1.0, -1.0, 0.0]],), {})],
        predict=code.bundle_values.predict,
        own=OWN,
        metrics={"f1": 0.5, "nested": {"a": float("nan")}},
        created="2026-11-23T10:11:12+00:00",
    )
    return folder


def save(code: Any, folder: Path, state: dict[str, Any], **options: Any) -> None:
    code.bundle.save(state, folder, **{"strict": True, "examples": [], "own": OWN, **options})


def test_every_kind_comes_back_in_a_fresh_process(code: Any, saved: Path) -> None:
    script = COMPARE.format(folder=str(saved), tests=str(Path(nbexport.__file__).parent.parent))
    places = os.pathsep.join(map(str, (RUNTIME, HERE)))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=code.folder,
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [lines for lines in found["report"].values() if lines] == []
    assert found["report"].keys() == code.bundle_values.values().keys()
    assert found["check"] == []


def test_whoever_reads_one_file_reads_all(saved: Path) -> None:
    assert len({path.stat().st_mode for path in saved.rglob("*") if path.is_file()}) == 1


def test_an_estimator_is_saved_as_it_was_before_it_answered(code: Any, tmp_path: Path) -> None:
    clip = code.bundle_values.Clip(2.0)

    def predict(state: Any, row: float) -> float:
        state["clip"].limit = 0.0
        return row

    save(code, tmp_path, {"clip": clip}, examples=[((1.0,), {})], predict=predict)
    assert code.bundle.load(tmp_path, own=OWN)["clip"].limit == 2.0


def test_the_manifest_names_every_file(saved: Path) -> None:
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    files = {path.relative_to(saved).as_posix() for path in saved.rglob("*") if path.is_file()}
    assert files == {*manifest["files"], "manifest.json"}
    assert manifest["version"].startswith("20261123T101112-")
    assert {"values.json", "weights.safetensors", "arrays.npz", "metrics.json"} < files
    assert not [name for name in files if name.endswith((".pkl", ".pt", ".joblib"))]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("lock", ("state.deep.0", "lock")),
        ("file", ("TextIOWrapper",)),
        ("lambda", ("state.0", "<lambda>", "module level")),
        ("local", ("Inner", "local")),
        ("heir", ("Triangle", "__setstate__")),
        ("main", ("Main", "script")),
        ("hooks", ("state.0", "hooks")),
        ("generator", ("generator",)),
        ("list subclass", ("Tokens",)),
        ("tuple in itself", ("tuple", "itself")),
        ("record of objects", ("objects",)),
        ("matrix", ("matrix",)),
        ("lambda in estimator", ("state.func", "<lambda>")),
        ("compiled", ("compiled module",)),
    ],
)
def test_what_cannot_be_saved_is_refused_by_name(
    code: Any, tmp_path: Path, kind: str, words: tuple[str, ...], recwarn: pytest.WarningsRecorder
) -> None:
    value = code.bundle_values.REFUSED[kind]()
    with pytest.raises(code.bundle.BundleError) as caught:
        save(code, tmp_path / "bundle", {"state": value})
    for word in ("`state", *words):
        assert word in str(caught.value)
    if kind == "file":
        value.close()


def test_without_strict_it_is_left_out_and_said(code: Any, tmp_path: Path) -> None:
    said: list[str] = []
    state = {"good": 1, "bad": code.bundle_values.REFUSED["lock"](), "also": [2]}
    save(code, tmp_path, state, strict=False, warn=said.append)
    loaded = code.bundle.load(tmp_path, own=OWN)
    assert dict(loaded) == {"good": 1, "also": [2]}
    assert loaded.manifest["left_out"] == ["bad"]
    assert len(said) == 1
    assert "`bad`" in said[0]


def changed_values(folder: Path) -> None:
    path = folder / "values.json"
    path.write_text(path.read_text(encoding="utf-8").replace("1", "2"), encoding="utf-8")


def other_format(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 99}', encoding="utf-8")


def no_object(folder: Path) -> None:
    (folder / "manifest.json").write_text("[1]", encoding="utf-8")


def no_files(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 1}', encoding="utf-8")


def broken_json(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", encoding="utf-8")


def planted(folder: Path) -> None:
    (folder / "arrays.npz").write_bytes(b"x")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (changed_values, "changed"),
        (lambda folder: (folder / "values.json").unlink(), "missing"),
        (lambda folder: (folder / "manifest.json").unlink(), "no bundle"),
        (other_format, "format 99"),
        (no_object, "format"),
        (no_files, "does not list"),
        (broken_json, "cannot be read"),
        (planted, "does not belong"),
    ],
)
def test_a_damaged_bundle_is_refused(code: Any, tmp_path: Path, damage: Any, words: str) -> None:
    save(code, tmp_path, {"one": 1})
    damage(tmp_path)
    with pytest.raises(code.bundle.BundleError, match=words):
        code.bundle.load(tmp_path, own=OWN)


def test_a_class_that_is_gone_is_named(code: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(code, tmp_path, {"config": code.bundle_values.Config("a")})
    monkeypatch.delattr(code.bundle_values, "Config")
    with pytest.raises(code.bundle.BundleError, match="bundle_values:Config"):
        code.bundle.load(tmp_path, own=OWN)


@pytest.mark.parametrize(
    ("answer", "words"),
    [(lambda: lambda: 1, "answers with something"), (lambda: 1 / 0, "fails on example 1: ZeroDivisionError")],
)
def test_an_answer_that_cannot_be_kept_is_refused(code: Any, tmp_path: Path, answer: Any, words: str) -> None:
    def predict(state: Any) -> Any:
        return answer()

    with pytest.raises(code.bundle.BundleError, match=words):
        save(code, tmp_path, {}, examples=[((), {})], predict=predict)


def test_an_argument_that_cannot_be_kept_is_refused(code: Any, tmp_path: Path) -> None:
    with pytest.raises(code.bundle.BundleError, match="argument that cannot be saved"):
        save(code, tmp_path, {}, examples=[((lambda: 1,), {})], predict=lambda state, row: 1)


def test_an_answer_may_be_an_argument_of_the_next_example(code: Any, tmp_path: Path) -> None:
    rows = [1.0]
    examples = [((0,), {}), ((rows,), {})]
    save(code, tmp_path, {}, examples=examples, predict=lambda state, row: rows)
    loaded = code.bundle.load(tmp_path, own=OWN)
    assert loaded.examples == examples
    assert loaded.answers == [rows, rows]


def test_equal_answers(code: Any) -> None:
    import numpy as np
    import pandas as pd

    close = code.bundle.close
    assert close({"p": 0.1, "n": (1, None)}, {"p": 0.1 + 1e-9, "n": (1, None)})
    assert close(float("nan"), float("nan"))
    assert close(np.array([1.0]), np.array([1.0 + 1e-9]))
    assert close(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0 + 1e-9]}))
    assert not close(10_000_000, 10_000_001)
    assert not close(0.1, 0.2)
    assert not close("a", 1)
    assert not close(True, 1)
    assert not close([1], [1, 2])
    assert not close(np.array([1.0]), np.array([2.0]))
    assert not close(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [2.0]}))
    assert not close(pd.Series([1.0]), [1.0])


def test_a_value_that_comes_back_different_is_found(code: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(code, tmp_path, {"stateful": code.bundle_values.Stateful(3)})
    monkeypatch.setattr(code.bundle_values.Stateful, "__setstate__", lambda self, state: setattr(self, "number", 4))
    assert code.bundle.check(tmp_path) == ["`stateful` does not come back as it was saved"]


def test_an_answer_that_changes_is_found(code: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(code, tmp_path, {"w": 2}, examples=[((3,), {})], predict=lambda state, row: row * state["w"])
    changed = functools.partial(code.bundle.load, own=OWN, predict=lambda state, row: row + state["w"])
    monkeypatch.setattr(code.model, "load_model", changed)
    (found,) = code.bundle.check(tmp_path)
    assert "answered 6 after training, 5 when loaded" in found


def test_plain_json_knows_library_numbers(code: Any) -> None:
    import numpy as np
    import pandas as pd
    import torch

    from nbexport.verify.snapshot import plain

    metrics = {
        "f": np.float32(0.5),
        1: torch.tensor([1, 2]),
        "s": {"b", "a"},
        "t": (np.int64(1), True, None),
        "frame": pd.DataFrame({"x": [1]}),
        "path": Path("a"),
    }
    expected = {"f": 0.5, "1": [1, 2], "s": ["a", "b"], "t": [1, True, None], "frame": {"x": {"0": 1}}, "path": "a"}
    assert code.bundle.plain(metrics) == expected
    assert plain(metrics) == expected


def test_what_predict_changes_is_saved_as_training_left_it(code: Any, tmp_path: Path) -> None:
    import numpy as np

    def predict(state: Any) -> float:
        state["weights"] += 1
        return 0.0

    save(code, tmp_path, {"weights": np.zeros(2)}, examples=[((), {})], predict=predict)
    assert code.bundle.load(tmp_path, own=OWN)["weights"].tolist() == [0.0, 0.0]
