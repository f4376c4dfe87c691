"""Modules that exported code imports and that cannot come along: refused by name, never left to a ModuleNotFoundError.

import other              other.ipynb lies beside the notebook: a notebook, not a module
from cleaning import f    lib/cleaning.py lies near, in no folder that the notebook adds to `sys.path`
from utils import f       nobody knows where it is
import secrets_of_others       in a folder that the notebook adds to `sys.path`, which the server does not show
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbexport.emit import distributions, requirements
from nbexport.emit.local_modules import LocalModules
from nbexport.errors import NbexportError
from nbexport.program import Program
from nbexport.reach import is_shown

_OWN = frozenset(
    """common config conf constants core data dataset datasets features func functions funcs helper helpers lib libs
    loader model models my_functions myfunctions mylib mymodule my_module my_utils myutils params preprocess
    preprocessing scripts settings shared src tools train training util utilities utils visualization""".split()
)
"""What people call modules of their own, though an index may have something of that name."""
_SKIPPED = frozenset({"node_modules", "site-packages", "venv", "env", "__pycache__", "build", "dist"})
_DEPTH, _FOLDERS = 3, 500
"""How far below the notebook's folder a module is looked for, and in how many folders."""


def refuse_absent(program: Program, local: LocalModules, root: Path | None, *, within: Path | None = None) -> None:
    """Refuse a program whose modules cannot come along.

    Args:
        program: What the notebook lifts to.
        local: The modules that come.
        root: The notebook's folder; None refuses nothing.
        within: The folder outside of which nothing is read; None for no such limit.

    Raises:
        NbexportError: A module is neither a library nor found.
    """
    if root is None:
        return
    asked = requirements.asked_for(program.installs, program.declared)
    tried = {module.partition(".")[0] for module in _tried([program.model, program.definitions])}
    for module in sorted({*program.imports, *local.imports}):
        name = module.lstrip(".").partition(".")[0]
        if not name or name in local.names or name in sys.stdlib_module_names or requirements.is_installed(name):
            continue
        known = distributions.distribution_of(module) or distributions.is_nowhere(module)
        if known or name in tried or distributions.canonical(name) in asked:
            continue
        place, why = _trouble(name, local.folders or (root,), root, within)
        if place is not None:
            raise NbexportError(
                f"`{module}` cannot come along: it lies in `{_shown(place, root)}`",
                why=why,
                fix=_fix(name, place, root),
            )
        if local.beyond:
            named = ", ".join(f"`{folder}`" for folder in dict.fromkeys(local.beyond))
            raise NbexportError(
                f"`{module}` is imported and is not found in the folders that Jupyter shows",
                why=f"nothing is read in {named}, which leads out of them",
                fix="put the module beside the notebook, or start Jupyter in a folder that holds both",
            )
        if name in _OWN or any(not (root / folder).is_dir() for folder in program.search_path):
            raise NbexportError(
                f"`{module}` is imported and is not found",
                why="it lies neither beside the notebook nor in a folder that the notebook adds to `sys.path`, "
                "and no library of that name is installed",
                fix=f"put `{name}.py` beside the notebook, or install the library that has `{name}`",
            )


def _trouble(name: str, folders: Iterable[Path], root: Path, within: Path | None) -> tuple[Path | None, str]:
    """Where a module lies from where it cannot come, and why; nothing where it may not be read.

    Args:
        name: The module.
        folders: Where modules were looked for.
        root: The notebook's folder.
        within: The folder outside of which nothing is read; None for no such limit.
    """
    for folder in folders:
        if (folder / f"{name}.ipynb").is_file():
            return folder / f"{name}.ipynb", "a project imports modules, and this is a notebook"
        for ending in ("so", "pyd", "pyx"):
            for compiled in sorted(folder.glob(f"{name}.*{ending}")):
                return compiled, "it has to be compiled for the machine that runs the project"
    for place in _near(name, root):
        if is_shown(place, within=within):
            return place, "that folder is not on `sys.path` as the notebook sets it"
    return None, ""


def _near(name: str, root: Path) -> Iterator[Path]:
    """Where a module lies near the notebook."""
    for folder in (root.parent, root.parent / "src", root.parent / "lib", *_below(root)):
        for place in (folder / f"{name}.py", folder / name):
            if place.is_file() or (place.is_dir() and any(place.glob("*.py"))):
                yield place


def _below(root: Path) -> Iterator[Path]:
    count = 0
    for where, folders, files in os.walk(root):
        count += 1
        depth = len(Path(where).relative_to(root).parts)
        if count > _FOLDERS or "nbexport.lock" in files or "pyvenv.cfg" in files:
            folders[:] = []
            continue
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _SKIPPED and depth < _DEPTH]
        yield Path(where)


def _fix(name: str, place: Path, root: Path) -> str:
    if place.suffix == ".ipynb":
        return f"write its code as a module with `jupyter nbconvert --to script {place.name}`, and import that"
    if place.suffix in (".so", ".pyd", ".pyx"):
        return f"build a package of `{name}` and install it"
    return f"add `sys.path.append({_shown(place.parent, root)!r})` to the cell that imports `{name}`"


def _shown(place: Path, root: Path) -> str:
    return Path(os.path.relpath(place, root)).as_posix()


def _tried(texts: Iterable[str]) -> Iterator[str]:
    """Modules that code can do without: it tries to import them."""
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Try):
                for part in ast.walk(node):
                    if isinstance(part, ast.Import):
                        yield from (alias.name for alias in part.names)
                    elif isinstance(part, ast.ImportFrom):
                        yield part.module or ""
