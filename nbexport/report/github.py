"""Findings → workflow commands, which GitHub shows as annotations on the lines of a pull request.

Source: GitHub documentation, "Workflow commands for GitHub Actions"; actions/runner `ActionCommand.cs` for the escapes.
"""

from __future__ import annotations

from nbexport.model import Finding, Notebook, Outcome, Results, Severity
from nbexport.read.notebook import shown
from nbexport.report.places import Region, region_of, relative_path
from nbexport.rules import find_rule

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def text(results: Results, outcome: Outcome) -> str:
    """One command per finding, and one per notebook that could not be read."""
    lines = [_command(notebook, finding) for notebook, findings in results for finding in findings]
    lines += [
        f"::error file={_property(relative_path(path) or path)},title=nbexport::{_data(trouble)}"
        for path, trouble in outcome.troubles
    ]
    return "\n".join(lines)


def _command(notebook: Notebook, finding: Finding) -> str:
    problem, rule = finding.problem, find_rule(finding.code)
    region = region_of(notebook, problem) or Region(1, 1, 1, 1)
    properties = {"file": relative_path(notebook.path) or notebook.path, "line": region.line}
    if region.line == region.end_line:
        # GitHub refuses columns of an annotation that spans lines
        properties |= {"col": region.column, "endLine": region.end_line, "endColumn": region.end_column}
    else:
        properties |= {"endLine": region.end_line}
    properties["title"] = f"{finding.code} ({rule.slug})" if rule else finding.code
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    where = f"cell {problem.cell}:{problem.span.row}:{problem.span.column}"
    message = "\n".join(
        [
            f"{where}: {problem.message}; fix: {problem.hint}",
            *(f"cell {other.cell}:{other.span.row}:{other.span.column}: {other.message}" for other in problem.related),
        ]
    )
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(message)}"


def _data(value: str) -> str:
    """The text of a command: what would end it is escaped, what a log would obey is made printable."""
    return shown(value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
