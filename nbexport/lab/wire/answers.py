"""nbexport's nouns in the form in which the panel gets them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nbexport import __version__, levels, rules
from nbexport.lab.flow import CellFlow
from nbexport.lab.wire import files
from nbexport.lab.wire.types import (
    WireAssumption,
    WireCatalogue,
    WireCell,
    WireFinding,
    WireFix,
    WireFlow,
    WireParameter,
    WirePlace,
    WirePlan,
    WireSuggestion,
)
from nbexport.lab.wire.words import plain
from nbexport.model import Assumption, CellNumber, Finding, Fix, Notebook, Role, Span, Verdict
from nbexport.plan import Plan
from nbexport.program import Parameter, Refused
from nbexport.propose import Suggestion

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


def findings(notebook: Notebook, judged: Iterable[Finding], *, path: str = "") -> list[WireFinding]:
    """Findings, each with a key by which it can be asked to be fixed.

    Args:
        notebook: The notebook, or several as one document.
        judged: The findings.
        path: The notebook that is open, as the browser knows it; places in it name no other one.
    """
    shown: list[WireFinding] = []
    for finding in judged:
        problem = finding.problem
        rule = rules.find_rule(finding.code)
        shown.append(
            {
                "key": key(finding, notebook, path=path),
                "code": finding.code,
                "name": rule.slug if rule is not None else "",
                "severity": finding.severity,
                "message": plain(problem.message),
                "hint": plain(problem.hint),
                "place": _place(notebook, problem.cell, problem.span, path),
                "related": [
                    {"place": _place(notebook, other.cell, other.span, path), "message": plain(other.message)}
                    for other in problem.related
                ],
                "fix": _fix(problem.fix),
            }
        )
    return shown


def _fix(fix: Fix | None) -> WireFix | None:
    return None if fix is None else {"message": plain(fix.message), "safe": fix.safe}


def key(finding: Finding, notebook: Notebook, *, path: str = "") -> str:
    """What tells a finding from the others; in the notebook that is open it is the same whether others go with it."""
    span, (elsewhere, number) = finding.problem.span, _own(notebook, finding.problem.cell, path)
    return f"{finding.code} {elsewhere} {number} {span.row} {span.column} {finding.problem.name}"


def _own(notebook: Notebook, cell: int, path: str) -> tuple[str, int]:
    """The path of another notebook than the one that is open, or nothing; and a cell's number in its own notebook."""
    found = notebook.cell(cell)
    number = found.number if found is not None else cell
    if not isinstance(number, CellNumber):
        return "", number
    folder, _, name = path.rpartition("/")
    if number.notebook in ("", name):
        return "", number.own
    return f"{folder}/{number.notebook}" if folder else number.notebook, number.own


def _place(notebook: Notebook, number: int, span: Span, path: str) -> WirePlace:
    cell = notebook.cell(number)
    elsewhere, own = _own(notebook, number, path)
    return {
        "notebook": elsewhere,
        "cell": own - 1,
        "cell_id": cell.id if cell is not None else None,
        "row": span.row,
        "column": span.column,
        "end_row": span.end_row,
        "end_column": span.end_column,
    }


def parameters(notebook: Notebook, exported: Iterable[Parameter], *, path: str = "") -> list[WireParameter]:
    """The options of `train.py`."""
    return [
        {
            "notebook": _own(notebook, one.cell, path)[0],
            "name": one.name,
            "option": one.option,
            "type": one.type,
            "default": one.default,
            "help": one.help,
            "cell": _own(notebook, one.cell, path)[1] - 1,
        }
        for one in exported
    ]


def flow(notebook: Notebook, cells: tuple[CellFlow, ...]) -> list[WireFlow]:
    """What code cells bind and read."""
    ids = {cell.number: cell.id for cell in notebook.cells}
    return [
        {"cell": one.cell - 1, "cell_id": ids.get(one.cell), "binds": list(one.binds), "reads": list(one.reads)}
        for one in cells
    ]


def suggestion(suggested: Suggestion) -> WireSuggestion:
    """Proposals, with the tags that say their roles."""
    tags = suggested.tags
    ids = {cell.number: cell.id for cell in suggested.notebook.cells}
    return {
        "result": suggested.result,
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
            for one in suggested.proposals
        ],
        # what the notebook lacks the panel offers to write
        "notes": [note for note in (plain(note) for note in suggested.notes if note not in suggested.lacks) if note],
    }


def cells(notebook: Notebook) -> list[WireCell]:
    """The cells of a notebook as a fix leaves them."""
    return [
        {"id": cell.id, "cell_type": cell.kind, "source": cell.source, "tags": list(cell.tags)}
        for cell in notebook.cells
    ]


def plan(
    planned: Plan,
    notebook: Notebook,
    *,
    folder: str,
    digest: str,
    hidden: tuple[str, ...],
    base: Mapping[str, str] | None = None,
    path: str = "",
) -> WirePlan:
    """What would be written.

    Args:
        planned: The plan.
        notebook: The notebook that it is about.
        folder: The project's folder, as the browser knows it.
        digest: What tells the plan from another one.
        hidden: Files that are written too, but are nothing to look at.
        base: The texts that the last export wrote; None where there was none.
        path: The notebook that is open, as the browser knows it.
    """
    return {
        "folder": folder,
        "files": [files.file(change, base or {}) for change in planned.changes if change.path not in hidden],
        "notes": [note for note in map(plain, planned.notes) if note],
        "refused": [],
        "verdict": planned.verdict,
        "assumptions": assumptions(notebook, planned.assumptions, path=path),
        "verified": planned.verified,
        "digest": digest,
    }


def refusal(refused: Refused, *, folder: str, path: str = "") -> WirePlan:
    """Why nothing would be written.

    Args:
        refused: What prevents the export.
        folder: The project's folder, as the browser knows it.
        path: The notebook that is open, as the browser knows it.
    """
    return {
        "folder": folder,
        "files": [],
        "notes": [],
        "refused": findings(refused.notebook, refused.against, path=path),
        "verdict": Verdict.REFUSED,
        "assumptions": assumptions(refused.notebook, refused.assumptions, path=path),
        "verified": False,
        "digest": "",
    }


def assumptions(notebook: Notebook, assumed: Iterable[Assumption], *, path: str = "") -> list[WireAssumption]:
    """What an export takes to be harmless, each with the line of the call."""
    shown: list[WireAssumption] = []
    for one in assumed:
        cell = notebook.cell(one.cell)
        span = cell.row_span(one.line) if cell is not None else Span(one.line, 1, one.line, 1)
        place = _place(notebook, one.cell, span, path)
        shown.append({"place": place, "object": one.object, "call": one.call, "reason": one.reason})
    return shown
