"""Whether a candidate may become production: its own gates, and the comparison with the model that is there.

A gate that cannot be computed refuses, and says why. Two settings soften that where a person says so in pipeline.toml:
`interval = "optional"` for evaluations that read no rows that could be drawn, and `baseline`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import comparison
from nbexport_runtime.pipeline.decisions import Check, Decision
from nbexport_runtime.pipeline.evidence import Difference, Evidence, Ratio, Significance
from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.markdown import number
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.pairs import Metric
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.scorers import ScoringError
from nbexport_runtime.pipeline.scoring import finite
from nbexport_runtime.pipeline.settings import REQUIRED, Gates
from nbexport_runtime.pipeline.subsets import significantly_worse

LESS_IS_BETTER = re.compile(r"loss|error|mae|mse|rmse|mape|perplexity|brier|log_?loss", re.IGNORECASE)
PASSES: dict[str, Callable[[float, float], bool]] = {
    ">": lambda value, threshold: value > threshold,
    ">=": lambda value, threshold: value >= threshold,
    "<": lambda value, threshold: value < threshold,
    "<=": lambda value, threshold: value <= threshold,
    "==": lambda value, threshold: value == threshold,
}
INTERVAL_HINT = 'set interval = "optional" in [gates] of pipeline.toml to judge by the figures alone'


def judge(project: Project, candidate: Path, baseline: Path | None, gates: Gates, min_improvement: float) -> Decision:
    """Compare a candidate with production.

    Args:
        project: The project.
        candidate: Its bundle.
        baseline: The bundle of production; None where there is none yet: baselines take its place.
        gates: The settings.
        min_improvement: How much better it must be, in units of the metric.

    Raises:
        PipelineError: There is no metric to decide by, a bundle was changed, or its data is gone.
    """
    facts = manifest(candidate)
    version = str(facts["version"])
    if baseline is not None and manifest(baseline)["version"] == version:
        check = Check("relative", False, "it is the model that is in production")
        return Decision("refuse", version, version, (check,))
    own = facts.get("gates", {})
    metric = Metric(*deciding(facts, gates))
    guarded = {
        name: more_is_better(name, facts)
        for name in dict.fromkeys([*(gate["metric"] for gate in own.values()), *gates.guard])
        if name != metric.name
    }
    try:
        evidence = comparison.gather(project, candidate, baseline, gates, metric, guarded)
    except ScoringError as error:
        other = str(manifest(baseline)["version"]) if baseline is not None else None
        check = Check("relative" if other else "absolute", False, str(error))
        return Decision("refuse", version, other, (check,), metric.name)
    checks = absolute(own, evidence.mine.metrics)
    if evidence.theirs is None:
        checks += first(evidence, gates, bool(checks))
    else:
        checks += against_production(evidence, metric, gates, min_improvement)
    verdict = "promote" if checks and all(check.passed for check in checks) else "refuse"
    return Decision(
        verdict,
        version,
        evidence.theirs.version if evidence.theirs is not None else None,
        tuple(checks),
        metric.name,
        tuple(differences(evidence)),
        evidence.mine.rows,
        tuple(remarks(evidence)),
    )


def differences(evidence: Evidence) -> list[Difference]:
    """All differences: the one that decides first."""
    tested = [evidence.main, evidence.fresh, *evidence.baselines]
    main, *others = [entry.difference if entry is not None else None for entry in tested]
    slices = [part.difference for part in evidence.slices]
    return [entry for entry in (main, *evidence.guards.values(), *others, *slices) if entry is not None]


def remarks(evidence: Evidence) -> list[str]:
    """What a person should know beside the checks."""
    notes = [score.remark for score in (evidence.mine, evidence.theirs) if score is not None and score.remark]
    notes += evidence.remarks
    if evidence.theirs is None:
        notes.insert(0, "there is no production yet: the absolute gates and the baselines decide")
        return notes + [f"no baseline: {why}" for why in evidence.no_baseline if why not in notes]
    if evidence.mine.again != evidence.theirs.again:
        notes.append("the two were not scored in the same way")
    notes += [f"slice {part.name} is not judged: {part.problem}" for part in evidence.slices if part.problem]
    if why := evidence.slices_problem or evidence.slices_remark:
        notes.append(f"slices are not judged: {why}")
    if evidence.fresh_remark:
        notes.append(f"no fresh rows are scored: {evidence.fresh_remark}")
    return notes


# ---------------------------------------------------------------------- its own gates


def absolute(gates: dict[str, Any], metrics: Mapping[str, Any]) -> list[Check]:
    """The notebook's own gates."""
    checks = []
    for name, gate in gates.items():
        value = metrics.get(gate["metric"])
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
        text = f"{name}: {gate['metric']} is {number(value)}, must be {gate['operator']} {number(gate['threshold'])}"
        passes = PASSES.get(gate["operator"])
        passed = passes is not None and value is not None and finite(value) and passes(value, gate["threshold"])
        if value is None or not finite(value):
            text += ": it cannot be computed"
        checks.append(Check("absolute", passed, text))
    return checks


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


