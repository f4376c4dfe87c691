"""The pipeline in GitHub Actions, and in a cluster; nothing of the notebook but a checked name stands in these files."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from nbexport.emit import Project
from nbexport.emit.actions import pinned
from nbexport.emit.package import project_name
from nbexport.emit.templating import FOLDER, rendered, static
from nbexport.model import Artifact, Program

LONGEST = 40
"""Characters of a name that a cluster still takes with what is added to it."""


def emit(program: Program, root: Path | None) -> Project:
    """The workflows, Dependabot, and the manifests."""
    values = values_of(program)
    workflows = sorted(path.name for path in (FOLDER / "ci" / "workflows").glob("*.yml"))
    return Project(
        (
            *(rendered("ci", f"workflows/{name}", values, path=f".github/workflows/{name}") for name in workflows),
            static("ci", "dependabot.yml", path=".github/dependabot.yml"),
            *shared(values),
        )
    )


def values_of(program: Program) -> dict[str, object]:
    """What the templates need."""
    return {
        "actions": pinned(),
        "name": cluster_name(program.notebook),
        # pins are of the versions here, and those fit this Python
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def shared(values: dict[str, object]) -> tuple[Artifact, ...]:
    """What is the same for every CI."""
    manifests = sorted(path.name for path in (FOLDER / "ci" / "deploy").iterdir())
    return (
        static("ci", "state.py", path="scripts/state.py"),
        *(rendered("ci", f"deploy/{name}", values, path=f"deploy/{name}") for name in manifests),
    )


def cluster_name(notebook: str) -> str:
    """A project name that Kubernetes accepts: letters, digits and dashes, a letter first, not long."""
    name = re.sub(r"^[^a-z]+", "", project_name(notebook))[:LONGEST].rstrip("-")
    return name or "notebook"
