"""A bundle with code of its own: that code answers, beside the service's and beside that of other versions."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from nbexport_runtime.bundle import BundleError, sha256
from nbexport_runtime.service.own_code import imported, is_of_project, load, manifest_of
from runtime.service.conftest import until

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
    facts_of = {name: facts_of_file(text.encode()) for name, text in files.items()}
    manifest = {"version": f"v{factor}", "files": facts_of, **facts}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def facts_of_file(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}


@pytest.fixture
def older(bench: Any, tmp_path: Path) -> Any:
    """Serves a bundle of an older nbexport, whose `predict` takes the arguments of the bench."""

    def served(factor: int, *, model: str = MODEL, place: str = "model", **settings: Any) -> Any:
        text = model.replace("(n, *, state)", "(n, day, copy, *, state)")
        bundle_of(tmp_path / place, factor, model=text, format=1)
        return bench(**settings).routes()

    return served


def test_two_versions_answer_side_by_side_with_their_own_code(older: Any, bench: Any, tmp_path: Path) -> None:
    older(2, place="versions/v2")
    older(3, place="versions/v3")
    ours = bench(model_dir=None).routes()
    ours.place("v2")
    ours.roll_out("v3", 50)
    modules = set(sys.modules)

    async def story(client: httpx.AsyncClient) -> set[tuple[str, float]]:
        found: set[tuple[str, float]] = set()

        async def both() -> bool:
            for number in range(10):
                headers = {"X-Rollout-Key": f"user-{number}"}
                answer = (await client.post("/predict", json={"n": 1}, headers=headers)).json()
                found.add((answer["model_version"], answer["result"]))
            return len(found) > 1

        await until(both)
        return found

    assert ours.run(story) == {("v2", 102.0), ("v3", 103.0)}
    # neither is in the service's own process, whatever their modules are called
    added = {name.partition(".")[0] for name in set(sys.modules) - modules}
    assert not added & {"model", "definitions", "bundle", "pipeline"}


def test_a_service_answers_with_a_bundle_of_an_older_nbexport(older: Any) -> None:
    assert older(2).post({"n": 1}).json() == {"result": 102.0, "model_version": "v2"}


def test_what_a_model_prints_is_no_line_of_the_log(older: Any, capfd: pytest.CaptureFixture[str]) -> None:
    text = MODEL.replace("    return answer", "    print('by the way')\n    return answer")
    assert older(2, model=text).post({"n": 1}).status_code == 200
    captured = capfd.readouterr()
    assert "by the way" not in captured.out


def test_changed_code_is_never_run(older: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ours = older(2)
    (tmp_path / "model/code/definitions.py").write_text("print('it ran')\n", encoding="utf-8")
    with pytest.raises(BundleError, match="was changed since it was written"):
        ours.post({"n": 1})
    assert "it ran" not in capfd.readouterr().err


def test_another_bundle_than_the_one_that_was_meant_is_never_opened(older: Any, tmp_path: Path) -> None:
    older(2)
    digest = hashlib.sha256((tmp_path / "model/manifest.json").read_bytes()).hexdigest()
    assert older(2, model_digest=digest).post({"n": 1}).status_code == 200
    changed = older(2, model="raise SystemExit('it ran')\n", model_digest=digest)
    with pytest.raises(BundleError, match="is not the one that was promoted"):
        changed.post({"n": 1})
    with pytest.raises(BundleError):
        older(2, model_public_key="RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3").post({"n": 1})


def test_a_model_that_failed_a_gate_is_not_even_started(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"did not pass its gates \(auc\)"):
        manifest_of(bundle_of(tmp_path, 2, failed_gates=["auc"]))


@pytest.mark.parametrize("manifest", [None, "", "[]", '"text"', '{"files": []}', '{"files": {}}'])
def test_a_bundle_without_code_is_loaded_by_the_project(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    asked: list[Path] = []
    load(tmp_path, asked.append)  # type: ignore[arg-type]
    assert asked == [tmp_path]


# --------------------------------------------------------------------------- the project's code


def project_of(folder: Path) -> dict[str, str]:
    code = folder / "code"
    return {path.relative_to(code).as_posix(): sha256(path) for path in code.rglob("*.py")}


def test_equal_code_is_the_project_s(tmp_path: Path) -> None:
    folder = bundle_of(tmp_path / "a", 2)
    manifest, project = manifest_of(folder), project_of(folder)
    assert is_of_project(folder, manifest, project)
    # an image has no code for training, and the service has its own runtime
    del project["nbexport_runtime/__init__.py"]
    assert is_of_project(folder, manifest, project)
    # a module that `predict` imports late counts too
    del project["pipeline/late.py"]
    assert not is_of_project(folder, manifest, project)
    other = project_of(bundle_of(tmp_path / "b", 3))
    assert not is_of_project(folder, manifest, other)


def test_code_that_the_model_never_imports_may_be_missing(tmp_path: Path) -> None:
    folder = bundle_of(tmp_path, 2)
    (folder / "code/train.py").write_text("import model\n", encoding="utf-8")
    manifest = manifest_of(folder)
    manifest["files"]["code/train.py"] = facts_of_file(b"import model\n")
    project = project_of(folder)
    del project["train.py"]
    assert is_of_project(folder, manifest, project)


def test_relative_imports_are_followed() -> None:
    found = imported(
        b"from .late import MORE\nfrom .. import other\nimport a.b\n", "pipeline.deep.here", is_package=False
    )
    assert {"pipeline.deep.late", "pipeline.other", "a", "a.b"} <= set(found)
