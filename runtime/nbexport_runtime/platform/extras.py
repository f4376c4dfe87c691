"""What the platform adds to the service: units and experiments in the log, outcomes, features."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from nbexport_runtime.platform import settings
from nbexport_runtime.platform.features.serving import Features
from nbexport_runtime.platform.lines.schemas import VERSION
from nbexport_runtime.platform.outcomes import receiving
from nbexport_runtime.platform.outcomes.writing import Sink
from nbexport_runtime.platform.units import unit_of
from nbexport_runtime.service.extras import Belonging, Extras

if TYPE_CHECKING:
    from nbexport_runtime.service.app import Service


class Platform(Extras):
    """The platform of one project, in its service."""

    judges_tables = True

    def __init__(self, root: Path | None = None) -> None:
        """Read `platform.toml`.

        Args:
            root: The folder of the project; None is the one that the service runs in.

        Raises:
            PipelineError: `platform.toml` says something unknown.
        """
        self.root = root or Path()
        self.settings = settings.read(self.root / settings.NAME)
        self.error_budget = self.settings.guard.error_budget
        self.salt = self.settings.log.salt
        self.features = Features(self.settings.features, self.settings.features_store, self.root)
        self.completes, self.waits = self.features.completes, self.features.waits
        self.entities = frozenset(view.entity for view in self.settings.features)

    def install(self, app: FastAPI, service: Service[Any, Any]) -> None:
        """Add `POST /outcome` and what features need, and hide from the log what `platform.toml` names."""
        known = service.settings
        known.log_redact = (*known.log_redact, *self.settings.log.redacted)
        logs = None if known.log_dir == "-" else Path(known.log_dir)
        receiving.install(app, Sink(logs), self.salt, self.settings.outcomes.name)
        self.features.install(app, service)

    def completed(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """An input with the features of its entity; arguments and errors are those of `Extras`."""
        return self.features.completed(values)

    def scored(self, lines: Path, version: str) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Whether a table is like what its model was trained on; arguments are those of `Extras`."""
        from nbexport_runtime.pipeline.project import of
        from nbexport_runtime.platform.drift import of_table

        return of_table.judged(of(self.root), lines, self.settings.drift, version)

    def close(self) -> None:
        """The service has ended."""
        self.features.close()

    def of_request(self, belonging: Belonging) -> dict[str, Any]:
        """The unit of a request, and the experiment and arm that it belongs to."""
        key, traffic, version = belonging
        if not key:
            return {"schema": VERSION}
        facts: dict[str, Any] = {"schema": VERSION, "unit": unit_of(self.salt, key)}
        if traffic is not None and traffic.experiment:
            facts["experiment"] = traffic.experiment
            facts["experiment_arm"] = next((arm.name for arm in traffic.arms if arm.version == version), "")
        return facts
