"""Faults, each planted at a random place of a clean notebook, with the cell and the name that a check must report.

    rows = load()                    rows = load()
    total = sum(rows)        ─►      (deleted)
    print(total)                     print(total)      ← `total`, cell 2

Where a fault can be planted is found with `ast` alone: a name that one cell binds, at the top level of the cell, once,
and that a later cell reads at its top level.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterator

from faults.clean import Cells, Text
from nbexport.record import record


@record
class Fault:
    """A notebook with one fault, and what must be found."""

    kind: str
    cells: Cells
    cell: int
    """Number of the cell that the finding belongs to, from 1."""
    name: str = ""
    """The name that it is about; empty where it is about none."""
    others: frozenset[str] = frozenset()
    """Names that the same fault takes away: what else is about one of them is right too."""


@record
class Link:
    """A name, the only cell that binds it and the first later cell that reads it; positions from 0."""

    name: str
    binds: int
    reads: int


def plant(cells: Cells, dice: random.Random) -> Iterator[Fault]:
    """One fault of each kind that the notebook has a place for."""
    found = {False: list(_links(cells)), True: list(_links(cells, imports=True))}
    for kind, make in KINDS.items():
        links = found[kind in OF_IMPORTS]
        for link in dice.sample(links, len(links)):
            planted = make(list(cells), link)
            if planted is not None:
                changed, cell = planted
                name = "" if kind in NAMELESS else STRANGERS.get(kind, link.name)
                yield Fault(kind, tuple(changed), cell + 1, name, _bound_in(_tree(cells[link.binds])))
                break


Planted = tuple[list[Text], int] | None


def _deleted(cells: list[Text], link: Link) -> Planted:
    return [*cells[: link.binds], *cells[link.binds + 1 :]], link.reads - 1


def _moved_below(cells: list[Text], link: Link) -> Planted:
    moved = [*cells[: link.binds], *cells[link.binds + 1 :], cells[link.binds]]
    return moved, link.reads - 1


def _renamed(cells: list[Text], link: Link) -> Planted:
    changed = re.sub(rf"\b{link.name}\b", f"{link.name}_new", cells[link.binds].source)
    return _with(cells, link.binds, changed), link.reads


def _to_markdown(cells: list[Text], link: Link) -> Planted:
    cells[link.binds] = Text("markdown", cells[link.binds].source)
    return cells, link.reads


def _to_raw(cells: list[Text], link: Link) -> Planted:
    cells[link.binds] = Text("raw", cells[link.binds].source)
    return cells, link.reads


def _into_magic(line: str) -> Callable[[list[Text], Link], Planted]:
    def make(cells: list[Text], link: Link) -> Planted:
        if cells[link.binds].source.lstrip().startswith("%%"):
            return None
        return _with(cells, link.binds, f"{line}\n{cells[link.binds].source}"), link.reads

    return make


def _into(head: str, tail: str = "") -> Callable[[list[Text], Link], Planted]:
    """The statement that binds the name inside another one."""

    def make(cells: list[Text], link: Link) -> Planted:
        found = _binding(cells[link.binds].source, link.name)
        if found is None:
            return None
        lines = cells[link.binds].source.split("\n")
        body = ["    " + line for line in lines[found.lineno - 1 : found.end_lineno]]
        changed = [*lines[: found.lineno - 1], head, *body, *([tail] if tail else []), *lines[found.end_lineno :]]
        later = "\n".join(lines[found.end_lineno or 0 :])
        if re.search(rf"\b{link.name}\b", later):
            return None
        return _with(cells, link.binds, "\n".join(changed)), link.reads

    return make


def _dropped_before(cells: list[Text], link: Link) -> Planted:
    return [*cells[: link.reads], Text("code", f"del {link.name}"), *cells[link.reads :]], link.reads + 1


def _read_as(text: str) -> Callable[[list[Text], Link], Planted]:
    """A new cell that reads something which is not there."""

    def make(cells: list[Text], link: Link) -> Planted:
        source = text.format(name=link.name)
        return [*cells[: link.reads], Text("code", source), *cells[link.reads :]], link.reads

    return make


def _called_early(cells: list[Text], link: Link) -> Planted:
    """A helper over the name, called before the name is bound."""
    helper = Text("code", f"def helper_over():\n    return {link.name}\nhelper_over()")
    return [*cells[: link.binds], helper, *cells[link.binds :]], link.binds


def _without_import(cells: list[Text], link: Link) -> Planted:
    """The cell without the import that binds the name, which is alone in its statement."""
    lines = cells[link.binds].source.split("\n")
    for node in (_tree(cells[link.binds]) or ast.Module([], [])).body:
        if isinstance(node, ast.Import | ast.ImportFrom) and _imported(node) == [link.name]:
            if node.lineno == node.end_lineno and ";" not in lines[node.lineno - 1]:
                left = [*lines[: node.lineno - 1], *lines[node.lineno :]]
                return _with(cells, link.binds, "\n".join(left)), link.reads
    return None


def _moved_up(cells: list[Text], link: Link) -> Planted:
    """The cell that reads the name right above the one that binds it, where no cell in between gives it a name."""
    between = [_bound_in(_tree(cell)) for cell in cells[link.binds + 1 : link.reads]]
    reading = _tree(cells[link.reads])
    if reading is None or any(names & _reads(reading, deep=True) for names in between):
        return None
    rest = [*cells[: link.reads], *cells[link.reads + 1 :]]
    return [*rest[: link.binds], cells[link.reads], *rest[link.binds :]], link.binds


def _run_early(text: str) -> Callable[[list[Text], Link], Planted]:
    """A new cell above the binding that runs a function which reads the name, in this way."""

    def make(cells: list[Text], link: Link) -> Planted:
        helper = Text("code", text.format(name=link.name))
        return [*cells[: link.binds], helper, *cells[link.binds :]], link.binds

    return make


_PART = "class PartOver:\n    def size(self, *rest):\n        return {name}\n"
_HELPER = "def helper_over(*rest):\n    return {name}\n"
KINDS: dict[str, Callable[[list[Text], Link], Planted]] = {
    "deleted cell": _deleted,
    "use before definition": _moved_below,
    "stale rename": _renamed,
    "turned into markdown": _to_markdown,
    "turned into raw": _to_raw,
    "body of %%writefile": _into_magic("%%writefile other.py"),
    "body of %%bash": _into_magic("%%bash"),
    "body of %%timeit": _into_magic("%%timeit"),
    "conditional definition": _into("import os\nif os.path.exists('flag'):"),
    "loop-only definition": _into("import os\nwhile os.path.exists('flag'):", "    break"),
    "except-only definition": _into("import os\ntry:\n    os.path.getsize('flag')\nexcept OSError:"),
    "leaked from a function": _into("def leaking():", "leaking()"),
    "leaked from a class": _into("class Leaking:"),
    "use after del": _dropped_before,
    "name in a line magic": _read_as("%timeit -n 1 abs(stranger_in_magic)"),
    "name in a timed assignment": _read_as("measured = %time abs(stranger_in_magic)"),
    "leaked from a comprehension": _read_as("[hidden_part for hidden_part in [1]]\nprint(hidden_part)"),
    "leaked from except-as": _read_as("try:\n    os.x\nexcept AttributeError as hidden_error:\n    pass\nhidden_error"),
    "history: _": _read_as("print(_)"),
    "history: numbered": _read_as("_3 + 1"),
    "history: Out": _read_as("Out[3]"),
    "history: _ih": _read_as("_ih[-2]"),
    "%store -r": _read_as("%store -r"),
    "%run": _read_as("%run other.ipynb"),
    "exec": _read_as("import os\nexec(os.sep)"),
    "globals()": _read_as("globals()['{name}_2'] = 1"),
    "user_ns": _read_as("get_ipython().user_ns['{name}']"),
    "function called before its global": _called_early,
    "removed import": _without_import,
    "cell moved up": _moved_up,
    "body of %%timeit reads": _read_as("%%timeit -n 1 -r 1\nabs(stranger_in_magic)"),
    "result of %timeit": _read_as("took = %timeit -n 1 -r 1 -o abs(stranger_in_magic)"),
    "result of %prun": _read_as("took = %prun -r abs(stranger_in_magic)"),
    "method of a fresh instance": _run_early(_PART + "PartOver().size()"),
    "method of a named instance": _run_early(_PART + "part_over = PartOver()\npart_over.size()"),
    "method of an attribute": _run_early(
        _PART + "class BoxOver:\n    def __init__(self):\n        self.part = PartOver()\nBoxOver().part.size()"
    ),
    "method of an item": _run_early(_PART + "parts_over = [PartOver()]\nparts_over[0].size()"),
    "chain of methods": _run_early(
        "class PartOver:\n    def same(self):\n        return self\n    def size(self):\n        return {name}\n"
        "PartOver().same().size()"
    ),
    "property": _run_early(
        "class PartOver:\n    @property\n    def size(self):\n        return {name}\nPartOver().size"
    ),
    "function passed and called": _run_early(_HELPER + "def call_over(f):\n    return f()\ncall_over(helper_over)"),
    "function read through map": _run_early(_HELPER + "list(map(helper_over, [1]))"),
    "function as a key": _run_early(_HELPER + "sorted([1, 2], key=helper_over)"),
    "function in a table": _run_early(_HELPER + "table_over = {{'one': helper_over}}\ntable_over['one']()"),
    "partial": _run_early(_HELPER + "from functools import partial\ngo_over = partial(helper_over, 1)\ngo_over()"),
    "decorated function": _run_early(
        "def timed_over(f):\n    def inner(*rest):\n        return f(*rest)\n    return inner\n"
        "@timed_over\ndef helper_over():\n    return {name}\nhelper_over()"
    ),
    "generator": _run_early("def rows_over():\n    yield {name}\nfor row_over in rows_over():\n    pass"),
}
OF_IMPORTS = frozenset({"removed import"})
"""Kinds whose name an import binds."""
NAMELESS = frozenset({"%store -r", "%run", "exec", "globals()", "user_ns"})
STRANGERS = {
    "name in a line magic": "stranger_in_magic",
    "name in a timed assignment": "stranger_in_magic",
    "body of %%timeit reads": "stranger_in_magic",
    "result of %timeit": "stranger_in_magic",
    "result of %prun": "stranger_in_magic",
    "leaked from a comprehension": "hidden_part",
    "leaked from except-as": "hidden_error",
    "history: _": "_",
    "history: numbered": "_3",
    "history: Out": "Out",
    "history: _ih": "_ih",
}


def _with(cells: list[Text], place: int, source: str) -> list[Text]:
    return [*cells[:place], Text("code", source), *cells[place + 1 :]]


def _python(source: str) -> str:
    """The cell without its magics, whose Python is then read as it stands."""
    text = re.sub(r"(?m)^%%time$", "pass", source)
    text = re.sub(r"(?m)^%timeit (?:-\w \d+ )*(.*)$", r"\1", text)
    text = re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", text)
    return re.sub(r"(?m)^[?].*$|^[\w.]+[?]{1,2}$", "pass", text)


def _tree(cell: Text) -> ast.Module | None:
    try:
        return ast.parse(_python(cell.source)) if cell.kind == "code" else None
    except SyntaxError:
        return None


def _bound_in(tree: ast.Module | None) -> frozenset[str]:
    """The names that a cell binds anywhere."""
    return frozenset(_bindings(tree)) if tree is not None else frozenset()


def _bindings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imported(node)
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [alias.asname or alias.name.partition(".")[0] for alias in node.names]


def _links(cells: Cells, *, imports: bool = False) -> Iterator[Link]:
    trees = [_tree(cell) for cell in cells]
    bound: dict[str, list[int]] = {}
    for place, tree in enumerate(trees):
        for name in _bindings(tree) if tree else ():
            bound.setdefault(name, []).append(place)
    for name, places in bound.items():
        tree = trees[places[0]]
        if len(places) != 1 or name.startswith("_"):
            continue
        if imports:
            single = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)] if tree else []
            if not any(_imported(node) == [name] for node in single):
                continue
            here = [node for node in tree.body if node not in single] if tree else []
            if name in _reads(ast.Module(here, []), deep=True):
                continue
        elif _statement(tree, name) is None:
            continue
        later = list(enumerate(trees))[places[0] + 1 :]
        reading = [place for place, tree in later if tree is not None and name in _reads(tree)]
        anywhere = [place for place, tree in later if tree is not None and name in _reads(tree, deep=True)]
        if reading and reading[0] == anywhere[0]:
            yield Link(name, places[0], reading[0])


def _reads(tree: ast.AST, *, deep: bool = False) -> set[str]:
    """Names read at the top level of a cell; with `deep` also inside functions, classes and lambdas."""
    found: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if deep or not inner:
            waiting += ast.iter_child_nodes(node)
    return found


def _statement(tree: ast.Module | None, name: str) -> ast.stmt | None:
    """The plain top-level assignment of a name."""
    for node in tree.body if tree else ():
        if isinstance(node, ast.Assign) and [t.id for t in node.targets if isinstance(t, ast.Name)] == [name]:
            if len(node.targets) == 1:
                return node
    return None


def _binding(source: str, name: str) -> ast.stmt | None:
    if "%" in source or "!" in source:
        return None
    found = _statement(ast.parse(source), name)
    if found is None or found.end_lineno is None:
        return None
    text = source.split("\n")[found.lineno - 1 : found.end_lineno]
    return None if '"""' in "\n".join(text) or "'''" in "\n".join(text) else found
