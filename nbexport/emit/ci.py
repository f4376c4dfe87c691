"""What the pipeline needs wherever it is scheduled; of the notebook only a checked name stands in these files."""

from __future__ import annotations

import re
import sys

from nbexport.emit.actions import pinned
from nbexport.emit.package import project_name
from nbexport.emit.templating import FOLDER, rendered, static
from nbexport.model import Artifact, Program

SCRIPTS = ("state.py", "push_image.sh", "check_export.sh")
"""What workflows run beside the commands of the pipeline."""

LONGEST = 40
"""Characters of a name that a cluster still takes with what is added to it."""


def values_of(program: Program) -> dict[str, object]:
    """What the templates need."""
    return {
        "actions": pinned(),
        "name": cluster_name(program.notebook),
        # pins are of the versions here, and those fit this Python
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def shared(values: dict[str, object]) -> tuple[Artifact, ...]:
    """What is the same for every CI: what brings its state back, and the manifests for a cluster."""
    manifests = sorted(path.name for path in (FOLDER / "ci" / "deploy").iterdir())
    return (
        *(static("ci", name, path=f"scripts/{name}") for name in SCRIPTS),
        *(rendered("ci", f"deploy/{name}", values, path=f"deploy/{name}") for name in manifests),
    )


def cluster_name(notebook: str) -> str:
    """A project name that Kubernetes accepts: letters, digits and dashes, a letter first, not long."""
    name = re.sub(r"^[^a-z]+", "", project_name(notebook))[:LONGEST].rstrip("-")
    return name or "notebook"
