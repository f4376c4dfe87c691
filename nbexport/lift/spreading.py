"""Whether the training of a notebook can be spread over processes: what its code alone says.

Only a loop of torch can: it calls `backward` on a loss. Whether the rows of its model depend on each other shows when
the model is called; the exported project tries it then.
"""

from __future__ import annotations

import ast

from nbexport.model import Program

SPREADS = frozenset(
    {"DataParallel", "DistributedDataParallel", "init_process_group", "FullyShardedDataParallel", "Accelerator"}
)
"""Names of what shares the work of a loop by itself."""


def not_shared(program: Program) -> str:
    """Why the training cannot be spread over processes; empty where nothing stands against it."""
    trees = [ast.parse(text) for text in (program.model, program.definitions)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {node.id for node in nodes if isinstance(node, ast.Name)}
    itself = sorted(names & SPREADS)
    if itself:
        return f"it does so itself (`{itself[0]}`)"
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    if not any(isinstance(call, ast.Attribute) and call.attr == "backward" for call in calls):
        return "it has no training loop of torch, which calls `backward` on a loss"
    return ""
