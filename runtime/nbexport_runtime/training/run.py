"""A run: what `train` hands over of a training, and the command line around it."""

from __future__ import annotations

import argparse
import math
import operator
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from nbexport_runtime import bundle
from nbexport_runtime.masking import mask_uncaught
from nbexport_runtime.training.usage import UsageError

Train = Callable[[argparse.Namespace, Any], None]
"""Calls the stages with options and a run; which kind of run, `train.py` says where it calls `main`."""

OPERATORS: dict[str, tuple[str, str, Callable[[float, float], bool]]] = {
    "above": (">", "min", operator.gt),
    "at_least": (">=", "min", operator.ge),
    "below": ("<", "max", operator.lt),
    "at_most": ("<=", "max", operator.le),
    "equal_to": ("==", "equal", operator.eq),
}
"""Keyword of `Run.gate` → sign, first word of the gate's name, comparison."""


@dataclass(frozen=True)
class Gate:
    """A metric, what it must be compared with, and whether it passes."""

    name: str
    metric: str
    value: Any
    operator: str
    threshold: float
    passed: bool

    @property
    def problem(self) -> str:
        """Why it does not pass."""
        if number_in(self.value) is None:
            return f"gate {self.name}: metrics has no number `{self.metric}` (it is {self.value!r})"
        return f"gate {self.name}: {self.metric} is {self.value!r} and must be {self.operator} {self.threshold!r}"


class Run:
    """One training run: its metrics, its gates, and what the bundle gets.

    It seeds nothing and changes nothing of the process: the notebook's own statements do, in their place.
    """

    keeps_reference = False
    """Whether the bundle keeps how each input was distributed, for a check of drift."""

    def __init__(self) -> None:
        self.metrics: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        """Name → value of what `predict` needs."""
        self.examples: list[bundle.Example] = []
        """Example calls of `predict`: positional arguments, keyword arguments."""
        self.gates: dict[str, Gate] = {}
        self.predict: Callable[..., Any] | None = None
        self.prepare: Callable[[], None] = lambda: None
        """Sets in a thread what `predict` expects to be set there."""

    @classmethod
    def main(cls, parser: Any, train: Train, *, notebook: str) -> NoReturn:
        """Run `train` with the options of the command line, save what it hands over, and exit.

        Args:
            parser: The options of the project.
            train: Calls the stages, hands metrics, gates and model to the run.
            notebook: Name of the notebook, for the manifest.

        Raises:
            SystemExit: Always: 0 trained and saved, 1 a gate or a stage failed, 2 wrong usage.
        """
        from nbexport_runtime.training.command import Command

        mask_uncaught()
        raise SystemExit(Command(cls, parser, train, notebook).run())

    def example(self, /, *args: Any, **kwargs: Any) -> None:
        """Keep an example call of `predict`: the bundle is checked with it, and the service is."""
        self.examples.append((args, kwargs))

    def gate(
        self,
        metric: str,
        value: Any,
        *,
        above: float | None = None,
        at_least: float | None = None,
        below: float | None = None,
        at_most: float | None = None,
        equal_to: float | None = None,
    ) -> None:
        """Compare a metric with a threshold; all gates are evaluated before one fails the run.

        What is not a number, NaN included, does not pass.

        Raises:
            ValueError: Not exactly one threshold is given.
        """
        bounds = {"above": above, "at_least": at_least, "below": below, "at_most": at_most, "equal_to": equal_to}
        named = {name: bound for name, bound in bounds.items() if bound is not None}
        if len(named) != 1:
            raise ValueError("a gate has one threshold: above, at_least, below, at_most or equal_to")
        ((word, threshold),) = named.items()
        sign, prefix, passes = OPERATORS[word]
        shown = bundle.plain(value)
        number = number_in(shown)
        name = f"{prefix}_{metric}"
        while name in self.gates:
            name += "_2"
        passed = number is not None and passes(number, threshold)
        self.gates[name] = Gate(name, metric, shown, sign, threshold, passed)

    def save(
        self,
        state: Mapping[str, Any],
        *,
        metrics: Mapping[str, Any],
        predict: Callable[..., Any] | None = None,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        """Hand over what the bundle gets; it is written when `train` has returned and all gates have passed.

        Args:
            state: Name → value of what `predict` needs; without a `predict`, what can be saved is.
            metrics: The metrics of the run.
            predict: Takes the state first, then the arguments of the notebook's `predict`.
            prepare: Sets in a thread what `predict` expects to be set there.
        """
        self.state = dict(state)
        self.metrics = dict(metrics)
        self.predict = predict
        self.prepare = prepare

    # what a pipeline adds to a run, see `nbexport_runtime.pipeline`

    @property
    def first(self) -> bool:
        """Whether this process logs and saves; other ranks of `torchrun` learn the same and stay silent."""
        return True

    def begin(self, data: Path | None, *, seeded: bool, project: Path, default: Path | None) -> Path | None:
        """Look at what the run trains on, before it starts; the path that the stages read.

        Args:
            data: The data set, file or folder; None where the notebook's own code provides the data.
            seeded: Whether somebody gave a seed to a notebook that has no parameter for it.
            project: The folder of `train.py`.
            default: The default of `--data`.

        Raises:
            UsageError: It cannot be trained on, or several processes were started.
        """
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise UsageError("this project trains in one process: run `python train.py`")
        return data

    @contextmanager
    def together(self) -> Iterator[None]:
        """The stages run within; several processes share them there."""
        yield

    def refuse(self, error: UsageError) -> None:
        """Print why there is nothing to train."""
        print(f"error: {error}", file=sys.stderr)

    def facts(self) -> dict[str, Any]:
        """What the manifest must say beside what every run says."""
        return {}

    def add_files(self, folder: Path) -> None:
        """Put more files into the bundle, before it is written."""


def number_in(value: Any) -> float | None:
    """The number that a value is, or that a list of one holds, as an `assert` takes it; None for anything else."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return None
    return value
