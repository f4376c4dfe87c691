"""The shell door: arguments in, text and an exit code out.

What a command does not need is not imported, since `nbexport check` runs on every commit and every keystroke.
"""

from __future__ import annotations

import gc
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from nbexport.command.codes import MEANINGS, ExitCode
from nbexport.errors import NbexportError
from nbexport.options import Command
from nbexport.record import record
from nbexport.shell.parser import Usage, parser_of
from nbexport.shell.terminal import internal_error, progress, say, warn


@record
class Door:
    """One command: what it says of itself and what it runs."""

    run: Callable[[Namespace], ExitCode]
    usage: Usage


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one command line.

    Args:
        arguments: The words after `nbexport`; those of the process when None.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what could come next
        _complete()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = Namespace(verbose=False)
    code: int
    try:
        try:
            command, options = _parse(words)
            code = DOORS[command].run(options)
            sys.stdout.flush()
        except NbexportError as error:
            warn(f"error: {error}")
            code = ExitCode.TROUBLE
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else ExitCode.TROUBLE
    except BrokenPipeError:
        # whoever read the output has gone: nothing more can be said, and Python's own flush at exit must not try
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.TROUBLE
    except KeyboardInterrupt:
        warn("interrupted")
        code = ExitCode.INTERRUPTED
    except Exception as error:
        if getattr(options, "verbose", False):
            raise
        warn(internal_error(error))
        code = ExitCode.BUG
    if arguments is None:
        gc.freeze()  # the process ends: looking once more for cycles took 5 % of a small check
    return int(code)


def _parse(words: list[str]) -> tuple[Command, Namespace]:
    named = bool(words) and words[0] in DOORS and words[0] != "export"
    command = cast("Command", words.pop(0)) if named else "export"
    parser = _parser(command)
    if not words and not named:
        parser.print_help()
        parser.exit(ExitCode.TROUBLE)
    return command, parser.parse_args(words)


def _parser(command: Command) -> ArgumentParser:
    return parser_of(command, DOORS[command].usage, epilog=_epilog(command))


def _epilog(command: Command) -> str:
    if command != "export":
        return _exit_codes()
    others = "\n".join(f"  nbexport {name:<14} {door.usage.help}" for name, door in DOORS.items() if name != "export")
    return f"other commands (`--help` after each):\n{others}\n\n{_exit_codes()}"


def _exit_codes() -> str:
    told = (f"  {code.value:<3} {meaning}\n" for code, meaning in MEANINGS.items() if code is not ExitCode.INTERRUPTED)
    return f"exit codes:\n{''.join(told)}"


# --------------------------------------------------------------------------- commands


def _check(options: Namespace) -> ExitCode:
    from nbexport.shell import check

    return check.run(options)


def _export(options: Namespace) -> ExitCode:
    from nbexport.shell import export

    return export.run(options)


def _sync(options: Namespace) -> ExitCode:
    from nbexport.shell import sync

    return sync.run(options)


def _undo(options: Namespace) -> ExitCode:
    from nbexport.shell import undo

    return undo.run(options)


def _pull(options: Namespace) -> ExitCode:
    from nbexport.shell import pull

    return pull.run(options)


def _eject(options: Namespace) -> ExitCode:
    from nbexport.shell import runtime

    return runtime.eject(options)


def _update_runtime(options: Namespace) -> ExitCode:
    from nbexport.shell import runtime

    return runtime.update(options)


def _tag(options: Namespace) -> ExitCode:
    from nbexport.shell import tag

    return tag.run(options)


def _init_predict(options: Namespace) -> ExitCode:
    from nbexport.shell import tag

    return tag.init_predict(options)


def _verify(options: Namespace) -> ExitCode:
    from nbexport import api, disk
    from nbexport.report import verdict
    from nbexport.shell import against
    from nbexport.shell.comparable import limits_of, project_of
    from nbexport.verify.stopping import ends_with_its_children

    if against.concerns(options):
        return against.run(options)
    limits = limits_of(options)
    path = Path(options.words)
    with (
        project_of(path, options.project, level=options.level) as project,
        ends_with_its_children(),
        progress(f"verify runs the code of `{path.name}` and of `{project}`") as step,
    ):
        lock = disk.written(project)
        notebooks = disk.members(path, lock if lock is not None and lock.is_of(path.name) else None)
        verification = api.verify(
            notebooks,
            project=project,
            tolerance=options.tolerance,
            to_rehearse=options.level or 0,
            fresh=options.fresh,
            limits=limits,
            progress=step,
        )
    # a project that was made for the comparison alone is gone by now
    if options.output_format == "json":
        say(verification.as_json().rstrip(), painted=False)
    else:
        say(verdict.lines(verification, kept=project.is_dir()))
    return ExitCode.OK if verification.passed else ExitCode.FOUND


