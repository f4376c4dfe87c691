"""Analysis → Program: the lifted text and the facts that the emitters need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from nbexport.analysis.joined import handed, homes
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.seeding import unseeded
from nbexport.lift.evaluation import held_back
from nbexport.lift.figures import figures
from nbexport.lift.headings import headings, title
from nbexport.lift.interface import interface
from nbexport.lift.parameters import literals
from nbexport.lift.placing import Placed
from nbexport.lift.provenance import statements
from nbexport.lift.search_path import search_path, written_files
from nbexport.lift.spreading import not_shared
from nbexport.lift.text.files import write
from nbexport.lift.text.parts import Parts
from nbexport.lift.text.seeding import seed_argument
from nbexport.lift.text.stages import data_argument
from nbexport.model import CellNumber
from nbexport.program import HandedFile, Program, Stage
from nbexport.read.script_block import ScriptBlock, ScriptBlockError, script_block


def lift(placed: Placed, *, name: str) -> Program:
    """The lifted program.

    Args:
        placed: What was decided about a notebook in which the rules found no error, without a problem of its own.
        name: File name of the notebook, without its folder.
    """
    analysis = placed.layout.analysis
    parts = Parts(placed, title(analysis.notebook, name), name, headings(analysis.notebook))
    written = write(parts)
    block = _script_block(analysis)
    return Program(
        title=parts.title,
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
        written_files=written_files(analysis),
        sets_process=bool(placed.layout.process),
        held_back=held_back(placed),
        unseeded=tuple(
            sorted({analysis.units[draw.unit].cell for draw in unseeded(analysis) if draw.unit in analysis.lifted})
        ),
        notebooks=homes(analysis.notebook),
        handed=tuple(_handed(analysis)),
        secrets=literals(placed.layout, placed.options),
        statements=statements(analysis, {"model.py": written.model.units, "definitions.py": written.definitions.units}),
        not_shared=not_shared(placed, [*written.model.blocks, *written.definitions.blocks]),
    )


def _handed(analysis: Analysis) -> Iterator[HandedFile]:
    for one in handed(analysis):
        writer, reader = one.writer[0], one.reader[0]
        if isinstance(writer, CellNumber) and isinstance(reader, CellNumber):
            yield HandedFile(one.path, writer, reader)


def _script_block(analysis: Analysis) -> ScriptBlock:
    """What the notebook declares; nothing where a rule that was silenced has reported that it cannot be followed."""
    with suppress(ScriptBlockError):
        cells = ((cell.number, cell.source) for cell in analysis.notebook.cells if cell.kind == "code")
        if (block := script_block(cells)) is not None:
            return block
    return ScriptBlock(0)


def _installs(analysis: Analysis) -> tuple[str, ...]:
    installs: list[str] = []
    for cell in analysis.notebook.cells:
        for magic in cell.magics:
            words = magic.argument.split() if magic.kind == "line" else [*magic.name.split(), *magic.argument.split()]
            text = " ".join(words)
            match = re.search(r"(?:pip3?\s+)?install\s+(.+)", text)
            if match and ("pip" in magic.name or "pip" in text):
                installs += [
                    word for word in match.group(1).split() if re.match(r"^[A-Za-z][\w.\[\]-]*(==[\w.]+)?$", word)
                ]
    return tuple(dict.fromkeys(installs))
