"""The comparison: both are run, and what they computed is laid side by side."""

from __future__ import annotations

import ast
import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.levels import PIPELINE, PLATFORM
from nbexport.model import Notebook, Role
from nbexport.program import Program, Refused
from nbexport.verify import repeating
from nbexport.verify.fresh import FreshEnvironments
from nbexport.verify.kernel import NotebookRun
from nbexport.verify.kernels import run_notebooks
from nbexport.verify.limits import MEMORY_SHARE, LimitError, Limits, machine_bytes
from nbexport.verify.metrics import metric_differences
from nbexport.verify.processes import Manner, Progress, ProjectRun, Run, describe_machine, run_project
from nbexport.verify.rehearsal import rehearse
from nbexport.verify.service import Answers, is_service, run_service
from nbexport.verify.simulation import simulate
from nbexport.verify.snapshot import brief, cuts, differences
from nbexport.verify.stopping import Stop
from nbexport.verify.verification import (
    PREDICTION_TOLERANCE,
    Difference,
    DifferenceKind,
    Rehearsed,
    Simulated,
    Unrepeated,
    Verification,
)


def compare(
    notebook: Notebook,
    program: Program,
    *,
    project: Path,
    needed: Collection[int],
    tolerance: float = 0.0,
    edited: tuple[str, ...] = (),
    to_rehearse: int = 0,
    fresh: bool = False,
    limits: Limits | None = None,
    progress: Progress = lambda step: None,
    stop: Stop | None = None,
    python: str = sys.executable,
) -> Verification:
    """The comparison of one notebook with its project, which is run twice.

    Args:
        notebook: The notebook; its code is run.
        program: What it lifts to.
        project: Folder of the exported project; its code is run.
        needed: Numbers of the cells that the export takes something from.
        tolerance: Largest relative difference between floats that counts as equal.
        edited: Files that were changed by hand since the export.
        to_rehearse: The level whose workflows are rehearsed too, and from level 4 on a few days of traffic simulated.
        fresh: Run the project in an empty environment made from its requirements alone, its tests too.
        limits: What each process may use; the usual limits when None.
        progress: Told what runs.
        stop: Ends what runs when it is asked to; what was begun leaves nothing behind.
        python: Interpreter that runs the project, or that a fresh environment is made from.

    Raises:
        NbexportError: One of the two does not run.
        LimitError: One of them takes too long or too much memory.
        StoppedError: It was asked to stop.
    """
    stop, limits = stop or Stop(), limits or Limits()
    if not (project / "train.py").is_file():
        raise NbexportError(
            f"`{project}` is not an exported project", why="it has no train.py", fix="export the notebook first"
        )
    examples = program.predict.examples if program.predict is not None else ()
    secrets = {parameter.name for parameter in program.parameters if parameter.secret}
    # a difference would be written down
    state = tuple(name for name in program.state if name not in secrets)
    with tempfile.TemporaryDirectory(prefix="nbexport-verify-") as folder:
        scratch = Path(folder)
        left = run_notebooks(
            notebook,
            program,
            values=state,
            evaluated=evaluated(program) if is_service(project) else (),
            needed=needed,
            scratch=scratch,
            progress=progress,
            stop=stop,
            limits=limits,
        )
        made = (
            FreshEnvironments(
                project.resolve(), scratch=scratch, progress=progress, stop=stop, limits=limits, python=python
            )
            if fresh
            else None
        )
        trainer = python if made is None else made.training()
        server = trainer if made is None or not is_service(project) else made.service()
        numbers = itertools.count(1)
        # not in each run: of two threads that parse at a time, one fails now and then in CPython 3.11, with a
        # SystemError about the depth of its recursion
        data = notebook_data(Path(notebook.path), project)

        def train(manner: Manner) -> ProjectRun:
            return run_project(
                project.resolve(),
                values=state,
                examples=examples,
                data=data,
                secrets=program.secrets,
                scratch=scratch / f"run {next(numbers)}",
                progress=progress,
                stop=stop,
                python=trainer,
                manner=manner,
                limits=limits,
            )

        def same(one: Run, other: Run) -> bool:
            return not any(_differences(one, other, tolerance))

        right, second = repeating.two_runs(train, same=same, together=_fit_together(left), stop=stop)
        different = list(_differences(left, right, tolerance))
        unrepeated = [Unrepeated(d.kind, d.name, d.notebook, d.project) for d in _differences(right, second, tolerance)]
        cause, explained = None, False
        if different or unrepeated:
            cause, explained = repeating.cause(
                left,
                right,
                train,
                same=same,
                repeats=not unrepeated,
                unseeded=bool(program.unseeded),
                torch=any(module.partition(".")[0] == "torch" for module in program.imports),
                progress=progress,
            )
        served, answers = None, Answers((), 0)
        if program.predict is not None and is_service(project):
            answers = _served(
                partial(
                    run_service,
                    project.resolve(),
                    bundle=right.bundle,
                    examples=examples,
                    rows=left.rows,
                    secrets=program.secrets,
                    scratch=scratch,
                    progress=progress,
                    stop=stop,
                    python=server,
                    limits=limits,
                ),
                different=bool(different or unrepeated),
            )
            different = [*answers.different, *different]
            served = len(right.predictions) + len(left.rows)
        machine = describe_machine(project.resolve(), stop=stop, python=trainer, limits=limits)
        environment = None if made is None else made.tested(trainer, program.secrets)
        rehearsed: tuple[Rehearsed, ...] = ()
        if to_rehearse >= PIPELINE:
            copies = scratch / "rehearsal"
            copies.mkdir()
            rehearsed = rehearse(
                project.resolve(),
                scratch=copies,
                progress=progress,
                stop=stop,
                secrets=program.secrets,
                python=python,
                limits=limits,
            )
        simulated: Simulated | None = None
        if to_rehearse >= PLATFORM:
            copies = scratch / "simulation"
            copies.mkdir()
            simulated = simulate(
                project.resolve(),
                scratch=copies,
                progress=progress,
                stop=stop,
                secrets=program.secrets,
                python=python if made is None else made.platform(),
                limits=limits,
            )
    shared = _shared(left, right)
    return Verification(
        notebook=program.notebook,
        digest=program.digest,
        equal=not different and not unrepeated,
        tolerance=tolerance,
        metrics=tuple(right.metrics),
        values=tuple(name for name in state if name in shared),
        predictions=min(len(left.predictions), len(right.predictions)),
        differences=tuple(different),
        edited=edited,
        missing=tuple(name for name in state if name not in shared),
        served=served,
        under_load=answers.under_load,
        turned=answers.turned,
        rehearsed=rehearsed,
        simulated=simulated,
        cause=cause,
        explained=explained,
        unrepeated=tuple(unrepeated),
        passed_over=left.passed_over,
        partial=tuple(_partial(left, right)),
        figures=right.metrics,
        shown={name: brief(right.values[name]) for name in state if name in shared},
        answers=tuple((text, brief(answer)) for text, answer in right.predictions),
        machine=machine,
        fresh=environment,
    )


