"""What a production is like: how often it fails, how long it takes, what it answers. Others are compared with it.

A comparison becomes a budget. Of 500 answers of production, a fifth was above 0.7; with a budget of 0.2 for answers, at
most two fifths of a candidate's may be. Such limits are fixed before the first request of the candidate that is held
against them, so that each of them is a test of its own that may be looked at after every request.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbexport_runtime.traffic.comparing import FAILED, HIDDEN

KEPT = 500
"""Values of each kind that are remembered."""
FEWEST = 100
"""Values from which on others are compared with them."""
FEWEST_OUTCOMES = 50
LEAST_LIMIT_MS = 20.0
"""What nobody waits for: a limit for latency is not below it."""
LIMIT_FACTOR = 2.0
"""A limit is so many times what 95 % of production's requests take."""
VALUES = 10
"""Different answers that are counted each by itself."""
HIGHEST = 0.98
"""A budget above it forbids nothing."""

Value = float | str
"""What a model answered, as far as it is compared."""


@dataclass(frozen=True)
class Part:
    """A part of all values, and how many may lie in it."""

    name: str
    budget: float
    count: int
    inside: int


@dataclass
class Spread:
    """Values in places, as production had them, and how many were counted in each since."""

    budget: float
    """How many more than of production's may lie in any part, as a share."""
    edges: tuple[float, ...] = ()
    """Of numbers: a place ends with each, and one follows the last."""
    texts: tuple[str, ...] = ()
    """Of texts: a place for each, and one for all others."""
    above_only: bool = False
    """Whether only large numbers are bad."""
    shares: list[float] = field(default_factory=list)
    """Production's share in each place."""
    counts: list[int] = field(default_factory=list)

    @classmethod
    def of(
        cls, values: Sequence[Value], budget: float, *, quantiles: Sequence[float], above_only: bool = False
    ) -> Spread:
        """The places of production's values.

        Args:
            values: They.
            budget: See the field.
            quantiles: Where numbers are divided.
            above_only: Whether only large numbers are bad: then what is above 0 is a part too.
        """
        numbers = [value for value in values if not isinstance(value, str)]
        if len(numbers) == len(values):
            edges = {*at(numbers, quantiles), *((0.0,) if above_only else ())}
            spread = cls(budget, edges=tuple(sorted(edges)), above_only=above_only)
        else:
            common = Counter(map(str, values)).most_common(VALUES)
            spread = cls(budget, texts=tuple(text for text, _ in common))
        places = len(spread.edges or spread.texts) + 1
        spread.counts = [0] * places
        for value in values:
            spread.add(value)
        spread.shares = [count / len(values) for count in spread.counts]
        spread.counts = [0] * places
        return spread

    def add(self, value: Value) -> None:
        """Count a value; one of another kind than production's is not compared."""
        if self.texts:
            text = str(value)
            self.counts[self.texts.index(text) if text in self.texts else -1] += 1
        elif not isinstance(value, str):
            self.counts[bisect_left(self.edges, value)] += 1

    def parts(self) -> list[Part]:
        """The parts that may not hold everything."""
        count = sum(self.counts)
        places: list[tuple[str, slice]] = []
        for number, edge in enumerate(self.edges, 1):
            places.append((f"above {edge:.4g}", slice(number, None)))
            if not self.above_only:
                places.append((f"up to {edge:.4g}", slice(0, number)))
        if self.texts:
            names = [*(f"`{text}`" for text in self.texts), "another answer"]
            places = [(name, slice(number, number + 1)) for number, name in enumerate(names)]
        parts = [Part(name, sum(self.shares[at_]) + self.budget, count, sum(self.counts[at_])) for name, at_ in places]
        return [part for part in parts if part.budget <= HIGHEST]


@dataclass
class Reference:
    """One version as production."""

    version: str
    answered: int = 0
    failures: int = 0
    requests: int = 0
    """Requests that were answered, failed, or were invalid."""
    invalid: int = 0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    answers: deque[Value] = field(default_factory=lambda: deque(maxlen=KEPT))
    losses: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    """How far predictions were from what happened."""

    def add(self, record: Mapping[str, Any], member: str) -> None:
        """Count a line that this version left as production.

        Args:
            record: The line.
            member: The member of an answer that is compared; empty is the first number.
        """
        outcome = record.get("outcome")
        if outcome == "invalid":
            self.requests += 1
            self.invalid += 1
        elif outcome == "ok" or outcome in FAILED - {"overloaded"}:
            self.requests += 1
            self.answered += 1
            self.failures += outcome != "ok"
        if outcome == "ok":
            latency, value = record.get("latency_ms"), compared(record.get("output"), member)
            if isinstance(latency, int | float):
                self.latencies.append(float(latency))
            if value is not None:
                self.answers.append(value)

    def limit_ms(self) -> float | None:
        """The time that hardly any request takes; None while too few were seen."""
        if len(self.latencies) < FEWEST:
            return None
        ordered = sorted(self.latencies)
        return max(LEAST_LIMIT_MS, LIMIT_FACTOR * ordered[int(0.95 * (len(ordered) - 1))])

    def invalid_share(self) -> float | None:
        """The share of invalid inputs; None while too few were seen."""
        return self.invalid / self.requests if self.requests >= FEWEST else None

    def answers_spread(self, budget: float) -> Spread | None:
        """Its answers, which others are compared with; None while too few were seen."""
        if len(self.answers) < FEWEST:
            return None
        return Spread.of(self.answers, budget, quantiles=(0.1, 0.25, 0.5, 0.75, 0.9))

    def losses_spread(self, budget: float) -> Spread | None:
        """Its losses, which others are compared with; None while too few are known."""
        if len(self.losses) < FEWEST_OUTCOMES:
            return None
        return Spread.of(self.losses, budget, quantiles=(0.5, 0.75, 0.9), above_only=True)


def at(values: Iterable[float], quantiles: Sequence[float]) -> set[float]:
    """Quantiles of values, each once."""
    ordered = sorted(values)
    return {ordered[int(share * (len(ordered) - 1))] for share in quantiles}


def compared(output: Any, member: str) -> Value | None:
    """What of an answer is compared: a member, or the first number, or the first text; None where there is none."""
    if not isinstance(output, Mapping):
        return None
    values = [output.get(member)] if member else list(output.values())
    for value in values:
        if isinstance(value, int | float) and not isinstance(value, bool) and value == value:
            return float(value)
    for value in values:
        if isinstance(value, bool | str) and value != HIDDEN:
            return str(value)
    return None
