"""What code says → the distributions that it needs, by the tables in `distributions.toml`.

import cv2                        opencv-python
from google.cloud import storage  google-cloud-storage
pd.read_parquet(path)             pyarrow, which pandas needs for that alone
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.specifiers import SpecifierSet

_DATABASES = (
    "sqlalchemy.*",
    "pandas.read_sql*",
    "to_sql",
    "flask_sqlalchemy.*",
    "sqlmodel.*",
    "dask.dataframe.read_sql*",
)
"""What opens a database by its address, through SQLAlchemy."""
_BACKENDS = ("tensorflow", "torch", "jax")
"""What Keras computes with; the first is its own choice."""


class _Tables(NamedTuple):
    names: dict[str, str]
    libraries: frozenset[str]
    nowhere: frozenset[str]
    optional: dict[str, list[str]]
    drivers: dict[str, list[str]]


@cache
def _tables() -> _Tables:
    read = tomllib.loads(Path(__file__).with_name("distributions.toml").read_text(encoding="utf-8"))
    return _Tables(
        read["names"],
        frozenset(read["libraries"]["names"].split()),
        frozenset(read["nowhere"]["names"].split()),
        read["optional"],
        read["drivers"],
    )


def distribution_of(module: str) -> str | None:
    """The distribution that installs a module, by the longest beginning of its name; None where no table has it."""
    parts = module.split(".")
    for count in range(len(parts), 0, -1):
        known = _tables().names.get(".".join(parts[:count]))
        general = _tables().names.get(".".join([*parts[: count - 1], "*"])) if count > 1 else None
        if known is not None:
            return known
        if general is not None:
            return general.replace("*", canonical(parts[count - 1]))
    return canonical(parts[0]) if parts[0] in _tables().libraries else None


def is_shared(root: str) -> bool:
    """Whether several distributions install parts of a package, so that its name alone is nobody's."""
    return any(name.startswith(f"{root}.") for name in _tables().names) and root not in _tables().libraries


def is_nowhere(module: str) -> bool:
    """Whether nothing installs a module: Python's own of another version, or one that a single service has."""
    nowhere = _tables().nowhere
    return module in nowhere or module.partition(".")[0] in nowhere


def optional(uses: Iterable[str]) -> tuple[str, ...]:
    """The distributions that nothing imports and that are needed all the same.

    Args:
        uses: What `needs.Needs` says of the code.
    """
    asked = frozenset(uses)
    wanted = {
        name
        for key, names in _tables().optional.items()
        if all(_is_met(part, asked) for part in key.split(" & "))
        for name in names
    }
    if any(_is_met(one, asked) for one in _DATABASES):
        for scheme, drivers in _tables().drivers.items():
            if scheme in asked:
                wanted |= {"sqlalchemy", *(driver.partition(";")[0] for driver in drivers if _is_for_ours(driver))}
    if "keras" in asked:
        wanted.add(keras_backend(asked)[0])
    return tuple(sorted(wanted))


def _is_met(key: str, uses: frozenset[str]) -> bool:
    if key.endswith("*"):
        beginning = key[:-1]
        return any(use.startswith(beginning) or f"{use}." == beginning for use in uses)
    return key in uses


def _is_for_ours(driver: str) -> bool:
    """Whether a driver is the one that the SQLAlchemy of this environment takes, or the newest where there is none."""
    versions = driver.partition(";")[2].strip()
    if not versions:
        return True
    try:
        return SpecifierSet(versions).contains(metadata.version("sqlalchemy"), prereleases=True)
    except metadata.PackageNotFoundError:
        return versions.startswith(">")


def canonical(name: str) -> str:
    """The one form of a distribution's name. Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def keras_backend(uses: Iterable[str]) -> tuple[str, str]:
    """(distribution, variable's value) that Keras computes with; the value is empty where the code settles it.

    Keras takes TensorFlow unless `KERAS_BACKEND` says otherwise, and installs none of them.
    Source: Keras 3, "Getting started", "Configuring your backend".
    """
    backends = {use.partition("=")[2] for use in uses if use.startswith("KERAS_BACKEND=")}
    for name in _BACKENDS:
        if name in backends:
            return name, ""
    if "tensorflow" in uses:
        return "tensorflow", ""
    here = os.environ.get("KERAS_BACKEND", "")
    if here not in _BACKENDS:
        here = next((name for name in _BACKENDS if _is_here("keras") and _is_here(name)), _BACKENDS[0])
    return here, "" if here == _BACKENDS[0] else here


def _is_here(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False
