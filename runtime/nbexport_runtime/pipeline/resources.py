"""How much slower and larger a candidate is than production: both measured here and now, in turns."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.evidence import Ratio
from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.scorers import Scorer

ROUNDS = 11
"""So often each model answers each example, in turns, so that what else the machine does slows both."""
MORE = 33
"""And so often where the ratio is near its limit."""
REQUEST_MS = 0.1
"""What a request costs beside the model, at least. It counts on both sides: microseconds refuse nobody."""
NEAR = 0.2
"""How near that is, as a share of the limit."""


def latency(mine: Scorer, theirs: Scorer, limit: float) -> Ratio:
    """How much slower the candidate predicts: the median over the examples, each at its fastest.

    Args:
        mine: The candidate.
        theirs: Production.
        limit: The ratio that is allowed.
    """
    if not (mine.complete and theirs.complete):
        return Ratio(problem="production carries a pipeline of its own, which is too old to be asked")
    rounds: list[tuple[list[float], list[float]]] = []
    examples = 0
    try:
        # the first calls are slower: caches are filled
        for scorer in (mine, theirs):
            examples = max(examples, int(scorer.ask("predict")["examples"]))
        while len(rounds) < ROUNDS or (len(rounds) < MORE and abs(ratio_of(rounds)[2] - limit) < NEAR * limit):
            order = (mine, theirs) if len(rounds) % 2 else (theirs, mine)
            answers = {id(scorer): scorer.ask("predict")["ms"] for scorer in order}
            rounds.append((answers[id(mine)], answers[id(theirs)]))
    except PipelineError as error:
        return Ratio(problem=str(error))
    own, other, ratio = ratio_of(rounds)
    return Ratio(own, other, "ms per prediction" if examples else "ms for the evaluation", ratio)


def ratio_of(rounds: list[tuple[list[float], list[float]]]) -> tuple[float, float, float]:
    """Milliseconds of both models, and how many times longer a request takes with the first.

    Of each example the fastest round counts: whatever else the machine does only ever adds to it.
    """
    own = [min(part) for part in zip(*(mine for mine, _ in rounds), strict=True)]
    other = [min(part) for part in zip(*(theirs for _, theirs in rounds), strict=True)]
    mine_ms, theirs_ms = statistics.median(own), statistics.median(other)
    if len(own) != len(other):
        # they have other examples, since the notebook was changed
        return mine_ms, theirs_ms, times(mine_ms, theirs_ms)
    return mine_ms, theirs_ms, statistics.median(map(times, own, other))


def times(mine_ms: float, theirs_ms: float) -> float:
    """How many times longer a request takes."""
    return (mine_ms + REQUEST_MS) / (theirs_ms + REQUEST_MS)


def size(candidate: Path, baseline: Path) -> Ratio:
    """How much larger the bundle of the candidate is."""
    own, other = bytes_of(manifest(candidate)), bytes_of(manifest(baseline))
    if not own or not other:
        return Ratio(problem="a manifest does not say how large its files are")
    return Ratio(own, other, "bytes", own / other)


def bytes_of(facts: dict[str, Any]) -> int:
    """The bytes of all files of a bundle, as its manifest says."""
    return sum(int(known.get("size_bytes", 0)) for known in facts.get("files", {}).values())
