"""What every online store has: rows by entity, and what a view is complete until."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from nbexport_runtime.platform.features.newest import Newest


class StoreError(Exception):
    """The online store cannot be read or written; the text says why, without a password."""


@dataclass(frozen=True)
class State:
    """What is known of a view in the store."""

    definition: str
    """The entity and the features that its values are of."""
    until_us: int
    """Everything that was known by this time is in it."""
    materialized: str
    """When that was written."""


class Reader(Protocol):
    """What the service asks."""

    waits: bool
    """Whether an answer comes over a network."""

    def get(self, view: str, id_: str) -> Newest | None:
        """What is known of an entity; None where nothing is.

        Raises:
            StoreError: The store cannot be read.
        """

    def close(self) -> None:
        """Let go of the store."""


class Writer(Reader, Protocol):
    """What `materialize` writes to."""

    def state(self, view: str) -> State | None:
        """What is known of a view; None where it was never written.

        Raises:
            StoreError: The store cannot be read.
        """

    def write(self, view: str, rows: Iterable[Newest], state: State, *, rebuild: bool) -> int:
        """Put rows into the store, never an older one in the place of a newer one; how many were new or changed.

        Args:
            view: The name of the view.
            rows: One row an entity.
            state: What is true once all rows are in it.
            rebuild: Whether nothing else stays.

        Raises:
            StoreError: The store cannot be written; a run that is repeated finishes it.
        """

    def all(self, view: str) -> Iterator[Newest]:
        """Every row of a view.

        Raises:
            StoreError: The store cannot be read.
        """


def packed(values: dict[str, Any]) -> str:
    """Values as a store keeps them."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
