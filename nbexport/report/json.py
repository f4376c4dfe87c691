"""Findings → a JSON array with the fields of ruff, and `cell_id`, `file_line`, `hint`, `related` and `subject`."""

from __future__ import annotations

import json
from typing import Any

from nbexport.model import Finding, Fix, Notebook, Outcome, Problem, Related, Results, Span
from nbexport.report.places import region_of
from nbexport.report.together import together
from nbexport.rules import find_rule


def text(results: Results, _: Outcome) -> str:
    """One object per finding; ASCII only, so that no output encoding can spoil it."""
    return json.dumps(rows(results), indent=2)


def rows(results: Results) -> list[dict[str, Any]]:
    """One object per finding; the places of one missing name are one."""
    return [_row(notebook, finding) for notebook, findings in together(results) for finding in findings]


def _row(notebook: Notebook, finding: Finding) -> dict[str, Any]:
    problem = finding.problem
    rule = find_rule(finding.code)
    return {
        "cell": problem.cell,
        **_place(notebook, problem),
        "code": finding.code,
        "filename": notebook.path,
        "fix": _fix(problem.fix),
        "hint": problem.hint,
        "message": problem.message,
        "name": rule.slug if rule else "",
        "noqa_row": problem.span.row,
        "related": [
            {"cell": related.cell, **_place(notebook, related), "message": related.message}
            for related in problem.related
        ],
        "severity": finding.severity.value,
        "subject": problem.name or None,
        "url": None,
    }


def _place(notebook: Notebook, place: Problem | Related) -> dict[str, Any]:
    cell = notebook.cell(place.cell)
    region = region_of(notebook, place)
    return {
        "cell_id": cell.id if cell else None,
        "file_line": region.line if region else None,
        **_span(place.span),
    }


def _span(span: Span) -> dict[str, Any]:
    return {
        "location": {"row": span.row, "column": span.column},
        "end_location": {"row": span.end_row, "column": span.end_column},
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    return {
        "applicability": "safe" if fix.safe else "unsafe",
        "message": fix.message,
        "edits": [{"cell": edit.cell, "content": edit.text, **_span(edit.span)} for edit in fix.edits],
        "parameters": list(fix.parameters),
        "parts": [
            {"cell": part.cell, "row": part.row, "end_row": part.end_row, "roles": [role.value for role in part.roles]}
            for part in fix.parts
        ],
    }
