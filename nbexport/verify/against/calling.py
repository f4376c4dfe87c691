"""Imports a function of somebody else's, calls it, and writes down what it answers.

This text runs in a copy of that code's folder, with that code's own Python (3.10 or newer; `python calling.py ASKED`),
so it imports nothing of nbexport. Its one argument is a JSON file: see `Asked`.

How a function is called follows from its signature. For a notebook's `predict(age, fare)`:

    def score(fare, age)               keywords     score(age=3, fare=7.5)
    def score(passenger: Passenger)    model        score(Passenger(age=3, fare=7.5)), pydantic or a dataclass
    def score(row: dict), score(row)   dict         score({"age": 3, "fare": 7.5})
    def score(rows: list[dict])        rows         score([{"age": 3, "fare": 7.5}])
    def score(X: pd.DataFrame)         frame        score(DataFrame([{"age": 3, "fare": 7.5}]))
    def score(X: np.ndarray)           array        score(array([[3, 7.5]]))

For a `predict` with one argument, a function with one argument of another name is given the same value (positional).
Arguments of other names are never matched by their places on the quiet.
"""

from __future__ import annotations

import asyncio
import collections.abc
import dataclasses
import importlib
import importlib.util
import inspect
import json
import os
import sys
import traceback
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict


class Asked(TypedDict):
    """What is to be called, and how."""

    file: str
    """The module's file, in the copy; empty imports `module`."""
    module: str
    search: list[str]
    """Folders that modules are found in first."""
    attribute: str
    """What is called: a name of the module, or names joined by dots."""
    call: str
    """How it is called; empty follows the signature."""
    alone: bool
    """Call it without arguments."""
    requests: list[dict[str, Any]]
    kinds: dict[str, str]
    """Argument → how it is made again of plain data."""
    tools: list[str]
    """Files of functions that both sides need."""
    target: str


class TroubleError(Exception):
    """Why it cannot be called; `facts` go to the target."""

    def __init__(self, kind: str, **facts: Any) -> None:
        super().__init__(kind)
        self.facts = {"kind": kind, **facts}


def imported(asked: Asked) -> Any:
    """The module.

    Raises:
        TroubleError: It cannot be imported.
    """
    sys.path[:0] = asked["search"]
    try:
        if not asked["file"]:
            return importlib.import_module(asked["module"])
        spec = importlib.util.spec_from_file_location(asked["module"], asked["file"])
        if spec is None or spec.loader is None:
            raise TroubleError("import", error="it is not a Python module", at="")
        module = importlib.util.module_from_spec(spec)
        sys.modules[asked["module"]] = module
        spec.loader.exec_module(module)
    except TroubleError:
        raise
    except BaseException as error:
        raise TroubleError("import", **_error(error)) from error
    return module


def looked_up(module: Any, attribute: str) -> Any:
    """What the module calls by a name.

    Raises:
        TroubleError: There is no such name, or it cannot be called.
    """
    holder, names = module, attribute.split(".")
    for name in names:
        if not hasattr(holder, name):
            known = [other for other in dir(holder) if not other.startswith("_") and callable(getattr(holder, other))]
            own = [other for other in known if getattr(getattr(holder, other), "__module__", "") == module.__name__]
            raise TroubleError("absent", name=name, names=own or known)
        holder = getattr(holder, name)
    if inspect.isclass(holder) or not callable(holder):
        names = [other for other in dir(holder) if not other.startswith("_") and callable(getattr(holder, other))]
        what = "class" if inspect.isclass(holder) else type(holder).__name__
        raise TroubleError("not a function", what=what, names=names)
    return holder


# --------------------------------------------------------------------------- how it is called


class Way:
    """One way of calling a function, for requests with these arguments."""

    def __init__(self, name: str, words: str, call: Callable[[dict[str, Any], dict[str, Any]], Any]) -> None:
        self.name, self.words = name, words
        self.call = call
        """Takes the arguments as the notebook has them, and as plain data."""


