"""Data that the notebook makes or bundles in code: what its data stages give, kept as files.

So are the states of the random generators after each stage: what comes later draws from them as if the stage had run.
"""

from __future__ import annotations

import random
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from nbexport_runtime import bundle
import model
from nbexport_runtime.pipeline.files import read_json, write_json
from nbexport_runtime.pipeline.outcome import Trouble
from stages import DATA_STAGES, Stage

NAME = "snapshot"


def take(folder: Path) -> None:
    """Run the data stages with the notebook's own parameters, and keep what they give.

    Raises:
        Trouble: There are none, or what they give cannot be kept.
    """
    if not DATA_STAGES:
        raise Trouble(
            f"{model.NOTEBOOK} has no `data` cell, so there is nothing to fetch; it trains on what its code makes"
        )
    parameters = model.Parameters()
    used = parameters_of(parameters)
    start_generators()
    states: dict[str, Any] = {}
    for stage in DATA_STAGES:
        given = {name: used[name] for name in stage.takes if name in used}
        try:
            made = getattr(model, stage.function)(**given)
        except TypeError as error:
            raise Trouble(
                f"`{stage.function}` cannot be run by itself: {error}"
            ) from None
        values = (made,) if len(stage.gives) == 1 else made
        state = dict(zip(stage.gives, values, strict=True))
        try:
            bundle.save(state, folder / NAME / stage.function, strict=True, examples=[])
        except bundle.BundleError as error:
            raise Trouble(
                f"what `{stage.function}` gives cannot be kept: {error}"
            ) from None
        # the time of the run is no part of the data
        (folder / NAME / stage.function / "metrics.json").unlink()
        strip(folder / NAME / stage.function)
        states[stage.function] = generators()
    write_json(folder / NAME / "random.json", states)
    write_json(folder / NAME / "parameters.json", bundle.plain(used))


def strip(folder: Path) -> None:
    """Keep of a manifest what does not change from run to run."""
    found = read_json(folder / "manifest.json")
    files = {name: f for name, f in found["files"].items() if name != "metrics.json"}
    write_json(folder / "manifest.json", {"format": found["format"], "files": files})


def parameters_of(parameters: Any) -> dict[str, Any]:
    """The notebook's parameters that a data stage takes."""
    taken = {name for stage in DATA_STAGES for name in stage.takes}
    return {
        entry.name: getattr(parameters, entry.name)
        for entry in fields(parameters)
        if entry.name in taken
    }


def start_generators() -> None:
    """Begin with the same random numbers each time, where the notebook does not seed: the same data is one data set."""
    random.seed(0)
    for name in ("numpy", "torch"):
        if name in sys.modules:
            module = sys.modules[name]
            seed = module.manual_seed if name == "torch" else module.random.seed
            seed(0)


def generators() -> dict[str, Any]:
    """The states of the random generators, as plain data."""
    version, numbers, gauss = random.getstate()
    found: dict[str, Any] = {"python": [version, list(numbers), gauss]}
    if "numpy" in sys.modules:
        kind, keys, *rest = sys.modules["numpy"].random.get_state()
        found["numpy"] = [kind, keys.tolist(), *rest]
    if "torch" in sys.modules:
        found["torch"] = bytes(sys.modules["torch"].get_rng_state().tolist()).hex()
    return found


def put_generators(states: dict[str, Any]) -> None:
    """Put the random generators into states that `generators` gave."""
    version, numbers, gauss = states["python"]
    random.setstate((version, tuple(numbers), gauss))
    if "numpy" in states and "numpy" in sys.modules:
        sys.modules["numpy"].random.set_state(tuple(states["numpy"]))
    if "torch" in states and "torch" in sys.modules:
        torch = sys.modules["torch"]
        state = list(bytes.fromhex(states["torch"]))
        torch.set_rng_state(torch.tensor(state, dtype=torch.uint8))


def given(stage: Stage, folder: Path, parameters: Any, *, seeded: bool) -> Any:
    """What a data stage gave when the snapshot was taken.

    Args:
        stage: The stage.
        folder: The data set.
        parameters: Those of this run.
        seeded: Whether this run has a seed of its own; otherwise the random generators go on as after the stage.

    Raises:
        Trouble: It was taken with other parameters.
    """
    wanted = bundle.plain(parameters_of(parameters))
    taken = read_json(folder / NAME / "parameters.json")
    if wanted != taken:
        raise Trouble(
            f"the snapshot `{folder}` was taken with {taken}, this run has {wanted}; "
            "train without --data, or with the same parameters"
        )
    try:
        loaded = bundle.load(folder / NAME / stage.function)
    except bundle.BundleError as error:
        raise Trouble(str(error)) from None
    if not seeded:
        put_generators(read_json(folder / NAME / "random.json")[stage.function])
    values = tuple(loaded[name] for name in stage.gives)
    return values[0] if len(values) == 1 else values


def is_snapshot(folder: Path) -> bool:
    """Whether a data set is a snapshot."""
    return (folder / NAME / "parameters.json").is_file()
