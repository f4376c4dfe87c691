"""Predictions: the notebook's calls of `predict`, answered by both sides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from nbexport.errors import NbexportError
from nbexport.verify.against import causes
from nbexport.verify.against.answers import ABSENT, RESULT, Place, place_of
from nbexport.verify.against.sides import Replies, Reply, Request
from nbexport.verify.against.verdict import Against
from nbexport.verify.against.work import FIRST, SECOND, Work, compared, short
from nbexport.verify.verification import PREDICTION_TOLERANCE, Difference, DifferenceKind, Unrepeated

PLAIN = {"", "JSON", "NoneType", "bool", "dict", "float", "float32", "float64", "int", "int32", "int64", "list", "str"}
"""Types of answers that nobody needs to be told of."""


def compare(work: Work) -> Against:
    """The verdict on predictions.

    Raises:
        NbexportError: One of the two does not run, or there is nothing to compare.
    """
    left = work.run_notebook(predictions=True)
    if not left.requests:
        raise NbexportError(
            f"no example call of `{work.name}` can be sent to other code",
            why="; ".join(f"`{text}`: {reason}" for text, reason in left.unsent)
            or "`predict` is not a function once the notebook has run",
            fix="call `predict` with numbers, texts, lists and dicts",
        )
    requests = [request.arguments for request in left.requests]
    first = work.ask(requests, left.kinds, FIRST)
    pairs = [
        (request.answer, reply.answer)
        for request, reply in zip(left.requests, first.replies, strict=True)
        if not reply.error
    ]
    if not pairs:
        raise NbexportError(
            f"`{work.target.text}` fails on every request",
            why=f"{_request(left.requests[0])}: {first.replies[0].error}",
            fix="see how the notebook calls `predict`; how the other code is called is set with --call",
        )
    place = place_of(pairs, work.wish.answer_fields, work.target.text)
    tolerance = work.wish.tolerance or PREDICTION_TOLERANCE
    remarks = [
        _of_request(request, reply, place, tolerance)
        for request, reply in zip(left.requests, first.replies, strict=True)
    ]
    second = work.ask(requests, left.kinds, SECOND)
    unrepeated = tuple(_unrepeated_replies(left.requests, first, second, place, tolerance))
    again = work.run_notebook(predictions=True)
    reasons = work.causes_of_unrepeated(unrepeated, lambda: _same(first, work.ask(requests, left.kinds, FIRST)))
    differing = [request for request, entries in zip(left.requests, remarks, strict=True) if entries]
    if differing and not unrepeated:
        ask = partial(work.ask, kinds=left.kinds)
        reasons = _tried(differing, ask, place, tolerance) or _of_answers(left.requests, first.replies, place)
    types = sorted({reply.type for reply in first.replies if reply.type} - PLAIN)
    return work.verdict(
        tolerance=tolerance,
        examples=sum(not request.row for request in left.requests),
        rows=sum(request.row for request in left.requests),
        differing=len(differing),
        differences=tuple(entry for entries in remarks for entry in entries),
        unrepeated=unrepeated,
        notebook_unrepeated=tuple(_unrepeated_requests(left.requests, again.requests, place, tolerance)),
        causes=tuple(reasons),
        notes=(first.called, *((f"it returns {' or '.join(types)}",) if types else ()), *place.notes),
        left_out=tuple(f"example `{text}`: {reason}" for text, reason in left.unsent),
    )


def _of_request(request: Request, reply: Reply, place: Place, tolerance: float) -> list[Difference]:
    """Where one prediction differs."""
    name = _request(request)
    if reply.error:
        return [Difference(DifferenceKind.PREDICTION, name, short(request.answer), reply.error)]
    differences: list[Difference] = []
    for field, value in place.read(reply.answer).items():
        path = f"{name}[{field!r}]" if field != RESULT else name
        own = request.answer.get(field)
        if value is ABSENT or own is ABSENT:
            sides = ("absent" if one is ABSENT else short(one) for one in (own, value))
            differences += [] if own is value else [Difference(DifferenceKind.PREDICTION, path, *sides)]
        else:
            differences += compared(DifferenceKind.PREDICTION, path, own, value, tolerance)
    return differences


def _unrepeated_replies(
    requests: Sequence[Request], first: Replies, second: Replies, place: Place, tolerance: float
) -> Iterator[Unrepeated]:
    """What the other code answers differently the second time."""
    for request, one, other in zip(requests, first.replies, second.replies, strict=True):
        if one.error or other.error:
            if bool(one.error) != bool(other.error):
                yield Unrepeated(
                    DifferenceKind.PREDICTION, _request(request), one.error or "an answer", other.error or "an answer"
                )
            continue
        as_notebook = replace(request, answer=place.read(one.answer))
        for entry in _of_request(as_notebook, other, place, tolerance):
            yield Unrepeated(entry.kind, entry.name, entry.notebook, entry.project)


def _unrepeated_requests(
    first: Sequence[Request], second: Sequence[Request], place: Place, tolerance: float
) -> Iterator[Unrepeated]:
    """What the notebook answers differently the second time."""
    if [request.arguments for request in first] != [request.arguments for request in second]:
        yield Unrepeated(DifferenceKind.PREDICTION, "the rows of the notebook's data", "these", "others")
        return
    for one, other in zip(first, second, strict=True):
        for field in place.paths:
            for entry in compared(
                DifferenceKind.PREDICTION, _request(one), one.answer.get(field), other.answer.get(field), tolerance
            ):
                yield Unrepeated(entry.kind, entry.name, entry.notebook, entry.project)


def _same(first: Replies, second: Replies) -> bool:
    one, other = (json.dumps([(reply.answer, reply.error) for reply in replies.replies]) for replies in (first, second))
    return one == other


def _tried(
    differing: Sequence[Request], ask: Callable[[Sequence[Mapping[str, Any]]], Replies], place: Place, tolerance: float
) -> list[str]:
    """The causes that asking again with changed requests shows."""
    trials = causes.trials(differing)
    requests = [request for trial in trials for request in trial.requests]
    if not requests:
        return []
    try:
        replies = iter(ask(requests).replies)
    except NbexportError:
        # it takes no such requests: then they show nothing
        return []
    size = len(trials[0].requests)
    for trial in trials:
        batch = [next(replies) for _ in range(size)]
        if not any(
            _of_request(request, reply, place, tolerance)
            for request, reply in zip(differing[:size], batch, strict=True)
        ):
            return [trial.cause]
    return []


def _of_answers(requests: Sequence[Request], replies: Sequence[Reply], place: Place) -> list[str]:
    """The cause that the figures of all answers show."""
    pairs = [
        pair
        for request, reply in zip(requests, replies, strict=True)
        if not reply.error
        for field, value in place.read(reply.answer).items()
        for pair in causes.numbers(request.answer.get(field), value)
    ]
    cause = causes.of_figures(pairs)
    return [cause] if cause else []


def _request(request: Request) -> str:
    """A request as a call."""
    return f"predict({', '.join(f'{name}={short(value)}' for name, value in request.arguments.items())})"
