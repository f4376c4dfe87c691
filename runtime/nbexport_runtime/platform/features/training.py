"""Features for training: each row gets what was known of its entity at its time, and nothing that came later.

    import pandas as pd
    from nbexport_runtime.platform.features.training import joined

    labels = pd.DataFrame({"customer_id": ["40001", "40002"], "time": ["2026-01-31", "2026-02-28"], "churned": [0, 1]})
    frame = joined(labels)        # the same rows in the same order, with a column for each feature

Whatever is not known, or was too old at the time, is missing in its row; no row is dropped, and none is doubled.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.features.offline import Tables
from nbexport_runtime.platform.features.settings import View, views_of

if TYPE_CHECKING:
    import pandas as pd


def joined(
    frame: pd.DataFrame,
    *,
    time: str = "time",
    views: Sequence[str] = (),
    root: str | Path = ".",
    event_times: bool = False,
) -> pd.DataFrame:
    """A copy of a frame with the features of each row's entity, as they were known at the row's time.

    Args:
        frame: (rows, columns); it has the column of the entity of each view, and the column `time`.
        time: The column with the time of each row: dates, times, or text as ISO 8601 has it; without an offset UTC.
        views: The views whose features are wanted; empty takes all whose entity is a column of the frame.
        root: The folder with `platform.toml`.
        event_times: Whether to add `VIEW_event_time`, from when on the features of the row were true.

    Raises:
        PipelineError: There is no such view or column, a time is none, or a feature's name is taken.
    """
    folder = Path(root)
    wanted = chosen(views_of(folder), frame, views)
    return with_features(frame, wanted, folder, time=time, event_times=event_times)


def chosen(known: Sequence[View], frame: pd.DataFrame, names: Sequence[str]) -> list[View]:
    """The views that a frame gets the features of.

    Raises:
        PipelineError: There is no such view, or none at all.
    """
    unknown = sorted(set(names) - {view.name for view in known})
    if unknown:
        raise PipelineError(f"there is no feature view `{unknown[0]}` in platform.toml; add it, or ask for another")
    views = [view for view in known if (view.name in names if names else view.entity in frame.columns)]
    if not views:
        entities = ", ".join(f"`{view.entity}`" for view in known) or "none: platform.toml has no [[features]]"
        raise PipelineError(f"the frame has no column of an entity; the views have {entities}")
    return views


def with_features(
    frame: pd.DataFrame, views: Sequence[View], root: Path, *, time: str = "time", event_times: bool = False
) -> pd.DataFrame:
    """A copy of a frame with the features of some views.

    Args:
        frame: As `joined`.
        views: The views.
        root: The folder of the project.
        time: As `joined`.
        event_times: As `joined`.

    Raises:
        PipelineError: As `joined`.
    """
    import pandas as pd

    for column in (time, *(view.entity for view in views)):
        if column not in frame.columns:
            raise PipelineError(f"the frame has no column `{column}`; it has {', '.join(map(str, frame.columns))}")
    taken = [column for view in views for column in view.columns if column in frame.columns]
    if taken:
        raise PipelineError(f"the frame has a column `{taken[0]}` already, which is a feature; drop or rename it")
    asked_us = times_of(frame[time])
    columns: dict[str, Any] = {}
    with closing(Tables(root)) as tables:
        for view in views:
            asked = pd.DataFrame({"row": range(len(frame)), "id": ids_of(frame[view.entity]), "time": asked_us})
            answer = tables.join(view, tables.ask_about(asked))
            joined = tables.ask_for_cursor(f"SELECT * FROM {answer} ORDER BY row").df()
            for number, column in enumerate(view.columns):
                columns[column] = joined[f"f{number}"].set_axis(frame.index)
            if event_times:
                event = pd.to_datetime(joined["event"], unit="us", utc=True)
                columns[f"{view.name}_event_time"] = event.set_axis(frame.index)
    return frame.assign(**columns)


def times_of(column: Any) -> Any:
    """Times in microseconds since 1970; missing where a time is missing.

    Raises:
        PipelineError: A value is not a time.
    """
    import pandas as pd

    try:
        times = pd.to_datetime(column, utc=True, format=None if column.dtype.kind == "M" else "ISO8601")
    except (ValueError, TypeError) as error:
        raise PipelineError(f"`{column.name}` has a value that is not a time: {error}") from None
    micros = times.dt.as_unit("us").astype("int64").astype("Int64")
    return micros.mask(times.isna()).reset_index(drop=True)


def ids_of(column: Any) -> Any:
    """Ids as text, as the tables have them: `7`, also where gaps made 7.0 of it; missing where an id is missing."""

    def shown(value: Any) -> str | None:
        if value is None or value != value:
            return None
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    return column.reset_index(drop=True).astype(object).map(shown, na_action="ignore").astype(object)
