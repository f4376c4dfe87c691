"""Findings → JUnit XML, which every continuous integration shows as tests.

A notebook is a suite. An error is a failed test, so is a warning in a strict check; what does not fail the check is a
passed test that says it in its output. A notebook without findings is one passed test, one in
another language than Python a skipped one.

Source: the `jenkins-junit.xsd` of xunit-plugin, and "Extensible Markup Language (XML) 1.0", section 2.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from nbexport.model import Finding, Notebook, Outcome, Results
from nbexport.read.notebook import PYTHON, shown, spoken_language
from nbexport.report.places import Region, region_of

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def text(results: Results, outcome: Outcome) -> str:
    """An XML document, ASCII only."""
    suites = [_suite(notebook, findings, outcome) for notebook, findings in results]
    suites += [_unreadable(path, trouble) for path, trouble in outcome.troubles]
    findings_of_all = [finding for _, findings in results for finding in findings]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        _tag(
            "testsuites",
            name="nbexport",
            tests=sum(max(len(findings), 1) for _, findings in results) + len(outcome.troubles),
            failures=sum(map(outcome.fails, findings_of_all)),
            errors=len(outcome.troubles),
        ),
        *suites,
        "</testsuites>",
    ]
    return "\n".join(lines).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _suite(notebook: Notebook, findings: Sequence[Finding], outcome: Outcome) -> str:
    failures = sum(map(outcome.fails, findings))
    skipped = int(notebook.language != PYTHON)
    tests = max(len(findings), 1)
    head = _tag("testsuite", name=notebook.path, tests=tests, failures=failures, errors=0, skipped=skipped)
    if skipped:
        case = _tag("testcase", name="nbexport check", classname=notebook.path)
        why = _tag("skipped", message=f"this is {spoken_language(notebook.language)} notebook", closed=True)
        return "\n".join([head, f"{case}{why}</testcase>", "</testsuite>"])
    cases = [_case(notebook, finding, fails=outcome.fails(finding)) for finding in findings]
    clean = _tag("testcase", name="nbexport check", classname=notebook.path, closed=True)
    return "\n".join([head, *(cases or [clean]), "</testsuite>"])


def _case(notebook: Notebook, finding: Finding, *, fails: bool) -> str:
    problem = finding.problem
    region = region_of(notebook, problem) or Region(1, 1, 1, 1)
    head = _tag(
        "testcase",
        name=f"{finding.code} cell {problem.cell}:{problem.span.row}:{problem.span.column}",
        classname=notebook.path,
        file=notebook.path,
        line=region.line,
    )
    message = f"{problem.message}; fix: {problem.hint}"
    told = [
        f"{notebook.path}:{region.line}:{region.column}: {finding.code} {message}",
        *(f"cell {other.cell}:{other.span.row}:{other.span.column}: {other.message}" for other in problem.related),
    ]
    inner = (
        f"{_tag('failure', type=finding.severity.value, message=message)}{_lines(told)}</failure>"
        if fails
        else f"<system-out>{finding.severity.value}: {_lines(told)}</system-out>"
    )
    return f"{head}{inner}</testcase>"


def _unreadable(path: str, trouble: str) -> str:
    suite = _tag("testsuite", name=path, tests=1, failures=0, errors=1, skipped=0)
    case = _tag("testcase", name="nbexport check", classname=path)
    what, *more = trouble.split("\n")
    error = _tag("error", type="unreadable", message=what)
    return f"{suite}\n{case}{error}{_lines([what, *more])}</error></testcase>\n</testsuite>"


def _tag(name: str, /, *, closed: bool = False, **attributes: str | int) -> str:
    listed = "".join(f' {key}="{_escaped(str(value))}"' for key, value in attributes.items())
    return f"<{name}{listed}{' /' if closed else ''}>"


def _lines(told: Sequence[str]) -> str:
    return "\n".join(map(_escaped, told))


def _escaped(value: str) -> str:
    """The text as one line that XML allows: what is not a printable character is written as Python writes it."""
    return shown(value).translate(_ESCAPES)
