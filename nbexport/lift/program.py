"""Analysis → Program: the lifted text and the facts that the emitters need."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress

from nbexport.analysis.notebook import Analysis
from nbexport.lift.evaluation import held_back
from nbexport.lift.figures import figures
from nbexport.lift.interface import interface
from nbexport.lift.named_files import named_files
from nbexport.lift.parameters import literals
from nbexport.lift.placing import Placed
from nbexport.lift.search_path import search_path, written_modules
from nbexport.lift.spreading import not_shared
from nbexport.lift.text.files import write
from nbexport.lift.text.parts import Parts
from nbexport.lift.text.seeding import seed_argument
from nbexport.lift.text.stages import data_argument
from nbexport.model import Program, Stage
from nbexport.read.script_block import ScriptBlock, ScriptBlockError, script_block


def lift(placed: Placed, *, name: str) -> Program:
    """The lifted program.

    Args:
        placed: What was decided about a notebook in which the rules found no error, without a problem of its own.
        name: File name of the notebook, without its folder.
    """
    analysis = placed.layout.analysis
    title = _title(analysis, name)
    parts = Parts(placed, title, name, _headings(analysis))
    written = write(parts)
    block = _script_block(analysis)
    return Program(
        title=title,
        notebook=name,
        digest=analysis.notebook.digest,
        model=written.model.text,
        definitions=written.definitions.text,
        train=written.train,
        train_in_pipeline=written.train_in_pipeline,
        parameters=placed.options,
        gates=placed.gates,
        stages=tuple(
            Stage(
                segment.function,
                segment.role,
                tuple(segment.inputs),
                tuple(segment.outputs),
                tuple(sorted({analysis.units[unit].cell for unit in segment.units})),
                path=data_argument(parts, index) or "",
                seed=seed_argument(parts, segment) or "",
            )
            for index, segment in enumerate(placed.segments)
        ),
        sources=tuple(placed.sources.found),
        named_files=named_files(analysis),
        state=placed.state,
        predict=interface(placed, written.definitions.names | written.model.names),
        imports=written.modules,
        serve_imports=written.serve_modules,
        figures=figures(analysis.notebook),
        installs=_installs(analysis),
        declared=block.dependencies,
        requires_python=block.requires_python,
        installer_settings=block.tools,
        search_path=search_path(analysis),
        written_modules=written_modules(analysis),
        called=frozenset(_called(analysis)),
        sets_process=bool(placed.layout.process),
        held_back=held_back(placed),
        secrets=literals(placed.layout, placed.options),
        not_shared=not_shared(placed, [*written.model.blocks, *written.definitions.blocks]),
    )


def _called(analysis: Analysis) -> Iterator[str]:
    """What lifted code calls, as far as libraries need others for it."""
    for call in analysis.calls:
        if call.unit not in analysis.lifted:
            continue
        if call.full is not None:
            yield call.full
        elif isinstance(call.node.func, ast.Attribute):
            yield call.node.func.attr
        for argument in call.node.args:
            text = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(text, str) and (address := re.match(r"[a-z0-9+]+://|.*(\.xlsx?)$", text)):
                yield address[1] or address[0]


def _title(analysis: Analysis, name: str) -> str:
    for cell in analysis.notebook.cells:
        if cell.kind == "markdown":
            for heading in re.findall(r"^#+\s+(.+)$", cell.source, re.MULTILINE):
                # a heading of an image or of marks alone says nothing
                if title := _plain(heading):
                    return title
    return re.sub(r"\.(ipynb|py)$", "", name)


def _headings(analysis: Analysis) -> dict[int, str]:
    """Cell number → the nearest markdown heading above it, if no other code cell stands between."""
    found: dict[int, str] = {}
    current = ""
    for cell in analysis.notebook.cells:
        if cell.kind == "markdown":
            headings = re.findall(r"^#+\s+(.+)$", cell.source, re.MULTILINE)
            if headings:
                current = _plain(headings[-1])
        elif cell.kind == "code" and current:
            found[cell.number] = current
            current = ""
    return found


def _plain(text: str) -> str:
    text = re.sub(r"<[^>]*>|[`*_#]|!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = " ".join(text.split())[:80].strip()
    return text if text.endswith((".", "!", "?")) or not text else text.rstrip(":;,")


def _script_block(analysis: Analysis) -> ScriptBlock:
    """What the notebook declares; nothing where a rule that was silenced has reported that it cannot be followed."""
    with suppress(ScriptBlockError):
        cells = ((cell.number, cell.source) for cell in analysis.notebook.cells if cell.kind == "code")
        if (found := script_block(cells)) is not None:
            return found
    return ScriptBlock(0)


def _installs(analysis: Analysis) -> tuple[str, ...]:
    found: list[str] = []
    for cell in analysis.notebook.cells:
        for magic in cell.magics:
            words = magic.argument.split() if magic.kind == "line" else [*magic.name.split(), *magic.argument.split()]
            text = " ".join(words)
            match = re.search(r"(?:pip3?\s+)?install\s+(.+)", text)
            if match and ("pip" in magic.name or "pip" in text):
                found += [
                    word for word in match.group(1).split() if re.match(r"^[A-Za-z][\w.\[\]-]*(==[\w.]+)?$", word)
                ]
    return tuple(dict.fromkeys(found))
