"""Layout, segments and facts → the text of `model.py` and `definitions.py`."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

import libcst as cst

from nbexport.lift import edits as editing
from nbexport.lift.flow import bound_names
from nbexport.lift.imports import Imports, imports_for
from nbexport.lift.layout import Layout
from nbexport.lift.placing import Placed
from nbexport.lift.rewrite import CellText, function_source, module_source, quoted, text_of
from nbexport.lift.sources import path_argument
from nbexport.lift.split import Segment
from nbexport.model import Gate, Parameter, Predict
from nbexport.names.operations import Read
from nbexport.record import field, record

GENERATED = frozenset(
    """Parameters NOTEBOOK DATA GATES STATE STRICT_STATE Trained run predict save_model load_model bundle definitions
    dataclass field Path Any Mapping partial""".split()
)
"""Names that `model.py` itself uses at module level."""


@record(frozen=False)
class Parts:
    """Everything that the two files are written from."""

    placed: Placed
    title: str
    notebook: str
    headings: dict[int, str] = field(default_factory=dict)
    """Cell number → the markdown heading above it."""

    def text(self, cell: int) -> CellText:
        """The cell's source, parsed once."""
        return text_of(self.placed.layout.analysis.cells[cell].code)


@record(frozen=False)
class Written:
    """The two files and what they import."""

    model: str
    definitions: str
    modules: tuple[str, ...]
    serve_modules: tuple[str, ...]


def write(parts: Parts) -> Written:
    """The text of both files, before formatting."""
    definitions, definition_imports = _definitions(parts)
    model, model_imports = _model(parts)
    serving = _serving_modules(parts) if parts.placed.predict is not None else [*definition_imports.modules]
    return Written(
        model,
        definitions,
        tuple(dict.fromkeys([*model_imports.modules, *definition_imports.modules])),
        tuple(dict.fromkeys(serving)),
    )


# --------------------------------------------------------------------------- definitions.py


def _module_units(parts: Parts) -> list[tuple[int, str | None]]:
    layout = parts.placed.layout
    found: list[tuple[int, str | None]] = [(unit, name) for name, unit in layout.definitions.items()]
    found += [(unit, None) for unit in {*layout.constants.values(), *layout.settings.values()}]
    return sorted(found)


def _definitions(parts: Parts) -> tuple[str, Imports]:
    layout = parts.placed.layout
    statements: list[cst.BaseStatement] = []
    names: set[str] = set()
    extra: set[str] = set()
    for unit, name in _module_units(parts):
        found = layout.analysis.units[unit]
        edits, added = editing.edits_of(layout, unit, name, None)
        extra |= added
        taken = parts.text(found.cell).take(found, edits)
        statements += taken
        names |= {reference.name for reference in found.references}
    if not statements:
        return "", Imports()
    imports = imports_for(layout, names, unknown=_reads_unknown(layout, names))
    head = quoted(
        f"Functions, classes and constants of `{parts.notebook}`, as the notebook defines them.\n\n"
        "Lifted by nbexport. Values that a function read from the notebook's namespace are keyword arguments."
    ).replace("\n    ", "\n")
    lines = [*imports.future, *(["from functools import partial"] if "partial" in extra else []), *imports.lines]
    return "\n".join([head, "", *lines, *imports.blocks, ""]) + "\n" + module_source(statements), imports


def _reads_unknown(layout: Layout, names: Iterable[str]) -> bool:
    if not layout.analysis.star_imports:
        return False
    known = layout.analysis.definitions
    return any(name not in known and not hasattr(builtins, name) for name in names)


# --------------------------------------------------------------------------- model.py


