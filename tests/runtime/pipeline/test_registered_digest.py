"""The registry keeps the digest of a manifest, where the bundle is not: who deploys a model can say which one."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from nbexport_runtime.bundle.manifest import read_manifest

REGISTER = """
import json
from pathlib import Path
from nbexport_runtime.pipeline.project import of
from nbexport_runtime.pipeline.registry import Registry
print(json.dumps(Registry(of(Path.cwd())).register(Path("models/candidate")).tags))
"""


def test_a_version_is_registered_with_the_digest_of_its_manifest(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "some"\n', encoding="utf-8")
    bundle = tmp_path / "models" / "candidate"
    bundle.mkdir(parents=True)
    text = json.dumps({"format": 2, "version": "v1", "metrics": {"f1": 0.5}, "files": {}})
    (bundle / "manifest.json").write_text(text, encoding="utf-8")
    # MLflow warns of what it does itself
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", REGISTER], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    digest = json.loads(done.stdout)["manifest_sha256"]
    assert digest == hashlib.sha256(text.encode()).hexdigest()
    # it is what MODEL_DIGEST is compared with
    assert read_manifest(bundle, digest=digest)["version"] == "v1"


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


def test_a_version_whose_manifest_was_rewritten_is_refused(tmp_path: Path) -> None:
    def run(code: str) -> str:
        command = [sys.executable, "-W", "ignore", "-c", code]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    (tmp_path / "pyproject.toml").write_text('[project]\nname = "some"\n', encoding="utf-8")
    bundle = tmp_path / "models" / "candidate"
    bundle.mkdir(parents=True)
    facts = {"format": 2, "version": "v1", "metrics": {"f1": 0.5}, "files": {}}
    (bundle / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    run(REGISTER)
    assert run(LOOK_UP) == "bundle\n"
    (kept,) = (tmp_path / "models").rglob("artifacts/bundle/manifest.json")
    kept.chmod(0o644)
    kept.write_text(json.dumps({**facts, "metrics": {"f1": 0.9}}), encoding="utf-8")
    assert "is not the model that was registered as `v1`" in run(LOOK_UP)
