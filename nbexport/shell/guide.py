"""A notebook without its roles → an export that a person has agreed to, step by step.

    roles as a table          Give the cells these roles? [y/n]
    the cell for `metrics`    Add this cell? [y/n]
    the cell for `predict`    Add this cell? [y/n]
    the plan of the export    Write all this? [y/n]

Everything is computed before the first question and written after the last one, so a no, Ctrl+C or the end of the
input leaves notebook and project as they are. Where nobody can answer, the same is shown at once with the commands
that do it.
"""

from __future__ import annotations

import sys
from functools import partial

from nbexport import disk
from nbexport.command.codes import ExitCode
from nbexport.errors import NbexportError
from nbexport.model import Finding, Role, Trait
from nbexport.plan import ExportRequest, Plan
from nbexport.program import Refused
from nbexport.read.notebook import read_bytes
from nbexport.record import replace
from nbexport.report import first_steps, fixes, pasting
from nbexport.report.printable import printable
from nbexport.rules import find_rule
from nbexport.shell.proposed import Proposed, proposed
from nbexport.shell.terminal import say, warn
from nbexport.shell.writing import Manner, write

_UNCHANGED = "Nothing was changed."


def helps(refusal: Refused, manner: Manner) -> bool:
    """Whether an export was refused for what can be proposed, and a person reads why."""
    return manner.output_format == "full" and any(map(_is_proposed, refusal.against))


def _is_proposed(finding: Finding) -> bool:
    rule = find_rule(finding.code)
    return rule is not None and Trait.PROPOSED in rule.traits


def guided(request: ExportRequest, manner: Manner) -> ExitCode | None:
    """The exit code of an export with what is proposed for its notebook; None where nothing is.

    Raises:
        NbexportError: The notebook, the level or the folder cannot be used.
        KeyboardInterrupt: A question was answered with Ctrl+C.
    """
    proposal = proposed(request)
    if proposal is None or not proposal.offers:
        return None
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not (manner.dry_run or manner.diff)
    if not asks or proposal.refusals or not isinstance(proposal.outcome, Plan):
        return _shown(proposal, request)
    say(f"`{printable(request.notebook.name)}` lacks what level {request.level} needs. This is proposed:\n")
    try:
        if all(_agrees(f"{text}\n", question) for text, question in _steps(proposal, request)):
            fixed = replace(request, text=proposal.text, fix=False)
            return write(proposal.outcome, fixed, manner, agreed=partial(_agreed, proposal, request))
    except KeyboardInterrupt:
        say(f"\n{_UNCHANGED}")
        raise
    say(_UNCHANGED)
    return ExitCode.FOUND


def _steps(proposal: Proposed, request: ExportRequest) -> list[tuple[str, str]]:
    """What is proposed, each part with its question."""
    name = request.notebook.name
    steps = []
    if roles := first_steps.roles(proposal.suggestion, proposal.numbers):
        steps.append((roles, "Give the cells these roles?"))
    steps += [(first_steps.cell(cell, name=name), "Add this cell?") for cell in proposal.cells]
    if proposal.text != proposal.without_fix:
        changes = fixes.diff(name, proposal.without_fix, proposal.text)
        steps.append((f"Changes to cells, as `--fix` makes them:\n{changes}", "Change the cells like this?"))
    return steps


def _agrees(text: str, question: str) -> bool:
    """Whether a person says yes to what is shown; the end of the input is a no."""
    if text:
        say(text)
    while True:
        try:
            answer = input(f"{question} [y/n] ").strip().lower()
        except EOFError:
            say("")
            return False
        if answer in ("y", "yes", "n", "no"):
            say("")
            return answer[0] == "y"


def _agreed(proposal: Proposed, request: ExportRequest) -> bool:
    """Ask the last question, and write the notebook where the answer is yes.

    Raises:
        NbexportError: The notebook has changed meanwhile, or it cannot be written.
    """
    name = printable(request.notebook.name)
    if not _agrees("", f"Change `{name}` and export it to `{printable(str(request.output))}`?"):
        say(_UNCHANGED)
        return False
    if read_bytes(request.notebook) != proposal.before:
        raise NbexportError(f"`{name}` has changed since it was read", fix="run the command again")
    # the notebook first: where the export is interrupted now, the same command does it without a question
    disk.write_file(request.notebook, proposal.after)
    return True


def _shown(proposal: Proposed, request: ExportRequest) -> ExitCode:
    """Say all at once: what is proposed, what still prevents the export, and the commands to run."""
    name = printable(request.notebook.name)
    parts = [text for text, _ in _steps(proposal, request)]
    parts += [first_steps.cannot(cell) for cell in proposal.refusals]
    against = proposal.outcome.against if isinstance(proposal.outcome, Refused) else ()
    # what is missing because nothing can be proposed for it is said already
    left = [finding for finding in against if not (proposal.refusals and _is_proposed(finding))]
    if left:
        parts.append(first_steps.against(left, with_new=bool(proposal.cells)))
    say("\n\n".join([f"`{name}` lacks what level {request.level} needs. This is proposed:", *parts]))
    warn(f"\n`{name}` is not exported; nothing was written")
    words = [f"--write-{'metrics' if cell.role is Role.EVALUATE else 'predict'}" for cell in proposal.cells]
    warn(f"fix: {pasting.command('tag', request.notebook, '--apply', *words)}")
    if not left and not proposal.refusals:
        warn(f"     {_again(request)}")
        warn("The last command alone asks step by step, in a terminal.")
    elif not left and all(cell.role is Role.PREDICT for cell in proposal.refusals):
        warn(f"Level 1 needs no `predict`: {_again(replace(request, level=1))}")
    return ExitCode.FOUND


def _again(request: ExportRequest) -> str:
    """The command line of the export."""
    where = [] if request.output == disk.usual(request.notebook) else ["--output", pasting.word(request.output)]
    fix = ["--fix"] if request.fix else []
    return pasting.command("", request.notebook, "--level", str(request.level), *where, *fix)
