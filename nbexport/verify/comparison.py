"""The comparison: both are run, and what they computed is laid side by side."""

from __future__ import annotations

import ast
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError
from nbexport.model import Notebook, Program, Role
from nbexport.verify.processes import HashSeed, Progress, run_notebook, run_project
from nbexport.verify.rehearsal import rehearse
from nbexport.verify.service import is_service, run_service
from nbexport.verify.snapshot import differences, snapshot
from nbexport.verify.stopping import Stop
from nbexport.verify.verification import Difference, DifferenceKind, Rehearsed, Verification


def compare(
    notebook: Notebook,
    program: Program,
    *,
    project: Path,
    tolerance: float = 0.0,
    edited: tuple[str, ...] = (),
    workflows: bool = False,
    progress: Progress = lambda step: None,
    stop: Stop | None = None,
    python: str = sys.executable,
) -> Verification:
    """The comparison of one notebook with its project.

    Args:
        notebook: The notebook; its code is run.
        program: What it lifts to.
        project: Folder of the exported project; its code is run.
        tolerance: Largest relative difference between floats that counts as equal.
        edited: Files that were changed by hand since the export.
        workflows: Rehearse the project's workflows too.
        progress: Told what runs.
        stop: Ends what runs when it is asked to; what was begun leaves nothing behind.
        python: Interpreter that runs the project.

    Raises:
        NbexportError: One of the two does not run.
        StoppedError: It was asked to stop.
    """
    stop = stop or Stop()
    if not (project / "train.py").is_file():
        raise NbexportError(
            f"`{project}` is no exported project", why="it has no train.py", fix="export the notebook first"
        )
    examples = program.predict.examples if program.predict is not None else ()
    with tempfile.TemporaryDirectory(prefix="nbexport-verify-") as folder:
        scratch = Path(folder)
        left = run_notebook(
            notebook,
            values=program.state,
            examples=examples,
            evaluated=_evaluated(program) if is_service(project) else (),
            after=_last_cell(program),
            scratch=scratch,
            progress=progress,
            stop=stop,
        )
        trained = partial(
            run_project,
            project.resolve(),
            values=program.state,
            examples=examples,
            data=_data(notebook, project),
            progress=progress,
            stop=stop,
            python=python,
        )
        right = trained(scratch=scratch, hash_seed=HashSeed.PROJECT)
        shared = [name for name in program.state if name in left["values"] and name in right["values"]]
        different = list(_differences(left, right, shared, tolerance))
        hashed = False
        if different:
            progress("project: once more, with texts hashed as in the notebook's run")
            again = scratch / "hashed alike"
            again.mkdir()
            hashed = not any(_differences(left, trained(scratch=again, hash_seed=HashSeed.NOTEBOOK), shared, tolerance))
        served = None
        if program.predict is not None and is_service(project):
            served = run_service(
                project.resolve(),
                bundle=scratch / "bundle",
                examples=examples,
                rows=left["rows"],
                scratch=scratch,
                progress=progress,
                stop=stop,
                python=python,
            )
        rehearsed: tuple[Rehearsed, ...] = ()
        if workflows:
            copies = scratch / "rehearsal"
            copies.mkdir()
            rehearsed = rehearse(project.resolve(), scratch=copies, progress=progress, stop=stop, python=python)
    different = [*(Difference(DifferenceKind.SERVICE, *difference) for difference in served or ()), *different]
    return Verification(
        notebook=program.notebook,
        digest=program.digest,
        equal=not different,
        tolerance=tolerance,
        metrics=tuple(right["metrics"]),
        values=tuple(shared),
        predictions=min(len(left["predictions"]), len(right["predictions"])),
        differences=tuple(different),
        edited=edited,
        missing=tuple(name for name in program.state if name not in shared),
        served=None if served is None else len(right["predictions"]) + len(left["rows"]),
        rehearsed=rehearsed,
        hashed=hashed,
    )


def _differences(
    left: Mapping[str, Any], right: Mapping[str, Any], shared: Iterable[str], tolerance: float
) -> Iterator[Difference]:
    """Where the notebook (left) and the project's training run (right) differ; `shared`: values that both have."""
    for name, one, other in _metrics(left["metrics"], right["metrics"], tolerance):
        yield Difference(DifferenceKind.METRIC, name, one, other)
    for name in shared:
        for path, one, other in differences(left["values"][name], right["values"][name], tolerance, name):
            yield Difference(DifferenceKind.VALUE, path, one, other)
    for (text, one_tree), (_, other_tree) in zip(left["predictions"], right["predictions"], strict=False):
        for path, one, other in differences(one_tree, other_tree, tolerance or 1e-6):
            yield Difference(DifferenceKind.PREDICTION, f"{text}{path}", one, other)
    answered = len(left["predictions"]), len(right["predictions"])
    if answered[0] != answered[1]:
        yield Difference(DifferenceKind.PREDICTION, "number of examples", *map(str, answered))


def _last_cell(program: Program) -> int:
    """The last cell that the project was made from: what later cells bind is no part of the comparison."""
    cells = [cell for stage in program.stages for cell in stage.cells]
    if program.predict is not None:
        cells.append(program.predict.cell)
    return max(cells, default=0)


def _evaluated(program: Program) -> list[str]:
    """Where rows may be found that `predict` takes: what the evaluation reads, then what the other stages make."""
    read = [name for stage in program.stages if stage.role == Role.EVALUATE for name in stage.inputs]
    return list(dict.fromkeys([*read, *(name for stage in program.stages for name in stage.outputs)]))


def _data(notebook: Notebook, project: Path) -> Path | None:
    """The notebook's own data, so that both sides read the same bytes; None where the project's default has to do."""
    try:
        tree = ast.parse((project / "model.py").read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        # running the project says it better
        return None
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == "DATA":
            value = statement.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                path = Path(notebook.path).resolve().parent / value.value
                return path if path.exists() else None
    return None


def _metrics(left: Any, right: dict[str, Any], tolerance: float) -> list[tuple[str, str, str]]:
    """(name, notebook, project) of each metric that differs."""
    if left is None:
        return [("metrics", "not bound", "bound")]
    found: list[tuple[str, str, str]] = []
    for name in dict.fromkeys([*left, *right]):
        if name not in left or name not in right:
            found.append((name, repr(left.get(name, "absent")), repr(right.get(name, "absent"))))
        else:
            found += differences(snapshot(_floats(left[name])), snapshot(_floats(right[name])), tolerance, name)
    return found


def _floats(value: Any) -> Any:
    """Plain JSON in which 1 and 1.0 are the same: a metric's type is the library's business."""
    if isinstance(value, dict):
        return {key: _floats(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_floats(entry) for entry in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return float(value)
    return value
