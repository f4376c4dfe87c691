"""The files of the lifted program, and which modules each part of it needs."""

from __future__ import annotations

from nbexport.lift.text.definitions import definitions
from nbexport.lift.text.imports import imports_for, modules_in_functions
from nbexport.lift.text.model import model
from nbexport.lift.text.parts import File, Parts, reads_unknown
from nbexport.lift.text.train import train
from nbexport.record import record


@record(frozen=False)
class Written:
    """The files and what they import."""

    model: File
    definitions: File
    modules: tuple[str, ...]
    train: str
    """`train.py`, as levels 1 and 2 have it."""
    train_in_pipeline: str
    """`train.py`, as it is from level 3 on."""
    serve_modules: tuple[str, ...]
    """The part of `modules` that `predict` reaches."""


def write(parts: Parts) -> Written:
    """The text of the files, before formatting."""
    defined = definitions(parts)
    staged = model(parts, defined.lines)
    serving = _serving_modules(parts) if parts.placed.predict is not None else defined.modules
    inside = modules_in_functions(defined.text)
    return Written(
        staged,
        defined,
        tuple(dict.fromkeys([*staged.modules, *defined.modules, *modules_in_functions(staged.text), *inside])),
        train(parts, pipeline=False),
        train(parts, pipeline=True),
        tuple(dict.fromkeys([*serving, *inside])),
    )


def _serving_modules(parts: Parts) -> list[str]:
    """Modules that `predict` reaches through the definitions it calls."""
    layout = parts.placed.layout
    pending, seen = ["predict"], set()
    names: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        unit = layout.definitions.get(name, layout.constants.get(name))
        if unit is None:
            names.add(name)
        else:
            pending += [reference.name for reference in layout.analysis.units[unit].references]
    return imports_for(layout, names, unknown=reads_unknown(layout, names)).modules
