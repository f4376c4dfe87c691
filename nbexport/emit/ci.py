"""What CI systems share: the values of their files, and from level 3 on the scripts and manifests of the pipeline."""

from __future__ import annotations

import re

from nbexport import levels
from nbexport.emit import requirements
from nbexport.emit.actions import pinned
from nbexport.emit.export import Export
from nbexport.emit.package import CPU_WHEELS, needs_torch, project_name, python_version
from nbexport.emit.secrets import secrets
from nbexport.emit.templating import FOLDER, rendered, static
from nbexport.plan import Artifact

SCRIPTS = ("push_image.sh",)
"""What workflows run beside the commands of the pipeline."""

LONGEST = 40
"""Characters of a name that a cluster still takes with what is added to it."""


def values_of(export: Export) -> dict[str, object]:
    """What the templates need; of the notebook only a checked name stands in these files."""
    program = export.program
    return {
        "actions": pinned(),
        "wheel": export.wheel,
        "level": export.level,
        "ci": export.ci,
        # the requirements of the commands that are scheduled
        "commands": "platform" if export.level >= levels.PLATFORM else "pipeline",
        "name": cluster_name(program.notebook),
        "python": python_version(program),
        "secrets": secrets(program),
        "torch": needs_torch(requirements.pins(program.imports, installs=program.installs, declared=program.declared)),
        "torch_index": CPU_WHEELS,
    }


def shared(values: dict[str, object], level: int) -> tuple[Artifact, ...]:
    """What is the same for every CI: what brings a pipeline's state back, and the manifests for a cluster."""
    if level < levels.PIPELINE:
        return ()
    manifests = sorted(path.name for path in (FOLDER / "ci" / "deploy").iterdir())
    return (
        *(static("ci", name, path=f"scripts/{name}") for name in SCRIPTS),
        *(rendered("ci", f"deploy/{name}", values, path=f"deploy/{name}") for name in manifests),
    )


def cluster_name(notebook: str) -> str:
    """A project name that Kubernetes accepts: letters, digits and dashes, a letter first, not long."""
    name = re.sub(r"^[^a-z]+", "", project_name(notebook))[:LONGEST].rstrip("-")
    return name or "notebook"
