"""Data that the notebook makes or bundles in code: what its data stages give, kept as files.

So are the states of the random generators after each stage: what comes later draws from them as if the stage had run.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from nbexport_runtime import bundle
from nbexport_runtime.pipeline.files import read_json, write_json
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.stages import Stage
from nbexport_runtime.secret import SecretError

NAME = "snapshot"


def take(project: Project, folder: Path) -> None:
    """Run the data stages with the notebook's own parameters, and keep what they give.

    Raises:
        PipelineError: There are none, or what they give cannot be kept.
    """
    if not project.stages.data:
        raise PipelineError(
            f"{project.notebook} has no `data` cell, so there is nothing to fetch; it trains on what its code makes"
        )
    args = project.parser.parse_args([])
    model = importlib.import_module("model")
    start_generators()
    values: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    states: dict[str, Any] = {}
    for stage in project.stages.kept:
        own = arguments_of(stage, args)
        parameters |= {name: own[name] for name in stage.recorded}
        try:
            taken = {name: values[name] for name in stage.takes}
            result = stage.named(getattr(model, stage.function)(**taken, **own))
        except (KeyError, TypeError) as error:
            raise PipelineError(f"`{stage.function}` cannot be run by itself: {error}") from None
        values |= result
        place = folder / NAME / stage.function
        try:
            bundle.save(result, place, strict=True, examples=[], own=project.own)
        except bundle.BundleError as error:
            raise PipelineError(f"what `{stage.function}` gives cannot be kept: {error}") from None
        # the time of the run is not part of the data
        (place / "metrics.json").unlink()
        strip(place)
        states[stage.function] = generators()
    write_json(folder / NAME / "random.json", states)
    write_json(folder / NAME / "parameters.json", bundle.plain(parameters))


def arguments_of(stage: Stage, args: argparse.Namespace) -> dict[str, Any]:
    """The arguments of a stage that come from the command line.

    Raises:
        PipelineError: A secret is not set.
    """
    try:
        return stage.arguments(args)
    except SecretError as error:
        raise PipelineError(str(error)) from None


def strip(folder: Path) -> None:
    """Keep of a manifest what does not change from run to run."""
    facts = read_json(folder / "manifest.json")
    files = {name: known for name, known in facts["files"].items() if name != "metrics.json"}
    write_json(folder / "manifest.json", {"format": facts["format"], "files": files})


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
    states: dict[str, Any] = {"python": [version, list(numbers), gauss]}
    if "numpy" in sys.modules:
        kind, keys, *rest = sys.modules["numpy"].random.get_state()
        states["numpy"] = [kind, keys.tolist(), *rest]
    if "torch" in sys.modules:
        states["torch"] = bytes(sys.modules["torch"].get_rng_state().tolist()).hex()
    return states


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


def kept_result(
    stage: Stage, folder: Path, arguments: Mapping[str, Any], *, seeded: bool, own: Collection[str] = ()
) -> Any:
    """What a data stage gave when the snapshot was taken.

    Args:
        stage: The stage.
        folder: The data set.
        arguments: Argument → value of the call in this run.
        seeded: Whether this run has a seed of its own; otherwise the random generators go on as after the stage.
        own: Modules of the project, whose classes the values may be of.

    Raises:
        PipelineError: It was taken with other parameters.
    """
    asked = bundle.plain({name: arguments[name] for name in stage.recorded})
    recorded = read_json(folder / NAME / "parameters.json")
    taken = {name: recorded.get(name) for name in stage.recorded}
    if asked != taken:
        raise PipelineError(
            f"the snapshot `{folder}` was taken with {taken}, this run has {asked}; "
            "train without --data, or with the same parameters"
        )
    loaded = values(stage, folder, own=own)
    if not seeded:
        put_generators(read_json(folder / NAME / "random.json")[stage.function])
    return stage.result(loaded)


def values(stage: Stage, folder: Path, *, own: Collection[str] = ()) -> dict[str, Any]:
    """Name → value of what a data stage gave.

    Args:
        stage: The stage.
        folder: The data set.
        own: Modules of the project, whose classes the values may be of.

    Raises:
        PipelineError: It is not what was kept.
    """
    try:
        return dict(bundle.load(folder / NAME / stage.function, own=own))
    except bundle.BundleError as error:
        raise PipelineError(str(error)) from None


def is_snapshot(folder: Path) -> bool:
    """Whether a data set is a snapshot."""
    return (folder / NAME / "parameters.json").is_file()
