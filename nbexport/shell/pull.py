"""The command `nbexport pull`: edits of a project shown as edits of its notebook, and written there when asked to."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from nbexport import disk
from nbexport.command.codes import ExitCode
from nbexport.errors import NbexportError
from nbexport.pull.model import Pulled
from nbexport.pull.pulling import pull
from nbexport.report import pasting
from nbexport.shell import pulled as shown
from nbexport.shell.terminal import say, warn


def run(options: Namespace) -> ExitCode:
    """The exit code of `nbexport pull`.

    Raises:
        NbexportError: Notebook or project cannot be found, read or written, or have nothing to do with each other.
    """
    notebook, project = _sides(Path(options.words), options.output)
    pulled = pull(notebook, project)
    writes = options.apply and bool(pulled.edits) and not pulled.conflicts
    if writes:
        disk.write_file(notebook, pulled.content)
    if options.output_format == "json":
        say(shown.as_json(pulled, written=writes), painted=False)
    else:
        say(shown.lines(pulled))
        advice = _advice(pulled, notebook, project, applied=options.apply)
        if advice:
            warn(advice)
    return ExitCode.CONFLICT if pulled.conflicts else ExitCode.OK


def _advice(pulled: Pulled, notebook: Path, project: Path, *, applied: bool) -> str:
    where = [] if project == disk.usual(notebook) else ["--output", pasting.word(project)]
    if pulled.conflicts:
        return (
            "error: project and notebook disagree; nothing was written\n"
            "fix: make them the same there, in the cell or in the project, and pull again"
        )
    if not pulled.edits:
        return ""
    if not applied:
        return f"Nothing was written. To write it: {pasting.command('pull', notebook, *where, '--apply')}"
    return f"Wrote `{notebook.name}`. Next: {pasting.command('sync', notebook, *where)}"


def _sides(path: Path, output: str | None) -> tuple[Path, Path]:
    """The notebook and the project that a command line means.

    Raises:
        NbexportError: They cannot be told.
    """
    if path.is_dir():
        if output is not None:
            raise NbexportError(f"`{path}` is a folder, and so is `--output`", fix="name the notebook, or one folder")
        record = disk.project_of(path)
        notebook = next((one for one in (path.parent / record.notebook, path / record.notebook) if one.is_file()), None)
        if notebook is None:
            raise NbexportError(
                f"`{record.notebook}`, the notebook of `{path}`, lies neither beside the project nor in it",
                fix=f"name it: nbexport pull NOTEBOOK --output {pasting.word(path)}",
            )
        return notebook, path
    if output is not None:
        return path, Path(output)
    projects = disk.projects_of(path)
    if len(projects) > 1:
        names = ", ".join(f"`{project}`" for project in projects)
        raise NbexportError(f"`{path.name}` has several projects: {names}", fix="say which with --output")
    return path, projects[0] if projects else disk.usual(path)
