"""What a check found, in lines for a terminal."""

from __future__ import annotations

from nbexport_runtime.platform.drift.checking import Report, Verdict
from nbexport_runtime.platform.percent import percent

MARKS = {"drift": "DRIFT", "watch": "watch", "steady": "ok", "too few rows": "?"}


def lines(report: Report) -> tuple[str, ...]:
    """The check in lines, what matters first."""
    settings, number = report.settings, len(report.verdicts)
    rows = ", ".join(f"{window.rows:,}" for window in report.windows)
    end = report.windows[-1].end
    head = (
        f"{report.version}: {len(report.drifted)} of {number} columns have drifted: "
        + ", ".join(verdict.column.name for verdict in report.drifted)
        if report.drifted
        else f"{report.version}: none of {number} columns has drifted"
    )
    result = [
        head,
        f"  {len(report.windows)} windows of {duration(report.length_s)} until {end:%Y-%m-%d %H:%M} UTC, rows: {rows}",
        f"  a column has drifted when {settings.needed} of {settings.windows} windows differ from the reference",
        f"  where nothing has changed, at most {percent(settings.alpha)} of checks speak, over all columns together",
    ]
    order = {status: place for place, status in enumerate(MARKS)}
    ordered = sorted(report.verdicts, key=lambda verdict: (order[verdict.status], verdict.p, verdict.column.name))
    width = max((len(verdict.column.name) for verdict in ordered), default=0)
    result += [f"  {MARKS[verdict.status]:5}  {verdict.column.name:{width}}  {told(verdict)}" for verdict in ordered]
    result += few(report)
    other = sorted({v.reference.source for v in report.verdicts} - {"training"})
    result += [
        f"  note: {', '.join(v.column.name for v in ordered if v.reference.source == source)}: compared with {source}"
        for source in other
    ]
    result += [f"  not compared: {name}: {why}" for name, why in report.not_compared.items()]
    return tuple(result)


def few(report: Report) -> list[str]:
    """How many rows a window needs, where some have fewer."""
    if not any(verdict.status == "too few rows" for verdict in report.verdicts):
        return []
    if report.rows_needed is None:
        return ["  fix: the reference has too few rows for so many columns; train on more rows, or ignore columns"]
    share = f"{percent(report.settings.min_share)}"
    needs = f"a window needs {report.rows_needed:,} rows to find that {share} of them lie elsewhere"
    return [f"  fix: take longer windows with --window, or wait: {needs}"]


def told(verdict: Verdict) -> str:
    """A column in a line."""
    last = verdict.last
    if last is None:
        return "no window with enough rows"
    figures = f"PSI {last.psi:.3f}, {percent(last.share, 1)} of the rows lie elsewhere"
    if verdict.status in ("drift", "watch"):
        news = f" ({', '.join(verdict.new_values)})" if verdict.new_values else ""
        return f"{'; '.join(verdict.reasons)}{news}; {figures}; p {verdict.p:.2g}"
    return figures


def duration(seconds: float) -> str:
    """A length of time in its largest whole unit."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"
