"""A run that is about to score: its table, its columns and its model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbexport_runtime.scoring import chosen as models
from nbexport_runtime.scoring.batches import Maker
from nbexport_runtime.scoring.columns import Chosen, Columns, wanted_of
from nbexport_runtime.scoring.order import Order
from nbexport_runtime.scoring.reading import Table
from nbexport_runtime.scoring.scorer import Scorer
from nbexport_runtime.scoring.work import Work
from nbexport_runtime.service.app import Service
from nbexport_runtime.service.sources import Bundle


@dataclass
class Job:
    """A run that is about to score."""

    order: Order
    service: Service[Any, Any]
    wanted: Bundle
    table: Table
    columns: Columns
    work: Work

    def maker(self, scorer: Scorer) -> Maker:
        """What scores batches."""
        extras, settings = self.service.extras, self.service.settings
        return Maker(scorer, self.columns, judged=extras.judges_tables, redacted=settings.log_redact)


def columns_of(service: Service[Any, Any], wanted: Bundle, table: Sequence[str], kind: str, chosen: Chosen) -> Columns:
    """Which column of a table is what.

    Args:
        service: The service of the project.
        wanted: The model.
        table: The columns of the table.
        kind: What its cells are.
        chosen: What a person says of them.

    Raises:
        ScoreError: A column is missing.
    """
    asked = wanted_of(service.request.model_json_schema(), table, chosen, models.learned_of(wanted))
    entities = service.extras.entities.intersection(table)
    return Columns(asked.with_names(entities), table, chosen, kind=kind, complete=not service.extras.completes)
