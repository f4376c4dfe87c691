"""Every task by its name: what it takes from the body of a request, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbexport.lab.tasks import checking, editing, joint, parameters
from nbexport.lab.tasks.kept import Kept
from nbexport.lab.tasks.requests import (
    Answer,
    RequestError,
    answered,
    as_answer,
    content_of,
    failed,
    members,
    notebook_text,
    text_of,
    texts_of,
)
from nbexport.record import record

Work = Callable[[str], object]
"""The place of the notebook → what is answered."""


@record
class Prepared:
    """A request that was read, and waits to be told where its notebook lies."""

    task: str
    path: str
    work: Work
    page: str = ""
    """The page in a browser that asks: several people may have one notebook open."""

    def replaces(self, place: str) -> str:
        """Earlier ones with the same text here need not be answered any more; empty where each is answered.

        Args:
            place: The file that the notebook is saved as.
        """
        return f"{place} {self.page}" if self.task == "check" else ""

    def answer(self, place: str) -> Answer:
        """What is answered.

        Args:
            place: The file that the notebook is saved as.
        """
        return answered(lambda: self.work(place), place=place, path=self.path)


class Tasks:
    """What a worker can do, and the notebooks that it keeps.

    Args:
        root: The folder outside of which no data file is read; None for the folder of the notebook.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._kept = Kept()
        self._root = root
        self._table: Mapping[str, Callable[[dict[str, Any], int], Work]] = {
            "check": self._check,
            "tag": _tag,
            "fix": _fix,
            "insert": self._insert,
            "options": _options,
            "parameter": _parameter,
        }

    def prepared(self, task: str, body: bytes) -> Prepared | Answer:
        """The request, or the answer to one that cannot be done."""
        try:
            request = members(body)
            path, page = text_of(request, "path"), text_of({"page": "", **request}, "page")
            return Prepared(task, path, self._table[task](request, len(body)), page)
        except RequestError as error:
            return as_answer(error.status, error.problem)
        except MemoryError:
            return as_answer(503, {"message": "the notebook takes too much memory", "why": "", "fix": ""})

    def _check(self, request: dict[str, Any], size_bytes: int) -> Work:
        ignore = tuple(code.strip().upper() for code in texts_of(request, "ignore") if code.strip())
        delta = request.get("delta")
        if delta is None:
            content = content_of(request)
            revision = "" if checking.too_large(content) else self._kept.whole(content, size_bytes)
        elif isinstance(delta, dict):
            content, revision = self._kept.changed(delta, size_bytes)
        else:
            raise RequestError(400, "`delta` of the request is not an object")
        if why := checking.too_large(content):
            return lambda place: checking.unread(why)
        path, notebooks = text_of(request, "path"), texts_of(request, "notebooks")
        if notebooks not in ((), (path,)):
            return lambda place: joint.checked(
                notebook_text(content),
                path,
                joint.beside(place, path, notebooks, root=self._root),
                ignore,
                place=place,
                revision=revision,
            )
        return lambda place: checking.checked(notebook_text(content), place, ignore, revision=revision)

    def _insert(self, request: dict[str, Any], size_bytes: int) -> Work:
        content, what = content_of(request), text_of(request, "what")
        if what not in editing.LACKING:
            raise RequestError(400, "`what` of the request is neither `metrics` nor `predict`")
        return lambda place: editing.inserted(
            notebook_text(content), place, what, within=self._root or Path(place).parent
        )


def _tag(request: dict[str, Any], size_bytes: int) -> Work:
    content = content_of(request)
    return lambda place: checking.tagged(notebook_text(content), place)


def _fix(request: dict[str, Any], size_bytes: int) -> Work:
    content = content_of(request)
    if request.get("all") is True:
        return lambda place: editing.all_fixed(notebook_text(content), place)
    if "codes" in request:
        codes = tuple(code.strip().upper() for code in texts_of(request, "codes") if code.strip())
        if not codes:
            raise RequestError(400, "`codes` of the request names none")
        return lambda place: editing.all_fixed(notebook_text(content), place, codes)
    key = text_of(request, "key")
    return lambda place: editing.one_fixed(notebook_text(content), place, key)


def _options(request: dict[str, Any], size_bytes: int) -> Work:
    content = content_of(request)
    return lambda place: editing.hoisted(notebook_text(content), place)


def _parameter(request: dict[str, Any], size_bytes: int) -> Work:
    content = content_of(request)
    name, help_text, kind = text_of(request, "name"), text_of(request, "help"), text_of(request, "type")
    return lambda place: parameters.parameter_edited(
        notebook_text(content), place, parameter=name, help_text=help_text, type=kind.strip()
    )


def dropped_answer() -> Answer:
    """The answer to a check that a newer one has replaced."""
    return as_answer(409, {"message": "replaced by a newer check", "why": "", "fix": ""})


__all__ = ["Answer", "Prepared", "Tasks", "dropped_answer", "failed"]
