"""What a run does with `--seed`: `set_seed` of `model.py` seeds every generator that the project can draw from."""

from __future__ import annotations

from nbexport.lift.split import Segment
from nbexport.lift.text.edits import seed_literals
from nbexport.lift.text.imports import Imports, Line, imports_for
from nbexport.lift.text.parts import Parts
from nbexport.lift.text.rewrite import function_source
from nbexport.names.operations import Read
from nbexport.record import record

_DRAWS_FROM_NUMPY = frozenset({"numpy", "sklearn", "pandas", "scipy"})


@record
class Seeding:
    """How `set_seed` seeds."""

    imports: tuple[Line, ...]
    statements: tuple[str, ...]


def seeding(imports: Imports, parts: Parts) -> Seeding:
    """The seeding of what the stages and the definitions import.

    Args:
        imports: What `model.py` imports.
        parts: Everything that the two files are written from.
    """
    layout = parts.placed.layout
    read = {op.name for name in layout.definitions for op in layout.function(name).all_ops() if isinstance(op, Read)}
    of_definitions = imports_for(layout, read, unknown=False)
    roots = {module.partition(".")[0] for module in [*imports.modules, *of_definitions.modules]}
    lines, statements = [Line("random")], ["random.seed(seed)"]
    if roots & _DRAWS_FROM_NUMPY:
        aliased = (name for name, line in imports.bound.items() if line == Line("numpy", alias=name))
        alias = next(aliased, "numpy")
        lines.append(Line("numpy", alias="" if alias == "numpy" else alias))
        statements.append(f"{alias}.random.seed(seed)")
    if "torch" in roots:
        lines.append(Line("torch"))
        statements.append("torch.manual_seed(seed)")
    return Seeding(tuple(lines), tuple(statements))


def set_seed(parts: Parts, seeds: Seeding) -> list[str]:
    """The function that seeds; none where the notebook has a parameter of its own for that."""
    if any(parameter.option == "--seed" for parameter in parts.placed.parameters):
        return []
    text = "Seed every random generator that the stages can draw from, beside what the notebook seeds itself."
    return [function_source("def set_seed(seed: int) -> None", text, list(seeds.statements))]


def seed_argument(parts: Parts, segment: Segment) -> str | None:
    """Name of the seed argument of a stage, None when it seeds nothing with a literal."""
    layout = parts.placed.layout
    if any(parameter.option == "--seed" for parameter in parts.placed.parameters):
        return None
    if not any(True for unit in segment.units for _ in seed_literals(layout, unit)):
        return None
    used = set(layout.analysis.definitions)
    return next(name for name in ("seed", "run_seed", "nbexport_seed") if name not in used)
