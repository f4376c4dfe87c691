"""The service as a container: `Dockerfile`, `.dockerignore`, `compose.yaml`."""

from __future__ import annotations

import sys
from pathlib import Path

from nbexport.emit import Project, bundle, requirements
from nbexport.emit.local_modules import local_modules
from nbexport.emit.package import project_name
from nbexport.emit.templating import rendered, static
from nbexport.model import Program

CPU_WHEELS = "https://download.pytorch.org/whl/cpu"


def emit(program: Program, root: Path | None) -> Project:
    """The container's files; only what serving needs is copied into the image."""
    found = local_modules(program, root)
    top = sorted({path.partition("/")[0] for path in found.files})
    own = [*bundle.NAMES, "model.py", "schemas.py", "serve.py"]
    own += ["definitions.py"] if program.definitions else []
    modules = sorted([*own, *[path for path in top if path.endswith(".py")]])
    folders = sorted(["service", *[path for path in top if not path.endswith(".py")]])
    lines = requirements.pins(program.imports, installs=program.installs).lines
    values = {
        "name": project_name(program.notebook),
        # pins are of the versions here, and those fit this Python
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "extra_index": CPU_WHEELS if any(line.startswith("torch==") for line in lines) else '""',
        "modules": " ".join(modules),
        "folders": folders,
        "kept": [*modules, *folders],
    }
    return Project(
        (
            rendered("container", "Dockerfile", values),
            rendered("container", "dockerignore", values, path=".dockerignore"),
            static("container", "compose.yaml"),
        )
    )
