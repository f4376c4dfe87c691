"""Findings about several notebooks in one document → what is found in each, by its own numbers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from nbexport.model import Finding, Notebook, Related, own_place
from nbexport.record import replace


def by_notebook(notebook: Notebook, findings: Sequence[Finding]) -> list[tuple[Notebook, tuple[Finding, ...]]]:
    """Each notebook with its findings; places in other notebooks are named by the messages alone."""
    if not (several := notebook.parts or notebook.brought):
        return [(notebook, tuple(findings))]
    pairs = []
    for part in several:
        name = Path(part.path).name if notebook.parts else _below(part, notebook)
        pairs.append((part, tuple(own for finding in findings if (own := _own(finding, name)) is not None)))
    return pairs


def _below(part: Notebook, notebook: Notebook) -> str:
    """The name by which a document that runs a notebook calls it; empty for the document's own."""
    return "" if part.path == notebook.path else Path(os.path.relpath(part.path, Path(notebook.path).parent)).as_posix()


def _own(finding: Finding, name: str) -> Finding | None:
    """A finding by the numbers of its own notebook; None for one about another notebook."""
    problem = finding.problem
    number, notebook = own_place(problem.cell)
    if notebook != name:
        return None
    places = ((place, *own_place(place.cell)) for place in problem.related)
    related = tuple(
        Related(other, place.span, place.message, place.missing) for place, other, there in places if there == name
    )
    # a fix is one of a notebook by itself: `nbexport check --fix` has it
    return replace(finding, problem=replace(problem, cell=number, related=related, fix=None))
