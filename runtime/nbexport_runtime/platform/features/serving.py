"""Features in the service: a request that names an entity gets what it does not send from the online store.

{"customer_id": "40001"}                  every feature from the store
{"customer_id": "40001", "plan": "plus"}  the plan as sent, the others from the store
{"plan": "plus", "monthly_fee": …}        nothing is read

Where a feature is missing or too old the request is refused, with its name, or the declared value stands in for it. The
line in the log says which value came from where.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from prometheus_client import Counter

from nbexport_runtime.platform.features import document
from nbexport_runtime.platform.features.newest import Newest, at
from nbexport_runtime.platform.features.online import reader
from nbexport_runtime.platform.features.places import Place, arguments_of, members_of, places
from nbexport_runtime.platform.features.settings import DAY_US, FILL, Store, View
from nbexport_runtime.platform.features.stores import Reader, StoreError
from nbexport_runtime.service.log import HIDDEN
from nbexport_runtime.service.problems import Problem, wrong_input

if TYPE_CHECKING:
    from nbexport_runtime.service.app import Service

READS = Counter("feature_reads", "Entities read from the online store", ["view", "result"])
OUTCOME = "no_features"
"""What log and metrics call a request whose features cannot be used: neither the model nor the input is wrong."""
SENT, ONLINE, FILLED = "sent", "online", "filled"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Served:
    """A view, and where its features belong."""

    view: View
    places: dict[str, Place]
    keeps_id: frozenset[str]
    """Where the id is part of the input itself: "" among the arguments of `predict`, else inside of an argument."""


@dataclass(frozen=True)
class Read:
    """What the online store says of one entity now."""

    row: Newest | None
    age_us: int = 0
    available: bool = True
    expired: bool = False


class Features:
    """The features of one service."""

    def __init__(self, views: Sequence[View], store: Store, root: Path) -> None:
        """Nothing is read before the first request that names an entity.

        Args:
            views: Those of `platform.toml`.
            store: Where the newest values are.
            root: The folder of the project.

        Raises:
            PipelineError: There is no such kind of store.
        """
        self.views = views
        self._reader: Reader | None = reader(store, root) if views else None
        self._served: list[Served] = []
        self._hidden: tuple[str, ...] = ()

    @property
    def completes(self) -> bool:
        """Whether there is anything to add to an input."""
        return bool(self.views)

    @property
    def waits(self) -> bool:
        """Whether values come over a network."""
        return self._reader is not None and self._reader.waits

    def install(self, app: FastAPI, service: Service[Any, Any]) -> None:
        """Find out where features belong in a request, and say in the OpenAPI document that an id is enough.

        Args:
            app: The application.
            service: The service that it belongs to.
        """
        if not self.views:
            return
        arguments = arguments_of(service.request)
        for view in self.views:
            by_column = places(service.request, view.columns)
            if by_column:
                inside = {name: members_of(arguments[name]) for place in by_column.values() if (name := place.argument)}
                keeps = {name for name, members in inside.items() if not members or view.entity in members}
                keeps |= {""} if view.entity in arguments else set()
                self._served.append(Served(view, by_column, frozenset(keeps)))
        self._hidden = tuple(f".{name}" for name in service.settings.log_redact)
        told = [(served.view.entity, served.places) for served in self._served]
        document.tell(app, service.request.__name__, told)

    def close(self) -> None:
        """Let go of the store."""
        if self._reader is not None:
            self._reader.close()

    # ------------------------------------------------------------------ a request

    def completed(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """An input with the features that it does not have, and what its line in the log says of them.

        Args:
            values: The input as it was sent; the same object comes back where it names no entity.

        Raises:
            Problem: A feature is missing or too old.
        """
        named = [(served, id_) for served in self._served if (id_ := entity_in(values, served)) is not None]
        if not named:
            return values, {}
        whole = dict(values)
        used: dict[str, dict[str, Any]] = {}
        times: list[int] = []
        wrong: list[dict[str, Any]] = []
        for served, id_ in named:
            for argument in holders(served):
                if argument not in served.keeps_id:
                    inside = whole if not argument else opened(whole, argument)
                    if inside is not None:
                        inside.pop(served.view.entity, None)
            times += self._add(served, id_, whole, used, wrong)
        if wrong:
            raise refused(wrong)
        facts: dict[str, Any] = {"features": used}
        if times:
            facts["feature_time"] = at(min(times)).isoformat(timespec="milliseconds")
        return whole, facts

    def _add(
        self,
        served: Served,
        id_: str,
        whole: dict[str, Any],
        used: dict[str, dict[str, Any]],
        wrong: list[dict[str, Any]],
    ) -> list[int]:
        """Add the features of one entity; the event times of those that are used.

        Args:
            served: The view.
            id_: The entity.
            whole: The input, which gets them.
            used: Gets what the log says of each.
            wrong: Gets what is missing or too old.
        """
        read: Read | None = None
        times: list[int] = []
        for name, place in served.places.items():
            inside = whole if not place.argument else opened(whole, place.argument)
            if inside is None:
                # not an object, which validation says better
                continue
            if name in inside:
                used[name] = self._shown(place, name, inside[name], SENT)
                continue
            if read is None:
                read = self._read(served.view, id_)
            value = read.row.values.get(name) if read.row is not None and not read.expired else None
            known = read.row is not None and not read.expired and name in read.row.values
            if read.row is not None and known and (value is not None or place.nullable):
                inside[name] = value
                used[name] = self._shown(place, name, value, ONLINE)
                times.append(read.row.event_us)
            elif served.view.missing == FILL:
                inside[name] = served.view.fill[name]
                used[name] = self._shown(place, name, inside[name], FILLED)
            else:
                wrong.append(why(served.view, name, place, read))
        return times

    def _read(self, view: View, id_: str) -> Read:
        assert self._reader is not None  # noqa: S101 - views come with a store
        try:
            row = self._reader.get(view.name, id_)
        except StoreError as error:
            logger.error("features of `%s`: %s", view.name, error)
            READS.labels(view.name, "unavailable").inc()
            return Read(None, available=False)
        age_us = 0 if row is None else time.time_ns() // 1_000 - row.event_us
        expired = view.max_age_us is not None and age_us > view.max_age_us
        READS.labels(view.name, "missing" if row is None else "expired" if expired else "fresh").inc()
        return Read(row, age_us, expired=expired)

    def _shown(self, place: Place, name: str, value: Any, source: str) -> dict[str, Any]:
        path = f".{place.argument}.{name}" if place.argument else f".{name}"
        return {"value": HIDDEN if self._hidden and path.endswith(self._hidden) else value, "source": source}


def entity_in(values: dict[str, Any], served: Served) -> str | None:
    """The id of an entity that an input names; None where it names none.

    Raises:
        Problem: It is not an id.
    """
    name = served.view.entity
    for argument in holders(served):
        holder = values.get(argument) if argument else values
        if isinstance(holder, dict) and name in holder:
            value = holder[name]
            if (isinstance(value, str) and value) or (isinstance(value, int) and not isinstance(value, bool)):
                return str(value)
            if argument in served.keeps_id:
                # an argument of `predict`, which may be missing
                return None
            raise wrong_input([{"loc": [name], "msg": "an id is a text or a whole number", "type": "entity_id"}])
    return None


def holders(served: Served) -> list[str]:
    """Where an input may name the entity of a view: "" for itself, then the arguments with its features."""
    return list(dict.fromkeys(["", *(place.argument for place in served.places.values())]))


def opened(whole: dict[str, Any], argument: str) -> dict[str, Any] | None:
    """The object of an argument, as a copy in the input; None where it is another thing."""
    held = whole.get(argument, {})
    if not isinstance(held, dict):
        return None
    inside = dict(held)
    whole[argument] = inside
    return inside


def why(view: View, name: str, place: Place, read: Read) -> dict[str, Any]:
    """Why a feature cannot be used, as a problem document has it; never the id."""
    loc = [place.argument, name] if place.argument else [name]
    if not read.available:
        return {"loc": loc, "msg": "the online store of features does not respond", "type": "feature_unavailable"}
    if read.expired:
        age = f"the feature is {read.age_us / DAY_US:.3g} days old, the limit is {view.max_age_days:g} days"
        return {"loc": loc, "msg": f"{age}; send a value", "type": "feature_too_old"}
    known = "has no value of it" if read.row is not None else f"does not know this `{view.entity}`"
    return {"loc": loc, "msg": f"the online store {known}; send a value", "type": "feature_missing"}


def refused(wrong: list[dict[str, Any]]) -> Problem:
    """The problem of an entity whose features cannot be used."""
    if all(error["type"] == "feature_unavailable" for error in wrong):
        return Problem(503, OUTCOME, "The online store of features does not respond", errors=wrong, retry_after_s=2)
    return Problem(422, OUTCOME, "The features of this entity cannot be used", errors=wrong)
