"""The figures of an experiment for Prometheus: a file for the textfile collector of node_exporter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments.analysis import Analysis
from nbexport_runtime.platform.experiments.verdict import KEEP, SHIP
from nbexport_runtime.traffic import durable

HELP = {
    "experiment_exposed_units": "Units that an arm has answered.",
    "experiment_difference": "Difference to the control: estimate, and both ends of its confidence sequence.",
    "experiment_log_e_value": "Logarithm of the evidence against no difference.",
    "experiment_mismatch_log_e_value": "Logarithm of the evidence against the planned shares.",
    "experiment_mismatch": "1 where a sample-ratio mismatch stops the analysis.",
    "experiment_verdict": "1 ship, -1 keep, 0 no answer yet.",
    "experiment_planned_units": "Units after which the experiment ends.",
}


def write(project: Project, analyses: list[Analysis]) -> Path:
    """Bring the figures of these experiments into the file, which keeps those of others; its path.

    Raises:
        OSError: It cannot be written.
    """
    path = project.models / "metrics" / "experiments.prom"
    own = [labeled(experiment=analysis.plan.name) for analysis in analyses]
    others = [line for line in (path.read_text("utf-8") if path.exists() else "").splitlines() if "{" in line]
    kept = [line for line in others if not any(f"{{{label}" in line for label in own)]
    fresh = [f"{name}{{{labels}}} {value:.10g}" for analysis in analyses for name, labels, value in of(analysis)]
    lines = []
    for name, text in HELP.items():
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
        lines += [line for line in (*kept, *fresh) if line.startswith(f"{name}{{")]
    durable.replace(path, ("\n".join(lines) + "\n").encode())
    return path


def of(analysis: Analysis) -> Iterator[tuple[str, str, float]]:
    """Name, labels and value of each figure."""
    plan = analysis.plan
    own = labeled(experiment=plan.name)
    for arm in plan.arms:
        yield "experiment_exposed_units", f"{own},{labeled(arm=arm.name)}", analysis.counted.exposed[arm.name]
    for effect in analysis.effects:
        labels = f"{own},{labeled(arm=effect.arm, metric=effect.metric, role=effect.role)}"
        bounds = (("low", effect.low), ("estimate", effect.difference), ("high", effect.high))
        for bound, value in bounds:
            if value is not None and effect.low is not None:
                yield "experiment_difference", f"{labels},{labeled(bound=bound)}", value
        yield "experiment_log_e_value", labels, effect.log_e_value
    evidence, stopped = analysis.mismatch_log_e_value, bool(analysis.counted.begins) and not analysis.effects
    yield "experiment_mismatch_log_e_value", own, evidence
    yield "experiment_mismatch", own, float(stopped)
    yield "experiment_verdict", own, {SHIP: 1.0, KEEP: -1.0}.get(analysis.verdict.answer, 0.0)
    yield "experiment_planned_units", own, plan.horizon_units


def labeled(**labels: str) -> str:
    """Labels as Prometheus reads them."""
    quoted = {
        name: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for name, value in labels.items()
    }
    return ",".join(f'{name}="{value}"' for name, value in quoted.items())
