"""The shell door: arguments in, text and an exit code out; everything else is asked of `api`.

What a command does not need is not imported, since `nbexport check` runs on every commit and every keystroke.
"""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from nbexport import __version__
from nbexport.errors import NbexportError
from nbexport.model import Outcome, Plan
from nbexport.options import TEXT_FORMATS, Command, Option, options_of
from nbexport.record import record
from nbexport.shell.terminal import progress, say, warn

OK, FOUND, TROUBLE, CONFLICT, INTERRUPTED = 0, 1, 2, 3, 130

EXIT_CODES = """\
exit codes:
  0  done, nothing to object to
  1  errors found, an export refused, or values that differ
  2  wrong usage or trouble with files
  3  files edited by hand are in the way; nothing was written
"""


@record
class Door:
    """One command: what it says of itself and what it runs."""

    run: Callable[[Namespace], int]
    help: str
    positional: str = ""
    many: bool = False
    what: str = ""


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
    try:
        try:
            command, options = _parse(words)
            code = DOORS[command].run(options)
            sys.stdout.flush()
        except NbexportError as error:
            code = _trouble(error)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else TROUBLE
    except BrokenPipeError:
        # whoever read the output has gone: nothing more can be said, and Python's own flush at exit must not try
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = TROUBLE
    except KeyboardInterrupt:
        warn("interrupted")
        code = INTERRUPTED
    except Exception as error:
        if getattr(options, "verbose", False):
            raise
        warn(
            f"error: nbexport failed on something it should have handled: {type(error).__name__}: {error}\n"
            "fix: report this with the command; `--verbose` shows where it happened"
        )
        code = TROUBLE
    return code


def _parse(words: list[str]) -> tuple[Command, Namespace]:
    named = bool(words) and words[0] in DOORS and words[0] != "export"
    command = cast("Command", words.pop(0)) if named else "export"
    parser = _parser(command)
    if not words and not named:
        parser.print_help()
        parser.exit(TROUBLE)
    return command, parser.parse_args(words)


def _parser(command: Command) -> ArgumentParser:
    door = DOORS[command]
    # argparse asks for the terminal's width once per option, and imports shutil for it
    width = min(_columns(), 100)
    parser = ArgumentParser(
        prog="nbexport" if command == "export" else f"nbexport {command}",
        description=door.help,
        epilog=_epilog(command),
        formatter_class=lambda prog: RawDescriptionHelpFormatter(prog, width=width),
        allow_abbrev=False,
    )
    if door.positional:
        parser.add_argument("words", metavar=door.positional, nargs="+" if door.many else None, help=door.what)
    groups: dict[str, Any] = {"": parser}
    for option in options_of(command):
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        _add(groups[option.group], option, only_given=command == "check")
    if command == "export":
        parser.add_argument("--version", action="version", version=f"nbexport {__version__}")
    return parser


def _columns() -> int:
    try:
        return int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(sys.stdout.fileno()).columns
    except (ValueError, OSError, AttributeError):
        return 80


def _add(parser: Any, option: Option, *, only_given: bool) -> None:
    """Add an option; with `only_given` one that is not on the command line leaves no trace: a file may set it."""
    flags = [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]
    shown = f" (default: {option.default})" if option.default not in (None, False, 0.0) else ""
    default = SUPPRESS if only_given else [] if option.repeated else option.default
    if option.type is bool:
        parser.add_argument(*flags, action="store_true", default=default, help=option.help)
    elif option.repeated:
        parser.add_argument(*flags, action="append", default=default, metavar=option.metavar, help=option.help)
    else:
        parser.add_argument(
            *flags,
            type=option.type,
            default=default,
            choices=option.choices or None,
            metavar=option.metavar,
            help=f"{option.help}{shown}; one of {', '.join(map(str, option.choices))}"
            if len(option.choices) > 1
            else f"{option.help}{shown}",
        )


def _epilog(command: Command) -> str:
    if command != "export":
        return EXIT_CODES
    others = "\n".join(f"  nbexport {name:<11} {door.help}" for name, door in DOORS.items() if name != "export")
    return f"other commands (`--help` after each):\n{others}\n\n{EXIT_CODES}"


def _trouble(error: NbexportError) -> int:
    warn(f"error: {error}")
    return TROUBLE


# --------------------------------------------------------------------------- commands


def _check(options: Namespace) -> int:
    from nbexport.shell import check as cli_check

    return cli_check.run(options)


def _export(options: Namespace) -> int:
    worst = OK
    for path, output in _targets(options):
        try:
            worst = _worse(worst, _export_one(path, output, options, options.output_format))
        except NbexportError as error:
            worst = _worse(worst, _trouble(error))
    return worst


def _export_one(path: Path, output: Path, options: Namespace, output_format: str) -> int:
    from nbexport import api
    from nbexport.report.findings import FORMATS
    from nbexport.report.printable import printable

    made = api.plan(path, level=options.level, output=output, fix=options.fix, ci=options.ci)
    if not isinstance(made, Plan):
        text = FORMATS[output_format]([(made.notebook, made.findings)], Outcome(FOUND))
        say(text, painted=output_format in TEXT_FORMATS)
        warn(f"`{printable(path.name)}` is not exported; nothing was written")
        return FOUND
    code = _write(made, path, options)
    if options.fix and code == OK and not (options.dry_run or options.diff):
        if api.hoist(path, level=options.level):
            say(f"`{printable(path.name)}` now has these literals in its `parameters` cell.")
    return code


