"""A notebook with a fault → the smallest one that still has it, by leaving out statements one after the other."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from soundness.cases import Case

Cells = tuple[tuple[str, str], ...]


def without_one(cells: Cells) -> Iterator[Cells]:
    """The notebook without one cell, then without one statement, or with one statement's body in its place."""
    for number in reversed(range(len(cells))):
        yield (*cells[:number], *cells[number + 1 :])
    for number, (roles, code) in reversed(list(enumerate(cells))):
        body = ast.parse(code).body
        for at in reversed(range(len(body))):
            kept = [*body[:at], *body[at + 1 :]]
            if kept:
                yield (*cells[:number], (roles, written(kept)), *cells[number + 1 :])
            inner = getattr(body[at], "body", None)
            if isinstance(inner, list) and not isinstance(body[at], ast.FunctionDef | ast.ClassDef):
                opened = [*body[:at], *inner, *body[at + 1 :]]
                yield (*cells[:number], (roles, written(opened)), *cells[number + 1 :])


def written(body: list[ast.stmt]) -> str:
    """The statements as code."""
    return ast.unparse(ast.Module(body, [])) + "\n"


def shrunk(case: Case, still: Callable[[Case], bool]) -> Case:
    """The smallest notebook that can be had by leaving out while `still` holds."""
    smaller = True
    while smaller:
        smaller = False
        for cells in without_one(case.cells):
            trial = Case(case.name, cells, case.files)
            if still(trial):
                case, smaller = trial, True
                break
    return case
