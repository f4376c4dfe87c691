"""The tasks that hand back a notebook's cells edited: fixes, cells that it lacks, literals made options, parameters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.fix.new_cells import with_cells
from nbexport.fix.rounds import Fixed, apply_fixes
from nbexport.judge.fixing import fix, fix_one
from nbexport.judge.judgement import check_text
from nbexport.judge.selection import Selection
from nbexport.lab.wire import answers, words
from nbexport.lab.wire.types import WireFixed, WireInserted
from nbexport.model import Fix, Notebook, Role
from nbexport.propose.missing import missing_cells
from nbexport.read.notebook import decoded, python_notebook, read_text

LACKING = {"metrics": Role.EVALUATE, "predict": Role.PREDICT}
"""What `insert` can be asked for → the role of the cell."""


def one_fixed(text: str, name: str, key: str) -> WireFixed:
    """The cells after the fix of one finding.

    Raises:
        NbexportError: The notebook has no such finding with a fix, or is none.
    """
    notebook = read_text(text, name)
    return _cells(fix_one(text, name, lambda finding: answers.key(finding, notebook) == key))


def all_fixed(text: str, name: str, codes: tuple[str, ...] = ()) -> WireFixed:
    """The cells after all safe fixes.

    Args:
        text: The notebook's text.
        name: The file it will be saved as.
        codes: Beginnings of the codes whose findings are fixed; all when empty.

    Raises:
        NbexportError: Nothing has a safe fix, or the text is not a notebook.
    """
    return _applied(
        fix(text.encode("ascii"), name, selection=Selection(codes) if codes else None),
        "none of these findings has a fix that keeps what the notebook computes",
    )


def hoisted(text: str, name: str) -> WireFixed:
    """The cells with the numbers of their stages as parameters.

    Raises:
        NbexportError: There is no such number, or the text is not a notebook.
    """
    return _applied(
        _fixed(text, name, lambda one: one.safe and bool(one.parameters)),
        "no number in the cells with a role can be made an option",
    )


def _fixed(text: str, name: str, wanted: Callable[[Fix], bool]) -> Fixed:
    return apply_fixes(decoded(text.encode("ascii"), name), lambda now: check_text(now, name), wanted=wanted)


def _applied(fixed: Fixed, otherwise: str) -> WireFixed:
    if not fixed.applied:
        raise NbexportError(otherwise, fix="check the notebook again")
    return _cells(fixed.notebook)


def inserted(text: str, name: str, what: str, *, within: Path) -> WireInserted:
    """The cells with the one that fills `metrics`, or defines `predict`, as it is proposed.

    Args:
        text: The notebook's text.
        name: The file it will be saved as.
        what: One of `LACKING`.
        within: The folder outside of which no data file is read for an example.

    Raises:
        NbexportError: The notebook has that cell, or it does not show what would stand there, or is not in Python.
    """
    notebook = python_notebook(name, text=text)
    lacking = next((cell for cell in missing_cells(notebook, within=within) if cell.role is LACKING[what]), None)
    if lacking is None:
        raise NbexportError(f"the notebook has `{what}` already")
    if not lacking.source:
        raise NbexportError(lacking.refusal, fix=lacking.fix)
    longer = with_cells(text.encode("ascii"), notebook, [lacking.new_cell])
    reasons = [words.plain(reason) for reason in lacking.reasons]
    return {**_cells(read_text(longer, name)), "reasons": reasons}


def _cells(notebook: Notebook) -> WireFixed:
    return {"cells": answers.cells(notebook)}
