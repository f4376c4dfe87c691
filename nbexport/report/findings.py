"""Findings → text: `full` for people, `concise` for editors; each format for tools has a module of its own name.

Everything here returns plain text; colors are added at the door.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module

from nbexport.model import Finding, Outcome, Results, Severity
from nbexport.options import OUTPUT_FORMATS
from nbexport.report.frames import also, first_line, frame, secrets_in, where
from nbexport.report.together import errors_first, together

Format = Callable[..., str]
"""`(results, outcome) -> text`; without an outcome the check is taken to have gone well."""
CLEAN = Outcome()


def concise(results: Results, _: Outcome = CLEAN) -> str:
    """One line per finding, and a summary."""
    lines = [
        f"{where(notebook, finding.problem)}: {first_line(finding)}{also(finding.problem)}"
        for notebook, findings in together(results)
        for finding in errors_first(findings)
    ]
    return "\n".join([*lines, summary(results)])


def full(results: Results, _: Outcome = CLEAN) -> str:
    """Each finding with its code frame, the other places it is about and its fix, and a summary."""
    frames = [
        frame(notebook, finding, secrets_in(findings))
        for notebook, findings in together(results)
        for finding in errors_first(findings)
    ]
    return "\n\n".join([*frames, summary(results)])


def _lazy(name: str) -> Format:
    def text(results: Results, outcome: Outcome = CLEAN) -> str:
        return str(import_module(f"nbexport.report.{name}").text(together(results), outcome))

    return text


FORMATS: Mapping[str, Format] = {
    name: {"full": full, "concise": concise}.get(name) or _lazy(name) for name in OUTPUT_FORMATS
}
"""Name of each output format → what writes it; those for tools stand in a module each, loaded when asked for."""


def summary(results: Results) -> str:
    """How much was found, as one sentence, below what was not checked."""
    counts = dict.fromkeys(Severity, 0)
    for _, findings in together(results):
        for finding in findings:
            counts[finding.severity] += 1
    parts = [
        _count(counts[Severity.ERROR], "error"),
        _count(counts[Severity.WARNING], "warning"),
        f"{counts[Severity.ADVICE]} piece{'s' if counts[Severity.ADVICE] > 1 else ''} of advice"
        if counts[Severity.ADVICE]
        else "",
    ]
    *most, last = [part for part in parts if part] or [""]
    joined = f"{', '.join(most)} and {last}" if most else last
    others = [notebook for notebook, _ in results if notebook.language != "python"]
    if not results:
        return "Nothing was checked."
    if not others:
        return f"Found {joined}." if joined else "All checks passed!"
    from nbexport.report.unchecked import not_checked  # few notebooks are in another language

    rest = "Nothing was checked." if len(others) == len(results) else "Found nothing in the Python notebooks."
    return "\n".join([*not_checked(others), f"Found {joined}." if joined else rest])


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}" if number else ""


def errors(findings: Iterable[Finding], *, strict: bool = False) -> tuple[Finding, ...]:
    """The findings that fail a check: errors, and warnings too when strict."""
    return tuple(filter(Outcome(strict=strict).fails, findings))
