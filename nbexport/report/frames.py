"""A finding → its code frame: the lines it is about, marked, with the secrets in them hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbexport.model import Finding, Notebook, Problem, Related, Span
from nbexport.report.printable import printable

MAX_WIDTH = 120
"""Characters of a source line that a code frame shows."""
CONTEXT_ROWS = 1
MAX_PLACES = 5
"""Other places of a missing name that are shown with row and column; of the rest the cells are named."""

Stretches = Mapping[tuple[int, int], Sequence[Span]]
"""(cell, row) → stretches of that row."""


def secrets_in(findings: Sequence[Finding]) -> Stretches:
    """Where secrets stand, which no code frame shows."""
    stretches: dict[tuple[int, int], list[Span]] = {}
    for finding in findings:
        if finding.problem.secret:
            span = finding.problem.span
            for row in range(span.row, span.end_row + 1):
                stretches.setdefault((finding.problem.cell, row), []).append(span)
    return stretches


def _hidden(text: str, row: int, spans: Sequence[Span]) -> str:
    """The row with as much of a secret as its message shows, and asterisks for the rest."""
    for span in spans:
        start = span.column - 1 if row == span.row else 0
        end = span.end_column - 1 if row == span.end_row else len(text)
        start += min(4, (end - start) // 3)
        text = text[:start] + "*" * (end - start) + text[end:]
    return text


def frame(notebook: Notebook, finding: Finding, secrets: Stretches) -> str:
    """A finding with its code frame and the other places it is about."""
    problem = finding.problem
    excerpts = [_excerpt(notebook, problem, secrets, context=CONTEXT_ROWS)]
    about = [related for related in problem.related if not related.missing]
    excerpts += [_excerpt(notebook, related, secrets, label=related.message) for related in about]
    gutter = max((len(number) for lines in excerpts for number, _ in lines), default=1) or 1
    lines = [first_line(finding)]
    places: list[Problem | Related] = [problem, *about]
    for place, excerpt in zip(places, excerpts, strict=True):
        lines.append(f"{' ' * gutter}{'-->' if place is problem else ':::'} {where(notebook, place)}")
        lines += [f"{number:>{gutter}} {text}".rstrip() for number, text in excerpt]
    missing = [related for related in problem.related if related.missing]
    lines += [f"{' ' * gutter}::: {where(notebook, related)} (missing here too)" for related in missing[:MAX_PLACES]]
    if len(missing) > MAX_PLACES:
        lines.append(f"{' ' * gutter}::: and in {_cells(missing[MAX_PLACES:])}")
    if problem.fix and not problem.fix.safe:
        lines.append(f"or `--fix --unsafe-fixes`: {printable(problem.fix.message)}")
    return "\n".join(lines)


def _excerpt(
    notebook: Notebook, place: Problem | Related, secrets: Stretches, *, context: int = 0, label: str = ""
) -> list[tuple[str, str]]:
    """(row number or nothing, text) of each line of a code frame: `^` marks the place, or `-` with a label."""
    span, cell = place.span, notebook.cell(place.cell)
    source = cell.source.split("\n") if cell is not None else []
    first, last = max(1, span.row - context), min(len(source), span.row + context)
    lines = [("", "|")]
    start = _window(source[span.row - 1] if span.row <= len(source) else "", span.column)
    for row in range(first, last + 1):
        text = _hidden(source[row - 1], row, secrets.get((place.cell, row), ()))
        lines.append((str(row), f"| {printable(text[start : start + MAX_WIDTH])}"))
        if row == span.row:
            end = span.end_column if span.end_row == span.row else len(text) + 1
            marks = _marks(text, start, span.column - 1, end - 1, "-" if label else "^")
            lines.append(("", f"| {marks}{' ' if label else ''}{printable(label)}"))
    return [*lines, ("", "|")] if source else []


def _window(line: str, column: int) -> int:
    """Offset of the first character to show of a line too long to show whole."""
    return max(0, column - 1 - MAX_WIDTH // 2) if len(line) > MAX_WIDTH else 0


def _marks(line: str, start: int, begin: int, end: int, mark: str) -> str:
    shown = line[start : start + MAX_WIDTH]
    begin, end = begin - start, min(end - start, len(shown))
    return " " * _width(shown[:begin]) + mark * max(1, _width(shown[begin:end]))


def _width(text: str) -> int:
    """Columns that a terminal gives to the text."""
    text = printable(text)
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 0 if combining(char) else 1 for char in text)


def first_line(finding: Finding) -> str:
    """What is wrong, how much it weighs and what to do."""
    problem = finding.problem
    mark = " [*]" if problem.fix and problem.fix.safe else ""
    message, hint = printable(problem.message), printable(problem.hint)
    return f"{finding.code}{mark} {message} ({finding.severity.value}); fix: {hint}"


def also(problem: Problem) -> str:
    """Where else the missing name of a problem is missing; empty where it is not."""
    places = [related for related in problem.related if related.missing]
    return f"; also missing in {_cells(places)}" if places else ""


def _cells(places: Sequence[Related]) -> str:
    *most, last = dict.fromkeys(str(place.cell) for place in places)
    return f"cells {', '.join(most)} and {last}" if most else f"cell {last}"


def where(notebook: Notebook, place: Problem | Related) -> str:
    """`path:cell N:row:column` of a place."""
    return f"{printable(notebook.path)}:cell {place.cell}:{place.span.row}:{place.span.column}"
