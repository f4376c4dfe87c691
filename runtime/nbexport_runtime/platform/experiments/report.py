"""The result of an experiment for a terminal and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nbexport_runtime.pipeline.markdown import code, escaped, row
from nbexport_runtime.platform.experiments.analysis import Analysis
from nbexport_runtime.platform.experiments.effects import Effect
from nbexport_runtime.platform.experiments.verdict import RULE, SHIP, interval

HEADS = ("metric", "role", "arm", "control", "arm's mean", "difference", "confidence sequence", "shown")


def text(analysis: Analysis) -> tuple[str, ...]:
    """The result, in lines for a terminal."""
    plan, counted = analysis.plan, analysis.counted
    head = f"{plan.name}: {analysis.verdict.answer}"
    lines = [f"{head} {analysis.verdict.arm} ({analysis.verdict.version})" if analysis.verdict.arm else head]
    lines += [f"  {reason}" for reason in analysis.verdict.reasons]
    lines += [f"  {arm.name}: {arm.version}, {counted.exposed[arm.name]:,} units exposed" for arm in plan.arms]
    for effect in analysis.effects:
        sequence = "" if effect.low is None else f"{interval(effect)}, "
        lines.append(f"  {effect.role}, {effect.metric}, {effect.arm}: {sequence}{shown(effect)}")
    lines += [f"  note: {note}" for note in notes(analysis)]
    if analysis.verdict.answer == SHIP:
        lines.append(f"  place it with `python experiment.py stop {plan.name} --ship`")
    return tuple(lines)


def shown(effect: Effect) -> str:
    """Whether a difference is shown, in words."""
    if effect.low is None:
        return "too few units"
    if not effect.significant:
        return "no difference shown"
    return "better" if effect.gain[1] > 0 else "worse"


def notes(analysis: Analysis) -> Iterator[str]:
    """What people should know of the figures."""
    counted, plan = analysis.counted, analysis.plan
    if counted.begins is None:
        yield "not every arm has answered somebody yet, so nobody counts"
    if counted.two_arms:
        yield f"{counted.two_arms:,} units were answered by two arms and count nowhere"
    if counted.early:
        yield f"{counted.early:,} units were asked before every arm had answered somebody, and do not count"
    if counted.unanswered:
        yield f"{counted.unanswered:,} units were only answered by production in place of their arm, or not at all"
    if pending := waiting(analysis):
        yield (
            f"{pending:,} units were exposed less than {plan.primary.window_days:g} days ago: "
            f"their value of {plan.primary.label} is not final and does not count yet"
        )
    for effect in analysis.effects:
        if effect.without_value and effect.arm == plan.treatments[0].name:
            counts = "and count 0" if missing_counts_zero(analysis, effect) else "and are left out"
            yield f"{effect.without_value:,} units have no value of {effect.metric} {counts}"
        if effect.variance_reduction_percent is not None:
            yield (
                f"{effect.metric}, {effect.arm}: the time before the start takes "
                f"{effect.variance_reduction_percent:.0f} % off the variance"
            )
    if analysis.standing.ended:
        yield f"the experiment is {analysis.standing.state} since {analysis.standing.ended}"


def waiting(analysis: Analysis) -> int:
    """The exposed units whose value of the primary metric is not final; 0 where none has to wait."""
    primary = [effect for effect in analysis.effects if effect.role == "primary"]
    if not primary or not analysis.plan.primary.window_days or analysis.plan.primary.kind == "error":
        return 0
    final = primary[0].control_units + sum(effect.arm_units for effect in primary)
    left_out = 0 if missing_counts_zero(analysis, primary[0]) else primary[0].without_value
    return max(0, sum(analysis.counted.exposed.values()) - final - left_out)


def missing_counts_zero(analysis: Analysis, effect: Effect) -> bool:
    """Whether a unit without a value of a metric counts 0."""
    metric = next(metric for metric in analysis.plan.metrics if metric.label == effect.metric)
    return metric.kind == "outcome" and metric.missing == "zero"


def cells(effect: Effect) -> tuple[str, ...]:
    """An effect as the cells of a table, in the order of `HEADS`."""
    low, high = effect.low, effect.high
    sequence = "" if low is None or high is None else f"{low:+.4g} to {high:+.4g}"
    return (
        effect.metric,
        effect.role,
        effect.arm,
        number(effect.control_mean),
        number(effect.arm_mean),
        number(effect.difference, "+.4g"),
        sequence,
        shown(effect),
    )


def number(value: float, form: str = ".4g") -> str:
    """A number; empty where it is not known."""
    return "" if math.isnan(value) else format(value, form)


def markdown(analysis: Analysis) -> str:
    """The result for a pull request or a wiki."""
    plan, verdict = analysis.plan, analysis.verdict
    arm = f" {code(verdict.arm)} ({code(verdict.version)})" if verdict.arm else ""
    lines = [f"## {escaped(plan.name)}: {verdict.answer}{arm}", "", escaped(plan.hypothesis), ""]
    lines += [f"- {escaped(reason)}" for reason in verdict.reasons]
    lines += ["", row("arm", "version", "share", "exposed units"), row("---", "---", "---:", "---:")]
    for one in plan.arms:
        exposed = f"{analysis.counted.exposed[one.name]:,}"
        lines.append(row(code(one.name), code(one.version), f"{one.share_percent:g} %", exposed))
    if analysis.effects:
        lines += ["", row(*HEADS), row(*("---" for _ in HEADS))]
        lines += [row(*(escaped(cell) for cell in cells(effect))) for effect in analysis.effects]
    remarks = list(notes(analysis))
    lines += ["", *(f"- {escaped(note)}" for note in remarks)] if remarks else []
    lines += ["", "The rule, as it was before the start:", ""]
    lines += [f"{place}. {text}" for place, text in enumerate(RULE, 1)]
    sha256 = analysis.standing.plan_sha256[:12]
    lines += ["", f"Analyzed {analysis.analyzed}. Plan {code(sha256)}, started {analysis.standing.started}.", ""]
    return "\n".join(lines)
