"""The state in words, for the page and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from nbexport_runtime.platform.page import plots
from nbexport_runtime.platform.page.state import Quality, State
from nbexport_runtime.platform.percent import percent

NOTHING = "-"
"""What stands where there is no figure."""
EVENTS = 10
"""Events that a terminal shows."""


def time(moment: datetime) -> str:
    """A time."""
    return f"{moment:%Y-%m-%d %H:%M}"


def duration(seconds: float) -> str:
    """A length of time."""
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"


def hours(age_h: float | None) -> str:
    """An age."""
    return NOTHING if age_h is None else duration(age_h * 3600)


def headline(state: State) -> str:
    """The state in a sentence or two."""
    if state.production is None:
        return "No model is in production yet."
    acts = sum(entry.urgency == "act" for entry in state.attention)
    looks = len(state.attention) - acts
    answered = f"Model {plots.version_name(state.production.version)} answers" + (
        f" beside a candidate ({state.production.mode})" if state.production.mode else ""
    )
    if acts:
        matters = f"{acts} {'thing needs' if acts == 1 else 'things need'} action"
    elif looks:
        matters = f"nothing is urgent; {looks} {'thing is' if looks == 1 else 'things are'} worth a look"
    else:
        matters = "nothing needs attention"
    return f"{answered}, {state.requests:,} requests in {state.days:g} days; {matters}."


def tiles(state: State) -> Iterator[tuple[str, str, str]]:
    """Name, figure and remark of what one looks at first."""
    now, day = state.production, state.last_day
    yield (
        "In production",
        plots.version_name(now.version) if now else "none",
        f"since {time(now.since)}" if now else "python retrain.py",
    )
    requests, failed = sum(hour.requests for hour in day), sum(hour.failed for hour in day)
    yield "Requests, last day", f"{requests:,}", f"{state.requests:,} in {state.days:g} days"
    yield "Failed, last day", f"{percent(failed / requests, 2)}" if requests else NOTHING, f"{failed:,} requests"
    slow = [hour.p99_ms for hour in day if hour.p99_ms is not None]
    yield "Slowest hour, 99 %", f"{max(slow):.3g} ms" if slow else NOTHING, "of the model, last day"
    known = state.quality
    if known is None or not known.labels:
        yield "Quality", NOTHING, "no outcomes"
    else:
        value = overall(known)
        missing = 1 - known.labels / max(1, known.predictions)
        yield known.shown.capitalize(), f"{value:.3g}", f"{percent(missing)} of outcomes missing"
    drifted = sum(column.status == "drift" for column in state.drift)
    checked = f"checked {time(state.drift_checked)}" if state.drift_checked else "never checked"
    yield "Columns that drift", f"{drifted} of {len(state.drift)}" if state.drift else NOTHING, checked


def overall(known: Quality) -> float:
    """The metric over all versions, by their outcomes."""
    values = [(labels, figures.get(known.metric)) for _, _, labels, figures in known.versions]
    counted = [(labels, value) for labels, value in values if value is not None]
    return sum(labels * value for labels, value in counted) / max(1, sum(labels for labels, _ in counted))


def lines(state: State) -> tuple[str, ...]:
    """The state for a terminal, what matters first."""
    result = [f"{state.project}, {time(state.made)} UTC: {headline(state)}", ""]
    for entry in state.attention:
        result.append(f"{'ACT ' if entry.urgency == 'act' else 'look'}  {entry.text}")
        if entry.action:
            result.append(f"      {entry.action}")
    result += ["", *(f"{name + ':':22} {figure} ({more})" for name, figure, more in tiles(state))]
    if state.production is not None:
        result += ["", *(f"{arm.percent:g} %  {arm.version}  {arm.role}" for arm in state.production.arms)]
    result += ["", *(f"experiment {one.name}: {one.status} {one.answer}".rstrip() for one in state.experiments)]
    result += [f"{time(event.time)}  {event.part}: {event.text}" for event in state.events[:EVENTS]]
    return tuple(result)
