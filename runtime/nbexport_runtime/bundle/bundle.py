"""A bundle: the folder that holds what `predict` needs, written once, checked before anything in it is used.

    values.json         the values, as data; what does not fit into JSON is named in it
    weights.safetensors torch tensors
    arrays.npz          numpy arrays
    estimators/*.skops  scikit-learn estimators
    metrics.json        the run's metrics
    manifest.json       where it all came from, and the sha256 of every file

`python bundle.py FOLDER` loads a bundle in a fresh process and compares: values with what was saved, answers to the
notebook's examples with those given right after training.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbexport_runtime.bundle import batching
from nbexport_runtime.bundle.codec import Blobs, Decoder, Encoder, Unsaveable, dumps, fingerprint

FORMAT = 1
MEASURED_RUNS, MEASURED_S = 30, 0.5
CHEAP_MS = 1.0
"""A prediction below this costs less than handing it to a thread gains."""
TOLERANCE = 1e-6
"""Largest relative difference between two answers that counts as equal: vectorised sums may differ in the last bits."""

Example = tuple[tuple[Any, ...], dict[str, Any]]


class BundleError(Exception):
    """A bundle that cannot be written or must not be used; the text says why."""


class Loaded(Mapping[str, Any]):
    """The values of a bundle by name, its manifest, and `predict` with these values."""

    def __init__(
        self,
        values: dict[str, Any],
        manifest: dict[str, Any],
        examples: list[Example],
        answers: list[Any],
        predict: Callable[..., Any] | None,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        self.prepare = prepare
        """Sets the thread that calls it as the notebook was set."""
        self.values_by_name = values
        self.manifest = manifest
        self.examples = examples
        self.answers = answers
        self._predict = predict

    @property
    def function(self) -> Callable[..., Any]:
        """The notebook's `predict` behind the bundle's values, which come first.

        Raises:
            BundleError: It has none.
        """
        if self._predict is None:
            raise BundleError(
                "the notebook has no `predict` cell, so this bundle only holds values"
            )
        return self._predict

    def __getitem__(self, name: str) -> Any:
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    def predict(self, /, *args: Any, **kwargs: Any) -> Any:
        """What the notebook's `predict` answers."""
        return self.function(self, *args, **kwargs)


