"""Score a saved model on rows that no training has seen, with the code that the model was saved with.

    python -m nbexport_runtime.pipeline.scoring JOB.json

runs in a process of its own, so that two models with different code can be compared. It trains nothing: it takes what
was learned from the bundle, calls the stages that the evaluation needs, and the evaluation. One line of JSON on its
standard input is one request, one line on its standard output is the answer:

    {"do": "open", "rows": "held back"}                  {"metrics": {"auc": 0.74}, "rows": 375, "why_none": ""}
    {"do": "draw", "rows": "held back", "count": 100}    {"samples": [{"auc": 0.73}, …], "trouble": ""}

What the notebook's code prints goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from nbexport_runtime import bundle
from nbexport_runtime.masking import mask_uncaught, masked
from nbexport_runtime.pipeline import baselines, datasets, fresh, project, slices
from nbexport_runtime.pipeline.evaluation import Drawings, Evaluation, from_snapshot, is_listed
from nbexport_runtime.pipeline.files import read_json
from nbexport_runtime.pipeline.holdout import groups
from nbexport_runtime.pipeline.parameters import parsed
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.remembering import DiffersError, ElsewhereError
from nbexport_runtime.pipeline.replay import MissingError, caller
from nbexport_runtime.pipeline.rows import length, taken

HELD_BACK, FRESH = "held back", "fresh"
"""The two sets of rows that models are scored on."""

TURNS, LONG_MS = 5, 20.0
"""So often a prediction is timed in a row, unless it takes so long."""

Answer = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Answer requests until there are no more; the exit code."""
    job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    # what the notebook's code prints is not an answer, and what it reads is not a request
    os.dup2(2, 1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    # `-m` puts the working folder there
    sys.path[:1] = [job["code"]]
    if job["runtime"] in sys.path[1:]:
        # it was only there for this package, which is imported by now
        del sys.path[sys.path.index(job["runtime"], 1)]
    scorer: Scorer | None = None
    for line in requests:
        try:
            scorer = scorer or Scorer(project.of(Path(job["code"])), job)
            answer = scorer.answer(json.loads(line))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the notebook's code may raise anything
            answer = {"error": masked(f"{type(error).__name__}: {error}")}
        print(json.dumps(answer), file=answers, flush=True)
    return 0


class Scorer:
    """One model, and the rows that it is scored on."""

    def __init__(self, own: Project, job: Mapping[str, Any]) -> None:
        """Load the model.

        Args:
            own: The code that the bundle was saved with.
            job: `bundle` and `data` are folders, `holdout` one or None, `held_by_training` the rows that its training
                held back, or None; `parameters` and `run_seed` are those of the run; `seed` is that of the drawings.
        """
        self.own, self.job = own, job
        self.model = importlib.import_module("model")
        data = Path(job["data"] or job["bundle"])
        self.args = parsed(own.parser, job["parameters"], data=datasets.inside(data, own.source))
        self.call = from_snapshot(caller(self.model, self.args), data, own)
        self.evaluations: dict[str, Evaluation] = {}
        self.drawings: dict[tuple[str, str], Drawings] = {}
        self.places: dict[str, tuple[str, list[list[int]]]] = {}
        """Rows → their folder, and which of each group are left out."""
        self.slices: list[slices.Slice] = []
        self.baselines: list[baselines.Baseline] = []
        if job["holdout"]:
            self.places[HELD_BACK] = (job["holdout"], [])

    @cached_property
    def loaded(self) -> Any:
        """What the bundle holds."""
        return self.model.load_model(self.job["bundle"])

    def answer(self, request: Mapping[str, Any]) -> Answer:
        """What a request asks for."""
        asked = dict(request)
        action: Callable[..., Answer] = getattr(self, f"do_{asked.pop('do')}")
        return action(**asked)

    # ------------------------------------------------------------------ the rows

    def rows(self, name: str) -> dict[str, Any]:
        """The values of a set of rows, read again: an evaluation may change them."""
        if name not in self.places:
            return {}
        folder, leave_out = self.places[name]
        values = dict(bundle.load(folder, own=self.own.own))
        return fresh.without(values, leave_out) if leave_out else values

    def do_fresh(self, to: str) -> Answer:
        """Keep the rows that the notebook's own split of the data holds back."""
        self._seed()
        values = fresh.own_rows(self.own.stages, self.call)
        bundle.save(values, Path(to), strict=True, examples=[], own=self.own.own)
        return {"rows": max((length(value) for value in values.values()), default=0)}

    def do_seen(self, folder: str, besides: str = "") -> Answer:
        """Which rows of a folder the training got, or are among others.

        Args:
            folder: The rows.
            besides: Another folder of rows.
        """
        self._seed()
        held = self.job["held_by_training"]
        frozen = dict(bundle.load(held, own=self.own.own)) if held else {}
        others = [fresh.trained_on(self.own.stages, self.call, frozen)]
        if besides:
            others.append(dict(bundle.load(besides, own=self.own.own)))
        rows = dict(bundle.load(folder, own=self.own.own))
        counts = [length(next(iter(group.values()))) for group in groups(rows)]
        return {"seen": fresh.seen(rows, others), "counts": counts}

    def do_use(self, rows: str, folder: str, leave_out: list[list[int]]) -> Answer:
        """Take other rows under a name: those of a folder, without some."""
        self.places[rows] = (folder, leave_out)
        self.evaluations.pop(rows, None)
        self.drawings.clear()
        return {}

    # ------------------------------------------------------------------ the evaluation

    def do_open(self, rows: str) -> Answer:
        """The metrics of all rows of a set."""
        self._seed()
        try:
            evaluation = Evaluation(self.own, self.call, self._known(rows), self.rows(rows), self._foreign(rows))
        except MissingError as missing:
            return {"missing": missing.names}
        self.evaluations[rows] = evaluation
        return {"metrics": evaluation.metrics, "rows": evaluation.rows, "why_none": evaluation.why_none}

    def do_draw(self, rows: str, count: int) -> Answer:
        """The metrics of drawn rows."""
        evaluation = self.evaluations[rows]
        return self._drawn((rows, ""), list(evaluation.moving), evaluation.of, count)

    def do_slices(self, named: Sequence[str]) -> Answer:
        """Slices of the rows held back."""
        self.slices, unknown = slices.found(self.rows(HELD_BACK), named)
        known = [
            {"name": part.name, "column": part.column, "rows": len(part.rows), "named": part.named}
            for part in self.slices
        ]
        return {"slices": known, "unknown": unknown}

    def do_slice(self, name: str, count: int = 0) -> Answer:
        """The metrics of a slice, and of rows drawn from it."""
        evaluation = self.evaluations[HELD_BACK]
        part = next(part for part in self.slices if part.name == name)
        others = {rows: range(rows) for rows in evaluation.moving if rows != part.of}
        if part.of not in evaluation.moving:
            return {"error": "the evaluation does not read these rows one by one"}
        if not count:
            try:
                return {"metrics": evaluation.of({**others, part.of: part.rows})}
            except DiffersError:
                return {"metrics": evaluation.of({**others, part.of: part.rows})}

        def of(chosen: Mapping[int, Sequence[int]]) -> dict[str, Any]:
            return evaluation.of({**others, part.of: [part.rows[row] for row in chosen[len(part.rows)]]})

        return self._drawn((HELD_BACK, name), [len(part.rows)], of, count)

    def do_baselines(self, metric: str) -> Answer:
        """The metrics of models that take no effort, in the place of the model.

        Args:
            metric: The metric that decides.
        """
        evaluation = self.evaluations[HELD_BACK]
        self._seed()
        frozen = self.rows(HELD_BACK)
        self.baselines, why_not = baselines.found(self.own.stages, self.call, evaluation, frozen)
        known = []
        for baseline in list(self.baselines):
            try:
                metrics = evaluation.replaced(baseline.answers)
            except ElsewhereError as error:
                why_not.append(f"{baseline.name}: {error}")
            except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
                why_not.append(masked(f"{baseline.name}: the evaluation fails on it: {type(error).__name__}: {error}"))
            else:
                if finite(metrics.get(metric)):
                    known.append({"name": baseline.name, "metrics": metrics})
                else:
                    why_not.append(f"{baseline.name}: `{metric}` is not a number for it")
        return {"baselines": known, "why_not": why_not}

    def do_baseline(self, name: str, count: int) -> Answer:
        """The metrics of drawn rows, with a baseline in the place of the model."""
        evaluation = self.evaluations[HELD_BACK]
        answers = next(baseline.answers for baseline in self.baselines if baseline.name == name)

        def of(chosen: Mapping[int, Sequence[int]]) -> dict[str, Any]:
            return evaluation.replaced(answers, chosen)

        return self._drawn((HELD_BACK, f"baseline {name}"), list(evaluation.moving), of, count)

    # ------------------------------------------------------------------ how fast it is

    def do_predict(self) -> Answer:
        """Milliseconds of one prediction of each example; of the whole evaluation where there are no examples."""
        examples = self.loaded.examples
        tasks: list[Callable[[], Any]] = [partial(self.loaded.predict, *args, **kwargs) for args, kwargs in examples]
        if not tasks and HELD_BACK not in self.evaluations:
            return {"error": "it has no example calls, and its evaluation cannot be repeated"}
        tasks = tasks or [self.evaluations[HELD_BACK].again]
        return {"ms": [fastest_ms(task) for task in tasks], "examples": len(examples)}

    # ------------------------------------------------------------------ inside

    def _drawn(self, key: tuple[str, str], counts: Sequence[int], of: Callable[..., Any], count: int) -> Answer:
        """The metrics of drawn rows; those drawn before, and more."""
        if key not in self.drawings:
            self.drawings[key] = Drawings(self.job["seed"], counts, of)
        drawings = self.drawings[key]
        drawings.until(count)
        return {"samples": drawings.samples, "trouble": drawings.trouble}

    def _seed(self) -> None:
        """Begin as the run did."""
        if self.job["run_seed"] is not None:
            self.args.seed = self.job["run_seed"]
            self.model.set_seed(self.args.seed)

    def _known(self, rows: str) -> dict[str, Any]:
        """What the bundle holds; predictions that training made of the rows held back without those left out."""
        values = dict(self.loaded)
        _, leave_out = self.places.get(rows, ("", []))
        if self._foreign(rows) or not any(leave_out):
            return values
        held = self._held()
        of_rows = {
            n: v for n, v in values.items() if n in self.own.stages.learned and is_listed(v) and length(v) == held
        }
        (left, *_) = [part for part in leave_out if part]
        stay = [row for row in range(held) if row not in set(left)]
        return values | {name: taken(value, stay) for name, value in of_rows.items()}

    def _held(self) -> int:
        """How many rows the training held back."""
        facts = read_json(Path(self.job["bundle"]) / "manifest.json").get("holdout") or {}
        return int(facts.get("rows", 0))

    def _foreign(self, rows: str) -> int:
        """How many rows the training held back, where those of a set are others; 0 where they are the same."""
        folder, _ = self.places.get(rows, ("", []))
        held = self.job["held_by_training"]
        return 0 if not folder or (held and Path(held) == Path(folder)) else self._held()


def fastest_ms(task: Callable[[], Any]) -> float:
    """Milliseconds of the fastest of some calls, of one call where it takes long."""
    fastest = total = 0.0
    for turn in range(TURNS):
        began = time.perf_counter()
        task()
        taken_ms = (time.perf_counter() - began) * 1000
        fastest = taken_ms if turn == 0 else min(fastest, taken_ms)
        total += taken_ms
        if total > LONG_MS:
            break
    return fastest


def finite(value: Any) -> bool:
    """Whether a metric is a number that can be compared."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


if __name__ == "__main__":
    mask_uncaught()
    sys.exit(main(sys.argv[1:]))
