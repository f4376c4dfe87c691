"""Parameters cells → the options of `train.py`: name, type, default and help of each.

epochs = 10            # passes over the data     →  --epochs int, default 10, "passes over the data"
depth: Annotated[int, Ge(1)] = 3   # or `# 1..20`  →  --depth int, from 1
lr: float = 3e-4       # type: float step size    →  --lr float, default 0.0003, "step size"
SEED = 42                                         →  --seed, whose default is the notebook's own
api_key = "…"                                     →  --api-key, read from the environment variable API_KEY
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Any

from nbexport.analysis import secret_names, values
from nbexport.lift import comments
from nbexport.lift.layout import Layout
from nbexport.names.operations import Unit
from nbexport.program import Parameter
from nbexport.record import replace

COMMON = frozenset("data output seed log_level keep_failing config show_config dry_run".split())
"""How `args` of a run calls the options that every project has."""
TAKEN = frozenset(f"--{name.replace('_', '-')}" for name in COMMON | {"help"}) - {"--seed"}
"""Options that no parameter can have; `--seed` is shared with a parameter of that name."""


def parameters(layout: Layout) -> tuple[Parameter, ...]:
    """The notebook's parameters in the order of their cells."""
    made: list[Parameter] = []
    options: set[str] = set(TAKEN)
    for name, index in sorted(layout.parameters.items(), key=lambda entry: entry[1]):
        unit = layout.analysis.units[index]
        node = _value(unit, name)
        option = "--" + name.strip("_").lower().replace("_", "-")
        while option in options or option == "--":
            option = "--param-" + option.lstrip("-") if option in TAKEN else option + "-2"
        options.add(option)
        if isinstance(node, ast.Call):
            # `Path("…")`, which `Parameters` spells as `model.py` imports it
            path = f"Path({ast.unparse(node.args[0])})"
            made.append(Parameter(name, option, "Path", path, _help(unit, name), cell=unit.cell))
            continue
        value = values.literal(node)[1]
        kind, optional, choices = _type(unit, value)
        parameter = Parameter(name, option, kind, ast.unparse(node), _help(unit, name), choices, optional, unit.cell)
        if kind in ("int", "float"):
            parameter = replace(parameter, bounds=_bounds(layout, unit, index, name, value))
        if _is_secret(layout, parameter, value):
            parameter = _as_secret(parameter, value)
        made.append(parameter)
    return tuple(made)


def literals(layout: Layout, made: Iterable[Parameter]) -> dict[str, str]:
    """Environment variable → the notebook's own literal of each secret; empty where it is None.

    Args:
        layout: Where everything stands.
        made: Its parameters.
    """
    return {
        parameter.variable: values.literal(literal(layout, parameter.name))[1] or ""
        for parameter in made
        if parameter.secret
    }


def literal(layout: Layout, name: str) -> ast.expr:
    """The literal of a parameter."""
    return _value(layout.analysis.units[layout.parameters[name]], name)


def _is_secret(layout: Layout, parameter: Parameter, value: Any) -> bool:
    """Whether a parameter is a secret; only text is."""
    unit = layout.analysis.units[layout.parameters[parameter.name]]
    comment = _comment(unit) or _comment_above(unit)
    if parameter.type == "str" and (value is None or isinstance(value, str)):
        return secret_names.is_secret(parameter.name, value, comment)
    if secret_names.mark(comment):
        layout.refuse(
            f"`{parameter.name}` is marked as a secret and is not text",
            "write it as text and convert it where it is read, or remove the mark",
            layout.parameters[parameter.name],
            parameter.name,
        )
    return False


def _as_secret(parameter: Parameter, value: str | None) -> Parameter:
    """The parameter without its value, which nothing that is generated may hold; one left empty may stay empty."""
    default = "" if value else f", default={value!r}"
    text = secret_names.without_mark(parameter.help)
    if value:
        text = text.replace(value, "***")
    return replace(
        parameter,
        default=f'Secret("{parameter.variable}"{default})',
        help=text or f"`{parameter.name}` of the notebook",
        secret=True,
    )


def _value(unit: Unit, name: str) -> ast.expr:
    node = unit.node
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return node.value
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                return node.value
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for element, value in zip(target.elts, node.value.elts, strict=True):
                    if isinstance(element, ast.Name) and element.id == name:
                        return value
    raise AssertionError(f"`{name}` is not a parameter of this statement")


