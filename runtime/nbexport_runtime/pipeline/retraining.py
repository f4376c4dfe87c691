"""Everything in order: fetch, validate, train, register, judge, promote or begin a rollout, describe."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from nbexport_runtime.pipeline import (
    datasets,
    decisions,
    processes,
    promotion,
    rollout,
    runs,
    shares,
    turns,
    validation,
)
from nbexport_runtime.pipeline.decisions import Check, Decision
from nbexport_runtime.pipeline.outcome import DONE, REFUSED, Outcome, PipelineError, progress
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.traffic.traffic import WHOLE_PERCENT, Arm
from nbexport_runtime.training import record

FAILED = 1
"""The exit code of `train.py` when a gate or a stage failed."""


def train(project: Project, data: Path | None, options: Sequence[str]) -> str:
    """Run `train.py`; why it left no model, or nothing where it did.

    Raises:
        PipelineError: Wrong options, or missing data.
    """
    command = processes.command(project.settings().training.processes, "train.py")
    command += ["--output", str(project.candidate), "--keep-failing"]
    if data is not None:
        command += ["--data", str(data)]
    run = runs.begin(project)
    with subprocess.Popen(
        [*command, *options],
        cwd=project.code,
        # what the notebook's code prints is not the outcome
        stdout=sys.stderr,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, **processes.SAME_ORDER, record.FOLDER: str(run.folder)},
    ) as training:
        text = shown(training.stderr)
    why = reason(training.returncode, text)
    run.end(training.returncode, why, text, project.candidate)
    if training.returncode not in (DONE, FAILED) or usage_in(text):
        raise PipelineError(f"train.py: {why}")
    return why


def shown(stream: IO[str] | None) -> str:
    """All that a training says, which is shown as it says it."""
    lines = []
    for line in stream or ():
        sys.stderr.write(line)
        sys.stderr.flush()
        lines.append(line)
    return "".join(lines)


def reason(code: int, output: str) -> str:
    """Why a training left no model; empty where it did."""
    if code == DONE:
        return ""
    lines = output.strip().splitlines()
    usage = usage_in(output)
    if usage or code != FAILED:
        return str((usage or lines or ["it was killed"])[-1])
    last = ([line for line in lines if " ERROR " in line] or lines or ["it says nothing"])[-1]
    return last.partition("ERROR")[2].strip() or last


def usage_in(output: str) -> list[str]:
    """The lines that say that options are wrong, or data is missing."""
    return [line for line in output.strip().splitlines() if line.startswith("error: ")]


def refuse(project: Project, kind: str, reasons: Sequence[str], report: Path | None) -> Decision:
    """Record that there is no candidate to judge."""
    checks = tuple(Check(kind, False, reason) for reason in reasons)
    now = project.journal.production
    decision = Decision("refuse", f"no-candidate-{kind}", now.version if now else None, checks)
    decisions.kept(project.decisions, decision, report)
    return decision


def retrain(
    project: Project,
    *,
    source: str = "",
    options: Sequence[str] = (),
    min_improvement: float | None = None,
    report: Path | None = None,
    wait_s: float = 0.0,
    first: bool = False,
    share: float | None = None,
    because: str = "",
) -> Outcome:
    """One whole round; during a rollout, the next step of it.

    Args:
        project: The project.
        source: Where the data comes from; empty is what `pipeline.toml` says.
        options: Options of `train.py`.
        min_improvement: How much better the candidate must be; None is what `pipeline.toml` says.
        report: A file that gets the decision as Markdown.
        wait_s: How long to wait for another run.
        first: There is no model yet, so the store may be empty.
        share: What an accepted candidate gets of the traffic, in per cent; None makes it production.
        because: Why, for the record of the decision.

    Raises:
        PipelineError: A step could not be done; production is as it was.
    """
    with turns.alone(project, wait_s, first=first), decisions.because(because):
        under_way = shares.under_way(project)
        shares.no_experiment(under_way)
        if under_way is not None:
            may_go_on(shares.candidate(under_way), share)
        registry = Registry(project)
        registry.follow()
        progress("fetching the data")
        data = fetched(project, source)
        if data is not None:
            validated = validation.check(project, data)
            if not validated.valid:
                return ended(refuse(project, "data", validated.reasons, report))
            data = put(project, data)
        if under_way is not None:
            return ended(rollout.step(project, registry, min_improvement, report))
        progress("training")
        why = train(project, data, options)
        if why:
            return ended(refuse(project, "training", [why], report))
        if share is None or share >= WHOLE_PERCENT or not project.placed:
            return ended(promotion.promote(project, project.candidate, registry, min_improvement, report))
        return ended(rollout.admit(project, project.candidate, registry, share, min_improvement, report))


def may_go_on(arm: Arm, share: float | None) -> None:
    """Look whether a retraining may go on with the rollout that is under way.

    Raises:
        PipelineError: It was not asked to, or somebody has taken all traffic from the candidate.
    """
    begins = f"a rollout of `{arm.version}` is under way with {arm.weight_percent:g} %"
    ends = "end it with `python rollout.py abort`"
    if share is None:
        raise PipelineError(
            f"{begins}: go on with it by `python retrain.py --rollout`, make it production with "
            f"`python rollout.py finish`, or {ends}"
        )
    if not arm.weight_percent:
        raise PipelineError(
            f"{begins}, as somebody has set it: give it a share with `python rollout.py set 10`, or {ends}"
        )


def fetched(project: Project, source: str) -> Path | None:
    """The newest data set; None where the notebook has none that could be fetched."""
    if not source and project.source is None and not project.stages.data:
        return None
    return datasets.place(project, datasets.fetch(project, source)["id"])


def put(project: Project, data: Path) -> Path:
    """Make `data/train` a copy of a data set that was checked; where that is."""
    output = project.data / "train"
    datasets.put(project, data.name, output)
    return output


def ended(decision: Decision) -> Outcome:
    """A decision as the outcome of a command."""
    facts: dict[str, Any] = {**decision.facts(), "promoted": decision.verdict == "promote"}
    return Outcome(decision.lines(), facts, DONE if decision.accepted else REFUSED)
