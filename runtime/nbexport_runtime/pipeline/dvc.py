"""DVC: keeps every version of the data, and brings it back from the remote."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from pathlib import Path

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project


def keep(project: Project, folder: Path) -> None:
    """Let DVC know a folder below `data/`, and bring it to the remote.

    Raises:
        PipelineError: DVC fails, or is not installed.
    """
    prepare(project)
    pointer = folder.with_name(f"{folder.name}.dvc")
    if not pointer.exists():
        run(project, "add", "--quiet", folder.relative_to(project.root).as_posix())
    run(project, "push", "--quiet", pointer.relative_to(project.root).as_posix())


def prepare(project: Project) -> None:
    """Make the project known to DVC, with the remote of `pipeline.toml`."""
    root, remote = project.root, project.settings().data.remote
    if not (root / ".dvc" / "config").exists():
        words = ["git", "rev-parse", "--show-toplevel"]
        inside = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
        if inside.returncode != 0:
            run(project, "init", "--quiet", "--no-scm")
        elif Path(inside.stdout.strip()).resolve() == root.resolve():
            run(project, "init", "--quiet")
        else:
            run(project, "init", "--quiet", "--subdir")
        run(project, "config", "core.analytics", "false")
    local = "://" not in remote
    if local:
        (root / remote).mkdir(parents=True, exist_ok=True)
        # relative to the project, not to the configuration
        remote = os.path.relpath(root / remote, root)
    if remote != known_remote(project):
        run(project, "remote", "add", "--quiet", "--force", "--default", "store", remote)


def known_remote(project: Project) -> str:
    """The remote that DVC knows, as `pipeline.toml` would have it; empty where it knows none."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(project.root / ".dvc" / "config", encoding="utf-8")
    url = config.get("'remote \"store\"'", "url", fallback="")
    if not url or "://" in url:
        return url
    return os.path.relpath(project.root / ".dvc" / url, project.root)


def run(project: Project, *arguments: str) -> str:
    """Run DVC in the project; what it prints.

    Raises:
        PipelineError: It fails, or is not installed.
    """
    command = [sys.executable, "-m", "dvc", *arguments]
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1", "DO_NOT_TRACK": "1"}
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        if "No module named dvc" in done.stderr:
            raise PipelineError("DVC is not installed: python -m pip install -r requirements-pipeline.txt")
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise PipelineError(f"`dvc {' '.join(arguments)}` fails: {' '.join(lines[-3:])}")
    return done.stdout
