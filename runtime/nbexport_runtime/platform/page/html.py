"""The page: one file of HTML with everything in it. Whatever comes from a project is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from nbexport_runtime.platform.page import plots, words
from nbexport_runtime.platform.page.state import Experiment, State
from nbexport_runtime.platform.page.style import CSS
from nbexport_runtime.platform.percent import percent

EVENTS = 25
"""Events that are shown."""
METRICS = {
    "accuracy": "accuracy",
    "auc": "AUC",
    "brier": "Brier",
    "mae": "mean error",
    "bias": "bias",
    "predicted": "predicted",
    "rate": "actual",
}
"""Metrics that are shown, and what heads their column."""
LONG = 11
"""A figure with more letters is written smaller."""
URGENT = {"act": "Act", "look": "Look"}


def page(state: State, *, min_psi: float) -> str:
    """The page.

    Args:
        state: The state of everything.
        min_psi: From which stability index on a column matters.
    """
    sections = (
        traffic(state),
        quality(state),
        experiments(state),
        arms(state),
        drift(state, min_psi),
        cost(state),
        features(state),
    )
    title = f"{state.project}: state of the platform"
    body = "\n".join(sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>{CSS}</style>
</head>
<body>
<header>
<h1>{escape(state.project)}: platform report</h1>
<p class="soft">{escape(words.time(state.made))} UTC; the last {state.days:g} days</p>
<p class="headline">{escape(words.headline(state))}</p>
</header>
<main>
{attention(state)}
{tiles(state)}
<div class="parts">
{body}
</div>
{happened(state)}
</main>
<footer><p>Times are UTC. This page is a file: it asks no network and runs no script. Write it again with
{code("python platform_report.py --output report.html")}.</p></footer>
</body>
</html>
"""


# ------------------------------------------------------------------------ parts


def attention(state: State) -> str:
    """What needs attention first."""
    if not state.attention:
        return (
            '<div class="attention good"><h2>Nothing needs attention</h2><p>No rule found anything to act on.</p></div>'
        )
    kind = state.attention[0].urgency
    items = "".join(
        f'<li><span class="word {entry.urgency}">{URGENT[entry.urgency]}.</span> {escape(entry.text)}'
        f"{'<br>' + action(entry.action) if entry.action else ''}</li>"
        for entry in state.attention
    )
    return f'<div class="attention {kind}"><h2>What needs attention first</h2><ol>{items}</ol></div>'


def tiles(state: State) -> str:
    """The figures that one looks at first."""
    shown = "".join(
        f'<div class="tile"><span>{escape(name)}</span><b{" class=long" if len(value) > LONG else ""}>'
        f"{escape(value)}</b><span>{escape(more)}</span></div>"
        for name, value, more in words.tiles(state)
    )
    return f'<div class="tiles">{shown}</div>'


def traffic(state: State) -> str:
    """Requests, errors and latency."""
    if not state.hours:
        return section(
            "Requests and errors",
            empty("The log has no prediction of this period.", "Start the service: uvicorn serve:app"),
        )
    parts = [plots.requests(state.hours)]
    if any(hour.p50_ms is not None for hour in state.hours):
        parts.append(plots.latency(state.hours))
    return section("Requests, errors and latency", *parts)


def arms(state: State) -> str:
    """Who answers."""
    now = state.production
    if now is None:
        return section("Who answers", empty("No model is in production.", "Train and promote one: python retrain.py"))
    instead = f", instead of {code(now.before)}" if now.before else ""
    text = paragraph(
        f"{code(now.version)} is in production since {escape(words.time(now.since))}{instead}: {escape(now.reason)}."
    )
    mode = {"": "Production answers all requests.", "shadow": "The candidate gets copies; production answers."}
    mode_said = mode.get(now.mode, f"Traffic is shared: {now.mode}.")
    rows = [
        (code(arm.version), escape(arm.role), f"{arm.percent:g} %", *served_by(state, arm.version)) for arm in now.arms
    ]
    return section(
        "Who answers",
        text,
        *(paragraph(escape(reason)) for reason in now.why),
        paragraph(escape(mode_said)),
        plots.shares(state.shares) if state.shares else "",
        table(("version", "role", "#share now", "#requests", "#failed"), rows),
    )


def served_by(state: State, version: str) -> tuple[str, str]:
    """Requests and failures of a version in the period."""
    own = [served for served in state.served if served.version == version]
    requests, failed = sum(one.requests for one in own), sum(one.failed for one in own)
    return f"{requests:,}", f"{percent(failed / requests, 2)}" if requests else words.NOTHING


def quality(state: State) -> str:
    """How good predictions were."""
    known = state.quality
    if known is None or not known.labels:
        counted = 0 if known is None else known.predictions
        return section(
            "Quality",
            empty(
                f"No outcome of the {counted:,} predictions of this period is known.",
                "Send outcomes to POST /outcome, or: python outcomes.py add FILE",
            ),
        )
    text = (
        f"{known.labels:,} of {known.predictions:,} outcomes are known ({percent(known.labels / known.predictions)}); "
        f"{known.predictions - known.labels:,} are missing, {known.late:,} of them overdue. Newer days have fewer, so "
        "that their figures may still move."
    )
    shown = [name for name in METRICS if any(name in figures for *_, figures in known.versions)]
    rows = [
        (code(version), f"{labels:,}", *(f"{figures[name]:.4g}" if name in figures else "" for name in shown))
        for version, _, labels, figures in sorted(known.versions, key=lambda row: -row[2])
        if labels
    ]
    names = ("version", "#outcomes", *(f"#{METRICS[name]}" for name in shown))
    return section("Quality", paragraph(escape(text)), plots.quality(known), table(names, rows))


