"""The registry keeps the digest of a manifest, where the bundle is not: who deploys a model can say which one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from nbexport_runtime.bundle.manifest import read_manifest

RUNTIME = Path(__file__).parents[3] / "runtime"
REGISTER = """
import json
from pathlib import Path
from nbexport_runtime.pipeline.project import of
from nbexport_runtime.pipeline.registry import Registry
print(json.dumps(Registry(of(Path.cwd())).register(Path("models/candidate")).tags))
"""


LOOK_UP = """
from pathlib import Path
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import of
from nbexport_runtime.pipeline.registry import Registry
try:
    print(Registry(of(Path.cwd())).bundle("v1").name)
except PipelineError as error:
    print(error)
"""


def run(code: str, folder: Path) -> str:
    """What code prints in a project; MLflow warns of what it does itself."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(RUNTIME)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_version_is_registered_with_the_digest_of_its_manifest(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "some"\n', encoding="utf-8")
    bundle = tmp_path / "models" / "candidate"
    bundle.mkdir(parents=True)
    text = json.dumps({"format": 2, "version": "v1", "metrics": {"f1": 0.5}, "files": {}})
    (bundle / "manifest.json").write_text(text, encoding="utf-8")
    digest = json.loads(run(REGISTER, tmp_path))["manifest_sha256"]
    assert digest == hashlib.sha256(text.encode()).hexdigest()
    # it is what MODEL_DIGEST is compared with
    assert read_manifest(bundle, digest=digest)["version"] == "v1"


def test_a_version_whose_manifest_was_rewritten_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "some"\n', encoding="utf-8")
    bundle = tmp_path / "models" / "candidate"
    bundle.mkdir(parents=True)
    facts = {"format": 2, "version": "v1", "metrics": {"f1": 0.5}, "files": {}}
    (bundle / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    run(REGISTER, tmp_path)
    assert run(LOOK_UP, tmp_path) == "bundle\n"
    (kept,) = (tmp_path / "models").rglob("artifacts/bundle/manifest.json")
    kept.chmod(0o644)
    kept.write_text(json.dumps({**facts, "metrics": {"f1": 0.9}}), encoding="utf-8")
    assert "is not the model registered as `v1`" in run(LOOK_UP, tmp_path)