def _model(parts: Parts) -> tuple[str, Imports]:
    layout = parts.placed.layout
    functions: list[str] = []
    names: set[str] = set()
    locals_needed: set[str] = set()
    extra: set[str] = set()
    for index, segment in enumerate(parts.placed.segments):
        text, read, added = _stage(parts, index, segment)
        functions.append(text)
        names |= read
        extra |= added
    if parts.placed.predict is not None:
        functions.append(_predict(parts))
        names |= _names_in(parts.placed.predict)
    used = {name for name in names if name in layout.definitions or name in layout.constants}
    generated = _generated_names(parts)
    own = sorted(name for name in used if name not in generated)
    for _, call in parts.placed.examples:
        names |= {part.id for part in ast.walk(call) if isinstance(part, ast.Name)}
    imports = imports_for(layout, names, unknown=_reads_unknown(layout, names))
    lines = [line for line in imports.lines if not _clashes(imports, line, generated)]
    locals_needed.update(line for line in imports.lines if line not in lines)
    head = quoted(
        f"{_sentence(parts.title)}\n\nThe stages of `{parts.notebook}` in the notebook's order, lifted by nbexport. "
        "Every stage says which\ncells it came from; `run` calls them one after the other."
    ).replace("\n    ", "\n")
    standard = [
        "from collections.abc import Mapping",
        "from dataclasses import dataclass, field",
        "from pathlib import Path",
        "from typing import Any",
        "import bundle",
    ]
    if "partial" in extra:
        standard.append("from functools import partial")
    if layout.settings or (parts.placed.predict is not None) or (used & generated):
        standard.append("import definitions")
    if own:
        standard.append(f"from definitions import {', '.join(own)}")
    seeds = _seeding(imports, parts)
    top = dict.fromkeys([*imports.future, *standard, *lines, *seeds[0]])
    pieces = [
        head,
        "",
        *top,
        *imports.blocks,
        "",
        *_constants(parts),
        "",
        *functions,
        "",
        _run(parts, seeds[1]),
        _tail(parts),
    ]
    return "\n".join(pieces) + "\n", imports


def _generated_names(parts: Parts) -> frozenset[str]:
    return GENERATED | {segment.function for segment in parts.placed.segments} | {"random"}


def _clashes(imports: Imports, line: str, generated: frozenset[str]) -> bool:
    """Whether an import of the notebook would hide a name that the generated file uses for something else."""
    bound = [name for name, found in imports.bound.items() if found == line and name in generated]
    same = {
        "from dataclasses import dataclass",
        "from dataclasses import field",
        "from pathlib import Path",
        "from typing import Any",
        "from typing import Mapping",
        "from functools import partial",
        "from collections.abc import Mapping",
        "import random",
    }
    return bool(bound) and line not in same


def _constants(parts: Parts) -> list[str]:
    shown = [parameter for parameter in parts.placed.parameters if parameter.name != parts.placed.sources.parameter]
    lines = [
        "@dataclass(frozen=True)",
        "class Parameters:",
        '    """Options of `train.py`; the defaults are the notebook\'s own values."""',
        "",
    ]
    for parameter in shown:
        metadata = f'metadata={{"help": {parameter.help!r}, "option": {parameter.option!r}}}'
        if parameter.choices:
            metadata = metadata[:-1] + f', "choices": {parameter.choices!r}}}'
        default = f"default={parameter.default}"
        if isinstance(ast.parse(parameter.default, mode="eval").body, ast.List | ast.Dict | ast.Set):
            default = f"default_factory=lambda: {parameter.default}"
        lines.append(f"    {parameter.name}: {_annotation(parameter)} = field({default}, {metadata})")
    lines += [
        "",
        f"NOTEBOOK = {parts.notebook!r}",
        f"DATA: str | None = {parts.placed.sources.default!r}",
        f"GATES: dict[str, tuple[str, str, float]] = {_gates(parts.placed.gates)}",
        f"STATE: tuple[str, ...] = {parts.placed.state!r}",
        f"STRICT_STATE = {parts.placed.predict is not None}",
        "",
        "@dataclass",
        "class Trained:",
        '    """What a training run leaves."""',
        "",
        "    metrics: dict[str, Any]",
        "    state: dict[str, Any]",
        "    examples: list[tuple[tuple[Any, ...], dict[str, Any]]]",
    ]
    return lines


def _gates(gates: tuple[Gate, ...]) -> str:
    entries = [
        f"{gate.option.lstrip('-').replace('-', '_')!r}: ({gate.metric!r}, {gate.operator!r}, {gate.threshold!r})"
        for gate in gates
    ]
    return "{" + ", ".join(entries) + "}"


def _annotation(parameter: Parameter) -> str:
    kind = {"json": "Any", "Literal": "Any", "dict": "dict[str, Any]"}.get(parameter.type, parameter.type)
    return f"{kind} | None" if parameter.optional and kind != "Any" else kind


