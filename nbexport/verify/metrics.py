"""The metrics of two runs → where they differ."""

from __future__ import annotations

from typing import Any

from nbexport.verify.snapshot import differences, snapshot


def metric_differences(left: Any, right: dict[str, Any], tolerance: float) -> list[tuple[str, str, str]]:
    """(name, notebook, project) of each metric that differs."""
    if left is None:
        return [("metrics", "not bound", "bound")]
    rows: list[tuple[str, str, str]] = []
    for name in dict.fromkeys([*left, *right]):
        if name not in left or name not in right:
            rows.append((name, repr(left.get(name, "absent")), repr(right.get(name, "absent"))))
        else:
            rows += differences(snapshot(_floats(left[name])), snapshot(_floats(right[name])), tolerance, name)
    return rows


def _floats(value: Any) -> Any:
    """Plain JSON in which 1 and 1.0 are the same: a metric's type is the library's business."""
    if isinstance(value, dict):
        return {key: _floats(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_floats(entry) for entry in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return float(value)
    return value
