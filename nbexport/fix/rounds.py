"""A notebook's text and its findings → the text after their fixes, round by round until none is left."""

from __future__ import annotations

from collections.abc import Callable

from nbexport.fix.text import fixed_text
from nbexport.model import Finding, Fix, Notebook
from nbexport.read.notebook import Text
from nbexport.read.python_text import parses
from nbexport.record import record

MAX_ROUNDS = 10
"""A fix may make room for another; ones that never come to an end are given up."""

Judged = tuple[Notebook, tuple[Finding, ...]]


@record
class Fixed:
    """A notebook after its fixes."""

    notebook: Notebook
    findings: tuple[Finding, ...]
    """What is left to say about it."""
    applied: tuple[Finding, ...]
    """Those whose fix was applied."""
    before: str
    after: str
    content: bytes
    """`after` in the file's own encoding."""


def apply_fixes(file: Text, judge: Callable[[str], Judged], *, wanted: Callable[[Fix], bool]) -> Fixed:
    """The notebook with its fixes applied.

    Args:
        file: What the file holds.
        judge: What the rules say about a text.
        wanted: Which fixes to apply.

    Raises:
        NbexportError: It is not a notebook.
    """
    text, applied = file.text, list[Finding]()
    notebook, findings = judge(text)
    for _ in range(MAX_ROUNDS):
        offered = [(finding, fix) for finding in findings if (fix := finding.problem.fix) is not None and wanted(fix)]
        now, done = fixed_text(text, notebook, [fix for _, fix in offered])
        if now == text:
            break
        after, left = judge(now)
        if _broken(after) > _broken(notebook):
            # two fixes that each are right can be wrong together: what does not parse is never written
            break
        text, notebook, findings = now, after, left
        chosen = {id(fix) for fix in done}
        applied += [finding for finding, fix in offered if id(fix) in chosen]
    return Fixed(notebook, findings, tuple(applied), file.text, text, file.encoded(text))


def _broken(notebook: Notebook) -> int:
    return sum(cell.runs and not parses(cell.code) for cell in notebook.cells)
