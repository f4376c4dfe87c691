"""What is said about a notebook with others in place (`%run`) → what is said about its file, by the file's numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nbexport.model import Finding, Fix, Notebook, Problem, Related, Severity, is_brought, own_place
from nbexport.read.bringing import path_of
from nbexport.record import replace


def own_numbers(notebook: Notebook) -> Mapping[int, int]:
    """For each cell of a document, the cell of the file that it stands in: for one brought in, the one that runs it."""
    numbers: dict[int, int] = {}
    own = 0
    for cell in notebook.cells:
        if not is_brought(cell.number):
            own, _ = own_place(cell.number)
        numbers[cell.number] = own
    return numbers


def of_file(notebook: Notebook, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by the cells of the notebook's own file.

    Errors in a notebook that it runs stand where it runs that one, since they prevent its export. The rest is said
    where that notebook is checked by itself.

    Args:
        notebook: The document.
        findings: What was found in it.
    """
    if not notebook.brought:
        return tuple(findings)
    numbers = own_numbers(notebook)
    return tuple(dict.fromkeys(_of_file(notebook.brought[0], numbers, findings)))


def _of_file(own: Notebook, numbers: Mapping[int, int], findings: Iterable[Finding]) -> Iterator[Finding]:
    for finding in findings:
        problem = finding.problem
        if not is_brought(problem.cell):
            related = tuple(
                Related(numbers[place.cell], place.span, place.message, place.missing)
                for place in problem.related
                if not is_brought(place.cell)
            )
            fix = _fix(problem.fix, numbers)
            yield replace(finding, problem=replace(problem, cell=numbers[problem.cell], related=related, fix=fix))
        elif finding.severity is Severity.ERROR:
            yield replace(finding, problem=_at_command(own, numbers[problem.cell], problem))


def _at_command(own: Notebook, number: int, problem: Problem) -> Problem:
    """A problem in a notebook that is brought in, where it is brought in."""
    commands = [magic for cell in own.cells if cell.number == number for magic in cell.magics if path_of(magic)]
    _, name = own_place(problem.cell)
    magic = next((one for one in commands if Path(path_of(one)).as_posix() == name), commands[0])
    message = problem.message if f"`{name}`" in problem.message else f"in cell {problem.cell}: {problem.message}"
    return replace(problem, message=message, cell=number, span=magic.span, fix=None, related=(), missing=False)


def _fix(fix: Fix | None, numbers: Mapping[int, int]) -> Fix | None:
    """A fix of the file; None for one that changes another notebook."""
    if fix is None or any(map(is_brought, [*(edit.cell for edit in fix.edits), *(part.cell for part in fix.parts)])):
        return None
    return replace(
        fix,
        edits=tuple(replace(edit, cell=numbers[edit.cell]) for edit in fix.edits),
        parts=tuple(replace(part, cell=numbers[part.cell]) for part in fix.parts),
    )
