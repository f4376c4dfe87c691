"""What reaches outside of the notebook: files, data bases, the environment, states that are saved to be put back."""

from __future__ import annotations

import ast

from nbexport.analysis.effects import (
    items,
    paths,
)
from nbexport.analysis.effects.containers import first_of
from nbexport.analysis.effects.machine import Arguments, Machine, Special
from nbexport.analysis.effects.objects import (
    HELD,
    KEYS,
    NOTHING,
    Kind,
    Obj,
    Value,
    literal,
)

_ARCHIVES = {"zipfile.ZipFile": "", "tarfile.open": "", "h5py.File": "connection"}
"""Functions that open a file of many files → the kind of what they give."""


def open_file(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`open`: reads or writes by its mode."""
    path = arguments.at(0, "name" if called.name in ("h5py.File", "tarfile.open") else "file") or NOTHING
    known, mode = literal(arguments.at(1, "mode") or m.literal("r"))
    if isinstance(mode, str):
        mode = mode.partition(":")[0]
    # what an archive or a table in a file holds can be asked for again: reading moves nothing on
    word = _ARCHIVES.get(called.name, "file")
    name = called.name if called.name in _ARCHIVES else "builtins.open"
    opened = m.allocate(Kind.OBJECT, node, "open", name=name, word=word)
    opened.add(HELD, frozenset(paths.place_of(m, path)))
    if not known or not isinstance(mode, str) or set(mode) & set("wax+"):
        paths.written(m, path, node)
    if not known or not isinstance(mode, str) or "r" in mode or "+" in mode or "a" in mode:
        paths.read(m, path, node)
    return frozenset((opened,))


def path_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`Path`."""
    known = paths.joined(m, list(arguments.positional), node, path=True)
    if known is not None:
        return known
    return frozenset((m.allocate(Kind.OBJECT, node, "path", name="pathlib.Path", word="path"),))


def joined_path(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`os.path.join`."""
    return paths.joined(m, list(arguments.positional), node, path=False) or NOTHING


def connection_to(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """A connection to a data base in a file."""
    path = first_of(arguments)
    made = m.allocate(Kind.OBJECT, node, "connection", name=called.name, word="connection")
    made.add(HELD, frozenset(paths.place_of(m, path)))
    return frozenset((made,))


def changed_directory(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`os.chdir`."""
    paths.change_directory(m, first_of(arguments), node)
    return NOTHING


def state_saver(word: str, name: str) -> Special:
    """What gives a state that can be put back: `np.random.get_state()`, `os.getcwd()`."""

    def save(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
        place = m.place(word, name)
        m.read(place, HELD, node)
        made = m.allocate(Kind.OBJECT, node, "saved", name=name if word == "random" else word, word="saved")
        made.extra = (m.ledger.saved(place), m.drawn.get(name, 0)) if word == "random" else m.directory
        return frozenset((made,))

    return save


def environment_read(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`os.getenv` and its kin."""
    items.read_environment(m, first_of(arguments), node)
    return NOTHING


def environment_set(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`os.putenv` and its kin."""
    items.set_environment(m, first_of(arguments), node)
    return NOTHING


def environment_updated(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`os.environ.update`."""
    for name in arguments.keywords or ():
        items.set_environment(m, m.literal(name), node)
    for value in arguments.positional:
        for obj in value:
            items.set_environment(m, obj.fields.get(KEYS, NOTHING), node)
    return NOTHING


def grad_mode(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`torch.no_grad` and its kin: a setting once they are entered."""
    return frozenset((m.allocate(Kind.OBJECT, node, "grad mode", name=called.name, word="context"),))


def patch_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`mock.patch("math.exp")`: replaces it when it is started, and for a block when it is entered."""
    made = m.allocate(Kind.OBJECT, node, "patch", name=called.name, word="patch")
    known, made.extra = literal(first_of(arguments))
    return frozenset((made,)) if known else NOTHING


def checked_state(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`check_random_state`: a generator is given back as it is, a seed makes one."""
    given = frozenset(obj for obj in first_of(arguments) if obj.kind is Kind.OBJECT)
    m.generating = True
    if given:
        return given
    return frozenset((m.allocate(Kind.OBJECT, node, "generator", name="numpy.random.RandomState", word="generator"),))


def memory_view(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`memoryview`: shares what it looks at."""
    view = m.allocate(Kind.OBJECT, node, "memoryview", name="builtins.memoryview", word="array")
    view.add("=", frozenset(obj for obj in first_of(arguments) if obj.kind is Kind.OBJECT))
    return frozenset((view,))
