"""The label against what the schema knows of it, and columns that tell it."""

from __future__ import annotations

from collections.abc import Iterator

from nbexport_runtime.pipeline.checks import chance
from nbexport_runtime.pipeline.checks.columns import Facts
from nbexport_runtime.pipeline.checks.kinds import Finding
from nbexport_runtime.pipeline.checks.pairs import FEWEST, Pair
from nbexport_runtime.pipeline.checks.tables import Table, telling

BALANCE = 2.0
"""A share of a label may differ by this many times the tolerance before it is an error."""
RATIO = 3.0
"""Or by this factor."""
SMALLEST = 0.02
"""A smaller difference is not reported."""
LEAKS = 0.99
"""A column that tells this much of the label is taken to be made from it."""
TELLS = 0.9
"""Unless it told this much when the schema was learned."""


def is_classes(known: Facts) -> bool:
    """Whether the schema knows a column as one of classes."""
    return bool(known.get("categories") or known.get("values"))


def compare(pair: Pair) -> list[Finding]:
    """What differs of a label of classes."""
    new, known = pair.new, pair.known
    before = known.get("categories") or known.get("values") or {}
    if not isinstance(before, dict):
        before = {}
    findings: list[Finding] = []
    gaps = new.rows - new.present
    if gaps and not known.get("missing"):
        findings.append(pair.problem("missing_labels", f"is the label and lacks {pair.percent(gaps)} of its values"))
    shares = new.shares()
    if len(shares) == 1 and len(before) > 1:
        (value,) = shares
        return [*findings, pair.problem("one_class", f"is the label and is `{value[:40]}` in every row")]
    strange = [value for value in shares if before and value not in before]
    if strange:
        names = ", ".join(f"`{value[:40]}`" for value in strange[:3])
        findings.append(pair.problem("new_label", f"is the label and has new values: {names}"))
    gone = [
        value
        for value, part in before.items()
        if value not in shares and chance.gone(part, pair.known_rows, new.present) < chance.RARE
    ]
    if gone:
        names = ", ".join(f"`{value[:40]}`" for value in gone[:3])
        part = sum(before[value] for value in gone)
        text = f"is the label and never is {names}, {part:.1%} was"
        findings.append(pair.problem("vanished_category", text, part=1.0))
    if not strange and not gone and min(new.rows, pair.known_rows) >= FEWEST:
        findings += _balance(pair, before, shares)
    return findings


def _balance(pair: Pair, before: Facts, shares: dict[str, float]) -> Iterator[Finding]:
    """The label whose share differs most."""
    by_distance = sorted(before, key=lambda value: -abs(shares.get(value, 0.0) - before[value]))
    for value in by_distance:
        was, now = before[value], shares.get(value, 0.0)
        if abs(now - was) < SMALLEST:
            break
        z = chance.z_of_shares(was, pair.known_rows, now, pair.new.present)
        if abs(z) < chance.LARGE_Z:
            continue
        large = abs(now - was) > BALANCE * pair.tolerance or max(now, was) > RATIO * max(min(now, was), 1e-9)
        text = f"is the label and is `{value[:40]}` in {now:.1%} of the rows, {was:.1%} were"
        yield pair.problem("label_balance", text, part=1.0 if large else 0.0)
        break


def leaks(table: Table, known: Facts, label: str) -> Iterator[Finding]:
    """Columns that tell the label and are new, or did not tell it when the schema was learned."""
    if label not in table.columns:
        return
    for name, values in table.columns.items():
        if name == label or values.is_key or not values.present:
            continue
        before = known["columns"].get(name)
        if before is not None and before.get("tells_label", 1.0) > TELLS:
            continue
        tells = telling(values, table.columns[label])
        if tells > LEAKS:
            how = "is new and tells" if before is None else "now tells"
            text = f"`{table.name}`: `{name}` {how} the label `{label}` ({tells:.0%} of what there is to tell)"
            yield Finding("target_leaked", table.name, text, name)
