"""CI in GitLab, and from level 3 on the pipeline."""

from __future__ import annotations

from nbexport import levels
from nbexport.emit.ci import shared, values_of
from nbexport.emit.export import Export, Project
from nbexport.emit.templating import rendered


def emit(export: Export) -> Project:
    """`.gitlab-ci.yml` and the manifests."""
    retrains = export.level >= levels.PIPELINE
    values = {
        **values_of(export),
        "stages": "[check, retrain, release]" if retrains else "[check]",
        # a retraining that has begun ends
        "interruptible": "false" if retrains else "true",
    }
    whole = rendered("ci", "gitlab-ci.yml", values, path=".gitlab-ci.yml")
    return Project((whole, *shared(values, export.level)))
