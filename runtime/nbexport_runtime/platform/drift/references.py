"""What columns of a version are compared with: its bundle's reference, else its data set, else its first answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport_runtime.pipeline.files import read_json
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.drift.columns import Column
from nbexport_runtime.training import reference, seen

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FIRST, FEWEST = 2_000, 200
"""Predictions of a version that are a reference where training left none, and the fewest that can be one."""


@dataclass(frozen=True)
class Reference:
    """What one column was like."""

    facts: Mapping[str, Any]
    """As `training.reference` describes a column."""
    source: str
    """Where it comes from, for people."""

    @property
    def kind(self) -> str:
        """`number`, `text`, `category`, `date` or `empty`."""
        return str(self.facts["kind"])


def find(
    project: Project, tables: DuckDBPyConnection, version: str, columns: Sequence[Column], *, first: bool = True
) -> tuple[dict[Column, Reference], dict[str, str]]:
    """The reference of each column, and why others have none.

    Args:
        project: The project.
        tables: The view `predictions`.
        version: The version whose predictions are compared.
        columns: The columns of its lines.
        first: Whether the first predictions are a reference where training left none.
    """
    known, source = of_training(project, version)
    references: dict[Column, Reference] = {}
    for column in columns:
        facts = None if column.part == "output" else known.get(".".join(column.path)) or known.get(column.path[-1])
        if facts is not None and usable(facts):
            references[column] = Reference(facts, source)
    rest = [column for column in columns if column not in references]
    if not rest:
        return references, {}
    if not first:
        return references, {column.name: "no reference: training has not seen it" for column in rest}
    earliest, rows = of_first(tables, version, rest)
    without: dict[str, str] = {}
    for column in rest:
        if earliest[column].present >= FEWEST:
            text = f"the first {rows:,} predictions of this version"
            references[column] = Reference(reference.described(earliest[column]), text)
        else:
            without[column.name] = (
                f"no reference: training has not seen it, and {earliest[column].present} of the {FEWEST} first "
                "predictions that would be one are there"
            )
    return references, without


def usable(facts: Any) -> bool:
    """Whether a reference has what its kind is compared by."""
    if not isinstance(facts, dict) or not isinstance(facts.get("rows"), int) or not isinstance(facts.get("n"), int):
        return False
    kind, n = facts.get("kind"), facts["n"]
    if kind in ("number", "text"):
        counts, edges = facts.get("counts"), facts.get("edges")
        return isinstance(counts, list) and isinstance(edges, list) and len(counts) == len(edges) + 1 and n > 0
    return kind in ("date", "empty") or (kind == "category" and isinstance(facts.get("values"), dict) and n > 0)


def of_training(project: Project, version: str) -> tuple[dict[str, Any], str]:
    """What training left of each column, and where that was found; nothing where it left nothing."""
    bundle = project.versions / version
    known = reference.read(bundle)
    if known:
        return known, "training"
    try:
        manifest = read_json(bundle / "manifest.json")
    except PipelineError:
        return {}, ""
    for name, place in places(project, manifest):
        if place.exists():
            columns = seen.read(place, lambda column: True)
            if columns:
                return {column: reference.described(content) for column, content in columns.items()}, name
    return {}, ""


def places(project: Project, manifest: Mapping[str, Any]) -> list[tuple[str, Path]]:
    """Where the data may be that an old bundle without a reference was trained on, with what it is called."""
    named: list[tuple[str, Path]] = []
    match manifest.get("data_set"):
        case {"id": str(identity)}:
            named.append(
                (f"data set {identity}; train again to keep a reference with the model", project.sets / identity)
            )
    match manifest.get("data"):
        case {"path": str(path)}:
            named.append((f"`{path}`; train again to keep a reference with the model", project.root / path))
    return named


def of_first(
    tables: DuckDBPyConnection, version: str, columns: Sequence[Column]
) -> tuple[dict[Column, seen.Column], int]:
    """Columns as the first predictions of a version have them, and how many predictions these are."""
    values = ", ".join(column.sql() for column in columns)
    rows = tables.execute(
        f"SELECT {values} FROM predictions WHERE model_version = ? AND outcome = 'ok' ORDER BY time LIMIT {FIRST}",  # noqa: S608 - names are quoted
        [version],
    ).fetchall()
    columns_seen = {column: seen.Column(rows=len(rows)) for column in columns}
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            if value is not None:
                columns_seen[column].add(value)
    return columns_seen, len(rows)
