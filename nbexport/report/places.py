"""What every format for tools says of a finding: its true place in the file, the file's name, and its identity.

A finding's identity outlives edits elsewhere: it is made of what the finding is about and the text of its line, never
of line numbers or the order of cells, so that a dashboard does not take a moved finding for a new one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from nbexport.model import Finding, Notebook, Problem, Related
from nbexport.read.notebook import locate
from nbexport.record import record


@record
class Region:
    """A stretch of a file; lines and columns (code points) from 1, `end_column` exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


def region_of(notebook: Notebook, place: Problem | Related) -> Region | None:
    """Where a place in a cell stands in the file; None when the notebook has no such cell."""
    cell = notebook.cell(place.cell)
    if cell is None:
        return None
    begin = locate(cell, place.span.row, place.span.column)
    return Region(*begin, *max(begin, locate(cell, place.span.end_row, place.span.end_column)))


def relative_path(path: str) -> str | None:
    """The path from the repository's root, with `/`; None for a file outside.

    The root is what continuous integration says it is, and elsewhere the working folder.
    """
    file = absolute_path(path)
    for root in (os.environ.get("GITHUB_WORKSPACE"), os.environ.get("CI_PROJECT_DIR"), "."):
        if root and file.is_relative_to(absolute_path(root)):
            return file.relative_to(absolute_path(root)).as_posix()
    return None


def absolute_path(path: str) -> Path:
    """The path without `..`; links are kept, since a repository knows a file by the name that it has there."""
    return Path(os.path.normpath(Path(path).absolute()))


def identified(notebook: Notebook, findings: Sequence[Finding]) -> Iterator[tuple[Finding, str]]:
    """Each finding with its identity, unique within the notebook: 32 hexadecimal digits, `:`, how many alike before."""
    seen: dict[str, int] = {}
    for finding in findings:
        problem = finding.problem
        cell = notebook.cell(problem.cell)
        rows = cell.source.split("\n") if cell is not None else []
        line = rows[problem.span.row - 1] if problem.span.row <= len(rows) else ""
        # a missing name is one finding, wherever it is read first
        about = "" if problem.missing else " ".join(line.split())
        facts = f"{finding.code}\n{problem.name}\n{about}"
        digest = sha256(facts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[digest] = seen.get(digest, 0) + 1
        yield finding, f"{digest}:{seen[digest]}"
