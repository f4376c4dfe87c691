"""The tables `[[features]]` of `platform.toml`, one view of an entity each, and `[features_store]`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.settings import table

FILE = "platform.toml"
REFUSE, FILL = "refuse", "fill"
ADDRESS = "FEATURES_ONLINE"
"""The variable with the address of the online store, which may hold a password."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class View:
    """Features of one entity that come from one table."""

    name: str = ""
    entity: str = ""
    """The column that names whose features a row has."""
    source: str = ""
    """The table: a CSV or Parquet file, or a folder of them."""
    event_time: str = ""
    """The column that says from when on a row is true; or a date such as 2026-03-01, where all rows are of one day."""
    created: str = ""
    """The column that says when a row became known; empty where that is `event_time`."""
    columns: tuple[str, ...] = ()
    """The features."""
    types: dict[str, Any] = field(default_factory=dict)
    """Column → type of DuckDB, where a CSV file is read as another: `postcode = "VARCHAR"`."""
    max_age_days: float = 0.0
    """How old a feature may be; 0 allows any age."""
    missing: str = REFUSE
    """`refuse` or `fill`: what becomes of a prediction whose feature is missing or too old."""
    fill: dict[str, Any] = field(default_factory=dict)
    """Feature → the value that stands for a missing one."""

    @property
    def max_age_us(self) -> int | None:
        """How old a feature may be, in microseconds; None for any age."""
        return round(self.max_age_days * DAY_US) if self.max_age_days else None

    @property
    def day(self) -> datetime | None:
        """The time of all rows; None where a column has it."""
        try:
            return datetime.combine(date.fromisoformat(self.event_time), datetime.min.time(), UTC)
        except ValueError:
            return None


@dataclass(frozen=True)
class Store:
    """The table `[features_store]`."""

    online: str = "models/features.sqlite"
    """Where the service reads features: a file, or an address such as `redis://host:6379/0`."""
    prefix: str = "features"
    """What the keys in Redis begin with."""

    def address(self, root: Path) -> str:
        """The address, or the path, of the online store.

        Args:
            root: The folder of the project.
        """
        online = os.environ.get(ADDRESS) or self.online
        return online if "://" in online else str(root / online)


def views_in(content: dict[str, Any], path: Path) -> tuple[View, ...]:
    """The views that a file has.

    Args:
        content: What the file says.
        path: The file.

    Raises:
        PipelineError: A view lacks something, or says something unknown.
    """
    listed = content.get("features", [])
    if not isinstance(listed, list):
        raise PipelineError(f"`{path}`: features are tables of a list; write [[features]]")
    views = tuple(table(View, {"features": view}, "features", path) for view in listed)
    check(views, path)
    return views


def views_of(root: Path) -> tuple[View, ...]:
    """The views of a project.

    Raises:
        PipelineError: `platform.toml` cannot be read, or a view says something unknown.
    """
    path = root / FILE
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise PipelineError(f"`{path}` cannot be read: {error}") from None
    return views_in(content, path)


def check(views: Sequence[View], path: Path) -> None:
    """Look at what a type alone does not say.

    Args:
        views: All views.
        path: The file that they are from.

    Raises:
        PipelineError: A view lacks something, or two have the same name or feature.
    """
    owners: dict[str, str] = {}
    for number, view in enumerate(views, start=1):
        where = f"`{path}` [[features]] `{view.name or number}`"
        for key in ("name", "entity", "source", "event_time", "columns"):
            if not getattr(view, key):
                raise PipelineError(f"{where} has no `{key}`: add it, or delete the table")
        if not NAME.fullmatch(view.name):
            raise PipelineError(f"{where}: a name has letters, digits and `_`; choose such a one")
        if sum(other.name == view.name for other in views) > 1:
            raise PipelineError(f"{where}: two views have this name; rename one")
        if len(set(view.columns)) < len(view.columns) or view.entity in view.columns:
            raise PipelineError(f"{where}: `columns` names a column twice, or the entity; delete it there")
        if view.missing not in (REFUSE, FILL):
            raise PipelineError(f'{where}: missing is "{REFUSE}" or "{FILL}"')
        if not 0 <= view.max_age_days < 1e6:
            raise PipelineError(f"{where}: max_age_days is at least 0 and below 1,000,000")
        lacking = sorted(set(view.columns) - view.fill.keys())
        if view.missing == FILL and lacking:
            raise PipelineError(f"{where}: `fill` has no value for `{lacking[0]}`; add one, or refuse what is missing")
        unknown = sorted(view.fill.keys() - set(view.columns))
        if unknown:
            raise PipelineError(f"{where}: `fill` names `{unknown[0]}`, which is not one of `columns`")
        for column in view.columns:
            if column in owners:
                raise PipelineError(
                    f"{where}: `{column}` is a feature of `{owners[column]}` too; a feature has one view: delete one"
                )
            owners[column] = view.name