def way_of(function: Any, names: Sequence[str], example: Mapping[str, Any], asked: str) -> Way:
    """How a function is called with requests that have these arguments.

    Raises:
        TroubleError: Nothing fits, or the way that was asked for does not.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = [inspect.Parameter("values", inspect.Parameter.VAR_KEYWORD)]
    one = next((p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)), None)
    annotation = _annotation(function, one) if one is not None else None
    name = asked or _fitting(parameters, names, example, annotation)
    if not name:
        shown = [str(p).partition(" = ")[0] for p in parameters]
        raise TroubleError("arguments", parameters=shown)
    label = getattr(annotation, "__name__", "")
    if name == "keywords":
        return Way(name, "keyword arguments", lambda given, _: function(**given))
    if name == "fields":
        (only,) = example
        return Way(name, f"the fields of `{only}` as keyword arguments", lambda _, plain: function(**plain[only]))
    if name == "positional":
        return Way(name, "the same arguments by position", lambda given, _: function(*given.values()))
    if name == "model":
        return Way(name, f"one `{label}` per request", lambda _, plain: function(_built(annotation, _row(plain))))
    if name == "dict":
        return Way(name, "one dict per request", lambda _, plain: function(dict(_row(plain))))
    if name == "rows":
        arguments = typing.get_args(annotation)
        element = arguments[0] if arguments else None
        label = getattr(element, "__name__", "")
        words = f"a list of one `{label}`" if _is_model(element) else "a list of one dict"
        return Way(name, words, lambda _, plain: function([_built(element, _row(plain))]))
    if name == "frame":
        return Way(name, "a DataFrame of one row", lambda _, plain: function(_frame(plain)))
    return Way("array", "an array of one row, in the order of the arguments", lambda _, plain: function(_array(plain)))


def _fitting(
    parameters: Sequence[inspect.Parameter], names: Sequence[str], example: Mapping[str, Any], annotation: Any
) -> str:
    """The one way that fits a signature; empty where none does."""
    by_name = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    any_name = any(p.kind is p.VAR_KEYWORD for p in parameters)
    required = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]

    def takes(given: Sequence[str]) -> bool:
        return (any_name or set(given) <= by_name) and set(required) <= set(given)

    if takes(names):
        return "keywords"
    inner = next(iter(example.values())) if len(example) == 1 else None
    if isinstance(inner, dict) and takes(list(inner)):
        return "fields"
    if len(required) > 1 or not parameters or parameters[0].kind not in _PLACED:
        return ""
    kind = _kind(annotation)
    if kind == "list":
        return "positional" if isinstance(inner, list) else "rows"
    if kind == "array" and isinstance(inner, list):
        return "positional" if inner and isinstance(inner[0], list) else "array"
    if kind:
        return kind
    if len(names) == 1:
        return "positional"
    return "dict" if annotation in (None, Any, object) else ""


_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _annotation(function: Any, parameter: inspect.Parameter) -> Any:
    """The type of a parameter; None where it says none that can be found."""
    try:
        return typing.get_type_hints(function).get(parameter.name)
    except Exception:  # noqa: BLE001 - a type of a library that is not there
        return None if parameter.annotation is parameter.empty else parameter.annotation


def _kind(annotation: Any) -> str:
    """What is made of a request for a parameter of this type; empty where it stays as it is."""
    if _is_model(annotation):
        return "model"
    origin = typing.get_origin(annotation) or annotation
    if isinstance(origin, type):
        if issubclass(origin, str | bytes):
            return ""
        if issubclass(origin, dict) or origin is collections.abc.Mapping or typing.is_typeddict(origin):
            return "dict"
        if issubclass(origin, list | tuple) or origin in (collections.abc.Sequence, collections.abc.Iterable):
            return "list"
        return _BY_NAME.get(origin.__name__, "")
    if isinstance(annotation, str):
        # of a library that is imported for types alone
        return _BY_NAME.get(annotation.partition("[")[0].rpartition(".")[2], "")
    return ""


_BY_NAME = {
    "DataFrame": "frame",
    "ndarray": "array",
    "NDArray": "array",
    "Tensor": "array",
    "dict": "dict",
    "Dict": "dict",
    "Mapping": "dict",
    "list": "list",
    "List": "list",
    "Sequence": "list",
}
"""Name of a type → what is made of a request."""


def _is_model(annotation: Any) -> bool:
    if not isinstance(annotation, type):
        return False
    return (
        hasattr(annotation, "model_validate")
        or hasattr(annotation, "parse_obj")
        or dataclasses.is_dataclass(annotation)
    )


def _built(model: Any, row: Mapping[str, Any]) -> Any:
    """A request as an instance of a model; as it is where that is none."""
    if not _is_model(model):
        return dict(row)
    if hasattr(model, "model_validate"):
        return model.model_validate(row)
    return model.parse_obj(row) if hasattr(model, "parse_obj") else model(**row)


def _row(plain: dict[str, Any]) -> dict[str, Any]:
    """The fields of a request: those of its one dict, or its arguments."""
    inner = next(iter(plain.values())) if len(plain) == 1 else None
    return inner if isinstance(inner, dict) else plain


def _frame(plain: dict[str, Any]) -> Any:
    import pandas

    inner = next(iter(plain.values())) if len(plain) == 1 else None
    return pandas.DataFrame([inner if isinstance(inner, list) else _row(plain)])


def _array(plain: dict[str, Any]) -> Any:
    import numpy

    inner = next(iter(plain.values())) if len(plain) == 1 else None
    return numpy.array([inner if isinstance(inner, list) else list(_row(plain).values())])


# --------------------------------------------------------------------------- calling it


def answers(function: Any, asked: Asked, tools: Mapping[str, Any]) -> dict[str, Any]:
    """What it answers to each request.

    Raises:
        TroubleError: It cannot be called with them.
    """
    example = asked["requests"][0]
    way = way_of(function, list(example), example, asked["call"])
    replies: list[dict[str, Any]] = []
    for request in asked["requests"]:
        plain = json.loads(json.dumps(request))
        try:
            given = {name: tools["made"](value, asked["kinds"].get(name, "")) for name, value in request.items()}
            answer = _awaited(way.call(given, plain))
            shown = tools["_finite"](tools["plain"](tools["_members"](answer)))
            replies.append({"answer": shown, "type": tools["type_of"](answer)})
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            replies.append(_error(error))
    return {"answers": replies, "called": way.words}


def alone(function: Any, tools: Mapping[str, Any]) -> dict[str, Any]:
    """What it returns without arguments, by name.

    Raises:
        TroubleError: It fails, or what it returns has no names.
    """
    try:
        returned = _awaited(function())
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise TroubleError("call", **_error(error)) from error
    members = tools["_members"](returned)
    if not isinstance(members, Mapping) or set(members) == {"result"}:
        raise TroubleError("unnamed", type=tools["type_of"](returned))
    return {
        "metrics": tools["plain"](members),
        "trees": tools["packed"](
            {str(name): tools["snapshot"](tools["common"](value)) for name, value in members.items()}
        ),
        "types": {str(name): tools["type_of"](value) for name, value in members.items()},
    }


def looked_at(function: Any) -> dict[str, Any]:
    """Whether it can be called without arguments."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {"alone": False}
    required = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    # with optional parameters it may as well be a `predict`
    return {"alone": not required and not any(p.kind is not p.VAR_POSITIONAL for p in parameters)}


