"""The files of a bundle beside its manifest: arrays, tensors, estimators, models in formats of their own.

    arrays.npz, arrays.json    numpy arrays; small ones of one dtype stand in one member, one after the other
    weights.safetensors        torch tensors
    estimators/e0.skops …      scikit-learn estimators, and an index of their keys
    native/n0.cbm …            files of other libraries' own formats, and an index of their keys

A model with thousands of small arrays would otherwise have thousands of members, each with a header that is read by
Python.
"""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path
from typing import Any

from nbexport_runtime.bundle.encoding import Blobs, dumps
from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError
from nbexport_runtime.bundle.trust import Trust

ARRAYS, MEMBERS = "arrays.npz", "arrays.json"
WEIGHTS = "weights.safetensors"
ESTIMATORS, INDEX = "estimators", "estimators/index.json"
NATIVE, NATIVE_INDEX = "native", "native/index.json"
SMALL_BYTES = 4096


def write_text(path: Path, text: str) -> None:
    """Write a text file."""
    # half of a surrogate pair has no UTF-8; as a JSON escape it survives
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


def write_blobs(blobs: Blobs, folder: Path) -> None:
    """Write what stands beside the trees."""
    folder.mkdir(parents=True, exist_ok=True)
    if blobs.arrays:
        _write_arrays(blobs.arrays, folder)
    if blobs.tensors:
        from safetensors.torch import save_file

        weights = folder / WEIGHTS
        # it makes a file that only its owner may read, and a service runs as another user
        weights.touch()
        mode = weights.stat().st_mode
        save_file(blobs.tensors, weights)
        weights.chmod(mode)
    if blobs.packed:
        _write_each(folder / ESTIMATORS, {f"e{at}.skops": pair for at, pair in enumerate(blobs.packed.items())})
    if blobs.native:
        named = {f"n{at}{Path(pair[0]).suffix}": pair for at, pair in enumerate(blobs.native.items())}
        _write_each(folder / NATIVE, named)


def read_blobs(folder: Path, listed: Any, trust: Trust) -> Blobs:
    """What stands beside the trees.

    Args:
        folder: The bundle, whose files have been compared.
        listed: The names of its files.
        trust: What estimators may name.

    Raises:
        UnsaveableError: Something cannot be read, or names what no bundle may hold.
    """
    blobs = Blobs()
    if ARRAYS in listed:
        blobs.arrays = _read_arrays(folder)
    if WEIGHTS in listed:
        from safetensors.torch import load_file

        blobs.tensors = load_file(folder / WEIGHTS)
    if INDEX in listed:
        from nbexport_runtime.bundle.codec.sklearn import unpacked

        packed = _read_each(folder, INDEX, listed)
        blobs.estimators = {key: unpacked(data, trust) for key, data in packed.items()}
    if NATIVE_INDEX in listed:
        blobs.native = _read_each(folder, NATIVE_INDEX, listed)
    return blobs


def _write_each(folder: Path, named: dict[str, tuple[str, bytes]]) -> None:
    """Write files of bytes, and the index that says which key each has."""
    folder.mkdir(exist_ok=True)
    for name, (_, data) in named.items():
        (folder / name).write_bytes(data)
    write_text(folder / "index.json", dumps({name: {"key": key} for name, (key, _) in named.items()}))


def _read_each(folder: Path, index: str, listed: Any) -> dict[str, bytes]:
    """The bytes of an index's files by key."""
    contents: dict[str, bytes] = {}
    for name, entry in json.loads((folder / index).read_text(encoding="utf-8")).items():
        path = f"{index.partition('/')[0]}/{name}"
        if path not in listed:
            raise UnsaveableError(f"`{index}` names `{name}`, which is not a file of the bundle")
        contents[entry["key"]] = (folder / path).read_bytes()
    return contents


def _write_arrays(arrays: dict[str, Any], folder: Path) -> None:
    import numpy

    groups: dict[str, list[str]] = {}
    for key, array in arrays.items():
        # one that is laid out column by column stays so: sums over it may depend on that
        in_rows = array.flags.c_contiguous and array.dtype.names is None
        group = array.dtype.str if array.nbytes <= SMALL_BYTES and in_rows else f"alone: {key}"
        groups.setdefault(group, []).append(key)
    members: dict[str, Any] = {}
    stored: dict[str, Any] = {}
    for position, keys in enumerate(groups.values()):
        name = f"a{position}"
        if len(keys) == 1:
            members[name], stored[name] = keys[0], arrays[keys[0]]
        else:
            members[name] = [[key, list(arrays[key].shape)] for key in keys]
            stored[name] = numpy.concatenate([arrays[key].ravel() for key in keys])
    numpy.savez(folder / ARRAYS, **stored)
    write_text(folder / MEMBERS, dumps(members))


def _read_arrays(folder: Path) -> dict[str, Any]:
    import numpy

    members = json.loads((folder / MEMBERS).read_text(encoding="utf-8"))
    with zipfile.ZipFile(folder / ARRAYS) as file:
        for info in file.infolist():
            if info.compress_type != zipfile.ZIP_STORED:
                raise UntrustedError(f"`{info.filename}` in `{ARRAYS}` is compressed, which no bundle's is")
    arrays: dict[str, Any] = {}
    with numpy.load(folder / ARRAYS, allow_pickle=False) as stored:
        for name, known in members.items():
            member = stored[name]
            if isinstance(known, str):
                arrays[known] = member
                continue
            start = 0
            for key, shape in known:
                end = start + math.prod(shape)
                # a copy: each is an array of its own, as it was
                arrays[key] = member[start:end].reshape(shape).copy()
                start = end
    return arrays