def _stage(parts: Parts, index: int, segment: Segment) -> tuple[str, set[str], set[str]]:
    """(text, names it reads, extra imports) of one stage function."""
    layout = parts.placed.layout
    bound = bound_names(layout, segment)
    path = data_argument(parts, index)
    seed = seed_argument(parts, segment)
    body: list[cst.BaseStatement | str] = []
    names: set[str] = set()
    extra: set[str] = set()
    cell = 0
    statements: list[cst.BaseStatement | str] = []
    for unit in segment.units:
        found = layout.analysis.units[unit]
        names |= {reference.name for reference in found.references}
        if unit in parts.placed.replaced_asserts:
            continue
        edits, added = editing.edits_of(layout, unit, None, seed)
        edits.replaced.update(parts.placed.sources.replaced.get(found.cell, {}))
        extra |= added
        taken = parts.text(found.cell).take(found, edits)
        if found.cell != cell:
            cell = found.cell
            taken[0] = _marked(taken[0], cell)
        statements += taken
    body += _prelude(parts, index, bound, names)
    body += statements
    if segment.outputs:
        body.append(f"return {', '.join(segment.outputs)}")
    if not body:
        body.append("pass")
    arguments = [*segment.inputs]
    if path is not None:
        arguments.append(f"{path}: Path")
    if seed is not None:
        arguments.append(f"{seed}: int | None = None")
    cells = sorted({layout.analysis.units[unit].cell for unit in segment.units})
    heading = _heading(parts, segment, cells)
    listed = f"cell {cells[0]}" if len(cells) == 1 else "cells " + ", ".join(map(str, cells))
    docstring = (f"{_sentence(heading)}\n\n" if heading else "") + f"From {listed} of `{parts.notebook}`."
    returns = "None" if not segment.outputs else "Any" if len(segment.outputs) == 1 else "tuple[Any, ...]"
    header = f"def {segment.function}({', '.join(arguments)}) -> {returns}"
    return function_source(header, docstring, body), names, extra


def _heading(parts: Parts, segment: Segment, cells: list[int]) -> str:
    """The heading that speaks of this stage: above a cell of just its role, else above one that shares it."""
    roles = {cell: parts.placed.layout.analysis.cells[cell].roles for cell in cells}
    own = [cell for cell in cells if roles[cell] == (segment.role,)]
    shared = [cell for cell in cells if segment.role in roles[cell] and cell not in own]
    return next((parts.headings[cell] for cell in [*own, *shared] if cell in parts.headings), "")


def _sentence(heading: str) -> str:
    return heading if heading.endswith((".", "!", "?", "…")) else f"{heading}."


def _marked(statement: cst.BaseStatement, cell: int) -> cst.BaseStatement:
    leading = [line for line in getattr(statement, "leading_lines", ()) if isinstance(line, cst.EmptyLine)]
    while leading and leading[0].comment is None:
        leading.pop(0)
    mark = cst.EmptyLine(comment=cst.Comment(f"# cell {cell}"))
    return statement.with_changes(leading_lines=[mark, *leading])


def _prelude(parts: Parts, index: int, bound: set[str], names: set[str]) -> list[cst.BaseStatement | str]:
    """Local imports of names that the stage also binds, or that `model.py` uses for itself."""
    layout = parts.placed.layout
    generated = _generated_names(parts)
    lines: list[cst.BaseStatement | str] = []
    rebound = parts.placed.flow.module_names[index]
    for name in sorted(names):
        clash = name in generated and name not in bound and name not in parts.placed.segments[index].inputs
        if name not in rebound and not clash:
            continue
        if name in layout.definitions or name in layout.constants:
            lines.append(f"from definitions import {name}")
            continue
        imports = imports_for(layout, [name], unknown=False)
        line = imports.bound.get(name)
        if line is not None and (name in rebound or _clashes(imports, line, generated)):
            lines.append(line)
        elif line is None and name in rebound and hasattr(builtins, name):
            lines.append(f"from builtins import {name}")
    return lines


def data_argument(parts: Parts, index: int) -> str | None:
    """Name of the path argument of a stage, None when it takes none."""
    return path_argument(parts.placed.layout) if index in parts.placed.sources.segments else None


