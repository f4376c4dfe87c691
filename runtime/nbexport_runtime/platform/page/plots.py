"""The plots of a report, as SVG that stands in HTML: no script, no network, and text that stays text."""

from __future__ import annotations

import importlib
import io
import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nbexport_runtime.platform.page.state import Drifted, Experiment, Hour, Quality, Served, Share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, GRID = "#1a1a1a", "#d9d9d9"
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colors that people with color blindness tell apart (Okabe and Ito)."""
GOOD, BAD = COLORS[0], COLORS[1]
WIDTH_IN = 5.2
STYLES = ("-", "--", ":", "-.")
SETTINGS: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "xtick.color": INK,
    "ytick.color": INK,
}
LEGEND_CHARACTERS = 60
"""Characters of a legend that fit beside each other."""
SHOWN = 24
"""Columns that a plot has room for."""


def requests(hours: Sequence[Hour]) -> str:
    """Requests of each hour by what became of them."""
    with drawn() as (figure, axes):
        times = [hour.begin for hour in hours]
        parts = {
            "answered": [hour.requests - hour.failed - hour.invalid for hour in hours],
            "invalid input": [hour.invalid for hour in hours],
            "failed": [hour.failed for hour in hours],
        }
        axes.stackplot(times, list(parts.values()), labels=list(parts), colors=("#56b4e9", "#e69f00", BAD), step="post")
        axes.set_ylabel("requests per hour")
        dated(axes)
        legend(axes, 3)
        return svg(figure, "requests", "Requests per hour, by what became of them")


def shares(shares: Sequence[Share]) -> str:
    """Which share of each day's requests each version and arm had; copies for a shadow are counted as they are."""
    names = list(dict.fromkeys((share.version, share.arm) for share in sorted(shares, key=lambda one: one.date)))
    dates = sorted({share.date for share in shares})
    counts = {(share.date, share.version, share.arm): share.requests for share in shares}
    whole = {date: sum(count for (day, *_), count in counts.items() if day == date) for date in dates}
    versions = list(dict.fromkeys(version for version, _ in names))
    with drawn(height_in=2.2) as (figure, axes):
        below = [0.0] * len(dates)
        for version, arm in names:
            values = [100 * counts.get((date, version, arm), 0) / whole[date] for date in dates]
            hatch = "" if arm == "production" else "///"
            axes.bar(
                dates,
                values,
                0.85,
                below,
                color=COLORS[versions.index(version) % len(COLORS)],
                hatch=hatch,
                edgecolor="white",
                linewidth=0,
                label=f"{short(version_name(version))} {arm}",
            )
            below = [under + value for under, value in zip(below, values, strict=True)]
        axes.set_ylabel("share of requests, %")
        axes.set_ylim(0, 100)
        dated(axes)
        legend(axes, 2)
        return svg(figure, "shares", "Which version answered, as a share of each day's requests")


def latency(hours: Sequence[Hour]) -> str:
    """Percentiles of the model's time, by hour."""
    known = [hour for hour in hours if hour.p50_ms is not None]
    with drawn() as (figure, axes):
        times = [hour.begin for hour in known]
        for place, (name, values) in enumerate(
            {
                "half are faster": [hour.p50_ms for hour in known],
                "95 %": [hour.p95_ms for hour in known],
                "99 %": [hour.p99_ms for hour in known],
            }.items()
        ):
            axes.plot(
                times, values, STYLES[place], color=COLORS[place], label=name, marker="." if len(known) < 3 else ""
            )
        axes.set_ylabel("milliseconds")
        axes.set_ylim(bottom=0)
        dated(axes)
        legend(axes, 3)
        return svg(figure, "latency", "Milliseconds of the model, percentiles by hour")


def quality(known: Quality) -> str:
    """The metric by day and version, and how many outcomes are known."""
    with drawn(2) as (figure, (above, below)):
        judged = [day for day in known.days if day.value is not None]
        for place, version in enumerate(dict.fromkeys(day.version for day in judged)):
            own = [day for day in judged if day.version == version]
            style, color = STYLES[place % len(STYLES)], COLORS[place % len(COLORS)]
            dates, values = [day.date for day in own], [day.value for day in own]
            above.plot(dates, values, style, marker="o", ms=3, color=color, label=short(version_name(version)))
        above.set_ylabel(known.shown)
        above.margins(y=0.25)
        above.tick_params(labelbottom=False)
        if judged:
            legend(above, 2)
        counts: dict[Any, list[int]] = {}
        for day in known.days:
            count = counts.setdefault(day.date, [0, 0])
            count[0] += day.labels
            count[1] += day.predictions
        shares = [100 * labels / max(1, whole) for labels, whole in counts.values()]
        below.bar(list(counts), shares, width=0.8, color="#56b4e9")
        below.set_ylabel("outcomes\nknown, %")
        below.set_ylim(0, 100)
        dated(below)
        title = f"{known.shown} by day and version, and the share of outcomes that are known"
        return svg(figure, "quality", title)