def drift(state: State, min_psi: float) -> str:
    """How far inputs and answers are from training."""
    if not state.drift:
        return section("Drift", empty("Drift was never checked.", "Check it: python drift.py check --window 1d"))
    checked = words.time(state.drift_checked) if state.drift_checked else "?"
    names = [column for column in state.drift if column.status == "drift"]
    text = (
        f"{len(names)} of {len(state.drift)} columns have drifted from training, as checked {checked}."
        if names
        else f"None of {len(state.drift)} columns has drifted from training, as checked {checked}."
    )
    rows = [
        (code(column.name), escape(column.status), f"{column.psi:.3f}", escape("; ".join(column.reasons)))
        for column in state.drift
        if column.status in ("drift", "watch")
    ]
    listed = table(("column", "status", "#PSI", "what changed"), rows) if rows else ""
    return section("Drift", paragraph(escape(text)), plots.drift(state.drift, min_psi), listed)


def experiments(state: State) -> str:
    """Tests on users."""
    if not state.experiments:
        return section(
            "Experiments", empty("No experiment was planned.", "Plan one: python experiment.py plan NAME --help")
        )
    return section("Experiments", *(one_experiment(experiment) for experiment in state.experiments))


def one_experiment(experiment: Experiment) -> str:
    """One test."""
    answer = f"; answer: {experiment.answer}" if experiment.answer else ""
    rows = [(escape(name), code(version), f"{units:,}") for name, version, units in experiment.arms]
    reasons = "".join(paragraph(escape(reason)) for reason in experiment.reasons)
    hypothesis = f'<p class="soft">{escape(experiment.hypothesis)}</p>' if experiment.hypothesis else ""
    return (
        f"<h3>{escape(experiment.name)}: {escape(experiment.status)}{escape(answer)}</h3>{hypothesis}{reasons}"
        + plots.effect(experiment)
        + table(("arm", "version", "#units"), rows)
    )


def happened(state: State) -> str:
    """What happened, the newest first."""
    if not state.events:
        return section(
            "What happened",
            empty("Nothing was promoted, rolled back, tested or guarded.", "Let the guard watch: python guard.py run"),
        )
    rows = [(escape(words.time(event.time)), escape(event.part), escape(event.text)) for event in state.events[:EVENTS]]
    more = len(state.events) - len(rows)
    text = paragraph(f"and {more} events before.") if more > 0 else ""
    return section("What happened", table(("@time", "part", "what"), rows), text)


def cost(state: State) -> str:
    """What answers cost."""
    if not state.served:
        return section("Cost", empty("Nothing was predicted in this period.", "Start the service: uvicorn serve:app"))
    total_s, requests = sum(one.total_s for one in state.served), sum(one.requests for one in state.served)
    text = (
        f"The models worked {words.duration(total_s)} for {requests:,} predictions: "
        f"{1000 * total_s / requests:.3g} ms each."
    )
    shadow_s = sum(one.total_s for one in state.served if one.arm == "shadow")
    if shadow_s:
        text += f" Shadow traffic is {percent(shadow_s / total_s)} of that." if total_s else ""
    return section("Cost", paragraph(escape(text)), plots.cost(state.served))


def features(state: State) -> str:
    """How fresh features are."""
    if not state.features:
        return section(
            "Features",
            empty(
                "No feature view is defined.",
                "Define one in platform.toml: [[features]], then python features.py apply",
            ),
        )
    rows = [
        (
            code(view.name),
            words.hours(view.median_age_h),
            words.hours(view.oldest_age_h),
            words.hours(view.max_age_days * 24) if view.max_age_days else "any",
            f"{view.used:,}",
        )
        for view in state.features
    ]
    return section(
        "Features",
        paragraph("Age of the values that predictions have used."),
        table(("view", "#median age", "#oldest", "#allowed", "#predictions"), rows),
    )


# --------------------------------------------------------------------- elements


def section(title: str, *parts: str) -> str:
    """A part of the page."""
    return f"<section><h2>{escape(title)}</h2>\n{''.join(parts)}</section>"


def paragraph(content: str) -> str:
    """A paragraph of HTML."""
    return f"<p>{content}</p>"


def code(text: str) -> str:
    """A name or a command."""
    return f"<code>{escape(text)}</code>"


def action(text: str) -> str:
    """What to do: the command in it as one."""
    before, colon, command = text.rpartition(": ")
    for word in ("python ", "curl ", "uvicorn "):
        if command.startswith(word):
            return f"{escape(before + colon)}{code(command)}"
    return escape(text)


def empty(sentence: str, do: str) -> str:
    """Why a part has nothing to show, and how to get it."""
    return f'<div class="empty"><p>{escape(sentence)}</p><p>{action(do)}</p></div>'


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; `#` before a name: a number, `@`: a time. The cells are HTML."""
    classes = {"#": ' class="number"', "@": ' class="time"'}
    kinds = [classes.get(name[0], "") for name in names]
    head = "".join(f"<th{kind}>{escape(name.lstrip('#@'))}</th>" for kind, name in zip(kinds, names, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
