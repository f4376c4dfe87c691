"""The text of the stage functions of `model.py`: the statements of a segment between its arguments and its `return`."""

from __future__ import annotations

import builtins
import textwrap

import libcst as cst

from nbexport.lift.headings import Heading
from nbexport.lift.homes import bound_names
from nbexport.lift.layout import place_of
from nbexport.lift.sources import path_argument
from nbexport.lift.split import Segment
from nbexport.lift.text.annotations import Annotations, annotation
from nbexport.lift.text.edits import edits_of
from nbexport.lift.text.imports import Imports, Line, import_lines, imports_for, modules_in, origin_lines
from nbexport.lift.text.parts import Parts, sentence
from nbexport.lift.text.rewrite import function_source
from nbexport.lift.text.seeding import seed_argument
from nbexport.record import record

_SAME = frozenset(
    {
        Line("collections.abc", "Mapping"),
        Line("functools", "partial"),
        Line("pathlib", "Path"),
        Line("random"),
        Line("typing", "Any"),
        Line("typing", "Mapping"),
    }
)
"""Imports of the notebook that bind a name of `model.py` to what it means there."""

_WIDTH = 110
"""Columns of a docstring's text."""


@record(frozen=False)
class StageText:
    """One stage function, but for its annotations."""

    index: int
    docstring: str
    body: list[cst.BaseStatement | str]
    names: set[str]
    """Names that its statements read or bind."""
    helpers: set[str]
    """Names of `functools` that it needs."""
    modules: list[str]
    """Dotted modules that it imports itself."""
    units: list[tuple[int, int]]
    """The notebook's statements in it, each with how many it has become."""

    def written(self, parts: Parts, annotations: Annotations) -> str:
        """The text of the function."""
        segment, types = parts.placed.segments[self.index], parts.placed.types[self.index]
        arguments = _arguments(parts, self.index, annotations)
        returns = annotations.returned([types.outputs[name] for name in segment.outputs])
        header = f"def {segment.function}({', '.join(arguments)}) -> {returns}"
        return function_source(header, self.docstring, self.body)


def stage(parts: Parts, index: int, segment: Segment) -> StageText:
    """The function of one segment."""
    layout = parts.placed.layout
    seed = seed_argument(parts, segment)
    names: set[str] = set()
    helpers: set[str] = set()
    cell = 0
    statements: list[cst.BaseStatement | str] = []
    imported: list[str] = []
    units: list[tuple[int, int]] = []
    inline = parts.placed.flow.inline[index]
    names |= parts.placed.flow.arriving[index].keys()
    for unit in sorted({*segment.units, *(unit for unit, _ in inline)}):
        statement = layout.analysis.units[unit]
        if unit not in segment.units:
            own = sorted(name for at, name in inline if at == unit)
            names.update(own)
            lines = [line for name in own for line in import_lines(layout, name, frozenset({unit}))]
            imported += lines
            statements += lines
            continue
        if unit in parts.placed.replaced_asserts:
            continue
        edits, needed = edits_of(layout, unit, None, seed)
        given = parts.placed.sources.replaced.get(statement.cell, {})
        edits.replaced.update(given)
        names |= {r.name for r in statement.references if place_of(statement, r.node) not in given}
        helpers |= needed
        taken = parts.text(statement.cell).take(statement, edits)
        if statement.cell != cell:
            cell = statement.cell
            taken[0] = _marked(taken[0], cell)
        statements += taken
        units.append((unit, len(taken)))
    local = _local_imports(parts, index, names)
    body: list[cst.BaseStatement | str] = [*local, *statements]
    if segment.outputs:
        body.append(f"return {', '.join(segment.outputs)}")
    if not body:
        body.append("pass")
    return StageText(index, _docstring(parts, segment), body, names, helpers, modules_in([*local, *imported]), units)


def _arguments(parts: Parts, index: int, annotations: Annotations) -> list[str]:
    """The arguments of a stage: where the data lies, the values of other stages, then the parameters by name."""
    segment, types = parts.placed.segments[index], parts.placed.types[index]
    path, seed = data_argument(parts, index), seed_argument(parts, segment)
    parameters = {parameter.name: parameter for parameter in parts.placed.parameters}
    places = [f"{name}: {annotations.of(types.inputs[name])}" for name in segment.inputs if name not in parameters]
    named = [f"{name}: {annotation(parameters[name])}" for name in segment.inputs if name in parameters]
    if path is not None:
        places.insert(0, f"{path}: Path")
    if seed is not None:
        named.append(f"{seed}: int | None = None")
    return [*places, *(["*", *named] if named else [])]


def data_argument(parts: Parts, index: int) -> str | None:
    """Name of the path argument of a stage, None when it takes none."""
    return path_argument(parts.placed.layout) if index in parts.placed.sources.segments else None


def clashes(imports: Imports, line: Line, generated: frozenset[str]) -> bool:
    """Whether an import of the notebook would hide a name that `model.py` uses for something else."""
    return imports.bound.get(line.bound) == line and line.bound in generated and line not in _SAME


def _docstring(parts: Parts, segment: Segment) -> str:
    """The heading of a stage with the text below it, and the cells that it comes from."""
    cells = parts.cells_of(segment)
    origin = f"From {parts.origin(cells)}."
    heading = _heading(parts, segment, cells)
    if heading is None:
        return origin
    text = [textwrap.fill(paragraph, _WIDTH, break_long_words=False) for paragraph in heading.text]
    return "\n\n".join([sentence(heading.title), *text, origin])


def _heading(parts: Parts, segment: Segment, cells: list[int]) -> Heading | None:
    """The heading that speaks of this stage: above a cell of just its role, else above one that shares it."""
    roles = {cell: parts.placed.layout.analysis.cells[cell].roles for cell in cells}
    own = [cell for cell in cells if roles[cell] == (segment.role,)]
    shared = [cell for cell in cells if segment.role in roles[cell] and cell not in own]
    return next((parts.headings[cell] for cell in [*own, *shared] if cell in parts.headings), None)


def _marked(statement: cst.BaseStatement, cell: int) -> cst.BaseStatement:
    """A statement under a comment that says which cell begins here."""
    leading = [line for line in getattr(statement, "leading_lines", ()) if isinstance(line, cst.EmptyLine)]
    while leading and leading[0].comment is None:
        leading.pop(0)
    mark = cst.EmptyLine(comment=cst.Comment(f"# cell {cell}"))
    return statement.with_changes(leading_lines=[mark, *leading])


def _local_imports(parts: Parts, index: int, names: set[str]) -> list[str]:
    """Local imports of names that the stage binds too, or that stand for something else at module level."""
    layout, flow = parts.placed.layout, parts.placed.flow
    segment = parts.placed.segments[index]
    own = bound_names(layout, segment) | set(segment.inputs)
    rebound = flow.module_names[index]
    generated = parts.generated
    local = flow.local(index)
    lines: list[str] = []
    for name in sorted(names):
        if name in flow.arriving[index]:
            origin = next(iter(flow.arriving[index][name]))
            if name in local or (name in generated and name not in own):
                lines += origin_lines(layout, name, origin)
            continue
        if name in layout.origins.contested:
            continue
        clash = name in generated and name not in own
        if name not in rebound and not clash:
            continue
        if name in layout.definitions or name in layout.constants:
            lines.append(Line("definitions", name).text)
            continue
        imports = imports_for(layout, {name}, unknown=False)
        line = imports.bound.get(name)
        if line is not None and (name in rebound or clashes(imports, line, generated)):
            lines.append(line.text)
        elif line is None and name in rebound and hasattr(builtins, name):
            lines.append(Line("builtins", name).text)
    return lines
