"""The modules that lie beside the notebook and that its code imports, directly or through one another."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nbexport.emit import requirements


@dataclass
class LocalModules:
    """What was found."""

    names: set[str] = field(default_factory=set)
    """Top-level names."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Path relative to the notebook's folder → content."""
    imports: set[str] = field(default_factory=set)
    """Dotted modules that they import in turn."""


def local_modules(modules: Iterable[str], root: Path | None) -> LocalModules:
    """The local modules of a program.

    Args:
        modules: Dotted modules that it imports.
        root: The notebook's folder; None has no modules.
    """
    found = LocalModules()
    if root is None:
        return found
    waiting = sorted({module.lstrip(".").partition(".")[0] for module in modules})
    while waiting:
        name = waiting.pop()
        paths = _files(root, name) if name and name not in found.names else []
        for path in paths:
            found.names.add(name)
            content = path.read_bytes()
            found.files[path.relative_to(root).as_posix()] = content
            imports = _imports(content, package=name if path.parent != root else "")
            found.imports |= imports
            waiting += sorted({module.partition(".")[0] for module in imports} - found.names)
    return found


def _files(root: Path, name: str) -> list[Path]:
    single, package = root / f"{name}.py", root / name
    if single.is_file():
        return [single]
    if not package.is_dir():
        return []
    # a folder without `__init__.py` is a package only where no installed one has its name
    if not (package / "__init__.py").is_file() and (name in sys.stdlib_module_names or requirements.is_installed(name)):
        return []
    inside = root.resolve()
    return [path for path in sorted(package.rglob("*.py")) if path.resolve().is_relative_to(inside)]


def _imports(content: bytes, *, package: str) -> set[str]:
    """The modules that a file imports; none where it does not parse, which running it will say better."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(package if node.level else node.module or "")
    return found - {""}
