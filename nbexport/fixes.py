"""Fixes → the notebook's text with them applied; everything else in the file stays as it is.

Hoisting a literal edits its cell and adds a line to the `parameters` cell. Where the notebook has none, one is made
above the first code cell that holds more than imports.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nbexport.model import Edit, Fix, Notebook, Role
from nbexport.names import split_lines


def fixed_text(text: str, notebook: Notebook, fixes: Iterable[Fix]) -> str:
    """The text of the file after the fixes; edits that overlap an earlier one are left for the next run.

    Args:
        text: What the file holds now.
        notebook: What was read from it.
        fixes: What to apply.
    """
    sources = {cell.number: cell.source for cell in notebook.cells}
    edits: dict[int, list[Edit]] = {}
    lines: list[str] = []
    for fix in fixes:
        if any(_overlaps(edit, edits.get(edit.cell, ())) for edit in fix.edits):
            continue
        for edit in fix.edits:
            edits.setdefault(edit.cell, []).append(edit)
        lines += fix.parameters
    changed = {number: _edited(sources[number], found) for number, found in edits.items()}
    target = next((cell.number for cell in notebook.cells if Role.PARAMETERS in cell.roles), None)
    if lines and target is not None:
        before = changed.get(target, sources[target])
        changed[target] = before.rstrip("\n") + "\n" + "\n".join(lines)
    if notebook.format == "percent":
        return _percent(text, notebook, changed, lines if target is None else [])
    return _ipynb(text, notebook, changed, lines if target is None else [])


def _overlaps(edit: Edit, others: Sequence[Edit]) -> bool:
    start, end = (edit.span.row, edit.span.column), (edit.span.end_row, edit.span.end_column)
    return any(
        start < (other.span.end_row, other.span.end_column) and (other.span.row, other.span.column) < end
        for other in others
    )


def _edited(source: str, edits: list[Edit]) -> str:
    lines = [line + "\n" for line in split_lines(source)]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    text = "".join(lines)
    for edit in sorted(edits, key=lambda edit: (edit.span.row, edit.span.column), reverse=True):
        begin = starts[edit.span.row - 1] + edit.span.column - 1
        end = starts[edit.span.end_row - 1] + edit.span.end_column - 1
        text = text[:begin] + edit.text + text[end:]
    return text.rstrip("\n")


def _place_for_parameters(notebook: Notebook) -> int:
    """Number of the cell before which a new `parameters` cell goes: the first with code other than imports."""
    for cell in notebook.cells:
        if cell.kind != "code" or not cell.runs:
            continue
        try:
            nodes = ast.parse(cell.code).body
        except (SyntaxError, ValueError):
            return cell.number
        if not all(isinstance(node, ast.Import | ast.ImportFrom | ast.Pass) for node in nodes):
            return cell.number
    return len(notebook.cells) + 1


def _ipynb(text: str, notebook: Notebook, changed: dict[int, str], lines: list[str]) -> str:
    document = json.loads(text.lstrip("\ufeff"))
    cells = document["cells"] if "cells" in document else document["worksheets"][0]["cells"]
    for number, source in changed.items():
        cell = cells[number - 1]
        key = "source" if "source" in cell else "input"
        cell[key] = source if isinstance(cell.get(key), str) else source.splitlines(keepends=True)
    if lines:
        made: dict[str, Any] = {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {"tags": ["parameters"]},
            "outputs": [],
            "source": "\n".join(lines).splitlines(keepends=True),
        }
        if any("id" in cell for cell in cells):
            made = {"cell_type": "code", "execution_count": None, "id": _new_id(cells), **made}
        cells.insert(_place_for_parameters(notebook) - 1, made)
    indent = re.search(r"\{\r?\n([ \t]+)", text)
    width: int | str | None = indent.group(1) if indent else None
    separators = None if indent or ", " in text[:2000] else (",", ":")
    plain = json.dumps(document, indent=width, ensure_ascii=False, separators=separators)
    return plain + ("\n" if text.endswith("\n") else "")


def _new_id(cells: list[dict[str, Any]]) -> str:
    taken = {cell.get("id") for cell in cells}
    return next(
        name for name in ("parameters", *(f"parameters-{n}" for n in range(len(cells) + 1))) if name not in taken
    )


def _percent(text: str, notebook: Notebook, changed: dict[int, str], lines: list[str]) -> str:
    rows = text.split("\n")
    place = _place_for_parameters(notebook) if lines else 0
    new = ['# %% tags=["parameters"]', *lines, ""]
    for cell in sorted(notebook.cells, key=lambda cell: cell.number, reverse=True):
        first = cell.lines[0][0] if cell.lines else cell.file_line
        if cell.number in changed:
            count = len(split_lines(cell.source))
            rows[first - 1 : first - 1 + count] = changed[cell.number].split("\n")
        if cell.number == place:
            marker = max(first - 2, 0)
            rows[marker:marker] = new
    if place > len(notebook.cells):
        rows += new
    return "\n".join(rows)


def read_source(path: Path) -> str:
    """The file's text as it stands, line ends included."""
    return path.read_bytes().decode("utf-8-sig")