def drift(columns: Sequence[Drifted], threshold: float) -> str:
    """The stability index of each column."""
    shown = sorted(columns, key=lambda column: (column.status == "drift", column.psi))[-SHOWN:]
    with drawn(height_in=max(1.6, 0.9 + 0.24 * len(shown))) as (figure, axes):
        bars = axes.barh(
            [short(column.name, 26) for column in shown],
            [column.psi for column in shown],
            color=[BAD if column.status == "drift" else "#56b4e9" for column in shown],
        )
        for bar, column in zip(bars, shown, strict=True):
            if column.status == "drift":
                bar.set_hatch("///")
                bar.set_edgecolor("white")
        axes.axvline(threshold, color=INK, linestyle="--", linewidth=1)
        axes.annotate(
            "large enough to matter",
            (threshold, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, 2),
            textcoords="offset points",
            fontsize=8,
        )
        axes.set_xlim(0, max(threshold * 1.6, *(column.psi * 1.1 for column in shown)))
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("population stability index")
        return svg(figure, "drift", "How far each column is from training")


def effect(experiment: Experiment) -> str:
    """What an arm gains, with what it may be."""
    if experiment.effect is None:
        return ""
    low, gain, high = experiment.effect
    with drawn(height_in=1.5) as (figure, axes):
        axes.axvline(0, color=INK, linewidth=1)
        axes.errorbar([gain], [0], xerr=[[gain - low], [high - gain]], fmt="o", color=GOOD, capsize=5)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False)
        axes.set_xlabel(f"difference in {experiment.metric or 'the metric'}")
        return svg(figure, f"effect-{experiment.name}", f"What {experiment.name} gains, with its confidence sequence")


def cost(served: Sequence[Served]) -> str:
    """Milliseconds of the model for one request, by version and arm."""
    shown = list(served)[:8][::-1]
    with drawn(height_in=max(1.6, 0.9 + 0.3 * len(shown))) as (figure, axes):
        names = [f"{short(version_name(one.version))} · {one.arm}" for one in shown]
        bars = axes.barh(range(len(shown)), [one.mean_ms for one in shown], color=GOOD)
        axes.set_yticks(range(len(shown)), names)
        axes.bar_label(bars, [f"{one.mean_ms:.3g}" for one in shown], padding=3, fontsize=9)
        axes.margins(x=0.15)
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("milliseconds per request")
        return svg(figure, "cost", "Milliseconds of the model for one request, by version")


# ---------------------------------------------------------------------- drawing


class drawn:  # noqa: N801 - read as a verb: `with drawn() as (figure, axes)`
    """A figure in the style of the report while the block runs."""

    def __init__(self, parts: int = 1, *, height_in: float = 2.6) -> None:
        self._parts, self._height_in = parts, height_in

    def __enter__(self) -> tuple[Figure, Any]:
        import matplotlib
        from matplotlib.figure import Figure

        self._style = matplotlib.rc_context(SETTINGS)
        self._style.__enter__()
        figure = Figure(figsize=(WIDTH_IN, self._height_in if self._parts == 1 else 3.4), layout="constrained")
        if self._parts == 1:
            return figure, figure.subplots()
        return figure, figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))

    def __exit__(self, *problem: object) -> None:
        self._style.__exit__(None, None, None)


def dated(axes: Axes) -> None:
    """Show days below a plot."""
    dates: Any = importlib.import_module("matplotlib.dates")
    locator = dates.AutoDateLocator(minticks=3, maxticks=7, interval_multiples=False)
    formats = ["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%S"]
    zero_formats = ["", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"]
    formatter = dates.ConciseDateFormatter(locator, formats=formats, zero_formats=zero_formats, show_offset=False)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(formatter)
    axes.margins(x=0.01)


def legend(axes: Axes, columns: int) -> None:
    """Put the legend above a plot, where it covers nothing, in so many columns or fewer where labels are long."""
    labels = axes.get_legend_handles_labels()[1]
    while columns > 1 and _width(labels, columns) > LEGEND_CHARACTERS:
        columns -= 1
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, handlelength=1.8)


def _width(labels: Sequence[str], columns: int) -> int:
    """The characters of a legend's row, with room for the handles; columns are filled one after the other."""
    rows = -(-len(labels) // columns)
    return sum(max(map(len, labels[at : at + rows])) + 6 for at in range(0, len(labels), rows))


def version_name(version: str) -> str:
    """What a plot calls a version: its digest, where its name is a time and a digest."""
    return re.sub(r"^\d{8}T\d{6}-(?=[0-9a-f]{6,})", "", version)


def short(text: str, most: int = 22) -> str:
    """A text that fits: its beginning and end."""
    return text if len(text) <= most else f"{text[: most // 2 - 1]}…{text[-(most // 2) :]}"


def svg(figure: Figure, name: str, title: str) -> str:
    """A figure as an element of HTML, whose ids are its own.

    Args:
        figure: The figure.
        name: What no other figure of the page is called.
        title: What it shows, for who cannot see it.
    """
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}), warnings.catch_warnings():
        # a name in letters that matplotlib's own font lacks: the browser has them
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    prefix = re.sub(r"[^a-z0-9]+", "-", name.casefold())
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", text)
    escaped = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{escaped}" ', text, count=1).strip()
