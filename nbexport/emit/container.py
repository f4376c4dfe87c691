"""The service as a container: `Dockerfile`, `.dockerignore`, `compose.yaml`."""

from __future__ import annotations

from nbexport import levels
from nbexport.emit import requirements, runtime, wheel
from nbexport.emit.export import Export, Project
from nbexport.emit.package import CPU_WHEELS, needs_torch, project_name, python_version
from nbexport.emit.secrets import secrets
from nbexport.emit.templating import rendered

OF_GUARD = ("guard.py", "pipeline.toml", "platform.toml", "stages.py")
"""What a platform adds to the image: its settings, and the guard, which runs in the same image as the service."""


def emit(export: Export) -> Project:
    """The container's files; only what serving needs is copied into the image."""
    program = export.program
    top = sorted({path.partition("/")[0] for path in export.local.files})
    own = ["model.py", "schemas.py", "serve.py"]
    own += ["definitions.py"] if program.definitions else []
    own += OF_GUARD if export.level >= levels.PLATFORM else []
    modules = sorted([*own, *[path for path in top if path.endswith(".py")]])
    vendored = [runtime.NAME] if export.wheel is None else []
    folders = sorted([*vendored, *[path for path in top if not path.endswith(".py")]])
    pins = requirements.pins(program.imports, installs=program.installs, declared=program.declared)
    values = {
        "level": export.level,
        "name": project_name(program.notebook),
        "python": python_version(program),
        "ci": export.ci,
        "model": "models/production" if export.level >= levels.PIPELINE else "models/latest",
        "torch": needs_torch(pins),
        "torch_index": CPU_WHEELS,
        "modules": " ".join(modules),
        "folders": folders,
        "wheel": export.wheel,
        "kept": [*modules, *folders, *([] if export.wheel is None else [wheel.FOLDER])],
        "secrets": [secret for secret in secrets(program) if secret.served],
    }
    return Project(
        (
            rendered("container", "Dockerfile", values),
            rendered("container", "dockerignore", values, path=".dockerignore"),
            rendered("container", "compose.yaml", values),
        )
    )