def _type(unit: Unit, value: Any) -> tuple[str, bool, tuple[Any, ...]]:
    """(type, whether None is allowed, choices) from the annotation, the comment or the value."""
    annotation = ""
    if isinstance(unit.node, ast.AnnAssign):
        annotation = ast.unparse(_bare(unit.node.annotation))
    else:
        written = re.search(r"#\s*type:\s*([\w.\[\], |]+)", _comment(unit))
        annotation = written.group(1).strip() if written else ""
    optional = value is None or bool(re.search(r"\bNone\b|\bOptional\b", annotation))
    plain = re.sub(r"\s*\|\s*None|^None\s*\|\s*|^(?:typing\.)?Optional\[(.*)\]$", r"\1", annotation).strip()
    literal = re.fullmatch(r"(?:typing\.)?Literal\[(.*)\]", plain)
    if literal:
        known, choices = values.literal(ast.parse(f"({literal.group(1)},)", mode="eval").body)
        if known:
            return "Literal", optional, tuple(choices)
    simple = {"int", "float", "bool", "str", "Path", "dict", "list[int]", "list[float]", "list[str]"}
    plain = plain.replace("pathlib.", "").replace("List[", "list[")
    first = plain.partition(" ")[0]
    if plain in simple or first in simple:
        kind = plain if plain in simple else first
        return ("float" if kind == "int" and isinstance(value, float) else kind), optional, ()
    chosen = comments.choices(_comment(unit), value)
    return ("Literal", optional, chosen) if chosen else (_inferred(value), optional, ())


def _bare(annotation: ast.expr) -> ast.expr:
    """The type in `Annotated[int, Ge(1)]`, and in such a one with None."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).rpartition(".")[2] == "Annotated":
        inner = annotation.slice
        return inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner
    if isinstance(annotation, ast.BinOp):
        return ast.BinOp(_bare(annotation.left), annotation.op, _bare(annotation.right))
    return annotation


_ANNOTATIONS = {"ge": "at_least", "gt": "above", "le": "at_most", "lt": "below"}
"""How annotated-types and pydantic name the ends of a range."""


def _bounds(layout: Layout, unit: Unit, index: int, name: str, value: Any) -> tuple[tuple[str, float], ...]:
    """The range of a number: by its annotation, which the notebook's value must keep, or by its comment."""
    stated = _annotated_bounds(unit.node.annotation) if isinstance(unit.node, ast.AnnAssign) else {}
    if stated and value is not None and not _keeps(value, stated):
        layout.refuse(
            f"`{name}` is {value!r}, which its annotation does not allow",
            "change the value, or the annotation",
            index,
            name,
        )
    written = stated or comments.bounds(_comment(unit)) or comments.bounds(_comment_above(unit))
    return tuple(written.items()) if value is None or _keeps(value, written) else ()


def _annotated_bounds(annotation: ast.expr) -> dict[str, float]:
    """The ends that `Annotated[int, Ge(1), Field(le=20)]` states."""
    ends: dict[str, float] = {}
    for part in ast.walk(annotation) if "Annotated" in ast.unparse(annotation) else ():
        if not isinstance(part, ast.Call):
            continue
        called = ast.unparse(part.func).rpartition(".")[2].lower()
        stated = [(keyword.arg or "", keyword.value) for keyword in part.keywords]
        stated += [(called, argument) for argument in part.args[:1]]
        for key, node in stated:
            known, number = values.literal(node)
            if key in _ANNOTATIONS and known and isinstance(number, int | float):
                ends[_ANNOTATIONS[key]] = number
    return ends


def _keeps(value: Any, bounds: Mapping[str, float]) -> bool:
    return all(
        (kind != "above" or value > end)
        and (kind != "at_least" or value >= end)
        and (kind != "below" or value < end)
        and (kind != "at_most" or value <= end)
        for kind, end in bounds.items()
    )


def _inferred(value: Any) -> str:
    if value is None:
        return "str"
    for kind in (bool, int, float, str, dict):
        if isinstance(value, kind):
            return kind.__name__
    if isinstance(value, list | tuple):
        outer = type(value).__name__
        kinds = {type(element) for element in value}
        if kinds <= {int}:
            inner = "int" if kinds else "str"
        elif kinds <= {int, float}:
            inner = "float"
        elif kinds <= {str}:
            inner = "str"
        else:
            return "json"
        return f"{outer}[{inner}]" if outer == "list" else f"tuple[{inner}, ...]"
    return "json"


def _comment(unit: Unit) -> str:
    span = unit.code_span()
    rest = unit.lines[span.end_row - 1][span.end_column - 1 :]
    return rest[rest.index("#") :] if rest.lstrip().startswith(("#", ";")) and "#" in rest else ""


def _comment_above(unit: Unit) -> str:
    row = unit.span().row
    above = unit.lines[row - 2].strip() if row >= 2 else ""
    return above if above.startswith("#") else ""


def _help(unit: Unit, name: str) -> str:
    text = comments.words(_comment(unit)) or comments.words(_comment_above(unit))
    return text or f"`{name}` of the notebook"
