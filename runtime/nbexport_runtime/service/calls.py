"""From a request to the call of `predict`, and from an example call back to a request.

class PredictRequest(BaseModel):                    def predict(state, /, day, *, copy): …
    day: date
    field_copy: bool = Field(alias="copy")          predict(state, request.day, copy=request.field_copy)
"""

import inspect
import json
from collections.abc import Callable, Collection
from typing import Any

from pydantic import BaseModel

from nbexport_runtime import bundle
from nbexport_runtime.service.wire import json_bytes

Ask = Callable[[BaseModel], Any]


def asker(loaded: bundle.Loaded, request: type[BaseModel]) -> Ask:
    """A function that asks a model what a request asks; it is made once, so that a request costs no reflection.

    Raises:
        BundleError: The model's `predict` has other arguments than the request.
    """
    fields = {field.alias or name: name for name, field in request.model_fields.items()}
    arguments = arguments_of(loaded.function, fields)
    if {argument.name for argument in arguments} != fields.keys():
        raise bundle.BundleError(
            "its `predict` takes other arguments than this service; deploy it as a service of its own"
        )
    by_name = {p.name: fields[p.name] for p in arguments if p.kind is p.KEYWORD_ONLY}
    by_place = [fields[p.name] for p in arguments if p.name not in by_name]
    predict = loaded.predict

    def ask(row: BaseModel) -> Any:
        values = vars(row)
        return predict(*[values[field] for field in by_place])

    def ask_with_names(row: BaseModel) -> Any:
        values = vars(row)
        named = {name: values[field] for name, field in by_name.items()}
        return predict(*[values[field] for field in by_place], **named)

    return ask_with_names if by_name else ask


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
