"""Parts of a cell that get roles → the cells that it becomes.

    cell 4   rows.append(3)          →   cell 4 [train]   rows.append(3)
             print(len(rows))            cell 5           print(len(rows))

Order is kept, and so is every row: what stands before, between and after the parts becomes cells without a role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nbexport.model import Cell, Part, Role
from nbexport.record import record


@record
class Piece:
    """One of the cells that a cell becomes."""

    row: int
    end_row: int
    """Its first and last row in the cell."""
    source: str
    roles: tuple[Role, ...] = ()


def pieces(source: str, parts: Iterable[Part]) -> tuple[Piece, ...]:
    """The cells that a cell becomes, in order; one where the parts are all of it.

    Args:
        source: The cell's.
        parts: What gets roles; parts that overlap have no place here.
    """
    rows = source.split("\n")
    stretches: list[tuple[int, int, tuple[Role, ...]]] = []
    before = 1
    for part in sorted(parts, key=lambda part: part.row):
        if part.row > before:
            stretches.append((before, part.row - 1, ()))
        stretches.append((part.row, part.end_row, part.roles))
        before = part.end_row + 1
    if before <= len(rows):
        stretches.append((before, len(rows), ()))
    joined: list[tuple[int, int, tuple[Role, ...]]] = []
    for row, end_row, roles in stretches:
        blank = not roles and not _holds_code(rows[row - 1 : end_row])
        own = roles if not blank else joined[-1][2] if joined else _next_roles(stretches, row)
        if joined and joined[-1][2] == own:
            joined[-1] = (joined[-1][0], end_row, own)
        else:
            joined.append((row, end_row, own))
    return tuple(_piece(rows, *stretch) for stretch in joined)


def _holds_code(rows: Sequence[str]) -> bool:
    """Whether rows are more than blank lines and comments, which stay with what they stand beside."""
    return any(row.strip() and not row.lstrip().startswith("#") for row in rows)


def _next_roles(stretches: Sequence[tuple[int, int, tuple[Role, ...]]], row: int) -> tuple[Role, ...]:
    return next((roles for begin, _, roles in stretches if begin > row), ())


def _piece(rows: Sequence[str], row: int, end_row: int, roles: tuple[Role, ...]) -> Piece:
    while row < end_row and not rows[row - 1].strip():
        row += 1
    while end_row > row and not rows[end_row - 1].strip():
        end_row -= 1
    return Piece(row, end_row, "\n".join(rows[row - 1 : end_row]), roles)


def apart(parts: Iterable[Part], taken: dict[tuple[int, int], Part]) -> bool:
    """Whether parts share no row with other ones; if so, their rows are noted as taken.

    Args:
        parts: The parts.
        taken: (cell, row) → the part that has it.
    """
    rows = {(part.cell, row): part for part in parts for row in range(part.row, part.end_row + 1)}
    if any(taken.get(place, part) != part for place, part in rows.items()):
        return False
    taken.update(rows)
    return True


def by_cell(parts: Iterable[Part], cells: Sequence[Cell]) -> Mapping[int, tuple[Piece, ...]]:
    """Number of a cell → the cells that it becomes."""
    by_number: dict[int, list[Part]] = {}
    for part in dict.fromkeys(parts):
        by_number.setdefault(part.cell, []).append(part)
    return {number: pieces(cells[number - 1].source, of_cell) for number, of_cell in by_number.items()}


def keeper(made: Sequence[Piece], outputs: Sequence[Mapping[str, object]]) -> int:
    """Which of the cells keeps outputs, count and id: the last, whose value is shown, or the last that prints.

    Args:
        made: The cells that a cell becomes.
        outputs: What the cell stores.
    """
    printed = all(output.get("output_type") == "stream" for output in outputs)
    printing = [index for index, piece in enumerate(made) if "print" in piece.source]
    return printing[-1] if outputs and printed and printing else len(made) - 1
