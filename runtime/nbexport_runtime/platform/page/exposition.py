"""The figures of a report for Prometheus: a file for the textfile collector of node_exporter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from nbexport_runtime.platform.drift.journal import label
from nbexport_runtime.platform.page.state import State
from nbexport_runtime.traffic import durable

METRICS = Path("metrics", "report.prom")
"""The gauges, in the folder of the models."""
GAUGES = {
    "platform_quality": "A metric of the predictions whose outcome is known, in the period of the report",
    "platform_outcomes": "Predictions of the period whose outcome is known",
    "platform_predictions": "Predictions of the period that may have an outcome",
    "platform_outcomes_overdue": "Predictions of the period whose outcome should be known by now and is not",
    "platform_model_seconds": "Seconds that a version worked in the period",
    "platform_attention": "Things that need attention: act, look",
    "platform_reported_timestamp_seconds": "When the report was written",
}


def write(models: Path, state: State) -> None:
    """Replace the gauges.

    Raises:
        OSError: They cannot be written.
    """
    all_samples = list(samples(state))
    lines = []
    for name, text in GAUGES.items():
        own = [f"{name}{labels} {value:.10g}" for metric, labels, value in all_samples if metric == name]
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge", *own] if own else []
    durable.replace(models / METRICS, ("\n".join(lines) + "\n").encode())


def samples(state: State) -> Iterator[tuple[str, str, float]]:
    """Name, labels and value of each figure."""
    if state.quality is not None:
        for version, predictions, labels, metrics in state.quality.versions:
            own = label("model_version", version)
            yield "platform_outcomes", f"{{{own}}}", labels
            yield "platform_predictions", f"{{{own}}}", predictions
            for metric, value in metrics.items():
                yield "platform_quality", f"{{{own},{label('metric', metric)}}}", value
        yield "platform_outcomes_overdue", "", state.quality.late
    for served in state.served:
        labels_ = f"{{{label('model_version', served.version)},{label('arm', served.arm)}}}"
        yield "platform_model_seconds", labels_, served.total_s
    for urgency in ("act", "look"):
        number = sum(entry.urgency == urgency for entry in state.attention)
        yield "platform_attention", f"{{{label('urgency', urgency)}}}", number
    yield "platform_reported_timestamp_seconds", "", state.made.replace(tzinfo=UTC).timestamp()
