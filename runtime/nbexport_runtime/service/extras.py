"""What a platform adds to a service; without one, nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import FastAPI

from nbexport_runtime.traffic.traffic import Traffic

if TYPE_CHECKING:
    from nbexport_runtime.service.app import Service


class Belonging(NamedTuple):
    """Where a request belongs; it is found once for a request, since it takes a hash."""

    key: str
    """The id that it came with; empty where it has none."""
    traffic: Traffic | None = None
    """Who is answered by which version; None where production answers all."""
    version: str = ""
    """The version that its id belongs to; empty where production answers all."""


class Extras:
    """Adds nothing; a platform overrides what it adds."""

    completes = False
    """Whether `completed` may add something to an input."""
    waits = False
    """Whether `completed` waits for a network, so that it must not run in the event loop."""
    entities: frozenset[str] = frozenset()
    """Names that an input may hold besides, by which something is added to it."""
    judges_tables = False
    """Whether `scored` looks at the inputs and answers of a table."""
    error_budget = 0.001
    """The share of its requests that a candidate may fail before it is set aside."""

    def install(self, app: FastAPI, service: Service[Any, Any]) -> None:
        """Add routes to the application.

        Args:
            app: The application.
            service: The service that it belongs to.
        """

    def of_request(self, belonging: Belonging) -> dict[str, Any]:
        """What every line of a request says besides: the unit, and the experiment that it is part of."""
        return {}

    def completed(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """An input with the features that it does not have, and what its line in the log says of them.

        Args:
            values: The input as it was sent, before it is validated.

        Raises:
            Problem: A feature is missing or too old.
        """
        return values, {}

    def scored(self, lines: Path, version: str) -> tuple[tuple[str, ...], dict[str, Any]]:
        """What is said of a table that was scored: lines for people, facts for programs.

        Args:
            lines: A file with `input` and `output` of each row that was answered, as the log has them.
            version: The version that answered.
        """
        return (), {}

    def close(self) -> None:
        """The service has ended."""
