"""Metrics and values: what both sides have under the same names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from nbexport.errors import NbexportError
from nbexport.verify.against import causes
from nbexport.verify.against.sides import NotebookSide, Subject, are_numbers, flat
from nbexport.verify.against.verdict import Against
from nbexport.verify.against.work import FIRST, MOST_NAMED, SECOND, Work, compared, short, shown
from nbexport.verify.snapshot import differences
from nbexport.verify.verification import Difference, DifferenceKind, Unrepeated

Differ = Callable[[str, Any, Any], list[Difference]]
"""Where two things of a name differ."""


def compare(work: Work, subject: Subject | None) -> Against:
    """The verdict on metrics or values; None lets what the other code gives decide: numbers are metrics.

    Raises:
        NbexportError: One of the two does not run, or there is nothing to compare.
    """
    first = work.named(FIRST)
    if subject is None:
        numbers = are_numbers(list(flat(first.metrics).values()))
        subject = Subject.METRICS if numbers else Subject.VALUES
    if subject is Subject.VALUES:
        return _values(work, first.trees, first.types)
    return _metrics(work, first.metrics, first.notes)


# --------------------------------------------------------------------------- metrics


def _metrics(work: Work, given: Mapping[str, Any], notes: Sequence[str]) -> Against:
    whole = flat(given)
    left = work.run_notebook(wanted=tuple(whole))
    _check_metrics(work, left, whole)
    ours, theirs = _prefixes(_own(work, left), whole)
    own, other = _inside(_own(work, left), ours), _inside(whole, theirs)
    names = [name for name in own if name in other]
    missing = [name for name in own if name not in other] if work.wish.metrics else []
    if not names or missing:
        raise NbexportError(
            f"there is nothing to compare: `{work.name}` and `{work.target.text}` share no metric"
            if not names
            else f"`{work.target.text}` has no metric `{missing[0]}`",
            why=f"the notebook has {shown(own)}; the other code has {shown(other)}",
            fix="give them the same names",
        )
    second = _inside(flat(work.named(SECOND).metrics), theirs)
    again = _inside(_own(work, work.run_notebook(wanted=tuple(whole))), ours)

    def differ(name: str, one: Any, two: Any) -> list[Difference]:
        return compared(DifferenceKind.METRIC, name, one, two, work.wish.tolerance)

    different = _different(names, own, other, differ)
    unrepeated = _unrepeated(names, other, second, differ)
    reasons = work.causes_of_unrepeated(unrepeated, lambda: _text(work.named(FIRST).metrics) == _text(given))
    if any(different.values()) and not unrepeated:
        pairs = [pair for name in names for pair in causes.numbers(own[name], other[name])]
        reasons = [cause] if (cause := causes.of_figures(pairs)) else []
    remarks = [f"the notebook's metrics are those in `{ours[:-1]}`"] if ours else []
    remarks += [f"its metrics are those in `{theirs[:-1]}`"] if theirs else []
    sides = ((own, other, "the other code has no such metric"), (other, own, "the notebook has no such metric"))
    return work.verdict(
        metrics=tuple(names),
        differing=sum(map(bool, different.values())),
        differences=tuple(entry for entries in different.values() for entry in entries),
        unrepeated=unrepeated,
        notebook_unrepeated=_unrepeated(names, own, again, differ),
        causes=tuple(reasons),
        notes=(*notes, *remarks),
        left_out=tuple(f"`{name}`: {why}" for one, rest, why in sides for name in one if name not in rest),
    )


def _own(work: Work, left: NotebookSide) -> dict[str, Any]:
    """The notebook's metrics; those in a variable that is a dict stand beside the others."""
    if not work.wish.metrics:
        return flat(left.metrics)
    values: dict[str, Any] = {}
    for name, value in left.metrics.items():
        values |= value if isinstance(value, Mapping) else {name: value}
    return flat(values)


