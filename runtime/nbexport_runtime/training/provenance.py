"""Where a model comes from: digests of data and code, the commit, the versions of what is installed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

from nbexport_runtime import __version__, bundle
from nbexport_runtime.training.environment import environment

WITH_HASHES = (":!data", ":!models", ":!.dvc", ":!.dvcignore", ":!data_schema.json")
"""What a pipeline writes beside the code; it has hashes of its own."""
NAMED_BY = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT")
"""Variables that name the commit where git cannot: of GitHub, of GitLab, and of an image that was built from one."""
NO_CODE = (
    ".",
    "tests/",
    "deploy/",
    "monitoring/",
    "scripts/",
    "nbexport_runtime/",
    "Makefile",
    "Dockerfile",
    "compose.yaml",
)
"""Beginnings of what an export writes and no module imports or reads."""


def data(place: Path | None, named: Path | None, project: Path) -> dict[str, Any] | None:
    """Path and sha256 of the data; None when the notebook's code provides it.

    Args:
        place: Where it lies, absolute or relative to the project.
        named: What somebody called it.
        project: The project's folder.
    """
    if place is None:
        return None
    place = project / place
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(place.parent).as_posix().encode() + bundle.sha256(path).encode())
    return {"path": str(named), "sha256": digest.hexdigest(), "files": len(files)}


def of_code(project: Path) -> dict[str, Any]:
    """What a manifest says of code and environment."""
    return {
        "code": code_digest(project),
        "git": git_state(project),
        "python": platform.python_version(),
        "packages": packages(project),
        "lock_sha256": lock_digest(project),
        "runtime": __version__,
        "environment": environment(),
    }


def code_digest(project: Path) -> str:
    """sha256 over the project's Python files, packages in it included."""
    digest = hashlib.sha256()
    for path in sorted({*project.glob("*.py"), *packaged(project)}):
        digest.update(path.relative_to(project).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def packaged(project: Path) -> list[Path]:
    """The Python files of the packages in a project."""
    return [path for marker in project.glob("*/__init__.py") for path in marker.parent.rglob("*.py")]


def exported(project: Path) -> list[Path]:
    """What the export wrote for the code to import and to read: modules in folders, and the files beside them."""
    try:
        written = json.loads((project / "nbexport.lock").read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    owned = [path for path, entry in written.items() if entry["owned"] and not path.startswith(NO_CODE)]
    return [project / path for path in owned if not path.endswith(".md") and (project / path).is_file()]


def lock_digest(project: Path) -> str:
    """sha256 over the locks; over the pinned requirements where nothing is locked yet."""
    names = sorted(path.name for path in project.glob("requirements*.lock"))
    return digest_of(project, *(names or ("requirements.txt", "requirements-serve.txt")))


def digest_of(folder: Path, *names: str) -> str:
    """sha256 over some files of a folder; a file that is not there counts as empty."""
    whole = hashlib.sha256()
    for name in names:
        path = folder / name
        whole.update(name.encode() + (path.read_bytes() if path.exists() else b""))
    return whole.hexdigest()


def git_state(project: Path) -> dict[str, Any] | None:
    """Commit and whether the tree has changes.

    Where there is no program git, or no repository, as in an image, a variable of `NAMED_BY` names the commit, and
    nobody knows of changes. None where nothing names it.
    """
    try:
        commit = git(project, "rev-parse", "HEAD")
        status = git(project, "status", "--porcelain", "--", ".", *WITH_HASHES)
    except (OSError, subprocess.CalledProcessError):
        named = (os.environ.get(name, "").strip().lower() for name in NAMED_BY)
        commit = next((text for text in named if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text)), "")
        return {"commit": commit, "dirty": None} if commit else None
    return {"commit": commit, "dirty": bool(status)}


def git(project: Path, *arguments: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", *arguments], cwd=project, capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.strip()


def packages(project: Path) -> dict[str, str]:
    """Installed versions of the project's requirements."""
    versions: dict[str, str] = {}
    for name in ("requirements.txt", "requirements-serve.txt"):
        path = project / name
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            requirement = re.match(r"[A-Za-z0-9][\w.-]*", line)
            if requirement:
                try:
                    versions[requirement.group()] = importlib.metadata.version(requirement.group())
                except importlib.metadata.PackageNotFoundError:
                    versions[requirement.group()] = "not installed"
    return versions
