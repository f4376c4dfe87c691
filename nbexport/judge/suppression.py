"""Comments and cell metadata that silence findings: findings → findings.

    x = lost  # noqa: NBX101                       the line, for these codes; a bare `# noqa` silences it whole
    x = lost  # nbexport: ignore[NBX1] a reason    the line; beginnings of codes are enough
    # nbexport: ignore[NBX401]                     on a line of its own: the line below; at the head of a cell: the cell
    {"nbexport": {"ignore": ["NBX401"]}}           in the metadata of a cell: the cell

As in ruff, a comment behind a multi-line string or a continued line counts for all its rows, and codes of other tools
are left alone. What names a code and silences nothing is a finding of its own (NBX003).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from nbexport import rules
from nbexport.model import Cell, Edit, Finding, Fix, Notebook, Problem, Span, Trait
from nbexport.read.python_text import strings_and_comments
from nbexport.record import record

_NOQA = re.compile(r"#\s*noqa(?:\s*:\s*(?P<codes>[A-Z]+\d+\b(?:[\s,]+[A-Z]+\d+\b)*)|(?!\w|\s*:))", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*nbexport:\s*ignore(?:\[(?P<codes>[^\]]*)\]|(?![\w\[-]))", re.IGNORECASE)
_CODE = re.compile(r"NBX\d*", re.IGNORECASE)


@record
class Suppression:
    """One comment or metadata entry."""

    cell: int
    rows: range
    """The rows that it silences."""
    codes: tuple[str, ...]
    """Beginnings of codes; every code when empty."""
    span: Span
    """The comment; for metadata the cell's first character."""
    kind: str
    """`noqa`, `ignore` or `metadata`."""
    others: tuple[str, ...] = ()
    """Codes of other tools in the same comment."""

    def silences(self, finding: Finding) -> bool:
        """Whether it silences the finding."""
        problem = finding.problem
        return (
            problem.cell == self.cell
            and problem.span.row in self.rows
            and (not self.codes or finding.code.startswith(self.codes))
        )


def applied(
    findings: Iterable[Finding], notebook: Notebook, *, judged: Collection[str]
) -> tuple[tuple[Finding, ...], list[Problem]]:
    """The findings that are not silenced, and a problem for each suppression that silences nothing.

    Args:
        findings: Everything that the rules found.
        notebook: What they judged.
        judged: Codes of the rules that spoke; what names only others is not called unused.
    """
    everything = tuple(findings)
    comments = tuple(suppressions(notebook))
    kept = tuple(finding for finding in everything if not any(entry.silences(finding) for entry in comments))
    known = tuple(rule.code for rule in rules.all_rules())
    own = rules.rule_with(Trait.OF_SUPPRESSION)
    unused = [
        problem
        for entry in comments
        if (codes := _unused(entry, everything, judged=judged, known=known))
        for problem in _problems(entry, codes, notebook)
        if not any(other.silences(Finding(own.code, own.severity, problem)) for other in comments if other.codes)
    ]
    return kept, unused


def for_export(findings: Iterable[Finding], notebook: Notebook) -> tuple[Finding, ...]:
    """The findings that an export hears: what is about the result that it computes cannot be silenced."""
    comments = tuple(suppressions(notebook))
    decisive = {rule.code for rule in rules.all_rules() if rule.decides}
    return tuple(
        finding
        for finding in findings
        if finding.code in decisive or not any(entry.silences(finding) for entry in comments)
    )


def suppressions(notebook: Notebook) -> Iterator[Suppression]:
    """Every suppression of a notebook, in its order."""
    for cell in notebook.cells:
        listed = _listed(cell.metadata.get("nbexport"))
        if listed:
            yield Suppression(cell.number, range(1, cell.source.count("\n") + 2), listed, Span(1, 1, 1, 1), "metadata")
        if cell.kind == "code" and ("nbexport:" in cell.source or "noqa" in cell.source.lower()):
            yield from _in_comments(cell)


def _listed(value: Any) -> tuple[str, ...]:
    """The codes under `nbexport` → `ignore` in a cell's metadata."""
    codes = value.get("ignore") if isinstance(value, dict) else None
    texts = [codes] if isinstance(codes, str) else codes if isinstance(codes, list) else []
    return tuple(code.strip().upper() for code in texts if isinstance(code, str) and _CODE.fullmatch(code.strip()))


def _in_comments(cell: Cell) -> Iterator[Suppression]:
    rows, code = cell.source.split("\n"), cell.code.split("\n")
    inside, python = strings_and_comments(code)
    bare = [not text.strip() or text.lstrip().startswith(("#", "%%")) for text in rows]
    for row, column in _comments(rows, code, python):
        text = rows[row][column:]
        for kind, pattern in (("noqa", _NOQA), ("ignore", _IGNORE)):
            for match in pattern.finditer(text):
                parts = re.split(r"[\s,]+", (match["codes"] or "").strip())
                codes = tuple(part.upper() for part in parts if _CODE.fullmatch(part))
                if match["codes"] is not None and not codes:
                    continue
                end = match.end() if kind == "noqa" else _end_of_reason(text, match.end())
                alone = kind == "ignore" and not rows[row][: column + match.start()].strip()
                yield Suppression(
                    cell.number,
                    _rows_of_own_line(row, bare) if alone else _rows_before(row, rows, inside),
                    codes,
                    Span(row + 1, column + match.start() + 1, row + 1, column + end + 1),
                    kind,
                    tuple(part for part in parts if part and not _CODE.fullmatch(part)) if kind == "noqa" else (),
                )


