"""The winner of an experiment becomes production: by the journal of placings, as the candidate of a rollout does."""

from __future__ import annotations

from nbexport_runtime.pipeline import placing, promotion
from nbexport_runtime.pipeline.decisions import Decision
from nbexport_runtime.pipeline.outcome import Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.platform.experiments import journal, running
from nbexport_runtime.traffic.placements import ROLLOUT_FINISHED


def ship(project: Project, name: str, version: str, reason: str) -> Outcome:
    """Make a version production and end its experiment; done twice, it says what happened the first time.

    Args:
        project: The project; nothing else changes its models meanwhile.
        name: The experiment.
        version: The winner.
        reason: What the report said.

    Raises:
        PipelineError: The experiment is not under way, or production changed meanwhile.
    """
    seen = project.journal
    with journal.alone(project):
        stand = running.settle(project, name)
        if stand.state == journal.SHIPPED:
            return Outcome((f"{stand.version} is production since {stand.ended}, by {name}",), stand.facts())
        if stand.state not in (running.RUNNING, running.STOPPING):
            raise PipelineError(
                f"`{name}` is {stand.state}, so nothing is under way that could be shipped; have the version judged "
                f"with `python promote.py --candidate models/versions/{version}`"
            )
        last = journal.read(project, name)[-1]
        journal.append(project, journal.STOPPING, last, reason=reason, version=version)
    registry = Registry(project)
    before = seen.production.version if seen.production else None
    decision = Decision("promote", version, before, (), remarks=(f"the experiment {name}: {reason}",))
    kept = placing.keep(project, registry.bundle(version))
    decision = promotion.place(project, kept, decision, ROLLOUT_FINISHED, seen)
    promotion.conclude(project, registry, decision, None)
    stand = running.standing(project, name)
    if not decision.accepted:
        raise PipelineError("; ".join(decision.reasons))
    return Outcome((f"{version} is production now; {name} is {stand.state}",), stand.facts())
