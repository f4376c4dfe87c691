"""What draws from a global generator before anything has seeded it.

    np.random.rand(3)         an unseeded draw from numpy
    random.seed(0)
    random.choice(rows)       not one: `random` is seeded

The events are those of `Analysis.randomness`, in the order of a run. A call such as `set_seed(1)` of a library that
`effects.SEEDS` does not know counts as seeding everything: a missed warning is better than a false one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.bindings import RandomKind, Randomness
from nbexport.analysis.notebook import Analysis
from nbexport.model import Edit, Span
from nbexport.names import effects
from nbexport.names.kinds import Generator
from nbexport.names.nodes import is_import_like
from nbexport.names.operations import Call, flatten

_SEEDED_ALONE = (Generator.TORCH, Generator.TENSORFLOW, Generator.JAX)
"""Libraries whose own seeding leaves the other generators alone."""
_NO_SEEDING = frozenset({"default_rng", "RandomState", "SeedSequence", "initial_seed"})
_SEEDERS = {
    Generator.NUMPY: ("numpy", "np", "{}.random.seed(0)"),
    Generator.RANDOM: ("random", "random", "{}.seed(0)"),
    Generator.TORCH: ("torch", "torch", "{}.manual_seed(0)"),
}
"""Generator → its module, the name that module goes by, and the call that seeds it."""
KERAS_SEEDERS = {
    "keras": ("keras", "keras", "{}.utils.set_random_seed(0)"),
    "tensorflow.keras": ("tensorflow.keras", "keras", "{}.utils.set_random_seed(0)"),
    "tensorflow": ("tensorflow", "tf", "{}.keras.utils.set_random_seed(0)"),
}
"""Where Keras comes from → its module, the name that module goes by, and the call that seeds all it draws from."""


def unseeded(analysis: Analysis) -> tuple[Randomness, ...]:
    """Every draw that decides something from a generator that nothing has seeded before, in the order of a run."""
    return analysis.once(_unseeded)


def _unseeded(analysis: Analysis) -> tuple[Randomness, ...]:
    unseeded: list[Randomness] = []
    seeded: set[Generator] = set()
    for event in analysis.randomness:
        if event.kind is RandomKind.SEED:
            seeded.add(event.generator)
        elif event.kind is RandomKind.DRAW and event.generator not in seeded:
            unseeded.append(event)
    if not unseeded:
        return ()
    helpers = tuple(_seeding_helpers(analysis))
    return tuple(
        event
        for event in unseeded
        if not any(unit <= event.unit and generator in (event.generator, None) for unit, generator in helpers)
    )


def first_seed(analysis: Analysis, generator: Generator) -> int | None:
    """The first statement that seeds the generator; None when nothing does."""
    events = [
        event.unit for event in analysis.randomness if event.kind is RandomKind.SEED and event.generator is generator
    ]
    helpers = [unit for unit, name in _seeding_helpers(analysis) if name in (generator, None)]
    return min([*events, *helpers], default=None)


def _seeding_helpers(analysis: Analysis) -> Iterator[tuple[int, Generator | None]]:
    """(statement, generator) of each call that must be a seeding by its name; None stands for all generators."""
    for index, unit in analysis.statements_near("seed"):
        blocks = [unit.ops, *(inner.ops for function in unit.functions for inner in function.with_methods())]
        for op in (op for block in blocks for op in flatten(block)):
            if not isinstance(op, Call) or "seed" not in op.dotted.rpartition(".")[2].lower():
                continue
            full = analysis.full_name(index, op.node.func)
            known = full in effects.SEEDS or op.dotted.rpartition(".")[2] in _NO_SEEDING
            if known or (full is None and not isinstance(op.node.func, ast.Name)):
                continue
            if full is None and any(d.function is not None for d in analysis.before[index].get(op.name, ())):
                continue  # the notebook's own helper: what it seeds has been counted where it is called
            root = (full or "").partition(".")[0]
            yield index, Generator(root) if root in _SEEDED_ALONE else None


def owner(analysis: Analysis, unit: int, node: ast.AST) -> int | None:
    """The statement in which a node stands: the one that runs it, or the definition of a function that it calls."""
    for index in (unit, *sorted(set(analysis.owners.values()))):
        if any(part is node for part in ast.walk(analysis.units[index].node)):
            return index
    return None


def seeding_edit(analysis: Analysis, unit: int, generator: Generator, library: str = "") -> Edit | None:
    """A line that seeds the generator above the first statement of the unit's cell that does more than import.

    It goes by the name that the notebook gives the module, and imports the module where no name stands for it.

    Args:
        analysis: The notebook.
        unit: The statement that draws.
        generator: What it draws from.
        library: Where the generator is Keras', the library that Keras is imported from.
    """
    module, name, call = _SEEDERS[generator] if not library else KERAS_SEEDERS[library]
    state = analysis.before[unit]
    bound = {
        d.name: d.unit for reaching in state.values() for d in reaching if d.module == module and len(reaching) == 1
    }
    alias = min(bound, key=lambda known: (bound[known], known), default=None)
    text = call.format(name if alias is None else alias)
    if alias is None:
        text = f"import {module}{f' as {name}' if name != module else ''}\n{text}"
    after = bound.get(alias or "", -1)
    cell = analysis.units[unit].cell
    for index in range(max(after + 1, 0), unit + 1):
        statement = analysis.units[index]
        if statement.cell != cell or is_import_like(statement.node) or _is_passive(statement.node):
            continue
        row = min([statement.node.lineno, *(d.lineno for d in getattr(statement.node, "decorator_list", ()))])
        if statement.lines[row - 1][: statement.node.col_offset].strip():
            return None
        return Edit(cell, Span(row, 1, row, 1), text + "\n")
    return None


def _is_passive(node: ast.stmt) -> bool:
    """A docstring, or the `pass` that stands for a line of IPython syntax."""
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
