"""Who asks what, and what becomes of it. All of it follows from the seed, so that two runs have the same traffic."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.simulation.inputs import Body, Inputs
from nbexport_runtime.platform.simulation.scenario import Scenario

DAY_S = 86_400
LATE_DAYS = (0.2, 1.5)
"""How long an outcome takes to become known: from the first to the second."""
SUCCESS = "success"
"""The outcome that an experiment looks at: whether the answer did what it was for."""
KNOWN_SHARE = 0.9
"""The share of predictions whose outcomes ever become known."""


@dataclass(frozen=True)
class Visit:
    """One request of one user."""

    identity: str
    """The request's id."""
    user: str
    moment: datetime
    body: Body
    label: Any
    """What is true of it; None where nothing is known."""


@dataclass(frozen=True)
class Arrival:
    """One outcome, and when it becomes known."""

    request_id: str
    name: str
    value: float
    happened: datetime
    known: datetime


class World:
    """The users, what they ask, and what becomes of it."""

    def __init__(self, scenario: Scenario, inputs: Inputs, begin: datetime) -> None:
        """Choose what drifts.

        Args:
            scenario: How much happens, and when.
            inputs: What may be asked.
            begin: The first moment of the first day.

        Raises:
            PipelineError: The input that shall drift is none, or cannot.
        """
        self.scenario, self.inputs, self.begin = scenario, inputs, begin
        self.drifts = drifting(inputs, scenario.drift_column)
        """The input that drifts; empty where none can."""

    def drawn(self, *words: object) -> random.Random:
        """Random numbers for one purpose, always the same."""
        return random.Random(" ".join(map(str, (self.scenario.seed, *words))))  # noqa: S311 - it shall be repeated

    def visits(self, day: int) -> Iterator[Visit]:
        """The requests of a day, in the order of their moments."""
        draw = self.drawn("day", day)
        midnight = self.begin + timedelta(days=day - 1)
        users = draw.sample(range(self.scenario.users), self.scenario.requests)
        moments = sorted(draw.uniform(0, DAY_S - 1) for _ in users)
        for number, (user, second) in enumerate(zip(users, moments, strict=True)):
            place = draw.randrange(len(self.inputs.bodies))
            body = self.inputs.bodies[place]
            if day >= self.scenario.drift_day and self.drifts and draw.random() < self.scenario.drift_share:
                body = drifted(body, self.drifts, self.scenario.drift_factor)
            yield Visit(
                f"sim-{self.scenario.seed}-{day:03d}-{number:06d}",
                f"user-{user:06d}",
                midnight + timedelta(seconds=round(second, 3)),
                body,
                self.inputs.labels[place] if self.inputs.labels else None,
            )

    def arrivals(self, visit: Visit, answer: Mapping[str, Any], name: str, *, better: bool) -> list[Arrival]:
        """The outcomes of a request that was answered.

        Args:
            visit: The request.
            answer: The answer, without what the service adds.
            name: The outcome that quality is measured by.
            better: Whether the better candidate answered.
        """
        draw = self.drawn("outcome", visit.identity)
        rate = self.scenario.better_rate if better else self.scenario.base_rate
        succeeded, unknown = float(draw.random() < rate), draw.random() >= KNOWN_SHARE
        value = label_value(visit.label, answer, draw)
        known = visit.moment + timedelta(days=draw.uniform(*LATE_DAYS))
        if unknown:
            return []
        names = {name: value, SUCCESS: succeeded}
        return [Arrival(visit.identity, key, value, visit.moment, known) for key, value in names.items()]


def label_value(label: Any, answer: Mapping[str, Any], draw: random.Random) -> float:
    """The outcome of a prediction as a number.

    A label that is a number is the outcome itself. Of any other one, the outcome is whether the answer has it. Without
    labels the model's own answer decides: a probability is how often it comes true, another number comes true as it is,
    and any other answer is right four times of five.
    """
    if isinstance(label, bool | int | float):
        return float(label)
    if label is not None:
        return float(any(value == label for value in answer.values()))
    number = next((float(value) for value in answer.values() if isinstance(value, int | float)), None)
    if number is None:
        return float(draw.random() < 0.8)
    return float(draw.random() < number) if 0 <= number <= 1 else number


def drifting(inputs: Inputs, wanted: str) -> str:
    """The input that drifts: the one that is named, else the first number, else the first text.

    Raises:
        PipelineError: It is not an input, or neither number nor text.
    """
    kinds: dict[str, type] = {}
    for body in inputs.bodies:
        for name, value in body.items():
            if isinstance(value, int | float | str) and not isinstance(value, bool):
                kinds.setdefault(name, type(value))
    if wanted:
        if wanted not in kinds:
            names = ", ".join(f"`{name}`" for name in kinds)
            raise PipelineError(f"`{wanted}` cannot drift; choose one of {names}" if names else "no input can drift")
        return wanted
    numbers = [name for name, kind in kinds.items() if kind is not str]
    return next(iter([*numbers, *kinds]), "")


def drifted(body: Body, name: str, factor: float) -> Body:
    """A request whose input has moved: a number is larger, a text is longer."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return body
    moved: Any
    if isinstance(value, str):
        moved = f"{value} {value} {value}"
    elif isinstance(value, int):
        moved = round(value * factor) + 1
    else:
        moved = value * factor
    return {**body, name: moved}
