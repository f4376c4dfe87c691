"""The body of a request → its members, or why it is refused; and what is answered, as the server sends it on."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from nbexport.errors import NbexportError
from nbexport.lab.wire import words
from nbexport.lab.wire.types import WireProblem
from nbexport.record import record


@record
class Answer:
    """What is sent to the browser."""

    status: int
    body: bytes
    log: str = ""
    """What went wrong in nbexport itself, for the log of the server."""


class RequestError(Exception):
    """A request that cannot be answered: status and words for the person who asked."""

    def __init__(self, status: int, message: str, why: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.problem: WireProblem = {"message": message, "why": why, "fix": fix}


def members(body: bytes) -> dict[str, Any]:
    """The members of a request.

    Raises:
        RequestError: It is not a JSON object.
    """
    try:
        request = json.loads(body)
    except RecursionError:
        raise RequestError(400, "the request nests its JSON too deeply") from None
    except ValueError:
        raise RequestError(400, "the request is not JSON") from None
    if not isinstance(request, dict):
        raise RequestError(400, "the request is not a JSON object")
    return request


def text_of(request: Mapping[str, Any], name: str) -> str:
    """A member that is text.

    Raises:
        RequestError: It is not there, or is something else.
    """
    value = request.get(name)
    if not isinstance(value, str):
        raise RequestError(400, f"the request needs `{name}`, as text")
    return value


def texts_of(request: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A member that is a list of texts; nothing where it is not there.

    Raises:
        RequestError: It is something else.
    """
    value = request.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise RequestError(400, f"`{name}` of the request is not a list of texts")
    return tuple(value)


def content_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook of a request.

    Raises:
        RequestError: There is none.
    """
    content = request.get("content")
    if not isinstance(content, dict):
        raise RequestError(400, "the request needs `content`, a notebook")
    return content


def notebook_text(content: Mapping[str, Any]) -> str:
    """A notebook as JSON text, in which a character that is not text in a file (half a pair) is an escape.

    Raises:
        RequestError: It nests too deeply.
    """
    try:
        return json.dumps(content)
    except RecursionError:
        raise RequestError(400, "the notebook nests its JSON too deeply") from None


def answered(work: Callable[[], object], *, place: str = "", path: str = "") -> Answer:
    """What some work gives, or why it gives nothing.

    Args:
        work: Gives something that is JSON.
        place: The notebook's place, which no answer names.
        path: What it is called instead.
    """
    try:
        return as_answer(200, work())
    except RequestError as error:
        return as_answer(error.status, error.problem)
    except NbexportError as error:
        told = {"message": error.what, "why": error.why, "fix": error.fix}
        if place:
            told = {name: text.replace(place, path) for name, text in told.items()}
        return as_answer(422, {name: words.plain(text) for name, text in told.items()})
    except MemoryError:
        return as_answer(503, {"message": "the notebook takes too much memory", "why": "", "fix": ""})
    except Exception:  # noqa: BLE001 - told to the server's log, and in one sentence to the person
        return failed(traceback.format_exc())


def failed(log: str) -> Answer:
    """The answer where nbexport itself is wrong."""
    problem = {"message": "nbexport failed on this notebook", "why": "", "fix": "the server's log says more"}
    return Answer(500, json.dumps(problem).encode("ascii"), log)


def as_answer(status: int, content: object) -> Answer:
    """An answer of JSON."""
    return Answer(status, json.dumps(content).encode("ascii"))