def not_exported(refused: Refused, name: str) -> NbexportError:
    """The error that says why there is nothing to compare with.

    Args:
        refused: The findings.
        name: File name of the notebook.
    """
    first = refused.against[0]
    return NbexportError(
        f"`{name}` cannot be exported, so there is nothing to compare with",
        why=f"{first.code} in cell {first.problem.cell}: {first.problem.message}",
        fix=f"run `nbexport check {name}`",
    )


def _served(ask: Callable[[], Answers], *, different: bool) -> Answers:
    """What the live service answers; where something differs already, a service that refuses to serve is part of it.

    Raises:
        NbexportError: It does not serve, and nothing that was compared before says why.
    """
    try:
        return ask()
    except LimitError:
        raise
    except NbexportError as error:
        if not different:
            raise
        reason = (error.why or error.what).splitlines()[-1]
        return Answers((Difference(DifferenceKind.SERVICE, "/ready", "ready", reason),), 0)


def _fit_together(notebook: NotebookRun) -> bool:
    """Whether two trainings may run at a time: there are processors and, as the notebook shows, memory for both."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors > 1 and 2 * notebook.peak_bytes < MEMORY_SHARE * machine_bytes()


def _shared(left: Run, right: Run) -> list[str]:
    """The values that both have."""
    return [name for name in left.values if name in right.values]


def _partial(left: Run, right: Run) -> Iterator[tuple[str, str]]:
    """What was compared in part, and what was left out of it."""
    for name in _shared(left, right):
        for reason in dict.fromkeys([*cuts(left.values[name]), *cuts(right.values[name])]):
            yield name, reason
    trees = [tree for run in (left, right) for _, tree in run.predictions]
    for reason in dict.fromkeys(reason for tree in trees for reason in cuts(tree)):
        yield "predictions", reason


def _differences(left: Run, right: Run, tolerance: float) -> Iterator[Difference]:
    """Where two runs differ: the notebook's (left) and the project's, or two of the project's."""
    for name, one, other in metric_differences(left.metrics, right.metrics, tolerance):
        yield Difference(DifferenceKind.METRIC, name, one, other)
    for name in _shared(left, right):
        for path, one, other in differences(left.values[name], right.values[name], tolerance, name):
            yield Difference(DifferenceKind.VALUE, path, one, other)
    for (text, one_tree), (_, other_tree) in zip(left.predictions, right.predictions, strict=False):
        for path, one, other in differences(one_tree, other_tree, tolerance or PREDICTION_TOLERANCE):
            yield Difference(DifferenceKind.PREDICTION, f"{text}{path}", one, other)
    answered = len(left.predictions), len(right.predictions)
    if answered[0] != answered[1]:
        yield Difference(DifferenceKind.PREDICTION, "number of examples", *map(str, answered))


def evaluated(program: Program) -> list[str]:
    """Where rows may be found that `predict` takes: what the evaluation reads, then what the other stages make."""
    read = [name for stage in program.stages if stage.role == Role.EVALUATE for name in stage.inputs]
    return list(dict.fromkeys([*read, *(name for stage in program.stages for name in stage.outputs)]))


def notebook_data(notebook: Path, project: Path) -> Path | None:
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
                path = notebook.resolve().parent / value.value
                return path if path.exists() else None
    return None
