"""A rollout: a share of the traffic for a candidate, more and more of it, until it is production or none."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime

from nbexport_runtime.pipeline import decisions, promotion, retraining
from nbexport_runtime.pipeline.decisions import Decision
from nbexport_runtime.pipeline.files import manifest, write_text
from nbexport_runtime.pipeline.outcome import Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.service import rollout_state


def start(project: Project, version: str, percent: float) -> Outcome:
    """Begin with a candidate.

    Args:
        project: The project.
        version: The candidate as the registry names it; empty is `models/candidate`.
        percent: Its share of the traffic.

    Raises:
        PipelineError: There is no production, or another rollout is under way.
    """
    if project.current is None:
        raise PipelineError("there is no production yet: the first model needs no rollout")
    if running(project) is not None:
        raise PipelineError("a rollout is under way; finish or abort it first")
    registry = Registry(project)
    bundle = registry.bundle(version) if version else project.candidate
    candidate = str(manifest(bundle)["version"])
    if candidate == manifest(project.current)["version"]:
        raise PipelineError(f"`{candidate}` is in production already")
    registry.register(bundle)
    decision = retraining.judged(project, bundle, registry, None)
    if not decision.accepted:
        return retraining.ended(decision)
    promotion.keep(project, bundle)
    state = rollout_state.Rollout(
        candidate=f"versions/{candidate}",
        version=candidate,
        percent=percent,
        salt=uuid.uuid4().hex,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        key_header="X-Rollout-Key",
    )
    write_text(project.rollout, rollout_state.text(state))
    return status(project)


def change(project: Project, percent: float) -> Outcome:
    """Give the candidate another share."""
    state = replace(needed(project), percent=percent)
    write_text(project.rollout, rollout_state.text(state))
    return status(project)


def finish(project: Project) -> Outcome:
    """Make the candidate production."""
    state = needed(project)
    before = str(manifest(project.production)["version"])
    promotion.promote(project, project.models / state.candidate, Registry(project))
    decision = Decision("promote", state.version, before, (), remarks=("the rollout was finished",))
    decisions.record(project.decisions, decision)
    return Outcome((f"{state.version} is production now",), {"production": state.version})


def abort(project: Project) -> Outcome:
    """Send all traffic back to production."""
    state = needed(project)
    project.rollout.unlink(missing_ok=True)
    return Outcome(
        (f"all traffic goes to production again; {state.version} gets none",),
        {"aborted": state.version},
    )


def status(project: Project) -> Outcome:
    """What is under way."""
    state = running(project)
    production = str(manifest(project.current)["version"]) if project.current else "none"
    if state is None:
        lines = (f"production: {production}", "no rollout is under way")
        return Outcome(lines, {"production": production, "rollout": None})
    lines = (
        f"production: {production}, {100 - state.percent:g} % of the traffic",
        f"candidate:  {state.version}, {state.percent:g} % since {state.started}",
    )
    rollout = {"version": state.version, "percent": state.percent}
    return Outcome(lines, {"production": production, "rollout": rollout})


def gateway(project: Project) -> Outcome:
    """The route of a cluster's gateway, with the shares that the two models have now.

    Raises:
        PipelineError: `deploy/gateway.yaml` is missing, or does not name production and the candidate, in this order.
    """
    state = running(project)
    candidate = 0.0 if state is None else state.percent
    # weights are whole numbers, of which only the proportion counts
    scale = 1 if candidate == int(candidate) else 100
    shares = [round((100 - candidate) * scale), round(candidate * scale)]
    path = project.root / "deploy" / "gateway.yaml"
    try:
        parts = re.split(r"(?m)(?<=^          weight: )[0-9]+$", path.read_text("utf-8"))
    except OSError:
        raise PipelineError(f"`{path}` cannot be read") from None
    if len(parts) != len(shares) + 1:
        raise PipelineError(f"`{path}` does not have the weights of two services")
    text = f"{parts[0]}{shares[0]}{parts[1]}{shares[1]}{parts[2]}".rstrip("\n")
    return Outcome((text,), {"weights": shares, "manifest": text})


def running(project: Project) -> rollout_state.Rollout | None:
    """The rollout that is under way.

    Raises:
        PipelineError: Its file says something else.
    """
    try:
        return rollout_state.read(project.rollout)
    except ValueError as error:
        raise PipelineError(f"`{project.rollout}`: {error}") from None


def needed(project: Project) -> rollout_state.Rollout:
    """The rollout that is under way, where there must be one.

    Raises:
        PipelineError: There is none.
    """
    state = running(project)
    if state is None:
        raise PipelineError("no rollout is under way; begin one with python rollout.py start")
    return state
