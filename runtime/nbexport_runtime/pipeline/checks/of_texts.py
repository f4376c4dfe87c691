"""A column of texts against what the schema knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nbexport_runtime.pipeline.checks import chance
from nbexport_runtime.pipeline.checks.figures import histogram, share
from nbexport_runtime.pipeline.checks.kinds import Finding
from nbexport_runtime.pipeline.checks.pairs import Pair, drift

RARE_CATEGORY = 10
"""A category of fewer rows is rare."""


def compare(pair: Pair) -> Iterator[Finding]:
    """Spaces, signs of a wrong encoding, categories, lengths."""
    new, known = pair.new, pair.known
    for kind, name, mask, what in (
        ("whitespace", "padded", new.padded, "has texts that begin or end with spaces, or are blank"),
        ("broken_text", "broken", new.broken, "has texts that show signs of a wrong encoding"),
    ):
        count = int(new.counts[mask].sum())
        if pair.is_more(count, name):
            rows = np.append(mask, False)[new.codes]
            part, where = pair.some(rows)
            example = new.texts[int(np.argmax(mask))]
            yield pair.problem(kind, f"{what}: {where}, such as `{example[:40]}`", part=part)
    if known.get("categories"):
        yield from _categories(pair)
    elif known.get("length"):
        lengths = np.sort(np.array([len(text) for text in new.texts], dtype=np.int64)[new.codes[new.codes >= 0]])
        yield from drift(pair, known["length"]["shares"], histogram(lengths, known["length"]["edges"]))


def _categories(pair: Pair) -> Iterator[Finding]:
    """New categories, those that are gone, and their shares."""
    new, categories = pair.new, pair.known["categories"]
    known = dict(categories) if isinstance(categories, dict) else dict.fromkeys(categories)
    shares = new.shares()
    strange = {text: part for text, part in shares.items() if text not in known}
    count = round(sum(strange.values()) * new.present)
    occurrences = [part * pair.known_rows for part in known.values() if part is not None]
    singles = sum(1 for rows in occurrences if rows < 3)
    # where rare categories are known, others of their kind may come by chance
    rare = min(occurrences, default=RARE_CATEGORY) < RARE_CATEGORY
    by_chance = rare and count <= chance.most_unseen(singles, new.rows, pair.known_rows)
    if strange and not by_chance:
        part = share(count, new.rows)
        names = ", ".join(f"`{text[:40]}`" for text in sorted(strange, key=lambda t: -strange[t])[:3])
        text = f"has new values: {pair.percent(count)} is not one of the {len(known)} known ones ({names})"
        hint = _similar(strange, known)
        yield pair.problem("new_category", text, part=part, hint=hint)
        if hint:
            # the known ones are there, written another way
            return
    gone = {
        text: part
        for text, part in known.items()
        if part is not None and text not in shares and chance.gone(part, pair.known_rows, new.present) < chance.RARE
    }
    if gone:
        names = ", ".join(f"`{text[:40]}`" for text in sorted(gone, key=lambda t: -gone[t])[:3])
        part = sum(gone.values())
        yield pair.problem("vanished_category", f"never is {names} any more, {part:.1%} was", part=part)
    before = [part for part in known.values() if part is not None]
    if len(before) == len(known) and not strange and not gone:
        yield from drift(pair, before, [shares.get(text, 0.0) for text in known])


def _similar(strange: dict[str, float], known: dict[str, Any]) -> str:
    """What new categories differ from known ones in, where it is only capitals or spaces."""
    plain = {text.strip().casefold(): text for text in known}
    same = [(text, plain[text.strip().casefold()]) for text in strange if text.strip().casefold() in plain]
    return f"`{same[0][0]}` is `{same[0][1]}` but for capitals or spaces" if same else ""
