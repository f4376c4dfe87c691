"""Two models on the same rows, which no training has seen: the evidence that a judgement rests on."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import datasets, holdout, processes, resources, scorers
from nbexport_runtime.pipeline.effortless import first
from nbexport_runtime.pipeline.evidence import Evidence, Score, Significance
from nbexport_runtime.pipeline.files import intact, manifest
from nbexport_runtime.pipeline.pairs import EARLIER, Metric, Pair, difference_of, interval
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.scorers import Scorer
from nbexport_runtime.pipeline.scoring import HELD_BACK
from nbexport_runtime.pipeline.settings import Gates
from nbexport_runtime.pipeline.subsets import freshly, leave_out_known, sliced

SEED = 20_000
"""Of the drawings, so that a comparison that is repeated gives the same."""


def gather(
    project: Project, candidate: Path, baseline: Path | None, gates: Gates, metric: Metric, guarded: Mapping[str, bool]
) -> Evidence:
    """Score one or two bundles on the same rows.

    Args:
        project: The project.
        candidate: The bundle to judge.
        baseline: The bundle in production; None where there is none yet.
        gates: The settings.
        metric: The metric that decides.
        guarded: Other metrics → whether more is better.

    Raises:
        PipelineError: A bundle was changed, or its data is gone.
    """
    facts = manifest(candidate)
    own_rows = (facts.get("holdout") or {}).get("id")
    rows = holdout.identity(project) or own_rows
    data = (facts.get("data_set") or {}).get("id")
    # one after the other, since both may bring data back
    jobs = [job(project, bundle, rows, data, gates) for bundle in (candidate, baseline) if bundle]
    with contextlib.ExitStack() as stack:
        mine, scorer = opened(stack, candidate, jobs[0])
        if baseline is None:
            return first(mine, scorer, gates, metric)
        theirs, other = opened(stack, baseline, jobs[1])
        evidence = Evidence(mine, theirs, size=resources.size(candidate, baseline))
        if mine.again and rows and own_rows != rows:
            why = f"the rows held back are now {rows}, and it was trained with {own_rows or 'none'} held back"
            return replace(evidence, problem=f"{why}; train again with `python retrain.py`")
        frozen = holdout.folder(project, rows).resolve() if rows else None
        pair = Pair(scorer, other, metric, gates, mine, theirs, frozen)
        if gates.max_latency_ratio:
            evidence = replace(evidence, latency=resources.latency(scorer, other, gates.max_latency_ratio))
        if not (mine.again and theirs.again):
            return only_recorded(pair, evidence, guarded)
        if frozen is not None and (manifest(baseline).get("holdout") or {}).get("id") != rows:
            evidence = leave_out_known(pair, evidence)
        return compared(pair, evidence, guarded)


def compared(pair: Pair, evidence: Evidence, guarded: Mapping[str, bool]) -> Evidence:
    """The whole comparison of two models that are scored now."""
    main = difference_of(pair, pair.own, pair.other, HELD_BACK)
    guards = {
        name: interval(Metric(name, up), pair.own.metrics, pair.other.metrics, pair.samples, pair.gates)
        for name, up in guarded.items()
    }
    evidence = replace(evidence, main=main, guards=guards)
    if main is None:
        return evidence
    # fresh ones are the last, since both then have other rows
    return freshly(pair, sliced(pair, evidence))


def only_recorded(pair: Pair, evidence: Evidence, guarded: Mapping[str, bool]) -> Evidence:
    """The differences of figures without an interval."""
    main = interval(pair.metric, pair.own.metrics, pair.other.metrics, (), pair.gates)
    why = next((score.remark for score in (pair.own, pair.other) if not score.again), "")
    guards = {
        name: interval(Metric(name, up), pair.own.metrics, pair.other.metrics, (), pair.gates)
        for name, up in guarded.items()
    }
    tested = Significance(main, problem=why) if main is not None else None
    return replace(evidence, main=tested, guards=guards, slices_problem=why, unknown=pair.gates.slices)


# ---------------------------------------------------------------------- processes and figures


def job(project: Project, folder: Path, rows: str | None, other: str | None, gates: Gates) -> dict[str, Any]:
    """What scoring a bundle takes, with all of it on this disk.

    Args:
        project: The project.
        folder: The bundle.
        rows: Id of the rows held back; without them, the evaluation of the data set `other` is repeated.
        other: Id of a data set.
        gates: How many drawings.

    Raises:
        PipelineError: The bundle was changed, or its data is gone.
    """
    facts = manifest(folder)
    # its code is run
    intact(folder)
    own, held = (facts.get("data_set") or {}).get("id"), (facts.get("holdout") or {}).get("id")
    data = own if rows else other
    code = folder / "code" if (folder / "code" / "model.py").is_file() else project.code
    return {
        "code": str(code.resolve()),
        "bundle": str(folder.resolve()),
        "holdout": str(holdout.folder(project, rows).resolve()) if rows else None,
        "held_by_training": str(holdout.folder(project, held).resolve()) if held else None,
        "data": str(read_by(code, datasets.place(project, data)).resolve()) if data else None,
        "parameters": facts.get("parameters", {}),
        "run_seed": facts.get("seed") if facts.get("seed_given") else None,
        "limit": min(gates.resamples, EARLIER),
        "seed": SEED,
    }


def opened(stack: contextlib.ExitStack, folder: Path, asked: dict[str, Any]) -> tuple[Score, Scorer]:
    """The figures of a bundle, and who answers further questions about it.

    Raises:
        ScoringError: Its code fails.
    """
    facts = manifest(folder)
    version, metrics = str(facts["version"]), facts["metrics"]
    scorer = stack.enter_context(scorers.started(asked, folder))
    if asked["data"] is None:
        remark = f"{version} was not trained on a versioned data set: these are the figures of its training"
        return Score(version, metrics, remark=remark, again=False), scorer
    result = scorer.ask("open", rows=HELD_BACK)
    if "missing" in result:
        names = ", ".join(f"`{name}`" for name in result["missing"])
        remark = f"the evaluation of {version} reads {names}, which only training makes: these are its recorded figures"
        return Score(version, metrics, remark=remark, again=False), scorer
    why = f"{version}: {result['why_none']}" if result["why_none"] else ""
    return Score(version, result["metrics"], result["rows"], why), scorer


def read_by(code: Path, data: Path) -> Path:
    """The data that scoring a version reads: a data set, or the file in it where the version carries its pipeline.

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
