"""How a run ends: the output is there whole, or not at all.

Everything is made in the folder of the run first. Then the file of rejects and the manifest get their places, and the
output is the last one: one rename. A run that was killed between these steps does the rest when it is started again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbexport_runtime.scoring import databases, reporting, writing
from nbexport_runtime.scoring.errors import ScoreError
from nbexport_runtime.scoring.order import Order
from nbexport_runtime.scoring.places import Place
from nbexport_runtime.scoring.work import Work
from nbexport_runtime.service.app import Service
from nbexport_runtime.traffic import clock, durable

DONE, REFUSED = 0, 10
STAGED = "output"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Ended:
    """What a run came to: lines for people, facts for programs, and its exit code."""

    lines: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    code: int = DONE


def free(order: Order) -> None:
    """Make sure that nothing is overwritten.

    Raises:
        ScoreError: The output is there already.
    """
    place = order.output
    there = databases.exists(place) if place.path is None else place.path.exists()
    if there and not order.replace:
        raise ScoreError(f"`{place.shown}` is there already; name another output, or take its place with `--replace`")


def refused(order: Order, work: Work, facts: dict[str, Any], *, early: bool = False) -> Ended:
    """A run with too many rows that have no answer: they are put where they can be looked at, and that is all.

    Args:
        order: What was to be scored.
        work: The folder of the run; it stays, so that another limit needs no second run. After an early end it goes.
        facts: What the run is of.
        early: Whether rows are left that were not scored.
    """
    place_rejects(order, work)
    result = reporting.counted(work.done) | {"model": facts["model"], "rejects": str(order.rejects), "early": early}
    lines = reporting.refused(order, work.done, reporting.reasons(work.rejects), early=early)
    if early:
        work.remove()
    return Ended(lines, result, REFUSED)


def written(
    service: Service[Any, Any], order: Order, work: Work, facts: dict[str, Any], kept: tuple[str, ...]
) -> Ended:
    """Make the output of a run whose batches are done.

    Args:
        service: The service of the project.
        order: What was scored.
        work: The folder of the run.
        facts: What the run is of.
        kept: The columns that are carried along.
    """
    done = work.done
    shape = writing.shape_of(work.rows, kept, service.response.model_fields)
    judged, drift = service.extras.scored(work.rows, facts["model"]["version"]) if done.answered else ((), {})
    manifest = {
        **facts,
        "ended": clock.now().isoformat(timespec="seconds"),
        **reporting.counted(done),
        "rejects": str(order.rejects) if done.refused else "",
        "output_columns": dict(shape.kinds),
        **drift,
    }
    staged = work.folder / STAGED
    place = order.output
    rows = writing.rows_of(work.rows, shape)
    if place.path is not None and place.is_folder:
        manifest["files"] = {
            name: hashed(staged / name) for name in writing.write_folder(staged, rows, shape, order.form)
        }
        durable.replace(staged / MANIFEST, text_of(manifest))
        manifest["output_sha256"] = hashed(staged / MANIFEST)
    elif place.path is not None:
        # the name decides on the format
        staged.mkdir(exist_ok=True)
        writing.write_file(staged / place.path.name, rows, shape)
        manifest["output_sha256"] = hashed(staged / place.path.name)
    why = reporting.reasons(work.rejects)
    lines = reporting.lines(order, done, facts["model"]["version"], manifest_path(order), why)
    begun = {**facts, "ended": {"manifest": manifest, "lines": [*lines, *judged]}}
    work.note(begun)
    return finished(order, work, begun)


def finished(order: Order, work: Work, begun: dict[str, Any]) -> Ended:
    """Put everything in its place; what a kill left undone is done.

    Args:
        order: What was scored.
        work: The folder of the run.
        begun: What it is of, and what it came to.

    Raises:
        ScoreError: The output was made by somebody else meanwhile, or the command names another one.
    """
    if begun["output"] != order.output.shown:
        raise ScoreError(f"`{work.folder}` is of a run into `{begun['output']}`; begin again with `--restart`")
    manifest, lines = begun["ended"]["manifest"], begun["ended"]["lines"]
    place_rejects(order, work)
    if not order.output.is_folder:
        durable.replace(manifest_path(order), text_of(manifest))
    if order.output.path is None:
        place_table(order, work, manifest)
    else:
        place_files(order, work, order.output.path, manifest)
    work.remove()
    return Ended(tuple(lines), manifest)


def place_files(order: Order, work: Work, path: Path, manifest: dict[str, Any]) -> None:
    """One rename: the staged file or folder becomes the output."""
    staged = work.folder / STAGED
    source = staged if order.output.is_folder else staged / path.name
    if not source.exists():
        made = path / MANIFEST if order.output.is_folder else path
        if made.is_file() and hashed(made) == manifest["output_sha256"]:
            return
        raise ScoreError(f"`{source}` is gone; begin again with `--restart`")
    if path.exists():
        free(order)
        if path.is_dir():
            # a folder cannot take the place of another in one step
            aside = work.folder / "before"
            shutil.rmtree(aside, ignore_errors=True)
            path.rename(aside)
    source.replace(path)
    durable.settle(path.parent)


def place_table(order: Order, work: Work, manifest: dict[str, Any]) -> None:
    """The rows become a table, in one transaction."""
    place = order.output
    columns = manifest["output_columns"]
    kept = tuple(manifest["columns"]["kept"])
    there = databases.exists(place)
    if there and not order.replace:
        rows, names = databases.count(place), databases.columns_of(place)
        if rows == manifest["outcomes"].get("ok", 0) and names == list(columns):
            # the last step was done when the run was killed
            return
        free(order)
    shape = writing.Shape(kept, columns, tuple(list(columns)[1 + len(kept) :]))
    databases.write(place, writing.rows_of(work.rows, shape), columns, replace=there)


def place_rejects(order: Order, work: Work) -> None:
    """The rows without an answer become a file; where there are none, there is no file."""
    if work.rejects.exists() and work.rejects.stat().st_size:
        order.rejects.parent.mkdir(parents=True, exist_ok=True)
        copy = order.rejects.with_name(f".{order.rejects.name}.part")
        shutil.copyfile(work.rejects, copy)
        copy.replace(order.rejects)
    else:
        order.rejects.unlink(missing_ok=True)


def manifest_path(order: Order) -> Path:
    """Where the manifest of an output is."""
    place = order.output
    if place.path is None:
        return order.rejects.with_name(f"{place.table}.{MANIFEST}")
    return place.path / MANIFEST if place.is_folder else place.path.with_name(f"{place.path.name}.{MANIFEST}")


def beside(place: Place, name: str) -> Path:
    """A file beside an output; for a table of a database, in the present folder."""
    if place.path is None:
        return Path(f"{place.table}.{name}").absolute()
    return place.path.with_name(f"{place.path.name}.{name}")


def text_of(manifest: dict[str, Any]) -> bytes:
    """A manifest as text."""
    return json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n"


def hashed(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
