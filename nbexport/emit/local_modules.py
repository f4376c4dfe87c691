"""The modules that lie beside the notebook and that its code imports, directly or through one another.

    from trimming import trim       trimming.py beside the notebook, or in a folder that the notebook adds to `sys.path`
    import tools                    tools/__init__.py with all that lies in the package, its data too
    %%writefile scaling.py          a module whose text stands in the notebook

All of them stand at the top of the project, where everything finds them. What one of them opens by a name that lies
beside the notebook comes along.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from nbexport.emit import requirements

LIMIT_BYTES = 20_000_000
"""A package with more data than this leaves it where it is."""


@dataclass
class LocalModules:
    """What was found."""

    names: set[str] = field(default_factory=set)
    """Top-level names."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Path in the project → content."""
    imports: set[str] = field(default_factory=set)
    """Dotted modules that they import in turn."""
    notes: list[str] = field(default_factory=list)
    """What stays where it is."""


def local_modules(
    modules: Iterable[str],
    root: Path | None,
    *,
    search: Iterable[str] = (),
    written: Mapping[str, str] = MappingProxyType({}),
) -> LocalModules:
    """The local modules of a program.

    Args:
        modules: Dotted modules that it imports.
        root: The notebook's folder; None has no modules.
        search: Folders that the notebook adds to `sys.path`, as it names them.
        written: File name → text of the modules that the notebook writes itself.
    """
    found = LocalModules()
    if root is None:
        return found
    folders = [root, *(root / folder for folder in search)]
    waiting = sorted({module.lstrip(".").partition(".")[0] for module in modules})
    while waiting:
        name = waiting.pop()
        if not name or name in found.names:
            continue
        for path, content in _files(folders, name, written, found.notes):
            found.names.add(name)
            found.files[path] = content
            if not path.endswith(".py"):
                continue
            tree = _parsed(content)
            imports = _imports(tree, package=name if "/" in path else "")
            found.imports |= imports
            waiting += sorted({module.partition(".")[0] for module in imports} - found.names)
            found.files |= {opened: (root / opened).read_bytes() for opened in _opened(tree, root)}
    return found


def _files(folders: list[Path], name: str, written: Mapping[str, str], notes: list[str]) -> list[tuple[str, bytes]]:
    """(path in the project, content) of what a module is made of; nothing for one that is not the notebook's."""
    if f"{name}.py" in written:
        return [(f"{name}.py", written[f"{name}.py"].encode())]
    for folder in folders:
        single, package = folder / f"{name}.py", folder / name
        if single.is_file():
            return [(single.name, single.read_bytes())]
        if not package.is_dir():
            continue
        whole = (package / "__init__.py").is_file()
        # a folder without `__init__.py` is a package only where no installed one has its name
        if not whole and (name in sys.stdlib_module_names or requirements.is_installed(name)):
            continue
        inside = folder.resolve()
        paths = [path for path in sorted(package.rglob("*")) if path.is_file() and _belongs(path, package, inside)]
        data = [path for path in paths if path.suffix != ".py"]
        if data and (not whole or sum(path.stat().st_size for path in data) > LIMIT_BYTES):
            if whole:
                notes.append(f"the data in `{name}` is too large to copy: put it into the project's `{name}` by hand")
            paths = [path for path in paths if path.suffix == ".py" or _is_named(path, paths)]
        files = [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]
        if any(path.endswith(".py") for path, _ in files):
            return files
    return []


def _belongs(path: Path, package: Path, inside: Path) -> bool:
    """Whether a file in a package is part of it: not hidden, not compiled, no link that leads out of the folder."""
    parts = path.relative_to(package).parts
    hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
    return not hidden and path.suffix not in (".pyc", ".pyo") and path.resolve().is_relative_to(inside)


def _is_named(path: Path, paths: Iterable[Path]) -> bool:
    """Whether one of the modules of a package says the name of a small file in it."""
    if path.stat().st_size > LIMIT_BYTES:
        return False
    return any(path.name in _texts(_parsed(other.read_bytes())) for other in paths if other.suffix == ".py")


def _opened(tree: ast.AST, root: Path) -> Iterator[str]:
    """The files beside the notebook that a module says the names of."""
    inside = root.resolve()
    for text in sorted(_texts(tree)):
        pure = PurePosixPath(text)
        if not pure.suffix or pure.is_absolute() or ".." in pure.parts or len(text) > 200 or "\0" in text:
            continue
        place = root / pure
        fits = place.is_file() and place.resolve().is_relative_to(inside)
        if fits and pure.suffix not in (".py", ".ipynb") and place.stat().st_size <= LIMIT_BYTES:
            yield pure.as_posix()


def _parsed(content: bytes) -> ast.AST:
    """The tree of a module; an empty one where it does not parse, which running it will say better."""
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _texts(tree: ast.AST) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _imports(tree: ast.AST, *, package: str) -> set[str]:
    """The modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(package if node.level else node.module or "")
    return found - {""}
