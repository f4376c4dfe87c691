"""Where a notebook finds modules of its own: the folders that it adds to `sys.path`, the files that it writes.

sys.path.insert(0, os.path.abspath("src"))      src
sys.path += [str(Path("..") / "lib")]           ../lib
%%writefile scaling.py                          scaling.py, with the text below
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from nbexport.analysis.notebook import Analysis
from nbexport.lift.literal_paths import Literals

_ADDING = frozenset({"sys.path.insert", "sys.path.append", "sys.path.extend", "site.addsitedir"})


def search_path(analysis: Analysis) -> tuple[str, ...]:
    """The folders, as written or worked out from what is written, those that come first first."""
    additions: list[tuple[bool, str]] = []
    for index, unit in enumerate(analysis.units):
        literals = Literals(partial(analysis.full_name, index), partial(_values, analysis, index))
        additions += added_folders(unit.nodes, literals)
    return in_order(additions)


def in_order(additions: Iterable[tuple[bool, str]]) -> tuple[str, ...]:
    """Folders in the order in which Python looks into them.

    Args:
        additions: Whether each is put before all others, and the folder, in the order of the text.
    """
    pairs = list(additions)
    first, last = ([folder for front, folder in pairs if front is wanted] for wanted in (True, False))
    return tuple(dict.fromkeys([*reversed(first), *last]))


def added_folders(nodes: Iterable[ast.AST], literals: Literals) -> Iterator[tuple[bool, str]]:
    """(whether it is put before all others, folder) of what some statements add to `sys.path`.

    Args:
        nodes: Every node of the statements.
        literals: Says what their expressions name.
    """
    for node in nodes:
        front, values = _added(node, literals.full_name)
        for value in values:
            elements = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            # as if they were put in front one by one
            for element in reversed(elements) if front else elements:
                yield from ((front, folder) for folder in sorted(literals.paths(element)))


def _added(node: ast.AST, full_name: Callable[[ast.expr], str | None]) -> tuple[bool, list[ast.expr]]:
    """Whether a node puts something before the rest of `sys.path`, and what; nothing where it is no such node."""
    if isinstance(node, ast.Call):
        full = full_name(node.func)
        if full not in _ADDING:
            return False, []
        return full == "sys.path.insert", list(node.args[1:] if full == "sys.path.insert" else node.args[:1])
    if isinstance(node, ast.AugAssign) and full_name(node.target) == "sys.path":
        return False, [node.value]
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        if isinstance(target, ast.Subscript) and full_name(target.value) == "sys.path":
            return True, [node.value]
        if isinstance(target, ast.Attribute) and full_name(target) == "sys.path" and isinstance(node.value, ast.BinOp):
            return isinstance(node.value.left, ast.List), [
                side for side in (node.value.left, node.value.right) if isinstance(side, ast.List)
            ]
    return False, []


def _values(analysis: Analysis, unit: int, name: str) -> Iterator[ast.expr]:
    """What the bindings of a name that reach a statement, or stand in it, give it."""
    for definition in analysis.before[unit].get(name, ()):
        if definition.op is not None and isinstance(definition.op.value, ast.expr):
            yield definition.op.value
    for node in analysis.units[unit].nodes:
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name) and node.target.id == name:
            if isinstance(node.iter, ast.List | ast.Tuple):
                yield from node.iter.elts


def written_files(analysis: Analysis) -> dict[str, str]:
    """Relative path → text of each file that a cell writes with `%%writefile`, and of notebooks that are imported."""
    texts = dict(analysis.notebook.modules)
    for cell in analysis.notebook.cells:
        if cell.kind != "code":
            continue
        for magic in cell.magics:
            words = magic.argument.split()
            if magic.kind != "cell" or magic.name not in ("writefile", "file") or not words:
                continue
            name = posixpath.normpath(words[-1].strip("\"'"))
            if not name.startswith(("/", "..", "~")):
                body = "\n".join(cell.source.split("\n")[magic.span.end_row :])
                before = texts.get(name, "") if words[0] in ("-a", "--append") else ""
                texts[name] = f"{before}{body}\n"
    return texts
