"""The rows that are held back: frozen once, never trained on, and what every model is scored on.

They are what the notebook's own evaluation read when the first data set was trained on, until a person renews them.
Later data sets may bring these rows again; whatever equals one of them is left out of what the training gets.

    frozen                            given by the data stage         handed on
    X_test  [[1, 2], [3, 4]]          X_train [[5, 6], [1, 2]]        X_train [[5, 6]]
    y_test  [0, 1]                    y_train [1, 0]                  y_train [1]

A row is known again by the value that tells most of it: `[1, 2]` of `X_test`, not 0 of `y_test`. Values of the same
length are aligned, so what one of them loses all of them lose.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbexport_runtime import bundle
from nbexport_runtime.pipeline import dvc
from nbexport_runtime.pipeline.files import digest_of, digests, read_json, staging
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.rows import PARTS, alike, detail, keys, length, taken

DISTINCT = 0.5
"""Values in which more than this share of the rows differ tell rows apart; labels do not."""
TOO_MANY = 0.5
"""Where more than this share of the training equals frozen rows, these may be categories and not rows."""
REPEATED = 2
"""How often a frozen row is repeated in the training at most, on average; categories are repeated more often."""
SPLIT = re.compile(r"(test|val|valid|validation|dev|eval|holdout|heldout)", re.IGNORECASE)
"""What names of one set of rows have in common: `X_val` and `y_val`, `X_test` and `y_test`."""
RENEWED = "h-r"
"""How the ids of renewed rows begin."""
VARIABLE = "PIPELINE_HOLDOUT"
"""The variable that names the frozen rows of an earlier version while it is trained again."""
TRAIN = re.compile(r"train(ing)?", re.IGNORECASE)


def identity(project: Project) -> str | None:
    """The id of the frozen rows, as they were renewed last; None before there are any."""
    if named := os.environ.get(VARIABLE):
        return named
    places = sorted(project.holdout.glob("h-*.dvc")) or sorted(project.holdout.glob("h-*"))
    names = [place.stem for place in places]
    # an id made of hexadecimal digits comes before `h-r001-…` also for what knows no renewal
    return max((name for name in names if name.startswith(RENEWED)), default=names[0] if names else None)


def folder(project: Project, name: str) -> Path:
    """Where frozen rows lie; DVC brings them back if they are not there."""
    place = project.holdout / name
    if not (place / "manifest.json").is_file():
        dvc.bring(project, place)
    return place


def values(project: Project, name: str) -> dict[str, Any]:
    """The frozen values by the names that the notebook gives them.

    Raises:
        PipelineError: They are not what was frozen.
    """
    try:
        return dict(bundle.load(folder(project, name), own=project.own))
    except bundle.BundleError as error:
        raise PipelineError(f"the rows held back cannot be read: {error}") from None


def freeze(project: Project, state: Mapping[str, Any], *, renewed: bool = False) -> str:
    """Keep values as the rows held back; their id.

    Args:
        project: The project.
        state: Name → value.
        renewed: There are others already, which are kept.

    Raises:
        BundleError: A value cannot be kept.
    """
    project.holdout.mkdir(parents=True, exist_ok=True)
    fresh = staging(project.holdout / "new")
    try:
        bundle.save(state, fresh, strict=True, examples=[], own=project.own)
        own = read_json(fresh / "manifest.json")["files"]
        content = {path: facts for path, facts in digests(fresh).items() if path in own}
        name = f"h-{digest_of(content)[:12]}"
        if renewed:
            name = next_name(project, name)
        fresh.chmod(0o755)
        if not (project.holdout / name).exists():
            fresh.rename(project.holdout / name)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    dvc.add(project, project.holdout / name)
    return name


def next_name(project: Project, name: str) -> str:
    """The id of rows that are frozen after others.

    Raises:
        PipelineError: These rows are held back already.
    """
    now = identity(project) or ""
    digest = name.rpartition("-")[2]
    if now.rpartition("-")[2] == digest:
        raise PipelineError(
            f"the newest data holds back the rows of {now}, which are held back already; fetch new data"
        )
    number = int(now.removeprefix(RENEWED).partition("-")[0]) if now.startswith(RENEWED) else 0
    return f"{RENEWED}{number + 1:03d}-{digest}"


def hold_back(state: Mapping[str, Any], frozen: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """What the data stages gave, with the frozen rows in the place of their own evaluation rows and nowhere else.

    Args:
        state: Name → value of all that the data stages give.
        frozen: Name → frozen value.

    Returns:
        The values to go on with, and how many rows were left out.

    Raises:
        PipelineError: A value holds frozen rows that cannot be taken out of it.
    """
    result = {**state, **frozen}
    own = {name: value for name, value in state.items() if name not in frozen}
    left_out = 0
    for count in sorted({length(value) for value in own.values()} - {0}):
        aligned = {name: value for name, value in own.items() if length(value) == count}
        out = known_rows(aligned, frozen)
        if not out:
            continue
        stay = [row for row in range(count) if row not in out]
        for name, value in aligned.items():
            try:
                result[name] = taken(value, stay)
            except TypeError as error:
                raise PipelineError(f"`{name}` holds rows that are held back, and {error}") from None
        left_out += len(out)
    return result, left_out


def known_rows(aligned: Mapping[str, Any], frozen: Mapping[str, Any]) -> set[int]:
    """The rows that equal a frozen one.

    Args:
        aligned: Name → value; their rows belong together.
        frozen: Name → frozen value.
    """
    out: set[int] = set()
    for group in groups(frozen):
        known = {name: value for name, value in group.items() if any(alike(other, value) for other in aligned.values())}
        telling = telling_of(known)
        if telling is None:
            partners = partners_of(known, aligned)
            out |= equal_rows(partners, list(known.values())) if partners else set()
            continue
        for other in aligned.values():
            if alike(other, telling):
                out |= equal_rows([other], [telling])
    return out


def telling_of(group: Mapping[str, Any]) -> Any:
    """The value that tells rows apart by itself; None where only all of them together do.

    Rows of several parts do, features before labels. A text does if texts differ more often than the other values: a
    message does, the name of its class does not. A number alone does not.
    """
    details = {name: detail(value) for name, value in group.items()}
    most = max(details.values(), default=1)
    if most == 1:
        return None
    differ = {name: len(set(keys(value, value))) for name, value in group.items()}
    compared = [name for name in group if details[name] == most or most < PARTS]
    # the first of several that differ equally: features are named before labels
    best = max(compared, key=lambda name: differ[name])
    tied = [name for name in compared if differ[name] == differ[best]]
    if most < PARTS and (len(tied) > 1 or details[best] < most):
        return None
    return group[best]


def groups(frozen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The frozen values whose rows belong together: of the same length, and of the same split by their names."""
    together: dict[tuple[int, str], dict[str, Any]] = {}
    for name, value in frozen.items():
        if length(value):
            split = SPLIT.search(name)
            together.setdefault((length(value), split[0].lower() if split else ""), {})[name] = value
    return list(together.values())


