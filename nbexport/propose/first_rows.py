"""A table on disk that a notebook names → its first rows, as text.

    first_rows(Path("work/rows.csv"), ",", within=None)               as on the command line: what the notebook reads
    first_rows(Path("work/rows.csv"), ",", within=Path("/srv/root"))  as in a server: below its root only

A server reads on behalf of somebody who may only edit a notebook. So it reads nothing that its root does not show: no
other place, whether named or linked to, and no hidden file. Neither of the two ever waits for a device or a pipe.
"""

from __future__ import annotations

import csv
import io
import os
import stat
from itertools import islice
from pathlib import Path

from nbexport.reach import is_shown

ROWS_READ = 200
MOST_BYTES = 1_000_000
"""No more than this is read of a file: one row may be as long as the file."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def first_rows(path: Path, separator: str, *, within: Path | None) -> list[list[str]]:
    """The first rows; none where the file is not a table of text that may be read.

    Args:
        path: The file.
        separator: The character between two values.
        within: The folder outside of which nothing is read; None for no such limit.
    """
    try:
        place = Path(os.path.realpath(path, strict=True))
        if not is_shown(place, within=within):
            return []
        text, is_whole = _beginning(place)
        rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), ROWS_READ + 1))
    except (OSError, ValueError, csv.Error):
        return []
    # the last row that was read may be half of one
    return rows[:ROWS_READ] if is_whole else rows[:-1]


def _beginning(place: Path) -> tuple[str, bool]:
    """The beginning of a file, and whether that is all of it.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not a file of text.
    """
    with open(os.open(place, _FLAGS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not a regular file")
        content = file.read(MOST_BYTES + 1)
    is_whole = len(content) <= MOST_BYTES
    if not is_whole:
        # to the end of a line, so that no character is cut
        content = content[: content.rfind(b"\n") + 1]
    # pandas takes a byte order mark for no part of the first name either
    return content.decode("utf-8-sig"), is_whole
