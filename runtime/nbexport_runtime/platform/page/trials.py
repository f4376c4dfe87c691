"""Experiments, as their room judges them now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import analysis, plan, running
from nbexport_runtime.platform.experiments.analysis import Analysis
from nbexport_runtime.platform.experiments.running import Standing
from nbexport_runtime.platform.page.state import Experiment

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def experiments(project: Project, tables: DuckDBPyConnection, now: datetime) -> tuple[Experiment, ...]:
    """Every experiment that was planned: those under way, then the newest.

    Args:
        project: The project.
        tables: The views `predictions` and `outcomes`.
        now: What was later is not looked at; in UTC, without a zone.
    """
    trials = []
    for name in plan.names(project):
        try:
            trials.append(one(project, tables, running.standing(project, name), now))
        except PipelineError as error:
            trials.append(("", Experiment(name, "", "cannot be told", "", (str(error),), ())))
    trials.sort(key=lambda pair: (pair[1].status == "running", pair[0]), reverse=True)
    return tuple(experiment for _, experiment in trials)


def one(project: Project, tables: DuckDBPyConnection, stand: Standing, now: datetime) -> tuple[str, Experiment]:
    """When an experiment began, and what is known of it.

    Raises:
        PipelineError: Its plan cannot be read, or was changed.
    """
    planned = running.frozen(project, stand)
    if not stand.started:
        arms = tuple((arm.name, arm.version, 0) for arm in planned.arms)
        return "", Experiment(stand.name, planned.hypothesis, stand.state, "", (), arms, metric=planned.primary.label)
    # what an experiment says does not change once it has ended
    ended = datetime.fromisoformat(stand.ended) if stand.ended else now.replace(tzinfo=UTC)
    until = min(ended.astimezone(UTC).replace(tzinfo=None), now)
    return stand.started, analyzed(stand, analysis.analyze(tables, planned, stand, until))


def analyzed(stand: Standing, result: Analysis) -> Experiment:
    """One experiment that has begun."""
    planned, verdict = result.plan, result.verdict
    arms = tuple((arm.name, arm.version, result.counted.exposed.get(arm.name, 0)) for arm in planned.arms)
    primary = [effect for effect in result.effects if effect.role == "primary" and effect.low is not None]
    shown = next((effect for effect in primary if effect.arm == verdict.arm), primary[0] if primary else None)
    interval = None
    if shown is not None and shown.low is not None and shown.high is not None:
        interval = (shown.low, shown.difference, shown.high)
    reasons = (*verdict.reasons, *([f"ended: {stand.reason}"] if stand.reason else ()))
    return Experiment(
        stand.name,
        planned.hypothesis,
        stand.state,
        verdict.answer,
        reasons,
        arms,
        interval,
        f"{planned.primary.label}, {shown.arm} against {planned.control.name}" if shown else planned.primary.label,
    )
