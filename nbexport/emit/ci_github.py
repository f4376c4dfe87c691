"""CI in GitHub Actions, and from level 3 on the pipeline."""

from __future__ import annotations

from nbexport import levels
from nbexport.emit.ci import shared, values_of
from nbexport.emit.export import Export, Project
from nbexport.emit.templating import rendered

WORKFLOWS = {1: ("ci.yml",), levels.PIPELINE: ("freshness.yml", "retrain.yml", "score.yml")}
"""Level → the workflows that it adds."""
DEPENDABOT = levels.SERVICE
"""The level from which there is an image whose base grows old."""


def emit(export: Export) -> Project:
    """The workflows, Dependabot, and the manifests."""
    values = values_of(export)
    names = sorted(name for level, added in WORKFLOWS.items() if level <= export.level for name in added)
    dependabot = [("dependabot.yml", ".github/dependabot.yml")] if export.level >= DEPENDABOT else []
    files = [*((f"workflows/{name}", f".github/workflows/{name}") for name in names), *dependabot]
    return Project((*(rendered("ci", name, values, path=path) for name, path in files), *shared(values, export.level)))
