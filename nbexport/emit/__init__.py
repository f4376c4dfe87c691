"""Program → artifacts: one module per target, each with a folder of templates."""

from __future__ import annotations

import importlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from nbexport import levels
from nbexport.errors import NbexportError
from nbexport.model import Artifact, Program
from nbexport.record import replace


@dataclass(frozen=True, slots=True)
class Project:
    """Every file of an exported project, and sentences to show with the plan."""

    artifacts: tuple[Artifact, ...]
    notes: tuple[str, ...] = ()


def project(program: Program, *, level: int, root: Path | None, ci: str = levels.CI_SYSTEMS[0]) -> Project:
    """The files of a project.

    Args:
        program: What the notebook lifts to.
        level: Maturity level.
        root: The notebook's folder, from which small data files are copied; None copies nothing.
        ci: Where a pipeline is scheduled.

    Raises:
        NbexportError: The level cannot be exported.
    """
    found = levels.level(level)
    if found is None or not found.emitters:
        possible = ", ".join(str(known.number) for known in levels.LEVELS if known.emitters)
        raise NbexportError(f"level {level} cannot be exported", fix=f"choose one of: {possible}")
    artifacts: list[Artifact] = []
    notes: list[str] = []
    program = replace(program, level=level)
    for name in found.emitters:
        emitted = importlib.import_module(f"{__name__}.{name.format(ci=ci)}").emit(program, root)
        artifacts += emitted.artifacts
        notes += emitted.notes
    counts = Counter(artifact.path for artifact in artifacts)
    taken = [path for path, count in counts.items() if count > 1]
    if taken:
        raise NbexportError(
            f"`{taken[0]}` beside the notebook has the name of a generated file",
            why="the project needs both",
            fix=f"rename `{taken[0]}` and what the notebook says of it",
        )
    return Project(tuple(sorted(artifacts, key=lambda artifact: artifact.path)), tuple(notes))
