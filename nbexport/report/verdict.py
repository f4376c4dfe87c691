"""A verification → text: equal or different, and in what."""

from __future__ import annotations

from collections.abc import Sequence

from nbexport.report.causes import EXPLANATIONS
from nbexport.report.printable import printable
from nbexport.verify.verification import (
    PREDICTION_TOLERANCE,
    Cause,
    Difference,
    DifferenceKind,
    Fresh,
    PassedOver,
    Rehearsed,
    Simulated,
    StepOutcome,
    Turned,
    Unrepeated,
    Verification,
)

MAX_SHOWN = 20
"""Differences shown of each kind; `verification.json` holds them all."""


def lines(verification: Verification, *, kept: bool = True) -> str:
    """The verdict, what it rests on, and each difference.

    Args:
        verification: What was found.
        kept: Whether the project, and what was recorded in it, is still there.
    """
    compared = [
        count(len(verification.metrics), "metric"),
        count(len(verification.values), "named value"),
        count(verification.predictions, "prediction"),
    ]
    if verification.predictions and not verification.tolerance:
        compared[-1] += f" (within {PREDICTION_TOLERANCE:g})"
    if verification.served is not None:
        compared.append(count(verification.served, "answer") + " of the live service")
    if verification.under_load:
        compared.append(count(verification.under_load, "answer") + " under load")
    passed = passed_over(verification)
    passed += difference_lines(verification.differences, ("notebook", "project"))
    passed += difference_lines(verification.unrepeated, ("first run", "second run"))
    passed += remarks(verification)
    if verification.unrepeated:
        passed.append("Two runs of the project differ, so no comparison with it can be believed.")
    if verification.cause is not None:
        passed.append(EXPLANATIONS[verification.cause].lines)
    if verification.cause is Cause.HASH and not verification.explained:
        passed.append("Notebook and project differ also when texts are hashed alike in both.")
    if verification.at and kept:
        passed.append("Recorded as verified in nbexport.lock, until notebook or project change.")
    how = f"within {verification.tolerance:g}" if verification.tolerance else "exactly"
    verdict = f"equal ({how})" if verification.equal else "different"
    passed.append(
        f"`{printable(verification.notebook)}` and its project are {verdict}: compared {', '.join(compared)}."
    )
    return "\n".join(passed)


def _place(cell: PassedOver) -> str:
    return f"{cell.cell} of `{printable(cell.notebook)}`" if cell.notebook else f"{cell.cell}"


def passed_over(verification: Verification) -> list[str]:
    """A sentence for each cell that failed and that nothing exported needs."""
    return [
        f"cell {_place(cell)} failed ({printable(cell.error)}); nothing exported depends on it"
        for cell in verification.passed_over
    ]


def remarks(verification: Verification) -> list[str]:
    """What the comparison does not cover, and what became of what was done besides."""
    sentences = []
    for title, names in (("not compared", verification.missing), ("edited by hand", verification.edited)):
        if names:
            sentences.append(f"{title}: {', '.join(f'`{printable(name)}`' for name in names)}")
    sentences += [f"compared in part: `{printable(name)}` ({reason})" for name, reason in verification.partial]
    sentences += _turned(verification.turned)
    sentences += _rehearsal(verification.rehearsed)
    if verification.simulated is not None:
        sentences += _simulation(verification.simulated)
    if verification.fresh is not None:
        sentences += _fresh(verification.fresh)
    return sentences


def difference_lines(
    differences: Sequence[Difference | Unrepeated], sides: tuple[str, str], *, most: int = MAX_SHOWN
) -> list[str]:
    """A line for each difference of each kind, with the names of its two sides; at most so many."""
    said = []
    for kind in dict.fromkeys(difference.kind for difference in differences):
        of_kind = [difference for difference in differences if difference.kind == kind]
        for difference in of_kind[:most]:
            if isinstance(difference, Difference):
                one, other = difference.notebook, difference.project
            else:
                one, other = difference.first, difference.second
            pair = (f"{side} {printable(value)}" for side, value in zip(_sides(kind, sides), (one, other), strict=True))
            said.append(f"{kind} `{printable(difference.name)}`: {', '.join(pair)}")
        if len(of_kind) > most:
            said.append(f"… and {len(of_kind) - most} more of this kind")
    return said


def _sides(kind: DifferenceKind, sides: tuple[str, str]) -> tuple[str, str]:
    return ("alone", "with others") if kind is DifferenceKind.LOAD else sides


def _turned(requests: Sequence[Turned]) -> list[str]:
    """That answers depend on the order of a request's members, with one request as an example."""
    if not requests:
        return []
    first, number = requests[0], count(len(requests), "request")
    sentence = (
        f"The answer to {number} depends on the order of its members, which JSON does not keep: "
        f"`{printable(first.body)}` is answered {printable(first.answer)}, and the other way round "
        f"{printable(first.turned)}. The notebook's `predict` does the same. "
        "Let it read each member by its name: `[row[name] for name in columns]`, `pd.DataFrame([row])[columns]`."
    )
    return [sentence]


def _rehearsal(steps: Sequence[Rehearsed]) -> list[str]:
    """What became of the workflows: each step that failed or was left out, and how many did their work."""
    if not steps:
        return []
    sentences = []
    for step in steps:
        if step.outcome is not StepOutcome.DONE:
            lines = "".join(f"\n    {printable(line)}" for line in step.said.splitlines())
            sentences.append(f"{step.outcome}: {printable(f'{step.workflow} / {step.job} / {step.step}')}{lines}")
    calls = [call for step in steps for call in step.stand_ins]
    if calls:
        sentences.append("not really run, only noted:")
        sentences += [f"    {printable(call)}" for call in calls]
    all_steps = count(len(steps), "step")
    done = sum(step.outcome is StepOutcome.DONE for step in steps)
    jobs = len({(step.workflow, step.job) for step in steps})
    sentences.append(
        f"Rehearsed {all_steps} of {count(jobs, 'job')} of the workflows in fresh copies: {done} did their work."
    )
    return sentences


def _simulation(simulated: Simulated) -> list[str]:
    """What became of the simulation."""
    if simulated.outcome is not StepOutcome.DONE:
        lines = "".join(f"\n    {printable(line)}" for line in simulated.said.splitlines())
        return [f"{simulated.outcome}: the simulation{lines}"]
    findings = [f"    {name}: {printable(text)}" for name, text in simulated.findings.items()]
    return [f"Simulated {count(simulated.days, 'day')} with {count(simulated.requests, 'request')}:", *findings]


def _fresh(fresh: Fresh) -> list[str]:
    """What the project ran in, and what became of its tests there."""
    sentences = []
    if fresh.tests_passed is False:
        lines = "".join(f"\n    {printable(line)}" for line in fresh.said.splitlines())
        sentences.append(f"the project's tests fail in a fresh environment:{lines}")
    tests = " Its tests pass." if fresh.tests_passed else ""
    packages = count(fresh.packages, "package")
    sentences.append(
        f"The project ran in an empty environment that {fresh.installer} made: {packages}, no others.{tests}"
    )
    return sentences


def count(number: int, word: str) -> str:
    """A number with its noun: `1 metric`, `2 metrics`."""
    return f"{number} {word}{'' if number == 1 else 's'}"
