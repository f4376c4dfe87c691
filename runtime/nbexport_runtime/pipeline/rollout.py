"""A rollout: a share of the traffic for a candidate, more and more of it, until it is production or none."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import placing, promotion, shares
from nbexport_runtime.pipeline.decisions import Decision
from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.outcome import Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.traffic import tail
from nbexport_runtime.traffic.comparing import Comparison
from nbexport_runtime.traffic.placements import ROLLOUT_FINISHED
from nbexport_runtime.traffic.traffic import WHOLE_PERCENT, Arm, Traffic


def start(project: Project, version: str, percent: float) -> Decision:
    """Judge a candidate, and begin with a share for it where it is good enough.

    Args:
        project: The project.
        version: The candidate as the registry names it; empty is `models/candidate`.
        percent: Its share of the traffic.

    Raises:
        PipelineError: There is no production, another rollout is under way, or it cannot be judged.
    """
    if not project.placed:
        raise PipelineError("there is no production yet: the first model needs no rollout")
    state = shares.under_way(project)
    shares.no_experiment(state)
    if state is not None:
        raise PipelineError("a rollout is under way; `python rollout.py finish` or `python rollout.py abort` ends it")
    registry = Registry(project)
    bundle = registry.bundle(version) if version else project.candidate
    return admit(project, bundle, registry, percent, None, None)


def shadow(project: Project, version: str, sample_percent: float) -> Outcome:
    """Give a candidate copies of a share of the requests; production goes on answering all of them.

    Args:
        project: The project.
        version: The candidate as the registry names it; empty is `models/candidate`.
        sample_percent: The share of the requests that are copied.

    Raises:
        PipelineError: There is no production, a rollout is under way, or there is no such version.
    """
    if not project.placed:
        raise PipelineError("there is no production yet that a shadow could be compared with; train one first")
    if shares.under_way(project) is not None:
        raise PipelineError("a rollout is under way; `python rollout.py finish` or `python rollout.py abort` ends it")
    here = project.versions / version
    if version and (here / "manifest.json").is_file():
        kept = here
    else:
        kept = placing.keep(project, Registry(project).bundle(version) if version else project.candidate)
    placement = project.journal.production
    if placement is not None and placement.version == kept.name:
        raise PipelineError(f"{kept.name} is production; name another version, as `python registry.py list` shows them")
    state = shares.begin(project, kept.name, sample_percent, mode="shadow")
    lines = (f"{kept.name} gets a copy of {sample_percent:g} % of the requests; {state.production} answers all",)
    return Outcome(lines, {"production": state.production, "rollout": described(shares.candidate(state), state)})


def admit(
    project: Project,
    bundle: Path,
    registry: Registry,
    percent: float,
    min_improvement: float | None,
    report: Path | None,
) -> Decision:
    """Judge a candidate and give it its first share where it is good enough; the decision, which is recorded."""
    kept = promotion.enter(project, bundle, registry)
    decision = promotion.judged(project, kept, min_improvement)
    if decision.accepted:
        shares.begin(project, kept.name, percent)
        decision = with_share(decision, percent)
    promotion.conclude(project, registry, decision, report)
    return decision


def step(project: Project, registry: Registry, min_improvement: float | None, report: Path | None) -> Decision:
    """Judge the candidate of the rollout again: it gets the next share, becomes production, or gets nothing."""
    seen, state = project.journal, answering(project)
    arm = shares.candidate(state)
    kept = placing.keep(project, registry.bundle(arm.version))
    decision = promotion.judged(project, kept, min_improvement)
    percent = following(project.settings().rollout.steps, arm.weight_percent)
    if not decision.accepted:
        shares.end(project)
        remark = f"its rollout ended at {arm.weight_percent:g} %"
        decision = replace(decision, remarks=(*decision.remarks, remark))
    elif percent < WHOLE_PERCENT:
        shares.change(project, state, percent)
        decision = with_share(decision, percent)
    else:
        decision = promotion.place(project, kept, decision, ROLLOUT_FINISHED, seen)
    promotion.conclude(project, registry, decision, report)
    return decision


def answering(project: Project) -> Traffic:
    """The rollout that is under way, in which the candidate answers.

    Raises:
        PipelineError: There is none, or the candidate only gets copies.
    """
    state = shares.needed(project)
    if state.mode == "shadow":
        raise PipelineError(
            f"{shares.candidate(state).version} only gets copies and answers nobody; end that with "
            "`python rollout.py abort`, then begin with `python rollout.py start`"
        )
    return state


def following(steps: tuple[float, ...], percent: float) -> float:
    """The share after one; 100 after the last step."""
    return next((step for step in steps if step > percent), WHOLE_PERCENT)


def with_share(decision: Decision, percent: float) -> Decision:
    """The decision on a candidate that gets a share."""
    remark = f"it gets {percent:g} % of the traffic"
    return replace(decision, verdict="rollout", remarks=(*decision.remarks, remark))


def finish(project: Project) -> Outcome:
    """Make the candidate production."""
    seen, state = project.journal, answering(project)
    version = shares.candidate(state).version
    before = seen.production.version if seen.production else None
    registry = Registry(project)
    decision = Decision("promote", version, before, (), remarks=("the rollout was finished",))
    kept = placing.keep(project, registry.bundle(version))
    decision = promotion.place(project, kept, decision, ROLLOUT_FINISHED, seen)
    promotion.conclude(project, registry, decision, None)
    if not decision.accepted:
        raise PipelineError("; ".join(decision.reasons))
    return Outcome((f"{version} is production now",), {"production": version})


def status(project: Project) -> Outcome:
    """What is under way; what is damaged is named, and production answers all then."""
    placement = project.journal.production
    folder = project.production
    production = placement.version if placement else str(manifest(folder)["version"]) if project.placed else "none"
    facts: dict[str, Any] = {"production": production, "rollout": None}
    try:
        state = shares.under_way(project)
    except PipelineError as error:
        return Outcome((f"production: {production}", str(error)), {**facts, "damaged": str(error)})
    if state is None:
        return Outcome((f"production: {production}", "no rollout is under way"), facts)
    arm = shares.candidate(state)
    if state.mode == "shadow":
        seen = comparison(project, arm.version, state.started)
        lines = (
            f"production: {production}, answers all",
            f"shadow:     {arm.version}, a copy of {arm.weight_percent:g} % since {state.started}",
            *seen.lines(),
        )
        return Outcome(lines, {**facts, "rollout": described(arm, state), "comparison": seen.facts()})
    lines = (
        f"production: {production}, {state.percent(production):g} % of the traffic",
        f"candidate:  {arm.version}, {arm.weight_percent:g} % since {state.started}",
    )
    return Outcome(lines, {**facts, "rollout": described(arm, state)})


def described(arm: Arm, state: Traffic) -> dict[str, Any]:
    """A candidate and its share, for programs."""
    return {"version": arm.version, "percent": arm.weight_percent, "mode": state.mode}


def comparison(project: Project, version: str, since: str) -> Comparison:
    """A shadow and production, by the lines of the prediction log since a moment.

    Args:
        project: The project.
        version: The version that gets copies.
        since: The moment, in ISO 8601.
    """
    seen = Comparison(version)
    for record in tail.whole(tail.log_of(project.root)):
        if str(record.get("time", "")) >= since[:19]:
            seen.add(record)
    return seen


def gateway(project: Project) -> Outcome:
    """The route of a cluster's gateway, with the shares that the two models have now.

    Raises:
        PipelineError: `deploy/gateway.yaml` is missing, or does not name production and the candidate, in this order.
    """
    state = shares.under_way(project)
    candidate = 0.0 if state is None else shares.candidate(state).weight_percent
    # weights are whole numbers, of which only the proportion counts
    scale = 1 if candidate == int(candidate) else 100
    weights = [round((100 - candidate) * scale), round(candidate * scale)]
    path = project.root / "deploy" / "gateway.yaml"
    try:
        parts = re.split(r"(?m)(?<=^          weight: )[0-9]+$", path.read_text("utf-8"))
    except OSError:
        raise PipelineError(f"`{path}` cannot be read") from None
    if len(parts) != len(weights) + 1:
        raise PipelineError(f"`{path}` does not have the weights of two services")
    text = f"{parts[0]}{weights[0]}{parts[1]}{weights[1]}{parts[2]}".rstrip("\n")
    return Outcome((text,), {"weights": weights, "manifest": text})
