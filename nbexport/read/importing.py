"""Imports of notebooks → imports of modules that hold their code, with the modules' texts.

    import import_ipynb                         pass
    import helpers                              import helpers             helpers.py: the code of helpers.ipynb
    from ipynb.fs.full.clean import trim        from clean import trim     clean.py: the code of clean.ipynb

A notebook that is imported runs in a namespace of its own, as a module does, so it is one. Names keep their columns.

Left as they are, for the rules to report: what imports only the definitions of a notebook, notebooks in packages, those
that need IPython, and names that a module or an installed package has.

Source: import_ipynb 0.2, `NotebookLoader`; ipynb 0.5, `ipynb.fs.full`.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.model import Notebook
from nbexport.read.notebook import PYTHON, read
from nbexport.read.python_text import parses
from nbexport.record import field, record, replace

IMPORTERS = ("import_ipynb", "ipynb", "nbimporter", "importnb")
"""Packages that import notebooks."""
_LOADER = re.compile(r"(?P<indent>\s*)import +import_ipynb\s*(?:#.*)?")
"""After it, `import helpers` finds `helpers.ipynb`."""
_PLAIN = re.compile(r"\s*(?:import +(\w+)(?: +as +\w+)?|from +(\w+) +import +[^;\\]*?)\s*(?:#.*)?")
_FULL = re.compile(
    r"(?P<indent>\s*)(?:from +ipynb\.fs\.full\.(?P<origin>(?P<a>\w+) +import +[^;\\]*?)"
    r"|from +ipynb\.fs\.full +import +(?P<whole>(?P<b>\w+)(?: +as +\w+)?)"
    r"|import +ipynb\.fs\.full\.(?P<named>(?P<c>\w+) +as +\w+))\s*(?:#.*)?"
)
_HARMLESS = frozenset("matplotlib load_ext reload_ext autoreload config pip conda precision".split())
"""Magics that a module does without."""


def with_modules(notebook: Notebook) -> Notebook:
    """The notebook with modules in place of the notebooks that it imports; itself where it imports none.

    Args:
        notebook: A document, whose path says where the others lie.
    """
    if not any("ipynb" in cell.code for cell in notebook.cells):
        return notebook
    modules = _Modules(Path(notebook.path).absolute().parent, Path(notebook.path).parent)
    for cell in notebook.cells:
        if cell.runs:
            modules.gather(cell.code)
    if not modules.texts or modules.lacking:
        return notebook
    cells = tuple(replace(cell, code=_rewritten(cell.code)) if cell.runs else cell for cell in notebook.cells)
    brought = (*(notebook.brought or (notebook,)), *modules.read.values())
    return replace(notebook, cells=cells, modules=modules.texts, brought=brought)


@record(frozen=False)
class _Modules:
    """The modules that are made of notebooks, while code that imports them is read."""

    folder: Path
    beside: Path
    """The same folder, as the notebook's path names it."""
    texts: dict[str, str] = field(default_factory=dict)
    """File name → text."""
    read: dict[str, Notebook] = field(default_factory=dict)
    """Module → notebook."""
    lacking: bool = False
    """Whether some notebook that is imported cannot be a module."""
    loads: bool = False
    """Whether code so far has made plain imports find notebooks."""

    def gather(self, code: str) -> None:
        """Read the notebooks that some code imports."""
        for _, row in _imports(code):
            if _LOADER.fullmatch(row):
                self.loads = True
            elif plain := _PLAIN.fullmatch(row):
                name = plain[1] or plain[2]
                if self.loads and self._place(name).is_file() and not self._is_shadowed(name):
                    self._take(name)
            elif full := _FULL.fullmatch(row):
                self._take(full["a"] or full["b"] or full["c"])
            elif "ipynb" in row:
                self.lacking = True

    def _take(self, name: str) -> None:
        if name in self.read:
            return
        notebook = self._read(name)
        text = _module_text(notebook) if notebook is not None else None
        if notebook is None or text is None:
            self.lacking = True
            return
        self.read[name] = notebook
        self.gather(text)
        self.texts[f"{name}.py"] = _rewritten(text)

    def _read(self, name: str) -> Notebook | None:
        """The notebook of a module; None where it cannot be read, or something else has the name of its module."""
        place = self._place(name)
        is_inside = Path(os.path.realpath(place)).is_relative_to(os.path.realpath(self.folder))
        if not is_inside or (self.folder / f"{name}.py").exists() or (self.folder / name).exists():
            return None
        try:
            return replace(read(place), path=str(self.beside / place.name))
        except NbexportError:
            return None

    def _place(self, name: str) -> Path:
        return self.folder / f"{name}.ipynb"

    def _is_shadowed(self, name: str) -> bool:
        """Whether Python finds another module of that name before any notebook."""
        if name in sys.stdlib_module_names or (self.folder / f"{name}.py").exists() or (self.folder / name).is_dir():
            return True
        elsewhere = [folder for folder in sys.path if folder not in ("", str(Path.cwd()))]
        return PathFinder.find_spec(name, elsewhere) is not None


def _module_text(notebook: Notebook) -> str | None:
    """The code of a notebook as a module; None where it is not Python, or needs IPython."""
    cells = [cell for cell in notebook.cells if cell.kind == "code"]
    magics = [magic for cell in cells for magic in cell.magics]
    needed = [magic for magic in magics if not (magic.runs_python or magic.kind == "help" or magic.name in _HARMLESS)]
    code = "\n\n\n".join(text for cell in cells if (text := cell.code.strip("\n")).strip() not in ("", "pass"))
    gap = "\n" if code.startswith(("def ", "class ", "@", "async ")) else ""
    text = f'"""The code of `{Path(notebook.path).name}`, as a module."""\n\n{gap}{code}\n'
    elsewhere = notebook.language != PYTHON or any(cell.language != PYTHON for cell in cells)
    if needed or elsewhere or "get_ipython" in code or "__future__" in code or not parses(text):
        return None
    return text


def _imports(code: str) -> Iterator[tuple[int, str]]:
    """(row from 0, text) of each import in a code; the text is that of all its rows."""
    if "import" not in code or not parses(code):
        return
    rows = code.split("\n")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node.lineno - 1, "\n".join(rows[node.lineno - 1 : node.end_lineno])


def _rewritten(code: str) -> str:
    """The code with imports of modules in place of those of notebooks."""
    if "ipynb" not in code:
        return code
    rows = code.split("\n")
    for at, text in _imports(code):
        if loader := _LOADER.fullmatch(text):
            rows[at] = f"{loader['indent']}pass"
        elif full := _FULL.fullmatch(text):
            word = "from" if full["origin"] else "import"
            begin = max(full.start(group) for group in ("origin", "whole", "named"))
            rows[at] = f"{full['indent']}{word}".ljust(begin) + rows[at][begin:]
    return "\n".join(rows)