# ---------------------------------------------------------------------- a first model


def first(evidence: Evidence, gates: Gates, has_absolute: bool) -> list[Check]:
    """Better than what takes no effort. A constant beyond chance; a rule on one column in the figures.

    A first model often has few rows to be scored on, and its absolute gates say how good it must be, so the rule need
    not be beaten beyond chance.
    """
    checks = []
    if not evidence.mine.again and gates.interval == REQUIRED:
        checks.append(Check("absolute", False, f"{evidence.mine.remark}; {INTERVAL_HINT}"))
    for tested in evidence.baselines:
        gain = tested.difference
        text = f"baseline {gain.on}: {shown(gain, gates)}"
        why = ""
        if gain.gain <= 0:
            why = "the model is not better"
        elif tested.problem:
            why = tested.problem
        elif not tested.clear and gain.on.startswith("constant"):
            why = "not significant, chance explains the gain"
        checks.append(Check("baseline", not why, f"{text}: {why}" if why else text))
    missing = "; ".join(evidence.no_baseline)
    if not evidence.baselines and gates.baseline == REQUIRED:
        text = f"no baseline can be computed: {missing}"
        checks.append(Check("baseline", False, f'{text}; set baseline = "optional" in [gates] of pipeline.toml'))
    elif not evidence.baselines and not has_absolute:
        text = f"nothing says whether a first model is good enough: it has no gate, and no baseline ({missing})"
        checks.append(Check("absolute", False, f"{text}; add an assert on a metric to the notebook, and export it"))
    return checks


# ---------------------------------------------------------------------- against production


def against_production(evidence: Evidence, metric: Metric, gates: Gates, min_improvement: float) -> list[Check]:
    """Better in the metric that decides, and not worse in anything else."""
    if evidence.problem:
        return [Check("relative", False, evidence.problem)]
    if evidence.main is None:
        return [Check("relative", False, f"{metric.name}: one of the two has no number to compare")]
    checks = [improved(evidence.main, gates, min_improvement)]
    checks += [guard(name, difference, gates) for name, difference in evidence.guards.items()]
    checks += sliced(evidence, gates)
    checks += fresh(evidence, gates)
    for kind, ratio, limit in (
        ("latency", evidence.latency, gates.max_latency_ratio),
        ("size", evidence.size, gates.max_size_ratio),
    ):
        if limit:
            checks.append(within(kind, ratio, limit))
    return checks


def shown(gain: Difference, gates: Gates) -> str:
    """A difference in words, with its interval and how many drawings it took."""
    text = f"{gain.metric}: {number(gain.baseline)} to {number(gain.candidate)}, a gain of {number(gain.gain)}"
    if gain.low is not None and gain.high is not None:
        text += f" (confidence {gates.confidence:.0%}: {number(gain.low)} to {number(gain.high)}"
        text += f", {gain.drawings} drawings)"
    return text


