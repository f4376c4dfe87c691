"""What an editor offers for a finding: the rule's own fix, and a comment that says that it is known."""

from __future__ import annotations

from lsprotocol import types

from nbexport.editors.checks import Checked, Shown
from nbexport.editors.documents import Document


def actions(checked: Checked, uri: str, where: types.Range) -> list[types.CodeAction]:
    """What is offered for a stretch of a text document.

    Args:
        checked: The last check of the document that it belongs to.
        uri: Its address.
        where: The stretch.
    """
    document = checked.document
    return [
        action
        for shown in at(checked, uri, where)
        for action in (_fix(document, shown), _ignore(document, shown))
        if action is not None
    ]


def at(checked: Checked, uri: str, where: types.Range) -> list[Shown]:
    """What is shown at a stretch of a text document."""
    return [shown for shown in checked.shown if shown.uri == uri and _overlap(shown.diagnostic.range, where)]


def _overlap(one: types.Range, other: types.Range) -> bool:
    return one.start <= other.end and other.start <= one.end


def _fix(document: Document, shown: Shown) -> types.CodeAction | None:
    """The rule's own fix, where it is edits of cells that the editor shows."""
    fix = shown.finding["fix"]
    if fix is None or fix["parameters"] or fix["parts"]:
        return None
    edits: dict[str, list[types.TextEdit]] = {}
    for edit in fix["edits"]:
        place = document.place(edit["cell"], (edit["location"], edit["end_location"]))
        if place is None:
            return None
        edits.setdefault(place.uri, []).append(types.TextEdit(place.range, edit["content"]))
    is_safe = fix["applicability"] == "safe"
    title = fix["message"] if is_safe else f"{fix['message']} (may change results)"
    return _action(title, shown, edits, is_preferred=is_safe)


def _ignore(document: Document, shown: Shown) -> types.CodeAction | None:
    """A comment that says that the finding is known; none where the line has such a comment already."""
    row, code = shown.finding["noqa_row"], shown.finding["code"]
    cell = document.notebook.cell(shown.finding["cell"])
    if row is None or cell is None or cell.kind != "code":
        return None
    line = cell.source.split("\n")[row - 1]
    if "noqa" in line:
        return None
    ends = {"row": row, "column": len(line.rstrip()) + 1}, {"row": row, "column": len(line) + 1}
    place = document.place(cell.number, ends)
    if place is None:
        return None
    edits = {place.uri: [types.TextEdit(place.range, f"  # noqa: {code}")]}
    return _action(f"ignore {code} on this line", shown, edits)


def _action(
    title: str, shown: Shown, edits: dict[str, list[types.TextEdit]], *, is_preferred: bool = False
) -> types.CodeAction:
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[shown.diagnostic],
        edit=types.WorkspaceEdit(changes=edits),
        is_preferred=is_preferred,
    )
