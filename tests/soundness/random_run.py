"""Random notebooks, judged: the tally of verdicts and the smallest notebook of each failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from soundness.cases import Case
from soundness.judging import Judge
from soundness.shrinking import shrunk
from soundness.writing import write

FAILURES = ("SILENT", "BROKEN")
ENOUGH = 3
"""So many failures are reported; each is made small first."""


@dataclass
class Run:
    """What a run of random notebooks found."""

    tally: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    """The seed, the verdict and the smallest notebook of each."""
    first: int | None = None
    """How many notebooks it took to find the first."""


def run(judge: Judge, seeds: Iterable[int], *, hole: str = "", enough: int = ENOUGH, make_small: bool = True) -> Run:
    """Judge the notebooks of these seeds.

    Args:
        judge: The warm process.
        seeds: What the notebooks are drawn from.
        hole: A function of `holes.py` that takes something away from the analysis.
        enough: After how many failures to end.
        make_small: Whether to look for the smallest notebook of each failure.
    """
    result = Run()

    def verdict(case: Case, *, twice: bool = False) -> tuple[str, str]:
        answer = judge.judge({**case.job(), "fast": True, "hole": hole, "twice": twice})
        kept = "equal with an assumption" if answer["verdict"] == "equal" and answer["assumptions"] else ""
        return kept or answer["verdict"], answer["why"]

    for count, seed in enumerate(seeds, start=1):
        case = write(seed)
        kind, why = verdict(case)
        result.tally[kind] += 1
        if kind in FAILURES:
            result.first = result.first or count
            # without its seeding a notebook differs from its project for another reason
            small = shrunk(case, lambda trial: verdict(trial, twice=True)[0] == kind) if make_small else case  # noqa: B023
            result.failures.append(f"{case.name}: {kind} {why}\n{small.percent()}")
            if len(result.failures) >= enough:
                break
    return result
