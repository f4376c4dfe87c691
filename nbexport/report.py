"""Findings and rules → text: `full` for people, `concise` for editors, `json` for tools.

Everything here returns plain text; colours are added at the door. What came out of a notebook is made printable, so
that no notebook can send a terminal an escape sequence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nbexport.model import Cell, Finding, Fix, Notebook, Severity
from nbexport.read import locate
from nbexport.rules import Rule, all_rules, find_rule

Results = Sequence[tuple[Notebook, Sequence[Finding]]]
"""What was checked, with what was found."""

MAX_WIDTH = 120
"""Characters of a source line that a code frame shows."""
CONTEXT_ROWS = 1
TAB = "    "


def concise(results: Results) -> str:
    """One line per finding, and a summary."""
    lines = [
        f"{_where(notebook, finding)}: {finding.code} {printable(finding.problem.message)}{_weight(finding)}"
        for notebook, findings in results
        for finding in findings
    ]
    return "\n".join([*lines, summary(results)])


def full(results: Results) -> str:
    """Each finding with its code frame and its mend, and a summary."""
    frames = [_frame(notebook, finding) for notebook, findings in results for finding in findings]
    return "\n\n".join([*frames, summary(results)])


def as_json(results: Results) -> str:
    """A JSON array with the fields that ruff uses, and `cell_id`, `file_line` and `hint`."""
    rows = [_row(notebook, finding) for notebook, findings in results for finding in findings]
    return json.dumps(rows, indent=2, ensure_ascii=False)


FORMATS: Mapping[str, Callable[[Results], str]] = {"full": full, "concise": concise, "json": as_json}
"""Name of each output format → what writes it."""


def summary(results: Results) -> str:
    """How much was found, as one sentence."""
    counts = dict.fromkeys(Severity, 0)
    for _, findings in results:
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
    found = f"{', '.join(most)} and {last}" if most else last
    return f"Found {found}." if found else "All checks passed!"


def printable(text: str) -> str:
    """The text as one line that a terminal shows and does not obey."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else TAB if char == "\t" else ascii(char)[1:-1] for char in text)


def explain(rule: Rule) -> str:
    """A rule's page in Markdown: its documentation and its two examples."""
    title, _, rest = rule.doc.strip().partition("\n")
    scope = "every notebook" if rule.scope == "notebook" else "notebooks with roles, or when a level is asked for"
    return (
        f"# {rule.code}: {rule.slug}\n\n{title.strip()}\n\n"
        f"Severity: **{rule.severity}**. Judges {scope}.\n\n"
        f"{rest.strip()}\n\n"
        f"## Examples\n\nReported at `# <- here`:\n\n```python\n{rule.bad.strip()}\n```\n\n"
        f"Not reported:\n\n```python\n{rule.good.strip()}\n```\n"
    )


def rule_list() -> str:
    """All rules, one line each."""
    return "\n".join(f"{rule.code}  {rule.severity.value:<7}  {rule.slug:<26}  {rule.title}" for rule in all_rules())


def rule_index() -> str:
    """The table of all rules for the documentation, Markdown."""
    rows = [
        f"| [{rule.code}]({rule.code.lower()}.md) | {rule.slug} | {rule.severity} | {rule.title} |"
        for rule in all_rules()
    ]
    return "\n".join(["# Rules", "", "| code | name | severity | reports |", "|---|---|---|---|", *rows, ""])


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}" if number else ""


def _weight(finding: Finding) -> str:
    return "" if finding.severity is Severity.ERROR else f" ({finding.severity.value})"


def _where(notebook: Notebook, finding: Finding) -> str:
    span = finding.problem.span
    return f"{printable(notebook.path)}:cell {finding.problem.cell}:{span.row}:{span.column}"


def _cell(notebook: Notebook, number: int) -> Cell | None:
    return notebook.cells[number - 1] if 0 < number <= len(notebook.cells) else None


def _frame(notebook: Notebook, finding: Finding) -> str:
    problem, span = finding.problem, finding.problem.span
    cell = _cell(notebook, problem.cell)
    source = cell.source.split("\n") if cell is not None else []
    first, last = max(1, span.row - CONTEXT_ROWS), min(len(source), span.row + CONTEXT_ROWS)
    gutter = len(str(max(last, 1)))
    margin = " " * gutter
    head = f"{finding.code}{' [*]' if problem.fix else ''} {printable(problem.message)}{_weight(finding)}"
    lines = [head, f"{margin}--> {_where(notebook, finding)}"]
    if source:
        start = _window(source[span.row - 1] if span.row <= len(source) else "", span.column)
        lines.append(f"{margin} |")
        for row in range(first, last + 1):
            text = source[row - 1]
            lines.append(f"{row:>{gutter}} | {printable(text[start : start + MAX_WIDTH])}".rstrip())
            if row == span.row:
                end = span.end_column if span.end_row == span.row else len(text) + 1
                lines.append(f"{margin} | {_carets(text, start, span.column - 1, end - 1)}")
        lines.append(f"{margin} |")
    lines.append(f"help: {printable(problem.hint)}")
    return "\n".join(lines)


def _window(line: str, column: int) -> int:
    """Offset of the first character to show of a line too long to show whole."""
    return max(0, column - 1 - MAX_WIDTH // 2) if len(line) > MAX_WIDTH else 0


def _carets(line: str, start: int, begin: int, end: int) -> str:
    shown = line[start : start + MAX_WIDTH]
    begin, end = begin - start, min(end - start, len(shown))
    return " " * _width(shown[:begin]) + "^" * max(1, _width(shown[begin:end]))


def _width(text: str) -> int:
    """Columns that a terminal gives to the text."""
    text = printable(text)
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 0 if combining(char) else 1 for char in text)


def _row(notebook: Notebook, finding: Finding) -> dict[str, Any]:
    problem, span = finding.problem, finding.problem.span
    cell = _cell(notebook, problem.cell)
    rule = find_rule(finding.code)
    return {
        "cell": problem.cell,
        "cell_id": cell.id if cell else None,
        "code": finding.code,
        "end_location": {"row": span.end_row, "column": span.end_column},
        "file_line": locate(cell, span.row, span.column)[0] if cell else None,
        "filename": notebook.path,
        "fix": _fix(problem.fix),
        "hint": problem.hint,
        "location": {"row": span.row, "column": span.column},
        "message": problem.message,
        "name": rule.slug if rule else "",
        "noqa_row": span.row,
        "severity": finding.severity.value,
        "url": None,
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    return {
        "applicability": "safe" if fix.safe else "unsafe",
        "message": fix.message,
        "edits": [
            {
                "cell": edit.cell,
                "content": edit.text,
                "location": {"row": edit.span.row, "column": edit.span.column},
                "end_location": {"row": edit.span.end_row, "column": edit.span.end_column},
            }
            for edit in fix.edits
        ],
        "parameters": list(fix.parameters),
    }


def errors(findings: Iterable[Finding], *, strict: bool = False) -> tuple[Finding, ...]:
    """The findings that fail a check: errors, and warnings too when strict."""
    weights = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    return tuple(finding for finding in findings if finding.severity in weights)