def seed_argument(parts: Parts, segment: Segment) -> str | None:
    """Name of the seed argument of a stage, None when it seeds nothing with a literal."""
    layout = parts.placed.layout
    if any(parameter.option == "--seed" for parameter in parts.placed.parameters):
        return None
    if not any(True for unit in segment.units for _ in editing.seed_literals(layout, unit)):
        return None
    used = set(layout.analysis.definitions)
    return next(name for name in ("seed", "run_seed", "nbexport_seed") if name not in used)


def _names_in(predict: Predict) -> set[str]:
    """Names that the signature of `predict` reads."""
    names: set[str] = set()
    for _, annotation, default in predict.parameters:
        names |= _names_of_type(annotation)
        if default:
            names |= {part.id for part in ast.walk(ast.parse(default, mode="eval")) if isinstance(part, ast.Name)}
    return names | _names_of_type(predict.returns)


def _names_of_type(text: str) -> set[str]:
    """Names in an annotation, also where it, or a part of it, is written as text."""
    found: set[str] = set()
    try:
        parts = [*ast.walk(ast.parse(text, mode="eval"))] if text else []
    except SyntaxError:
        return found  # text that is no type, as in `Literal["a b"]`
    for part in parts:
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            found |= _names_of_type(part.value)
    return found


# --------------------------------------------------------------------------- run, predict, load


def _run(parts: Parts, seeding: list[str]) -> str:
    layout = parts.placed.layout
    local = _Locals(parts)
    lines: list[str] = []
    if seeding:
        lines.append("if seed is not None:\n" + "\n".join("    " + line for line in seeding))
    if parts.placed.sources.default is not None:
        lines.append('if data is None:\n    data = Path(DATA or ".")')
    for name in sorted(layout.settings):
        lines.append(f"setattr(definitions, {name!r}, parameters.{name})")
    if parts.placed.early == -1:
        lines.append(f"state = {_state(parts, local)}")
    for index, segment in enumerate(parts.placed.segments):
        arguments = [local.given(name) for name in segment.inputs]
        path, seed = data_argument(parts, index), seed_argument(parts, segment)
        if path is not None:
            arguments.append(f"{path}=data")
        if seed is not None:
            arguments.append(f"{seed}=seed")
        call = f"{segment.function}({', '.join(arguments)})"
        targets = ", ".join(local.name(name) for name in segment.outputs)
        lines.append(f"{targets} = {call}" if targets else call)
        if parts.placed.early == index:
            lines.append(f"state = {_state(parts, local)}")
    state = "state" if parts.placed.early is not None else _state(parts, local)
    examples = ", ".join(_example(call, local) for _, call in parts.placed.examples)
    metrics = local.name("metrics") if any("metrics" in segment.outputs for segment in parts.placed.segments) else "{}"
    lines.append(f"return Trained(metrics=dict({metrics}), state={state}, examples=[{examples}])")
    header = "def run(parameters: Parameters, *, data: Path | None = None, seed: int | None = None) -> Trained"
    docstring = (
        "What the notebook computes, top to bottom.\n\n"
        "Args:\n    parameters: The notebook's parameters.\n"
        "    data: Where the data lies; by default where the notebook read it.\n"
        "    seed: Seeds every random generator; by default the notebook's own seeding is all there is."
    )
    return function_source(header, docstring, list(lines))


class _Locals:
    """Names of the notebook's values inside `run`, which has names of its own."""

    def __init__(self, parts: Parts) -> None:
        self.parameters = {parameter.name: parameter for parameter in parts.placed.parameters}
        self.source = parts.placed.sources.parameter
        self.taken = {"parameters", "data", "seed", "state", *_generated_names(parts)}

    def name(self, name: str) -> str:
        return f"{name}_" if name in self.taken else name

    def value(self, name: str) -> str:
        if name == self.source:
            return "str(data)"
        return f"parameters.{name}" if name in self.parameters else self.name(name)

    def given(self, name: str) -> str:
        return f"{name}={self.value(name)}"


def _state(parts: Parts, local: _Locals) -> str:
    return "{" + ", ".join(f"{name!r}: {local.value(name)}" for name in parts.placed.state) + "}"


def _example(call: ast.Call, local: _Locals) -> str:
    def text(node: ast.expr) -> str:
        return ast.unparse(_Rename(local).visit(ast.parse(ast.unparse(node), mode="eval").body))

    positional = "".join(f"{text(argument)}, " for argument in call.args)
    keywords = ", ".join(f"{keyword.arg!r}: {text(keyword.value)}" for keyword in call.keywords)
    return f"(({positional}), {{{keywords}}})"