def save(
    state: Mapping[str, Any],
    folder: Path,
    *,
    strict: bool,
    examples: list[Example],
    predict: Callable[..., Any] | None = None,
    warn: Callable[[str], None] = lambda message: None,
    **facts: Any,
) -> None:
    """Write a bundle into an empty folder.

    Args:
        state: The values by name.
        folder: Where the files go.
        strict: Whether a value that cannot be saved is an error; otherwise it is left out and said.
        examples: Calls of `predict` to answer now and to repeat whenever the bundle is checked.
        predict: The model's `predict`.
        warn: Told what is left out.
        **facts: What else goes into the manifest; `metrics` also becomes `metrics.json`.

    Raises:
        BundleError: A value cannot be saved.
    """
    folder.mkdir(parents=True, exist_ok=True)
    encoder = Encoder()
    trees: dict[str, Any] = {}
    skipped: list[str] = []
    for name, value in state.items():
        try:
            if not strict:
                _try_alone(value, name)
            trees[name] = encoder.encode(value, name)
        except Unsaveable as error:
            if strict:
                raise BundleError(
                    f"{error}\nfix: keep in `{name}` only what `predict` needs, as plain data"
                ) from None
            skipped.append(name)
            warn(f"`{name}` is left out of the bundle: {error}")
    asked, answers = _answered(encoder, examples, predict, state)
    _write_blobs(encoder.blobs, folder)
    content = dumps({"values": trees, "examples": asked, "answers": answers})
    _write_text(folder / "values.json", content)
    _write_text(folder / "metrics.json", plain_json(facts.get("metrics", {})))
    files = {
        path.relative_to(folder).as_posix(): {
            "sha256": sha256(path),
            "size_bytes": path.stat().st_size,
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    if answers and predict is not None:
        facts["predict_ms"] = _measured_ms(examples, predict, state, warn)
        facts["predict_ms_one_thread"] = _with_one_thread(
            lambda: _measured_ms(examples, predict, state, warn)
        )
        facts["batching"] = _batching(
            examples, predict, state, facts["predict_ms"], warn
        )
    digest = hashlib.sha256(
        json.dumps(files, sort_keys=True).encode() + str(facts.get("code", "")).encode()
    ).hexdigest()
    created = str(facts.get("created", ""))
    version = "-".join(
        part
        for part in (created.replace("-", "").replace(":", "")[:15], digest[:12])
        if part
    )
    manifest = {
        "format": FORMAT,
        "version": version,
        **facts,
        "weights": _weights(files),
        "left_out": skipped,
        "files": files,
    }
    _write_text(folder / "manifest.json", plain_json(manifest))


def _weights(files: Mapping[str, Any]) -> str:
    """A digest of what was learnt: that of estimators stands in `values.json`, as their files hold times too."""
    names = ("values.json", "weights.safetensors", "arrays.npz", "arrays.json")
    found = {name: files[name]["sha256"] for name in names if name in files}
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def _answered(
    encoder: Encoder,
    examples: list[Example],
    predict: Callable[..., Any] | None,
    state: Mapping[str, Any],
) -> tuple[list[Any], list[Any]]:
    """The examples and what `predict` answers to them; all are encoded before the first call may change any."""
    if predict is None:
        return [], []
    asked: list[Any] = []
    answers: list[Any] = []
    for number, (args, kwargs) in enumerate(examples, start=1):
        try:
            asked.append(encoder.encode([list(args), kwargs], f"example {number}"))
        except Unsaveable as error:
            raise BundleError(
                f"an example call of `predict` has an argument that cannot be saved: {error}"
            ) from None
    for number, (args, kwargs) in enumerate(examples, start=1):
        try:
            answer = predict(state, *args, **kwargs)
        except Exception as error:
            # the notebook's code may raise anything
            raise BundleError(
                f"`predict` fails on example {number}: {type(error).__name__}: {error}"
            ) from error
        try:
            answers.append(encoder.encode(answer, f"answer {number}"))
        except Unsaveable as error:
            raise BundleError(
                f"`predict` answers with something that cannot be saved: {error}"
            ) from None
    return asked, answers


def _with_one_thread(measure: Callable[[], float | None]) -> float | None:
    """A measurement while torch computes in one thread; None where there is no torch."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return measure()
    finally:
        torch.set_num_threads(before)


def _measured_ms(
    examples: list[Example],
    predict: Callable[..., Any],
    state: Mapping[str, Any],
    warn: Callable[[str], None],
) -> float | None:
    """Median milliseconds of one prediction: a service decides by it where the model runs."""
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < MEASURED_RUNS and time.perf_counter() - began < MEASURED_S:
        args, kwargs = examples[len(taken) % len(examples)]
        before = time.perf_counter()
        try:
            predict(state, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
            warn(f"`predict` fails when it is asked again: {error}")
            return None
        taken.append((time.perf_counter() - before) * 1000)
    return round(statistics.median(taken), 3)


def _batching(
    examples: list[Example],
    predict: Callable[..., Any],
    state: Mapping[str, Any],
    alone_ms: float | None,
    warn: Callable[[str], None],
) -> dict[str, Any] | None:
    """What predictions gain from being made together; None for a cheap model, which answers sooner than it could wait."""
    if alone_ms is None or alone_ms < CHEAP_MS:
        return None
    tasks = [
        functools.partial(predict, state, *args, **kwargs) for args, kwargs in examples
    ]
    try:
        return batching.proven(tasks, state, alone_ms, close)
    except Exception as error:  # noqa: BLE001 - a model that cannot be measured so is served one by one
        warn(f"predictions are made one by one: {type(error).__name__}: {error}")
        return None


def load(
    folder: Path | str,
    predict: Callable[..., Any] | None = None,
    prepare: Callable[[], None] = lambda: None,
) -> Loaded:
    """The values of a bundle, once every file has the sha256 that the manifest says.

    Args:
        folder: The bundle.
        predict: The model's `predict`.
        prepare: To be called in each thread before it calls `predict`.

    Raises:
        BundleError: There is no bundle, or it is not the one that was written.
    """
    folder = Path(folder)
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(
            f"`{folder}` holds no bundle (no manifest.json); run `python train.py` first"
        ) from None
    except ValueError as error:
        raise BundleError(f"`{folder}/manifest.json` cannot be read: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise BundleError(
            f"`{folder}` has bundle format {found}, this code reads {FORMAT}"
        )
    compare_files(folder, manifest.get("files"))
    try:
        decoder = Decoder(_read_blobs(folder))
        content = json.loads((folder / "values.json").read_text(encoding="utf-8"))
        values = {
            name: decoder.decode(tree) for name, tree in content["values"].items()
        }
        examples = [
            (tuple(args), kwargs)
            for args, kwargs in (decoder.decode(tree) for tree in content["examples"])
        ]
        answers = [decoder.decode(tree) for tree in content["answers"]]
    except (Unsaveable, ImportError) as error:
        raise BundleError(
            f"`{folder}` does not fit this code or environment: {error}"
        ) from error
    return Loaded(values, manifest, examples, answers, predict, prepare)


def compare_files(folder: Path, known: Any) -> None:
    """Raise unless the folder holds the manifest's files, as they were, and no other that would be read."""
    if not isinstance(known, dict) or "values.json" not in known:
        raise BundleError(f"`{folder}/manifest.json` does not list the bundle's files")
    for name, facts in known.items():
        path = folder / name
        if not path.is_file() or sha256(path) != facts["sha256"]:
            raise BundleError(
                f"`{path}` is missing or was changed since it was written; train again"
            )
    for name in ("arrays.npz", "weights.safetensors", "estimators/index.json"):
        if (folder / name).exists() and name not in known:
            raise BundleError(
                f"`{folder / name}` does not belong to this bundle; train again"
            )


def check(folder: Path) -> list[str]:
    """What does not come back equal from a bundle; to be called in a process that did not write it."""
    loaded: Loaded = importlib.import_module("model").load_model(folder)
    content = json.loads((folder / "values.json").read_text(encoding="utf-8"))
    stored = _read_blobs(folder)
    again = Encoder()
    found: list[str] = []
    for name in loaded:
        if again.encode(loaded[name], name) != content["values"][name]:
            found.append(f"`{name}` does not come back as it was saved")
    if found:
        return found
    for key, tensor in again.blobs.tensors.items():
        if not _same_tensor(tensor, stored.tensors[key], 0.0):
            found.append(f"`{key}` does not come back with the same numbers")
    for key, array in again.blobs.arrays.items():
        if not _same_array(array, stored.arrays[key], 0.0):
            found.append(f"`{key}` does not come back with the same numbers")
    for key, estimator in again.blobs.estimators.items():
        if fingerprint(estimator) != fingerprint(stored.estimators[key]):
            found.append(f"`{key}` has not learnt the same after loading")
    for position, (args, kwargs) in enumerate(loaded.examples):
        try:
            answer = loaded.predict(*args, **kwargs)
        except Exception as error:
            # the notebook's code may raise anything
            raise BundleError(
                f"`predict` fails on example {position + 1} once loaded: {type(error).__name__}: {error}"
            ) from error
        if not close(answer, loaded.answers[position]):
            expected = loaded.answers[position]
            found.append(
                f"example {position + 1}: `predict` answered {expected!r} after training, {answer!r} when loaded"
            )
    return found


def _try_alone(value: Any, name: str) -> None:
    """Raise `Unsaveable` before a value that cannot be saved has left a trace in the bundle."""
    alone = Encoder()
    alone.encode(value, name)
    with tempfile.TemporaryDirectory() as scratch:
        _write_blobs(alone.blobs, Path(scratch))


def _same_tensor(left: Any, right: Any, tolerance: float) -> bool:
    """Whether two tensors are equal, floats within a relative difference."""
    import torch

    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    if not left.is_floating_point():
        return torch.equal(left, right)
    return torch.allclose(left, right, rtol=tolerance, atol=0, equal_nan=True)


def _same_array(left: Any, right: Any, tolerance: float) -> bool:
    """Whether two numpy arrays are equal, floats within a relative difference."""
    import numpy

    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    if left.dtype.kind in "fc":
        return numpy.allclose(left, right, rtol=tolerance, atol=0, equal_nan=True)
    return bool(
        numpy.array_equal(left, right, equal_nan=left.dtype.kind in "mM")
        or left.tobytes() == right.tobytes()
    )


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
        return left.keys() == right.keys() and all(
            close(left[key], right[key]) for key in left
        )
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(
            close(one, other) for one, other in zip(left, right, strict=True)
        )
    first, second = Encoder(), Encoder()
    one, other = first.encode(left, "answer"), second.encode(right, "answer")
    if type(left) is not type(right) or not close(one, other):
        return False
    arrays = all(
        _same_array(array, second.blobs.arrays[key], TOLERANCE)
        for key, array in first.blobs.arrays.items()
    )
    tensors = all(
        _same_tensor(tensor, second.blobs.tensors[key], TOLERANCE)
        for key, tensor in first.blobs.tensors.items()
    )
    return arrays and tensors


# --------------------------------------------------------------------------- files


def _write_text(path: Path, text: str) -> None:
    # half of a surrogate pair has no UTF-8; as a JSON escape it survives
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


def _write_blobs(blobs: Blobs, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if blobs.arrays:
        import numpy

        names = {f"a{position}": key for position, key in enumerate(blobs.arrays)}
        numpy.savez(
            folder / "arrays.npz",
            **{name: blobs.arrays[key] for name, key in names.items()},
        )
        _write_text(folder / "arrays.json", dumps(names))
    if blobs.tensors:
        from safetensors.torch import save_file

        weights = folder / "weights.safetensors"
        # it makes a file that only its owner may read, and a service runs as another user
        weights.touch()
        mode = weights.stat().st_mode
        save_file(blobs.tensors, weights)
        weights.chmod(mode)
    if blobs.packed:
        estimators = folder / "estimators"
        estimators.mkdir(exist_ok=True)
        index: dict[str, Any] = {}
        for position, (key, (data, trusted)) in enumerate(blobs.packed.items()):
            path = estimators / f"e{position}.skops"
            path.write_bytes(data)
            index[path.name] = {"key": key, "trusted": trusted}
        _write_text(estimators / "index.json", dumps(index))


def _read_blobs(folder: Path) -> Blobs:
    blobs = Blobs()
    if (folder / "arrays.npz").exists():
        import numpy

        names = json.loads((folder / "arrays.json").read_text(encoding="utf-8"))
        with numpy.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            blobs.arrays = {key: arrays[name] for name, key in names.items()}
    if (folder / "weights.safetensors").exists():
        from safetensors.torch import load_file

        blobs.tensors = load_file(folder / "weights.safetensors")
    if (folder / "estimators" / "index.json").exists():
        import skops.io

        index = json.loads(
            (folder / "estimators" / "index.json").read_text(encoding="utf-8")
        )
        for name, known in index.items():
            # these types were recorded when the bundle was written, and its digests have been checked
            blobs.estimators[known["key"]] = skops.io.load(
                folder / "estimators" / name, trusted=known["trusted"]
            )
    return blobs


def sha256(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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


def main(arguments: list[str]) -> int:
    """Check the bundle named on the command line: 0 when all comes back equal, 1 when not."""
    if len(arguments) != 1:
        print("usage: python -m nbexport_runtime.bundle FOLDER", file=sys.stderr)
        return 2
    try:
        found = check(Path(arguments[0]))
    except BundleError as error:
        found = [str(error)]
    for line in found:
        print(line)
    return 1 if found else 0


