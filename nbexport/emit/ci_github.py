"""The pipeline in GitHub Actions, and in a cluster."""

from __future__ import annotations

from nbexport.emit.ci import shared, values_of
from nbexport.emit.export import Export, Project
from nbexport.emit.templating import FOLDER, rendered, static


def emit(export: Export) -> Project:
    """The workflows, Dependabot, and the manifests."""
    values = values_of(export.program)
    workflows = sorted(path.name for path in (FOLDER / "ci" / "workflows").glob("*.yml"))
    return Project(
        (
            *(rendered("ci", f"workflows/{name}", values, path=f".github/workflows/{name}") for name in workflows),
            static("ci", "dependabot.yml", path=".github/dependabot.yml"),
            *shared(values),
        )
    )
