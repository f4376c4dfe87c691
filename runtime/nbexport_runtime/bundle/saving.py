"""Bundles are written, with the answers to the notebook's examples and how long they take."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from nbexport_runtime.bundle.encoding import Encoder, dumps
from nbexport_runtime.bundle.errors import BundleError, UnsaveableError
from nbexport_runtime.bundle.files import write_blobs, write_text
from nbexport_runtime.bundle.manifest import FORMAT, MANIFEST, facts_of
from nbexport_runtime.bundle.measuring import Example, measured
from nbexport_runtime.bundle.plain import plain_json
from nbexport_runtime.bundle.trust import Trust
from nbexport_runtime.masking import held_in
from nbexport_runtime.secret import revealed


def save(
    state: Mapping[str, Any],
    folder: Path,
    *,
    strict: bool,
    examples: list[Example],
    predict: Callable[..., Any] | None = None,
    prepare: Callable[[], None] = lambda: None,
    warn: Callable[[str], None] = lambda message: None,
    own: Collection[str] = (),
    **facts: Any,
) -> None:
    """Write a bundle into an empty folder.

    Args:
        state: The values by name.
        folder: Where the files go.
        strict: Whether a value that cannot be saved is an error; otherwise it is left out and said.
        examples: Calls of `predict` to answer now and to repeat whenever the bundle is checked.
        predict: The model's `predict`.
        prepare: Sets in a thread what `predict` expects to be set there.
        warn: Told what is left out.
        own: Top-level modules of the project, whose classes and functions the bundle may name; `load` gets the same.
        **facts: What else goes into the manifest; `metrics` also becomes `metrics.json`.

    Raises:
        BundleError: A value cannot be saved, could not be loaded again, or holds a secret.
    """
    folder.mkdir(parents=True, exist_ok=True)
    encoder = Encoder(Trust(own))
    trees: dict[str, Any] = {}
    skipped: list[str] = []
    for name, value in state.items():
        try:
            if not strict:
                _try_alone(value, name, encoder)
            trees[name] = encoder.encode(value, name)
        except UnsaveableError as error:
            if strict:
                fix = error.fix or f"keep in `{name}` only what `predict` needs, as plain data"
                raise BundleError(f"{error}\nfix: {fix}") from None
            skipped.append(name)
            warn(f"`{name}` is left out of the bundle: {error}")
    asked = _asked(encoder, examples, predict)
    # the bundle names secrets, `predict` gets them
    state = {name: revealed(value) for name, value in state.items()}
    examples = [
        (tuple(map(revealed, args)), {name: revealed(value) for name, value in kwargs.items()})
        for args, kwargs in examples
    ]
    answers = _answers(encoder, examples, predict, state)
    write_blobs(encoder.blobs, folder)
    _write(folder / "values.json", dumps({"values": trees, "examples": asked, "answers": answers}))
    _write(folder / "metrics.json", plain_json(facts.get("metrics", {})))
    files = facts_of(folder)
    if answers and predict is not None:
        facts |= measured(examples, predict, state, warn, prepare)
    manifest = {
        "format": FORMAT,
        "version": _version(files, facts),
        **facts,
        "weights": _weights(files),
        "left_out": skipped,
        "files": files,
    }
    _write(folder / MANIFEST, plain_json(manifest))


def _write(path: Path, text: str) -> None:
    """Write a file.

    Raises:
        BundleError: It would hold a secret.
    """
    variable = held_in(text)
    if variable:
        raise BundleError(
            f"`{path.name}` would hold the secret `{variable}`\n"
            "fix: build what holds it inside `predict`, from the parameter itself, and keep it out of `metrics`"
        )
    write_text(path, text)


def _version(files: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """When it was made, and a digest of what it holds."""
    content = json.dumps(files, sort_keys=True).encode() + str(facts.get("code", "")).encode()
    created = str(facts.get("created", "")).replace("-", "").replace(":", "")[:15]
    return "-".join(part for part in (created, hashlib.sha256(content).hexdigest()[:12]) if part)


def _weights(files: Mapping[str, Any]) -> str:
    """A digest of what was learnt: that of estimators stands in `values.json`, as their files hold times too."""
    names = ("values.json", "weights.safetensors", "arrays.npz", "arrays.json")
    digests = {name: files[name]["sha256"] for name in names if name in files}
    return hashlib.sha256(json.dumps(digests).encode()).hexdigest()


def _asked(encoder: Encoder, examples: list[Example], predict: Callable[..., Any] | None) -> list[Any]:
    """The examples, encoded before the first call may change any."""
    if predict is None:
        return []
    asked: list[Any] = []
    for number, (args, kwargs) in enumerate(examples, start=1):
        try:
            asked.append(encoder.encode([list(args), kwargs], f"example {number}"))
        except UnsaveableError as error:
            raise BundleError(f"an example call of `predict` has an argument that cannot be saved: {error}") from None
    return asked


def _answers(
    encoder: Encoder, examples: list[Example], predict: Callable[..., Any] | None, state: Mapping[str, Any]
) -> list[Any]:
    """What `predict` answers to the examples."""
    if predict is None:
        return []
    answers: list[Any] = []
    for number, (args, kwargs) in enumerate(examples, start=1):
        try:
            answer = predict(state, *args, **kwargs)
        except Exception as error:
            # the notebook's code may raise anything
            raise BundleError(f"`predict` fails on example {number}: {type(error).__name__}: {error}") from error
        try:
            answers.append(encoder.encode(answer, f"answer {number}"))
        except UnsaveableError as error:
            raise BundleError(f"`predict` answers with something that cannot be saved: {error}") from None
    return answers


def problem_of(value: Any, name: str, *, own: Collection[str] = ()) -> str:
    """Why a value cannot be saved under a name; empty where it can.

    Args:
        value: The value.
        name: Its name.
        own: Top-level modules of the project.
    """
    try:
        _try_alone(value, name, Encoder(Trust(own)))
    except UnsaveableError as error:
        return str(error)
    return ""


def _try_alone(value: Any, name: str, encoder: Encoder) -> None:
    """Raise `UnsaveableError` before a value that cannot be saved has left a trace in the bundle."""
    alone = Encoder(encoder.trust)
    alone.encode(value, name)
    with tempfile.TemporaryDirectory() as scratch:
        write_blobs(alone.blobs, Path(scratch))
