"""The pipeline in GitHub Actions, and in a cluster."""

from __future__ import annotations

from pathlib import Path

from nbexport.emit import Project
from nbexport.emit.ci import shared, values_of
from nbexport.emit.templating import FOLDER, rendered, static
from nbexport.model import Program


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
