"""A verification → text: equal or different, and in what."""

from __future__ import annotations

from collections.abc import Sequence

from nbexport.report.printable import printable
from nbexport.verify.verification import (
    PREDICTION_TOLERANCE,
    Cause,
    Difference,
    DifferenceKind,
    Rehearsed,
    StepOutcome,
    Unrepeated,
    Verification,
)

MAX_SHOWN = 20
"""Differences shown of each kind; `verification.json` holds them all."""
_CAUSES = {
    Cause.HASH: (
        "Runs are equal when texts are hashed alike in them (PYTHONHASHSEED): the notebook depends "
        "on the order of a set, or on `hash()` of a text, and gives another result in every process.\n"
        "fix: sort the set before it is walked through, or take the digest from `hashlib`"
    ),
    Cause.UNSEEDED: (
        "Two runs are equal when every generator begins alike: random numbers are drawn that nothing seeds.\n"
        "fix: seed the generator in an exported cell, or give `random_state=`; `nbexport check` names unseeded draws"
    ),
    Cause.TIME: (
        "Two runs are equal when the clock shows the same in both: the code computes with the time.\n"
        "fix: make the date a parameter, and leave durations out of `metrics` and of what `predict` reads"
    ),
    Cause.THREADS: (
        "Two runs are equal with one thread: threads finish in another order each time, and sums are rounded in it.\n"
        "fix: set OMP_NUM_THREADS=1 (torch: `torch.set_num_threads(1)`), or compare with `--tolerance 1e-6`"
    ),
    Cause.UNKNOWN: (
        "Why is not known: hashes, seeds, clock and threads held still, one at a time, did not make two runs equal. "
        "It may be several of them, files that a run leaves for the next, or something outside.\n"
        "fix: run `python train.py` twice in the project and compare what the stages return"
    ),
}


def lines(verification: Verification) -> str:
    """The verdict, what it rests on, and each difference."""
    compared = [
        _count(len(verification.metrics), "metric"),
        _count(len(verification.values), "named value"),
        _count(verification.predictions, "prediction"),
    ]
    if verification.predictions and not verification.tolerance:
        compared[-1] += f" (within {PREDICTION_TOLERANCE:g})"
    if verification.served is not None:
        compared.append(_count(verification.served, "answer") + " of the live service")
    if verification.under_load:
        compared.append(_count(verification.under_load, "answer") + " under load")
    said = [
        f"cell {cell.cell} failed ({printable(cell.error)}); nothing exported depends on it"
        for cell in verification.passed_over
    ]
    said += _differences(verification.differences, ("notebook", "project"))
    said += _differences(verification.unrepeated, ("first run", "second run"))
    for title, names in (("not compared", verification.missing), ("edited by hand", verification.edited)):
        if names:
            said.append(f"{title}: {', '.join(f'`{printable(name)}`' for name in names)}")
    said += [f"compared in part: `{printable(name)}` ({reason})" for name, reason in verification.partial]
    said += _rehearsal(verification.rehearsed)
    if verification.unrepeated:
        said.append("Two runs of the project differ, so no comparison with it can be believed.")
    if verification.cause is not None:
        said.append(_CAUSES[verification.cause])
    if verification.cause is Cause.HASH and not verification.explained:
        said.append("Notebook and project differ also when texts are hashed alike in both.")
    if verification.at:
        said.append("Recorded as verified in nbexport.lock, until notebook or project change.")
    how = f"within {verification.tolerance:g}" if verification.tolerance else "exactly"
    verdict = f"equal ({how})" if verification.equal else "different"
    said.append(f"`{printable(verification.notebook)}` and its project are {verdict}: compared {', '.join(compared)}.")
    return "\n".join(said)


def _differences(differences: Sequence[Difference | Unrepeated], sides: tuple[str, str]) -> list[str]:
    """A line for each difference, with the names of its two sides."""
    said = []
    for kind in dict.fromkeys(difference.kind for difference in differences):
        of_kind = [difference for difference in differences if difference.kind == kind]
        for difference in of_kind[:MAX_SHOWN]:
            if isinstance(difference, Difference):
                one, other = difference.notebook, difference.project
            else:
                one, other = difference.first, difference.second
            pair = (f"{side} {printable(value)}" for side, value in zip(_sides(kind, sides), (one, other), strict=True))
            said.append(f"{kind} `{printable(difference.name)}`: {', '.join(pair)}")
        if len(of_kind) > MAX_SHOWN:
            said.append(f"… and {len(of_kind) - MAX_SHOWN} more of this kind")
    return said


def _sides(kind: DifferenceKind, sides: tuple[str, str]) -> tuple[str, str]:
    return ("alone", "with others") if kind is DifferenceKind.LOAD else sides


def _rehearsal(steps: Sequence[Rehearsed]) -> list[str]:
    """What became of the workflows: each step that failed or was left out, and how many did their work."""
    if not steps:
        return []
    said = []
    for step in steps:
        if step.outcome is not StepOutcome.DONE:
            lines = "".join(f"\n    {printable(line)}" for line in step.said.splitlines())
            said.append(f"{step.outcome}: {printable(f'{step.workflow} / {step.job} / {step.step}')}{lines}")
    calls = [call for step in steps for call in step.stand_ins]
    if calls:
        said.append("not really run, only noted:")
        said += [f"    {printable(call)}" for call in calls]
    count = _count(len(steps), "step")
    done = sum(step.outcome is StepOutcome.DONE for step in steps)
    jobs = len({(step.workflow, step.job) for step in steps})
    said.append(f"Rehearsed {count} of {_count(jobs, 'job')} of the workflows in fresh copies: {done} did their work.")
    return said


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