def _check_metrics(work: Work, left: NotebookSide, other: Mapping[str, Any]) -> None:
    """Go on where the notebook has the metrics that were asked for.

    Raises:
        NbexportError: It has none, or not these.
    """
    for name in work.wish.metrics:
        if name not in left.metrics:
            near = get_close_matches(name, left.numbers, n=3) or left.numbers[:5]
            after = f" after cell {work.plan.after}, the last that an export is made from" if work.plan.after else ""
            raise NbexportError(
                f"`{work.name}` has no variable `{name}`{after}",
                fix=f"variables that hold a number: {shown(near)}" if near else "correct --metric",
            )
    if not left.metrics:
        named = [name for name in left.numbers if name in other] or left.numbers[:MOST_NAMED]
        raise NbexportError(
            f"there is nothing to compare: `{work.name}` has no dict `metrics`",
            why=f"`{work.target.text}` has {shown(other)}",
            fix=f"say which variables are metrics: {' '.join(f'--metric {name}' for name in named)}"
            if named
            else "fill a dict `metrics` in the notebook",
        )


def _prefixes(own: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, str]:
    """What the names of one side begin with and the other's do not, such as `metrics.`; empty where they are alike."""
    if own.keys() & other.keys():
        return "", ""
    for longer, shorter in ((other, own), (own, other)):
        heads = dict.fromkeys(f"{name.partition('.')[0]}." for name in longer if "." in name)
        fitting = [head for head in heads if _inside(longer, head).keys() & shorter.keys()]
        if len(fitting) == 1:
            return ("", fitting[0]) if longer is other else (fitting[0], "")
    return "", ""


def _inside(metrics: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in metrics.items() if name.startswith(prefix)}


# --------------------------------------------------------------------------- values


def _values(work: Work, trees: Mapping[str, Any], types: Mapping[str, str]) -> Against:
    left = work.run_notebook(values=tuple(trees))
    names = [name for name in trees if name in left.values]
    if not names:
        raise NbexportError(
            f"there is nothing to compare: `{work.name}` has no variable that `{work.target.text}` returns",
            why=f"it returns {shown(trees)}",
            fix="return a dict with the names of the notebook's variables",
        )
    second, again = work.named(SECOND), work.run_notebook(values=tuple(trees))

    def differ(name: str, one: Any, two: Any) -> list[Difference]:
        return [Difference(DifferenceKind.VALUE, *entry) for entry in differences(one, two, work.wish.tolerance, name)]

    different = _different(names, left.values, trees, differ)
    unrepeated = _unrepeated(names, trees, second.trees, differ)
    reasons = work.causes_of_unrepeated(unrepeated, lambda: _text(work.named(FIRST).trees) == _text(trees))
    return work.verdict(
        values=tuple(names),
        differing=sum(map(bool, different.values())),
        differences=tuple(entry for entries in different.values() for entry in entries),
        unrepeated=unrepeated,
        notebook_unrepeated=_unrepeated(names, left.values, again.values, differ),
        causes=tuple(reasons),
        notes=tuple(
            f"`{name}` is {left.types[name]} in the notebook and {types[name]} there"
            for name in names
            if left.types[name] != types[name]
        ),
        left_out=tuple(f"`{name}`: the notebook has no such variable" for name in trees if name not in names),
    )


# --------------------------------------------------------------------------- both


def _different(
    names: Sequence[str], one: Mapping[str, Any], two: Mapping[str, Any], differ: Differ
) -> dict[str, list[Difference]]:
    return {name: differ(name, one[name], two[name]) for name in names}


def _unrepeated(
    names: Sequence[str], first: Mapping[str, Any], second: Mapping[str, Any], differ: Differ
) -> tuple[Unrepeated, ...]:
    """What two runs of one side have different, or one of them does not have."""
    unrepeated: list[Unrepeated] = []
    for name in names:
        if name not in second:
            unrepeated.append(Unrepeated(DifferenceKind.VALUE, name, short(first[name]), "absent"))
            continue
        entries = differ(name, first[name], second[name])
        unrepeated += [Unrepeated(entry.kind, entry.name, entry.notebook, entry.project) for entry in entries]
    return tuple(unrepeated)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
