"""The command `nbexport check`: settings and notebooks in, a report and an exit code out.

What holds for one notebook (codes, level, strictness) comes from the configuration nearest to it; what holds for the
run (the format of the report) from the one nearest to the first path. The command line wins over both.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbexport.command.codes import ExitCode
from nbexport.errors import NbexportError
from nbexport.model import Finding, Notebook, Outcome
from nbexport.options import TEXT_FORMATS
from nbexport.read.notebook import read_bytes
from nbexport.record import field, record
from nbexport.report.findings import FORMATS, errors
from nbexport.shell.settings import Finder, Settings
from nbexport.shell.terminal import internal_error, put, say, warn

STDIN = "-"


@record(frozen=False)
class Run:
    """What a run has found so far."""

    results: list[tuple[Notebook, tuple[Finding, ...]]] = field(default_factory=list)
    fixed: list[Finding] = field(default_factory=list)
    diffs: list[str] = field(default_factory=list)
    failed: bool = False
    strict: bool = False
    troubles: list[tuple[str, str]] = field(default_factory=list)
    """(path, what is wrong) of what could not be read."""

    bug: bool = False
    """Whether nbexport itself failed on a notebook."""

    def trouble(self, path: Path, error: str, *, bug: bool = False) -> None:
        """Say and remember that a notebook could not be checked."""
        warn(f"error: {error}")
        self.troubles.append((str(path), error))
        self.bug |= bug

    def add(self, notebook: Notebook, findings: tuple[Finding, ...], *, strict: bool) -> None:
        """Remember what is reported about a notebook."""
        self.results.append((notebook, findings))
        self.strict |= strict
        self.failed |= bool(errors(findings, strict=strict))

    def code(self, *, exit_zero: bool) -> ExitCode:
        """The exit code."""
        if self.bug:
            return ExitCode.BUG
        if self.troubles:
            return ExitCode.TROUBLE
        return ExitCode.FOUND if self.failed and not exit_zero else ExitCode.OK


def run(given: Namespace) -> ExitCode:
    """The exit code of `nbexport check`.

    Args:
        given: The command line; only the options that were given, beside `words`.

    Raises:
        NbexportError: The usage is wrong, a configuration is, or the report cannot be written.
    """
    finder = Finder({name.replace("_", "-"): value for name, value in vars(given).items()})
    _check_usage(finder.given)
    words = finder.given["words"]
    from_stdin = words == [STDIN]
    stdin_name = finder.given.get("stdin-filename") or STDIN
    first = Path(stdin_name if from_stdin else words[0])
    settings = finder.of(first if first.is_dir() else first.parent)
    if from_stdin:
        paths = [Path(stdin_name)]
    elif all(Path(word).is_file() for word in words):
        paths = list(dict.fromkeys(map(Path, words)))
    else:
        from nbexport.shell.walk import notebooks_in

        paths = notebooks_in(words, excludes=lambda folder: finder.of(folder).excludes)
    judged = Run()
    if from_stdin or settings.values["fix"] or settings.values["diff"]:
        for path in paths:
            try:
                data = sys.stdin.buffer.read() if from_stdin else read_bytes(path)
                _one(data, path, finder.of(path.parent), judged, from_stdin=from_stdin)
            except NbexportError as error:
                judged.trouble(path, str(error))
            except Exception as error:
                if settings.values["verbose"]:
                    raise
                judged.trouble(path, internal_error(error, path=path), bug=True)
    else:
        _all(paths, finder, settings, judged)
    fixes_pass_by = from_stdin and settings.values["fix"] and not settings.values["diff"]
    _tell(judged, settings.values, to_stderr=fixes_pass_by)
    return judged.code(exit_zero=settings.values["exit-zero"])


def _check_usage(given: Mapping[str, Any]) -> None:
    if STDIN in given["words"] and len(given["words"]) > 1:
        raise NbexportError("`-` stands beside other paths", fix="give `-` alone")
    if given.get("stdin-filename") and given["words"] != [STDIN]:
        raise NbexportError("`--stdin-filename` is given, but no notebook is read from standard input", fix="add `-`")
    if given.get("isolated") and given.get("config"):
        raise NbexportError("`--isolated` reads no configuration and `--config` one", fix="give one of them")


def _all(paths: Sequence[Path], finder: Finder, settings: Settings, judged: Run) -> None:
    """Check notebooks that stay as they are."""
    from nbexport.shell import cache, many

    known = None if settings.values["no-cache"] else cache.load(Path())
    jobs = []
    for path in paths:
        try:
            jobs.append((path, finder.of(path.parent).values["level"]))
        except NbexportError as error:
            judged.trouble(path, str(error))
    for (path, _), checked in zip(jobs, many.check(jobs, cache=known, processes=settings.values["jobs"]), strict=True):
        if isinstance(checked, many.Trouble):
            if checked.bug and settings.values["verbose"]:
                from nbexport import api

                # the traceback is wanted, and other processes give none
                api.check_text(read_bytes(path), str(path), level=finder.of(path.parent).values["level"])
            judged.trouble(path, checked.error, bug=checked.bug)
            continue
        notebook, findings = checked
        own = finder.of(path.parent)
        chosen = findings if own.selection is None else own.selection.of(findings, str(path))
        judged.add(notebook, chosen, strict=own.values["strict"])
    if known is not None and known.changed:
        known.save()


def _one(data: bytes, path: Path, settings: Settings, judged: Run, *, from_stdin: bool) -> None:
    """Check one notebook that is not saved, or fix one."""
    values, name = settings.values, str(path)
    if values["fix"] or values["diff"]:
        from nbexport import disk
        from nbexport.judge import fixing

        fixed = fixing.fix(
            data, name, selection=settings.selection, level=values["level"], unsafe=values["unsafe-fixes"]
        )
        judged.fixed += fixed.applied
        notebook, findings = fixed.notebook, fixed.findings
        if values["diff"]:
            from nbexport.report import fixes

            judged.failed |= bool(fixed.applied)
            judged.diffs += [fixes.diff(name, fixed.before, fixed.after)] if fixed.applied else []
            return
        if from_stdin:
            put(fixed.content)
        elif fixed.applied:
            disk.write_file(path, fixed.content)
    else:
        from nbexport import api

        notebook, findings = api.check_text(data, name, selection=settings.selection, level=values["level"])
    judged.add(notebook, findings, strict=values["strict"])


def _tell(judged: Run, values: Mapping[str, Any], *, to_stderr: bool) -> None:
    """Say what was found, in the form that was asked for."""
    chosen = values["output-format"]
    for_people = chosen in TEXT_FORMATS
    if values["diff"]:
        text = "\n".join(judged.diffs)
        count = len(judged.fixed)
        warn(f"Would fix {count} finding{'s' if count > 1 else ''}." if count else "Nothing would be fixed.")
    elif judged.troubles and not judged.results and for_people:
        text = ""
    elif values["statistics"]:
        from nbexport.report import fixes

        text = fixes.statistics(judged.results, unsafe=values["unsafe-fixes"], as_json=chosen == "json")
    else:
        outcome = Outcome(judged.code(exit_zero=values["exit-zero"]), judged.strict, tuple(judged.troubles))
        text = FORMATS[chosen](judged.results, outcome)
        fixable = any(finding.problem.fix for _, findings in judged.results for finding in findings)
        if for_people and (judged.fixed or fixable):
            from nbexport.report import fixes

            text = fixes.with_fixes(
                text, judged.results, judged.fixed, offers=not values["fix"], unsafe=values["unsafe-fixes"]
            )
    if values["output-file"]:
        from nbexport import disk

        disk.write_file(Path(values["output-file"]), f"{text}\n".encode("utf-8", "backslashreplace"))
    elif text and to_stderr:
        warn(text)
    elif text:
        say(text, painted=for_people)
