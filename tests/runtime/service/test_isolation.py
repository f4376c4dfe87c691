"""A bundle with code of its own: that code answers, beside the service's and beside that of other versions."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.bundle import BundleError
from nbexport_runtime.service.isolation import load

MODEL = """\
import bundle
from definitions import answer

def predict(n, *, state):
    from pipeline.late import MORE
    return answer(n) + MORE

def load_model(folder):
    return bundle.load(folder, predict)
"""
BUNDLE = """\
import json

class Loaded(dict):
    examples, answers = [], []

    def __init__(self, manifest, function):
        self.manifest, self.function = manifest, function

    def predict(self, *args, **kwargs):
        return self.function(*args, **kwargs, state=self)

def load(folder, predict):
    return Loaded(json.loads((folder / "manifest.json").read_text()), predict)
"""


def bundle_of(folder: Path, factor: int, *, model: str = MODEL, **facts: Any) -> Path:
    """A bundle as an older nbexport wrote it: its code has a `bundle.py` and a `pipeline` of its own."""
    files = {
        "values.json": "{}",
        "code/model.py": model,
        "code/bundle.py": BUNDLE,
        "code/definitions.py": f"def answer(n):\n    return n * {factor}\n",
        "code/pipeline/__init__.py": "",
        "code/pipeline/late.py": "MORE = 100\n",
        "code/nbexport_runtime/__init__.py": "raise RuntimeError('the service has one already')\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    digests = {name: {"sha256": hashlib.sha256(text.encode()).hexdigest()} for name, text in files.items()}
    manifest = {"version": f"v{factor}", "files": digests, **facts}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def own(folder: Path) -> Any:
    raise AssertionError("the project's code is not what this bundle was saved with")


def test_two_versions_answer_side_by_side_with_their_own_code(tmp_path: Path) -> None:
    modules = set(sys.modules)
    two, three = (load(bundle_of(tmp_path / str(factor), factor), own) for factor in (2, 3))
    assert [two.predict(1), three.predict(1), two.predict(5)] == [102, 103, 110]
    assert two.manifest["version"] == "v2"
    added = {name.partition(".")[0] for name in set(sys.modules) - modules}
    assert not added & {"model", "definitions", "bundle", "pipeline"}


def test_a_service_answers_with_a_bundle_of_an_older_nbexport(bench: Any, tmp_path: Path) -> None:
    text = MODEL.replace("(n, *, state)", "(n, day, copy, *, state)")
    bundle_of(tmp_path / "model", 2, model=text)
    ours = bench().routes()
    answer = ours.post({"n": 1})
    assert answer.json() == {"result": 102.0, "model_version": "v2"}


def test_changed_code_is_never_run(tmp_path: Path) -> None:
    folder = bundle_of(tmp_path, 2)
    (folder / "code" / "definitions.py").write_text("raise SystemExit('it ran')\n", encoding="utf-8")
    with pytest.raises(BundleError, match="was changed since it was written"):
        load(folder, own)


def test_code_of_a_model_that_failed_a_gate_is_never_run(tmp_path: Path) -> None:
    folder = bundle_of(tmp_path, 2, failed_gates=["auc"])
    (folder / "code" / "model.py").write_text("raise SystemExit('it ran')\n", encoding="utf-8")
    with pytest.raises(BundleError, match=r"did not pass its gates \(auc\)"):
        load(folder, own)


@pytest.mark.parametrize("manifest", [None, "", "[]", '"text"', '{"files": []}', '{"files": {}}'])
def test_a_bundle_without_code_is_loaded_by_the_project(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    asked: list[Path] = []
    load(tmp_path, asked.append)  # type: ignore[arg-type]
    assert asked == [tmp_path]
