"""A verification → text: equal or different, and in what."""

from __future__ import annotations

from collections.abc import Sequence

from nbexport.report.printable import printable
from nbexport.verify.verification import Rehearsed, StepOutcome, Verification

MAX_SHOWN = 20
"""Differences shown of each kind; `verification.json` holds them all."""


def lines(verification: Verification) -> str:
    """The verdict, what it rests on, and each difference."""
    compared = [
        _count(len(verification.metrics), "metric"),
        _count(len(verification.values), "named value"),
        _count(verification.predictions, "prediction"),
    ]
    if verification.served is not None:
        compared.append(_count(verification.served, "answer") + " of the live service")
    said = []
    for kind in dict.fromkeys(difference.kind for difference in verification.differences):
        of_kind = [difference for difference in verification.differences if difference.kind == kind]
        said += [
            f"{kind} `{printable(found.name)}`: "
            f"notebook {printable(found.notebook)}, project {printable(found.project)}"
            for found in of_kind[:MAX_SHOWN]
        ]
        if len(of_kind) > MAX_SHOWN:
            said.append(f"… and {len(of_kind) - MAX_SHOWN} more of this kind")
    for title, names in (("not compared", verification.missing), ("edited by hand", verification.edited)):
        if names:
            said.append(f"{title}: {', '.join(f'`{printable(name)}`' for name in names)}")
    said += _rehearsal(verification.rehearsed)
    if verification.hashed:
        said.append(
            "The differences go away when texts are hashed alike in both runs (PYTHONHASHSEED): the notebook depends "
            "on the order of a set, or on `hash()` of a text, and gives another result in every process.\n"
            "fix: sort the set before it is walked through, or take the digest from `hashlib`"
        )
    how = f"within {verification.tolerance:g}" if verification.tolerance else "exactly"
    verdict = f"equal ({how})" if verification.equal else "different"
    said.append(f"`{printable(verification.notebook)}` and its project are {verdict}: compared {', '.join(compared)}.")
    return "\n".join(said)


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
