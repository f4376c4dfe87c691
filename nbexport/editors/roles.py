"""The role of each cell above it, and a role that is written into a script."""

from __future__ import annotations

from lsprotocol import types

from nbexport.editors.documents import Document
from nbexport.errors import NbexportError
from nbexport.fix.tags import tagged, tags_for
from nbexport.model import Role


def lenses(document: Document, uri: str, command: str) -> list[types.CodeLens]:
    """A line above each code cell with its roles.

    Args:
        document: The notebook.
        uri: Address of the text document that is asked about.
        command: What a press on it runs; empty for a line that only says.
    """
    try:
        cells = document.notebook.cells
    except NbexportError:
        return []  # the check says why
    shown = []
    for cell in cells:
        place = document.place(cell.number, ({"row": 1, "column": 1}, {"row": 1, "column": 1}))
        if cell.kind != "code" or place is None or place.uri != uri:
            continue
        title = ", ".join(role.value for role in cell.roles) or "no role: stays in the notebook"
        pressed = types.Command(title, command, arguments=[document.uri, cell.number - 1] if command else None)
        shown.append(types.CodeLens(place.range, command=pressed))
    return shown


def with_role(document: Document, number: int, role: str) -> types.WorkspaceEdit:
    """The edit that gives a cell of a script a role.

    Args:
        document: The script.
        number: Number of the cell, from 1.
        role: Its name.

    Raises:
        NbexportError: The text is not a notebook, or there is no such role.
    """
    if role not in list(Role):
        names = ", ".join(f"`{one.value}`" for one in Role)
        raise NbexportError(f"there is no role `{role}`", fix=f"choose one of {names}")
    roles = {number: (Role(role),)}
    after = tagged(document.text.encode(), document.notebook, tags_for(document.notebook, roles)).decode()
    whole = types.Range(types.Position(0, 0), types.Position(len(document.sources[document.uri]) + 1, 0))
    return types.WorkspaceEdit(changes={document.uri: [types.TextEdit(whole, after)]})
