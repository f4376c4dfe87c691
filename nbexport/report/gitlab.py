"""Findings → a Code Quality report, which GitLab shows in the changes of a merge request.

Source: GitLab documentation, "Code Quality", section "Code Quality report format".
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from nbexport.model import Finding, Notebook, Outcome, Results, Severity
from nbexport.report.frames import also
from nbexport.report.places import Region, identified, region_of, relative_path

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.ADVICE: "info"}


def text(results: Results, outcome: Outcome) -> str:
    """A JSON array, one object per finding and per notebook that could not be read; ASCII only."""
    issues = [
        _issue(notebook, finding, identity)
        for notebook, findings in results
        for finding, identity in identified(notebook, findings)
    ]
    issues += [_unreadable(path, trouble) for path, trouble in outcome.troubles]
    return json.dumps(issues, indent=2)


def _issue(notebook: Notebook, finding: Finding, identity: str) -> dict[str, Any]:
    problem = finding.problem
    path = relative_path(notebook.path) or notebook.path
    region = region_of(notebook, problem) or Region(1, 1, 1, 1)
    return {
        "check_name": finding.code,
        "description": f"{finding.code} cell {problem.cell}:{problem.span.row}: {problem.message}; fix: {problem.hint}"
        + also(problem),
        "fingerprint": _fingerprint(path, identity),
        "location": {
            "path": path,
            "lines": {"begin": region.line, "end": region.end_line},
            "positions": {
                "begin": {"line": region.line, "column": region.column},
                "end": {"line": region.end_line, "column": region.end_column},
            },
        },
        "severity": _SEVERITIES[finding.severity],
    }


def _unreadable(path: str, trouble: str) -> dict[str, Any]:
    path = relative_path(path) or path
    return {
        "check_name": "unreadable-notebook",
        "description": trouble,
        "fingerprint": _fingerprint(path, "unreadable"),
        "location": {"path": path, "lines": {"begin": 1}},
        "severity": "blocker",
    }


def _fingerprint(path: str, identity: str) -> str:
    """GitLab drops all but one of the issues that share a fingerprint, so the file is part of it."""
    return sha256(f"{path}\n{identity}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
