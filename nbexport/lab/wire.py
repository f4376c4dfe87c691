"""What the panel in JupyterLab and the server say to each other; `src/wire.ts` is generated from these types.

Cells are counted from 0 here, as notebooks in the browser do; rows and columns from 1, as everywhere else in nbexport.
"""

from __future__ import annotations

from difflib import unified_diff
from typing import TypedDict

from nbexport import __version__, levels, rules
from nbexport.model import (
    Action,
    Assumption,
    Change,
    Finding,
    Notebook,
    Parameter,
    Plan,
    Refused,
    Role,
    Severity,
    Span,
    Verdict,
)
from nbexport.propose import Suggestion

MAX_SHOWN_BYTES = 200_000
"""Longer files are named in a preview, not shown: they are data."""


class WirePlace(TypedDict):
    """A place in a cell."""

    cell: int
    cell_id: str | None
    row: int
    column: int
    end_row: int
    end_column: int


class WireRelated(TypedDict):
    """Another cell that has to do with a finding."""

    place: WirePlace
    message: str


class WireFix(TypedDict):
    """A fix that the server can apply."""

    message: str
    safe: bool


class WireFinding(TypedDict):
    """One finding."""

    key: str
    code: str
    name: str
    severity: Severity
    message: str
    hint: str
    place: WirePlace
    related: list[WireRelated]
    fix: WireFix | None


class WireLevel(TypedDict):
    """One step of the ladder, and what the notebook lacks for it."""

    number: int
    name: str
    reached: bool
    needs: list[str]


class WireParameter(TypedDict):
    """One option of `train.py`."""

    name: str
    option: str
    type: str
    default: str
    help: str
    cell: int


class WireCheck(TypedDict):
    """The answer of `check`."""

    findings: list[WireFinding]
    ladder: list[WireLevel]
    parameters: list[WireParameter]
    roles: list[list[str]]


class WireProposal(TypedDict):
    """What to do with one code cell."""

    cell: int
    cell_id: str | None
    roles: list[str]
    tags: list[str]
    reason: str
    confidence: float
    left_out_reason: str
    tagged: bool


class WireSuggestion(TypedDict):
    """The answer of `tag`."""

    result: str
    proposals: list[WireProposal]
    notes: list[str]


class WireCell(TypedDict):
    """A cell after a fix."""

    id: str | None
    cell_type: str
    source: str
    tags: list[str]


class WireFixed(TypedDict):
    """The answer of `fix`."""

    cells: list[WireCell]


class WireFile(TypedDict):
    """One file of a plan."""

    path: str
    action: Action
    note: str
    text: str | None
    diff: str
    size_bytes: int


class WireAssumption(TypedDict):
    """A call in a cell that stays in the notebook, which an export takes to be harmless."""

    place: WirePlace
    object: str
    call: str
    reason: str


class WirePlan(TypedDict):
    """The answer of `plan`: what would be written, or what stands against it."""

    folder: str
    files: list[WireFile]
    notes: list[str]
    refused: list[WireFinding]
    verdict: Verdict
    assumptions: list[WireAssumption]
    verified: bool
    digest: str


class WireApplied(TypedDict):
    """The answer of `apply`; `open` is a path to look at, empty where every file was left out."""

    folder: str
    open: str
    written: int


class WireStep(TypedDict):
    """One line of `verify`: a step that begins, and in the end the verdict or what went wrong."""

    step: str | None
    equal: bool | None
    lines: list[str]
    error: str | None


class WireRole(TypedDict):
    """A role of the catalogue."""

    name: str
    summary: str


class WireRule(TypedDict):
    """A rule of the catalogue."""

    code: str
    name: str
    title: str
    severity: Severity
    doc: str


class WireStage(TypedDict):
    """A level of the catalogue."""

    number: int
    name: str
    summary: str
    exports: bool


class WireCatalogue(TypedDict):
    """The answer of `catalogue`: all that the browser offers comes from here."""

    version: str
    roles: list[WireRole]
    levels: list[WireStage]
    rules: list[WireRule]


class WireProblem(TypedDict):
    """Why a request was not answered, in words for the person who asked."""

    message: str
    why: str
    fix: str


_ROLE_WORDS = {
    Role.PARAMETERS: "plain assignments; each becomes an option of train.py",
    Role.DATA: "loads and splits",
    Role.FEATURES: "prepares inputs",
    Role.MODEL: "builds the untrained model",
    Role.TRAIN: "trains it",
    Role.EVALUATE: "fills a dict `metrics`; an assert on it is a quality gate",
    Role.PREDICT: "one annotated function predict(...) and example calls",
    Role.DEFINE: "helpers and constants",
    Role.SKIP: "stays in the notebook",
}


def catalogue() -> WireCatalogue:
    """Roles, levels and rules."""
    return {
        "version": __version__,
        "roles": [{"name": role.value, "summary": _ROLE_WORDS[role]} for role in Role],
        "levels": [
            {
                "number": level.number,
                "name": level.name,
                "summary": level.summary,
                "exports": bool(level.emitters),
            }
            for level in levels.LEVELS
        ],
        "rules": [
            {
                "code": rule.code,
                "name": rule.slug,
                "title": rule.title,
                "severity": rule.severity,
                "doc": rule.doc,
            }
            for rule in rules.all_rules()
        ],
    }


