"""The views of `platform.toml` in Feast, and what makes right what Feast does otherwise.

Feast 0.67, its DuckDB offline store and its online stores, measured:

- a row of the past is given although it became known later → `joined` asks for the created filter
- rows without a time, or of an entity that is missing, can go → `joined` gives back as many rows, in their order
- two rows at the same times: any of the two is taken → the source has one of them, always the same
- `materialize` takes what was not known yet, and misses what came late → `materialize` writes what was known then
- Redis keeps the first of two rows of the same event time → corrections are written
- features that are too old are given → `read` says that they are

It runs in an environment of its own, as Feast needs an older pandas.

**Source**: Feast, point-in-time joins, https://docs.feast.dev/getting-started/concepts/point-in-time-joins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.features import training
from nbexport_runtime.platform.features.expressions import newest_first, of, quoted, text
from nbexport_runtime.platform.features.newest import Newest
from nbexport_runtime.platform.features.offline import Tables
from nbexport_runtime.platform.features.settings import View, views_of

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "models/feast"
"""Where the tables are that Feast reads."""
EVENT, CREATED = "event_timestamp", "created_timestamp"
NUMBERS = ("DOUBLE", "FLOAT", "DECIMAL")
WHOLE = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT")
BATCH = 10_000


@dataclass(frozen=True)
class Reading:
    """What Feast's online store has of one entity."""

    values: dict[str, Any]
    event_time: datetime
    expired: bool
    """Whether it is older than the view allows."""


def objects(root: Path) -> dict[str, Any]:
    """Name → entity, source or view of Feast, from `platform.toml`; their tables are written.

    Args:
        root: The folder of the project.

    Raises:
        PipelineError: A table cannot be read.
    """
    import feast
    from feast import types

    kinds = {"whole": types.Int64, "number": types.Float64, "truth": types.Bool, "text": types.String}
    by_name: dict[str, Any] = {}
    for view, columns in written(root, views_of(root)):
        entity = by_name.setdefault(
            f"entity_{view.entity}",
            feast.Entity(name=view.entity, join_keys=[view.entity], value_type=feast.ValueType.STRING),
        )
        source = feast.FileSource(
            name=f"{view.name}_rows",
            path=str(place(root, view)),
            timestamp_field=EVENT,
            created_timestamp_column=CREATED,
        )
        by_name[f"source_{view.name}"] = source
        by_name[f"view_{view.name}"] = feast.FeatureView(
            name=view.name,
            entities=[entity],
            ttl=timedelta(days=view.max_age_days),
            schema=[feast.Field(name=view.entity, dtype=types.String)]
            + [feast.Field(name=name, dtype=kinds[kind]) for name, kind in columns.items()],
            source=source,
        )
    return by_name


def place(root: Path, view: View) -> Path:
    """The table of a view that Feast reads."""
    return (root / FOLDER / f"{view.name}.parquet").absolute()


def written(root: Path, views: Sequence[View]) -> list[tuple[View, dict[str, str]]]:
    """Each view with the kinds of its features; the tables are written as Feast reads them.

    Raises:
        PipelineError: A table cannot be read.
    """
    pairs: list[tuple[View, dict[str, str]]] = []
    tables = Tables(root)
    try:
        for view in views:
            types = tables.columns(view)
            kinds = {column: kind_of(types[column]) for column in view.columns}
            path = place(root, view)
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            features = ", ".join(
                f"CAST(f{number} AS {SQL[kind]}) AS {quoted(column)}"
                for number, (column, kind) in enumerate(kinds.items())
            )
            tables.ask(
                f"COPY (SELECT id AS {quoted(view.entity)}, make_timestamp(event) AS {EVENT}, "
                f"make_timestamp(created) AS {CREATED}, {features} FROM (SELECT id, event, created, {of(view)} "
                f"FROM {tables.read(view)} QUALIFY row_number() OVER (PARTITION BY id, event, created "
                f"ORDER BY {newest_first(view)}) = 1)) TO {text(str(fresh))} (FORMAT parquet)"
            )
            fresh.replace(path)
            pairs.append((view, kinds))
    finally:
        tables.close()
    return pairs


SQL = {"whole": "BIGINT", "number": "DOUBLE", "truth": "BOOLEAN", "text": "VARCHAR"}


def kind_of(type_: str) -> str:
    """What Feast calls a type of DuckDB."""
    if type_.startswith(NUMBERS):
        return "number"
    return "whole" if type_ in WHOLE else "truth" if type_ == "BOOLEAN" else "text"