def improved(main: Significance, gates: Gates, min_improvement: float) -> Check:
    """Whether the gain is significant and large enough."""
    gain = main.difference
    text, why = shown(gain, gates), ""
    if gain.gain == 0:
        why = "equal is not better"
    elif gain.gain < 0:
        why = "worse than production"
    elif gain.gain < min_improvement:
        why = f"at least {number(min_improvement)} is required"
    elif main.problem and gates.interval == REQUIRED:
        why = f"no interval can be computed: {main.problem}; {INTERVAL_HINT}"
    elif not main.problem and not main.clear:
        why = "not significant, chance explains the gain"
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


def sliced(evidence: Evidence, gates: Gates) -> list[Check]:
    """Whether no slice got worse. What a person named must be judged, but for categories with few rows."""
    checks = []
    if evidence.slices_problem and gates.interval == REQUIRED:
        checks.append(Check("slice", False, f"slices cannot be judged: {evidence.slices_problem}; {INTERVAL_HINT}"))
    for name in evidence.unknown:
        why = evidence.slices_problem or evidence.slices_remark or "it is not a column with 2 to 50 values"
        checks.append(Check("slice", False, f"slice {name} cannot be judged: {why}"))
    for part in evidence.slices:
        if part.lost or (part.problem and part.named and not part.few):
            checks.append(Check("slice", False, f"slice {part.name} cannot be judged: {part.problem}"))
    judged = [part for part in evidence.slices if part.difference is not None]
    for name in gates.slices:
        own = [part for part in evidence.slices if part.column == name]
        if own and all(part.few for part in own):
            checks.append(Check("slice", False, f"slice {name} cannot be judged: each of its values has too few rows"))
    for part, difference in significantly_worse(evidence.slices, gates.confidence):
        text = f"slice {part.name} ({part.rows} rows): {shown(difference, gates)}"
        checks.append(Check("slice", False, f"{text}: worse (tolerated: {number(gates.slice_tolerance)})"))
    if judged and not checks:
        least, name = min((part.difference.gain, part.name) for part in judged if part.difference is not None)
        text = f"{len(judged)} slices, none worse beyond chance; the least gain is {number(least)}, for {name}"
        checks.append(Check("slice", True, text))
    return checks


def fresh(evidence: Evidence, gates: Gates) -> list[Check]:
    """Whether the candidate is not worse on fresh rows."""
    if evidence.fresh is None:
        if not evidence.fresh_problem or gates.interval != REQUIRED:
            return []
        return [Check("fresh", False, f"fresh rows cannot be scored: {evidence.fresh_problem}; {INTERVAL_HINT}")]
    gain = evidence.fresh.difference
    text = f"fresh rows, {shown(gain, gates)}"
    if evidence.fresh.problem and gates.interval == REQUIRED:
        return [
            Check("fresh", False, f"{text}: no interval can be computed: {evidence.fresh.problem}; {INTERVAL_HINT}")
        ]
    worse = gain.gain < 0 and evidence.fresh.clear
    return [Check("fresh", not worse, f"{text}: worse than production on the newest data" if worse else text)]


def within(kind: str, ratio: Ratio, limit: float) -> Check:
    """Whether the candidate needs no more of something than is allowed."""
    key = f"max_{kind}_ratio"
    if ratio.problem or not ratio.ratio > 0:
        why = ratio.problem or "it was not measured"
        return Check(kind, False, f"{kind} cannot be compared: {why}; set {key} = 0 in pipeline.toml to do without")
    text = f"{kind}: {number(ratio.baseline)} to {number(ratio.candidate)} {ratio.unit}, {ratio.ratio:.3g} times"
    passed = ratio.ratio <= limit
    return Check(
        kind, passed, f"{text} (at most {number(limit)})" if passed else f"{text}, at most {number(limit)} allowed"
    )
