"""A shadow and production on the same requests: do they agree, which fails more, which takes longer.

Both leave a line in the prediction log with the request's id and, in a batch, the row. Whichever comes first waits for
the other, among a bounded number.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

TOLERANCE = 0.1
"""How far two numbers may be apart that agree, as a share of the larger one, or of 1 where both are below it."""
WAITING = 10_000
"""Lines that may wait for their other half; the oldest is let go."""
KEPT = 1_000
"""Latencies from which quantiles are told."""
FAILED = frozenset(("error", "down", "timeout", "overloaded"))
"""Outcomes that are a fault on this side."""
HIDDEN = "[redacted]"
"""What the log has in place of a value that must not be logged."""

Key = tuple[str, int | None]
Pair = Literal["agree", "differ", "shadow failed", "production failed", "unknown"]


@dataclass
class Comparison:
    """What was seen of a shadow beside production."""

    version: str
    """The version that gets copies."""
    tolerance: float = TOLERANCE
    agreed: int = 0
    differed: int = 0
    shadow_failed: int = 0
    """Requests that only the shadow failed on."""
    production_failed: int = 0
    """Requests that production failed on."""
    latencies: dict[str, deque[float]] = field(default_factory=lambda: _two(KEPT))
    waiting: OrderedDict[Key, Mapping[str, Any]] = field(default_factory=OrderedDict)

    @property
    def count(self) -> int:
        """Requests that both were asked."""
        return self.agreed + self.differed + self.shadow_failed + self.production_failed

    def add(self, record: Mapping[str, Any]) -> Pair | None:
        """Take a line of the log; what became of the two where it completes them, else None."""
        arm, outcome = record.get("arm"), record.get("outcome")
        if arm not in ("shadow", "production") or (arm == "shadow" and record.get("model_version") != self.version):
            return None
        if outcome != "ok" and outcome not in FAILED:
            return None
        key = (str(record.get("request_id")), record.get("row"))
        other = self.waiting.get(key)
        if other is None or other["arm"] == arm:
            self.waiting[key] = record
            if len(self.waiting) > WAITING:
                self.waiting.popitem(last=False)
            return None
        del self.waiting[key]
        shadow, production = (record, other) if arm == "shadow" else (other, record)
        return self._pair(shadow, production)

    def _pair(self, shadow: Mapping[str, Any], production: Mapping[str, Any]) -> Pair:
        if production["outcome"] in FAILED:
            # where production fails too, it is the input
            self.production_failed += 1
            return "production failed"
        if shadow["outcome"] in FAILED:
            self.shadow_failed += 1
            return "shadow failed"
        for name, record in (("shadow", shadow), ("production", production)):
            if isinstance(record.get("latency_ms"), int | float):
                self.latencies[name].append(float(record["latency_ms"]))
        same = agree(shadow.get("output"), production.get("output"), self.tolerance)
        if same is None:
            return "unknown"
        if same:
            self.agreed += 1
            return "agree"
        self.differed += 1
        return "differ"

    def facts(self) -> dict[str, Any]:
        """The figures."""
        compared = self.agreed + self.differed
        return {
            "requests": self.count,
            "agreement_percent": round(100 * self.agreed / compared, 2) if compared else None,
            "differed": self.differed,
            "only_shadow_failed": self.shadow_failed,
            "production_failed": self.production_failed,
            "latency_ms": {name: quantiles(values) for name, values in self.latencies.items()},
        }

    def lines(self) -> tuple[str, ...]:
        """Lines for a person."""
        facts = self.facts()
        if not self.count:
            return ("no copy has been compared yet",)
        agreement = facts["agreement_percent"]
        shown = "unknown" if agreement is None else f"{agreement:g} % of {self.agreed + self.differed}"
        errors = f"only the shadow failed on {self.shadow_failed}, production on {self.production_failed}"
        latency = "; ".join(
            f"{name} p50 {taken['p50']} ms, p95 {taken['p95']} ms" for name, taken in facts["latency_ms"].items()
        )
        return (f"agreement:  {shown}", f"errors:     {errors}, of {self.count}", f"latency:    {latency}")


def _two(kept: int) -> dict[str, deque[float]]:
    return {"shadow": deque(maxlen=kept), "production": deque(maxlen=kept)}


def quantiles(values: deque[float] | list[float]) -> dict[str, float | None]:
    """Median and 95 % quantile in milliseconds; None without values."""
    ordered = sorted(values)
    if not ordered:
        return {"p50": None, "p95": None}
    return {name: round(ordered[int(share * (len(ordered) - 1))], 3) for name, share in (("p50", 0.5), ("p95", 0.95))}


def agree(ours: Any, theirs: Any, tolerance: float = TOLERANCE) -> bool | None:
    """Whether two answers say the same; None where neither says anything that may be compared.

    Args:
        ours: The members of one answer.
        theirs: Those of the other.
        tolerance: See `TOLERANCE`; everything but numbers must be equal.
    """
    if (isinstance(ours, str) and ours == HIDDEN) or (isinstance(theirs, str) and theirs == HIDDEN):
        return None
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        if ours.keys() != theirs.keys():
            return False
        return _all(agree(value, theirs[name], tolerance) for name, value in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return False
        return _all(agree(one, other, tolerance) for one, other in zip(ours, theirs, strict=True))
    if _number(ours) and _number(theirs):
        if not (math.isfinite(ours) and math.isfinite(theirs)):
            return repr(float(ours)) == repr(float(theirs))
        return bool(abs(ours - theirs) <= tolerance * max(abs(ours), abs(theirs), 1.0))
    return bool(ours == theirs)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _all(answers: Any) -> bool | None:
    known = [answer for answer in answers if answer is not None]
    return all(known) if known else None
