"""A first model against models that take no effort: a constant, and a rule on one column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from nbexport_runtime.pipeline.evidence import Evidence, Score, Significance
from nbexport_runtime.pipeline.pairs import Metric, drawn, interval, until_clear
from nbexport_runtime.pipeline.scorers import Scorer, ScoringError
from nbexport_runtime.pipeline.scoring import HELD_BACK
from nbexport_runtime.pipeline.settings import Gates


def first(mine: Score, scorer: Scorer, gates: Gates, metric: Metric) -> Evidence:
    """The evidence on a model where there is no production yet.

    Args:
        mine: Its figures.
        scorer: Answers questions about it.
        gates: The settings.
        metric: The metric that decides.
    """
    evidence = Evidence(mine)
    if not scorer.complete:
        return replace(evidence, no_baseline=("it carries a pipeline of its own, which is too old for that",))
    if not mine.again or mine.rows <= 1:
        return replace(evidence, no_baseline=(mine.remark,))
    try:
        answer = scorer.ask("baselines", metric=metric.name)
    except ScoringError as error:
        return replace(evidence, no_baseline=(str(error),))
    results = []
    for known in answer["baselines"]:
        name, figures = str(known["name"]), known["metrics"]
        samples, clear, trouble = until_clear(
            metric,
            partial(drawn, scorer, HELD_BACK),
            partial(with_baseline, scorer, name),
            gates,
            gates.resamples,
            at_once=False,
        )
        difference = interval(metric, mine.metrics, figures, samples, gates, name)
        if difference is not None:
            results.append(Significance(difference, clear, trouble))
    return replace(evidence, baselines=tuple(results), no_baseline=tuple(answer["why_not"]))


def with_baseline(scorer: Scorer, name: str, count: int) -> Mapping[str, Any]:
    """The metrics of drawn rows, with a baseline in the place of the model."""
    return scorer.ask("baseline", name=name, count=count)
