"""The start of an experiment: its candidates pass their gates, its plan is frozen, and they get their shares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nbexport_runtime.pipeline import promotion, shares
from nbexport_runtime.pipeline.decisions import Decision
from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.outcome import REFUSED, Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.platform.experiments import assignment, journal, plan, running
from nbexport_runtime.platform.experiments.plan import Plan
from nbexport_runtime.traffic import clock, traffic
from nbexport_runtime.traffic.placements import MovedError


def start(project: Project, name: str) -> Outcome:
    """Judge the candidates of a plan, and begin where all are good enough.

    Args:
        project: The project; nothing else changes its models meanwhile.
        name: The experiment.

    Raises:
        PipelineError: It cannot begin, or a candidate cannot be judged.
    """
    begun = plan.read(project, name)
    stand = running.standing(project, name)
    if stand.state != running.PLANNED:
        raise PipelineError(
            f"`{name}` is {stand.state} since {stand.ended or stand.started}; an experiment begins once, "
            "plan another one with another name"
        )
    free(project, begun)
    registry = Registry(project)
    decisions = []
    for arm in begun.treatments:
        kept = promotion.enter(project, bundle(project, registry, arm.version), registry)
        decisions.append(promotion.judged(project, kept, None))
    refused = [decision for decision in decisions if not decision.accepted]
    if refused:
        for decision in refused:
            promotion.conclude(project, registry, decision, None)
        lines = tuple(line for decision in refused for line in decision.lines())
        return Outcome(lines, {"reasons": [text for decision in refused for text in decision.reasons]}, REFUSED)
    write(project, begun)
    for decision, arm in zip(decisions, begun.treatments, strict=True):
        promotion.conclude(project, registry, with_share(decision, name, arm.share_percent), None)
    return running.status(project, name)


def free(project: Project, begun: Plan) -> None:
    """Look whether the traffic is free for an experiment.

    Raises:
        PipelineError: There is no production, it is not the plan's control, or other candidates have shares.
    """
    placement = project.journal.production
    if placement is None:
        raise PipelineError("there is no production yet; `python retrain.py --first` trains the first model")
    if placement.version != begun.control.version:
        raise PipelineError(
            f"production is `{placement.version}` now, and the control of the plan is `{begun.control.version}`: "
            f"plan it again with `python experiment.py plan {begun.name} --arm {begun.control.name}=production:… …`"
        )
    state = shares.under_way(project)
    shares.no_experiment(state)
    if state is not None:
        raise PipelineError("a rollout is under way; `python rollout.py finish` or `python rollout.py abort` ends it")


def bundle(project: Project, registry: Registry, version: str) -> Path:
    """The bundle of a version: the last training, or what the registry has and vouches for.

    Raises:
        PipelineError: It is nowhere.
    """
    candidate = project.candidate
    if (candidate / "manifest.json").is_file() and str(manifest(candidate)["version"]) == version:
        return candidate
    return registry.bundle(version)


def write(project: Project, begun: Plan) -> None:
    """Freeze the plan and give the arms their shares; replacing the file of the traffic is the moment of the start.

    Raises:
        PipelineError: A file cannot be written, or another command changed the traffic meanwhile.
    """
    generation = traffic.generation_of(project.traffic)
    free(project, begun)
    placement = project.journal.production
    started = clock.now().isoformat(timespec="microseconds")
    with journal.alone(project):
        frozen = journal.append(project, journal.FROZEN, None, experiment=begun.name, plan_sha256=begun.sha256)
        fresh = assignment.traffic_of(begun, placement.time if placement else "", started)
        try:
            traffic.write(project.traffic, fresh, after=generation)
        except MovedError:
            raise PipelineError(
                "the traffic was changed meanwhile, and that stands; look at it with `python rollout.py status`"
            ) from None
        except ValueError as error:
            raise PipelineError(f"these shares cannot be: {error}; plan it again") from None
        except OSError as error:
            raise PipelineError(f"`{project.traffic}` cannot be written: {error.strerror or error}") from None
        journal.append(project, journal.STARTED, frozen, time=started)


def with_share(decision: Decision, name: str, percent: float) -> Decision:
    """The decision on a candidate that gets a share in an experiment."""
    remark = f"it gets {percent:g} % of the traffic in the experiment {name}"
    return replace(decision, verdict="rollout", remarks=(*decision.remarks, remark))
