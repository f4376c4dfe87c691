"""Two models on the same held back rows: their metrics, and a confidence interval of the difference."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import datasets, holdout, processes
from nbexport_runtime.pipeline.files import intact, manifest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.scoring import finite
from nbexport_runtime.pipeline.settings import Gates

SEED = 20_000
"""Of the drawings, so that a comparison that is repeated gives the same."""
FEWEST = 50
"""Drawings below which there is no interval."""


@dataclass(frozen=True)
class Score:
    """One model's figures."""

    version: str
    metrics: dict[str, Any]
    samples: list[dict[str, Any] | None] = field(default_factory=list)
    rows: int = 0
    remark: str = ""
    """Why these are the recorded figures, or why rows cannot be drawn."""
    again: bool = True
    """Whether the model was scored now; otherwise the figures are those of its training."""
    cut: bool = False
    """Whether the time limit ended the drawings before there were enough for an interval."""


@dataclass(frozen=True)
class Difference:
    """How much better the candidate is in one metric; above 0 is better, whatever the metric's direction."""

    metric: str
    candidate: float
    baseline: float
    gain: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Task:
    """A bundle to score."""

    folder: Path
    facts: dict[str, Any]
    """Its manifest."""
    job: dict[str, Any] | None
    """What `scoring.py` is told; None where it cannot be asked."""


def scores(project: Project, candidate: Path, baseline: Path | None, gates: Gates) -> tuple[Score, Score | None]:
    """Score one or two bundles on the same rows, at the same time."""
    facts = manifest(candidate)
    rows = (facts.get("holdout") or {}).get("id") or holdout.identity(project)
    data = (facts.get("data_set") or {}).get("id")
    if baseline is None:
        # nothing to compare with, so nothing to draw for
        return score(task(project, candidate, rows, data, replace(gates, resamples=0))), None
    # one after the other, since both may bring data back
    tasks = [task(project, bundle, rows, data, gates) for bundle in (candidate, baseline)]
    with ThreadPoolExecutor(len(tasks)) as pool:
        first, second = pool.map(score, tasks)
    return first, second


def task(project: Project, folder: Path, rows: str | None, other: str | None, gates: Gates) -> Task:
    """What scoring a bundle takes, with all of it on this disk.

    Args:
        project: The project.
        folder: The bundle.
        rows: Id of the rows held back; without them, the evaluation of the data set `other` is repeated.
        other: Id of a data set.
        gates: How many drawings, and for how long.

    Raises:
        PipelineError: The bundle was changed, or its data is gone.
    """
    facts = manifest(folder)
    # its code is run
    intact(folder)
    data = (facts.get("data_set") or {}).get("id") if rows else other
    if data is None:
        return Task(folder, facts, None)
    place = datasets.place(project, data)
    code = folder / "code" if (folder / "code" / "model.py").is_file() else project.code
    job = {
        "code": str(code.resolve()),
        "bundle": str(folder.resolve()),
        "holdout": str(holdout.folder(project, rows).resolve()) if rows else None,
        "data": str(read_by(code, place).resolve()),
        "parameters": facts.get("parameters", {}),
        "run_seed": facts.get("seed") if facts.get("seed_given") else None,
        "resamples": gates.resamples,
        "limit_s": gates.resampling_limit_s,
        "seed": SEED,
    }
    return Task(folder, facts, job)


def score(asked: Task) -> Score:
    """The figures of a bundle.

    Raises:
        PipelineError: Its code fails.
    """
    version, metrics = str(asked.facts["version"]), asked.facts["metrics"]
    if asked.job is None:
        remark = "it was not trained on a versioned data set"
        return Score(version, metrics, remark=remark, again=False)
    with tempfile.TemporaryDirectory(prefix="score-") as scratch:
        file, answer = Path(scratch, "job.json"), Path(scratch, "result.json")
        file.write_text(json.dumps({**asked.job, "result": str(answer)}), encoding="utf-8")
        code = Path(asked.job["code"])
        done = subprocess.run(
            [sys.executable, *processes.program(code, "scoring"), str(file)],
            cwd=scratch,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": path(code)},
        )
        if done.returncode != 0:
            lines = "\n".join(done.stderr.strip().splitlines()[-6:])
            raise PipelineError(f"`{asked.folder}` cannot be scored:\n{lines}")
        result = json.loads(answer.read_text(encoding="utf-8"))
    if "missing" in result:
        names = ", ".join(f"`{name}`" for name in result["missing"])
        remark = f"its evaluation reads {names}, which only training makes: these are the figures of its training"
        return Score(version, metrics, remark=remark, again=False)
    samples, why_none = result["samples"], result["why_none"]
    cut = not why_none and len(samples) < min(FEWEST, asked.job["resamples"])
    return Score(version, result["metrics"], samples, result["rows"], why_none, cut=cut)


def path(code: Path) -> str:
    """Where a version's code is imported from, in a process of its own."""
    return os.pathsep.join(entry for entry in (str(code), os.environ.get("PYTHONPATH", "")) if entry)


def read_by(code: Path, data: Path) -> Path:
    """What the scoring of a version is given: a data set, or the file in it where the version carries its pipeline.

    Args:
        code: The version's code.
        data: The data set.
    """
    if not processes.carries_pipeline(code):
        return data
    for node in ast.parse((code / "model.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "DATA":
            name = node.value.value if isinstance(node.value, ast.Constant) else None
            return datasets.inside(data, Path(name) if isinstance(name, str) else None)
    return data


def difference(metric: str, up: bool, candidate: Score, baseline: Score, confidence: float) -> Difference | None:
    """The candidate's gain in a metric; None where one of the two has no such number."""
    one, other = candidate.metrics.get(metric), baseline.metrics.get(metric)
    if one is None or other is None or not finite(one) or not finite(other):
        return None
    sign = 1.0 if up else -1.0
    gains = sorted(
        sign * (mine[metric] - theirs[metric])
        for mine, theirs in zip(candidate.samples, baseline.samples, strict=False)
        if mine and theirs and finite(mine.get(metric)) and finite(theirs.get(metric))
    )
    low = high = None
    if len(gains) >= FEWEST and candidate.rows == baseline.rows:
        tail = (1 - confidence) / 2
        low, high = quantile(gains, tail), quantile(gains, 1 - tail)
    return Difference(metric, float(one), float(other), sign * (one - other), low, high)


def quantile(ordered: list[float], share: float) -> float:
    """A quantile of ordered numbers, between two of them in proportion."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
