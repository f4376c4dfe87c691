"""Two models on other rows than all that are held back: slices of them, fresh ones, and those that production knows."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.evidence import Difference, Evidence, SliceGain
from nbexport_runtime.pipeline.pairs import Pair, difference_of, interval
from nbexport_runtime.pipeline.scorers import ScoringError
from nbexport_runtime.pipeline.scoring import FRESH, HELD_BACK
from nbexport_runtime.pipeline.slices import MOST, ROWS

DRAWINGS = 200
"""For the spread of a slice that looks worse. Source: Efron and Tibshirani, 1993, 6.4."""
NOT_SAID = "the notebook does not say which rows it holds back"
TOO_OLD = "production carries a pipeline of its own, which is too old for that"


# ---------------------------------------------------------------------- slices


def sliced(pair: Pair, evidence: Evidence) -> Evidence:
    """The differences on the slices of the rows held back."""
    if pair.frozen is None or not pair.complete:
        return replace(evidence, slices_remark=TOO_OLD if pair.frozen else NOT_SAID, unknown=pair.gates.slices)
    if pair.own.rows <= 1:
        return replace(evidence, slices_problem=pair.own.remark, unknown=pair.gates.slices)
    try:
        answer, _ = pair.both("slices", named=list(pair.gates.slices))
    except ScoringError as error:
        return replace(evidence, slices_problem=str(error), unknown=pair.gates.slices)
    slices: list[SliceGain] = []
    judged = 0
    for known in answer["slices"]:
        part = SliceGain(str(known["name"]), str(known["column"]), bool(known["named"]), int(known["rows"]))
        if part.rows < ROWS:
            slices.append(replace(part, problem=f"{part.rows} rows are too few, {ROWS} are needed", few=True))
        elif judged >= MOST:
            slices.append(replace(part, problem=f"only the {MOST} largest slices are judged", few=True))
        else:
            slices.append(on_slice(pair, part))
            judged += 1
    return replace(evidence, slices=tuple(slices), unknown=tuple(answer["unknown"]))


def on_slice(pair: Pair, part: SliceGain) -> SliceGain:
    """The difference on a slice; rows are drawn only where it looks worse than is tolerated."""
    try:
        mine, theirs = (answer["metrics"] for answer in pair.both("slice", name=part.name))
    except ScoringError as error:
        return replace(part, problem=f"it cannot be scored: {error}")
    difference = interval(pair.metric, mine, theirs, (), pair.gates, part.name)
    if difference is None:
        lost = pair.metric.gain(theirs, theirs) is not None
        return replace(part, problem=f"`{pair.metric.name}` is not a number for it", lost=lost)
    beyond = difference.gain + pair.gates.slice_tolerance
    if beyond >= 0:
        return replace(part, difference=difference)
    try:
        mine_drawn, theirs_drawn = pair.both("slice", name=part.name, count=DRAWINGS)
    except ScoringError as error:
        return replace(part, problem=f"it cannot be scored: {error}")
    samples = list(zip(mine_drawn["samples"], theirs_drawn["samples"], strict=False))
    gains = [gain for sample in samples if (gain := pair.metric.gain(*sample)) is not None]
    if len(gains) < DRAWINGS / 2:
        return replace(part, problem=f"`{pair.metric.name}` is not a number for most rows drawn from it")
    spread = statistics.stdev(gains)
    worse = statistics.NormalDist(0, spread).cdf(beyond) if spread > 0 else 0.0
    difference = interval(pair.metric, mine, theirs, samples, pair.gates, part.name)
    return replace(part, difference=difference, worse=worse)


def significantly_worse(slices: Sequence[SliceGain], confidence: float) -> list[tuple[SliceGain, Difference]]:
    """The slices that got worse beyond chance, though there are many.

    Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 1979.
    """
    judged = [(part, part.difference) for part in slices if part.difference is not None]
    judged.sort(key=lambda entry: entry[0].worse)
    worse: list[tuple[SliceGain, Difference]] = []
    for place, (part, difference) in enumerate(judged):
        if part.worse > (1 - confidence) / (len(judged) - place):
            break
        worse.append((part, difference))
    return worse


# ---------------------------------------------------------------------- other rows


def leave_out_known(pair: Pair, evidence: Evidence) -> Evidence:
    """Score both on those rows held back that production was not trained on: these rows were renewed since."""
    version = pair.other.version
    if not pair.complete:
        remark = f"{version} carries an older pipeline: it may have been trained on rows that are held back now"
        return replace(evidence, remarks=(*evidence.remarks, remark))
    answer = pair.theirs.ask("seen", folder=str(pair.frozen))
    known, count = max((len(rows) for rows in answer["seen"]), default=0), max(answer["counts"], default=0)
    if not known:
        return evidence
    if count - known < ROWS:
        remark = f"{version} was trained on {known} of the {count} rows held back now, which speaks for it"
        return replace(evidence, remarks=(*evidence.remarks, remark))
    pair.both("use", rows=HELD_BACK, folder=str(pair.frozen), leave_out=answer["seen"])
    mine, theirs = pair.both("open", rows=HELD_BACK)
    pair.own = replace(pair.own, metrics=mine["metrics"], rows=mine["rows"])
    pair.other = replace(pair.other, metrics=theirs["metrics"], rows=theirs["rows"])
    remark = f"{version} was trained on {known} of the {count} rows held back now: both are scored on the others"
    return replace(evidence, mine=pair.own, theirs=pair.other, remarks=(*evidence.remarks, remark))


def freshly(pair: Pair, evidence: Evidence) -> Evidence:
    """The difference on rows of the newest data that neither model was trained on and that are not held back yet."""
    if pair.frozen is None or not pair.complete:
        return replace(evidence, fresh_remark=TOO_OLD if pair.frozen else NOT_SAID)
    with tempfile.TemporaryDirectory(prefix="fresh-") as scratch:
        folder = str(Path(scratch, "rows"))
        try:
            pair.mine.ask("fresh", to=folder)
            seen = (
                pair.mine.ask("seen", folder=folder, besides=str(pair.frozen)),
                pair.theirs.ask("seen", folder=folder, besides=str(pair.frozen)),
            )
            known = [sorted({*one, *other}) for one, other in zip(*(answer["seen"] for answer in seen), strict=True)]
            left = [count - len(rows) for count, rows in zip(seen[0]["counts"], known, strict=True)]
            if min(left, default=0) < ROWS:
                few = min(left, default=0)
                return replace(evidence, fresh_remark=f"the newest data has {few} fresh rows, {ROWS} are needed")
            pair.both("use", rows=FRESH, folder=folder, leave_out=known)
            return on_fresh(pair, evidence, pair.both("open", rows=FRESH))
        except ScoringError as error:
            return replace(evidence, fresh_problem=str(error))


def on_fresh(pair: Pair, evidence: Evidence, opened: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Evidence:
    """The difference on fresh rows, once both models are scored on them."""
    for answer in opened:
        if "missing" in answer:
            names = ", ".join(f"`{name}`" for name in answer["missing"])
            return replace(evidence, fresh_remark=f"the evaluation reads {names}, which training makes of other rows")
    mine, theirs = (
        replace(score, metrics=answer["metrics"], rows=answer["rows"], remark=answer["why_none"])
        for score, answer in zip((pair.own, pair.other), opened, strict=True)
    )
    result = difference_of(pair, mine, theirs, FRESH)
    if result is None:
        return replace(evidence, fresh_problem=f"`{pair.metric.name}` is not a number for fresh rows")
    return replace(evidence, fresh=result, fresh_problem=result.problem)
