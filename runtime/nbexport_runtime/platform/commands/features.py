"""The command `features.py`: check definitions, bring values to the service, show them, join them for training."""

from __future__ import annotations

import argparse
import importlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from nbexport_runtime.pipeline import outcome
from nbexport_runtime.pipeline.outcome import REFUSED, Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project, find
from nbexport_runtime.platform import settings
from nbexport_runtime.platform.features import online
from nbexport_runtime.platform.features.newest import at, micros, parsed_time
from nbexport_runtime.platform.features.settings import DAY_US, Store, View
from nbexport_runtime.platform.features.stores import StoreError

if TYPE_CHECKING:
    from pydantic import BaseModel

ACTIONS = ("apply", "materialize", "get", "check")


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `features.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 done, 10 the definitions do not fit or online differs, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Features of entities: the same values in training and in service.")
    parser.add_argument(
        "action",
        choices=ACTIONS,
        help="apply: compare platform.toml with the tables; materialize: bring the newest values to the service; "
        "get: show those of one entity, or join them to a file; check: compare online with the tables",
    )
    parser.add_argument("view", nargs="?", default="", help="of `get`: the view; of the others: this view only")
    parser.add_argument("id", nargs="?", default="", help="of `get`: the entity")
    parser.add_argument(
        "--to", default="", metavar="TIME", help="of `materialize`: what was known by then; default now"
    )
    parser.add_argument("--rebuild", action="store_true", help="of `materialize`: write all values again")
    parser.add_argument(
        "--as-of", type=Path, metavar="FILE", help="of `get`: a CSV file of entities and times, joined point in time"
    )
    parser.add_argument("--time", default="time", metavar="COLUMN", help="of `--as-of`: the column with the times")
    parser.add_argument("--output", type=Path, metavar="FILE", help="of `--as-of`: where the joined CSV file goes")
    options = parser.parse_args(arguments)
    if options.action == "get" and options.as_of is None and not options.id:
        parser.error("get takes a view and an id, or --as-of FILE")
    if options.as_of is not None and options.output is None:
        parser.error("--as-of needs --output FILE")
    raise SystemExit(outcome.finish(options, lambda: work(own, options)))


def work(own: Project, options: argparse.Namespace) -> Outcome:
    """What an action does.

    Raises:
        PipelineError: It cannot be done.
    """
    known = settings.read(own.root / settings.NAME)
    views = [view for view in known.features if options.view in ("", view.name)]
    if not views:
        lacks = f"has no view `{options.view}`" if options.view else "has no [[features]]"
        raise PipelineError(
            f"`{settings.NAME}` {lacks}; add one, or remove the # before the one that is proposed there"
        )
    if options.action == "apply":
        from nbexport_runtime.platform.features.applying import apply

        return apply(own.root, views, request_of())
    if options.action == "materialize":
        from nbexport_runtime.platform.features.materializing import materialize

        to = parsed_time(options.to) if options.to else None
        return materialize(own.root, views, known.features_store, to=to, rebuild=options.rebuild)
    if options.action == "check":
        from nbexport_runtime.platform.features.checking import check

        return check(own.root, views, known.features_store)
    if options.as_of is not None:
        return join(own, views, options)
    return get(own, views[0], known.features_store, options.id)


def request_of() -> type[BaseModel] | None:
    """The arguments of `predict`; None where the project has no service."""
    try:
        request: type[BaseModel] = importlib.import_module("schemas").PredictRequest
    except (ImportError, AttributeError):
        return None
    return request


def get(own: Project, view: View, store: Store, id_: str) -> Outcome:
    """What is online of one entity; refused where it is too old or not there.

    Raises:
        PipelineError: The store cannot be read.
    """
    reader = online.reader(store, own.root)
    try:
        row = reader.get(view.name, id_)
    except StoreError as error:
        raise PipelineError(f"{error}; run `python features.py materialize`, or correct [features_store]") from None
    finally:
        reader.close()
    if row is None:
        text = f"nothing is known of `{id_}` in `{view.name}`; the service {policy(view)}"
        return Outcome((text,), {"view": view.name, "id": id_, "found": False}, REFUSED)
    age_us = micros(datetime.now(UTC)) - row.event_us
    expired = view.max_age_us is not None and age_us > view.max_age_us
    age_days = age_us / DAY_US
    state = f"too old, the limit is {view.max_age_days:g} days; the service {policy(view)}" if expired else "fresh"
    lines = [f"{name:<24} {json.dumps(row.values.get(name), ensure_ascii=False)}" for name in view.columns]
    event = at(row.event_us).isoformat()
    facts: dict[str, Any] = {
        "view": view.name,
        "id": id_,
        "found": True,
        "values": row.values,
        "event_time": event,
        "created": at(row.created_us).isoformat(),
        "age_days": age_days,
        "expired": expired,
    }
    return Outcome((*lines, f"event time {event}, {age_days:.2f} days old: {state}"), facts, REFUSED if expired else 0)


def policy(view: View) -> str:
    """What the service does without a feature."""
    return "fills it" if view.missing == "fill" else "refuses such a request"


def join(own: Project, views: list[View], options: argparse.Namespace) -> Outcome:
    """Write a CSV file of entities and times with the features that were known.

    Raises:
        PipelineError: The file cannot be read or written, or lacks a column.
    """
    import pandas as pd

    from nbexport_runtime.pipeline.files import write_text
    from nbexport_runtime.platform.features.training import chosen, with_features

    try:
        header = pd.read_csv(options.as_of, nrows=0).columns
        # an id such as 007 stays as it is
        frame = pd.read_csv(options.as_of, dtype={view.entity: str for view in views if view.entity in header})
    except (OSError, ValueError) as error:
        raise PipelineError(f"`{options.as_of}` cannot be read: {error}") from None
    names = [options.view] if options.view else []
    joined = with_features(frame, chosen(views, frame, names), own.root, time=options.time)
    try:
        write_text(options.output, joined.to_csv(index=False))
    except OSError as error:
        raise PipelineError(f"`{options.output}` cannot be written: {error.strerror}") from None
    text = f"{len(joined)} rows with {len(joined.columns) - len(frame.columns)} features: `{options.output}`"
    return Outcome((text,), {"rows": len(joined), "output": str(options.output)})
