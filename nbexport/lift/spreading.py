"""Whether the training of a notebook can be spread over processes: what its code alone says.

Only a loop of torch can: it calls `backward` on a loss. Whether the rows of its model depend on each other shows when
the model is called; the exported project tries it then.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nbexport.lift.placing import Placed

SPREADS = frozenset(
    {"DataParallel", "DistributedDataParallel", "init_process_group", "FullyShardedDataParallel", "Accelerator"}
)
"""Names of what shares the work of a loop by itself."""


def not_shared(placed: Placed, import_blocks: Iterable[ast.stmt]) -> str:
    """Why the training cannot be spread over processes; empty where nothing prevents it.

    Args:
        placed: What the files are written from.
        import_blocks: The `try: import …` statements that stand in them.
    """
    names: set[str] = set()
    loops = False
    for statement in [*import_blocks, *_statements(placed)]:
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                loops |= node.func.attr == "backward"
    itself = sorted(names & SPREADS)
    if itself:
        return f"it does so itself (`{itself[0]}`)"
    return "" if loops else "it has no training loop of torch, which calls `backward` on a loss"


def _statements(placed: Placed) -> Iterator[ast.AST]:
    """The notebook's code in both files."""
    layout = placed.layout
    for segment in placed.segments:
        yield from placed.statements(segment)
    of_modules = (layout.definitions, layout.constants, layout.settings, layout.parameters)
    for unit in {unit for units in of_modules for unit in units.values()}:
        yield layout.analysis.units[unit].node
    for _, call in placed.examples:
        yield call
