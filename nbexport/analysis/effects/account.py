"""Analysis → Account: which statements that stay in the notebook change what exported code reads.

    rows = [1, 2]          cell 1, exported
    rows.append(3)         cell 2, stays in the notebook
    total = sum(rows)      cell 3, exported: a conflict of cell 3 with cell 2

The run that finds this out is loaded only for notebooks of which cells are exported.
"""

from __future__ import annotations

from nbexport.analysis.effects.objects import Conflict, Kind, Write
from nbexport.analysis.notebook import Analysis
from nbexport.model import Assumption, Related, Span
from nbexport.record import record


@record(eq=False)
class Account:
    """What the export leaves out and misses."""

    conflicts: tuple[Conflict, ...]
    """Known changes that exported code reads, and assumed ones (`write.reason`), in the order of the reads."""
    busy: frozenset[int]
    """Exported statements that change more than plots."""
    drawn: tuple[tuple[int, int], ...]
    """(statement that changes a plot, exported statement that reads it), both exported."""
    assumptions: tuple[Assumption, ...] = ()
    """Calls that are taken to be harmless, of which nothing is known."""

    def of(self, *words: str) -> tuple[Conflict, ...]:
        """The known conflicts over state of the process of some kinds; those over objects without any word."""
        return tuple(
            conflict
            for conflict in self.conflicts
            if not conflict.write.reason
            and (conflict.write.obj.word if conflict.write.obj.kind is Kind.PLACE else "") in (words or ("",))
        )


def account(analysis: Analysis) -> Account:
    """The account of a notebook's run; empty for one that is judged whole, of which nothing stays in the notebook."""
    return analysis.once(_account)


def _account(analysis: Analysis) -> Account:
    if analysis.whole:
        return Account((), frozenset(), ())
    from nbexport.analysis.effects.running import run

    ledger = run(analysis)
    return Account(
        tuple(ledger.conflicts),
        frozenset(ledger.busy),
        tuple(dict.fromkeys(ledger.drawn)),
        _assumptions(analysis, ledger.conflicts),
    )


def _assumptions(analysis: Analysis, conflicts: list[Conflict]) -> tuple[Assumption, ...]:
    """One for each call that may change what exported code reads, of which nothing is known."""
    known = {(one.write.unit, one.write.call) for one in conflicts if not one.write.reason}
    calls: dict[tuple[int, str], Conflict] = {}
    for one in conflicts:
        place = (one.write.unit, one.write.call)
        if one.write.reason and place not in known and (place not in calls or not calls[place].write.obj.label):
            calls[place] = one
    assumptions: list[Assumption] = []
    for one in calls.values():
        cell, span = place_of(analysis, one.write)
        name = one.write.obj.label or one.write.obj.name.rpartition(".")[2]
        assumptions.append(Assumption(cell, span.row, name, one.write.call, one.write.reason))
    return tuple(sorted(assumptions, key=lambda one: (one.cell, one.line, one.call)))


def place_of(analysis: Analysis, write: Write) -> tuple[int, Span]:
    """(cell, span) of a write."""
    if write.magic is not None:
        cell, place = write.magic
        return cell, analysis.cells[cell].magics[place].span
    unit = analysis.units[write.unit]
    inside = write.node is not None and any(part is write.node for part in unit.nodes)
    return unit.cell, unit.span(write.node if inside else None)


def reading_of(analysis: Analysis, conflict: Conflict, message: str) -> Related:
    """The exported code that reads what a write has changed."""
    unit = analysis.units[conflict.code if 0 <= conflict.code < len(analysis.units) else conflict.unit]
    inside = conflict.node is not None and any(part is conflict.node for part in unit.nodes)
    return Related(unit.cell, unit.span(conflict.node if inside else None), message)
