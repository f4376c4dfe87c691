"""The pipeline in GitLab CI, and in a cluster."""

from __future__ import annotations

from pathlib import Path

from nbexport.emit import Project
from nbexport.emit.ci import shared, values_of
from nbexport.emit.templating import rendered
from nbexport.model import Program


def emit(program: Program, root: Path | None) -> Project:
    """`.gitlab-ci.yml` and the manifests."""
    values = values_of(program)
    return Project((rendered("ci", "gitlab-ci.yml", values, path=".gitlab-ci.yml"), *shared(values)))
