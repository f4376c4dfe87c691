"""Findings and rules → text: `full` for people, `concise` for editors; those for tools are `report_json` and its like.

Everything here returns plain text; colours are added at the door. What came out of a notebook is made printable, so
that no notebook can send a terminal an escape sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from nbexport.model import Finding, Notebook, Outcome, Problem, Related, Results, Severity, Span
from nbexport.options import OUTPUT_FORMATS

if TYPE_CHECKING:
    from nbexport.rules import Rule

Format = Callable[..., str]
"""`(results, outcome) -> text`; without an outcome the check is taken to have gone well."""
CLEAN = Outcome()

MAX_WIDTH = 120
"""Characters of a source line that a code frame shows."""
CONTEXT_ROWS = 1
TAB = "    "


def concise(results: Results, _: Outcome = CLEAN) -> str:
    """One line per finding, and a summary."""
    lines = [
        f"{_where(notebook, finding.problem)}: {finding.code} {printable(finding.problem.message)}{_weight(finding)}"
        for notebook, findings in results
        for finding in findings
    ]
    return "\n".join([*lines, summary(results)])


def full(results: Results, _: Outcome = CLEAN) -> str:
    """Each finding with its code frame, the other places it is about and its mend, and a summary."""
    frames = [_frame(notebook, finding, _secrets(findings)) for notebook, findings in results for finding in findings]
    return "\n\n".join([*frames, summary(results)])


def _lazy(name: str) -> Format:
    def text(results: Results, outcome: Outcome = CLEAN) -> str:
        return str(import_module(f"nbexport.report_{name}").text(results, outcome))

    return text


FORMATS: Mapping[str, Format] = {
    name: {"full": full, "concise": concise}.get(name) or _lazy(name) for name in OUTPUT_FORMATS
}
"""Name of each output format → what writes it; those for tools stand in a module each, loaded when asked for."""


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
    scope = "every notebook" if rule.scope != "lift" else "notebooks with roles, or when a level is asked for"
    return (
        f"# {rule.code}: {rule.slug}\n\n{title.strip()}\n\n"
        f"Severity: **{rule.severity}**. Judges {scope}.\n\n"
        f"{rest.strip()}\n\n"
        f"## Examples\n\nReported at `# <- here`:\n\n```python\n{rule.bad.strip()}\n```\n\n"
        f"Not reported:\n\n```python\n{rule.good.strip()}\n```\n"
    )


def _rules() -> tuple[Rule, ...]:
    from nbexport.rules import all_rules  # with the rules comes everything that they ask

    return all_rules()


def rule_list() -> str:
    """All rules, one line each."""
    return "\n".join(f"{rule.code}  {rule.severity.value:<7}  {rule.slug:<26}  {rule.title}" for rule in _rules())


def rule_index() -> str:
    """The table of all rules for the documentation, Markdown."""
    rows = [
        f"| [{rule.code}]({rule.code.lower()}.md) | {rule.slug} | {rule.severity} | {rule.title} |" for rule in _rules()
    ]
    return "\n".join(["# Rules", "", "| code | name | severity | reports |", "|---|---|---|---|", *rows, ""])


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}" if number else ""


def _weight(finding: Finding) -> str:
    return "" if finding.severity is Severity.ERROR else f" ({finding.severity.value})"


def _where(notebook: Notebook, place: Problem | Related) -> str:
    return f"{printable(notebook.path)}:cell {place.cell}:{place.span.row}:{place.span.column}"


Stretches = Mapping[tuple[int, int], Sequence[Span]]
"""(cell, row) → stretches of that row."""


def _secrets(findings: Sequence[Finding]) -> Stretches:
    """Where secrets stand, which no code frame shows."""
    found: dict[tuple[int, int], list[Span]] = {}
    for finding in findings:
        if finding.code == "NBX501":
            span = finding.problem.span
            for row in range(span.row, span.end_row + 1):
                found.setdefault((finding.problem.cell, row), []).append(span)
    return found


def _hidden(text: str, row: int, spans: Sequence[Span]) -> str:
    """The row with as much of a secret as its message shows, and asterisks for the rest."""
    for span in spans:
        start = span.column - 1 if row == span.row else 0
        end = span.end_column - 1 if row == span.end_row else len(text)
        start += min(4, (end - start) // 3)
        text = text[:start] + "*" * (end - start) + text[end:]
    return text


def _frame(notebook: Notebook, finding: Finding, secrets: Stretches) -> str:
    problem = finding.problem
    excerpts = [_excerpt(notebook, problem, secrets, context=CONTEXT_ROWS)]
    excerpts += [_excerpt(notebook, related, secrets, label=related.message) for related in problem.related]
    gutter = max((len(number) for lines in excerpts for number, _ in lines), default=1) or 1
    lines = [f"{finding.code}{' [*]' if problem.fix else ''} {printable(problem.message)}{_weight(finding)}"]
    places: list[Problem | Related] = [problem, *problem.related]
    for place, excerpt in zip(places, excerpts, strict=True):
        lines.append(f"{' ' * gutter}{'-->' if place is problem else ':::'} {_where(notebook, place)}")
        lines += [f"{number:>{gutter}} {text}".rstrip() for number, text in excerpt]
    lines.append(f"help: {printable(problem.hint)}")
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


def errors(findings: Iterable[Finding], *, strict: bool = False) -> tuple[Finding, ...]:
    """The findings that fail a check: errors, and warnings too when strict."""
    return tuple(filter(Outcome(strict=strict).fails, findings))
