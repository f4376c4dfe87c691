"""The modules that lie beside the notebook and that its code imports, directly or through one another.

    from trimming import trim       trimming.py beside the notebook, or in a folder that is added to `sys.path`
    import tools                    tools/__init__.py with all that lies in the package, its data too
    %%writefile scaling.py          a module whose text stands in the notebook

All of them stand at the top of the project, where everything finds them: the folder in which a module was found is
the project. What one of them opens beside itself or beside the notebook comes along.

A server reads on behalf of somebody who may only edit a notebook: from its root alone, and from packages that whoever
runs it has installed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from nbexport.emit import file_reads, installed_here, module_files, requirements
from nbexport.emit.file_reads import Source
from nbexport.lift.search_path import added_folders, in_order
from nbexport.reach import is_shown
from nbexport.record import record


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
    folders: list[Path] = field(default_factory=list)
    """Where modules were looked for."""
    beyond: list[str] = field(default_factory=list)
    """Folders that are added to `sys.path`, as they are named there, and may not be read."""


def local_modules(
    modules: Iterable[str],
    root: Path | None,
    *,
    search: Iterable[str] = (),
    written: Mapping[str, str] = MappingProxyType({}),
    within: Path | None = None,
) -> LocalModules:
    """The local modules of a program.

    Args:
        modules: Dotted modules that it imports.
        root: The notebook's folder; None has no modules.
        search: Folders that the notebook adds to `sys.path`, as it names them.
        written: Relative path → text of the files that the notebook writes itself.
        within: The folder outside of which nothing is read; None for no such limit.
    """
    if root is None:
        return LocalModules()
    searching = _Search(root, written, within, LocalModules(folders=[root]))
    searching.look_into(search)
    waiting = sorted({module.lstrip(".").partition(".")[0] for module in modules})
    while waiting:
        name = waiting.pop()
        if name and name not in searching.result.names:
            waiting += sorted(searching.take(name) - searching.result.names)
    return searching.result


@record
class _Module:
    """A module that comes along."""

    folder: Path
    """Where it was found, which becomes the project."""
    within: Path | None
    """The folder outside of which nothing is read with it."""
    files: Mapping[str, bytes]
    """Path in the project → content."""


@record
class _Search:
    """What is looked for, and where; `result` gets what is found."""

    root: Path
    """The notebook's folder."""
    written: Mapping[str, str]
    within: Path | None
    result: LocalModules

    def look_into(self, named: Iterable[str]) -> None:
        """Look for modules in more folders, as they are named where they are added to `sys.path`."""
        for one in named:
            if not is_shown(self.root / one, within=self.within):
                self.result.beyond.append(one)
            elif self.root / one not in self.result.folders:
                self.result.folders.append(self.root / one)

    def take(self, name: str) -> set[str]:
        """Take a module and what it opens along; the top-level names that it imports. Nothing for a foreign one."""
        imported: set[str] = set()
        module = self._found(name)
        for path, content in module.files.items() if module is not None else ():
            self.result.names.add(name)
            self.result.files[path] = content
            if module is not None and path.endswith(".py"):
                source = file_reads.parsed(content)
                imports = _imports(source, package=name if "/" in path else "")
                self.result.imports |= imports
                imported |= {one.partition(".")[0] for one in imports}
                self._take_opened(module, path, source)
        return imported

    def _take_opened(self, module: _Module, path: str, source: Source) -> None:
        """Take along what one file of a module opens, and look into the folders that it adds to `sys.path`."""
        place = (module.folder.resolve() / path).as_posix()
        self.look_into(in_order(added_folders(source.nodes, source.literals(place))))
        read = file_reads.reads(source, file=place)
        bases = module_files.Bases(module.folder, self.root, module.within)
        files, notes = module_files.opened(read, path, bases, self.written)
        self.result.notes += notes
        for opened, content in files.items():
            self.result.files.setdefault(opened, content)

    def _found(self, name: str) -> _Module | None:
        places = [(folder, self.within) for folder in self.result.folders]
        places += [(folder, None) for folder in installed_here.folders(name)]
        for folder, within in places:
            if files := self._files(folder, within, name):
                return _Module(folder, within, files)
        return None

    def _files(self, folder: Path, within: Path | None, name: str) -> dict[str, bytes]:
        """Path in the project → content of what a module of a folder is made of; nothing where it has none."""
        single, package = folder / f"{name}.py", folder / name
        texts = self._texts_in(folder)
        if single.name in texts:
            return {single.name: texts[single.name]}
        own = {path: text for path, text in texts.items() if path.startswith(f"{name}/")}
        if beyond := [place for place in (single, package) if place.exists() and not is_shown(place, within=within)]:
            self.result.beyond += [place.name for place in beyond]
            return {}
        if single.is_file() and not own:
            return {single.name: single.read_bytes()}
        if not package.is_dir() and not own:
            return {}
        whole = (package / "__init__.py").is_file() or f"{name}/__init__.py" in own
        # a folder without `__init__.py` is a package only where no installed one has its name
        if not whole and (name in sys.stdlib_module_names or requirements.is_installed(name)):
            return {}
        paths, is_complete = module_files.of_package(package, folder.resolve(), whole=whole)
        if not is_complete:
            note = f"the data in `{name}` is too large to copy: put it into the project's `{name}` by hand"
            self.result.notes.append(note)
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths} | own
        return dict(sorted(files.items())) if any(path.endswith(".py") for path in files) else {}

    def _texts_in(self, folder: Path) -> dict[str, bytes]:
        """Path below a folder → what cells of the notebook write there."""
        inside = folder.resolve()
        places = {(self.root.resolve() / path): text for path, text in self.written.items()}
        return {
            place.relative_to(inside).as_posix(): text.encode()
            for place, text in places.items()
            if place.is_relative_to(inside)
        }


def _imports(source: Source, *, package: str) -> set[str]:
    """The modules that a file imports, and those that it loads by a literal name."""
    modules: set[str] = set()
    for node in source.nodes:
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(package if node.level else node.module or "")
        elif isinstance(node, ast.Call) and source.full_name(node.func) == "importlib.import_module":
            modules |= {
                argument.value.lstrip(".")
                for argument in node.args[:1]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            }
    return modules - {""}
