"""From a request to the call of `predict`, and from an example call back to a request.

class PredictRequest(BaseModel):                    def predict(state, /, day, *, copy): …
    day: date
    field_copy: bool = Field(alias="copy")          predict(state, request.day, copy=request.field_copy)
"""

import inspect
import json
import math
from collections.abc import Callable, Collection, Iterator
from typing import Any

from pydantic import BaseModel

from nbexport_runtime import bundle
from nbexport_runtime.service.wire import json_bytes

Ask = Callable[[BaseModel], Any]


def names_of(request: type[BaseModel]) -> dict[str, str]:
    """Argument of `predict` → field of the request."""
    return {field.alias or name: name for name, field in request.model_fields.items()}


def values_of(request: type[BaseModel]) -> Callable[[BaseModel], dict[str, Any]]:
    """A function that gives the arguments that an input holds, by name; it is built once."""
    fields = names_of(request)
    if all(name == field for name, field in fields.items()):
        return vars

    def values(row: BaseModel) -> dict[str, Any]:
        held = vars(row)
        return {name: held[field] for name, field in fields.items()}

    return values


def caller(loaded: bundle.Loaded, names: Collection[str]) -> Callable[[dict[str, Any]], Any]:
    """A function that calls a model with arguments by name; it is built once, so that a call costs no reflection.

    Args:
        loaded: The model.
        names: Of all arguments.

    Raises:
        BundleError: The model's `predict` has other arguments.
    """
    arguments = arguments_of(loaded.function, names)
    if {argument.name for argument in arguments} != set(names):
        raise bundle.BundleError(
            "its `predict` takes other arguments than this service; deploy it as a service of its own"
        )
    predict = _with_gaps(loaded, [argument.name for argument in arguments])
    by_place = [argument.name for argument in arguments if argument.kind is argument.POSITIONAL_ONLY]
    by_name = [argument.name for argument in arguments[len(by_place) :]]

    def call(values: dict[str, Any]) -> Any:
        return predict(**values)

    def call_in_detail(values: dict[str, Any]) -> Any:
        return predict(*[values[name] for name in by_place], **{name: values[name] for name in by_name})

    return call_in_detail if by_place else call


def _with_gaps(loaded: bundle.Loaded, names: list[str]) -> Callable[..., Any]:
    """A model's `predict` that gets nan for null inside of arguments whose examples hold nan there.

    JSON has no nan, so a row with a missing number arrives with null. Where an example holds None as well, null stays
    what it is.

    Args:
        loaded: The model.
        names: The arguments in order.
    """
    held: dict[str, set[str]] = {}
    for args, kwargs in loaded.examples:
        for name, value in [*zip(names, args, strict=False), *kwargs.items()]:
            held.setdefault(name, set()).update(_missing_in(value))
    gaps = {name for name, kinds in held.items() if kinds == {"nan"}}
    if not gaps:
        return loaded.predict
    places = [name in gaps for name in names]

    def predict(*args: Any, **kwargs: Any) -> Any:
        by_place = [_filled(value) if gap else value for value, gap in zip(args, places, strict=False)]
        return loaded.predict(*by_place, **{name: _filled(v) if name in gaps else v for name, v in kwargs.items()})

    return predict


def _missing_in(value: Any) -> Iterator[str]:
    """The ways in which values inside of dicts and lists are missing: `nan`, `none`."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for part in inner:
        if part is None:
            yield "none"
        elif isinstance(part, float) and math.isnan(part):
            yield "nan"
        else:
            yield from _missing_in(part)


def _filled(value: Any) -> Any:
    """A value with nan for each None inside of its dicts and lists."""
    if isinstance(value, dict):
        return {key: math.nan if part is None else _filled(part) for key, part in value.items()}
    if isinstance(value, list):
        return [math.nan if part is None else _filled(part) for part in value]
    return value


def asker(loaded: bundle.Loaded, request: type[BaseModel]) -> Ask:
    """A function that asks a model what a request asks; it is built once, so that a request costs no reflection.

    Raises:
        BundleError: The model's `predict` has other arguments than the request.
    """
    call, values = caller(loaded, names_of(request)), values_of(request)

    def ask(row: BaseModel) -> Any:
        return call(values(row))

    return ask


def arguments_of(predict: Callable[..., Any], names: Collection[str]) -> list[inspect.Parameter]:
    """The parameters of `predict` but the one that takes the bundle; none where no parameter does.

    The bundle comes first: `(state, /, text)`. Code that an older nbexport put into a bundle has it last: `(text, *,
    state)`.

    Args:
        predict: The model's `predict`.
        names: Of the values of a request, none of which is the bundle.
    """
    first, *others = inspect.signature(predict).parameters.values()
    if first.name not in names and first.kind is first.POSITIONAL_ONLY:
        return others
    last = others.pop() if others else first
    return [first, *others] if last.name not in names and last.kind is last.KEYWORD_ONLY else []


def example_bodies(loaded: bundle.Loaded) -> list[dict[str, Any]]:
    """The notebook's example calls as bodies of requests."""
    signature = inspect.signature(loaded.function)
    bodies = []
    for args, kwargs in loaded.examples:
        # the bundle's values come first
        _, *arguments = signature.bind({}, *args, **kwargs).arguments.items()
        bodies.append({name: json.loads(json_bytes(value)) for name, value in arguments})
    return bodies
