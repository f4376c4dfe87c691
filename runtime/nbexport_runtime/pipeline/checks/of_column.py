"""One column against what the schema knows of it: missing values, type, constants, ids; then by its type."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nbexport_runtime.pipeline.checks import chance, of_dates, of_numbers, of_texts
from nbexport_runtime.pipeline.checks.figures import number_of, share
from nbexport_runtime.pipeline.checks.kinds import Finding
from nbexport_runtime.pipeline.checks.pairs import Pair

ONE_TYPE = ({"integer", "number"}, {"integer", "boolean"})


def compare(pair: Pair) -> list[Finding]:
    """What differs; where one thing explains others, only that one."""
    new, known = pair.new, pair.known
    if not new.rows:
        return []
    if not new.present:
        if known.get("missing", 0.0) < 1:
            was = f"{known.get('missing', 0.0):.1%} was"
            return [pair.problem("all_missing", f"has no value at all: 100.0% is missing, {was}")]
        return []
    findings = list(_missing(pair))
    if known.get("type") in (None, "other") or new.kind == "other":
        return findings
    retyped = list(_type(pair))
    if retyped:
        return [*findings, *retyped]
    if known.get("unique"):
        return [*findings, *_key(pair)]
    if _is_constant(pair):
        (value,) = new.shares() if new.distinct == 1 else ("",)
        return [
            *findings,
            pair.problem("constant", f"is `{value[:40]}` in every row, it had {known['distinct']} values"),
        ]
    if new.kind == "date":
        return [*findings, *of_dates.compare(pair)]
    if new.numbers is not None:
        return [*findings, *of_numbers.compare(pair)]
    return [*findings, *of_texts.compare(pair)]


def _missing(pair: Pair) -> Iterator[Finding]:
    """More missing values than chance explains."""
    before, now = pair.known.get("missing", 0.0), pair.new.missing
    count = pair.new.rows - pair.new.present
    text = f"lacks {now:.1%} of its values, {before:.1%} lacked"
    if now > before + pair.tolerance:
        if before and chance.z_of_shares(before, pair.known_rows, now, pair.new.rows) < chance.LARGE_Z:
            return
        yield pair.problem("missing_values", text)
    elif before == 0:
        if count and chance.all_outside(count, pair.new.rows, pair.known_rows) < chance.RARE:
            yield pair.problem("missing_values", text, part=0.0)
    elif now > before + 0.01 and chance.z_of_shares(before, pair.known_rows, now, pair.new.rows) > chance.LARGE_Z:
        yield pair.problem("missing_values", text, part=0.0)


def _type(pair: Pair) -> Iterator[Finding]:
    """Another type than the reader gave, and why."""
    new, before = pair.new, pair.known["type"]
    if new.kind == before or {new.kind, before} in ONE_TYPE:
        return
    if before in ("integer", "number", "boolean") and new.codes is not None:
        yield _not_numbers(pair)
        return
    if before == "date":
        if new.kind == "text" or pair.known.get("format"):
            example = next((text for text in new.texts[:1]), "")
            seen = f", such as `{example[:40]}`" if example else ""
            yield pair.problem("date_format", f"had dates ({pair.known.get('format')}) and has {new.kind}s{seen}")
        return
    if before == "text" and "dtype" not in pair.known:
        # a schema of format 1 knows neither dates nor truth values
        return
    yield pair.problem("type", f"was {before} and is {new.kind} now (`{pair.known.get('dtype')}`, `{new.dtype}`)")


def _not_numbers(pair: Pair) -> Finding:
    """Why a column of numbers is text now."""
    new, before = pair.new, pair.known["type"]
    texts = new.texts
    comma = [number_of(text.replace(".", "").replace(",", ".")) is not None and "," in text for text in texts]
    plain = [number_of(text) is not None for text in texts]
    rows = new.codes
    if sum(comma) * 2 > len(texts):
        _, where = pair.some(np.array([*comma, False])[rows])
        return pair.problem(
            "decimal_comma",
            f"was {before} and is text now: {where} has a decimal comma, such as `{texts[comma.index(True)][:40]}`",
        )
    if any(plain):
        bad = ~np.array(plain)
        _, where = pair.some(np.append(bad, False)[rows])
        example = texts[int(np.argmax(bad))]
        return pair.problem(
            "mixed_types", f"is not numeric any more: {where} is something else, such as `{example[:40]}`"
        )
    return pair.problem("type", f"was {before} and is {new.kind} now, such as `{texts[0][:40]}`")


def _is_constant(pair: Pair) -> bool:
    """Whether a column that varied has one value, and not by chance."""
    if pair.new.distinct != 1 or pair.known.get("distinct", 1) < 2:
        return False
    shares = pair.known.get("categories") or pair.known.get("values")
    common = max(shares.values()) if isinstance(shares, dict) else 0.5
    return bool(common**pair.new.present < chance.RARE)


def _key(pair: Pair) -> Iterator[Finding]:
    """An id that occurs twice."""
    again = pair.new.present - pair.new.distinct
    if again > 0:
        part = share(again, pair.new.rows)
        text = f"was unique and repeats: {pair.percent(again)} occur in an earlier row"
        yield pair.problem("ids_reused", text, part=part)
