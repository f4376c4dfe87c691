"""What makes the folder a project: requirements, `pyproject.toml`, `Makefile`, `README.md`, `.gitignore`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nbexport.emit import requirements
from nbexport.emit.export import Export, Project
from nbexport.emit.requirements import LEARNT
from nbexport.emit.templating import rendered, static
from nbexport.model import Artifact, Program

SERVICE = ("fastapi", "prometheus-client", "pydantic-settings", "uvicorn[standard]")
"""What a service needs beside the model."""

PIPELINE = ("alembic", "dvc", "filelock", "mlflow-skinny", "sqlalchemy")
"""What a pipeline needs beside the training; the service needs none of it."""

MAKEFILES = {1: "Makefile", 2: "Makefile-service", 3: "Makefile-pipeline"}


def emit(export: Export) -> Project:
    """The packaging files."""
    program, local = export.program, export.local
    train = requirements.pins(
        _foreign({*program.imports, *local.imports}, local.names),
        extra=("loguru", *requirements.optional(program.called)),
        installs=program.installs,
    )
    serve = requirements.pins(
        _foreign({*_served(program), *local.imports}, local.names),
        extra=(
            *(SERVICE if export.level > 1 else ()),
            *sorted(LEARNT.intersection(requirements.optional(program.called))),
        ),
        installs=program.installs,
    )
    values = {
        "program": program,
        "name": project_name(program.notebook),
        "level": export.level,
        "train": train.lines,
        "serve": serve.lines,
        "untyped": ["model", "definitions", *sorted(local.names)],
        "options": [*_options(program)],
    }
    pipeline: tuple[Artifact, ...] = ()
    if export.level > 2:
        values["not_shared"] = program.not_shared
        values["pipeline"] = requirements.pins((), extra=PIPELINE).lines
        pipeline = (rendered("package", "requirements-pipeline.txt", values),)
    notes = tuple(
        f"`{name}` is needed but not installed here, so "
        + (
            "requirements.txt has it without a version"
            if name in train.lines
            else "it is left out of requirements.txt: add the line that installs it"
        )
        for name in train.unknown
    )
    return Project(
        (
            rendered("package", "requirements.txt", values),
            rendered("package", "requirements-serve.txt", values),
            rendered("package", "requirements-dev.txt", values),
            *pipeline,
            rendered("package", "pyproject.toml", values),
            rendered("package", "README.md", values),
            static("package", MAKEFILES[export.level], path="Makefile"),
            static("package", "gitignore" if export.level < 3 else "gitignore-pipeline", path=".gitignore"),
        ),
        notes,
    )


def _served(program: Program) -> list[str]:
    """Modules that the saved values need even where `predict` does not import them."""
    heavy = ("torch", "sklearn", "numpy", "pandas", "xgboost", "lightgbm", "scipy")
    roots = [module for module in program.imports if module.partition(".")[0] in heavy]
    return [*program.serve_imports, *roots]


def _foreign(modules: Iterable[str], local: set[str]) -> list[str]:
    return sorted(module for module in modules if module.partition(".")[0] not in local)


def project_name(notebook: str) -> str:
    """A project name that packaging tools accept."""
    stem = re.sub(r"\.(ipynb|py)$", "", notebook)
    name = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
    return name or "notebook"


def _options(program: Program) -> list[tuple[str, str, str, str]]:
    """(option, type, default, help) rows of the README's table."""
    rows = [(p.option, p.type, p.default, p.help) for p in program.parameters]
    taken = {parameter.option for parameter in program.parameters}
    for gate in program.gates:
        # as `train.py` does: a parameter of the same name keeps its own
        option = gate.option.replace("--", "--gate-", 1) if gate.option in taken else gate.option
        rows.append((option, "float", repr(gate.threshold), f"gate: {gate.metric} {gate.operator} this"))
    return rows
