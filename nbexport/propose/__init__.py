"""Analysis → proposals: a role for each cell that the notebook's result needs, and for every other cell why not.

    cell 1  import pandas as pd …                 stays untagged: only imports
    cell 2  depth = 4                             parameters      plain literals
    cell 3  df = pd.read_csv("a.csv")             data            reads with `pandas.read_csv`
    cell 4  df.head()                             stays untagged: shows values
    cell 5  knn = KNN().fit(df[["a"]], df.b)      stays untagged: another model
    cell 6  tree = Tree(max_depth=depth)          model           constructs `Tree`
    cell 7  tree.fit(df[["a"]], df.b)             train           fits `tree`
    cell 8  metrics = {"r2": tree.score(…)}       evaluate        fills `metrics`

`result` finds what the notebook works towards (here `metrics`), `flow` slices backwards from it over the statements
(8 → 7 → 6 → 3 and 2), `cells` gives each cell of the slice its role by what its statements do (`kinds`). A tagged cell
is exported whole, so what the rest of its statements need is added too, until nothing that is exported reads, or misses
the change of, a value that stays in the notebook.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nbexport.analysis.analyse import analyse
from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.fix.tags import tags_for
from nbexport.judge.brought import own_numbers
from nbexport.judge.judgement import judge, problems_with
from nbexport.model import STAGE_ROLES, Cell, Notebook, Role, Trait
from nbexport.names.nodes import is_import_like, root_name
from nbexport.propose.advice import advice
from nbexport.propose.cells import Cells, Judged
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Kinds
from nbexport.propose.left_out import reason
from nbexport.propose.objects import ObjectKind
from nbexport.propose.result import Result, find_result, needed_by_predict, target_result
from nbexport.read.bringing import in_place
from nbexport.record import record, replace
from nbexport.recursion import at_any_depth

__all__ = ["Proposal", "Suggestion", "suggest", "with_roles"]

_MAX_ROUNDS = 12


@record
class Proposal:
    """What to do with one code cell."""

    cell: int
    roles: tuple[Role, ...]
    """The roles to give it, or those it has; empty where it stays untagged."""
    reason: str
    confidence: float
    """0 to 1."""
    left_out_reason: str = ""
    """Why it stays untagged; empty where it has a role."""
    tagged: bool = False
    """Whether the roles stand in the notebook already."""


@record
class Suggestion:
    """The proposals for one notebook, the result they serve, and what to say besides."""

    notebook: Notebook
    result: str
    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    """Those of the notes that say what nbexport can write into the notebook."""

    @property
    def tags(self) -> dict[int, tuple[str, ...]]:
        """Cell number → the tags that say its proposed roles; a cell that has its roles already needs none."""
        roles = {proposal.cell: proposal.roles for proposal in self.proposals if not proposal.tagged}
        return tags_for(self.notebook, roles)


@at_any_depth
def suggest(notebook: Notebook, *, target: str | None = None) -> Suggestion:
    """A proposal for each code cell, in order, and the advice that goes with them; runs none of the notebook's code.

    Args:
        notebook: The notebook, as it is tagged now.
        target: Name of the variable or function to slice back from; None lets the notebook tell.

    Raises:
        NbexportError: No cell binds the target.
    """
    document = in_place(notebook)
    suggested = of_file(_suggested(document, target), notebook)
    # a notebook that is run is exported whole, which may need more than what was sliced from it
    for _ in range(_MAX_ROUNDS if document.brought else 0):
        proposed = {one.cell: one for one in suggested.proposals if one.roles}
        tagged = with_roles(notebook, {number: one.roles for number, one in proposed.items()})
        more = of_file(_suggested(in_place(tagged), target), notebook)
        proposals = tuple(proposed.get(one.cell, one) for one in more.proposals)
        if proposals == suggested.proposals:
            break
        suggested = replace(more, proposals=proposals)
    return suggested


def _suggested(notebook: Notebook, target: str | None) -> Suggestion:
    analysis = analyse(notebook)
    flow, kinds = Flow(analysis), Kinds(analysis)
    _note_opaque_training(analysis, flow, kinds)
    result = find_result(analysis, flow, kinds) if target is None else target_result(analysis, flow, target)
    if result is None:
        untagged = tuple(_untagged(analysis, None, None, cell) for cell in notebook.cells if cell.kind == "code")
        remark = "nothing is scored or fitted here: name a result with `--target NAME`"
        return Suggestion(notebook, "", untagged, (remark,))
    roots = set(result.units) | needed_by_predict(analysis, flow, result)
    roots |= {unit for unit in range(len(analysis.units)) if set(analysis.roles_of(unit)) - {Role.SKIP}}
    sliced = flow.slice(roots)
    cells = Cells(analysis, flow, kinds, result, sliced)
    judged = _judged(analysis, cells)
    judged = _closed(analysis, cells, judged)
    if target is None:
        _complete(analysis, judged, result)
    proposals = tuple(
        _proposal(analysis, cells, result, judged, cell) for cell in notebook.cells if cell.kind == "code"
    )
    retagged = judge(with_roles(notebook, {p.cell: p.roles for p in proposals}), levels=(1,))
    lacks, notes = advice(flow, kinds, retagged, result, target)
    return Suggestion(notebook, result.shown, proposals, (*lacks, *notes), lacks)


def of_file(suggested: Suggestion, notebook: Notebook) -> Suggestion:
    """A suggestion for a document as one for its file: a cell that runs an untagged notebook gets the roles of that.

    Args:
        suggested: What is proposed for the document.
        notebook: What stands in the file.
    """
    document = suggested.notebook
    if not document.brought:
        return suggested
    numbers = own_numbers(document)
    by_cell: dict[int, list[Proposal]] = {}
    for proposal in suggested.proposals:
        by_cell.setdefault(numbers[proposal.cell], []).append(proposal)
    cells = ((notebook.cell(number), pieces) for number, pieces in sorted(by_cell.items()))
    return replace(
        suggested,
        notebook=notebook,
        proposals=tuple(_of_pieces(cell, pieces) for cell, pieces in cells if cell is not None),
    )


def _of_pieces(cell: Cell, pieces: Sequence[Proposal]) -> Proposal:
    """What is proposed for the pieces of a cell, and for the cells that it brings in, as one proposal."""
    if cell.roles:
        return Proposal(cell.number, cell.roles, "tagged already", 1.0, tagged=True)
    proposed = [piece for piece in pieces if piece.roles and not piece.tagged]
    if not proposed:
        # what is left of the cell itself is mostly empty
        left = next((piece for piece in pieces[1:] if not piece.roles), pieces[0])
        return Proposal(cell.number, (), "", 0.0, left.left_out_reason)
    roles = {role for piece in proposed for role in piece.roles}
    ordered = tuple(role for role in Role if role in roles)
    return Proposal(cell.number, ordered, proposed[0].reason, min(piece.confidence for piece in proposed))


def with_roles(notebook: Notebook, roles: dict[int, tuple[Role, ...]]) -> Notebook:
    """The notebook as it would be read with these roles."""
    cells = tuple(_with_roles(cell, roles.get(cell.number, ())) for cell in notebook.cells)
    return Notebook(notebook.path, cells, notebook.format, notebook.language, notebook.metadata)


def _with_roles(cell: Cell, roles: tuple[Role, ...]) -> Cell:
    if cell.roles or not roles:
        return cell
    values = {name: getattr(cell, name) for name in Cell.__annotations__}
    return Cell(**{**values, "roles": roles})


def _note_opaque_training(analysis: Analysis, flow: Flow, kinds: Kinds) -> None:
    """A library function that trains changes the model it is given, and `trainer.fit(model)` too."""
    for unit in range(len(analysis.units)):
        if not kinds.trains(unit):
            continue
        for sign in kinds.evidence(unit):
            if sign.role is not Role.TRAIN or not isinstance(sign.node, ast.Call):
                continue
            arguments = [*sign.node.args, *[keyword.value for keyword in sign.node.keywords]]
            names = [argument.id for argument in arguments if isinstance(argument, ast.Name)]
            given = {d for name in names for d in analysis.before[unit].get(name, ())}
            given |= _held(analysis, unit, sign.node)
            models = {definition for definition in given if kinds.objects.kind_of(definition) is ObjectKind.MODEL}
            if models:
                flow.changed(unit, models)


def _held(analysis: Analysis, unit: int, call: ast.Call) -> set[Definition]:
    """What the trainer of `trainer.train()` was given when it was made."""
    root = root_name(call.func) if isinstance(call.func, ast.Attribute) else None
    held: set[Definition] = set()
    for trainer in analysis.before[unit].get(root.id, ()) if root is not None else ():
        value = trainer.op.value if trainer.op is not None else None
        if isinstance(value, ast.Call):
            for argument in [*value.args, *[keyword.value for keyword in value.keywords]]:
                if isinstance(argument, ast.Name):
                    held |= analysis.before[trainer.unit].get(argument.id, frozenset())
    return held


# --------------------------------------------------------------------------- which cells


def _judged(analysis: Analysis, cells: Cells) -> dict[int, Judged]:
    """The roles of the cells of the slice that have none yet."""
    needed = {analysis.units[unit].cell for unit in cells.sliced if _asks_for_a_tag(analysis, unit)}
    return {number: cells.judge(number) for number in sorted(needed) if not analysis.cells[number].roles}


def _asks_for_a_tag(analysis: Analysis, unit: int) -> bool:
    """Imports, seeds and settings are exported from untagged cells too."""
    return not is_import_like(analysis.units[unit].node) and unit not in analysis.configuring


def _closed(analysis: Analysis, cells: Cells, judged: dict[int, Judged]) -> dict[int, Judged]:
    """The proposals with every cell added that a tagged cell needs as a whole."""
    for _ in range(_MAX_ROUNDS):
        retagged = analyse(with_roles(analysis.notebook, {n: verdict.roles for n, verdict in judged.items()}), level=1)
        behind = {
            number
            for number in _left_behind(retagged)
            if number not in judged and not analysis.cells[number].roles and number in cells.by_cell
        }
        if not behind:
            break
        cells.grow(behind)
        for number in behind:
            verdict = cells.judge(number)
            judged[number] = Judged(verdict.roles, f"{verdict.why} (needed by a tagged cell)", min(verdict.sure, 0.6))
    return judged


def _left_behind(analysis: Analysis) -> set[int]:
    """Cells without a role that exported code reads from, or whose changes it would miss."""
    left = {
        analysis.units[d.unit].cell
        for use in analysis.judged_uses
        for d in use.definitions
        if d.unit >= 0 and not d.marker and d.unit not in analysis.lifted
    }
    left |= {problem.cell for problem in problems_with(analysis, Trait.ROLE_FIXES)}
    exploring = {problem.cell for problem in problems_with(analysis, Trait.ROLE_FIXES_EXPLORATION)}
    return left | {number for number in exploring if not _trains(analysis, number)}


def _trains(analysis: Analysis, number: int) -> bool:
    """Whether a cell fits a model."""
    kinds = Kinds(analysis)
    return any(kinds.trains(unit) for unit in analysis.units_of(number))


def _complete(analysis: Analysis, judged: dict[int, Judged], result: Result) -> None:
    """Level 1 needs `train` and `evaluate`: a cell that does both in one statement gets both."""
    roles = {role for verdict in judged.values() for role in verdict.roles}
    roles |= {role for cell in analysis.notebook.cells for role in cell.roles}
    numbers = [analysis.units[unit].cell for unit in result.units]
    last = next((number for number in reversed(numbers) if number in judged), None)
    if last is None:
        return
    for role in (Role.TRAIN, Role.EVALUATE):
        verdict = judged[last]
        if role not in roles and set(verdict.roles) & set(STAGE_ROLES):
            merged = tuple(one for one in Role if one in {*verdict.roles, role} - {Role.MODEL})
            judged[last] = Judged(merged, verdict.why, min(verdict.sure, 0.7))


# --------------------------------------------------------------------------- the answer


def _proposal(analysis: Analysis, cells: Cells, result: Result, judged: dict[int, Judged], cell: Cell) -> Proposal:
    if cell.roles:
        return Proposal(cell.number, cell.roles, "tagged already", 1.0, tagged=True)
    verdict = judged.get(cell.number)
    if verdict is None:
        return _untagged(analysis, cells, result, cell)
    own = cell.number in {analysis.units[unit].cell for unit in result.units}
    why = f"{verdict.why}; {result.why}" if own else verdict.why
    return Proposal(cell.number, verdict.roles, why, round(verdict.sure * (0.4 + 0.6 * result.confidence), 2))


def _untagged(analysis: Analysis, cells: Cells | None, result: Result | None, cell: Cell) -> Proposal:
    why = reason(analysis, cells, result, cell)
    return Proposal(cell.number, (), "", 0.0, why)
