"""Where rows that a model is judged on have been seen before: what rules NBX311 to NBX316 report.

    X = scaler.fit_transform(X)                      the scaler has learned from all rows
    X_train, X_test = train_test_split(X)            and some of them become test rows: a leak

The notebook's statements are read in order, keeping for each name which rows its value holds, from which columns, and
what was learned from other rows on the way. Whatever is not understood holds rows of its own, so that nothing is said
about it: a leak is reported only where the source leaves no doubt.
"""

from __future__ import annotations

import ast
from enum import StrEnum
from typing import TYPE_CHECKING

from nbexport.model import Span
from nbexport.record import record

if TYPE_CHECKING:
    from nbexport.analysis.notebook import Analysis

LIBRARIES = ("sklearn", "imblearn", "category_encoders")
"""Libraries that split rows; without an import from one of them there is nothing to read."""
_SPLITS = ("train_test_split", "cross_val")


class LeakKind(StrEnum):
    """How rows are seen before, or what an estimator does with the rows that it sees."""

    FITTED = "fitted"
    """A transformer learns from them."""
    SELECTED = "selected"
    """A selector chooses features by their labels."""
    OVERSAMPLED = "oversampled"
    """They are copied or blended to balance the classes."""
    COPIED = "copied"
    TARGET = "target"
    """The target is one of the features."""
    TEST = "test"
    """A model is judged on rows that it was fitted on."""
    REFITTED = "refitted"
    """A transformer is fitted on the train rows, and again on the test rows."""
    MODEL = "model"
    """A model learns from them, which leaks nothing by itself."""
    NOTHING = ""
    """Nothing is learned from them."""


@record(eq=False)
class Leak:
    """One leak."""

    kind: LeakKind
    what: str
    """The class or function that has seen the rows, or the name of the column or model."""
    unit: int
    node: ast.AST
    other: int
    """The statement that splits the rows, or judges the model on them."""

    def place(self, analysis: Analysis) -> tuple[int, Span]:
        """(cell, span) of what has seen the rows."""
        return analysis.units[self.unit].cell, analysis.span(self.unit, self.node)


def star_modules(analysis: Analysis) -> tuple[str, ...]:
    """The modules of which all names are imported, in order."""
    nodes = (node for unit in analysis.star_imports for node in analysis.units[unit].nodes)
    return tuple(
        node.module or ""
        for node in nodes
        if isinstance(node, ast.ImportFrom) and not node.level and any(alias.name == "*" for alias in node.names)
    )


def leaks(analysis: Analysis) -> tuple[Leak, ...]:
    """Every leak of the notebook, in the order in which they come to light."""
    return analysis.once(_leaks)


def _leaks(analysis: Analysis) -> tuple[Leak, ...]:
    modules = (d.module for definitions in analysis.definitions.values() for d in definitions if d.module)
    roots = {module.partition(".")[0] for module in (*modules, *star_modules(analysis))}
    if roots.isdisjoint(LIBRARIES):
        return ()
    codes = [cell.code for cell in analysis.cells.values()]
    splits = any(word in code for code in codes for word in _SPLITS)
    if not splits and ("pandas" not in roots or not any(".fit(" in code for code in codes)):
        return ()
    from nbexport.analysis.leakage.reader import Reader  # most notebooks never need it

    return tuple(Reader(analysis).leaks())
