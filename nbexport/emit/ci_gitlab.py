"""CI in GitLab, and from level 3 on the pipeline."""

from __future__ import annotations

from nbexport import levels
from nbexport.emit.ci import shared, values_of
from nbexport.emit.export import Export, Project
from nbexport.emit.templating import rendered


def emit(export: Export) -> Project:
    """`.gitlab-ci.yml` and the manifests."""
    stages = {1: "check", levels.SERVICE: "build", levels.PIPELINE: "retrain, release, report"}
    values = {
        **values_of(export),
        "stages": f"[{', '.join(added for level, added in stages.items() if level <= export.level)}]",
        # a retraining that has begun ends
        "interruptible": "false" if export.level >= levels.PIPELINE else "true",
    }
    whole = rendered("ci", "gitlab-ci.yml", values, path=".gitlab-ci.yml")
    return Project((whole, *shared(values, export.level)))
