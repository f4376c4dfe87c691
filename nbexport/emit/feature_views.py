"""What a notebook says of entities → the features that `platform.toml` proposes.

df.drop(columns=["customer_id", "churned"])     the entity: an id that is not an input of the model
def predict(plan: str, monthly_fee: float)      the features: arguments that are columns of the data
pd.read_csv("…", parse_dates=["seen_at"])       the event time: a date that is not an input of the model
snapshot = "2026-03-01"                         or the one day that the whole table is of

It is written as a comment: whose features a row has, and from when on they are true, is for a person to decide.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath

from nbexport.emit.export import Export
from nbexport.emit.templating import toml
from nbexport.program import Program

_ID = re.compile(r"(?:(?:^|[_ .-])(?:id|uuid|guid)|[a-z](?:Id|ID)|[_-](?:key|no|nr|number))$", re.IGNORECASE)
_OF_ROW = re.compile(r"^(?:row|index|record|line)?[_ ]?(?:id|no|nr|number)$", re.IGNORECASE)
"""Ids that only count rows, and name nobody."""
_DATE = re.compile(r"(?:^|[_ .-])(?:date|time|timestamp|day|at|on|since|updated|asof|as_of)$", re.IGNORECASE)
_CREATED = re.compile(r"(?:created|inserted|ingested|loaded|received|known|arrived|written)", re.IGNORECASE)
_CREATED_AT = re.compile(r"(?:^|[_ .-])(?:at|on|date|time|timestamp)$", re.IGNORECASE)
HEADER_BYTES = 100_000
WIDTH = 110


@dataclass(frozen=True, slots=True)
class Proposal:
    """One view of features, as the notebook suggests it."""

    entity: str
    source: str
    columns: tuple[str, ...]
    event_time: str = ""
    """A column, or a day; empty where the notebook has neither."""
    created: str = ""
    because: str = ""
    """Where the event time is from."""

    @property
    def name(self) -> str:
        """The name of the view: the entity without `_id`."""
        short = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"(?i)[_ .-]*(?:id|uuid|guid|key|no|nr|number)$", "", self.entity))
        return short.strip("_").lower() if re.match(r"[A-Za-z]", short) else "entity"


def proposal(export: Export) -> Proposal | None:
    """The features that a notebook suggests; None where it names no entity, or where no argument is a column."""
    program = export.program
    source = next((source.path for source in program.sources if source.path is not None), None)
    if program.predict is None or source is None:
        return None
    nodes = [node for text in (program.model, program.definitions) for node in nodes_of(text)]
    header = header_of(export.data.files, source)
    dropped = list(dict.fromkeys(dropped_columns(nodes)))
    asked = arguments_of(program, nodes)
    named = header or tuple(
        {node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is str}
    )
    entity = entity_of([*dropped, *header], named, asked)
    if entity is None:
        return None
    columns = [name for name in asked if name in named and name != entity]
    if not columns and header and takes_a_dict(program):
        columns = [name for name in header if name not in dropped and name != entity]
    if not columns:
        return None
    proposed = Proposal(entity, source, tuple(columns))
    dates = [name for name in dict.fromkeys([*parsed_dates(nodes), *header]) if name not in columns and name in named]
    return with_times(proposed, [name for name in dates if name != entity], parsed_dates(nodes), program)


def with_times(proposed: Proposal, names: list[str], parsed: list[str], program: Program) -> Proposal:
    """A proposal with the times of its rows.

    Args:
        proposed: The proposal.
        names: Columns that are not inputs of the model.
        parsed: Columns that the notebook reads as dates.
        program: What the notebook lifts to.
    """
    dates = [name for name in names if name in parsed or _DATE.search(name)]
    created = [name for name in dates if _CREATED.search(name) and _CREATED_AT.search(name)]
    events = [name for name in dates if name not in created]
    if dates:
        event = (events or created)[0]
        known = created[0] if created and events else ""
        return replace(proposed, event_time=event, created=known, because="a date that is not an input of the model")
    for parameter in program.parameters:
        day = day_of(parameter.default)
        if day and not parameter.secret:
            return replace(
                proposed, event_time=day, because=f"all rows are of one day, the notebook's `{parameter.name}`"
            )
    return proposed


def section(proposed: Proposal | None) -> str:
    """The part of `platform.toml` about views: comments, until a person has decided."""
    if proposed is None:
        return (
            "# the notebook names no entity whose features could be kept; a view looks like this:\n"
            '# [[features]]\n# name = "customer"\n# entity = "customer_id"\n# source = "customers.csv"\n'
            '# event_time = "updated_at"\n# columns = ["plan", "monthly_fee"]'
        )
    lines = [
        "# proposed from the notebook: remove the # before each key to let requests name an entity",
        "# [[features]]",
        f"# name = {toml(proposed.name)}",
        "# # the column that names whose features a row has; a request may send it instead of the features",
        f"# entity = {toml(proposed.entity)}",
        "# # a CSV or Parquet file, or a folder of them",
        f"# source = {toml(proposed.source)}",
        "# # from when on a row is true: a column, or a day such as 2026-03-01;",
        f"# # here {proposed.because}" if proposed.because else "# # the notebook has none, so add one",
        f"# event_time = {toml(proposed.event_time)}",
        "# # the column that says when a row became known, so that late rows do not leak into training",
        f"# created = {toml(proposed.created)}",
        "# # arguments of `predict` that are columns of the data",
        *listed("columns", proposed.columns),
        "# # how old a feature may be; 0 allows any age",
        "# max_age_days = 0",
        '# # where a feature is missing or too old: "refuse" the request, or "fill" in the values of `fill`',
        '# missing = "refuse"',
    ]
    return "\n".join(lines)


def listed(key: str, values: tuple[str, ...]) -> list[str]:
    """A list as comments; a long one takes a line for each value."""
    whole = f"# {key} = {toml(list(values))}"
    return [whole] if len(whole) <= WIDTH else [f"# {key} = [", *(f"#     {toml(value)}," for value in values), "# ]"]


def note(proposed: Proposal | None) -> tuple[str, ...]:
    """What is said of the proposal with the plan."""
    if proposed is None:
        return ()
    shown = ", ".join(f"`{name}`" for name in proposed.columns)
    proposes = f"`platform.toml` proposes features of `{proposed.entity}` from `{proposed.source}`: {shown}"
    return (f"{proposes}; remove the # before them to use them",)


# ------------------------------------------------------------------- what the notebook names


def nodes_of(text: str) -> list[ast.AST]:
    """The nodes of a generated module."""
    return list(ast.walk(ast.parse(text)))


def header_of(files: dict[str, bytes], source: str) -> tuple[str, ...]:
    """The columns of a CSV file that travels with the project; empty where it is another file."""
    content = files.get(str(PurePosixPath(source)))
    if content is None or not source.lower().endswith((".csv", ".tsv")):
        return ()
    text = content[:HEADER_BYTES].decode("utf-8-sig", "replace")
    rows = csv.reader(io.StringIO(text), delimiter="\t" if source.lower().endswith(".tsv") else ",")
    return tuple(next(rows, ()))


def dropped_columns(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The columns that code takes away from a frame, in its order."""
    for node in nodes:
        if isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Subscript):
                    yield from texts(target.slice)
        if not isinstance(node, ast.Call):
            continue
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if "index_col" in keywords:
            yield from texts(keywords["index_col"])
        if not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "drop":
            yield from texts(keywords.get("columns"))
            if "axis" in keywords:
                yield from texts(keywords.get("labels", node.args[0] if node.args else None))
        elif node.func.attr in ("pop", "set_index"):
            yield from texts(node.args[0] if node.args else keywords.get("keys"))


