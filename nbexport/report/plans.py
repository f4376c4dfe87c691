"""Plans → text: what would be written, as lines and as a diff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from nbexport.disk.lockfile import BASE
from nbexport.model import Assumption
from nbexport.plan import Action, Change, Plan
from nbexport.report.pasting import word
from nbexport.report.printable import printable

REQUIREMENTS = "requirements"
"""How the names of the files begin that say what a project needs."""
MAX_DIFF_BYTES = 200_000
"""Longer files are named in a diff, not shown: they are data."""


OUTCOMES = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.MERGE: "merged",
    Action.CONFLICT: "in conflict",
    Action.ORPHAN: "removed",
}
"""What would happen to a file, in the words of a report."""


def lines(plan: Plan) -> str:
    """One line per file that changes, one for all files of the runtime that share an action, then the plan's notes.

    The files that stay as they are, and of which there is nothing to say, are counted.
    """
    counts = Counter(change.action for change in plan.changes if _is_plain_runtime(change))
    same = sum(change.action is Action.SAME and not change.note for change in plan.changes)
    shown: list[str] = []
    for change in plan.changes:
        if change.action is Action.SAME and not change.note:
            continue
        if not _is_plain_runtime(change):
            note = f"  ({change.note})" if change.note else ""
            shown.append(f"{change.action.value:<8}  {printable(change.path)}{note}")
        elif count := counts.pop(change.action, 0):
            folder = change.path.partition("/")[0]
            files = "1 file" if count == 1 else f"{count} files"
            shown.append(f"{change.action.value:<8}  {folder}/  ({files} of the runtime)")
    if same:
        shown.append(f"{Action.SAME.value:<8}  {same} {'file' if same == 1 else 'files'}")
    return "\n".join([*shown, *(f"note: {printable(note)}" for note in plan.notes)])


def _is_plain_runtime(change: Change) -> bool:
    """Whether a change is one of the runtime's files, of which there is nothing to say."""
    return change.vendored and not change.note


def assumed(assumptions: Sequence[Assumption], *, settled_by: str) -> list[str]:
    """One line per assumption, and how to settle them; none where the export is proven.

    Args:
        assumptions: What the export takes to be harmless.
        settled_by: The command that settles them; empty where that is done.
    """
    if not assumptions:
        return []
    weight = "assumed, not proven" if settled_by else "assumed, and verified since"
    told = [f"{weight}: {printable(assumption(one))}" for one in assumptions]
    return [*told, f"`{settled_by}` settles {'this' if len(told) == 1 else 'these'}."] if settled_by else told


def assumption(one: Assumption) -> str:
    """What an export takes to be harmless: where, what, and why that is doubtful."""
    return f"cell {one.cell}:{one.line} calls `{one.call}` on `{one.object}`: {one.reason}"


def diff(plan: Plan) -> str:
    """What would change, as one unified diff; a sentence when nothing would."""
    changed = [change for change in plan.changes if change.action is not Action.SAME and change.path != BASE]
    parts = [_diff(change, "now", "new") for change in changed if not _is_plain_runtime(change)]
    runtime = sum(map(_is_plain_runtime, changed))
    if runtime:
        files = "1 file of the runtime differs" if runtime == 1 else f"{runtime} files of the runtime differ"
        parts.append(f"{files}; nobody edits the runtime, so it is not shown")
    return "\n".join(part for part in parts if part) or "Nothing would change."


def conflict_diff(plan: Plan) -> str:
    """For each conflict, what lies there (`-`) against what nbexport would write (`+`)."""
    return "\n".join(_diff(change, "yours", "nbexport") for change in plan.conflicts)


def conflict_advice(plan: Plan) -> str:
    """What a conflict means and what can be done about it."""
    count = len(plan.conflicts)
    files = "1 file" if count == 1 else f"{count} files"
    return (
        f"error: {files} in `{printable(plan.folder)}` would lose what was written by hand; nothing was written\n"
        "fix: bring your change into the notebook, or use another `--output`, or overwrite with `--force` "
        "(yours is kept beside it as `.orig`)"
    )


def lowering_advice(plan: Plan, *, level: int) -> str:
    """What an export to a lower level would remove, and how to say that this is meant."""
    removed = [change for change in plan.changes if change.action is Action.ORPHAN and change.after is None]
    return (
        f"error: `{printable(plan.folder)}` holds a project of level {plan.lowered_from}; level {level} would remove "
        f"{len(removed)} of its files; nothing was written\n"
        f"fix: repeat the command with `--level {plan.lowered_from}`, or with `--remove` if you mean it"
    )


def done(plan: Plan, *, notebooks: str, level: int, python: str = "python") -> str:
    """What was done, and the commands to run next.

    Args:
        plan: What was written.
        notebooks: The notebook or notebooks, in words.
        level: The level of the export.
        python: The command that starts Python.
    """
    if all(change.action is Action.SAME for change in plan.changes):
        return f"`{printable(plan.folder)}` is up to date with {notebooks}."
    return "\n".join(
        [
            f"Exported {notebooks} to `{printable(plan.folder)}` (level {level}).",
            "Next:",
            *(f"  {step}" for step in _steps(plan, python)),
        ]
    )


def _steps(plan: Plan, python: str) -> list[str]:
    """The command lines that take an exported project to a trained model, and to its service where it has one."""
    made = {change.path: change.action for change in plan.changes if change.after is not None}
    steps = [f"cd {word(plan.folder)}"] if Path(plan.folder) != Path() else []
    # those of the platform name those of the pipeline, and these the others
    higher = ([f"{REQUIREMENTS}-{part}.txt"] for part in ("platform", "pipeline"))
    sets = [*higher, [f"{REQUIREMENTS}.txt", f"{REQUIREMENTS}-serve.txt"]]
    needed = next((there for files in sets if (there := [file for file in files if file in made])), [])
    if any(action is not Action.SAME for path, action in made.items() if path.startswith(REQUIREMENTS)):
        steps.append(" ".join([python, "-m pip install", *(f"-r {file}" for file in needed)]))
    begin = next((file for file in ("retrain.py", "train.py") if file in made), None)
    if begin is not None:
        steps.append(f"{python} {begin}")
    if "serve.py" in made:
        steps.append(f"{python} -m uvicorn serve:app")
    return steps


def _diff(change: Change, before: str, after: str) -> str:
    name = printable(change.path)
    size_bytes = max(len(content or b"") for content in (change.before, change.after))
    if size_bytes > MAX_DIFF_BYTES:
        return f"{name} differs and is too long to show ({size_bytes} bytes)"
    old, new = _text(change.before), _text(change.after)
    if old is None or new is None:
        return f"binary file {name} differs"
    return "\n".join(
        line.rstrip("\n")
        for line in unified_diff(
            old.splitlines(keepends=True),
            new.splitlines(keepends=True),
            f"{name} ({before})" if change.before is not None else "/dev/null",
            f"{name} ({after})" if change.after is not None else "/dev/null",
        )
    )


def _text(content: bytes | None) -> str | None:
    try:
        return "" if content is None else content.decode()
    except UnicodeDecodeError:
        return None
