"""What checks found: `models/drift.jsonl` for programs and people, `models/metrics/drift.prom` for Prometheus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.drift.checking import Report
from nbexport_runtime.traffic import clock, durable

NAME = "drift.jsonl"
"""The journal, in the folder of the models; only appended to."""
METRICS = Path("metrics", "drift.prom")
"""The gauges, in the folder of the models: for the textfile collector of node_exporter."""
GAUGES = {
    "drift_alarm": "Whether a column has drifted: enough windows differ from the reference, by more than chance",
    "drift_psi": "Population stability index of a column in the newest window",
    "drift_share": "Share of rows that lie elsewhere than in the reference, in the newest window",
    "drift_missing": "Share of missing values in the newest window",
    "drift_rows": "Predictions in the newest window",
    "drift_columns": "Columns that have drifted",
    "drift_checked_timestamp_seconds": "When drift was last checked",
}


def keep(project: Project, report: Report, *, retrained: str = "") -> dict[str, Any]:
    """Append a check to the journal and replace the gauges; the line.

    Args:
        project: The project.
        report: What the check found.
        retrained: Why a training was started; empty where none was.

    Raises:
        PipelineError: They cannot be written.
    """
    now = clock.now()
    line = {"time": now.isoformat(timespec="seconds"), "retrain": retrained, **report.facts()}
    try:
        project.models.mkdir(parents=True, exist_ok=True)
        durable.append(project.models / NAME, json.dumps(line, ensure_ascii=False).encode() + b"\n")
        durable.replace(project.models / METRICS, exposition(report, now.timestamp()).encode())
    except OSError as error:
        raise PipelineError(
            f"the check cannot be written to `{project.models}`: {error.strerror}; make room or change its rights"
        ) from None
    return line


def history(path: Path) -> list[dict[str, Any]]:
    """Every line that can be read, the oldest first."""
    try:
        content = path.read_bytes()
    except OSError:
        return []
    lines = []
    for text in content.splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            # torn by a kill
            continue
        if isinstance(line, dict):
            lines.append(line)
    return lines


def exposition(report: Report, now: float) -> str:
    """The gauges in Prometheus' text format."""
    samples: dict[str, list[str]] = {name: [] for name in GAUGES}
    version = label("model_version", report.version)
    for verdict in report.verdicts:
        labels = f"{{{version},{label('column', verdict.column.name)},{label('part', verdict.column.part)}}}"
        samples["drift_alarm"].append(f"{labels} {int(verdict.status == 'drift')}")
        if verdict.last is not None:
            samples["drift_psi"].append(f"{labels} {verdict.last.psi:.6g}")
            samples["drift_share"].append(f"{labels} {verdict.last.share:.6g}")
            samples["drift_missing"].append(f"{labels} {verdict.last.missing:.6g}")
    samples["drift_rows"].append(f"{{{version}}} {report.windows[-1].rows if report.windows else 0}")
    samples["drift_columns"].append(f"{{{version}}} {len(report.drifted)}")
    samples["drift_checked_timestamp_seconds"].append(f" {now:.0f}")
    parts = []
    for name, lines in samples.items():
        if lines:
            parts += [f"# HELP {name} {GAUGES[name]}", f"# TYPE {name} gauge", *(name + line for line in lines)]
    return "\n".join(parts) + "\n"


def label(name: str, value: str) -> str:
    """A label as the text format writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{name}="{escaped}"'