def parsed_dates(nodes: Iterable[ast.AST]) -> list[str]:
    """The columns that code reads as dates."""
    columns: list[str] = []
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        columns += [name for keyword in node.keywords if keyword.arg == "parse_dates" for name in texts(keyword.value)]
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called == "to_datetime" and node.args and isinstance(node.args[0], ast.Subscript):
            columns += texts(node.args[0].slice)
    return list(dict.fromkeys(columns))


def texts(node: ast.AST | None) -> list[str]:
    """The texts that a literal holds."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [text for element in node.elts for text in texts(element)]
    return []


def arguments_of(program: Program, nodes: Iterable[ast.AST]) -> list[str]:
    """The arguments of `predict`, and the members of those that are objects, in their order."""
    classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    names: list[str] = []
    for argument in program.predict.arguments if program.predict is not None else ():
        names.append(argument.name)
        for name in re.findall(r"\w+", argument.type.text):
            if name in classes:
                names += [
                    part.target.id
                    for part in classes[name].body
                    if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
                ]
    return list(dict.fromkeys(names))


def takes_a_dict(program: Program) -> bool:
    """Whether `predict` takes one dict of whatever columns."""
    arguments = program.predict.arguments if program.predict is not None else ()
    return sum(re.match(r"(?:dict|Mapping)\b", argument.type.text) is not None for argument in arguments) == 1


def entity_of(candidates: Iterable[str], named: Iterable[str], asked: Iterable[str]) -> str | None:
    """The column that names an entity: the first id, and one that only counts rows where there is no other."""
    known, inputs = set(named), set(asked)
    ids = [name for name in dict.fromkeys(candidates) if _ID.search(name) and name in known and name not in inputs]
    return next((name for name in ids if not _OF_ROW.match(name)), ids[0] if ids else None)


def day_of(literal: str) -> str:
    """The day that the literal of a parameter is; empty for any other."""
    try:
        value = ast.literal_eval(literal)
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else ""
    except (ValueError, SyntaxError):
        return ""
