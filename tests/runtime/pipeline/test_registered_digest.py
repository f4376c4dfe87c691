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
