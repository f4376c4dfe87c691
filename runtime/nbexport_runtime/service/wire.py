"""Values that JSON has no form of: arrays, tensors and frames as they come in, and any answer as it goes out."""

import base64
import importlib
import math
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import to_json

from nbexport_runtime.bundle import plain

NUMBERS: dict[str, Any] = {
    "oneOf": [
        {
            "type": "array",
            "items": {},
            "description": "numbers, nested as deep as the shape has dimensions",
        },
        {
            "type": "object",
            "properties": {
                "base64": {"type": "string"},
                "shape": {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 0, "maximum": 2**31},
                },
                "dtype": {"type": "string", "enum": ["float32", "float64", "int64"]},
            },
            "required": ["base64", "shape"],
            "additionalProperties": False,
            "description": "the bytes in C order, little endian; float32 by default",
        },
    ]
}
ROWS: dict[str, Any] = {
    "type": "array",
    "items": {"type": "object"},
    "description": "rows, each with the same columns",
}
LARGEST = 2**63
"""Whole numbers below it, and not below its negative, fit the 64 bits of arrays, frames and tensors."""
DTYPES = {"float32": "<f4", "float64": "<f8", "int64": "<i8"}


def to_array(value: Any) -> Any:
    """A numpy array from nested lists of finite numbers, or from base64 with its shape."""
    numpy = importlib.import_module("numpy")
    if isinstance(value, dict):
        if not {"base64", "shape"} <= value.keys() <= {"base64", "shape", "dtype"}:
            raise ValueError("an array has `base64`, `shape` and, if need be, `dtype`")
        dtype = DTYPES.get(value.get("dtype", "float32"))
        if dtype is None:
            raise ValueError(f"`dtype` is one of {', '.join(DTYPES)}")
        try:
            content = base64.b64decode(value["base64"], validate=True)
            array = numpy.frombuffer(content, dtype).reshape(value["shape"]).copy()
        except (TypeError, ValueError, OverflowError):
            raise ValueError("`base64` does not hold an array of `shape`") from None
    elif isinstance(value, list):
        if not all(type(number) in (int, float) for number in leaves(value)):
            raise ValueError("an array holds numbers only")
        try:
            array = numpy.array(value)
        except (ValueError, OverflowError):
            raise ValueError("the lists of an array have equal lengths") from None
        if array.dtype.kind not in "if":
            raise ValueError("the numbers are too large")
    else:
        # a `TypeError` would not become a validation error
        raise ValueError("an array is a list of numbers, or base64 with its shape")
    if not numpy.isfinite(array).all():
        raise ValueError("an array holds finite numbers only")
    return array


def to_tensor(value: Any) -> Any:
    """A torch tensor; numbers with a decimal point become float32, as torch does it."""
    torch = importlib.import_module("torch")
    array = to_array(value)
    return torch.tensor(array.tolist() if isinstance(value, list) else array)


def to_frame(value: Any) -> Any:
    """A pandas frame from a list of rows."""
    pandas = importlib.import_module("pandas")
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError("a frame is a list of rows, each an object")
    if any(row.keys() != value[0].keys() for row in value):
        raise ValueError("all rows have the same columns")
    for row in value:
        for number in row.values():
            if type(number) is int and not -LARGEST <= number < LARGEST:
                raise ValueError("the numbers are too large")
            if type(number) is float and not math.isfinite(number):
                raise ValueError("a frame holds finite numbers, or null where one is missing")
    frame = pandas.DataFrame(value)
    # a column without any value is one of numbers, as in a file that is read
    empty = [name for name in frame.columns if frame[name].isna().all()]
    return frame.astype(dict.fromkeys(empty, float)) if empty else frame


def to_number(value: Any) -> Any:
    """A number, or nan where it is missing: JSON has no nan, and null stands for it."""
    if value is None:
        return math.nan
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is finite, or null where it is missing")
    return value


FloatOrMissing = Annotated[
    float,
    Field(allow_inf_nan=True),
    BeforeValidator(to_number),
    WithJsonSchema({"type": ["number", "null"], "description": "null: missing"}),
]
Array = Annotated[Any, BeforeValidator(to_array), WithJsonSchema(NUMBERS)]
Tensor = Annotated[Any, BeforeValidator(to_tensor), WithJsonSchema(NUMBERS)]
Frame = Annotated[Any, BeforeValidator(to_frame), WithJsonSchema(ROWS)]


def leaves(value: Any) -> Iterator[Any]:
    """The values in nested lists."""
    for inner in value:
        if isinstance(inner, list):
            yield from leaves(inner)
        else:
            yield inner


def json_bytes(value: Any) -> bytes:
    """JSON text of a request or answer: NaN and infinities become null, arrays lists."""
    try:
        return to_json(value, inf_nan_mode="null", fallback=plain)
    except ValueError:
        # a key that is not text, or half of a surrogate pair
        return to_json(speakable(plain(value)))


def speakable(value: Any) -> Any:
    """Plain data that JSON and UTF-8 have a form of."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {speakable(name): speakable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [speakable(inner) for inner in value]
    return value
