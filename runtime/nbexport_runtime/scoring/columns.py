"""Which columns of a table become the input of the model, and which are carried into the output.

predict(plan: str, fee: float)          columns plan, fee, customer_id     {"plan": …, "fee": …}; carries customer_id
predict(row: dict)                      the keys of the notebook's examples are columns: {"row": {"plan": …, "fee": …}}
predict(rows: pd.DataFrame)             {"rows": [{"plan": …, "fee": …}]}: a frame of one row
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nbexport_runtime.scoring.cells import ABSENT, Slot, of_text, of_value, plain, slot_of, type_of
from nbexport_runtime.scoring.errors import ScoreError

Row = Sequence[Any]
"""The cells of a row, in the order of the table's columns."""
SHOWN = 5
ALL = "*"
"""Carries all columns into the output."""


@dataclass(frozen=True)
class Wanted:
    """What the model takes, by names that columns may have."""

    slots: Mapping[str, Slot]
    """Name → what may stand there."""
    inside: str = ""
    """The one argument that these are the members of; empty where they are arguments."""
    in_list: bool = False
    """Whether that argument is a list of rows, such as a frame."""

    def with_names(self, names: Collection[str]) -> Wanted:
        """The same, and some names by which a feature store adds to inputs."""
        return replace(self, slots={**self.slots, **{name: Slot(required=False) for name in names}}) if names else self


@dataclass(frozen=True)
class Chosen:
    """What a person says of the columns."""

    renamed: Mapping[str, str] = field(default_factory=dict)
    """Name that the model has → column of the table."""
    keep: tuple[str, ...] | None = None
    """Columns to carry into the output; None takes those that the model does not read."""


class Columns:
    """Reads inputs, and what is carried along, from the rows of one table."""

    def __init__(self, wanted: Wanted, table: Sequence[str], chosen: Chosen, *, kind: str, complete: bool) -> None:
        """Decide which column goes where.

        Args:
            wanted: What the model takes.
            table: The columns of the table.
            chosen: What a person says of them.
            kind: What cells are: `text`, `json` or `values`.
            complete: Whether every required name must be a column; not where a feature store adds to inputs.

        Raises:
            ScoreError: A column is missing.
        """
        places = {name: place for place, name in enumerate(table)}
        unknown = [name for name in chosen.renamed if name not in wanted.slots]
        if unknown:
            raise ScoreError(f"`--columns {unknown[0]}=…`: the model takes {listed(wanted.slots)}")
        columns = {name: chosen.renamed.get(name, name) for name in wanted.slots}
        missing = {
            name: column
            for name, column in columns.items()
            if column not in places and (name in chosen.renamed or (complete and wanted.slots[name].required))
        }
        if missing or not any(column in places for column in columns.values()):
            raise ScoreError(told(missing or columns, table))
        self._wanted = wanted
        self._readers: list[tuple[str, int, Callable[[Any], Any]]] = [
            (name, places[column], READERS[kind](wanted.slots[name]))
            for name, column in columns.items()
            if column in places
        ]
        read = {column for column in columns.values() if column in places}
        self.read = tuple(column for column in table if column in read)
        """The columns that the model reads."""
        kept = chosen.keep if chosen.keep is not None else tuple(name for name in table if name not in read)
        if kept == (ALL,):
            kept = tuple(table)
        lost = [name for name in kept if name not in places]
        if lost:
            raise ScoreError(f"`--keep {lost[0]}`: the table has no such column; {nearest(lost[0], table)}")
        self.kept = kept
        """The columns that are carried into the output."""
        self._kept = [places[name] for name in kept]

    def input(self, row: Row) -> dict[str, Any]:
        """The body of the request that asks for a row."""
        members: dict[str, Any] = {}
        for name, place, value in self._readers:
            cell = row[place]
            if cell is not ABSENT:
                cell = value(cell)
                if cell is not ABSENT:
                    members[name] = cell
        if not self._wanted.inside:
            return members
        return {self._wanted.inside: [members] if self._wanted.in_list else members}

    def carried(self, row: Row) -> list[Any]:
        """The cells that are carried into the output."""
        return [None if row[place] is ABSENT else plain(row[place]) for place in self._kept]


