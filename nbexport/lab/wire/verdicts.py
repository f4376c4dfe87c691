"""A verification → what the panel shows of it: the likely cause, figures side by side, remarks."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nbexport.lab.wire.types import WireCompared, WireVerdict
from nbexport.report import verdict as text
from nbexport.report.causes import EXPLANATIONS
from nbexport.report.printable import printable
from nbexport.verify.verification import Cause, DifferenceKind, StepOutcome, Verification

MOST_FIGURES = 300
"""Rows that are sent; those that differ come first."""
LONGEST = 500
"""Characters of a value, a name or a remark's line."""


def verdict(verification: Verification, *, notebook_changed: bool) -> WireVerdict:
    """What a verification found.

    Args:
        verification: The verification.
        notebook_changed: Whether the project was exported from another text of the notebook.
    """
    rows = [*_differing(verification), *_equal(verification)]
    cause, fix = _cause(verification, notebook_changed=notebook_changed)
    remarks = [*_unrepeated(verification), *text.passed_over(verification), *text.remarks(verification)]
    if len(rows) > MOST_FIGURES:
        remarks.append(f"{len(rows) - MOST_FIGURES} more figures are in verification.json.")
    return {
        "equal": verification.equal,
        "summary": _summary(verification),
        "cause": _plain(cause),
        "fix": _plain(fix),
        "figures": rows[:MOST_FIGURES],
        "remarks": [_plain(remark) for remark in remarks],
        "verified": bool(verification.at),
    }


def _summary(verification: Verification) -> str:
    counts = {
        "metric": len(verification.metrics),
        "named value": len(verification.values),
        "prediction": verification.predictions,
        "answer of the service": verification.served or 0,
        "answer under load": verification.under_load,
    }
    compared = ", ".join(_count(count, word) for word, count in counts.items() if count)
    if verification.unrepeated:
        return "Two runs of the project differ, so it cannot be compared with the notebook."
    if not verification.equal:
        return (
            f"Notebook and project differ in {_count(len(verification.differences), 'figure')}. Compared: {compared}."
        )
    if not verification.passed:
        return f"Notebook and project compute the same, but not everything else works. Compared: {compared}."
    return f"Notebook and project compute the same: {compared}."


def _count(number: int, word: str) -> str:
    first, space, rest = word.partition(" of ")
    many = first if number == 1 else first.replace("answer", "answers") if "answer" in first else f"{first}s"
    return f"{number} {many}{space}{rest}"


def _cause(verification: Verification, *, notebook_changed: bool) -> tuple[str, str]:
    """Why notebook and project differ, most likely, and what helps; nothing where they do not."""
    if verification.cause is not None:
        known = EXPLANATIONS[verification.cause]
        if verification.cause is Cause.HASH and not verification.explained:
            return f"{known.why} They differ also when texts are hashed alike in both.", known.fix
        return known.why, known.fix
    if verification.equal:
        return _failure(verification)
    if notebook_changed:
        return "The notebook was changed after the export.", "Export it again, then verify."
    if verification.edited:
        names = ", ".join(verification.edited[:5])
        return f"The project was edited by hand since the export: {names}.", "Undo the edit, or export again."
    if all(one.kind is DifferenceKind.LOAD for one in verification.differences):
        return (
            "The service answers differently when many ask at the same time.",
            "Let predict change nothing that outlives the call.",
        )
    return (
        "Both repeat their own results, but compute different ones.",
        "Look at the first figure that differs, and at the cell that computes it.",
    )


def _failure(verification: Verification) -> tuple[str, str]:
    """What failed beside the comparison."""
    for step in verification.rehearsed:
        if step.outcome is StepOutcome.FAILED:
            return f"A step of the workflows fails: {step.workflow}, {step.job}, {step.step}.", ""
    if verification.simulated is not None and verification.simulated.outcome is StepOutcome.FAILED:
        return "The simulation fails.", ""
    if verification.fresh is not None and verification.fresh.tests_passed is False:
        return "The project's tests fail in a fresh environment.", ""
    return "", ""


def _differing(verification: Verification) -> Iterator[WireCompared]:
    for one in verification.differences:
        yield {
            "kind": one.kind,
            "name": _short(one.name),
            "notebook": _short(one.notebook),
            "project": _short(one.project),
            "difference": _difference(one.notebook, one.project),
            "equal": False,
        }


def _equal(verification: Verification) -> Iterator[WireCompared]:
    """Metrics, named values and predictions in which nothing differs, with what they are."""
    equal = {
        DifferenceKind.METRIC: [(name, str(verification.figures.get(name, ""))) for name in verification.metrics],
        DifferenceKind.VALUE: [(name, verification.shown.get(name, "")) for name in verification.values],
        DifferenceKind.PREDICTION: list(verification.answers[: verification.predictions]),
    }
    for kind, named in equal.items():
        differing = tuple(one.name for one in verification.differences if one.kind is kind)
        for name, value in named:
            if not any(_is_of(path, name) for path in differing):
                shown = _short(value)
                yield {
                    "kind": kind,
                    "name": _short(name),
                    "notebook": shown,
                    "project": shown,
                    "difference": "",
                    "equal": True,
                }


def _is_of(path: str, name: str) -> bool:
    """Whether the path of a difference leads into a value of this name."""
    return path.startswith(name) and path[len(name) : len(name) + 1] in ("", "[", ".", "{")


def _difference(notebook: str, project: str) -> str:
    """How far two numbers are apart, and in percent of the notebook's; `differs` where they are not numbers."""
    try:
        one, other = float(notebook), float(project)
    except ValueError:
        return "differs"
    if not (math.isfinite(one) and math.isfinite(other)):
        return "differs"
    apart = other - one
    return f"{apart:+.4g}" + (f" ({apart / abs(one):+.2%})" if one else "")


def _unrepeated(verification: Verification) -> list[str]:
    """What two runs of the project compute differently."""
    sentences = [
        f"{one.kind} {printable(one.name)}: first run {printable(one.first)}, second run {printable(one.second)}"
        for one in verification.unrepeated[: text.MAX_SHOWN]
    ]
    more = len(verification.unrepeated) - len(sentences)
    return [*sentences, f"and {more} more that two runs compute differently"] if more > 0 else sentences


def _short(value: str) -> str:
    line = printable(value)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _plain(sentence: str) -> str:
    """A sentence as a panel shows it, where nothing marks code."""
    return "\n".join(_short(line) for line in sentence.replace("`", "").splitlines())
