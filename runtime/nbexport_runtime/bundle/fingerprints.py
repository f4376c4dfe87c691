"""Digests of what estimators have learnt."""

from __future__ import annotations

import hashlib
from typing import Any

TIMES = ("_fit_time", "_score_time", "refit_time_")
"""Ends of attributes that say how long something took."""


def fingerprint(value: Any) -> str:
    """A digest of everything an estimator has learnt, the same before saving and after loading."""
    digest = hashlib.sha256()
    _feed(digest, value, {})
    return digest.hexdigest()


def _feed(digest: Any, value: Any, seen: dict[int, Any]) -> None:
    import numpy

    digest.update(type(value).__qualname__.encode())
    if isinstance(value, dict):
        for key, entry in sorted(value.items(), key=lambda pair: str(pair[0])):
            if not str(key).endswith(TIMES) and key != "_sklearn_version":
                digest.update(str(key).encode())
                _feed(digest, entry, seen)
    elif isinstance(value, list | tuple):
        for entry in value:
            _feed(digest, entry, seen)
    elif isinstance(value, set | frozenset):
        digest.update(repr(sorted(map(repr, value))).encode())
    elif isinstance(value, numpy.ndarray) and value.dtype != object:
        digest.update(str(value.dtype).encode() + repr(value.shape).encode())
        digest.update(_bytes_of(value))
    elif isinstance(value, numpy.ndarray):
        _feed(digest, value.ravel().tolist(), seen)
    elif isinstance(value, str | bytes | int | float | complex | bool | numpy.generic) or value is None:
        digest.update(repr(value).encode())
    elif callable(value) and hasattr(value, "__qualname__"):
        digest.update(value.__qualname__.encode())
    elif id(value) not in seen:
        # kept alive, so that no other object takes its id
        seen[id(value)] = value
        state = getattr(value, "__dict__", None)
        if state is None or not state:
            reduced = value.__reduce_ex__(2) if hasattr(value, "__getstate__") else ()
            state = reduced[2] if isinstance(reduced, tuple) and len(reduced) > 2 else {}
        _feed(digest, state, seen)


def _bytes_of(value: Any) -> bytes:
    import numpy

    if value.dtype.names:
        # padding between the fields of a record holds whatever memory held
        return b"".join(numpy.ascontiguousarray(value[name]).tobytes() for name in value.dtype.names)
    return bytes(numpy.ascontiguousarray(value).tobytes())
