"""What an editor has open → a notebook, and a place in a cell → a place in what the editor shows.

A notebook document is cells with an address each; a script with cells is one text. Both are checked as they are in the
editor, saved or not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lsprotocol import types
from pygls.uris import to_fs_path
from pygls.workspace import PositionCodec, Workspace

from nbexport.model import Notebook
from nbexport.read.by_format import has_cells
from nbexport.read.notebook import locate, read_text

Span = tuple[Mapping[str, int], Mapping[str, int]]
"""`row` and `column` of begin and end in a cell, from 1, in code points, as `--output-format json` has them."""


class Document:
    """A notebook as an editor has it open."""

    def __init__(self, uri: str, text: str, path: str, sources: Mapping[str, list[str]], codec: PositionCodec) -> None:
        """Take what is open.

        Args:
            uri: Its address.
            text: The file's text, as it would be saved.
            path: Where it is saved, or would be.
            sources: Address → lines of each text document that it consists of: one for each cell, or itself.
            codec: Turns code points into the units that the editor counts in.
        """
        self.uri, self.text, self.path, self.sources = uri, text, path, sources
        self._codec = codec

    @property
    def is_script(self) -> bool:
        """Whether it is one text, in which cells are marked."""
        return self.uri in self.sources

    @property
    def folder(self) -> Path:
        """Where a check runs, so that it finds the configuration."""
        folder = Path(self.path).parent
        return folder if folder.is_dir() else Path.cwd()

    @cached_property
    def notebook(self) -> Notebook:
        """The notebook; reading it raises `NbexportError` where the text is not one."""
        return read_text(self.text, self.path)

    def place(self, number: int, span: Span) -> types.Location | None:
        """Where the editor shows a stretch of a cell; None where it shows no such cell.

        Args:
            number: Number of the cell, from 1.
            span: The stretch.
        """
        cell, addresses = self.notebook.cell(number), list(self.sources)
        if cell is None or (not self.is_script and number > len(addresses)):
            return None
        uri = self.uri if self.is_script else addresses[number - 1]
        places = [(end["row"], end["column"]) for end in span]
        if self.is_script:
            places = [locate(cell, row, column) for row, column in places]
        begin, end = (
            self._codec.position_to_client_units(self.sources[uri], types.Position(line - 1, column - 1))
            for line, column in places
        )
        return types.Location(uri, types.Range(begin, end))


def document_of(workspace: Workspace, uri: str) -> Document | None:
    """The notebook that a document is, or is a cell of; None where it is not a notebook.

    Args:
        workspace: What the editor has open.
        uri: Address of a notebook, of one of its cells, or of a text.
    """
    notebook = workspace.get_notebook_document(notebook_uri=uri) or workspace.get_notebook_document(cell_uri=uri)
    if notebook is not None:
        return _of_cells(workspace, notebook)
    text = workspace.text_documents.get(unquote(uri))
    if text is None or not has_cells(text.source.replace("\r\n", "\n")):
        return None
    path = to_fs_path(uri) or "untitled.py"
    return Document(uri, text.source, path, {uri: list(text.lines)}, workspace.position_codec)


def address_of(workspace: Workspace, uri: str) -> str:
    """The address of the document that a text document belongs to; its own where it is not a cell."""
    notebook = workspace.get_notebook_document(cell_uri=uri)
    return uri if notebook is None else notebook.uri


def _of_cells(workspace: Workspace, notebook: types.NotebookDocument) -> Document:
    cells: list[dict[str, Any]] = []
    sources: dict[str, list[str]] = {}
    for cell in notebook.cells:
        document = workspace.get_text_document(cell.document)
        sources[cell.document] = list(document.lines)
        shown: dict[str, Any] = {"metadata": {"tags": tags_of(cell.metadata)}, "source": document.source}
        if cell.kind == types.NotebookCellKind.Code:
            source = _in_language(document.source, document.language_id or "python")
            shown |= {"cell_type": "code", "source": source, "outputs": [], "execution_count": None}
        cells.append({"cell_type": "markdown", **shown})
    content = {"cells": cells, "metadata": _language(notebook.metadata), "nbformat": 4, "nbformat_minor": 4}
    path = to_fs_path(notebook.uri) or "untitled.ipynb"
    return Document(notebook.uri, json.dumps(content), path, sources, workspace.position_codec)


def _in_language(source: str, language: str) -> str:
    """The source of a cell, with the magic that says its language where an editor has chosen another than Python."""
    if language in ("python", "ipython") or source.lstrip().startswith("%%"):
        return source
    return f"%%{language}\n{source}"


def _language(metadata: Any) -> dict[str, Any]:
    """What the notebook says of its kernel, wherever the editor keeps it."""
    outer = metadata if isinstance(metadata, Mapping) else {}
    inner = outer.get("metadata", outer)
    return {name: inner[name] for name in ("kernelspec", "language_info") if isinstance(inner.get(name), Mapping)}


def tags_of(metadata: Any) -> list[str]:
    """The tags of a cell: editors keep its metadata as it is, or one or two levels down."""
    outer = metadata if isinstance(metadata, Mapping) else {}
    for inner in (outer, outer.get("metadata"), (outer.get("custom") or {}).get("metadata")):
        if isinstance(inner, Mapping) and isinstance(inner.get("tags"), list | tuple):
            return [tag for tag in inner["tags"] if isinstance(tag, str)]
    return []
