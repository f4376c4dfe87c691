"""Whether a candidate may become production: its own gates, and the comparison with the model that is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import comparison
from nbexport_runtime.pipeline.comparison import Difference, Score
from nbexport_runtime.pipeline.decisions import Check, Decision
from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.markdown import number
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.scoring import finite
from nbexport_runtime.pipeline.settings import Gates

LESS_IS_BETTER = re.compile(r"loss|error|mae|mse|rmse|mape|perplexity|brier|log_?loss", re.IGNORECASE)
PASSES: dict[str, Callable[[float, float], bool]] = {
    ">": lambda value, threshold: value > threshold,
    ">=": lambda value, threshold: value >= threshold,
    "<": lambda value, threshold: value < threshold,
    "<=": lambda value, threshold: value <= threshold,
    "==": lambda value, threshold: value == threshold,
}


def judge(project: Project, candidate: Path, baseline: Path | None, gates: Gates, min_improvement: float) -> Decision:
    """Compare a candidate with production.

    Args:
        project: The project.
        candidate: Its bundle.
        baseline: The bundle of production; None where there is none yet, and the absolute gates decide alone.
        gates: The settings.
        min_improvement: How much better it must be, in units of the metric.

    Raises:
        PipelineError: One of the two cannot be scored.
    """
    facts = manifest(candidate)
    version = str(facts["version"])
    if baseline is not None and manifest(baseline)["version"] == version:
        check = Check("relative", False, "it is the model that is in production")
        return Decision("refuse", version, version, (check,))
    mine, theirs = comparison.scores(project, candidate, baseline, gates)
    checks = absolute(facts.get("gates", {}), mine.metrics)
    metric, up = deciding(facts, gates)
    differences: list[Difference] = []
    remarks = [f"{s.version}: {s.remark}" for s in (mine, theirs) if s and s.remark]
    if theirs is None:
        remarks.append("there is no production yet: the absolute gates decide alone")
    else:
        if mine.again != theirs.again:
            remarks.append("the two were not scored in the same way")
        guarded = {
            name: more_is_better(name, facts)
            for name in dict.fromkeys([*(g["metric"] for g in facts.get("gates", {}).values()), *gates.guard])
            if name != metric
        }
        against = relative(metric, up, guarded, mine, theirs, gates, min_improvement)
        checks += [check for check, _ in against]
        differences += [found for _, found in against if found is not None]
    verdict = "promote" if all(check.passed for check in checks) else "refuse"
    return Decision(
        verdict,
        version,
        theirs.version if theirs is not None else None,
        tuple(checks),
        metric,
        tuple(differences),
        mine.rows,
        tuple(remarks),
    )


def absolute(gates: dict[str, Any], metrics: dict[str, Any]) -> list[Check]:
    """The notebook's own gates."""
    found = []
    for name, gate in gates.items():
        value = metrics.get(gate["metric"])
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
        text = f"{name}: {gate['metric']} is {number(value)}, must be {gate['operator']} {number(gate['threshold'])}"
        passed = value is not None and finite(value) and PASSES[gate["operator"]](value, gate["threshold"])
        found.append(Check("absolute", passed, text))
    return found


def deciding(facts: dict[str, Any], gates: Gates) -> tuple[str, bool]:
    """The metric that decides, and whether more of it is better.

    Raises:
        PipelineError: There is none.
    """
    metrics = facts.get("metrics", {})
    known = [gate["metric"] for gate in facts.get("gates", {}).values()]
    usable = [name for name, value in metrics.items() if finite(value)]
    metric = gates.metric or next(iter([*known, *usable]), "")
    if metric not in metrics:
        raise PipelineError(
            f"no metric `{metric}` to decide by; pipeline.toml [gates] metric may name one of: {', '.join(usable)}"
        )
    return metric, more_is_better(metric, facts, gates.direction)


def more_is_better(metric: str, facts: dict[str, Any], direction: str = "") -> bool:
    """Whether more of a metric is better: as its gate says, else as its name does."""
    if direction:
        return direction == "up"
    for gate in facts.get("gates", {}).values():
        if gate["metric"] == metric and gate["operator"] != "==":
            return gate["operator"] in (">", ">=")
    return LESS_IS_BETTER.search(metric) is None


def relative(
    metric: str,
    up: bool,
    guarded: dict[str, bool],
    mine: Score,
    theirs: Score,
    gates: Gates,
    min_improvement: float,
) -> list[tuple[Check, Difference | None]]:
    """Better in the metric that decides, and not worse in those that are guarded."""
    main = comparison.difference(metric, up, mine, theirs, gates.confidence)
    if main is None:
        text = f"{metric}: one of the two has no number to compare"
        return [(Check("relative", False, text), None)]
    check = improved(main, gates, min_improvement)
    if check.passed and (mine.cut or theirs.cut):
        # how fast a machine is must not decide
        why = f"rows could not be drawn often enough within {number(gates.resampling_limit_s)} s for an interval"
        check = Check("relative", False, f"{check.text}: {why}; raise resampling_limit_s in pipeline.toml")
    checks: list[tuple[Check, Difference | None]] = [(check, main)]
    for name, better_up in guarded.items():
        other = comparison.difference(name, better_up, mine, theirs, gates.confidence)
        checks.append((guard(name, other, gates), other))
    return checks


def improved(main: Difference, gates: Gates, min_improvement: float) -> Check:
    """Whether the gain is significant and large enough."""
    text = f"{main.metric}: {number(main.baseline)} to {number(main.candidate)}, a gain of {number(main.gain)}"
    if main.low is not None and main.high is not None:
        text += f" (confidence {gates.confidence:.0%}: {number(main.low)} to {number(main.high)})"
    why = ""
    if main.gain == 0:
        why = "equal is not better"
    elif main.gain < 0:
        why = "worse than production"
    elif main.gain < min_improvement:
        why = f"at least {number(min_improvement)} is required"
    elif main.low is not None and main.low <= 0:
        why = "not significant, the interval includes 0"
    return Check("relative", not why, f"{text}: {why}" if why else text)


def guard(name: str, other: Difference | None, gates: Gates) -> Check:
    """Whether a guarded metric is as good as it was."""
    if other is None:
        text = f"guard {name}: one of the two has no number to compare"
        return Check("guard", False, text)
    text = f"guard {name}: {number(other.baseline)} to {number(other.candidate)}"
    sure = other.high is not None and other.high < 0
    if -other.gain > gates.guard_tolerance or sure:
        tolerated = number(gates.guard_tolerance)
        text += f", worse by {number(-other.gain)} (tolerated: {tolerated})"
        return Check("guard", False, text)
    return Check("guard", True, text)
