"""Program → every file of its project: the emitters of its level, one after the other."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from nbexport import levels
from nbexport.emit.absent_modules import refuse_absent
from nbexport.emit.data_copies import data_copies
from nbexport.emit.export import Export, Project
from nbexport.emit.local_modules import local_modules
from nbexport.errors import NbexportError
from nbexport.plan import Artifact, Means
from nbexport.program import Program


def project(
    program: Program,
    *,
    level: int,
    root: Path | None,
    ci: str = levels.CI_SYSTEMS[0],
    means: Means | None = None,
) -> Project:
    """The files of a project.

    Args:
        program: What the notebook lifts to.
        level: Maturity level.
        root: The notebook's folder, from which small data files are copied; None copies nothing.
        ci: Where a pipeline is scheduled.
        means: What of this machine the export uses; the usual when None.

    Raises:
        NbexportError: The level cannot be exported, or a module cannot come along.
    """
    asked = levels.level(level)
    if asked is None or not asked.emitters:
        possible = ", ".join(str(known.number) for known in levels.LEVELS if known.emitters)
        raise NbexportError(f"level {level} cannot be exported", fix=f"choose one of: {possible}")
    wheel, within = (means.wheel, means.within) if means is not None else (None, None)
    local = local_modules(
        program.imports, root, search=program.search_path, written=program.written_files, within=within
    )
    refuse_absent(program, local, root, within=within)
    export = Export(
        program=program,
        level=level,
        ci=ci,
        local=local,
        data=data_copies(program, root, within=within),
        wheel=wheel,
    )
    names = [name.format(ci=ci) for name in asked.emitters]
    made = _emitted(export, names)
    if wheel is None:
        return made
    paths = {artifact.path for artifact in made.artifacts}
    vendored = _emitted(replace(export, wheel=None), names).artifacts
    others = [artifact for artifact in vendored if artifact.path in paths and artifact not in made.artifacts]
    return replace(made, ejected=tuple(others))


def _emitted(export: Export, names: Iterable[str]) -> Project:
    """What some emitters make of an export.

    Raises:
        NbexportError: A file beside the notebook has the name of a generated one.
    """
    artifacts: list[Artifact] = []
    notes: list[str] = []
    for name in names:
        emitted: Project = importlib.import_module(f"{__package__}.{name}").emit(export)
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
