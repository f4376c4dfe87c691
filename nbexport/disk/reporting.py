"""Trouble with files → the error that says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbexport.errors import NbexportError


class NotWrittenError(NbexportError):
    """The system does not let a file be read or written; nothing was changed."""

    reason = ""
    """Why, in the system's words: `Permission denied`, `No space left on device`."""


@contextmanager
def reporting(place: Path | str) -> Iterator[None]:
    """Turn an `OSError` within the block into an error that names the file and the folder, or file, it is about.

    Raises:
        NotWrittenError: The block raised an `OSError`.
    """
    try:
        yield
    except OSError as error:
        name = error.filename if isinstance(error.filename, str) else place
        trouble = NotWrittenError(
            f"`{place}` cannot be written; it is as it was before",
            why=f"{error.strerror or error} (`{name}`)",
            fix="check permissions and free space, or give another folder with --output",
        )
        trouble.reason = error.strerror or str(error)
        raise trouble from None
