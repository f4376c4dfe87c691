"""Score a saved model on rows that were held back, with the code that the model was saved with.

    python pipeline/scoring.py JOB.json

runs in a process of its own, so that two models with different code can be compared. It goes through the stages as
`model.run` does, but takes from the bundle what was learnt, trains nothing, and asks `evaluate_model` at last: once
with all rows, then again and again with rows drawn with replacement, for a paired bootstrap. Both models of a
comparison draw the same rows.

Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 13.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


class Unknown:
    """Stands for a value that only training makes and the bundle does not hold."""

    def __init__(self, name: str) -> None:
        self.name = name


class Reached(Exception):
    """The evaluation was reached; ends the run of the stages."""


def main(arguments: list[str]) -> int:
    """Do one job and write its result beside it."""
    job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    sys.path[:1] = [job["code"]]
    result = score(job)
    Path(job["result"]).write_text(json.dumps(result), encoding="utf-8")
    return 0


def score(job: dict[str, Any]) -> dict[str, Any]:
    """The metrics of a bundle, and those of each drawing where rows can be drawn."""
    bundle = importlib.import_module("nbexport_runtime.bundle")
    model = importlib.import_module("model")
    stages = importlib.import_module("stages")
    loaded = model.load_model(job["bundle"])
    kept = dict(bundle.load(job["holdout"])) if job["holdout"] else {}
    arguments, rows = inputs(model, stages, loaded, kept, job)
    missing = sorted(
        value.name for value in arguments.values() if isinstance(value, Unknown)
    )
    if missing:
        return {"missing": missing}
    evaluate = getattr(model, stages.EVALUATE_STAGES[-1].function)
    original = dict(arguments)
    metrics = bundle.plain(evaluate(**original))
    result = {"metrics": metrics, "rows": rows, "samples": [], "why_none": ""}
    moving = {name for name, value in arguments.items() if length(value) == rows}
    moving -= set(loaded) | {"parameters"}
    if rows < 2 or not moving:
        result["why_none"] = "the evaluation does not read rows that can be drawn"
        return result
    result["samples"], result["why_none"] = drawn(
        lambda chosen: bundle.plain(
            evaluate(
                **{
                    name: taken(value, chosen) if name in moving else value
                    for name, value in arguments.items()
                }
            )
        ),
        rows,
        job,
    )
    return result


def drawn(
    evaluate: Callable[[Sequence[int]], dict[str, Any]], rows: int, job: dict[str, Any]
) -> tuple[list[dict[str, Any] | None], str]:
    """The metrics of each drawing; None for one that cannot be scored, such as one without a class."""
    random = importlib.import_module("numpy").random.default_rng(job["seed"])
    began = time.monotonic()
    found: list[dict[str, Any] | None] = []
    trouble = ""
    for _ in range(job["resamples"]):
        chosen = random.integers(0, rows, rows).tolist()
        try:
            found.append(evaluate(chosen))
        except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
            found.append(None)
            trouble = f"drawn rows cannot be scored: {type(error).__name__}: {error}"
        if time.monotonic() - began > job["limit_s"]:
            break
        if len(found) >= 10 and not any(found):
            break
    return (found, "") if any(found) else ([], trouble)


def inputs(
    model: Any, stages: Any, loaded: Any, kept: dict[str, Any], job: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    """What the last evaluation is called with, and how many rows it is about."""
    caught: dict[str, Any] = {}
    last = stages.EVALUATE_STAGES[-1]
    needed = reached(stages, set(loaded) | set(kept))
    for stage in stages.STAGES:
        original = getattr(model, stage.function)
        if stage is last:
            setattr(model, stage.function, catching(caught))
        else:
            wrapped = replaying(stage, original, needed, loaded, kept, job)
            setattr(model, stage.function, wrapped)
    parameters = parameters_of(model, job["parameters"])
    data = Path(job["data"]) if job["data"] else None
    try:
        model.run(parameters, data=data, seed=job["run_seed"])
    except Reached:
        pass
    finally:
        importlib.reload(model)
    for name in caught.keys() & set(loaded):
        # what is served is what is judged
        caught[name] = loaded[name]
    counts = [length(value) for name, value in caught.items() if name not in loaded]
    known = [length(value) for value in kept.values()]
    rows = max(known, default=0) or max(counts, default=0)
    return caught, rows


def reached(stages: Any, known: set[str]) -> set[str]:
    """The functions whose results the last evaluation needs, beyond what is known."""
    wanted = set(stages.EVALUATE_STAGES[-1].takes) - known
    found: set[str] = set()
    for stage in reversed(stages.STAGES[:-1]):
        if stage.role not in ("model", "train") and wanted & set(stage.gives):
            found.add(stage.function)
            wanted |= set(stage.takes) - known
    return found


def replaying(
    stage: Any,
    original: Callable[..., Any],
    needed: set[str],
    loaded: Any,
    kept: dict[str, Any],
    job: dict[str, Any],
) -> Callable[..., Any]:
    """A stage that runs only where its results are needed, and gives what is known where it is."""

    def give(**arguments: Any) -> Any:
        made: dict[str, Any] = {}
        if stage.function in needed:
            result = snapshot(stage, job) or original
            values = result(**arguments)
            many = (values,) if len(stage.gives) == 1 else values
            made = dict(zip(stage.gives, many, strict=True))
        values = tuple(
            kept[name]
            if name in kept
            else loaded[name]
            if name in loaded
            else made.get(name, Unknown(name))
            for name in stage.gives
        )
        return values[0] if len(values) == 1 else values

    return give


def snapshot(stage: Any, job: dict[str, Any]) -> Callable[..., Any] | None:
    """What gives the values of a data stage that were kept as a snapshot."""
    if stage.role != "data" or not job["data"]:
        return None
    folder = Path(job["data"]) / "snapshot" / stage.function
    if not folder.is_dir():
        return None
    kept = importlib.import_module("nbexport_runtime.bundle").load(folder)

    def give(**arguments: Any) -> Any:
        values = tuple(kept[name] for name in stage.gives)
        return values[0] if len(values) == 1 else values

    return give


def catching(caught: dict[str, Any]) -> Callable[..., Any]:
    """An evaluation that keeps what it is called with."""

    def evaluate(**arguments: Any) -> Any:
        caught.update(arguments)
        raise Reached

    return evaluate


def parameters_of(model: Any, given: dict[str, Any]) -> Any:
    """The notebook's parameters from a manifest, with the types that they had."""
    defaults = model.Parameters()
    values: dict[str, Any] = {}
    for name, value in given.items():
        if not hasattr(defaults, name):
            continue
        default = getattr(defaults, name)
        if isinstance(default, tuple) and isinstance(value, list):
            value = tuple(value)
        elif isinstance(default, Path) and isinstance(value, str):
            value = Path(value)
        values[name] = value
    return model.Parameters(**values)


def length(value: Any) -> int:
    """How many rows a value has; 0 for what has none."""
    if isinstance(value, str | bytes | dict | set | frozenset):
        return 0
    dataset = getattr(value, "dataset", None)
    try:
        return len(value if dataset is None else dataset)
    except TypeError:
        return 0


def taken(value: Any, rows: Sequence[int]) -> Any:
    """Some rows of a value, in that order; of a loader, one over these rows of its data set."""
    if hasattr(value, "iloc"):
        return value.iloc[list(rows)]
    if hasattr(value, "dataset") and hasattr(value, "batch_size"):
        data = importlib.import_module("torch.utils.data")
        part = data.Subset(value.dataset, list(rows))
        return data.DataLoader(
            part, batch_size=value.batch_size, collate_fn=value.collate_fn
        )
    if hasattr(value, "shape"):
        return value[list(rows)]
    if isinstance(value, list | tuple):
        return type(value)([value[row] for row in rows])
    return importlib.import_module("torch.utils.data").Subset(value, list(rows))


def finite(value: Any) -> bool:
    """Whether a metric is a number that can be compared."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
