"""The commands `nbexport tag` and `nbexport init-predict`: what is proposed, shown or written into the notebook."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbexport.analysis.analyse import analyse
from nbexport.command.codes import ExitCode
from nbexport.errors import NbexportError
from nbexport.model import Notebook, Role
from nbexport.propose import Suggestion, suggest
from nbexport.read.bringing import in_place
from nbexport.read.notebook import python_notebook, read_bytes, read_text
from nbexport.report import proposals
from nbexport.shell.terminal import say, warn

if TYPE_CHECKING:
    from nbexport.propose.missing import MissingCell


def run(options: Namespace) -> ExitCode:
    """The exit code of `nbexport tag`.

    Raises:
        NbexportError: The file is not a Python notebook, no cell binds the target, or it cannot be written.
    """
    path = Path(options.words)
    notebook = python_notebook(path)
    suggestion = suggest(notebook, target=options.target)
    asked = {Role.EVALUATE: options.write_metrics, Role.PREDICT: options.write_predict}
    missing = _missing(notebook) if options.target is None and (options.apply or any(asked.values())) else ()
    wanted = tuple(cell for cell in missing if asked[cell.role])
    if options.output_format == "json":
        say(proposals.as_json(suggestion, wanted))
    else:
        say(proposals.lines(suggestion))
        for cell in missing:
            # with the tags alone it is an offer
            say(proposals.missing(cell, notebook, offered=not asked[cell.role]))
    if options.apply:
        added = tuple(cell for cell in wanted if cell.source)
        warn(proposals.applied(suggestion, write_tags(path, suggestion, added), added))
    return ExitCode.OK


def _missing(notebook: Notebook) -> tuple[MissingCell, ...]:
    from nbexport.propose.missing import missing_cells

    return missing_cells(notebook)


def init_predict(options: Namespace) -> ExitCode:
    """The exit code of `nbexport init-predict`.

    Raises:
        NbexportError: The file is not a Python notebook, has a `predict`, or nothing tells what one would be.
    """
    from nbexport.propose.prediction import predict_cell

    prediction = predict_cell(analyse(in_place(python_notebook(Path(options.words)))))
    if options.output_format == "json":
        say(proposals.prediction_as_json(prediction))
        return ExitCode.OK
    say(prediction.source)
    warn(proposals.why(prediction))
    return ExitCode.OK


def write_tags(path: Path, suggestion: Suggestion, cells: Sequence[MissingCell] = ()) -> int:
    """Write the proposed tags and these cells into the notebook, and nothing else; how many cells got a tag.

    Raises:
        NbexportError: The file cannot be written, or has changed since it was read.
    """
    from nbexport import disk

    if not suggestion.tags and not cells:
        return 0
    data = read_bytes(path)
    if read_text(data, str(path)).digest != suggestion.notebook.digest:
        raise NbexportError(f"`{path.name}` has changed since it was read", fix="run the command again")
    disk.write_file(path, completed(data, suggestion, cells))
    return len(suggestion.tags)


def completed(data: bytes, suggestion: Suggestion, cells: Sequence[MissingCell] = ()) -> bytes:
    """The file with the proposed tags and these cells in it; not one other character differs.

    Args:
        data: What the file holds now.
        suggestion: What is proposed for it.
        cells: Cells that it lacks; those for which there is no source are left out.

    Raises:
        NbexportError: The file is written in a way that tags or cells cannot be put into.
    """
    from nbexport.fix.new_cells import with_cells
    from nbexport.fix.tags import tagged

    notebook = suggestion.notebook
    if suggestion.tags:
        data = tagged(data, notebook, suggestion.tags)
        notebook = read_text(data, notebook.path)
    return with_cells(data, notebook, [cell.new_cell for cell in cells if cell.source])
