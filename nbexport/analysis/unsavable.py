"""Values of libraries that no bundle can hold, told before anything is trained; `unsavable.json` lists the libraries.

    algo = SVD(n_factors=20)         an instance of a class of Surprise
    fitted = algo.fit(trainset)      what `fit` gives of it
    best = fitted                    the same by another name
    rmse = accuracy.rmse(found)      a number, for all that is known: left to the bundle itself

What the notebook's text does not show is not found here: training ends with a look at the bundle.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.names.kinds import BindKind
from nbexport.record import record

_DEPTH = 20
"""Names that are made of one another are followed so far."""
_PLAIN = (BindKind.ASSIGN, BindKind.ANNOTATED, BindKind.WALRUS)


@record
class Unsavable:
    """A library whose values no bundle can hold."""

    library: str
    makers: tuple[str, ...]
    """Functions that give such a value, by their name inside the library; `*` stands for anything."""
    members: tuple[str, ...]
    """Methods and attributes of such a value that give another one."""
    fix: str
    """What to do instead; `{name}` stands for the value's name."""


@record
class Found:
    """What is known of a value that cannot be saved."""

    what: str
    """The class or function that made it, by its full name."""
    fix: str


@cache
def _table() -> Mapping[str, Unsavable]:
    entries = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))["entries"]
    return {
        entry["library"]: Unsavable(
            entry["library"],
            tuple(entry.get("makers", "").split()),
            tuple(entry.get("members", "").split()),
            entry["fix"],
        )
        for entry in entries
    }


def unsavable(analysis: Analysis, name: str, definitions: Iterable[Definition]) -> Found | None:
    """What is known of a name whose value cannot be saved, whichever of the bindings holds; None where it may be."""
    made = [_made_by(analysis, definition, _DEPTH) for definition in definitions if not definition.marker]
    if not made or None in made:
        return None
    first = next(full for full in made if full is not None)
    return Found(first, _table()[first.partition(".")[0]].fix.replace("{name}", name))


def _made_by(analysis: Analysis, definition: Definition, depth: int) -> str | None:
    """What made the value that a binding binds, if that is a library's of the table."""
    op = definition.op
    if op is None or op.value is None or op.how not in _PLAIN or definition.unit < 0:
        return None
    return _maker(analysis, definition.unit, op.value, depth)


def _maker(analysis: Analysis, unit: int, node: ast.expr, depth: int) -> str | None:
    """The class or function of the table that an expression's value comes from."""
    if depth == 0:
        return None
    if isinstance(node, ast.Call):
        full = analysis.full_name(unit, node.func)
        if full is not None:
            return full if _gives(full) else None
        return _member(analysis, unit, node.func, depth)
    if isinstance(node, ast.Attribute):
        return _member(analysis, unit, node, depth)
    if isinstance(node, ast.Name):
        bound = [one for one in analysis.before[unit].get(node.id, ()) if not one.marker]
        made = {_made_by(analysis, definition, depth - 1) for definition in bound}
        return made.pop() if len(made) == 1 else None
    return None


def _gives(full: str) -> bool:
    """Whether calling a library's class or function gives a value that no bundle can hold."""
    library, _, inside = full.partition(".")
    entry = _table().get(library)
    if entry is None:
        return False
    last = full.rpartition(".")[2]
    return last[:1].isupper() or any(fnmatchcase(part, maker) for maker in entry.makers for part in (inside, last))


def _member(analysis: Analysis, unit: int, node: ast.expr, depth: int) -> str | None:
    if not isinstance(node, ast.Attribute):
        return None
    owner = _maker(analysis, unit, node.value, depth - 1)
    if owner is None or node.attr not in _table()[owner.partition(".")[0]].members:
        return None
    return owner