def _comments(rows: list[str], code: list[str], python: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Row and column, from 0, of each comment; in IPython's own lines every `#` may begin one."""
    for row, text in enumerate(rows):
        if row in python:
            column = len(text) - len(code[row]) + python[row]
            if text.endswith(code[row][python[row] :]):
                yield row, column
        elif "#" in text and (row >= len(code) or code[row] != text):
            yield row, text.index("#")


def _end_of_reason(text: str, start: int) -> int:
    """Where the words behind `ignore[…]` end: at the next comment sign or with the line."""
    following = text.find("#", start)
    return len(text if following < 0 else text[:following].rstrip())


def _rows_before(row: int, rows: list[str], inside: Collection[int]) -> range:
    """The row of a comment, and those above that belong to the same string or continued line; counted from 1."""
    first = row
    while first > 0 and (first in inside or rows[first - 1].endswith("\\")):
        first -= 1
    return range(first + 1, row + 2)


def _rows_of_own_line(row: int, bare: list[bool]) -> range:
    """What a comment on a line of its own is about: the cell below its head, else the next line; counted from 1."""
    if all(bare[:row]):
        return range(1, len(bare) + 1)
    following = next((at for at in range(row + 1, len(bare)) if not bare[at]), row)
    return range(row + 1, following + 2)


# --------------------------------------------------------------------------- what silences nothing


def _unused(
    entry: Suppression, findings: Iterable[Finding], *, judged: Collection[str], known: tuple[str, ...]
) -> tuple[str, ...]:
    """The codes of a suppression that silence nothing; that they do is not a reason to name the rule about them."""
    own = rules.rule_with(Trait.OF_SUPPRESSION).code
    silenced = [finding.code for finding in findings if entry.silences(finding)]
    return tuple(
        code
        for code in entry.codes
        if not code.startswith(own)
        and not any(silenced_code.startswith(code) for silenced_code in silenced)
        and _was_judged(code, judged, known)
    )


def _was_judged(code: str, judged: Collection[str], known: tuple[str, ...]) -> bool:
    """Whether a rule that a code means has judged the notebook; a code that means no rule silences nothing anyway."""
    meant = [rule for rule in known if rule.startswith(code)]
    return not meant or any(rule in judged for rule in meant)


def _problems(entry: Suppression, codes: tuple[str, ...], notebook: Notebook) -> Iterator[Problem]:
    named = ", ".join(f"`{code}`" for code in codes)
    where = "this cell's metadata silences" if entry.kind == "metadata" else "this comment silences"
    verb = "are" if len(codes) > 1 else "is"
    cell = notebook.cell(entry.cell)
    yield Problem(
        f"{where} {named}, which {verb} not found here",
        f"remove {named} from it",
        entry.cell,
        entry.span,
        fix=None if cell is None or entry.kind == "metadata" else _fix(entry, codes, cell),
    )


def _fix(entry: Suppression, codes: tuple[str, ...], cell: Cell) -> Fix:
    left = [*entry.others, *(code for code in entry.codes if code not in codes)]
    span = entry.span
    rows = cell.source.split("\n")
    text = rows[span.row - 1]
    start, end = span.column - 1, span.end_column - 1
    if left:
        codes_at = _codes_place(text, start, end)
        where, new = Span(span.row, codes_at[0] + 1, span.row, codes_at[1] + 1), ", ".join(left)
    elif text[:start].strip() or text[end:].strip():
        before, after = text[:start].rstrip(), text[end:].strip()
        if not after:
            where, new = Span(span.row, len(before) + 1, span.row, len(text) + 1), ""
        elif after.startswith("#"):
            where, new = Span(span.row, span.column, span.row, text.index("#", end) + 1), ""
        else:
            where, new = Span(span.row, span.column, span.row, end + 1), "#"
    elif span.row < len(rows):
        where, new = Span(span.row, 1, span.row + 1, 1), ""
    elif span.row > 1:
        where, new = Span(span.row - 1, len(rows[-2]) + 1, span.row, len(text) + 1), ""
    else:
        where, new = Span(1, 1, 1, len(text) + 1), ""
    return Fix("remove the suppression", (Edit(entry.cell, where, new),))


def _codes_place(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the list of codes stands in a comment that has one."""
    match = _NOQA.match(text, start, end) or _IGNORE.match(text, start, end)
    return match.span("codes") if match else (start, end)
