"""Work that nests deeper than Python lets it: done once more where there is room.

A sum of 500 terms is an expression 500 deep, and a walk through it needs a thousand calls within one another: Python
stops there, though it runs the sum itself. Hardly any notebook is like that, so the room is made only when it is
needed: a thread with a large stack of its own.

Work that parses is also done once more where Python has lost count: of two threads that parse at the same time, as
jobs of a Jupyter server may, one fails now and then with a SystemError (gh-106905).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LIMIT = 1_000
"""Python's own limit, by which it says how deep the code may be that it runs."""
DEEP = 40_000
"""Calls within one another where there is room."""
MOST_TRIES = 5
"""Of work that fails because another thread parses."""
STACK_BYTES = 256 * 1024 * 1024
"""Space that is set aside, and taken from the system only as far as it is used."""


def at_any_depth(work: Callable[P, R]) -> Callable[P, R]:
    """The work, done once more with more room where Python's limit has ended it; it must have changed nothing."""

    @wraps(work)
    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return _counted(lambda: work(*args, **kwargs))
        except RecursionError:
            if sys.getrecursionlimit() >= DEEP:
                raise
        return _in_deep_thread(lambda: _counted(lambda: work(*args, **kwargs)))

    return done


def _counted(work: Callable[[], R]) -> R:
    """The work, done again where Python has lost count of the depth of what it parses."""
    for _ in range(MOST_TRIES - 1):
        try:
            return work()
        except SystemError as error:
            if "recursion depth mismatch" not in str(error):
                raise
    return work()


def _in_deep_thread(work: Callable[[], R]) -> R:
    import threading

    results: list[Any] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            errors.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    try:
        thread = threading.Thread(target=run, name="deep")
        sys.setrecursionlimit(DEEP)
        thread.start()
        threading.stack_size(size)
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if errors:
        raise errors[0]
    result: R = results[0]
    return result


def within_limit(work: Callable[[], R]) -> R:
    """What Python's own reader makes of code, under the limit that it has in a kernel.

    Raises:
        RecursionError: The code is too deep for it there too.
    """
    limit = sys.getrecursionlimit()
    if limit < DEEP:
        return work()
    sys.setrecursionlimit(LIMIT)
    try:
        return work()
    finally:
        sys.setrecursionlimit(limit)
