"""Whether values are equal, and whether all of a bundle comes back as it was saved."""

from __future__ import annotations

import importlib
import json
import math
from pathlib import Path
from typing import Any

from nbexport_runtime.bundle.encoding import SEALED, Encoder
from nbexport_runtime.bundle.errors import BundleError
from nbexport_runtime.bundle.files import read_blobs
from nbexport_runtime.bundle.fingerprints import fingerprint
from nbexport_runtime.bundle.loading import Loaded
from nbexport_runtime.bundle.manifest import FORMAT

TOLERANCE = 1e-6
"""Largest relative difference between two answers that counts as equal: vectorised sums may differ in the last bits."""


def check(folder: Path) -> list[str]:
    """What does not come back equal from a bundle; to be called in a process that did not write it.

    Raises:
        BundleError: The bundle cannot be loaded, or `predict` fails with it.
    """
    loaded: Loaded = importlib.import_module("model").load_model(folder)
    # one of an older format is written otherwise now; its answers say whether it is right
    different = _different_values(folder, loaded) if loaded.manifest["format"] == FORMAT else []
    return different or _different_answers(loaded)


def _different_values(folder: Path, loaded: Loaded) -> list[str]:
    content = json.loads((folder / "values.json").read_text(encoding="utf-8"))
    again = Encoder()
    different = [
        f"`{name}` does not come back as it was saved"
        for name in loaded
        if not is_secret(content["values"][name]) and again.encode(loaded[name], name) != content["values"][name]
    ]
    if different:
        return different
    stored = read_blobs(folder, loaded.manifest["files"], loaded.trust)
    for key, tensor in again.blobs.tensors.items():
        if not _same_tensor(tensor, stored.tensors[key], 0.0):
            different.append(f"`{key}` does not come back with the same numbers")
    for key, array in again.blobs.arrays.items():
        if not _same_array(array, stored.arrays[key], 0.0):
            different.append(f"`{key}` does not come back with the same numbers")
    for key, estimator in again.blobs.estimators.items():
        if fingerprint(estimator) != fingerprint(stored.estimators[key]):
            different.append(f"`{key}` has not learnt the same after loading")
    return different


def is_secret(tree: Any) -> bool:
    """Whether a bundle only names a value: what the environment holds is not compared."""
    return isinstance(tree, dict) and tree["t"] == SEALED


def _different_answers(loaded: Loaded) -> list[str]:
    different = []
    for position, (args, kwargs) in enumerate(loaded.examples):
        try:
            answer = loaded.predict(*args, **kwargs)
        except Exception as error:
            # the notebook's code may raise anything
            raise BundleError(
                f"`predict` fails on example {position + 1} once loaded: {type(error).__name__}: {error}"
            ) from error
        expected = loaded.answers[position]
        if not close(answer, expected):
            different.append(
                f"example {position + 1}: `predict` answered {expected!r} after training, {answer!r} when loaded"
            )
    return different


def close(left: Any, right: Any) -> bool:
    """Whether two answers are equal, floats within `TOLERANCE`."""
    if isinstance(left, bool | str | None) or isinstance(right, bool | str | None):
        return type(left) is type(right) and bool(left == right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        if isinstance(left, int) and isinstance(right, int):
            return left == right
        both_nan = math.isnan(left) and math.isnan(right)
        return both_nan or math.isclose(left, right, rel_tol=TOLERANCE)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(close(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(close(one, other) for one, other in zip(left, right, strict=True))
    first, second = Encoder(), Encoder()
    one, other = first.encode(left, "answer"), second.encode(right, "answer")
    if type(left) is not type(right) or not close(one, other):
        return False
    arrays = all(_same_array(array, second.blobs.arrays[key], TOLERANCE) for key, array in first.blobs.arrays.items())
    tensors = all(
        _same_tensor(tensor, second.blobs.tensors[key], TOLERANCE) for key, tensor in first.blobs.tensors.items()
    )
    return arrays and tensors


def _same_tensor(left: Any, right: Any, tolerance: float) -> bool:
    """Whether two tensors are equal, floats within a relative difference."""
    import torch

    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    if not left.is_floating_point():
        return bool(torch.equal(left, right))
    return bool(torch.allclose(left, right, rtol=tolerance, atol=0, equal_nan=True))


def _same_array(left: Any, right: Any, tolerance: float) -> bool:
    """Whether two numpy arrays are equal, floats within a relative difference."""
    import numpy

    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    if left.dtype.kind in "fc":
        return bool(numpy.allclose(left, right, rtol=tolerance, atol=0, equal_nan=True))
    return bool(numpy.array_equal(left, right, equal_nan=left.dtype.kind in "mM") or left.tobytes() == right.tobytes())
