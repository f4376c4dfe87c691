"""The commands `nbexport tag` and `nbexport init-predict`: what is proposed, shown or written into the notebook."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from nbexport.analysis.analyse import analyse
from nbexport.errors import NbexportError
from nbexport.propose import Suggestion, suggest
from nbexport.read.notebook import python_notebook, read_bytes, read_text
from nbexport.report import proposals
from nbexport.shell.codes import ExitCode
from nbexport.shell.terminal import say, warn


def run(options: Namespace) -> ExitCode:
    """The exit code of `nbexport tag`.

    Raises:
        NbexportError: The file is not a Python notebook, no cell binds the target, or it cannot be written.
    """
    path = Path(options.words)
    suggestion = suggest(python_notebook(path), target=options.target)
    say(proposals.as_json(suggestion) if options.output_format == "json" else proposals.lines(suggestion))
    if options.apply:
        warn(proposals.applied(suggestion, write_tags(path, suggestion)))
    return ExitCode.OK


def init_predict(options: Namespace) -> ExitCode:
    """The exit code of `nbexport init-predict`.

    Raises:
        NbexportError: The file is not a Python notebook, has a `predict`, or nothing tells what one would be.
    """
    from nbexport.propose.prediction import predict_cell

    prediction = predict_cell(analyse(python_notebook(Path(options.words))))
    if options.output_format == "json":
        say(proposals.prediction_as_json(prediction))
        return ExitCode.OK
    say(prediction.source)
    warn(proposals.why(prediction))
    return ExitCode.OK


def write_tags(path: Path, suggestion: Suggestion) -> int:
    """Write the proposed tags into the notebook, and nothing else; how many cells got one.

    Raises:
        NbexportError: The file cannot be written, or has changed since it was read.
    """
    from nbexport import disk
    from nbexport.fix.tags import tagged

    tags = suggestion.tags
    if not tags:
        return 0
    data = read_bytes(path)
    if read_text(data, str(path)).digest != suggestion.notebook.digest:
        raise NbexportError(f"`{path.name}` has changed since it was read", fix="run the command again")
    disk.write_file(path, tagged(data, suggestion.notebook, tags))
    return len(tags)
