"""The runs of several notebooks, one after the other, each in a kernel of its own; what they computed, as one run.

A notebook by itself is the case of one. The results are those of the notebook that exported code took them from:
`metrics` of the one that fills them, predictions of the one that defines `predict`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from nbexport.analysis.joined import home
from nbexport.model import Notebook
from nbexport.program import Program
from nbexport.read.joining import parts
from nbexport.verify.kernel import NotebookRun, run_notebook
from nbexport.verify.limits import Limits
from nbexport.verify.processes import Progress
from nbexport.verify.stopping import Stop


def run_notebooks(
    notebook: Notebook,
    program: Program,
    *,
    values: Sequence[str],
    evaluated: Sequence[str],
    needed: Collection[int],
    scratch: Path,
    progress: Progress,
    stop: Stop,
    limits: Limits,
) -> NotebookRun:
    """What the notebook computes in a fresh kernel, or what several compute, each in its own.

    They run in their own folder, where a later one reads the files that an earlier one has written.

    Args:
        notebook: What was read; its code is run.
        program: What it lifts to.
        values: Names whose values are compared.
        evaluated: Names of values that may hold rows to predict.
        needed: Numbers of the cells that the export takes something from; another one that fails is passed over.
        scratch: An empty folder for what the kernels leave.
        progress: Told which cell runs.
        stop: Ends a kernel when it is asked to.
        limits: What each kernel may use.

    Raises:
        NbexportError: A needed cell fails, or no Python kernel can be started.
        LimitError: It takes too long or too much memory.
    """
    examples = program.predict.examples if program.predict is not None else ()
    predicts = home(program.predict.cell) if program.predict is not None else ""
    cells = _cells(program)
    runs: dict[str, NotebookRun] = {}
    for number, part in enumerate(list(parts(notebook)) or [notebook]):
        name = Path(part.path).name if notebook.parts else ""
        folder = scratch / str(number) if notebook.parts else scratch
        folder.mkdir(exist_ok=True)
        runs[name] = run_notebook(
            part,
            values=values,
            examples=examples if name == predicts else (),
            evaluated=evaluated,
            after=max((cell for cell in cells if home(cell) == name), default=0),
            needed=needed,
            scratch=folder,
            progress=progress,
            stop=stop,
            limits=limits,
        )
    return next(iter(runs.values())) if not notebook.parts else _together(runs, program, predicts)


def last_cell(program: Program) -> int:
    """The last cell that the project was made from: what later cells bind is not part of the comparison."""
    return max(_cells(program), default=0)


def _cells(program: Program) -> list[int]:
    """The cells that the project was made from."""
    cells = [cell for stage in program.stages for cell in stage.cells]
    return cells if program.predict is None else [*cells, program.predict.cell]


def _together(runs: dict[str, NotebookRun], program: Program, predicts: str) -> NotebookRun:
    """The runs as one."""
    last = list(runs)[-1]
    given = {name: home(max(stage.cells)) for stage in program.stages for name in stage.outputs if stage.cells}
    values: dict[str, Any] = {}
    for run in runs.values():
        values |= run.values
    for name in values:
        # what is saved is what `predict` reads in its own notebook, or else what the last stage leaves
        owner = predicts or given.get(name, last)
        if name in runs[owner].values:
            values[name] = runs[owner].values[name]
    served = runs[predicts or last]
    return NotebookRun(
        runs[given.get("metrics", last)].metrics,
        values,
        served.predictions,
        served.rows,
        tuple(passed for run in runs.values() for passed in run.passed_over),
        max(run.peak_bytes for run in runs.values()),
    )
