"""The online store: the newest values of each entity, for the service. A file of SQLite, or Redis."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.features.newest import Newest
from nbexport_runtime.platform.features.settings import Store, View
from nbexport_runtime.platform.features.stores import Reader, Writer


def reader(store: Store, root: Path) -> Reader:
    """The store as the service reads it.

    Args:
        store: Which it is.
        root: The folder of the project.

    Raises:
        PipelineError: There is no such kind of store.
    """
    address = store.address(root)
    if "://" not in address:
        from nbexport_runtime.platform.features.sqlite import SqliteReader

        return SqliteReader(Path(address))
    return _redis(address, store.prefix)


def writer(store: Store, root: Path) -> Writer:
    """The store as `materialize` writes it; its arguments and errors are those of `reader`."""
    address = store.address(root)
    if "://" not in address:
        from nbexport_runtime.platform.features.sqlite import SqliteWriter

        return SqliteWriter(Path(address))
    return _redis(address, store.prefix)


def _redis(address: str, prefix: str) -> Writer:
    if not address.startswith(("redis://", "rediss://", "unix://")):
        raise PipelineError("the online store is a file, or an address that begins with redis://; see [features_store]")
    from nbexport_runtime.platform.features.redis_store import RedisStore

    return RedisStore(address, prefix)


def definition(view: View) -> str:
    """What the values of a view mean; where it changes, they are written again."""
    return json.dumps([view.entity, view.source, view.event_time, view.created, *view.columns], ensure_ascii=False)


def same(one: Newest | None, other: Newest | None, columns: Sequence[str]) -> bool:
    """Whether two rows say the same."""
    if one is None or other is None:
        return one is other
    times = one.event_us == other.event_us and one.created_us == other.created_us
    return times and all(one.values.get(column) == other.values.get(column) for column in columns)
