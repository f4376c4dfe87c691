"""The service as a container: `Dockerfile`, `.dockerignore`, `compose.yaml`."""

from __future__ import annotations

import sys

from nbexport.emit import requirements, runtime
from nbexport.emit.export import Export, Project
from nbexport.emit.package import project_name
from nbexport.emit.templating import rendered, static

CPU_WHEELS = "https://download.pytorch.org/whl/cpu"


def emit(export: Export) -> Project:
    """The container's files; only what serving needs is copied into the image."""
    program = export.program
    top = sorted({path.partition("/")[0] for path in export.local.files})
    own = ["model.py", "schemas.py", "serve.py"]
    own += ["definitions.py"] if program.definitions else []
    modules = sorted([*own, *[path for path in top if path.endswith(".py")]])
    folders = sorted([runtime.NAME, *[path for path in top if not path.endswith(".py")]])
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
