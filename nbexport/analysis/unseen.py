"""Bindings that Python does not see: in cells that are not run, in the bodies of magics, or from outside the notebook.

    cell 1 (markdown)   ```python
                        rows = load()       would bind `rows`, and is text
                        ```
    cell 2              %%bash
                        folder=data         binds `folder`, and keeps it to the shell
    cell 3              %run helpers.py     may bind anything

What may bind a name is told by its text alone: these cells have no operations.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nbexport.analysis.notebook import Analysis
from nbexport.model import Cell, Notebook
from nbexport.names.cell import units_of_source
from nbexport.names.operations import Bind
from nbexport.read.cell import is_databricks
from nbexport.read.magic_names import AUTOMAGIC, CELL_LANGUAGES, NAMESPACE_CELLS, REPEATED
from nbexport.read.magics import recognise

# patterns are compiled where they are first needed, which for one notebook is few of them
_FENCE = r"(?ms)^(`{3,}|~{3,})[^\n`]*\n(.*?)^\1"
_SHELL_BINDING = r"^\s*(?:export\s+|let\s+|var\s+|const\s+)?{}\s*="
_BINDING = r"^\s*(?:(?:async\s+)?def|class|import)\s+{0}\b|^[^#\n=(]*\b{0}\b[^\n=(]*=(?!=)|\b(?:import|as|for)\s+{0}\b"
_OUTSIDE = frozenset({"run", "store", "pylab", "macro", "rerun", "recall", "rep", "load", "loadpy"})
"""Line magics that may bind names which no cell shows."""
_RUN_TIME = r"\b(?:exec|globals|locals|vars)\s*\(|\buser_ns\b"
_ASKS = r"""(["'])\w+\1\s+(?:not\s+)?in\s+(?:globals|locals|vars|dir)\(\)(?:\.keys\(\))?|\bglobals\s*=\s*globals\(\)"""
"""What looks names up and binds none: `"x" in globals()`, `timeit(…, globals=globals())`."""
_ON_SPARK = frozenset({"spark", "sc", "sqlContext", "dbutils", "displayHTML"})
_ON_DATABRICKS = _ON_SPARK | {"_sqldf", "sql", "table", "udf", "getArgument"}
_ON_DEEPNOTE = frozenset({"_dntk", "_deepnote_execute_sql", "_deepnote_current_table_attrs"})
_QUIET_LINES = frozenset({"autoreload", "watermark", "tensorboard", "reload_ext", "cache"})


def is_in_text(cell: Cell, name: str) -> bool:
    """Whether a cell would bind the name and is not run: text, or tagged `skip-execution`."""
    if cell.kind == "code":
        return cell.language == "python" and "skip-execution" in cell.tags and _binds(cell.code, name)
    texts = (cell.source, *(block[2] for block in re.finditer(_FENCE, cell.source)))
    return any(_binds(text, name) for text in texts)


def binding_magic(cell: Cell, name: str) -> str:
    """The magic whose body would bind the name, where it keeps it from the notebook."""
    if cell.kind != "code":
        return ""
    for magic in cell.magics:
        if magic.kind == "line" and magic.name in REPEATED and _binds(magic.argument, name):
            return f"`%{magic.name}`"
        if magic.kind != "cell" or magic.name in NAMESPACE_CELLS:
            continue
        if magic.name in REPEATED or magic.name in CELL_LANGUAGES or magic.name == "script":
            body = "\n".join(cell.source.split("\n")[magic.span.end_row :])
            if magic.name in REPEATED:
                body = f"{magic.argument}\n{body}" if _binds(magic.argument, name) else body
            if _binds(body, name) or re.search(_SHELL_BINDING.format(re.escape(name)), body, re.MULTILINE):
                return f"`%%{magic.name}`"
    return ""


def _binds(text: str, name: str) -> bool:
    """Whether a text is Python that binds the name at its top level."""
    if name not in text:
        return False
    try:
        return name in _bound(text)
    except (RecursionError, MemoryError):
        return False  # not remembered: on a deeper stack it may be Python


@lru_cache(maxsize=512)
def _bound(text: str) -> frozenset[str]:
    """The names that a text binds at its top level, if it is Python; a cell is asked for one name after another."""
    try:
        units = units_of_source(recognise(text).code)
    except (SyntaxError, ValueError):
        return frozenset()
    return frozenset(op.name for unit in units for op in unit.simple_ops if isinstance(op, Bind))


def may_come_from_outside(analysis: Analysis, mentioning: list[Cell], name: str, here: int) -> bool:
    """Whether a magic, another file, a cell that does not parse or what is made at run time may bind the name.

    What `%run` and the like bring does not help an export, which leaves them out: there the name is bound nowhere.
    """
    for cell in analysis.notebook.cells if analysis.whole else ():
        for magic in cell.magics:
            if magic.name in _OUTSIDE and (magic.name != "store" or "-r" in magic.argument):
                return True
    if name in _given(analysis.notebook):
        return True
    lifted = {analysis.units[unit].cell for unit in analysis.lifted}
    lifted.update(number for number in analysis.broken if analysis.cells[number].roles)
    if not analysis.whole and here in lifted:
        # nor is what another cell brings that stays in the notebook, be it readable or not
        mentioning = [cell for cell in mentioning if cell.number in lifted]
    word = re.compile(rf"\b{re.escape(name)}\b")
    quoted = re.compile(rf"[\"'][^\"'\n]*\b{re.escape(name)}\b")
    for cell in mentioning:
        if cell.kind != "code":
            continue
        if cell.number <= here and re.search(_RUN_TIME, cell.source):
            binding = re.sub(_ASKS, "", cell.source)
            if re.search(_RUN_TIME, binding) and quoted.search(binding):
                return True
        if cell.number in analysis.broken and re.search(_BINDING.format(re.escape(name)), cell.source, re.MULTILINE):
            return True
        for magic in cell.magics:
            if magic.kind == "cell":
                known = {*NAMESPACE_CELLS, *REPEATED, *CELL_LANGUAGES} - {"R"}
                if magic.name not in known and word.search(cell.source):
                    return True
                if magic.name == "R" and word.search(magic.argument):
                    return True
            elif magic.kind == "line" and magic.name not in AUTOMAGIC | _QUIET_LINES and not magic.runs_python:
                if word.search(magic.argument):
                    return True
    return False


def _given(notebook: Notebook) -> frozenset[str]:
    """The names that a notebook is given where it is hosted."""
    if is_databricks(notebook.metadata):
        return _ON_DATABRICKS
    if any("deepnote" in str(key) for key in notebook.metadata):
        return _ON_DEEPNOTE
    return _ON_SPARK if "spark" in str(notebook.metadata.get("kernelspec", "")).lower() else frozenset()
