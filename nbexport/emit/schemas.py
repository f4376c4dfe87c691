"""The interface of `predict` → `schemas.py`: the types of request and response.

    text: str                         class PredictRequest(BaseModel):
    top_k: int = 1                        text: str
    copy: bool                            top_k: int = 1
                                          field_copy: bool = Field(alias='copy')
    → label: Any                      class PredictResponse(BaseModel):
                                          label: Any

A parameter whose name a model cannot have as a field (`copy`, `model_config`, `_x`, or a name that an annotation needs)
is a field of another name with its own as alias.
"""

from __future__ import annotations

import ast
import json
import keyword
import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from nbexport.analysis.wire_types import GAPPED_FLOAT, WIRE
from nbexport.lift import style
from nbexport.program import Argument, Expression, Predict

TAKEN = frozenset(
    """construct copy dict from_orm json parse_file parse_obj parse_raw schema schema_json update_forward_refs
    validate""".split()
)
"""Attributes of every Pydantic model, beside those that begin with `model_`."""

REQUEST = ('extra="forbid"', "strict=True", "allow_inf_nan=False", "protected_namespaces=()")
"""How a request is read: no unknown field, no text for a number, no NaN."""

SHOWN_EXAMPLE = 500
"""Characters of an example that is shown in `/docs`; a longer one tells a reader nothing."""


def schemas(predict: Predict, notebook: str) -> str:
    """The text of `schemas.py`.

    Args:
        predict: The interface.
        notebook: File name of the notebook.
    """
    of_types = frozenset(name for argument in predict.arguments for name in argument.type.names)
    fields = [_field(argument, of_types) for argument in predict.arguments]
    members = [member for member in predict.answer if _can_be_field(member.name)]
    expressions = [argument.type for argument in predict.arguments]
    expressions += [argument.default for argument in predict.arguments if argument.default is not None]
    expressions += [member.type for member in members]
    needs_field = any("Field(" in line for line in fields)
    pydantic = ["BaseModel", "ConfigDict", *(["Field"] if needs_field else [])]
    lines = [
        f'"""Request and response of the service, from the signature of `predict` in `{_plain(notebook)}`."""',
        "",
        f"from pydantic import {', '.join(pydantic)}",
        "",
        *_imports(predict, expressions),
        "",
        "",
        "class PredictRequest(BaseModel):",
        '    """The arguments of `predict`."""',
        "",
        f"    model_config = ConfigDict({', '.join([*REQUEST, *_shown(predict)])})",
        "",
        *[f"    {line}" for line in fields],
        "",
        "",
        "class PredictResponse(BaseModel):",
        '    """What `predict` returns, and the version of the model that said it."""',
        "",
        '    model_config = ConfigDict(extra="allow", protected_namespaces=())',
        "",
        *[f"    {member.name}: {member.type.text}" for member in members],
        f"    {_version_field({member.name for member in predict.answer})}: str",
        "",
    ]
    return style.tidy("\n".join(lines), "schemas.py")


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() and c not in '"\\' else "_" for c in text)


def _imports(predict: Predict, expressions: Iterable[Expression]) -> list[str]:
    """The import lines of what the types and defaults read."""
    names = frozenset(name for expression in expressions for name in expression.names)
    lines = {predict.imports[name] for name in names if name in predict.imports}
    if any(re.search(r"\bAny\b", expression.text) for expression in expressions):
        lines.add("from typing import Any")
    wire = sorted(names.intersection([*WIRE.values(), GAPPED_FLOAT]) - predict.imports.keys())
    if wire:
        lines.add(f"from nbexport_runtime.service.wire import {', '.join(wire)}")
    return sorted(lines)


def _version_field(members: AbstractSet[str]) -> str:
    """The field that says which model answered, as the service chooses it."""
    if not any(name.rstrip("_") == "bundle_version" for name in members):
        return "bundle_version" if "model_version" in members else "model_version"
    return f"{max((name for name in members if name.rstrip('_') == 'bundle_version'), key=len)}_"


def _can_be_field(name: str) -> bool:
    return name not in TAKEN and not keyword.iskeyword(name) and not name.startswith(("_", "model_"))


def _field_name(argument: Argument, of_types: AbstractSet[str]) -> str:
    """The name of an argument's field; not one that the types of the request read."""
    name = argument.name
    return name if _can_be_field(name) and name not in of_types else f"field_{name.strip('_')}"


def _field(argument: Argument, of_types: AbstractSet[str]) -> str:
    name = _field_name(argument, of_types)
    default = argument.default.text if argument.default is not None else ""
    # nan has no form in the document that describes the service
    made = f"default_factory=lambda: {default}" if default and GAPPED_FLOAT in argument.type.names else default
    if name == argument.name:
        if made != default:
            return f"{name}: {argument.type.text} = Field({made})"
        return f"{name}: {argument.type.text}" + (f" = {default}" if default else "")
    shown = f"{made}, " if made else ""
    return f"{name}: {argument.type.text} = Field({shown}alias={argument.name!r})"


def _shown(predict: Predict) -> list[str]:
    """The option that shows the notebook's example calls in `/docs`; none where they are not literals."""
    bodies = [body for example in predict.examples for body in _body(example, predict.arguments)]
    return [f'json_schema_extra={{"examples": {bodies!r}}}'] if bodies else []


def _body(example: str, arguments: tuple[Argument, ...]) -> Iterator[dict[str, object]]:
    """The body that asks what an example call asks, if that is plain JSON and short."""
    call = ast.parse(example.strip(), mode="eval").body
    if not isinstance(call, ast.Call):
        return
    by_place = [argument.name for argument in arguments]
    values = [*zip(by_place, call.args, strict=False), *((keyword.arg, keyword.value) for keyword in call.keywords)]
    try:
        text = json.dumps({str(name): ast.literal_eval(value) for name, value in values}, allow_nan=False)
    except (TypeError, ValueError):
        return
    if len(text) <= SHOWN_EXAMPLE:
        yield json.loads(text)
