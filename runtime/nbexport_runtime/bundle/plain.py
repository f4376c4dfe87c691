"""Values as plain JSON, for manifests, metrics and logs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """A value as plain JSON: numpy and torch numbers become Python's, arrays lists, keys strings."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, set | frozenset):
        return [plain(entry) for entry in sorted(value, key=repr)]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    return str(value)


def plain_json(value: Any) -> str:
    """A value as indented JSON text; NaN and infinities as JavaScript writes them."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False) + "\n"
