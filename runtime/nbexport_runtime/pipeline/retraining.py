"""Everything in order: fetch, validate, train, register, judge, promote, describe; one run at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import (
    cards,
    datasets,
    decisions,
    judgement,
    processes,
    promotion,
    runs,
    syncing,
    validation,
)
from nbexport_runtime.pipeline.decisions import Check, Decision
from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.outcome import DONE, REFUSED, Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.training import record

FAILED = 1
"""The exit code of `train.py` when a gate or a stage failed."""


@contextmanager
def alone(project: Project, wait_s: float, *, first: bool = False, urgent: bool = False) -> Iterator[None]:
    """Keep other commands from changing models meanwhile; pull from the store before, push to it after.

    Args:
        project: The project.
        wait_s: How long to wait for another run.
        first: There is no model yet, so the store may be empty.
        urgent: What is here decides, and the store only gets what changed, if it is responding.

    Raises:
        PipelineError: Another run holds the lock and does not end in time, or the store is not responding.
    """
    with locked(project, wait_s):
        if urgent and project.current is not None:
            yield
            send_later(project)
            return
        sync = syncing.of(project)
        sync.pull(first=first)
        try:
            yield
        except PipelineError:
            # a run that failed leaves its log
            send_later(project)
            raise
        sync.push()


@contextmanager
def locked(project: Project, wait_s: float) -> Iterator[None]:
    """Keep other commands on this machine from changing models meanwhile.

    Raises:
        PipelineError: Another run holds the lock, and does not end in time.
    """
    try:
        from filelock import FileLock, Timeout
    except ImportError:
        raise PipelineError("filelock is not installed: python -m pip install -r requirements-pipeline.txt") from None
    project.models.mkdir(parents=True, exist_ok=True)
    lock = FileLock(project.models / ".lock", timeout=wait_s)
    try:
        lock.acquire()
    except Timeout:
        raise PipelineError("another run is changing the models; wait for it with --wait-s, nothing was done") from None
    try:
        yield
    finally:
        lock.release()


def send_later(project: Project) -> None:
    """Bring what changed here to the store; where that fails, the next command does it."""
    try:
        syncing.of(project).push()
    except PipelineError as error:
        print(f"warning: {error}; it is done here, and the next command brings it to the store", file=sys.stderr)


def look(project: Project) -> None:
    """Bring what the store has here before something is only looked at; without the store, what is here is shown."""
    try:
        with locked(project, 0.0):
            syncing.of(project).pull()
    except PipelineError as error:
        if project.current is None:
            raise
        print(f"warning: {error}; shown is what is here", file=sys.stderr)


def valid(project: Project, data: Path) -> validation.Report:
    """Compare a data set with the schema, and keep the report; learn the schema where there is none yet."""
    return validation.check(project, data)


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
    done = subprocess.run(
        [*command, *options],
        cwd=project.code,
        # what the notebook's code prints is not the outcome
        stdout=sys.stderr,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, **processes.SAME_ORDER, record.FOLDER: str(run.folder)},
    )
    sys.stderr.write(done.stderr)
    why = reason(done.returncode, done.stderr)
    run.end(done.returncode, why, done.stderr, project.candidate)
    if done.returncode not in (DONE, FAILED) or usage_in(done.stderr):
        raise PipelineError(f"train.py: {why}")
    return why


def reason(code: int, said: str) -> str:
    """Why a training left no model; empty where it did."""
    if code == DONE:
        return ""
    lines = said.strip().splitlines()
    usage = usage_in(said)
    if usage or code != FAILED:
        return str((usage or lines or ["it was killed"])[-1])
    last = ([line for line in lines if " ERROR " in line] or lines or ["it says nothing"])[-1]
    return last.partition("ERROR")[2].strip() or last


def usage_in(said: str) -> list[str]:
    """The lines that say that options are wrong, or data is missing."""
    return [line for line in said.strip().splitlines() if line.startswith("error: ")]


def judged(project: Project, bundle: Path, registry: Registry, min_improvement: float | None) -> Decision:
    """The decision on a candidate, against production where there is one; recorded."""
    gates = project.settings().gates
    asked = gates.min_improvement if min_improvement is None else min_improvement
    decision = judgement.judge(project, bundle, project.current, gates, asked)
    decisions.record(project.decisions, decision)
    registry.tag(decision.candidate, "verdict", decision.verdict)
    if decision.reasons:
        registry.tag(decision.candidate, "reasons", "; ".join(decision.reasons))
    return decision


def promote(
    project: Project, bundle: Path, registry: Registry, min_improvement: float | None, report: Path | None
) -> Decision:
    """Judge a candidate and make it production where it is good enough."""
    registry.follow()
    registry.register(bundle)
    decision = judged(project, bundle, registry, min_improvement)
    if decision.accepted:
        promotion.promote(project, bundle, registry)
    describe(project, bundle)
    decisions.append(report, decision)
    return decision


def describe(project: Project, bundle: Path) -> None:
    """Write the cards."""
    data = (manifest(bundle).get("data_set") or {}).get("id")
    cards.write(project, bundle, datasets.place(project, data) if data else None)


def refuse(project: Project, kind: str, reasons: Sequence[str], report: Path | None) -> Decision:
    """Record that there is no candidate to judge."""
    checks = tuple(Check(kind, False, reason) for reason in reasons)
    now = project.current
    baseline = str(manifest(now)["version"]) if now else None
    decision = Decision("refuse", f"no-candidate-{kind}", baseline, checks)
    decisions.record(project.decisions, decision)
    decisions.append(report, decision)
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
) -> Outcome:
    """One whole round.

    Args:
        project: The project.
        source: Where the data comes from; empty is what `pipeline.toml` says.
        options: Options of `train.py`.
        min_improvement: How much better the candidate must be; None is what `pipeline.toml` says.
        report: A file that gets the decision as Markdown.
        wait_s: How long to wait for another run.
        first: There is no model yet, so the store may be empty.

    Raises:
        PipelineError: A step could not be done; production is as it was.
    """
    with alone(project, wait_s, first=first):
        registry = Registry(project)
        registry.follow()
        data = fetched(project, source)
        if data is not None:
            validated = valid(project, data)
            if not validated.valid:
                return ended(refuse(project, "data", validated.reasons, report))
        why = train(project, data, options)
        if why:
            return ended(refuse(project, "training", [why], report))
        return ended(promote(project, project.candidate, registry, min_improvement, report))


def fetched(project: Project, source: str) -> Path | None:
    """The newest data as `data/train`; None where the notebook has none that could be fetched."""
    if not source and project.source is None and not project.stages.data:
        return None
    record = datasets.fetch(project, source)
    output = project.data / "train"
    datasets.put(project, record["id"], output)
    return output


def ended(decision: Decision) -> Outcome:
    """A decision as the outcome of a command."""
    facts: dict[str, Any] = {**decision.facts(), "promoted": decision.accepted}
    return Outcome(decision.lines(), facts, DONE if decision.accepted else REFUSED)
