"""Lines of a project → the cells and rows of the notebook that they come from.

    python -m nbexport_runtime.where model.py:57
    python train.py 2>&1 | python -m nbexport_runtime.where

The second adds a line below each line of a traceback that a cell has written. `.nbexport/base.json` of the project says
which: it holds the files as they were exported, so that lines are found in an edited file too, and where each line
comes from. Nothing else is read, and nothing is asked of a network. Where the file is missing, as in an image of the
service, nothing is added.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from traceback import extract_tb
from typing import NamedTuple

BASE = Path(".nbexport", "base.json")
LOCK = "nbexport.lock"
LARGEST_BYTES = 50_000_000
"""Texts that are larger than this were not written by nbexport."""
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)|^\s*(?P<short>[^\s:"]+\.py):(?P<row>\d+)\b')
_MARK = "↳ "
_RUN = re.compile(r"(\d+)-(\d+) (\d+):(\d+)(?: (.+))?")


class Place(NamedTuple):
    """A row of a cell, both counted from 1."""

    notebook: str
    cell: int
    row: int

    def __str__(self) -> str:
        return f"cell {self.cell}, line {self.row} of {self.notebook}"


def place_of(file: Path | str, line: int) -> Place | None:
    """The row of the notebook that a line of a project comes from; None where no cell has written it.

    Args:
        file: A file of an exported project.
        line: The line, from 1.
    """
    path = Path(file)
    try:
        facts = (path.parent / BASE).stat()
        known = _Project.read(path.resolve().parent, facts.st_mtime_ns, facts.st_size)
        return known.place(path.name, path.read_bytes(), line)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, zlib.error, EOFError):
        # a traceback is shown all the same
        return None


def places_of(error: BaseException) -> list[Place]:
    """The rows of the notebook that an exception came through, the outermost call first; each once."""
    places = (place_of(frame.filename, frame.lineno or 0) for frame in extract_tb(error.__traceback__))
    return list(dict.fromkeys(place for place in places if place is not None))


def told(error: BaseException) -> str:
    """The way that an exception took through the notebook, in words; empty where no cell has to do with it."""
    return " → ".join(map(str, places_of(error)))


def annotated(lines: Iterable[str], folder: Path) -> Iterator[str]:
    """The lines of a text, each that names a line of a project followed by its place in the notebook.

    Args:
        lines: A traceback, or a whole log; line ends included.
        folder: What relative paths begin from.
    """
    for line in lines:
        yield line
        match = _FRAME.search(line)
        if match is not None:
            place = place_of(folder / (match["file"] or match["short"]), int(match["line"] or match["row"]))
            if place is not None:
                indent = line[: len(line) - len(line.lstrip())]
                yield f"{indent}{_MARK}{place}\n"


class _Project:
    """What an export has kept of its files."""

    def __init__(self, notebook: str, texts: dict[str, str], origins: dict[str, str]) -> None:
        self._notebook, self._texts = notebook, texts
        self._rows = {file: dict(_rows(text)) for file, text in origins.items()}

    @staticmethod
    @lru_cache(maxsize=4)
    def read(folder: Path, changed_ns: int, size_bytes: int) -> _Project:
        """What is kept in a project's folder.

        Args:
            folder: The folder.
            changed_ns: When the file was changed.
            size_bytes: How large it is; both only make sure that a changed one is read again.
        """
        base = json.loads((folder / BASE).read_bytes())
        lock = folder / LOCK
        notebook = json.loads(lock.read_bytes())["notebook"] if lock.is_file() else "the notebook"
        return _Project(str(notebook), _unpacked(base["texts"]), _unpacked(base.get("origins", [])))

    def place(self, file: str, content: bytes, line: int) -> Place | None:
        """The place of a line of a file that holds this now."""
        rows = self._rows.get(file)
        if rows is None:
            return None
        now, then = content.decode().splitlines(), self._texts[file].splitlines()
        if now != then:
            line = _line_before(then, now, line)
        origin = rows.get(line)
        return None if origin is None else Place(origin[2] or self._notebook, *origin[:2])


def _line_before(then: list[str], now: list[str], line: int) -> int:
    """The line of the exported file that a line of the edited one comes from; 0 where it was added."""
    for tag, start, end, first, last in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        if first < line <= last:
            # an edited line stands for the one that it replaces
            return min(start + line - first, end) if tag in ("equal", "replace") else 0
    return 0


def _rows(origins: str) -> Iterator[tuple[int, tuple[int, int, str]]]:
    """(line, (cell, row, notebook)) of each line; the notebook is empty where the lock names the only one."""
    for run in origins.splitlines():
        match = _RUN.fullmatch(run)
        if match is not None:
            first, last, cell, row = map(int, match.groups()[:4])
            for line in range(first, last + 1):
                yield line, (cell, row + line - first, match[5] or "")


def _unpacked(lines: list[str]) -> dict[str, str]:
    if not lines:
        return {}
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(base64.b85decode("".join(lines)), LARGEST_BYTES)
    texts: dict[str, str] = json.loads(content.decode("utf-8", "surrogatepass"))
    return texts


def main(words: list[str]) -> int:
    """The exit code of `python -m nbexport_runtime.where`: 0, or 1 where nothing comes from a cell, or 2.

    Args:
        words: `FILE:LINE`, a file that holds a traceback, or nothing for standard input.
    """
    if len(words) > 1 or (words and words[0].startswith("-") and words[0] != "-"):
        print("usage: python -m nbexport_runtime.where [FILE:LINE | TRACEBACK]", file=sys.stderr)
        return 2
    named = re.fullmatch(r"(.+):(\d+)", words[0]) if words else None
    if named is not None:
        place = place_of(Path(named[1]), int(named[2]))
        if place is None:
            print(f"error: no cell of a notebook has written line {named[2]} of `{named[1]}`", file=sys.stderr)
            return 1
        print(place)
        return 0
    if not words or words[0] == "-":
        return _print(sys.stdin)
    try:
        with open(words[0], encoding="utf-8", errors="replace") as text:
            return _print(text)
    except OSError as error:
        print(f"error: `{words[0]}` cannot be read: {error.strerror}", file=sys.stderr)
        return 2


def _print(text: Iterable[str]) -> int:
    """Print a text with the places of its lines in the notebook; 0, or 1 where there are none."""
    has_mark = False
    for line in annotated(text, Path()):
        has_mark = has_mark or line.lstrip().startswith(_MARK)
        sys.stdout.write(line)
    return 0 if has_mark else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
