"""The state of a project, part by part: what one part lacks keeps no other from being told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.page import attention, quality, records, serving, trials
from nbexport_runtime.platform.page.state import Drifted, State
from nbexport_runtime.platform.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Part = TypeVar("Part")
NEVER_CHECKED: tuple[datetime | None, tuple[Drifted, ...]] = (None, ())


def gather(
    project: Project, tables: DuckDBPyConnection, settings: Settings, *, now: datetime, days: float, name: str = ""
) -> State:
    """The state of everything.

    Args:
        project: The project.
        tables: The views `predictions` and `outcomes`.
        settings: What `platform.toml` says.
        now: The end of the period, in UTC without a zone.
        days: Its length.
        name: What the project is called; empty asks `pyproject.toml`.
    """
    begin, trouble = now - timedelta(days=days), {}

    def told(part: str, what: Callable[[], Part], nothing: Part) -> Part:
        try:
            return what()
        except (PipelineError, OSError, ValueError, TypeError, KeyError) as error:
            trouble[part] = str(error)
        except Exception as error:
            # DuckDB's own errors: its module is not loaded here
            if type(error).__module__.partition(".")[0].lstrip("_") != "duckdb":
                raise
            trouble[part] = str(error).splitlines()[0]
        return nothing

    checked, drifted = told("drift", lambda: records.drift(project), NEVER_CHECKED)
    state = State(
        project=name or told("project", lambda: project.name, project.root.name),
        made=now,
        days=days,
        production=told("production", lambda: records.production(project), None),
        events=tuple(told("events", lambda: records.events(project), [])),
        hours=told("traffic", lambda: serving.hours(tables, begin, now), ()),
        served=told("cost", lambda: serving.versions(tables, begin, now), ()),
        shares=told("shares", lambda: serving.shares(tables, begin, now), ()),
        quality=told("quality", lambda: quality.quality(tables, settings.outcomes, begin, now), None),
        drift=drifted,
        drift_checked=checked,
        experiments=told("experiments", lambda: trials.experiments(project, tables, now), ()),
        features=told("features", lambda: serving.features(tables, settings.features, begin, now), ()),
        trouble=trouble,
    )
    return replace(state, attention=tuple(attention.needed(state, settings)))
