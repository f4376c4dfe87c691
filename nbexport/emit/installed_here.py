"""Distributions that are installed from a folder of this machine: no package index has them, so they come along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit


def folders(module: str) -> tuple[Path, ...]:
    """Where a module lies that was installed from a folder, as `pip install -e .` does; empty for all others.

    Source: PEP 610, `direct_url.json`.
    """
    return tuple(
        folder
        for folder in _folders()
        if (folder / f"{module}.py").is_file() or (folder / module / "__init__.py").is_file()
    )


@cache
def _folders() -> tuple[Path, ...]:
    return tuple(dict.fromkeys(_of_distributions()))


def _of_distributions() -> Iterator[Path]:
    for distribution in metadata.distributions():
        text = distribution.read_text("direct_url.json")
        if not text:
            continue
        try:
            url = json.loads(text)
        except ValueError:
            continue
        address = str(url.get("url", "")) if isinstance(url, dict) and "dir_info" in url else ""
        if address.startswith("file://"):
            folder = Path(unquote(urlsplit(address).path))
            # where a project keeps its packages. Source: Python Packaging User Guide, "src layout vs flat layout"
            yield from (folder / "src", folder)
