"""`predict`'s signature → `schemas.py`: the types of request and response, and the call itself.

    def predict(text: str, top_k: int = 1) -> dict:            class PredictRequest(BaseModel):
        return {"label": …, "confidence": round(p, 4)}             text: str
                                                                   top_k: int = 1
                                                               class PredictResponse(BaseModel):
                                                                   label: Any
                                                                   confidence: float

Arrays, tensors and frames get the types of `service.wire`. A parameter whose name a model cannot have as a field
(`copy`, `model_config`, `_x`, or a name that an annotation needs) is a field of another name with its own as alias.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nbexport.analysis.wire_types import WIRE
from nbexport.lift import style
from nbexport.model import Program

TAKEN = frozenset(
    """construct copy dict from_orm json parse_file parse_obj parse_raw schema schema_json update_forward_refs
    validate""".split()
)
"""Attributes of every Pydantic model, beside those that begin with `model_`."""

KNOWN_CALLS = {"float": "float", "int": "int", "str": "str", "bool": "bool", "len": "int", "sorted": "list[Any]"}
"""Calls whose result has a known type."""


class _Names:
    """What the names in an annotation stand for, and the import lines that they need."""

    def __init__(self, program: Program) -> None:
        self.imports: dict[str, tuple[str, str]] = {}
        """Name → dotted origin and import line."""
        self.classes: dict[str, ast.ClassDef] = {}
        self.used: set[str] = set()
        for module, text in (("definitions", program.definitions), ("model", program.model)):
            for statement in ast.parse(text).body:
                self._note(module, statement)

    def _note(self, module: str, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                bound = alias.asname or alias.name.partition(".")[0]
                shown = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
                self.imports[bound] = (alias.name if alias.asname else bound, shown)
        elif isinstance(statement, ast.ImportFrom) and statement.module != "definitions":
            for alias in statement.names:
                shown = f"from {'.' * statement.level}{statement.module or ''} import {alias.name}"
                shown += f" as {alias.asname}" if alias.asname else ""
                self.imports[alias.asname or alias.name] = (f"{statement.module}.{alias.name}", shown)
        elif module == "definitions":
            if isinstance(statement, ast.ClassDef):
                self.classes[statement.name] = statement
            for name in _bound(statement):
                self.imports[name] = (f"definitions.{name}", f"from definitions import {name}")

    def origin(self, node: ast.expr) -> str:
        """The full dotted name of `np.ndarray`; empty for what is no dotted name."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, (node.id, ""))[0]
        if isinstance(node, ast.Attribute):
            base = self.origin(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    def source(self, node: ast.expr) -> str:
        """An expression as `schemas.py` writes it; what it needs is imported there."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except SyntaxError:
                return "Any"
        replaced = _OnTheWire(self).visit(ast.parse(ast.unparse(node), mode="eval").body)
        self.used |= {part.id for part in ast.walk(replaced) if isinstance(part, ast.Name)}
        return ast.unparse(replaced)

    def value(self, node: ast.expr) -> str:
        """A default as `schemas.py` writes it."""
        self.used |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        return ast.unparse(node)

    def lines(self) -> list[str]:
        """The import lines of what was used."""
        found = {self.imports[name][1] for name in self.used if name in self.imports}
        wire = sorted(set(WIRE.values()) & self.used - self.imports.keys())
        if wire:
            found.add(f"from service.wire import {', '.join(wire)}")
        return sorted(found)


class _OnTheWire(ast.NodeTransformer):
    """Replaces types that JSON has no form of."""

    def __init__(self, names: _Names) -> None:
        self.names = names

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        wire = WIRE.get(self.names.origin(node.value))
        if wire:
            return ast.Name(wire, ast.Load())
        if self.names.origin(node.value).rpartition(".")[2] == "Literal":
            return node
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        wire = WIRE.get(self.names.origin(node))
        return ast.Name(wire, ast.Load()) if wire else node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        wire = WIRE.get(self.names.origin(node))
        return ast.Name(wire, ast.Load()) if wire else node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, str):
            # a type within a type, written as text
            try:
                return self.visit(ast.parse(node.value, mode="eval").body)  # type: ignore[no-any-return]
            except SyntaxError:
                return ast.Name("Any", ast.Load())
        return node


def schemas(program: Program) -> str:
    """The text of `schemas.py`.

    Args:
        program: A program with a `predict`.
    """
    predict = _predict(program.model)
    names = _Names(program)
    fields, call = _request(predict, names)
    response = _response(predict, _user_predict(program), names)
    needs_field = any("Field(" in line for line in fields)
    pydantic = ["BaseModel", "ConfigDict", *(["Field"] if needs_field else [])]
    known = program.predict.docstring if program.predict is not None else ""
    lines = [
        f'"""Request and response of the service, from the signature of `predict` in `{_plain(program.notebook)}`."""',
        "",
        "from typing import Any",
        "",
        f"from pydantic import {', '.join(pydantic)}",
        "",
        "import bundle",
        *[line for line in names.lines() if line != "from typing import Any"],
        "",
        f"DESCRIPTION = {known!r}",
        "",
        "",
        "class PredictRequest(BaseModel):",
        '    """The arguments of `predict`."""',
        "",
        '    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=())',
        "",
        *[f"    {line}" for line in fields],
        "",
        "",
        "class PredictResponse(BaseModel):",
        '    """What `predict` returns, and the version of the model that said it."""',
        "",
        '    model_config = ConfigDict(extra="allow", protected_namespaces=())',
        "",
        *[f"    {line}" for line in response],
        "    model_version: str",
        "",
        "",
        "def answer(loaded: bundle.Loaded, request: PredictRequest) -> Any:",
        '    """Ask the model."""',
        f"    return loaded.predict({', '.join(call)})",
        "",
    ]
    return style.tidy("\n".join(lines), "schemas.py")


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() and c not in '"\\' else "_" for c in text)


def _predict(text: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """`predict` of `model.py`, whose last argument is the state."""
    return next(
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "predict"
    )


def _user_predict(program: Program) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """`predict` as the notebook wrote it."""
    found = [
        node
        for node in ast.parse(program.definitions).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "predict"
    ]
    return found[-1] if found else _predict(program.model)


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    else:
        for part in ast.walk(statement):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id


# --------------------------------------------------------------------------- request


def _request(predict: ast.FunctionDef | ast.AsyncFunctionDef, names: _Names) -> tuple[list[str], list[str]]:
    """The fields of the request, and the arguments of the call."""
    arguments = predict.args
    positional = [*arguments.posonlyargs, *arguments.args]
    keyword_only = [argument for argument in arguments.kwonlyargs if argument.arg != "state"]
    defaults: dict[str, ast.expr] = {}
    if arguments.defaults:
        defaults = {a.arg: d for a, d in zip(positional[-len(arguments.defaults) :], arguments.defaults, strict=True)}
    defaults |= {
        argument.arg: default
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    }
    every = [*positional, *keyword_only]
    types = {a.arg: names.source(a.annotation) if a.annotation is not None else "Any" for a in every}
    needed = {part.id for text in types.values() for part in ast.walk(ast.parse(text)) if isinstance(part, ast.Name)}
    fields: list[str] = []
    call: list[str] = []
    for argument in every:
        name = argument.arg
        own = name not in TAKEN and name not in needed and not name.startswith(("_", "model_"))
        field = name if own else f"field_{name.strip('_')}"
        default = defaults.get(name)
        shown = names.value(default) if default is not None else ""
        if own:
            fields.append(f"{field}: {types[name]}" + (f" = {shown}" if shown else ""))
        else:
            fields.append(f"{field}: {types[name]} = Field({f'{shown}, ' if shown else ''}alias={name!r})")
        # what stands before another positional one cannot be left out, so all are given by their place
        by_place = argument in arguments.posonlyargs
        call.append(f"request.{field}" if by_place else f"{name}=request.{field}")
    return fields, call


# --------------------------------------------------------------------------- response


def _response(
    predict: ast.FunctionDef | ast.AsyncFunctionDef, user: ast.FunctionDef | ast.AsyncFunctionDef, names: _Names
) -> list[str]:
    """The fields of the response but for `model_version`."""
    returns = predict.returns
    if returns is None:
        return ["result: Any"]
    if isinstance(returns, ast.Constant) and isinstance(returns.value, str):
        try:
            returns = ast.parse(returns.value, mode="eval").body
        except SyntaxError:
            return []
    base = returns.value if isinstance(returns, ast.Subscript) else returns
    origin = names.origin(base).rpartition(".")[2]
    if origin in ("dict", "Dict", "Mapping", "MutableMapping", "OrderedDict"):
        return _members(user)
    if isinstance(base, ast.Name) and base.id in names.classes:
        return list(_class_fields(base.id, names))
    return ["result: Any" if names.origin(base) in WIRE else f"result: {names.source(returns)}"]


def _class_fields(name: str, names: _Names) -> Iterator[str]:
    """Annotated fields of a class of the notebook and of its bases."""
    node = names.classes[name]
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in names.classes and base.id != name:
            yield from _class_fields(base.id, names)
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            field = statement.target.id
            if field in TAKEN or field.startswith(("_", "model_")):
                continue
            yield f"{field}: {names.source(statement.annotation)}"


def _members(user: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Members that every `return {…}` has, with the types that can be seen."""
    returned = [node.value for node in _own_returns(user)]
    displays = [value for value in returned if isinstance(value, ast.Dict)]
    if not displays or len(displays) != len(returned):
        return []
    keyed: list[Mapping[str, ast.expr]] = []
    for display in displays:
        found = {
            key.value: value
            for key, value in zip(display.keys, display.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
        keyed.append(found)
    lines = []
    for name in keyed[0]:
        if not name.isidentifier() or name in TAKEN or name.startswith(("_", "model_")):
            continue
        if all(name in found for found in keyed):
            types = {_seen_type(found[name]) for found in keyed}
            lines.append(f"{name}: {types.pop() if len(types) == 1 else 'Any'}")
    return lines


def _own_returns(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.Return]:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Return):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _seen_type(value: ast.expr) -> str:
    if isinstance(value, ast.JoinedStr):
        return "str"
    if isinstance(value, ast.Constant) and type(value.value) in (bool, int, float, str):
        return type(value.value).__name__
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        if value.func.id == "round" and len(value.args) == 2:
            return "float | None"
        known = KNOWN_CALLS.get(value.func.id, "Any")
        # NaN has no form in JSON and becomes null
        return "float | None" if known == "float" else known
    return "Any"
