"""The evaluation of a saved model again: the stages that it needs, called with what is known instead of trained.

    load_data   -> X_train, X_test      frozen: X_test
    prepare     -> X_test               called: the evaluation reads what it makes of the frozen rows
    train_model -> model                not called: the bundle has `model`
    evaluate    -> metrics              called

A stage is called when a later one, or the evaluation, reads what it gives. A stage that gives nothing of that may still
change what it takes in place, so it is called too where all that it takes is known.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nbexport_runtime.pipeline.holdout import hold_back
from nbexport_runtime.pipeline.stages import Stage, Stages

METRICS = "metrics"
TRAINING = ("model", "train")
"""Roles of the stages that are never called."""

Call = Callable[[Stage, Mapping[str, Any]], dict[str, Any]]
"""Calls a stage with name → value; name → value of what it gives."""


class MissingError(Exception):
    """The evaluation reads values that only training makes and the bundle does not hold."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__(", ".join(sorted(names)))
        self.names = sorted(names)


@dataclass(frozen=True)
class Replay:
    """What the evaluation of a model needs."""

    stages: tuple[Stage, ...]
    """The stages to call, in their order."""
    first: int
    """Position of the first evaluation among them: from there on, rows may be drawn."""


def needed(table: Stages, loaded: Collection[str], frozen: Collection[str]) -> Replay:
    """The stages that a model's metrics need.

    Args:
        table: All stages.
        loaded: Names of what the bundle holds, as it was at the end of the training.
        frozen: Names of the rows held back, as the data stages gave them.

    Raises:
        MissingError: Only training makes what they read.
    """
    chosen: list[Stage] = []
    missing: set[str] = set()
    wanted, later = {METRICS}, set[str]()
    data_left = len(table.data)
    if not data_left:
        frozen = ()
    for stage in reversed(table.stages):
        if stage.role == "data":
            if data_left == len(table.data):
                wanted -= set(frozen)
            data_left -= 1
        # a name that no later stage binds again is what the bundle has at the end
        final = set(loaded) - later - {METRICS}
        wanted -= final
        gives, takes = wanted & set(stage.gives), wanted & set(stage.takes)
        later |= set(stage.gives)
        if stage.role in TRAINING:
            missing |= gives
            wanted -= gives
        elif gives or takes:
            reads = set(stage.takes)
            if not gives and not knowable(table, stage, reads - final):
                # it may change what it takes; of evaluations, only the one that adds to the metrics matters
                missing |= takes if stage.role != "evaluate" or METRICS in takes else set()
                continue
            chosen.append(stage)
            wanted = (wanted - gives) | reads
    missing |= wanted - (set(loaded) - later)
    chosen.reverse()
    if missing:
        raise MissingError(missing)
    roles = [stage.role for stage in chosen]
    return Replay(tuple(chosen), roles.index("evaluate") if "evaluate" in roles else len(roles))


def knowable(table: Stages, stage: Stage, names: Collection[str]) -> bool:
    """Whether values can be had without training: the last stage that binds each before this one does not train."""
    before = table.stages[: table.stages.index(stage)]
    for name in names:
        roles = [other.role for other in before if name in other.gives]
        if not roles or roles[-1] in TRAINING:
            return False
    return True


def prepared(
    table: Stages, replay: Replay, call: Call, loaded: Mapping[str, Any], frozen: Mapping[str, Any]
) -> dict[str, Any]:
    """Name → value of all that the evaluations read, before the first of them.

    Args:
        table: All stages.
        replay: Those to call.
        call: Calls one of them.
        loaded: What the bundle holds.
        frozen: The rows held back.
    """
    values = {**loaded}
    chosen = replay.stages[: replay.first]
    data = [stage for stage in chosen if stage.role == "data"]
    if not data:
        values |= frozen
    for stage in chosen:
        values |= call(stage, values)
        if data and stage == data[-1]:
            values, _ = hold_back(values, frozen)
        # what is served is what is judged
        values |= {name: loaded[name] for name in stage.gives if name in loaded and is_last(table, stage, name)}
    bound_again = {name for stage in table.stages if stage.role != "data" for name in stage.gives}
    final = loaded.keys() - (frozen.keys() - bound_again)
    after = {name for stage in replay.stages[replay.first :] for name in stage.gives}
    return values | {name: loaded[name] for name in final - after}


def is_last(table: Stages, stage: Stage, name: str) -> bool:
    """Whether no later stage binds a name again."""
    place = table.stages.index(stage)
    return not any(name in other.gives for other in table.stages[place + 1 :])


def evaluated(replay: Replay, call: Call, values: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics of the evaluations, from what was prepared for them."""
    state = dict(values)
    if isinstance(state.get(METRICS), dict):
        # evaluations may add to it in place
        state[METRICS] = dict(state[METRICS])
    for stage in replay.stages[replay.first :]:
        state |= call(stage, state)
    metrics: dict[str, Any] = dict(state[METRICS])
    return metrics


def caller(model: Any, args: argparse.Namespace) -> Call:
    """Calls stages of a project.

    Args:
        model: The imported `model.py`.
        args: The options of the run.
    """

    def call(stage: Stage, values: Mapping[str, Any]) -> dict[str, Any]:
        arguments = {name: values[name] for name in stage.takes}
        return stage.named(getattr(model, stage.function)(**arguments, **stage.arguments(args)))

    return call
