"""Findings → a SARIF log, which code scanning services and editors read.

Everything in it is a function of the notebooks and the rules: no time, no absolute path, no machine, so that the same
check gives the same bytes anywhere. Paths are relative to `%SRCROOT%`, whose place the reader knows better than we do.

Source: "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01", OASIS, 2023; GitHub
documentation, "SARIF support for code scanning".
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from nbexport import __version__
from nbexport.model import Finding, Notebook, Outcome, Problem, Related, Results, Severity
from nbexport.report.places import absolute_path, identified, region_of, relative_path
from nbexport.rules import Rule, find_rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}
_ROOT = "%SRCROOT%"
_PROBLEM_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "recommendation"}


def text(results: Results, outcome: Outcome) -> str:
    """The log: one run, its rules those that found something; ASCII only."""
    codes = sorted({finding.code for _, findings in results for finding in findings})
    rules = [rule for rule in map(find_rule, codes) if rule is not None]
    indices = {rule.code: index for index, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "nbexport", "version": __version__, "rules": [_rule(rule) for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository"}}},
        "invocations": [_invocation(outcome)],
        "results": [
            _result(notebook, finding, identity, indices)
            for notebook, findings in results
            for finding, identity in identified(notebook, findings)
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule) -> dict[str, Any]:
    title, _, rest = rule.doc.strip().partition("\n")
    what = re.search(r"## What it does\n(.*?)(?=\n## |\Z)", rest, re.DOTALL)
    return {
        "id": rule.code,
        "name": rule.slug,
        "shortDescription": {"text": title.strip()},
        "fullDescription": {"text": " ".join(what[1].split()) if what else title.strip()},
        "help": {"text": rest.strip().replace("## ", ""), "markdown": rest.strip()},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "precision": "high" if rule.severity is Severity.ERROR else "medium",
            "problem.severity": _PROBLEM_SEVERITIES[rule.severity],
            "scope": rule.scope,
            "tags": ["jupyter", "notebook"],
        },
    }


def _invocation(outcome: Outcome) -> dict[str, Any]:
    return {
        "executionSuccessful": not outcome.troubles,
        "exitCode": outcome.exit_code,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": _plain(trouble)},
                "locations": [{"physicalLocation": {"artifactLocation": _artifact(path)}}],
            }
            for path, trouble in outcome.troubles
        ],
    }


def _result(notebook: Notebook, finding: Finding, identity: str, indices: dict[str, int]) -> dict[str, Any]:
    problem = finding.problem
    made = {
        "ruleId": finding.code,
        **({"ruleIndex": indices[finding.code]} if finding.code in indices else {}),
        "level": LEVELS[finding.severity],
        "message": {"text": _plain(f"{problem.message}; fix: {problem.hint}")},
        "locations": [_location(notebook, problem)],
        "partialFingerprints": {"primaryLocationLineHash": identity},
    }
    if problem.related:
        made["relatedLocations"] = _related(notebook, problem.related)
    return made


def _related(notebook: Notebook, related: Sequence[Related]) -> list[dict[str, Any]]:
    return [
        {"id": number, "message": {"text": _plain(place.message)}, **_location(notebook, place)}
        for number, place in enumerate(related, 1)
    ]


def _location(notebook: Notebook, place: Problem | Related) -> dict[str, Any]:
    artifact = _artifact(notebook.path)
    cell, region = notebook.cell(place.cell), region_of(notebook, place)
    if cell is None or region is None:
        return {"physicalLocation": {"artifactLocation": artifact}}
    identity = {"cellId": cell.id} if cell.id is not None else {}
    return {
        "physicalLocation": {
            "artifactLocation": artifact,
            "region": {
                "startLine": region.line,
                "startColumn": region.column,
                "endLine": region.end_line,
                "endColumn": region.end_column,
            },
        },
        "logicalLocations": [
            {
                "name": f"cell {cell.number}",
                "fullyQualifiedName": f"{artifact['uri']}#{cell.id or cell.number}",
                "kind": "cell",
                "properties": {"cell": cell.number, **identity, "row": place.span.row, "column": place.span.column},
            }
        ],
    }


def _artifact(path: str) -> dict[str, Any]:
    inside = relative_path(path)
    if inside is None:
        return {"uri": absolute_path(path).as_uri()}
    # a colon in the first part of a relative reference would be read as a scheme, so it is encoded too
    return {"uri": quote(inside, safe="/", errors="surrogateescape"), "uriBaseId": _ROOT}


def _plain(message: str) -> str:
    """The message with nothing in it that SARIF takes for a link or a placeholder (sections 3.11.5 and 3.11.6)."""
    return re.sub(r"\{(\d+)\}", r"{{\1}}", re.sub(r"\[(?=[^\[\]]*\]\()", r"\\[", message))
