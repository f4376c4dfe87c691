"""A project whose notebook has secrets among its parameters: exported, trained, loaded, verified, and searched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbexport import api, disk
from nbexport.plan import ExportRequest

OF_NOTEBOOK = ("hunter2", "grey-egret-3", "blue-heron-7")
SET = {"API_KEY": "river-otter-91", "CLASS_KEY": "red-kite-12", "VAULT": "white-stork-5"}
NOTEBOOK = """\
# %% tags=["parameters"]
rate = 0.5
api_key = "hunter2"  # key of the service hunter2
class_key = "grey-egret-3"  # secret
vault = "blue-heron-7"  # secret
sign_token = None
# %% tags=["data"]
import hashlib
if api_key == "wrong" * 2:
    raise ValueError("the service refuses " + api_key)
rows = [float(byte) for byte in hashlib.sha256(api_key.encode()).digest()]
# %% tags=["train"]
class Scaler:
    def scale(self, value):
        return value * rate + len(class_key)
scaler = Scaler()
weight = scaler.scale(sum(rows)) + len(sign_token or "")
# %% tags=["evaluate"]
metrics = {"weight": weight}
assert metrics["weight"] > 0
# %% tags=["predict"]
def predict(row: float, text: str = "a") -> dict:
    return {"sum": scaler.scale(weight) * row + len(vault), "kind": type(vault).__name__}
predict(2.0, text="b")
"""
ASK = """
import json, model
loaded = model.load_model("models/latest")
print(json.dumps(loaded.predict(2.0)))
"""


@dataclass(frozen=True)
class Exported:
    """A notebook and its project."""

    notebook: Path
    project: Path

    def run(self, *words: str, secrets: Mapping[str, str] = SET) -> subprocess.CompletedProcess[str]:
        """Python in the project, with some secrets set and no others."""
        kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in SET}
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.project,
            env={**kept, **secrets},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A service, trained once."""
    folder = tmp_path_factory.mktemp("secrets")
    notebook = folder / "some.py"
    notebook.write_text(NOTEBOOK, encoding="utf-8")
    plan = api.plan(ExportRequest(notebook, level=2, output=folder / "project"))
    assert not isinstance(plan, api.Refused), plan.findings
    disk.apply(plan, force=False)
    made = Exported(notebook, folder / "project")
    done = made.run("train.py", "--log-level", "DEBUG")
    assert done.returncode == 0, done.stderr
    assert "'api_key': '***'" in done.stderr
    assert holding(done.stdout + done.stderr) == []
    return made


def holding(text: str) -> list[str]:
    """The secrets that a text holds."""
    return [secret for secret in (*OF_NOTEBOOK, *SET.values()) if secret in text]


def test_no_file_holds_a_secret(exported: Exported) -> None:
    files = [path for path in exported.project.rglob("*") if path.is_file()]
    found = {path.name: holding(path.read_bytes().decode("utf-8", "replace")) for path in files}
    assert {name: secrets for name, secrets in found.items() if secrets} == {}
    assert {"nbexport.lock", "train.py", "manifest.json", "values.json", "README.md", "figures.json"} <= found.keys()


def test_the_manifest_has_them_hidden(exported: Exported) -> None:
    text = (exported.project / "models" / "latest" / "manifest.json").read_text(encoding="utf-8")
    hidden = dict.fromkeys(("api_key", "class_key", "vault", "sign_token"), "***")
    assert json.loads(text)["parameters"] == {"rate": 0.5, **hidden}


def test_a_bundle_takes_them_from_the_environment_and_predict_gets_text(exported: Exported) -> None:
    done = exported.run("-c", ASK)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["kind"] == "str"
    other = exported.run("-c", ASK, secrets={**SET, "VAULT": SET["VAULT"] + "12345"})
    assert json.loads(other.stdout)["sum"] == answer["sum"] + 5


def test_without_them_nothing_is_trained_or_loaded(exported: Exported) -> None:
    done = exported.run("train.py", secrets={"CLASS_KEY": "a"})
    assert done.returncode == 2
    assert done.stderr == (
        "error: the secrets `API_KEY` and `VAULT` are not set: set the environment variables, "
        "or let `API_KEY_FILE` and `VAULT_FILE` name a file\n"
    )
    loaded = exported.run("-c", ASK, secrets={"CLASS_KEY": "a"})
    assert "needs a secret that it does not hold: the secret `VAULT` is not set" in loaded.stderr


def test_help_needs_none_and_shows_none(exported: Exported) -> None:
    done = exported.run("train.py", "--help", secrets={})
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "--api-key VARIABLE key of the service *** (from the environment variable API_KEY, or the file" in text
    assert holding(exported.run("train.py", "--help").stdout) == []


def test_what_the_notebook_raises_is_logged_without_them(exported: Exported, tmp_path: Path) -> None:
    done = exported.run("train.py", "--output", str(tmp_path / "a"), secrets={**SET, "API_KEY": "wrong" * 2})
    assert done.returncode == 1
    assert "ValueError: the service refuses ***" in done.stderr
    assert "wrongwrong" not in done.stderr


@pytest.mark.usefixtures("exported")
def test_a_comparison_gives_the_project_what_the_notebook_has(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what the shell has is not what the notebook has
    monkeypatch.setenv("API_KEY", "another")
    monkeypatch.setenv("SIGN_TOKEN", "another")
    found = api.verify(exported.notebook, project=exported.project)
    assert found.differences == ()
    assert found.equal
    assert found.served
    assert set(found.values) == {"scaler", "weight", "rate"}
    assert holding(found.as_json()) == []
