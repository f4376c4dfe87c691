"""Layout → the edits of each statement: arguments handed to helpers, the path of `--data`, `--seed`, `display`.

encode("hi")            →  encode("hi", vocab=vocab)                  `encode` needs the stage's `vocab`
rows.map(encode)        →  rows.map(partial(encode, vocab=vocab))
torch.manual_seed(0)    →  torch.manual_seed(0 if seed is None else seed)
display(df)             →  print(df)
connect("mysql://db")   →  connect(os.environ.get("DATABASE_URL", "mysql://db"))
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbexport.lift.databases import settings
from nbexport.lift.layout import Layout, place_of
from nbexport.lift.text.rewrite import Edits
from nbexport.names import effects
from nbexport.names.nodes import is_main_guard
from nbexport.names.operations import Reference


def handed(layout: Layout, callee: str, caller: str | None) -> tuple[tuple[str, str], ...]:
    """(keyword, name) pairs that a call of `callee` gets inside the definition `caller` (None: stage code)."""
    pairs: list[tuple[str, str]] = []
    for need in layout.needs.get(callee, ()):
        keyword = layout.renamed.get((callee, need), need)
        name = layout.renamed.get((caller, need), need) if caller is not None else need
        pairs.append((keyword, name))
    return tuple(pairs)


def edits_of(layout: Layout, unit: int, caller: str | None, seed: str | None) -> tuple[Edits, set[str]]:
    """The edits of one statement, and the names they need imported (`partial`, `os`).

    Args:
        layout: Where everything stands.
        unit: The statement.
        caller: Name of the module-level definition that the statement is, None for stage code.
        seed: Name of the seed argument in the stage function; None leaves seeds alone.
    """
    statement = layout.analysis.units[unit]
    edits = Edits()
    extra: set[str] = set()
    for reference in statement.references:
        _hand_over(layout, reference, unit, caller, edits, extra)
        if reference.name == "display" and reference.call is not None and not layout.lifted("display"):
            edits.replaced[place_of(statement, reference.node)] = "print"
    if caller is not None and layout.needs.get(caller):
        edits.signatures[place_of(statement, statement.node)] = tuple(
            layout.renamed.get((caller, need), need) for need in layout.needs[caller]
        )
    for literal, setting in settings(layout, unit):
        edits.replaced[place_of(statement, literal)] = setting
        extra.add("os")
    if is_main_guard(statement.node):
        edits.unguarded.add(place_of(statement, statement.node))
    if seed is not None:
        for node in seed_literals(layout, unit):
            edits.replaced[place_of(statement, node)] = f"{ast.unparse(node)} if {seed} is None else {seed}"
    return edits, extra


def _hand_over(
    layout: Layout, reference: Reference, unit: int, caller: str | None, edits: Edits, extra: set[str]
) -> None:
    if not isinstance(reference.node.ctx, ast.Load) or reference.name not in layout.definitions:
        return
    if not layout.means_definition(reference.name, unit, None if caller is None else layout.function(caller)):
        return
    pairs = handed(layout, reference.name, caller)
    if not pairs:
        return
    place = place_of(layout.analysis.units[unit], reference.node)
    if reference.call is not None:
        edits.calls[place] = pairs
    else:
        arguments = ", ".join(f"{keyword}={name}" for keyword, name in pairs)
        edits.replaced[place] = f"partial({reference.name}, {arguments})"
        extra.add("partial")


def seed_literals(layout: Layout, unit: int) -> Iterable[ast.expr]:
    """The whole numbers that a statement's calls seed the global generators with."""
    analysis = layout.analysis
    seeding = {id(event.node) for event in analysis.randomness if event.unit == unit and event.kind == "seed"}
    configures = unit in analysis.configuring
    for part in ast.walk(analysis.units[unit].node):
        if not isinstance(part, ast.Call) or not part.args:
            continue
        full = analysis.full_name(unit, part.func) or ""
        direct = id(part) in seeding or full.startswith("torch.cuda.manual_seed") or full in effects.SEEDS
        helper = configures and isinstance(part.func, ast.Name) and not full
        first = part.args[0]
        if (direct or helper) and isinstance(first, ast.Constant) and type(first.value) is int:
            yield first