class _Rename(ast.NodeTransformer):
    def __init__(self, local: _Locals) -> None:
        self.local = local

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.local.parameters:
            return ast.parse(self.local.value(node.id), mode="eval").body
        return ast.Name(self.local.name(node.id), ast.Load()) if node.id in self.local.taken else node


def _predict(parts: Parts) -> str:
    layout = parts.placed.layout
    predict = parts.placed.predict
    if predict is None:
        raise AssertionError("no predict")
    node = layout.analysis.units[layout.definitions["predict"]].node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        raise AssertionError("predict is not a function")
    signature = ast.parse("def predict(): pass").body[0]
    if not isinstance(signature, ast.FunctionDef):
        raise AssertionError
    signature.args = node.args
    signature.returns = node.returns
    arguments = ast.unparse(signature.args)
    if not node.args.kwonlyargs and node.args.vararg is None:
        arguments += ", *" if arguments else "*"
    passed = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
    passed += [f"{argument.arg}={argument.arg}" for argument in node.args.kwonlyargs]
    passed += [f'{keyword}=state["{need}"]' for keyword, need in _predict_needs(parts)]
    returns = ast.unparse(node.returns) if node.returns is not None else "Any"
    state = "state" if "state" not in {name for name, _, _ in predict.parameters} else "state_"
    header = f"def predict({arguments}, {state}: Mapping[str, Any]) -> {returns}"
    passed = [text.replace('=state["', f'={state}["') for text in passed]
    docstring = (
        predict.docstring or f"What `predict` of the notebook answers; from cell {predict.cell} of `{parts.notebook}`."
    )
    docstring += (
        f"\n\nArgs:\n    {state}: The bundle's values, as `load_model` gives them." if not predict.docstring else ""
    )
    return function_source(header, docstring, [f"return definitions.predict({', '.join(passed)})"])


def _predict_needs(parts: Parts) -> list[tuple[str, str]]:
    layout = parts.placed.layout
    return [(layout.renamed.get(("predict", need), need), need) for need in layout.needs.get("predict", ())]


def _tail(parts: Parts) -> str:
    save = function_source(
        "def save_model(trained: Trained, folder: Path, **facts: Any) -> None",
        "Write what `predict` needs to a bundle; `facts` go into its manifest.",
        ["bundle.save(trained.state, folder, strict=STRICT_STATE, examples=trained.examples, **facts)"],
    )
    body: list[str] = []
    predict = "predict" if parts.placed.predict is not None else "None"
    settings = sorted(parts.placed.layout.settings)
    if settings:
        body.append(f"loaded = bundle.load(folder, predict={predict})")
        body += [f"setattr(definitions, {name!r}, loaded[{name!r}])" for name in settings]
        body.append("return loaded")
    else:
        body.append(f"return bundle.load(folder, predict={predict})")
    load = function_source(
        "def load_model(folder: Path | str) -> bundle.Loaded",
        "The values of a bundle, checked against its manifest.",
        list(body),
    )
    return save + "\n" + load


def _seeding(imports: Imports, parts: Parts) -> tuple[list[str], list[str]]:
    """(import lines, statements) that seed every generator the project can draw from."""
    definition_names = {
        op.name
        for name in parts.placed.layout.definitions
        for op in parts.placed.layout.function(name).all_ops()
        if isinstance(op, Read)
    }
    every = imports_for(parts.placed.layout, definition_names, unknown=False)
    roots = {module.partition(".")[0] for module in [*imports.modules, *every.modules]}
    lines, statements = ["import random"], ["random.seed(seed)"]
    if roots & {"numpy", "sklearn", "pandas", "scipy"}:
        alias = next((name for name, line in imports.bound.items() if line == f"import numpy as {name}"), "numpy")
        lines.append("import numpy" if alias == "numpy" else f"import numpy as {alias}")
        statements.append(f"{alias}.random.seed(seed)")
    if "torch" in roots:
        lines.append("import torch")
        statements.append("torch.manual_seed(seed)")
    return lines, statements


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
            continue
        for reference in layout.analysis.units[unit].references:
            pending.append(reference.name)
    return imports_for(layout, names, unknown=_reads_unknown(layout, names)).modules
