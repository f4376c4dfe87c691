"""A notebook → the same with its fixes applied: judged again after each round, until nothing is left to fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nbexport.errors import NbexportError
from nbexport.fix.rounds import Fixed, apply_fixes
from nbexport.judge.judgement import check_text
from nbexport.model import Finding, Notebook
from nbexport.read.notebook import decoded, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from nbexport.judge.selection import Selection


def fix(
    data: bytes, name: str, *, selection: Selection | None = None, level: int | None = None, unsafe: bool = False
) -> Fixed:
    """The notebook with its fixes applied, until none is left; writes nothing.

    Args:
        data: What the file holds.
        name: The name it goes by.
        selection: What is reported, all when None; only that is fixed.
        level: The maturity level to judge by.
        unsafe: Apply also the fixes that may change what the notebook computes.

    Raises:
        NbexportError: It is not a notebook.
    """
    return apply_fixes(
        decoded(data, name),
        lambda text: check_text(text, name, selection=selection, level=level),
        wanted=lambda fix: fix.safe or unsafe,
    )


def for_export(data: bytes, name: str, *, level: int | None = None) -> Fixed:
    """The notebook with the literals of its stages as parameters, and with the statements that its export needs.

    No other fix is applied, and nothing is written.

    Args:
        data: What the file holds.
        name: The name it goes by.
        level: The maturity level to judge by.

    Raises:
        NbexportError: It is not a notebook.
    """
    return apply_fixes(
        decoded(data, name),
        lambda text: check_text(text, name, level=level),
        wanted=lambda fix: fix.safe and bool(fix.parameters or fix.parts),
    )


def text_for_export(path: Path, text: str | None, *, level: int) -> str:
    """The text of a notebook as `for_export` fixes it.

    Args:
        path: The notebook.
        text: What the file is taken to hold; None reads it.
        level: The maturity level to judge by.

    Raises:
        NbexportError: It is not a notebook.
    """
    data = read_bytes(path) if text is None else text.encode("utf-8", "surrogatepass")
    return for_export(data, str(path), level=level).after


def fix_one(text: str, name: str, chosen: Callable[[Finding], bool]) -> Notebook:
    """The notebook after the fix of one finding; writes nothing.

    Args:
        text: The notebook's text.
        name: The file it is saved as.
        chosen: Which finding.

    Raises:
        NbexportError: It is not a notebook, or has no such finding with a fix.
    """
    fixes = [finding.problem.fix for finding in check_text(text, name)[1] if chosen(finding)]
    if not fixes or fixes[0] is None:
        raise NbexportError("this finding has no fix any more", fix="check the notebook again")
    # findings are made again for each round: the fix is known by what it does
    once = iter([True])
    return apply_fixes(
        decoded(text.encode("utf-8", "surrogatepass"), name),
        lambda now: check_text(now, name),
        wanted=lambda fix: fix == fixes[0] and next(once, False),
    ).notebook
