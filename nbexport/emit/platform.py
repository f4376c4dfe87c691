"""The platform: its commands, `platform.toml`, features for Feast, and what runs it on more than one machine."""

from __future__ import annotations

import re

from nbexport.emit import feature_views
from nbexport.emit.ci import cluster_name
from nbexport.emit.export import Export, Project
from nbexport.emit.templating import rendered, static

COMMANDS = (
    "drift.py",
    "experiment.py",
    "features.py",
    "guard.py",
    "logs.py",
    "outcomes.py",
    "platform_report.py",
    "simulate.py",
)


def emit(export: Export) -> Project:
    """The platform of a project."""
    notebook = export.program.notebook
    name = notebook.rpartition(".")[0]
    proposed = feature_views.proposal(export)
    values = {
        "name": name,
        "features": feature_views.section(proposed),
        "project": project_of(name),
    }
    return Project(
        (
            *(static("platform", command) for command in COMMANDS),
            rendered("platform", "platform.toml", values),
            rendered("platform", "feature_repo/feature_store.yaml", values),
            static("platform", "feature_repo/views.py"),
            rendered("platform", "deploy/rollouts.yaml", {"name": cluster_name(notebook)}),
            static("platform", "deploy/ray_serve.py"),
        ),
        feature_views.note(proposed),
    )


def project_of(name: str) -> str:
    """The name of a notebook as Feast takes it, whose tables begin with it: letters, digits and `_`."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    # SQLite keeps names that begin with its own for itself
    return plain if plain and not plain.startswith("sqlite") else f"project_{plain}".rstrip("_")
