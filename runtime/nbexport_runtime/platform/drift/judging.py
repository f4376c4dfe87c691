"""Whether one column of one window differs from its reference: how much, and how likely that is by chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nbexport_runtime.platform.drift import measures
from nbexport_runtime.platform.drift.counting import Counts
from nbexport_runtime.platform.drift.references import Reference
from nbexport_runtime.platform.drift.settings import Drift
from nbexport_runtime.platform.percent import percent

FEWEST_ROWS = 30
"""A window with fewer rows says nothing."""
RARE_SHARE = 0.02
"""A share of new categories, of values out of range, or of values missing more or less, below this is not drift."""
TESTS = {"number": 4, "text": 4, "category": 3, "date": 1, "empty": 1}
"""Kind → how many tests one column has; each may err a part only."""


@dataclass(frozen=True)
class Judged:
    """One column of one window."""

    rows: int
    p: float
    """How likely so large a difference is where nothing has changed; 1 where it is too small to matter."""
    psi: float = 0.0
    share: float = 0.0
    """Of the rows: how many lie elsewhere than in the reference."""
    missing: float = 0.0
    new: float = 0.0
    outside: float = 0.0
    reasons: tuple[str, ...] = field(default=())
    """What is different and large enough to matter, whether or not it may be chance."""

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        names = ("rows", "p", "psi", "share", "missing", "new", "outside")
        return {name: measures.plain(getattr(self, name)) for name in names} | {"reasons": list(self.reasons)}


def judge(known: Reference, now: Counts, settings: Drift) -> Judged:
    """Compare a column of a window with its reference."""
    facts = known.facts
    tests: list[tuple[float, str]] = []
    rows, missing = int(facts["rows"]), int(facts.get("missing", 0))
    before, after = missing / max(1, rows), 1 - now.present / max(1, now.rows)
    # a service that requires a value, or fills it, never logs a missing one: no gaps at all are not drift
    if abs(after - before) >= RARE_SHARE and rows and after:
        p = measures.more(missing, rows, now.rows - now.present, now.rows)
        tests.append((p, f"missing {percent(before, 1)} → {percent(after, 1)}"))
    psi = share = new = outside = 0.0
    if known.kind in ("number", "text") and now.present:
        counts = [int(count) for count in facts["counts"]]
        groups = measures.groups_of(counts)
        psi = measures.psi(measures.merged(counts, groups), measures.merged(now.bins, groups))
        share = measures.distance(counts, now.bins)
        if psi >= settings.min_psi or share >= settings.min_share:
            p = measures.ks(share, int(facts["n"]), now.present)
            tests.append((p, shifted(facts["edges"], counts, now.bins, known.kind)))
        outside = (now.below + now.above) / now.present
        for count, word, bound in ((now.below, "below", facts["min"]), (now.above, "above", facts["max"])):
            if count / now.present >= RARE_SHARE:
                p = measures.beyond(count, now.present, int(facts["present"]))
                tests.append((p, f"{percent(count / now.present, 1)} {word} {float(bound):g}"))
    elif known.kind == "category" and now.present:
        old = {str(name): int(count) for name, count in facts["values"].items()}
        counted = {**now.values, **({"": now.new} if now.new else {})}
        names = sorted(old.keys() | counted.keys())
        psi = measures.psi([old.get(name, 0) for name in names], [counted.get(name, 0) for name in names])
        share, new = measures.moved(old, counted), now.new / now.present
        if psi >= settings.min_psi or share >= settings.min_share:
            tests.append((measures.chi_square(old, counted), turned(old, counted)))
        if new >= RARE_SHARE:
            tests.append(
                (measures.more(0, sum(old.values()), now.new, now.present), f"{percent(new, 1)} unknown values")
            )
    p = min(1.0, TESTS[known.kind] * min((p for p, _ in tests), default=1.0))
    reasons = tuple(text for _, text in sorted(tests, key=lambda test: test[0]))
    return Judged(now.rows, p, psi, share, after, new, outside, reasons)


def middle(edges: list[float], counts: list[int] | tuple[int, ...]) -> str:
    """The edge below which half of the values are; above the last edge, that."""
    done = 0
    for edge, count in zip(edges, counts, strict=False):
        done += count
        if 2 * done >= sum(counts):
            return f"{edge:.4g}"
    return f"above {edges[-1]:.4g}" if edges else "?"


def shifted(edges: list[float], before: list[int], after: tuple[int, ...], kind: str) -> str:
    """What a number has done, in words."""
    what = "median" if kind == "number" else "median length"
    old, new = middle(edges, before), middle(edges, after)
    return f"{what} {old} → {new}" if old != new else f"spread changed around the {what} {old}"


def turned(before: dict[str, int], after: dict[str, int]) -> str:
    """The category that changed most, in words."""
    n, m = sum(before.values()), sum(after.values())
    changes = {name: after.get(name, 0) / m - before.get(name, 0) / n for name in before.keys() | after.keys() if name}
    name = max(sorted(changes), key=lambda one: abs(changes[one]))
    return f"`{name}` {percent(before.get(name, 0) / n)} → {percent(after.get(name, 0) / m)}"
