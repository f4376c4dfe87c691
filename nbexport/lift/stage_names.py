"""Stages of one role → the name of each: what `predict` reads comes from the one with the plain name.

    optimizer = Adam(net.parameters())       train_model no: it only makes something    →  make_optimizer
    for rows in loader: …                    has the loop                               →  train_model
    baseline.fit(X, y)                       fits something that `predict` does not read →  train_baseline

A stage that stands alone in its role has the plain name. The others are named for what they make, where that is one or
two things, and numbered elsewhere. No name is one that the notebook uses.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Collection, Iterator

from nbexport.lift.homes import bound_names
from nbexport.lift.layout import Layout
from nbexport.lift.split import FUNCTIONS, Segment
from nbexport.model import STAGE_ROLES, Role
from nbexport.names.nodes import root_name

_VERBS = {
    Role.DATA: "load",
    Role.FEATURES: "prepare",
    Role.MODEL: "build",
    Role.TRAIN: "train",
    Role.EVALUATE: "evaluate",
}
_FITS = frozenset("fit partial_fit fit_transform fit_predict fit_resample backward step".split())
_TAKEN = frozenset("train options parser args run main".split())
"""Names of `train.py`."""
_MOST = 2
"""So many results make a name."""


def name_stages(layout: Layout, segments: list[Segment], state: Collection[str], taken: Collection[str]) -> None:
    """Give every stage its name.

    Args:
        layout: Where everything stands.
        segments: The stages in order, with their inputs and outputs.
        state: The names that `predict` reads, or that are saved where there is none.
        taken: Names that `model.py` uses for something else.
    """
    used = {*taken, *_TAKEN, *FUNCTIONS.values(), *layout.analysis.definitions, *keyword.kwlist, *dir(builtins)}
    for role in STAGE_ROLES:
        stages = [segment for segment in segments if segment.role is role]
        if not stages:
            continue
        plain = _plain(layout, stages, state)
        for number, stage in enumerate(stages, start=1):
            name = FUNCTIONS[role]
            if stage is not plain:
                content = _content(layout, stage)
                name = content if content and content not in used else f"{name}_{number}"
            used.add(name)
            stage.function = name


def _plain(layout: Layout, stages: list[Segment], state: Collection[str]) -> Segment:
    """The stage that has the plain name of its role."""
    role = stages[0].role
    if role is Role.EVALUATE:
        return next((stage for stage in reversed(stages) if "metrics" in stage.outputs), stages[-1])
    if role is Role.TRAIN:
        stages = [stage for stage in stages if _trains(layout, stage)] or stages
    reading = [stage for stage in stages if not {*stage.outputs, *_fitted(layout, stage)}.isdisjoint(state)]
    if reading:
        return reading[-1]
    return stages[-1] if role in (Role.MODEL, Role.TRAIN) else stages[0]


_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def _trains(layout: Layout, stage: Segment) -> bool:
    """Whether a stage has a loop or fits something."""
    nodes = (node for unit in stage.units for node in layout.analysis.units[unit].nodes)
    return any(isinstance(node, _LOOPS) or _fits(node) for node in nodes)


def _fits(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FITS


def _fitted(layout: Layout, stage: Segment) -> Iterator[str]:
    """Names of what a stage fits: `model.fit(rows)`."""
    for unit in stage.units:
        for node in layout.analysis.units[unit].nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FITS:
                root = root_name(node.func.value)
                if root is not None:
                    yield root.id


def _content(layout: Layout, stage: Segment) -> str:
    """A name for what a stage makes, or else fits; empty where that is no one or two things."""
    things = [name for name in stage.outputs if name != "metrics"]
    if not things:
        own = bound_names(layout, stage)
        things = [name for name in dict.fromkeys(_fitted(layout, stage)) if name not in own]
    words = [word for word in (re.sub(r"\W", "", name).strip("_").lower() for name in things) if word]
    if not 1 <= len(words) <= _MOST or len(words) < len(things):
        return ""
    verb = _VERBS[stage.role]
    if stage.role is Role.TRAIN and not _trains(layout, stage):
        verb = "make"
    return f"{verb}_{'_and_'.join(words)}"
