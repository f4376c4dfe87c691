"""Notebooks that were sent whole, kept so that the browser need send only what has changed since.

    check {content}                                   → revision a
    check {delta: {of: a, order, changed}}            → revision b     a is kept: the answer may not arrive
    check {delta: {of: b, …}}                         → revision c     b has arrived: a is forgotten

Cells are never changed, so revisions of one notebook share those that are equal.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from nbexport.lab.tasks.requests import RequestError
from nbexport.record import record

MAX_NOTEBOOKS = 16
MAX_BYTES = 60_000_000
"""Of all that is kept, counted as the requests that brought it."""


@record(eq=False)
class _Revision:
    cells: Mapping[str, dict[str, Any]]
    """By id, in the order of the notebook."""
    rest: Mapping[str, Any]
    """All else that the notebook has."""
    line: str
    """The same for all revisions of one notebook that was sent whole."""
    size_bytes: int


class UnknownRevisionError(RequestError):
    """The notebook has to be sent whole. Its status is its own: 409 says that a newer check has replaced this one."""

    def __init__(self) -> None:
        super().__init__(410, "unknown revision")


class Kept:
    """The revisions that are known."""

    def __init__(self, *, notebooks: int = MAX_NOTEBOOKS, size_bytes: int = MAX_BYTES) -> None:
        self._notebooks = notebooks
        self._size_bytes = size_bytes
        self._revisions: OrderedDict[str, _Revision] = OrderedDict()

    def whole(self, content: Mapping[str, Any], size_bytes: int) -> str:
        """The revision of a notebook that was sent whole; empty where its cells cannot be told apart by their ids."""
        cells = content.get("cells")
        if not isinstance(cells, list) or size_bytes > self._size_bytes:
            return ""
        by_id = {cell["id"]: cell for cell in cells if isinstance(cell, dict) and isinstance(cell.get("id"), str)}
        if len(by_id) < len(cells):
            return ""
        rest = {name: value for name, value in content.items() if name != "cells"}
        return self._add(_Revision(by_id, rest, secrets.token_urlsafe(12), size_bytes))

    def changed(self, delta: Mapping[str, Any], size_bytes: int) -> tuple[dict[str, Any], str]:
        """The notebook that a delta leads to, and its revision.

        Raises:
            UnknownRevisionError: It is about a notebook that is not kept, or about cells that it did not have.
            RequestError: It is not a delta.
        """
        of, order, changed, metadata = (delta.get(name) for name in ("of", "order", "changed", "metadata"))
        if not (isinstance(of, str) and isinstance(order, list) and isinstance(changed, list)):
            raise RequestError(400, "`delta` of the request needs `of`, `order` and `changed`")
        if not all(isinstance(one, str) for one in order) or len(set(order)) < len(order):
            raise RequestError(400, "`order` of the delta is not a list of ids, each once")
        if not all(isinstance(cell, dict) and isinstance(cell.get("id"), str) for cell in changed):
            raise RequestError(400, "`changed` of the delta is not a list of cells with ids")
        if metadata is not None and not isinstance(metadata, dict):
            raise RequestError(400, "`metadata` of the delta is not an object")
        base = self._revisions.get(of)
        if base is None:
            raise UnknownRevisionError
        new = {cell["id"]: cell for cell in changed}
        if any(one not in new and one not in base.cells for one in order):
            raise UnknownRevisionError
        cells = {one: new.get(one) or base.cells[one] for one in order}
        rest = {**base.rest, "metadata": base.rest.get("metadata") if metadata is None else metadata}
        self._forget_others(base.line, of)
        revision = self._add(_Revision(cells, rest, base.line, base.size_bytes + size_bytes))
        return {**rest, "cells": list(cells.values())}, revision

    def _add(self, entry: _Revision) -> str:
        revision = secrets.token_urlsafe(12)
        self._revisions[revision] = entry
        while len(self._lines()) > self._notebooks or sum(self._lines().values()) > self._size_bytes:
            oldest = next(iter(self._revisions.values())).line
            if oldest == entry.line and len(self._lines()) == 1:
                # a notebook alone that has grown too large: it comes whole the next time
                break
            self._forget_others(oldest, "")
        return revision

    def _lines(self) -> dict[str, int]:
        """Notebook → the bytes of its largest revision, which shares its cells with the others."""
        sizes: dict[str, int] = {}
        for one in self._revisions.values():
            sizes[one.line] = max(sizes.get(one.line, 0), one.size_bytes)
        return sizes

    def _forget_others(self, line: str, keep: str) -> None:
        for revision in [name for name, one in self._revisions.items() if one.line == line and name != keep]:
            del self._revisions[revision]
        if keep:
            self._revisions.move_to_end(keep)