def _awaited(answer: Any) -> Any:
    if not inspect.isawaitable(answer):
        return answer

    async def wait() -> Any:
        return await answer

    return asyncio.run(wait())


def _error(error: BaseException) -> dict[str, Any]:
    """What an error says, and the last line of the copied code that it passed through."""
    here = f"{Path.cwd()}{os.sep}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(here)]
    at = f"{own[-1].filename[len(here) :]}:{own[-1].lineno}" if own else ""
    text = str(error).strip()
    return {"error": f"{type(error).__name__}: {text}" if text else type(error).__name__, "at": at}


def main(asked: Asked) -> dict[str, Any]:
    """What came of it."""
    tools: dict[str, Any] = {}
    for file in asked["tools"]:
        # files of nbexport, which is not installed where this runs
        exec(compile(Path(file).read_text(encoding="utf-8"), file, "exec"), tools)  # noqa: S102
    try:
        function = looked_up(imported(asked), asked["attribute"])
        if asked["alone"]:
            return alone(function, tools)
        return answers(function, asked, tools) if asked["requests"] else looked_at(function)
    except TroubleError as trouble:
        return {"trouble": trouble.facts}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        request: Asked = json.load(file)
    # this file's folder is not part of that code
    sys.path.pop(0)
    result = main(request)
    with open(request["target"], "w", encoding="utf-8") as file:
        json.dump(result, file)
    # threads of that code may go on
    sys.stdout.flush()
    os._exit(0)
