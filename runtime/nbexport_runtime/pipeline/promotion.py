"""A candidate becomes production if it is better: what is judged is the immutable copy, and that is what is placed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from nbexport_runtime.pipeline import cards, datasets, decisions, judgement, placing, shares
from nbexport_runtime.pipeline.decisions import Check, Decision
from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.outcome import PipelineError, progress
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.traffic.placements import PROMOTED, ROLLOUT_FINISHED, Journal, MovedError


def promote(
    project: Project, bundle: Path, registry: Registry, min_improvement: float | None, report: Path | None
) -> Decision:
    """Judge a candidate and make it production where it is good enough.

    Raises:
        PipelineError: It cannot be judged, or another version has a rollout, or an experiment is under way.
    """
    seen = project.journal
    version = str(manifest(bundle)["version"])
    state = shares.under_way(project)
    shares.no_experiment(state)
    if state is not None and shares.candidate(state).version != version:
        other = shares.candidate(state)
        raise PipelineError(
            f"a rollout of `{other.version}` is under way with {other.weight_percent:g} %: finish it with "
            f"`python rollout.py finish` or end it with `python rollout.py abort`, then promote `{version}`"
        )
    kept = enter(project, bundle, registry)
    decision = judged(project, kept, min_improvement)
    if decision.accepted:
        decision = place(project, kept, decision, PROMOTED if state is None else ROLLOUT_FINISHED, seen)
    conclude(project, registry, decision, report)
    return decision


def enter(project: Project, bundle: Path, registry: Registry) -> Path:
    """Register a bundle; its immutable folder, which is what is judged from now on."""
    kept = placing.keep(project, bundle)
    progress(f"registering {kept.name}")
    registry.follow()
    registry.register(kept)
    return kept


def judged(project: Project, kept: Path, min_improvement: float | None) -> Decision:
    """The decision on a candidate, against production where there is one."""
    progress(f"judging {kept.name}")
    gates = project.settings().gates
    asked = gates.min_improvement if min_improvement is None else min_improvement
    return judgement.judge(project, kept, project.current, gates, asked)


def place(project: Project, kept: Path, decision: Decision, reason: str, seen: Journal) -> Decision:
    """Make an accepted candidate production; the decision, which is a refusal where production changed meanwhile."""
    try:
        placement = placing.place(project, kept, reason, seen)
    except MovedError:
        now = project.journal.production
        text = (
            f"production became {now.version if now else 'none'} while {kept.name} was judged: judge it again with "
            f"`python promote.py --candidate models/versions/{kept.name}`"
        )
        return replace(decision, verdict="refuse", checks=(*decision.checks, Check("placing", False, text)))
    return replace(decision, verdict="promote", placed=placement.time)


def conclude(project: Project, registry: Registry, decision: Decision, report: Path | None) -> None:
    """Have everything follow what was decided: the decision itself, folder, traffic, registry, cards.

    The journal has it already: what cannot follow now is a warning, and the next command has it follow.
    """
    decisions.kept(project.decisions, decision, report)
    for trouble in placing.settle(project):
        print(f"warning: {trouble}", file=sys.stderr)
    try:
        registry.tag(decision.candidate, "verdict", decision.verdict)
        if decision.reasons:
            registry.tag(decision.candidate, "reasons", "; ".join(decision.reasons))
        registry.follow()
        describe(project, project.versions / decision.candidate)
    except (PipelineError, OSError) as error:
        print(
            f"warning: {error}; it is decided nevertheless, and the next command has the rest follow", file=sys.stderr
        )


def describe(project: Project, bundle: Path) -> None:
    """Write the cards."""
    data = (manifest(bundle).get("data_set") or {}).get("id")
    cards.write(project, bundle, datasets.place(project, data) if data else None)