def joined(store: Any, frame: pd.DataFrame, root: Path, *, time: str = "time", views: Sequence[str] = ()) -> Any:
    """A copy of a frame with features as they were known at each row's time; see `training.joined`.

    Args:
        store: A `feast.FeatureStore`.
        frame: (rows, columns), with the columns of the entities and of the time.
        root: The folder of the project.
        time: The column with the time of each row.
        views: The views whose features are wanted; empty takes all whose entity is a column of the frame.

    Raises:
        PipelineError: A column is missing, or a time is none.
    """
    import pandas as pd

    wanted = training.chosen(views_of(root), frame, views)
    if time not in frame.columns:
        raise PipelineError(f"the frame has no column `{time}`; it has {', '.join(map(str, frame.columns))}")
    written(root, wanted)
    times = pd.to_datetime(training.times_of(frame[time]), unit="us", utc=True).astype("datetime64[us, UTC]")
    columns: dict[str, Any] = {}
    for view in wanted:
        asked = pd.DataFrame(
            {"asked_row": range(len(frame)), view.entity: training.ids_of(frame[view.entity]), EVENT: times}
        ).dropna()
        features = [f"{view.name}:{column}" for column in view.columns]
        if len(asked):
            answer = store.get_historical_features(
                entity_df=asked, features=features, filter_by_created_timestamp=True
            ).to_df()
        else:
            answer = pd.DataFrame({"asked_row": [], **{column: [] for column in view.columns}})
        whole = answer.drop_duplicates("asked_row").set_index("asked_row").reindex(range(len(frame)))
        columns |= {column: whole[column].set_axis(frame.index) for column in view.columns}
    return frame.assign(**columns)


def materialize(store: Any, root: Path, *, to: datetime | None = None) -> dict[str, int]:
    """View → how many entities were written to Feast's online store, as they were known by a time.

    Args:
        store: A `feast.FeatureStore`.
        root: The folder of the project.
        to: The time; None is now.

    Raises:
        PipelineError: A table cannot be read.
    """
    import pandas as pd

    # of each entity comes the one row that counts, also where the store has one of the same event time
    if hasattr(store.config.online_store, "skip_dedup"):
        store.config.online_store.skip_dedup = True
    counts: dict[str, int] = {}
    tables = Tables(root)
    try:
        for view in views_of(root):
            kinds = {column: kind_of(kind) for column, kind in tables.columns(view).items()}
            counts[view.name] = 0
            waiting = tables.newest(view, to or datetime.now(UTC))
            while rows := list(islice(waiting, BATCH)):
                store.write_to_online_store(view.name, framed(view, rows, kinds, pd))
                counts[view.name] += len(rows)
    finally:
        tables.close()
    return counts


def framed(view: View, rows: Sequence[Newest], kinds: dict[str, str], pd: Any) -> Any:
    """Rows as Feast writes them: (rows, entity + times + features)."""
    nullable = {"whole": "Int64", "number": "float64", "truth": "boolean", "text": "object"}
    features = {
        column: pd.Series([row.values[column] for row in rows], dtype=nullable[kinds[column]])
        for column in view.columns
    }
    return pd.DataFrame(
        {
            view.entity: [row.id for row in rows],
            EVENT: pd.to_datetime([row.event_us for row in rows], unit="us", utc=True),
            CREATED: pd.to_datetime([row.created_us for row in rows], unit="us", utc=True),
            **features,
        }
    )


def read(store: Any, root: Path, view: str, id_: str, *, now: datetime | None = None) -> Reading | None:
    """What Feast's online store has of an entity, and whether it is too old; None where it has nothing.

    Args:
        store: A `feast.FeatureStore`.
        root: The folder of the project.
        view: The name of the view.
        id_: The entity.
        now: What the age is measured by; None is now.

    Raises:
        PipelineError: There is no such view.
    """
    known = next((each for each in views_of(root) if each.name == view), None)
    if known is None:
        raise PipelineError(f"there is no feature view `{view}` in platform.toml; add it, or ask for another")
    features = [f"{view}:{column}" for column in known.columns]
    answer = store.get_online_features(features=features, entity_rows=[{known.entity: id_}])
    values = answer.to_dict(include_event_timestamps=True)
    # a store that knows nothing says the year 1970
    seconds = max(values[f"{column}__ts"][0] for column in known.columns)
    if seconds <= 0:
        return None
    event = datetime.fromtimestamp(seconds, UTC)
    age = (now or datetime.now(UTC)) - event
    expired = bool(known.max_age_days) and age > timedelta(days=known.max_age_days)
    return Reading({column: values[column][0] for column in known.columns}, event, expired)
