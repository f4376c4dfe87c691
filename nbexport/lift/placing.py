"""Analysis → Placed: everything decided about the export, before a line of it is written.

This half of the lift needs no libcst, so that `nbexport check` can say what the lift would refuse.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from nbexport.analysis.bindings import Definition, State, sharing
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.unsavable import unsavable
from nbexport.lift.definition_names import DefinitionNames, definition_names
from nbexport.lift.flow import trace
from nbexport.lift.gates import gates
from nbexport.lift.homes import Flow, bound_names, end_state, state_after
from nbexport.lift.laying_out import lay_out
from nbexport.lift.layout import Layout
from nbexport.lift.parameters import parameters
from nbexport.lift.predicting import Served, example_calls, predict
from nbexport.lift.slicing import is_picture
from nbexport.lift.sources import Sources, path_argument, sources
from nbexport.lift.split import OWN_NAMES, Segment, segments
from nbexport.lift.stage_names import name_stages
from nbexport.model import Role
from nbexport.names.nodes import is_main_guard
from nbexport.names.operations import Call
from nbexport.program import Gate, Parameter
from nbexport.record import record

if TYPE_CHECKING:
    from nbexport.lift.stage_types import StageTypes

TRAINING = frozenset({"fit", "partial_fit", "fit_transform", "fit_predict", "parameters", "named_parameters"})
"""Methods that training calls on a model: to fit it, or to hand its weights to an optimiser."""


@record(frozen=False, eq=False)
class Placed:
    """What the two files will be written from; `layout.problems` says what prevents it."""

    layout: Layout
    segments: list[Segment]
    flow: Flow
    parameters: tuple[Parameter, ...]
    gates: tuple[Gate, ...]
    replaced_asserts: set[int]
    sources: Sources
    predict: Served | None
    examples: list[tuple[int, ast.Call]]
    definition_names: DefinitionNames
    state: tuple[str, ...]
    early: int | None
    """Index of the segment after which the bundle's values are taken (-1: before the first); None for the end."""

    @cached_property
    def types(self) -> list[StageTypes]:
        """What each stage takes and gives, as far as the notebook tells."""
        from nbexport.lift.stage_types import stage_types  # a check writes no code

        return stage_types(self.layout, self.segments, self.flow)

    @property
    def options(self) -> tuple[Parameter, ...]:
        """The parameters that become options of `train.py`: all but the path that `--data` stands for."""
        return tuple(parameter for parameter in self.parameters if parameter.name != self.sources.parameter)

    def statements(self, segment: Segment) -> Iterator[ast.stmt]:
        """The statements of a stage: without what a gate replaces, the body of a main guard in its place."""
        for unit in segment.units:
            if unit not in self.replaced_asserts:
                node = self.layout.analysis.units[unit].node
                yield from node.body if isinstance(node, ast.If) and is_main_guard(node) else [node]


def place(analysis: Analysis) -> Placed:
    """The decisions of the lift for one notebook."""
    layout = lay_out(analysis)
    made = segments(layout)
    served = predict(layout)
    state, early, finally_read = _bundle(layout, made, has_predict=served is not None)
    examples = list(example_calls(layout)) if served is not None else []
    for unit, call in examples:
        for part in ast.walk(call):
            if isinstance(part, ast.Name) and part.id != "predict":
                definitions = analysis.before[unit].get(part.id, frozenset())
                finally_read[part.id] = finally_read.get(part.id, frozenset()) | definitions
    flow = trace(layout, made, finally_read)
    if served is None:
        state = _without_predict(layout, made)
        end = end_state(layout)
        for name in state:
            # what is saved is what the name stands for at the end, whether or not a stage reads that
            finally_read[name] = frozenset(d for d in end.get(name, frozenset()) if d.unit >= 0)
        flow = trace(layout, made, finally_read)
    else:
        _check_state(layout, state)
    name_stages(layout, made, state, OWN_NAMES)
    found_gates, replaced = gates(layout)
    found_sources = sources(layout, made, path_argument(layout))
    return Placed(
        layout=layout,
        segments=made,
        flow=flow,
        parameters=parameters(layout),
        gates=found_gates,
        replaced_asserts=replaced,
        sources=found_sources,
        predict=served,
        examples=examples,
        definition_names=definition_names(layout),
        state=state,
        early=early,
    )


