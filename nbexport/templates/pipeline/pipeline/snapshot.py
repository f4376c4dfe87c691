"""Data that the notebook makes or bundles in code: what its data stages give, kept as files."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import bundle
import model
from pipeline.files import read_json, write_json
from pipeline.outcome import Trouble
from pipeline.stages import DATA_STAGES, Stage

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


def given(stage: Stage, folder: Path, parameters: Any) -> Any:
    """What a data stage gave when the snapshot was taken.

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
    values = tuple(loaded[name] for name in stage.gives)
    return values[0] if len(values) == 1 else values


def is_snapshot(folder: Path) -> bool:
    """Whether a data set is a snapshot."""
    return (folder / NAME / "parameters.json").is_file()