def _explain(options: Namespace) -> ExitCode:
    from nbexport import rules
    from nbexport.report import rule_pages
    from nbexport.report.printable import printable

    rule = rules.find_rule(options.words)
    if rule is None:
        raise NbexportError(f"there is no rule `{printable(options.words)}`", fix="list them with `nbexport rules`")
    say(rule_pages.explain(rule))
    return ExitCode.OK


def _rules(_: Namespace) -> ExitCode:
    from nbexport.report import rule_pages

    say(rule_pages.rule_list())
    return ExitCode.OK


def _mcp(options: Namespace) -> ExitCode:
    from nbexport.shell import serving

    return serving.mcp(options)


def _lsp(options: Namespace) -> ExitCode:
    from nbexport.shell import serving

    return serving.lsp(options)


def _complete() -> None:
    from nbexport.shell import completion

    completion.answer(_parser, [name for name in DOORS if name != "export"])


def _completion(options: Namespace) -> ExitCode:
    from nbexport.shell import completion

    say(completion.script(options.words))
    return ExitCode.OK


READ = "a notebook: .ipynb, .py (py:percent, light or Databricks), .md or .qmd (Markdown, MyST, Quarto)"
"""What an export reads, in help texts."""
DOORS: dict[Command, Door] = {
    "export": Door(
        _export,
        Usage(
            "Turn a tagged notebook, or several that run one after the other, into one project. Runs no notebook code.",
            "NOTEBOOK",
            many=True,
            what=READ,
        ),
    ),
    "check": Door(
        _check,
        Usage(
            "Report hidden state and what prevents an export. Runs no notebook code.",
            "PATH",
            many=True,
            what="a notebook, a folder that is searched for .ipynb files, a quoted pattern, or `-` for standard input",
        ),
    ),
    "verify": Door(
        _verify,
        Usage(
            "Run notebook and exported project and compare what they compute.",
            "NOTEBOOK",
            what="the notebook that was exported",
        ),
    ),
    "tag": Door(
        _tag,
        Usage(
            "Propose a role for each cell of a notebook. Runs no notebook code.",
            "NOTEBOOK",
            what=READ,
        ),
    ),
    "init-predict": Door(
        _init_predict,
        Usage(
            "Propose a `predict` for a notebook that has none, as text to check and paste. Runs no notebook code.",
            "NOTEBOOK",
            what=READ,
        ),
    ),
    "sync": Door(
        _sync,
        Usage(
            "Export again what has changed since the last export; with --check only say so. Runs no notebook code.",
            "NOTEBOOK",
            many=True,
            what="a notebook that was exported, or a folder that is searched for projects (default: this one)",
            default=".",
        ),
    ),
    "undo": Door(
        _undo,
        Usage(
            "Take back the last export to a project. Edits made since then are merged or kept. Needs no notebook.",
            "PROJECT",
            what="folder of the project (default: this one)",
            default=".",
        ),
    ),
    "pull": Door(
        _pull,
        Usage(
            "Show which cells the edits of a project belong into; with --apply write them. Runs no notebook code.",
            "NOTEBOOK",
            what="a notebook that was exported, or the folder of its project",
        ),
    ),
    "eject": Door(
        _eject,
        Usage(
            "Make a folder of a project's own of the runtime that it installs. Needs no notebook.",
            "PROJECT",
            what="folder of the project (default: this one)",
            default=".",
        ),
    ),
    "update-runtime": Door(
        _update_runtime,
        Usage(
            "Give a project the runtime of this nbexport, and change nothing else. Needs no notebook.",
            "PROJECT",
            what="folder of the project (default: this one)",
            default=".",
        ),
    ),
    "mcp": Door(
        _mcp,
        Usage(
            "Serve nbexport to an agent by the Model Context Protocol (stdio), read-only unless more is allowed.",
            "FOLDER",
            what="the folder that the agent may see (default: this one)",
            default=".",
        ),
    ),
    "lsp": Door(_lsp, Usage("Serve findings, fixes and roles to an editor by the Language Server Protocol (stdio).")),
    "explain": Door(_explain, Usage("Explain a rule.", "CODE", what="its code or name, such as NBX101")),
    "rules": Door(_rules, Usage("List all rules.")),
    "completion": Door(
        _completion, Usage("Print the completion script of a shell.", "SHELL", what="bash, zsh or fish")
    ),
}
