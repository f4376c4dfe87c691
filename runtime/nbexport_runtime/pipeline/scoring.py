"""Score a saved model on rows that were held back, with the code that the model was saved with.

    python -m nbexport_runtime.pipeline.scoring JOB.json

runs in a process of its own, so that two models with different code can be compared. It trains nothing: it takes what
was learned from the bundle, calls the stages that the evaluation needs, and the evaluation: once with all rows, then
again and again with rows drawn with replacement, for a paired bootstrap. Both models of a comparison draw the same
rows.

Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 13.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbexport_runtime import bundle
from nbexport_runtime.masking import mask_uncaught, masked
from nbexport_runtime.pipeline import datasets, project, snapshot
from nbexport_runtime.pipeline.files import read_json
from nbexport_runtime.pipeline.parameters import parsed
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.replay import Call, MissingError, caller, evaluated, needed, prepared
from nbexport_runtime.pipeline.rows import length, taken
from nbexport_runtime.pipeline.stages import Stage

FEWEST = 10
"""Drawings after which those that cannot be scored end the attempt."""


def main(arguments: list[str]) -> int:
    """Do one job and write its result beside it; the exit code."""
    job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    # `-m` puts the working folder there
    sys.path[:1] = [job["code"]]
    result = score(project.of(Path(job["code"])), job)
    Path(job["result"]).write_text(json.dumps(result), encoding="utf-8")
    return 0


def score(own: Project, job: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics of a bundle, and those of each drawing where rows can be drawn.

    Args:
        own: The code that the bundle was saved with.
        job: `bundle`, `holdout` and `data` are folders; `parameters` and `run_seed` are those of the run;
            `resamples`, `limit_s` and `seed` say how often rows are drawn, for how long, and from which seed.
    """
    model = importlib.import_module("model")
    loaded = dict(model.load_model(job["bundle"]))
    frozen = dict(bundle.load(job["holdout"], own=own.own)) if job["holdout"] else {}
    try:
        replay = needed(own.stages, loaded, frozen)
    except MissingError as missing:
        return {"missing": missing.names}
    data = Path(job["data"])
    args = parsed(own.parser, job["parameters"], data=datasets.inside(data, own.source))
    if job["run_seed"] is not None:
        args.seed = job["run_seed"]
        model.set_seed(args.seed)
    call = from_snapshot(caller(model, args), data, own)
    values = prepared(own.stages, replay, call, loaded, frozen)
    read = {name for stage in replay.stages[replay.first :] for name in stage.takes if name in values}
    aligned = {name for name in own.stages.learned & loaded.keys() if is_listed(loaded[name])}
    if foreign := foreign_rows({name: loaded[name] for name in aligned & read}, job):
        return {"missing": foreign}
    moving = groups_of_rows({name: values[name] for name in read - (loaded.keys() - aligned)}, frozen)
    metrics = bundle.plain(evaluated(replay, call, values))
    result = {"metrics": metrics, "rows": max(moving, default=0), "samples": [], "why_none": ""}
    if max(moving, default=0) <= 1:
        result["why_none"] = "the evaluation does not read rows that can be drawn"
        return result

    def again(chosen: Mapping[int, Sequence[int]]) -> dict[str, Any]:
        part = {name: taken(values[name], chosen[rows]) for rows, names in moving.items() for name in names}
        shown: dict[str, Any] = bundle.plain(evaluated(replay, call, {**values, **part}))
        return shown

    result["samples"], result["why_none"] = drawn(again, sorted(moving), job)
    return result


def foreign_rows(learned: Mapping[str, Any], job: Mapping[str, Any]) -> list[str]:
    """Names of what training made of rows held back, where other rows are held back by now.

    Args:
        learned: What an evaluation reads of the bundle: predictions, say.
        job: What is to be scored.
    """
    held_back = read_json(Path(job["bundle"]) / "manifest.json").get("holdout") or {}
    if not job["holdout"] or Path(job["holdout"]).name == held_back.get("id"):
        return []
    return sorted(name for name, value in learned.items() if length(value) == held_back.get("rows"))


def from_snapshot(call: Call, data: Path, own: Project) -> Call:
    """Calls stages; of a data set that is a snapshot, data stages give what they gave when it was taken."""

    def kept(stage: Stage, values: Mapping[str, Any]) -> dict[str, Any]:
        if stage.role == "data" and snapshot.is_snapshot(data):
            return snapshot.values(stage, data, own=own.own)
        return call(stage, values)

    return kept


def drawn(
    evaluate: Callable[[Mapping[int, Sequence[int]]], dict[str, Any]], counts: Sequence[int], job: Mapping[str, Any]
) -> tuple[list[dict[str, Any] | None], str]:
    """The metrics of each drawing; None for one that cannot be scored, such as one without a class.

    Args:
        evaluate: Takes number of rows → the rows that are drawn.
        counts: How many rows there are, of each set; the last set is the largest.
        job: Seed, number and time limit of the drawings.
    """
    generator = importlib.import_module("numpy").random.default_rng
    # one for each set, so that another model draws the same whatever else it reads
    random = {count: generator([job["seed"], count]) for count in counts[:-1]} | {counts[-1]: generator(job["seed"])}
    began = time.monotonic()
    samples: list[dict[str, Any] | None] = []
    trouble = ""
    for _ in range(job["resamples"]):
        chosen = {count: random[count].integers(0, count, count).tolist() for count in counts}
        try:
            samples.append(evaluate(chosen))
        except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
            samples.append(None)
            trouble = masked(f"drawn rows cannot be scored: {type(error).__name__}: {error}")
        if time.monotonic() - began > job["limit_s"]:
            break
        if len(samples) >= FEWEST and not any(samples):
            break
    return (samples, "") if any(samples) else ([], trouble)


def groups_of_rows(read: Mapping[str, Any], frozen: Mapping[str, Any]) -> dict[int, list[str]]:
    """Number of rows → names of the values that have them; of all frozen rows, or of the longest where none are.

    Args:
        read: What an evaluation reads, without the model.
        frozen: The rows held back.
    """
    counts = {name: number_of_rows(value) for name, value in read.items()}
    known = {number_of_rows(value) for value in frozen.values()} or {max(counts.values(), default=0)}
    groups: dict[int, list[str]] = {}
    for name, count in sorted(counts.items()):
        if count in known and count > 1:
            groups.setdefault(count, []).append(name)
    return groups


def is_listed(value: Any) -> bool:
    """Whether a value is a list of something, and not a model that happens to have a length."""
    return isinstance(value, list | tuple) or (hasattr(value, "shape") and length(value) > 0)


def number_of_rows(value: Any) -> int:
    """How many rows a value has, or the data set of a loader."""
    dataset = getattr(value, "dataset", None)
    return length(value if dataset is None else dataset)


def finite(value: Any) -> bool:
    """Whether a metric is a number that can be compared."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


if __name__ == "__main__":
    mask_uncaught()
    sys.exit(main(sys.argv[1:]))