def findings(notebook: Notebook, found: tuple[Finding, ...]) -> list[WireFinding]:
    """Findings, each with a key by which it can be asked to be fixed."""
    shown: list[WireFinding] = []
    for finding in found:
        problem = finding.problem
        rule = rules.find_rule(finding.code)
        shown.append(
            {
                "key": key(finding),
                "code": finding.code,
                "name": rule.slug if rule is not None else "",
                "severity": finding.severity,
                "message": problem.message,
                "hint": problem.hint,
                "place": _place(notebook, problem.cell, problem.span),
                "related": [
                    {"place": _place(notebook, other.cell, other.span), "message": other.message}
                    for other in problem.related
                ],
                "fix": None if problem.fix is None else {"message": problem.fix.message, "safe": problem.fix.safe},
            }
        )
    return shown


def key(finding: Finding) -> str:
    """What tells a finding from the others of the same notebook text."""
    span = finding.problem.span
    return f"{finding.code} {finding.problem.cell} {span.row} {span.column} {finding.problem.name}"


def _place(notebook: Notebook, number: int, span: Span) -> WirePlace:
    cell = notebook.cell(number)
    return {
        "cell": number - 1,
        "cell_id": cell.id if cell is not None else None,
        "row": span.row,
        "column": span.column,
        "end_row": span.end_row,
        "end_column": span.end_column,
    }


def parameters(found: tuple[Parameter, ...]) -> list[WireParameter]:
    """The options of `train.py`."""
    return [
        {
            "name": one.name,
            "option": one.option,
            "type": one.type,
            "default": one.default,
            "help": one.help,
            "cell": one.cell - 1,
        }
        for one in found
    ]


def suggestion(found: Suggestion) -> WireSuggestion:
    """Proposals, with the tags that say their roles."""
    tags = found.tags
    ids = {cell.number: cell.id for cell in found.notebook.cells}
    return {
        "result": found.result,
        "proposals": [
            {
                "cell": one.cell - 1,
                "cell_id": ids.get(one.cell),
                "roles": [role.value for role in one.roles],
                "tags": list(tags.get(one.cell, ())),
                "reason": one.reason,
                "confidence": one.confidence,
                "left_out_reason": one.left_out_reason,
                "tagged": one.tagged,
            }
            for one in found.proposals
        ],
        "notes": list(found.notes),
    }


def cells(notebook: Notebook) -> list[WireCell]:
    """The cells of a notebook as a fix leaves them."""
    return [
        {"id": cell.id, "cell_type": cell.kind, "source": cell.source, "tags": list(cell.tags)}
        for cell in notebook.cells
    ]


def plan(found: Plan, notebook: Notebook, *, folder: str, digest: str, hidden: tuple[str, ...]) -> WirePlan:
    """What would be written.

    Args:
        found: The plan.
        notebook: The notebook that it is about.
        folder: The project's folder, as the browser knows it.
        digest: What tells the plan from another one.
        hidden: Files that are written too, but are nothing to look at.
    """
    return {
        "folder": folder,
        "files": [_file(change) for change in found.changes if change.path not in hidden],
        "notes": list(found.notes),
        "refused": [],
        "verdict": found.verdict,
        "assumptions": assumptions(notebook, found.assumptions),
        "verified": found.verified,
        "digest": digest,
    }


def refusal(refused: Refused, *, folder: str) -> WirePlan:
    """Why nothing would be written.

    Args:
        refused: What stands against the export.
        folder: The project's folder, as the browser knows it.
    """
    return {
        "folder": folder,
        "files": [],
        "notes": [],
        "refused": findings(refused.notebook, refused.against),
        "verdict": Verdict.REFUSED,
        "assumptions": assumptions(refused.notebook, refused.assumptions),
        "verified": False,
        "digest": "",
    }


def assumptions(notebook: Notebook, assumed: tuple[Assumption, ...]) -> list[WireAssumption]:
    """What an export takes to be harmless, each with the line of the call."""
    shown: list[WireAssumption] = []
    for one in assumed:
        cell = notebook.cell(one.cell)
        span = cell.row_span(one.line) if cell is not None else Span(one.line, 1, one.line, 1)
        place = _place(notebook, one.cell, span)
        shown.append({"place": place, "object": one.object, "call": one.call, "reason": one.reason})
    return shown


def _file(change: Change) -> WireFile:
    content = change.after if change.after is not None else change.before or b""
    text = _text(content)
    return {
        "path": change.path,
        "action": change.action,
        "note": change.note,
        "text": text,
        "diff": _diff(change) if text is not None else "",
        "size_bytes": len(content),
    }


def _text(content: bytes) -> str | None:
    """The text of a file; None where it is no text, or too long to be looked at."""
    if len(content) > MAX_SHOWN_BYTES or b"\x00" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _diff(change: Change) -> str:
    if change.before is None or change.before == change.after:
        return ""
    before, after = _text(change.before), _text(change.after or b"")
    if before is None or after is None:
        return ""
    lines = unified_diff(before.splitlines(), after.splitlines(), "now", "new", lineterm="", n=3)
    return "\n".join(list(lines)[2:])