def _write(plan: Plan, path: Path, options: Namespace) -> int:
    from nbexport import api
    from nbexport.report import plans

    if options.diff:
        say(plans.diff(plan))
        return CONFLICT if plan.conflicts and not options.force else OK
    say(plans.lines(plan))
    if plan.conflicts and not options.force:
        say(plans.conflict_diff(plan))
        warn(plans.conflict_advice(plan))
        return CONFLICT
    if options.dry_run:
        say("Nothing was written (--dry-run).")
        return OK
    api.apply(plan, force=options.force)
    say(plans.done(plan, notebook=path.name, level=options.level))
    return OK


def _worse(one: int, other: int) -> int:
    return max(one, other, key=(OK, FOUND, CONFLICT, TROUBLE).index)


def _targets(options: Namespace) -> list[tuple[Path, Path]]:
    paths = [Path(word) for word in options.words]
    if options.output is None:
        targets = [(path, path.parent / path.stem) for path in paths]
    elif len(paths) == 1:
        targets = [(paths[0], Path(options.output))]
    else:
        targets = [(path, Path(options.output) / path.stem) for path in paths]
    taken: dict[Path, Path] = {}
    for path, output in targets:
        if (other := taken.setdefault(output.absolute(), path)) is not path:
            raise NbexportError(
                f"`{other}` and `{path}` would both be exported to `{output}`",
                fix="export them one by one, each with its own --output",
            )
    return targets


def _verify(options: Namespace) -> int:
    from nbexport import api
    from nbexport.report import verdict

    path = Path(options.words)
    project = Path(options.project) if options.project else path.parent / path.stem
    with progress(f"verify runs the code of `{path.name}` and of `{project}`") as step:
        verification = api.verify(
            path, project=project, tolerance=options.tolerance, workflows=options.level is not None, progress=step
        )
    say(verdict.lines(verification))
    return OK if verification.passed else FOUND


def _tag(options: Namespace) -> int:
    from nbexport import api
    from nbexport.report import proposals

    path = Path(options.words)
    suggestion = api.suggest(path, target=options.target)
    say(proposals.as_json(suggestion) if options.output_format == "json" else proposals.lines(suggestion))
    if options.apply:
        count = api.apply_tags(path, suggestion)
        warn(proposals.applied(suggestion, count))
    return OK


def _init_predict(options: Namespace) -> int:
    from nbexport import api
    from nbexport.report import proposals

    prediction = api.suggest_predict(Path(options.words))
    if options.output_format == "json":
        say(proposals.prediction_as_json(prediction))
        return OK
    say(prediction.source)
    warn(proposals.why(prediction))
    return OK


def _sync(options: Namespace) -> int:
    from nbexport import api
    from nbexport.report.printable import printable

    worst = OK
    for path, output in _targets(options):
        name = printable(path.name)
        try:
            drift = api.drift(path, output=output)
            if drift is None:
                say(f"`{name}`: no project in `{printable(str(output))}`")
            elif not drift.behind:
                say(f"`{name}`: its project is up to date")
            elif options.check:
                say("\n".join([f"`{name}`: its project has fallen behind", *(f"  {line}" for line in drift.behind)]))
                warn(f"fix: nbexport sync {path}{f' --output {output}' if options.output else ''}")
                worst = _worse(worst, FOUND)
            else:
                given = Namespace(level=drift.level, ci=None, fix=False, dry_run=False, diff=False, force=False)
                worst = _worse(worst, _export_one(path, output, given, "full"))
        except NbexportError as error:
            worst = _worse(worst, _trouble(error))
    return worst


def _explain(options: Namespace) -> int:
    from nbexport import rules
    from nbexport.report import rule_pages
    from nbexport.report.printable import printable

    rule = rules.find_rule(options.words)
    if rule is None:
        raise NbexportError(f"there is no rule `{printable(options.words)}`", fix="list them with `nbexport rules`")
    say(rule_pages.explain(rule))
    return OK


def _rules(_: Namespace) -> int:
    from nbexport.report import rule_pages

    say(rule_pages.rule_list())
    return OK


def _complete() -> None:
    from nbexport.shell import completion

    completion.answer(_parser, [name for name in DOORS if name != "export"])


def _completion(options: Namespace) -> int:
    from nbexport.shell import completion

    say(completion.script(options.words))
    return OK


DOORS: dict[Command, Door] = {
    "export": Door(
        _export,
        "Turn tagged notebooks into production projects. Runs no notebook code.",
        "NOTEBOOK",
        many=True,
        what="a .ipynb or py:percent .py notebook",
    ),
    "check": Door(
        _check,
        "Report hidden state and what stands against an export. Runs no notebook code.",
        "PATH",
        many=True,
        what="a notebook, a folder that is searched for .ipynb files, a quoted pattern, or `-` for standard input",
    ),
    "verify": Door(
        _verify,
        "Run notebook and exported project and compare what they compute.",
        "NOTEBOOK",
        what="the notebook that was exported",
    ),
    "tag": Door(
        _tag,
        "Propose a role for each cell of a notebook. Runs no notebook code.",
        "NOTEBOOK",
        what="a .ipynb or py:percent .py notebook",
    ),
    "init-predict": Door(
        _init_predict,
        "Propose a `predict` for a notebook that has none, as text to check and paste. Runs no notebook code.",
        "NOTEBOOK",
        what="a .ipynb or py:percent .py notebook",
    ),
    "sync": Door(
        _sync,
        "Export again what has changed since the last export; with --check only say so. Runs no notebook code.",
        "NOTEBOOK",
        many=True,
        what="a notebook that was exported",
    ),
    "explain": Door(_explain, "Explain a rule.", "CODE", what="its code or name, such as NBX101"),
    "rules": Door(_rules, "List all rules."),
    "completion": Door(_completion, "Print the completion script of a shell.", "SHELL", what="bash, zsh or fish"),
}
