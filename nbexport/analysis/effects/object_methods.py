"""Objects of libraries whose methods do more than a table can say: generators, files, data bases, loggers, patches.

rng.normal()                             moves `rng` on
base.execute("select count(*) from t")   reads; any other statement may write to the file of the data base
log.setLevel(logging.ERROR)              changes what asks for the level
"""

from __future__ import annotations

import ast

from nbexport.analysis.effects import callbacks
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import HELD, NOTHING, SINGLE, Kind, Obj, Value, literal, reach
from nbexport.analysis.effects.settings import set_attribute, set_by

_STILL_GENERATOR = frozenset("get_state getstate __getstate__ initial_seed bit_generator spawn_key".split())
_WRITING = frozenset("__setitem__ __delitem__ __setattr__ __delattr__ __setstate__ __iadd__ __imul__".split())
_GRAD_MODES = frozenset({"torch.no_grad", "torch.inference_mode", "torch.enable_grad"})
_SQL = ("execute", "sql", "query")
_READS_SQL = ("select", "pragma", "explain", "with", "show", "describe")


def known_object(m: Machine, obj: Obj, root: str, name: str, arguments: Arguments, node: ast.AST) -> Value | None:
    """Note what a method does because of what the object is; what it gives back where that settles the call.

    Args:
        m: The run.
        obj: Whose method.
        root: The library that it comes from.
        name: The method.
        arguments: What is passed.
        node: The call.
    """
    if obj.word in ("generator", "file", "iterator") and name not in _STILL_GENERATOR:
        _move(m, obj, name, node)
    if name in _WRITING:
        m.write(obj, HELD, node, f"calls `.{name}()`")
    if name == "__enter__" and obj.name in _GRAD_MODES:
        set_by(m, "torch.set_grad_enabled", obj.name, node, arguments=Arguments())
    if obj.word == "patch" and name in ("start", "__enter__"):
        module, _, attribute = str(obj.extra).rpartition(".")
        set_attribute(m, m.library(module), attribute, node)
    if root == "logging":
        return _log(m, obj, name, arguments, node)
    if obj.word not in SINGLE and name == "cursor":
        return frozenset((obj,))
    if obj.word not in SINGLE and name.startswith(_SQL):
        # a data base may have been given functions of the notebook
        callbacks.by_method(m, name, obj, arguments, node)
        return _query(m, obj, arguments, node)
    return None


def _move(m: Machine, obj: Obj, name: str, node: ast.AST) -> None:
    """A generator, a file or an iterator moves on with every use."""
    m.write(obj, HELD, node, f"calls `.{name}()`, which moves it on")
    for place in obj.fields.get(HELD, ()):
        if place.kind is Kind.PLACE and name.startswith(("write", "truncate")):
            m.write(place, HELD, node, f"writes `{place.name}`")


def _log(m: Machine, logger: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """A level that is set changes what asks for the level, and otherwise only what is logged."""
    if name in ("setLevel", "disable"):
        m.write(logger, "level", node, f"calls `.{name}()`")
    elif name in ("isEnabledFor", "getEffectiveLevel"):
        m.read(logger, "level", node)
    m.use(arguments.all(), node)
    log(m, name, arguments, node)
    return frozenset((logger,))


def log(m: Machine, name: str, arguments: Arguments, node: ast.AST) -> None:
    """A function of `logging` or a method of a logger: every handler and filter may hear of it."""
    everywhere = m.place("logging", "handlers")
    if name in ("addHandler", "addFilter"):
        everywhere.add(HELD, arguments.all())
    elif name == "basicConfig":
        everywhere.add(HELD, arguments.keyword("handlers") or NOTHING)
    callbacks.lent(m, everywhere.fields.get(HELD, NOTHING))
    callbacks.by_method(m, name, everywhere, arguments, node)


def _query(m: Machine, connection: Obj, arguments: Arguments, node: ast.AST) -> Value | None:
    """A statement in SQL: the rows that it reads, or None where it may do more than read."""
    known, text = literal(arguments.positional[0]) if arguments.positional else (False, None)
    reads = known and isinstance(text, str) and text.lstrip().lower().startswith(_READS_SQL)
    for place in reach((connection,)):
        if place.kind is Kind.PLACE and place.word == "file":
            if not reads:
                m.write(place, HELD, node, f"writes to `{place.name}`")
            m.read(place, HELD, node)
    if not reads:
        return None
    m.read_deep((connection, *arguments.all()), node)
    rows = m.allocate(Kind.OBJECT, node, "rows", name=connection.name, word="iterator")
    return frozenset((rows,))
