"""Reading notebooks that Jupyter may be saving: it writes a file where it stands, so half of it can be met."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from nbexport.errors import NbexportError

T = TypeVar("T")

REST_S = 0.2
TRIES = 20
"""A file that changes all the time is not waited for without end."""


def once_saved(read: Callable[[], T], places: Sequence[Path]) -> T:
    """What some work gives that reads notebooks; done again where it failed while one of them was being written.

    Args:
        read: The work.
        places: The notebooks, which need not be there.

    Raises:
        NbexportError: They cannot be read, and nobody is writing them.
    """
    for _ in range(TRIES):
        before = [_state(place) for place in places]
        try:
            return read()
        except NbexportError:
            time.sleep(REST_S)
            if [_state(place) for place in places] == before:
                raise
    return read()


def _state(place: Path) -> tuple[int, int] | None:
    """What is another once a file was written to."""
    try:
        found = place.stat()
    except (OSError, ValueError):  # not there, or a name that no file can have
        return None
    return found.st_mtime_ns, found.st_size
