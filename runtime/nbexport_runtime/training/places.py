"""Where a run reads and writes: paths as somebody names them where they stand, and as the project does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nbexport_runtime.training.usage import UsageError


def data_of(data: Path | None, default: Path | None, project: Path) -> Path | None:
    """The data to train on; None where the notebook's own code provides it.

    A run works in a folder of its own, where the notebook's relative names are those of the project: what the
    notebook names inside the project keeps its name, all else becomes absolute.

    Raises:
        UsageError: It is not there, or this project takes none.
    """
    if data is None:
        return None
    if default is None:
        if not (data / "dataset.json").is_file():
            why = "this notebook makes or bundles its data in code, so there is no path to replace"
            raise UsageError(f"--data: {why}")
        return data.absolute()
    if data != default:
        if not data.exists():
            raise UsageError(f"--data: `{data}` does not exist")
        return data.absolute()
    if Path.cwd() != project and data.exists():
        return data.absolute()
    if (project / data).exists():
        return (project / data).absolute() if ".." in data.parts else data
    raise UsageError(f"the data `{data}` is not here; say where it lies with --data")


def output_of(output: Path, *, make: bool = True) -> Path:
    """The absolute folder of the bundle; its parent is made.

    Args:
        output: As somebody names it.
        make: Whether to make the parent; without that, the nearest folder that exists must be writable.

    Raises:
        UsageError: Something else is there, or nothing can be written there.
    """
    place = output.absolute()
    if place.exists():
        if not place.is_dir():
            raise UsageError(f"--output: `{output}` is a file; choose a folder")
        if not (place / "manifest.json").exists() and any(place.iterdir()):
            raise UsageError(f"--output: `{output}` exists and holds no bundle; choose another folder")
    if not make:
        there = next(folder for folder in place.parents if folder.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            raise UsageError(f"--output: `{output.parent}` cannot be made: `{there}` cannot be written to")
        return place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--output: `{output.parent}` cannot be made: {error.strerror}") from None
    if not os.access(place.parent, os.W_OK):
        raise UsageError(f"--output: `{output.parent}` cannot be written to")
    return place


def from_anywhere(value: Any, default: Any, project: Path) -> Any:
    """The value of a parameter; a file or folder that somebody names where they stand is found from everywhere."""
    if not isinstance(value, str | Path) or value == default or not value:
        return value
    path = Path(value)
    if path.is_absolute() or (project / path).exists() or not path.exists():
        return value
    return type(value)(path.absolute())