def _check_state(layout: Layout, state: tuple[str, ...]) -> None:
    """An object in the bundle needs a class that can be imported, so not one inside a stage, and a form on disk."""
    for name in state:
        for definition in layout.lifted(name):
            owner = definition.instance_of
            local = any(
                held.function is not None and held.unit in layout.code for held in sharing([definition]) - {definition}
            ) or (definition.function is not None and definition.unit in layout.code)
            if (owner is not None and owner.name not in layout.definitions) or local:
                label = owner.name if owner is not None else name
                reads = ""
                if owner is not None:
                    stage = sorted({read.name for read in owner.reads() if layout.lifted(read.name)} - {label})
                    reads = f" because it reads {', '.join(f'`{read}`' for read in stage)}" if stage else ""
                layout.refuse(
                    f"`predict` needs `{name}`, whose definition `{label}` must stay inside a stage{reads}",
                    f"pass to `{label}` what it reads, as arguments, and define it once",
                    definition.unit,
                    name,
                )
        problem = unsavable(layout.analysis, name, layout.lifted(name))
        if problem is not None:
            layout.refuse(
                f"`predict` needs `{name}`, a `{problem.what}`, which no bundle can hold",
                problem.fix,
                min(definition.unit for definition in layout.lifted(name) if not definition.marker),
                name,
            )


def _bundle(
    layout: Layout, made: list[Segment], *, has_predict: bool
) -> tuple[tuple[str, ...], int | None, dict[str, frozenset[Definition]]]:
    """(names in the bundle, segment after which they are taken, what is read after the stages)."""
    analysis = layout.analysis
    finally_read: dict[str, frozenset[Definition]] = {}
    end = end_state(layout)
    if "metrics" in end:
        finally_read["metrics"] = end["metrics"]
    if not has_predict:
        return (), None, finally_read
    names = tuple(sorted({*layout.needs.get("predict", ()), *layout.settings}))
    cell = analysis.units[layout.definitions["predict"]].cell
    last = analysis.units_of(cell)[-1]
    here = state_after(analysis, last)
    early: int | None = None
    complete = all(any(d.unit >= 0 and not d.marker for d in here.get(name, ())) for name in names)
    if complete and any(here.get(name) != end.get(name) for name in names):
        early = max((index for index, segment in enumerate(made) if segment.units[-1] < last), default=-1)
        if any(segment.units[0] < last < segment.units[-1] for segment in made):
            early = None
    _check_behind(layout, names, here if complete else end)
    for name in names:
        chosen = here if early is not None else end
        definitions = frozenset(d for d in chosen.get(name, frozenset()) if d.unit >= 0)
        finally_read[name] = finally_read.get(name, frozenset()) | definitions
    return names, early, finally_read


def _check_behind(layout: Layout, names: tuple[str, ...], state: State) -> None:
    """What `predict` reads must not come from a cell that stays in the notebook."""
    analysis = layout.analysis
    for name in names:
        definitions = [d for d in state.get(name, frozenset()) if d.unit >= 0 and not d.marker]
        for definition in definitions:
            if definition.unit not in analysis.lifted and not layout.is_import(definition):
                cell = analysis.units[definition.unit].cell
                layout.refuse(
                    f"`predict` needs `{name}`, but cell {cell}, which stays in the notebook, binds it before "
                    "`predict` is defined",
                    f"give cell {cell} a role, or let it work on a copy of `{name}`",
                    definition.unit,
                    name,
                )


def _without_predict(layout: Layout, made: list[Segment]) -> tuple[str, ...]:
    """Without `predict`: what the last training hands on, what it trained and what was built; else what is prepared.

    What definitions read of this run's parameters belongs to it: `load_model` gives it to them again.
    """
    settings = sorted(layout.settings)
    for roles in ((Role.TRAIN,), (Role.MODEL,), (Role.FEATURES, Role.DATA)):
        names = [name for segment in made if segment.role in roles for name in segment.outputs]
        if roles == (Role.TRAIN,):
            names += _trained(layout, made)
            names += [name for segment in made if segment.role is Role.MODEL for name in segment.outputs]
        kept = [
            name
            for name in dict.fromkeys(names)
            if name != "metrics" and _is_exported(layout, name) and not _is_picture(layout, name)
        ]
        if kept:
            return tuple(dict.fromkeys([*kept, *settings]))
    return tuple(settings)


def _is_picture(layout: Layout, name: str) -> bool:
    """Whether a name stands for a part of a plot, which is nothing to serve."""
    definitions = layout.lifted(name)
    return bool(definitions) and all(is_picture(layout.analysis, definition) for definition in definitions)


def _trained(layout: Layout, made: list[Segment]) -> Iterator[str]:
    """Names of stages that training fits (`model.fit(…)`) or whose weights it gives to an optimiser."""
    bound = {name for segment in made for name in bound_names(layout, segment)}
    for unit in (unit for segment in made if segment.role is Role.TRAIN for unit in segment.units):
        for op in layout.analysis.units[unit].simple_ops:
            if isinstance(op, Call) and isinstance(op.node.func, ast.Attribute) and op.node.func.attr in TRAINING:
                if isinstance(op.node.func.value, ast.Name) and op.name in bound:
                    yield op.name


def _is_exported(layout: Layout, name: str) -> bool:
    """Whether the name still stands for an exported value after the last exported statement."""
    definitions = end_state(layout).get(name, frozenset())
    return all(d.unit < 0 or d.unit in layout.analysis.lifted for d in definitions)
