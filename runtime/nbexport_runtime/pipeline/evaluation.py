"""One evaluation of a saved model on some rows, prepared once and repeated with rows that are drawn.

Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 13.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbexport_runtime import bundle
from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline import snapshot
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.remembering import DiffersError, Memory
from nbexport_runtime.pipeline.replay import Call, MissingError, evaluated, needed, prepared
from nbexport_runtime.pipeline.rows import length, taken
from nbexport_runtime.pipeline.stages import Stage

FEWEST = 10
"""Drawings after which those that cannot be scored end the attempt."""
NOT_DRAWN = "the evaluation does not read rows that can be drawn"

Metrics = dict[str, Any]
Chosen = Mapping[int, Sequence[int]]
"""Number of rows → the rows that are drawn."""


class Evaluation:
    """The evaluation of one model on one set of rows."""

    def __init__(
        self, own: Project, call: Call, loaded: Mapping[str, Any], rows: Mapping[str, Any], held: int = 0
    ) -> None:
        """Prepare the evaluation, and run it with all rows.

        Args:
            own: The code of the model.
            call: Calls a stage.
            loaded: What the bundle holds.
            rows: What the notebook holds back, by name; empty where the evaluation of its data is repeated.
            held: How many rows the training held back, where `rows` are others; 0 where they are these.

        Raises:
            MissingError: It reads what only training makes, or made of other rows.
        """
        self._replay, self._call = needed(own.stages, loaded, rows), call
        self.values = prepared(own.stages, self._replay, call, loaded, rows)
        read = {name for stage in self._replay.stages[self._replay.first :] for name in stage.takes}
        read &= self.values.keys()
        aligned = {name for name in own.stages.learned & loaded.keys() if is_listed(loaded[name])}
        if held and (foreign := sorted(name for name in aligned & read if length(loaded[name]) == held)):
            raise MissingError(foreign)
        moving = {name: self.values[name] for name in read - (loaded.keys() - aligned)}
        self.moving = groups_of_rows(moving, rows)
        self.rows = max(self.moving, default=0)
        """How many rows can be drawn; at most 1 where none can."""
        self.memory = Memory({name: self.values[name] for name in sorted(read & loaded.keys())})
        with self.memory.recording(self.read, list(self.moving)):
            self.metrics: Metrics = bundle.plain(evaluated(self._replay, call, self.values))

    @property
    def read(self) -> dict[str, Any]:
        """The values whose rows can be drawn, by name."""
        return {name: self.values[name] for names in self.moving.values() for name in names}

    @property
    def why_none(self) -> str:
        """Why no rows can be drawn; empty where they can."""
        return NOT_DRAWN if self.rows <= 1 else ""

    def of(self, chosen: Chosen) -> Metrics:
        """The metrics of some rows.

        Raises:
            DiffersError: What was remembered is not what the model answers.
        """
        part = {name: taken(self.values[name], chosen[rows]) for rows, names in self.moving.items() for name in names}
        with self.memory.drawn(part, chosen):
            shown: Metrics = bundle.plain(evaluated(self._replay, self._call, {**self.values, **part}))
        return shown

    def again(self) -> None:
        """Run the evaluation with all rows and the model's own predictions."""
        evaluated(self._replay, self._call, self.values)

    def replaced(self, answers: Sequence[Any], chosen: Chosen | None = None) -> Metrics:
        """The metrics where other answers stand in the place of the model's.

        Raises:
            ElsewhereError: The evaluation asks the model something that these answers are not for.
        """
        part: dict[str, Any] = {}
        if chosen is not None:
            part = {name: taken(self.values[name], chosen[n]) for n, names in self.moving.items() for name in names}
        with self.memory.replaced(answers, chosen):
            shown: Metrics = bundle.plain(evaluated(self._replay, self._call, {**self.values, **part}))
        return shown


class Drawings:
    """Rows drawn with replacement, more when more are asked for; every model draws the same."""

    def __init__(self, seed: int, counts: Sequence[int], evaluate: Callable[[Chosen], Metrics]) -> None:
        """Begin.

        Args:
            seed: Of the drawings.
            counts: How many rows there are, of each set.
            evaluate: The metrics of the rows that are drawn.
        """
        self._seed, self._counts, self._evaluate = seed, sorted(counts), evaluate
        self.samples: list[Metrics | None] = []
        """The metrics of each drawing; None for one that cannot be scored, such as one without a class."""
        self.trouble = ""
        """Why the last of these cannot."""
        self._start()

    def _start(self) -> None:
        generator = importlib.import_module("numpy").random.default_rng
        # one for each set, so that another model draws the same whatever else it reads
        self._random = {count: generator([self._seed, count]) for count in self._counts[:-1]}
        self._random |= {count: generator(self._seed) for count in self._counts[-1:]}
        self.samples.clear()

    def until(self, count: int) -> None:
        """Draw until there are so many."""
        while len(self.samples) < count and not (len(self.samples) >= FEWEST and not any(self.samples)):
            chosen = {rows: random.integers(0, rows, rows).tolist() for rows, random in self._random.items()}
            try:
                self.samples.append(self._evaluate(chosen))
            except DiffersError:
                # rows of a batch depend on each other: all again, each predicted
                self._start()
            except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
                self.samples.append(None)
                self.trouble = masked(f"drawn rows cannot be scored: {type(error).__name__}: {error}")


def from_snapshot(call: Call, data: Path, own: Project) -> Call:
    """Calls stages; of a data set that is a snapshot, data stages give what they gave when it was taken."""

    def kept(stage: Stage, values: Mapping[str, Any]) -> dict[str, Any]:
        if stage in own.stages.kept and snapshot.is_snapshot(data):
            return snapshot.values(stage, data, own=own.own)
        return call(stage, values)

    return kept


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
