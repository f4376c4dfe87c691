"""The text of `model.py`: imports, the notebook's stages, its `predict`, and what saves and loads a model."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nbexport.lift.origins import OriginKind
from nbexport.lift.text.annotations import Annotations
from nbexport.lift.text.bundle import load_model, save_model, set_definitions, set_process
from nbexport.lift.text.imports import Imports, Line, by_name, helper_line, imports_for
from nbexport.lift.text.parts import File, Parts, heading, reads_unknown, sentence
from nbexport.lift.text.predict import names_in, predict
from nbexport.lift.text.seeding import seeding, set_seed
from nbexport.lift.text.settings import imported_before, in_order, set_again, settings_names
from nbexport.lift.text.stages import clashes, stage

_OWN_IMPORTS = (
    Line("collections.abc", "Mapping"),
    Line("pathlib", "Path"),
    Line("typing", "Any"),
    Line("nbexport_runtime", "bundle"),
    Line("nbexport_runtime.training", "Run"),
)


def model(parts: Parts, of_definitions: Sequence[Line]) -> File:
    """The file.

    Args:
        parts: Everything that the two files are written from.
        of_definitions: What the other one imports.
    """
    placed, generated = parts.placed, parts.generated
    layout = placed.layout
    stages = [stage(parts, index, segment) for index, segment in enumerate(placed.segments)]
    names = {name for written in stages for name in written.names}
    if placed.predict is not None:
        names |= names_in(placed.predict)
    for _, call in placed.examples:
        names |= {part.id for part in ast.walk(call) if isinstance(part, ast.Name)}
    names |= settings_names(layout)
    shared = placed.flow.shared
    only = {
        name: layout.origins.units(shared[name], name) if name in shared else frozenset[int]()
        for name in layout.origins.contested
    }
    defined = sorted(
        name
        for name in names
        if (name in layout.definitions or name in layout.constants)
        and (name not in only or (name in shared and shared[name].kind is OriginKind.DEFINITION))
    )
    imports = imports_for(layout, names, unknown=reads_unknown(layout, names), only=only)
    own = [*_OWN_IMPORTS, *(helper_line(helper) for written in stages for helper in sorted(written.helpers))]
    if layout.settings or placed.predict is not None or not generated.isdisjoint(defined):
        own.append(Line("definitions"))
    own += [Line("definitions", name) for name in defined if name not in generated]
    seeds = seeding(imports, parts)
    notebooks = [line for line in imports.lines if not clashes(imports, line, generated)]
    lines = list(dict.fromkeys([*own, *notebooks, *(seeds.imports if set_seed(parts, seeds) else ())]))
    if layout.process:
        lines += [line for line in imported_before(layout, of_definitions) if line not in lines]
    again = set_again(layout)
    annotations = Annotations(layout, lines, {*generated, *_bound(imports)})
    functions = [written.written(parts, annotations) for written in stages]
    if placed.predict is not None:
        functions.append(predict(parts, placed.predict))
    functions += [
        "",
        *set_seed(parts, seeds),
        *set_definitions(parts),
        save_model(parts, annotations, sets=bool(again)),
    ]
    checked = [Line("typing", "TYPE_CHECKING")] if annotations.checked else []
    head = heading(
        f"{sentence(parts.title)}\n\n{_stages_of(parts)}, lifted by nbexport. "
        "Every stage says which\ncells it came from; `train.py` calls them one after the other."
    )
    pieces = [
        head,
        "",
        *(line.text for line in imports.future),
        *in_order(parts, [*lines, *checked]),
        *imports.blocks,
        *_for_checkers(annotations.checked),
        "",
        *functions,
        *([set_process(parts, again)] if again else []),
        load_model(parts, sets=bool(again)),
    ]
    return File(
        "\n".join(pieces) + "\n",
        [*imports.modules, *(module for written in stages for module in written.modules)],
        imports.lines,
        by_name(line for line in lines if line.module != "definitions" or not line.name),
        list(imports.blocks.values()),
        {placed.segments[written.index].function: written.units for written in stages},
    )


def _stages_of(parts: Parts) -> str:
    if not parts.placed.layout.analysis.notebook.parts:
        return f"The stages of `{parts.notebook}` in the notebook's order"
    return f"The stages of {parts.told} in the order in which these run"


def _bound(imports: Imports) -> set[str]:
    """The names that the imports with a way out bind."""
    return {
        (alias.asname or alias.name).partition(".")[0]
        for block in imports.blocks.values()
        for node in ast.walk(block)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def _for_checkers(lines: Sequence[Line]) -> list[str]:
    """The imports that only annotations need."""
    return ["", "if TYPE_CHECKING:", *(f"    {line.text}" for line in lines)] if lines else []
