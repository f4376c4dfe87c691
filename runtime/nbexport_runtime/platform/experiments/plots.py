"""The plots of a report, as SVG that stands in a page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nbexport_runtime.platform.experiments.analysis import Analysis
from nbexport_runtime.platform.experiments.effects import Effect

COLORS = ("#5b6770", "#1667b7", "#b3540a", "#3f7d20", "#7a3e9d")
"""Of the arms, the control first; told apart by people who do not see red and green as others do."""
WIDTH_INCHES, HEIGHT_INCHES = 7.2, 3.0


def effect(analysis: Analysis, shown: Effect) -> str:
    """The difference of an arm over time with its confidence sequence; empty where nothing is known yet."""
    if not shown.series:
        return ""
    figure, axes = _figure()
    times = [datetime.fromisoformat(point.time) for point in shown.series]
    color = COLORS[1 + [arm.name for arm in analysis.plan.treatments].index(shown.arm)]
    axes.fill_between(
        times,
        [point.low for point in shown.series],
        [point.high for point in shown.series],
        color=color,
        alpha=0.18,
        linewidth=0,
        label=f"confidence sequence, {100 * (1 - shown.alpha):.4g} %",
    )
    axes.plot(times, [point.difference for point in shown.series], color=color, linewidth=1.8, label="difference")
    axes.axhline(0, color="#222222", linewidth=0.9)
    sign = 1 if shown.direction == "up" else -1
    if shown.role == "primary":
        text = "minimum effect"
        axes.axhline(sign * analysis.plan.minimum_effect, color="#3f7d20", linewidth=1, linestyle="--", label=text)
    elif shown.role == "guard rail" and shown.tolerance:
        axes.axhline(-sign * shown.tolerance, color="#b00020", linewidth=1, linestyle="--", label="tolerance")
    _zoom(axes, shown, analysis.plan.minimum_effect if shown.role == "primary" else shown.tolerance)
    axes.set_ylabel(f"{shown.metric}, {shown.arm} minus {analysis.plan.control.name}", fontsize=8)
    return _svg(figure, axes)


def exposures(analysis: Analysis) -> str:
    """The exposed units of each arm over time; empty where there are none."""
    if not analysis.times:
        return ""
    figure, axes = _figure()
    times = [datetime.fromisoformat(time) for time in analysis.times]
    for place, (arm, counts) in enumerate(zip(analysis.plan.arms, analysis.exposed, strict=True)):
        label = f"{arm.name}, {arm.share_percent:g} % planned"
        axes.plot(times, counts, color=COLORS[place % len(COLORS)], linewidth=1.8, label=label)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("exposed units", fontsize=8)
    return _svg(figure, axes)


def _figure() -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        from nbexport_runtime.pipeline.outcome import PipelineError

        raise PipelineError(
            "matplotlib is not installed, and an HTML report has plots: python -m pip install -r "
            "requirements-platform.txt, or choose --format markdown"
        ) from None
    figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), layout="constrained")
    return figure, figure.subplots()


def _zoom(axes: Any, shown: Effect, mark: float) -> None:
    """Show the later part in full: the first looks are so wide that nothing else could be read."""
    later: Sequence[Any] = shown.series[len(shown.series) // 4 :]
    low = min(-mark, *(point.low for point in later))
    high = max(mark, *(point.high for point in later))
    room = 0.08 * (high - low) or 1.0
    axes.set_ylim(low - room, high + room)


def _svg(figure: Any, axes: Any) -> str:
    import matplotlib as mpl
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color="#e3e6e8", linewidth=0.7)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=8, frameon=False, loc="best")
    text = io.StringIO()
    # the same figures give the same bytes, and a page says by itself when it was made
    with mpl.rc_context({"svg.hashsalt": "nbexport", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    whole = text.getvalue()
    return whole[whole.index("<svg") :]
