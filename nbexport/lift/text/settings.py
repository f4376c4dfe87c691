"""The head of `model.py` where the notebook sets the process: imports and settings in the notebook's order.

import os

os.environ["THREADS"] = "1"

import engine                    below the setting, as in the notebook
import bundle                    what only the project needs comes last
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import partial

from nbexport.lift.layout import Layout
from nbexport.lift.text.imports import Line
from nbexport.lift.text.parts import Parts
from nbexport.lift.text.rewrite import Edits, module_source
from nbexport.model import Role
from nbexport.names.nodes import is_import_like
from nbexport.names.settings import SettingKind, is_of_a_thread

_NOWHERE = 1 << 30


def statement_text(parts: Parts, unit: int) -> str:
    """A statement that sets the process, as it stands in the notebook."""
    statement = parts.placed.layout.analysis.units[unit]
    return module_source(parts.text(statement.cell).take(statement, Edits())).strip("\n")


def set_again(layout: Layout) -> list[int]:
    """The settings that whoever answers must make: those of the stages, and those that hold for one thread alone."""
    analysis = layout.analysis
    if "predict" not in layout.definitions:
        return []
    of_threads = (
        unit for unit in layout.process if is_of_a_thread(analysis.units[unit].node, partial(analysis.full_name, unit))
    )
    return sorted({*of_threads, *layout.late_settings})


def settings_names(layout: Layout) -> set[str]:
    """Names that the settings outside of the stages read."""
    units = [*layout.process, *layout.late_settings]
    return {reference.name for unit in units for reference in layout.analysis.units[unit].references}


def in_order(parts: Parts, lines: Sequence[Line]) -> list[str]:
    """Imports and settings, line by line.

    Args:
        parts: Everything that the two files are written from.
        lines: The imports of the file, `from __future__` left out.
    """
    layout = parts.placed.layout
    if not layout.process:
        return [line.text for line in lines]
    placed = _positions(layout)
    defined = {*layout.definitions, *layout.constants}
    early: list[int] = []
    for unit in layout.process:
        if any(reference.name in defined for reference in layout.analysis.units[unit].references):
            break
        early.append(unit)
    text: list[str] = []
    waiting = list(lines)
    for unit in early:
        above = [line for line in waiting if placed.get(line.module, _NOWHERE) < unit]
        waiting = [line for line in waiting if line not in above]
        text += [*(line.text for line in above), "", statement_text(parts, unit), ""]
    text += [line.text for line in waiting]
    for unit in layout.process[len(early) :]:
        text += ["", statement_text(parts, unit)]
    return [*text, ""]


def imported_before(layout: Layout, lines: Sequence[Line]) -> list[Line]:
    """Of the imports of `definitions.py`, those that the notebook makes above what it sets for libraries to find."""
    last = max(
        (unit for unit in layout.process if layout.analysis.settings.get(unit) is SettingKind.IMPORT), default=-1
    )
    placed = _positions(layout)
    return [line for line in lines if placed.get(line.module, _NOWHERE) < last]


def _positions(layout: Layout) -> Mapping[str, int]:
    """Module → the first statement of the notebook that imports it, or a part of it."""
    placed: dict[str, int] = {}
    for index, unit in enumerate(layout.analysis.units):
        if Role.SKIP in layout.analysis.cells[unit.cell].roles:
            continue
        if not is_import_like(unit.node):
            continue
        for node in ast.walk(unit.node):
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = ["." * node.level + (node.module or "")]
            for module in modules:
                parts = module.split(".")
                for end in range(1, len(parts) + 1):
                    placed.setdefault(".".join(parts[:end]), index)
    return placed