def partners_of(group: Mapping[str, Any], aligned: Mapping[str, Any]) -> list[Any]:
    """For each frozen value the one that is the same part of other rows: `x_train` for `x_test`; empty for none."""
    rest, partners = dict(aligned), []
    for name, value in group.items():
        fitting = [other for other in rest if alike(rest[other], value)]
        if not fitting:
            return []
        partners.append(rest.pop(next((other for other in fitting if stem(other) == stem(name)), fitting[0])))
    return partners


def stem(name: str) -> str:
    """What is left of a name without the split that it says: `x` of `x_train` and of `x_test`."""
    return TRAIN.sub("", SPLIT.sub("", name)).strip("_").lower()


def equal_rows(state: Sequence[Any], frozen: Sequence[Any]) -> set[int]:
    """The rows in which all values equal those of a frozen row; none where these are categories rather than rows.

    Args:
        state: Values whose rows belong together.
        frozen: As many frozen ones, each alike to its counterpart.
    """
    known = set(zip(*(keys(value, value) for value in frozen), strict=True))
    if len(known) <= length(frozen[0]) * DISTINCT:
        return set()
    mine = zip(*(keys(value, other) for value, other in zip(state, frozen, strict=True)), strict=True)
    rows = {row: key for row, key in enumerate(mine) if key in known}
    if len(rows) > length(state[0]) * TOO_MANY:
        one_number = len(frozen) == 1 and detail(frozen[0]) == 1
        if one_number or len(rows) > len(set(rows.values())) * REPEATED:
            return set()
    return set(rows)
