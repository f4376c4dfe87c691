"""Two models side by side: their drawings are paired, and go on until the answer is clear."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import sequential
from nbexport_runtime.pipeline.evidence import Difference, Score, Significance
from nbexport_runtime.pipeline.scorers import Scorer
from nbexport_runtime.pipeline.scoring import FRESH, HELD_BACK, finite
from nbexport_runtime.pipeline.settings import Gates

EARLIER = 400
"""A model from before there was a runtime draws all at once, and at most so often."""

Draw = Callable[[int], Mapping[str, Any]]
"""Number of drawings → what a scorer answers."""


@dataclass(frozen=True)
class Metric:
    """A metric, and whether more of it is better."""

    name: str
    up: bool

    def gain(self, mine: Mapping[str, Any] | None, theirs: Mapping[str, Any] | None) -> float | None:
        """How much better the first figures are; None where one of the two has no such number."""
        one, other = (mine or {}).get(self.name), (theirs or {}).get(self.name)
        if one is None or other is None or not finite(one) or not finite(other):
            return None
        return float(one - other) if self.up else float(other - one)


@dataclass
class Pair:
    """The candidate and production, each in a process of its own."""

    mine: Scorer
    theirs: Scorer
    metric: Metric
    gates: Gates
    own: Score
    """The candidate's figures."""
    other: Score
    """Those of production."""
    frozen: Path | None
    """The rows held back; None where the notebook does not say which."""
    samples: list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]] = field(default_factory=list)
    """The metrics of both in each drawing of the rows held back."""

    @property
    def complete(self) -> bool:
        """Whether both know slices and fresh rows."""
        return self.mine.complete and self.theirs.complete

    @property
    def limit(self) -> int:
        """How many drawings there may be."""
        return self.gates.resamples if self.complete else min(self.gates.resamples, EARLIER)

    def both(self, do: str, **request: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """What both answer, at the same time."""
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda scorer: scorer.ask(do, **request), (self.mine, self.theirs))
        return first, second


def interval(
    metric: Metric,
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    samples: Sequence[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]],
    gates: Gates,
    on: str = HELD_BACK,
) -> Difference | None:
    """The candidate's gain in a metric, with an interval where rows were drawn; None where one of the two has none."""
    gain = metric.gain(mine, theirs)
    if gain is None:
        return None
    gains = sorted(other for pair in samples if (other := metric.gain(*pair)) is not None)
    low = high = None
    if len(gains) >= max(len(samples) / 2, 2):
        share = (1 - gates.confidence) / 2
        low, high = sequential.quantile(gains, share), sequential.quantile(gains, 1 - share)
    return Difference(
        metric.name, float(mine[metric.name]), float(theirs[metric.name]), gain, low, high, len(samples), on
    )


def until_clear(
    metric: Metric, first: Draw, second: Draw, gates: Gates, limit: int, *, worse: bool = False, at_once: bool = True
) -> tuple[list[tuple[Any, Any]], bool, str]:
    """Draw until it is clear whether a gain is above 0 beyond chance; the samples, whether it is, and any trouble.

    A drawing that cannot be scored speaks against the candidate.

    Args:
        metric: The metric.
        first: Draws for the candidate.
        second: Draws for the other.
        gates: The confidence.
        limit: How many drawings there may be.
        worse: Ask instead whether the gain is below 0.
        at_once: The two may draw at the same time.
    """
    share = (1 - gates.confidence) / 2
    for count in sequential.looks(limit):
        with ThreadPoolExecutor(2 if at_once else 1) as pool:
            one, other = pool.map(lambda draw: draw(count), (first, second))  # noqa: B023 - ends within the round
        samples = list(zip(one["samples"], other["samples"], strict=False))
        trouble = str(one["trouble"] or other["trouble"])
        if len(samples) < count:
            return samples, worse, trouble or "rows could not be drawn often enough"
        gains = [metric.gain(*pair) for pair in samples]
        if sum(gain is None for gain in gains) > count / 2:
            return samples, worse, trouble or f"`{metric.name}` is not a number for most drawn rows"
        against = sum(gain is not None and gain >= 0 if worse else gain is None or gain <= 0 for gain in gains)
        verdict = sequential.clear(against, count, share, limit)
        if verdict is not None:
            return samples, verdict, ""
    raise AssertionError("the last look decides")


def difference_of(pair: Pair, mine: Score, theirs: Score, rows: str) -> Significance | None:
    """The difference in the metric that decides, on a set of rows; None where one of the two has no number."""
    if pair.metric.gain(mine.metrics, theirs.metrics) is None:
        return None
    worse = rows == FRESH
    samples: list[tuple[Any, Any]] = []
    clear, trouble = worse, ""
    if mine.rows != theirs.rows:
        trouble = f"the evaluations read other numbers of rows, {mine.rows} and {theirs.rows}"
    elif mine.rows <= 1:
        trouble = mine.remark or theirs.remark or "the evaluation does not read rows that can be drawn"
    else:
        first, second = partial(drawn, pair.mine, rows), partial(drawn, pair.theirs, rows)
        samples, clear, trouble = until_clear(pair.metric, first, second, pair.gates, pair.limit, worse=worse)
    if rows == HELD_BACK:
        pair.samples = samples
    difference = interval(pair.metric, mine.metrics, theirs.metrics, samples, pair.gates, rows)
    return None if difference is None else Significance(difference, clear, trouble)


def drawn(scorer: Scorer, rows: str, count: int) -> Mapping[str, Any]:
    """The metrics of a model on rows that are drawn from a set."""
    return scorer.ask("draw", rows=rows, count=count)
