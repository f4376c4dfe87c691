"""A verdict on code that nbexport did not write → text: equal or different, in what, and most likely why."""

from __future__ import annotations

from nbexport.report.printable import printable
from nbexport.report.verdict import count, difference_lines
from nbexport.verify.against.verdict import Against

SIDES, RUNS = ("notebook", "other"), ("first run", "second run")
MOST_SHOWN = 5
"""Differences shown of each kind; JSON has all."""


def lines(verdict: Against) -> str:
    """The verdict, how the other code was asked, each difference and its likely cause, and how much was compared.

    Args:
        verdict: What was found.
    """
    said = [
        f"cell {cell.cell} failed ({printable(cell.error)}); nothing that is compared depends on it"
        for cell in verdict.passed_over
    ]
    said += [f"how: {printable(note)}" for note in verdict.notes]
    said += [f"not compared: {printable(text)}" for text in verdict.left_out]
    said += difference_lines(verdict.differences, SIDES, most=MOST_SHOWN)
    said += difference_lines(verdict.unrepeated, RUNS, most=MOST_SHOWN)
    if verdict.unrepeated:
        said.append("Two runs of the other code differ, so no comparison with it can be believed.")
    said += difference_lines(verdict.notebook_unrepeated, RUNS, most=MOST_SHOWN)
    if verdict.notebook_unrepeated:
        said.append(
            "Two runs of the notebook differ, so nothing can be equal to it: seed it, or sort what is unordered."
        )
    said += [f"likely cause: {printable(cause)}" for cause in verdict.causes]
    said.append(summary(verdict))
    return "\n".join(said)


def summary(verdict: Against) -> str:
    """One sentence: equal or different, and how much was compared."""
    predictions = count(verdict.predictions, "prediction")
    if verdict.predictions:
        rows = f" and {count(verdict.rows, 'row')} of the notebook's data" if verdict.rows else ""
        predictions += f" ({count(verdict.examples, 'example')}{rows})"
    compared = (count(len(verdict.metrics), "metric"), count(len(verdict.values), "named value"), predictions)
    how = f"within {verdict.tolerance:g}" if verdict.tolerance else "exactly"
    word = f"equal ({how})" if verdict.equal else "different"
    differing = f"; {verdict.differing} of {verdict.compared} differ" if verdict.differing else ""
    names = f"`{printable(verdict.notebook)}` and `{printable(verdict.against)}`"
    return f"{names} are {word}: compared {', '.join(compared)}{differing}."
