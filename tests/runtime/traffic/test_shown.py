"""Who is served and why, read with nothing but Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from nbexport_runtime.traffic import placements, traffic
from nbexport_runtime.traffic.placements import PROMOTED, ROLLED_BACK, append

RUNTIME = Path(__file__).parents[3] / "runtime"


def shown(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command, by a Python without any package."""
    command = [sys.executable, "-S", "-m", "nbexport_runtime.traffic", *words]
    variables = {"PYTHONPATH": str(RUNTIME), "PATH": os.defpath}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def test_production_where_a_rollback_goes_and_why(tmp_path: Path) -> None:
    models = tmp_path / "models"
    assert shown(tmp_path).returncode == 1
    for version in ("v0", "v1", "v2"):
        append(models / placements.NAME, version=version, manifest_sha256="a" * 64, reason=PROMOTED)
    last = append(models / placements.NAME, version="v1", manifest_sha256="a" * 64, reason=ROLLED_BACK)
    done = shown(tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:3] == ["production  v1  100 %", "a rollback goes to v0", f"    4  {last.time}  v1  rolled back"]
    assert shown(tmp_path, "--newest").stdout == "models/versions/v1\n"


def test_a_candidate_is_the_newest_until_a_placing_ends_its_rollout(tmp_path: Path) -> None:
    models = tmp_path / "models"
    placed = append(models / placements.NAME, version="v0", manifest_sha256="a" * 64, reason=PROMOTED)
    split = traffic.split_of(placed, {"v1": 10}, salt="s", key_header="X-Rollout-Key", started="now")
    traffic.write(models / traffic.NAME, split)
    assert shown(tmp_path).stdout.splitlines()[:2] == ["production  v0  90 %", "candidate   v1  10 %  split"]
    assert shown(tmp_path, "--newest").stdout == "models/versions/v1\n"
    (models / traffic.NAME).write_text("{", encoding="utf-8")
    done = shown(tmp_path, "--newest")
    assert (done.returncode, done.stdout) == (0, "models/versions/v0\n")
    assert "production answers all" in done.stderr
    traffic.write(models / traffic.NAME, split)
    append(models / placements.NAME, version="v2", manifest_sha256="a" * 64, reason=PROMOTED)
    assert shown(tmp_path, "--newest").stdout == "models/versions/v2\n"
