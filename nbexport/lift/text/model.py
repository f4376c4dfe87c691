"""The text of `model.py`: imports, the notebook's parameters and gates as constants, its stages, and `run`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nbexport.lift.origins import OriginKind
from nbexport.lift.text.bundle import load_model, save_model, set_process
from nbexport.lift.text.imports import Line, by_name, imports_for
from nbexport.lift.text.parts import File, Parts, heading, reads_unknown, sentence
from nbexport.lift.text.predict import names_in, predict
from nbexport.lift.text.run import run
from nbexport.lift.text.seeding import seeding
from nbexport.lift.text.settings import imported_before, in_order, set_again, settings_names
from nbexport.lift.text.stages import clashes, stage
from nbexport.model import Gate, Parameter

_OWN_IMPORTS = (
    Line("collections.abc", "Mapping"),
    Line("dataclasses", "dataclass"),
    Line("dataclasses", "field"),
    Line("pathlib", "Path"),
    Line("typing", "Any"),
    Line("nbexport_runtime", "bundle"),
)

_TRAINED = '''\
@dataclass
class Trained:
    """What a training run leaves."""

    metrics: dict[str, Any]
    state: dict[str, Any]
    examples: list[tuple[tuple[Any, ...], dict[str, Any]]]
'''


def model(parts: Parts, of_definitions: Sequence[Line]) -> File:
    """The file.

    Args:
        parts: Everything that the two files are written from.
        of_definitions: What the other one imports.
    """
    placed, generated = parts.placed, parts.generated
    layout = placed.layout
    stages = [stage(parts, index, segment) for index, segment in enumerate(placed.segments)]
    functions = [written.text for written in stages]
    names = {name for written in stages for name in written.names}
    if placed.predict is not None:
        functions.append(predict(parts, placed.predict))
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
    own = [*_OWN_IMPORTS, *(Line("functools", helper) for written in stages for helper in sorted(written.helpers))]
    if layout.settings or placed.predict is not None or not generated.isdisjoint(defined):
        own.append(Line("definitions"))
    own += [Line("definitions", name) for name in defined if name not in generated]
    seeds = seeding(imports, parts)
    notebooks = [line for line in imports.lines if not clashes(imports, line, generated)]
    lines = list(dict.fromkeys([*own, *notebooks, *seeds.imports]))
    if layout.process:
        lines += [line for line in imported_before(layout, of_definitions) if line not in lines]
    again = set_again(layout)
    head = heading(
        f"{sentence(parts.title)}\n\nThe stages of `{parts.notebook}` in the notebook's order, lifted by nbexport. "
        "Every stage says which\ncells it came from; `run` calls them one after the other."
    )
    pieces = [
        head,
        "",
        *(line.text for line in imports.future),
        *in_order(parts, lines),
        *imports.blocks,
        "",
        *_parameters(parts),
        "",
        *_constants(parts),
        "",
        _TRAINED,
        *functions,
        "",
        run(parts, seeds),
        save_model(),
        *([set_process(parts, again)] if again else []),
        load_model(parts, sets=bool(again)),
    ]
    return File(
        "\n".join(pieces) + "\n",
        imports.modules,
        imports.lines,
        by_name(line for line in lines if line.module != "definitions" or not line.name),
        list(imports.blocks.values()),
    )


def _parameters(parts: Parts) -> list[str]:
    """The class of the notebook's parameters; the one that `--data` takes the place of is none."""
    lines = [
        "@dataclass(frozen=True)",
        "class Parameters:",
        '    """Options of `train.py`; the defaults are the notebook\'s own values."""',
        "",
    ]
    for parameter in parts.placed.parameters:
        if parameter.name == parts.placed.sources.parameter:
            continue
        choices = f', "choices": {parameter.choices!r}' if parameter.choices else ""
        metadata = f'{{"help": {parameter.help!r}, "option": {parameter.option!r}{choices}}}'
        # a list, a dict or a set is made anew for each run
        default = f"default_factory=lambda: {parameter.default}" if parameter.default.startswith(("[", "{")) else ""
        default = default or f"default={parameter.default}"
        lines.append(f"    {parameter.name}: {_annotation(parameter)} = field({default}, metadata={metadata})")
    return lines


def _constants(parts: Parts) -> list[str]:
    placed = parts.placed
    return [
        f"NOTEBOOK = {parts.notebook!r}",
        f"DATA: str | None = {placed.sources.default!r}",
        f"GATES: dict[str, tuple[str, str, float]] = {_gates(placed.gates)}",
        f"STATE: tuple[str, ...] = {placed.state!r}",
        f"STRICT_STATE = {placed.predict is not None}",
    ]


def _gates(gates: tuple[Gate, ...]) -> str:
    entries = [
        f"{gate.option.lstrip('-').replace('-', '_')!r}: ({gate.metric!r}, {gate.operator.value!r}, {gate.threshold!r})"
        for gate in gates
    ]
    return "{" + ", ".join(entries) + "}"


def _annotation(parameter: Parameter) -> str:
    kind = {"json": "Any", "Literal": "Any", "dict": "dict[str, Any]"}.get(parameter.type, parameter.type)
    return f"{kind} | None" if parameter.optional and kind != "Any" else kind
