"""DVC: keeps every version of the data, in the store, and brings it back."""

from __future__ import annotations

import configparser
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nbexport_runtime.pipeline import processes, store
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project

REMOTE = "store"
"""What DVC calls the folder `data` of the store."""


def add(project: Project, folder: Path) -> None:
    """Let DVC know a folder below `data/`; the store gets it when the command ends.

    Raises:
        PipelineError: DVC fails, or is not installed.
    """
    prepare(project)
    if not folder.with_name(f"{folder.name}.dvc").exists():
        run(project, "add", "--quiet", folder.relative_to(project.root).as_posix())


def push(project: Project, pointers: Sequence[str]) -> None:
    """Bring what `.dvc` files stand for to the store.

    Raises:
        PipelineError: DVC fails, or is not installed.
    """
    if pointers:
        prepare(project)
        run(project, "push", "--remote", REMOTE, *pointers)


def bring(project: Project, folder: Path) -> None:
    """Bring a folder below `data/` back from the store.

    Raises:
        PipelineError: DVC fails, or is not installed, or the store has lost it.
    """
    prepare(project)
    pointer = folder.with_name(f"{folder.name}.dvc").relative_to(project.root).as_posix()
    run(project, "pull", "--remote", REMOTE, pointer)


def prepare(project: Project) -> None:
    """Make the project known to DVC, and the store to DVC: on this machine alone, since `pipeline.toml` names it.

    DVC needs no program git. In a folder that is not in a repository, as in an image, it has to be told so.

    Raises:
        PipelineError: DVC fails, or is not installed.
    """
    root, remote = project.root, store.of(project).data
    repository = repository_of(root)
    if not (root / ".dvc" / "config").exists():
        begin(project, repository)
        run(project, "config", "core.analytics", "false")
    elif repository is None and not known(project, "core", "no_scm"):
        # its configuration was committed in a repository that is not here
        run(project, "config", "--local", "core.no_scm", "true")
    if "://" not in remote:
        Path(remote).mkdir(parents=True, exist_ok=True)
    if remote != known_remote(project):
        run(project, "remote", "add", "--quiet", "--local", "--force", "--default", REMOTE, remote)


def begin(project: Project, repository: Path | None) -> None:
    """Make the project known to DVC for the first time.

    Raises:
        PipelineError: DVC fails, or is not installed.
    """
    if repository is not None:
        # it fails in a folder that git ignores, such as a scratch copy: that is not a part of the repository
        with contextlib.suppress(PipelineError):
            run(project, "init", *(() if repository == project.root.resolve() else ("--subdir",)))
            return
    run(project, "init", "--no-scm")


def repository_of(folder: Path) -> Path | None:
    """The root of the git repository that a folder is in, or None; found without the program."""
    folder = folder.resolve()
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)


def known_remote(project: Project) -> str:
    """The address of the store that DVC knows; empty where it knows none."""
    return known(project, f"'remote \"{REMOTE}\"'", "url")


def known(project: Project, section: str, name: str) -> str:
    """A setting of DVC in this project, that of this machine first; empty where there is none."""
    config = configparser.ConfigParser(interpolation=None)
    config.read([project.root / ".dvc" / file for file in ("config", "config.local")], encoding="utf-8")
    return config.get(section, name, fallback="")


def run(project: Project, *arguments: str) -> str:
    """Run DVC in the project; what it prints.

    Raises:
        PipelineError: It fails, or is not installed.
    """
    command = [*processes.ending_with_this(signal.SIGTERM), sys.executable, "-m", "dvc", *arguments]
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1", "DO_NOT_TRACK": "1"}
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        if "No module named dvc" in done.stderr:
            raise PipelineError("DVC is not installed: python -m pip install -r requirements-pipeline.txt")
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise PipelineError(f"`dvc {' '.join(arguments)}` fails: {' '.join(lines[-3:])}")
    return done.stdout