READERS: dict[str, Callable[[Slot], Callable[[Any], Any]]] = {
    "text": of_text,
    "values": of_value,
    "json": lambda slot: lambda value: value,
}
"""What cells are → what reads them."""


def wanted_of(schema: Mapping[str, Any], table: Sequence[str], chosen: Chosen, learned: Sequence[str] = ()) -> Wanted:
    """What the model takes, as columns of a table.

    Args:
        schema: The JSON schema of a request, with the notebook's examples.
        table: The columns of the table.
        chosen: What a person says of them.
        learned: Names of inputs that training saw.
    """
    definitions = schema.get("$defs", {})
    examples = [body for body in schema.get("examples", ()) if isinstance(body, Mapping)]
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    slots = {
        name: typed(slot_of(inner, definitions, required=name in required), [body.get(name) for body in examples])
        for name, inner in properties.items()
    }
    if len(slots) != 1 or next(iter(slots)) in {*table, *chosen.renamed}:
        return Wanted(slots)
    ((name, slot),) = slots.items()
    of_name = [body[name] for body in examples if name in body]
    in_list = slot.types == {"array"} and not any(
        value and not isinstance(value[0], Mapping) for value in of_name if isinstance(value, list)
    )
    bodies = [one for value in of_name for one in (value if in_list else [value]) if isinstance(one, Mapping)]
    inner = object_in(properties[name], definitions, in_list=in_list)
    if inner is None:
        return Wanted(slots)
    known: Mapping[str, Any] = inner.get("properties", {})
    shown = dict.fromkeys(key for body in bodies for key in body)
    carried = set(chosen.keep or ())
    names = dict.fromkeys([*known, *shown]) or [one for one in learned or table if one not in carried]
    needed = set(inner.get("required", ()))
    if bodies and not known:
        needed = set.intersection(*map(set, bodies))
    members = {
        key: typed(slot_of(known.get(key, {}), definitions, required=key in needed), [body.get(key) for body in bodies])
        for key in names
    }
    return Wanted(members, inside=name, in_list=in_list)


def typed(slot: Slot, values: Sequence[Any]) -> Slot:
    """A place that takes anything, with the types that examples hold there."""
    if slot.types:
        return slot
    types = {type_of(value) for value in values if value is not None}
    # a column of whole numbers may well be one of floats
    return Slot(frozenset(types | ({"number"} if "integer" in types else set())), slot.required, slot.day)


def object_in(schema: Mapping[str, Any], definitions: Mapping[str, Any], *, in_list: bool) -> Mapping[str, Any] | None:
    """The schema of the object that an argument takes, or of those in its list; None where it takes none."""
    while "$ref" in schema:
        schema = definitions.get(str(schema["$ref"]).rpartition("/")[2], {})
    if in_list:
        items = schema.get("items")
        return object_in(items, definitions, in_list=False) if isinstance(items, Mapping) else None
    return schema if schema.get("type") in ("object", None) and "anyOf" not in schema else None


def told(missing: Mapping[str, str], table: Sequence[str]) -> str:
    """Which columns are missing, and which ones may be meant."""
    names = list(missing.values())
    near = {name: near_columns[0] for name in names if (near_columns := closest(name, table))}
    verb = "is" if len(names) == 1 else "are"
    text = f"the table has the columns {listed(table)}; {listed(names)} {verb} missing"
    if near:
        pairs = [f"`{column}` for `{name}`" for name, column in near.items()]
        first = next(iter(near))
        argument = next(name for name, column in missing.items() if column == first)
        text += f"; near: {', '.join(pairs)}; fix: `--columns {argument}={near[first]}`"
    return text


def nearest(name: str, table: Sequence[str]) -> str:
    """The column that may be meant, or all of them."""
    near_columns = closest(name, table)
    return f"near: `{near_columns[0]}`" if near_columns else f"it has {listed(table)}"


def closest(name: str, table: Sequence[str]) -> list[str]:
    """The column whose name is most like another, whatever its case and marks."""
    plain_names = {bare(column): column for column in table}
    matches = difflib.get_close_matches(bare(name), list(plain_names), n=1, cutoff=0.6)
    return [plain_names[one] for one in matches]


def bare(name: str) -> str:
    """A name without case and marks."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def listed(names: Collection[str]) -> str:
    """Some names, and how many there are besides."""
    shown = ", ".join(f"`{name}`" for name in list(names)[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown
