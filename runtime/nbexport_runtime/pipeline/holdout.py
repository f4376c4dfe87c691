"""The rows that are held back: frozen once, never trained on, and what every model is scored on.

They are what the notebook's own evaluation read when the first data set was trained on. Later data sets may bring
these rows again; whatever equals one of them is left out of what the training gets.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any

from nbexport_runtime import bundle
from nbexport_runtime.pipeline import datasets
from nbexport_runtime.pipeline.files import digest_of, digests, read_json, staging
from nbexport_runtime.pipeline.outcome import Trouble
from nbexport_runtime.pipeline.settings import HOLDOUT
from stages import HELD_BACK

TOO_MANY = 0.5
"""Share of the training rows that cannot all be rows held back: then rows are no rows there."""


def identity() -> str | None:
    """The id of the frozen rows; None before there are any."""
    found = sorted(HOLDOUT.glob("h-*.dvc")) or sorted(HOLDOUT.glob("h-*"))
    return found[0].stem if found else None


def folder(name: str) -> Path:
    """Where frozen rows lie; brought back by DVC where they are not here."""
    place = HOLDOUT / name
    if not (place / "manifest.json").is_file():
        datasets.dvc("pull", "--quiet", f"data/holdout/{name}.dvc")
    return place


def values(name: str) -> dict[str, Any]:
    """The frozen values by the names that the notebook gives them.

    Raises:
        Trouble: They are not what was frozen.
    """
    try:
        return dict(bundle.load(folder(name)))
    except bundle.BundleError as error:
        raise Trouble(f"the rows held back cannot be read: {error}") from None


def freeze(given: dict[str, Any]) -> str:
    """Keep values as the rows held back; their id.

    Raises:
        BundleError: A value cannot be kept.
    """
    HOLDOUT.mkdir(parents=True, exist_ok=True)
    made = staging(HOLDOUT / "new")
    try:
        bundle.save(given, made, strict=True, examples=[])
        content = {
            name: facts
            for name, facts in digests(made).items()
            if name in read_json(made / "manifest.json")["files"]
        }
        name = f"h-{digest_of(content)[:12]}"
        made.chmod(0o755)
        if not (HOLDOUT / name).exists():
            made.rename(HOLDOUT / name)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    datasets.keep(HOLDOUT / name)
    return name


def hold_back(
    given: dict[str, Any], kept: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    """What the data stages gave, with the frozen rows in the place of their own evaluation rows and nowhere else.

    Args:
        given: Name → value of all that the data stages give.
        kept: Name → frozen value.

    Returns:
        The values to go on with, and how many rows were left out.
    """
    found = {**given, **kept}
    left_out = 0
    for value in telling(kept):
        known = set(keys(value))
        for name in given.keys() - kept.keys():
            if not alike(given[name], value):
                continue
            mine = keys(given[name])
            stay = [place for place, key in enumerate(mine) if key not in known]
            if len(stay) < len(mine) * (1 - TOO_MANY):
                continue
            left_out += len(mine) - len(stay)
            if len(stay) < len(mine):
                for other in given.keys() - kept.keys():
                    if length(given[other]) == len(mine):
                        found[other] = taken(found[other], stay)
    return found, left_out


def telling(kept: dict[str, Any]) -> list[Any]:
    """Of values with the same number of rows the one whose rows differ most: features, not labels."""
    groups: dict[int, list[Any]] = {}
    for value in kept.values():
        if length(value):
            groups.setdefault(length(value), []).append(value)
    found = [max(g, key=lambda value: len(set(keys(value)))) for g in groups.values()]
    return [v for v in found if len(set(keys(v))) * 2 > length(v)]


def length(value: Any) -> int:
    """How many rows a value has; 0 for what has none."""
    if isinstance(value, str | bytes | dict | set | frozenset):
        return 0
    try:
        return len(value)
    except TypeError:
        return 0


def alike(value: Any, other: Any) -> bool:
    """Whether two values have the same kind of rows."""
    if type(value) is not type(other) or not length(value):
        return False
    if hasattr(value, "columns"):
        return list(value.columns) == list(other.columns)
    if hasattr(value, "shape"):
        return bool(value.shape[1:] == other.shape[1:] and value.dtype == other.dtype)
    return type(value[0]) is type(other[0]) if isinstance(value, list | tuple) else True


def keys(value: Any) -> list[Hashable]:
    """Something per row that is equal when the rows are."""
    if hasattr(value, "columns"):
        return [repr(row) for row in value.itertuples(index=False, name=None)]
    if hasattr(value, "tolist") and getattr(value, "ndim", 1) <= 1:
        return [repr(row) for row in value.tolist()]
    if hasattr(value, "numpy"):
        value = value.detach().cpu().numpy()
    if hasattr(value, "tobytes"):
        return [hashlib.sha256(row.tobytes()).digest() for row in value]
    return [repr(row) for row in value] if isinstance(value, Sequence) else []


def taken(value: Any, rows: Sequence[int]) -> Any:
    """Some rows of a value, in that order."""
    if hasattr(value, "iloc"):
        return value.iloc[list(rows)]
    if hasattr(value, "shape"):
        return value[list(rows)]
    return type(value)([value[row] for row in rows])


def wanted() -> bool:
    """Whether the notebook has rows that can be held back."""
    return bool(HELD_BACK)


Warn = Callable[[str], None]
