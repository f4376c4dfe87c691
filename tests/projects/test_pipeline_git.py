"""A pipeline in a git repository: what it writes is to be committed, and is not a change of the code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from conftest import SOUND

from .conftest import export, run


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_what_a_pipeline_writes_is_no_uncommitted_change_of_the_code(tmp_path: Path) -> None:
    notebook = tmp_path / "sound.py"
    notebook.write_text(SOUND, encoding="utf-8")
    project = tmp_path / "project"
    assert export(notebook, project, "--level", "3").returncode == 0
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "export")

    def state(bundle: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((project / "models" / bundle / "manifest.json").read_text("utf-8"))["git"]
        return found

    done = run("retrain.py", cwd=project)
    assert done.returncode == 0, done.stderr
    assert state("production") == {"commit": git(project, "rev-parse", "HEAD").strip(), "dirty": False}
    waiting = git(project, "status", "--porcelain", "--untracked-files=all")
    assert "data/sets/d-" in waiting
    assert "models/" not in waiting
    assert "data/train/" not in waiting
    model = project / "definitions.py"
    model.write_text(model.read_text(encoding="utf-8") + "\n# mine\n", encoding="utf-8")
    done = run("train.py", "--data", "data/train", cwd=project)
    assert done.returncode == 0, done.stderr
    assert state("candidate")["dirty"] is True
