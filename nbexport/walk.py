"""Paths on a command line → the notebooks that they stand for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from nbexport.terminal import warn


def notebooks_in(words: Sequence[str]) -> list[Path]:
    """The notebooks that the paths stand for, each once, folders searched in order of the names.

    Hidden folders (`.ipynb_checkpoints`, `.venv`, `.git`), `node_modules` and virtual environments are left out.
    """
    found: dict[Path, None] = {}
    for word in words:
        path = Path(word)
        if not path.is_dir():
            found[path] = None
            continue
        before = len(found)
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if _is_searched(folder, name))
            found.update(
                (Path(folder, name), None) for name in sorted(files) if name.endswith(".ipynb") and name[0] != "."
            )
        if len(found) == before:
            warn(f"warning: no notebooks in `{word}`")
    return list(found)


def _is_searched(folder: str, name: str) -> bool:
    if name.startswith(".") or name in ("node_modules", "__pycache__"):
        return False
    return not Path(folder, name, "pyvenv.cfg").exists()
