"""Plain values of the standard library: bytes, numbers, moments, paths, patterns, enums."""

from __future__ import annotations

import base64
import datetime
import decimal
import enum
import pathlib
import re
import zoneinfo
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.errors import UnsaveableError
from nbexport_runtime.bundle.interface import FIRST, Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

PATHS = {kind.__name__: kind for kind in (pathlib.Path, pathlib.PurePosixPath, pathlib.PureWindowsPath)}


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of a plain value."""
    kind = type(value)
    if kind in (bytes, bytearray):
        return {"t": kind.__name__, "v": base64.b64encode(value).decode()}
    if kind is complex:
        return {"t": "complex", "v": repr(value)}
    if kind is range or kind is slice:
        parts = [value.start, value.stop, value.step]
        return {"t": kind.__name__, "v": [encoder.encode(part, path) for part in parts]}
    if kind is decimal.Decimal:
        return {"t": "decimal", "v": str(value)}
    if isinstance(value, pathlib.PurePath):
        pure = not isinstance(value, pathlib.Path)
        return {"t": "path", "v": str(value), "class": kind.__name__ if pure else "Path"}
    if isinstance(value, re.Pattern):
        return {"t": "pattern", "v": encoder.encode(value.pattern, path), "flags": value.flags}
    if isinstance(value, enum.Enum):
        return {"t": "enum", "class": encoder.class_path(kind, path), "v": encoder.encode(value.value, path)}
    return _encode_moment(value, path, encoder)


def _encode_moment(value: Any, path: str, encoder: Encoder) -> Tree | None:
    kind = type(value)
    if kind is datetime.date:
        return {"t": "date", "v": value.isoformat()}
    if kind in (datetime.datetime, datetime.time):
        return {
            "t": kind.__name__,
            "v": value.replace(tzinfo=None).isoformat(),
            "zone": encoder.encode(value.tzinfo, path),
            "fold": value.fold,
        }
    if kind is datetime.timezone:
        offset = value.utcoffset(None)
        return {"t": "timezone", "v": [offset.days, offset.seconds]}
    if kind is zoneinfo.ZoneInfo and value.key:
        return {"t": "zone", "v": value.key}
    if kind is datetime.timedelta:
        return {"t": "timedelta", "v": [value.days, value.seconds, value.microseconds]}
    return None


def _datetime(tree: Tree, decoder: Decoder) -> Any:
    plain = datetime.datetime.fromisoformat(tree["v"])
    return plain.replace(tzinfo=decoder.decode(tree["zone"]), fold=tree["fold"])


def _time(tree: Tree, decoder: Decoder) -> Any:
    plain = datetime.time.fromisoformat(tree["v"])
    return plain.replace(tzinfo=decoder.decode(tree["zone"]), fold=tree["fold"])


def _path(tree: Tree, decoder: Decoder) -> Any:
    if tree["class"] not in PATHS:
        raise UnsaveableError(f"it holds a path of the unknown kind `{tree['class']}`")
    return PATHS[tree["class"]](tree["v"])


def _enum(tree: Tree, decoder: Decoder) -> Any:
    # a call of anything but an Enum that a bundle names would run code
    kind = decoder.trust.subclass(tree["class"], enum.Enum, "an Enum")
    return kind(decoder.decode(tree["v"]))


CODEC = Codec(
    encode=encode,
    decoders={
        "int": lambda tree, decoder: int(tree["v"]),
        "float": lambda tree, decoder: float(tree["v"]),
        "bytes": lambda tree, decoder: base64.b64decode(tree["v"]),
        "bytearray": lambda tree, decoder: bytearray(base64.b64decode(tree["v"])),
        "complex": lambda tree, decoder: complex(tree["v"]),
        "range": lambda tree, decoder: range(*decoder.decode(tree["v"])),
        "slice": lambda tree, decoder: slice(*decoder.decode(tree["v"])),
        "datetime": _datetime,
        "date": lambda tree, decoder: datetime.date.fromisoformat(tree["v"]),
        "time": _time,
        "timezone": lambda tree, decoder: datetime.timezone(datetime.timedelta(*tree["v"])),
        "zone": lambda tree, decoder: zoneinfo.ZoneInfo(tree["v"]),
        "timedelta": lambda tree, decoder: datetime.timedelta(*tree["v"]),
        "decimal": lambda tree, decoder: decimal.Decimal(tree["v"]),
        "path": _path,
        "pattern": lambda tree, decoder: re.compile(decoder.decode(tree["v"]), tree["flags"]),
        "enum": _enum,
    },
    rank=FIRST,
)
