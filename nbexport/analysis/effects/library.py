"""Calls into libraries: what the tables say of them, and what has to be assumed where no table does.

    np.put(rows, 0, 9)         the table of numpy: changes its first argument
    frame.describe()           the table of pandas: leaves everything alone
    somelib.audit(frame)       no table: `frame` may be changed, an assumption if exported code reads it later

Whoever receives a function may call it, whoever receives an iterator may use it up, and a random generator that is
passed on may be drawn from, whatever the table says.
"""

from __future__ import annotations

import ast

from nbexport.analysis.effects import callbacks, instances, paths
from nbexport.analysis.effects.choosing import for_method, groups
from nbexport.analysis.effects.handing_over import assume, hand_over, runs
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.object_methods import known_object, log
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    FITTED,
    HELD,
    NOTHING,
    PART,
    SELF,
    SINGLE,
    Kind,
    Obj,
    Value,
    literal,
    mutable,
    reach,
    root_of,
)
from nbexport.analysis.effects.paths import COMMANDS
from nbexport.analysis.effects.pictures import PLOTTING, is_plotting, plot
from nbexport.analysis.effects.random_state import advance, draw, seed
from nbexport.analysis.effects.results import result_of
from nbexport.analysis.effects.settings import looked_up, set_by
from nbexport.analysis.effects.tables import UNKNOWN, Behavior
from nbexport.analysis.effects.torch_modules import module_called, set_mode
from nbexport.analysis.touched import RUN_AT_ONCE

_TORCH_FORWARD = frozenset({"forward", "__call__"})


_LISTED = frozenset({"sys", "os", "matplotlib"})
_LIST_CHANGES = frozenset("append insert extend remove pop clear update setdefault".split())
"""What changes a list or dict that a module keeps: `sys.path.insert`."""
_DRAWING = frozenset("resample rvs sample shuffle split".split())
"""Methods that draw from a generator that their object was given, whatever else they leave alone."""
_ADDING = ("add_", "register_", "set_", "append", "insert", "__set")


def function(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call a function or class of a library."""
    full = called.name
    root = full.partition(".")[0]
    table = m.libraries.of(root)
    owner, _, last = full.rpartition(".")
    if (
        table is not None
        and owner.rpartition(".")[2][:1].isupper()
        and arguments.positional
        and table.methods(last)
        and _are_objects(arguments)
    ):
        # `DataFrame.insert(frame, …)` is `frame.insert(…)`
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.rest)
        return NOTHING.union(*(_method_of(m, obj, last, rest, node) for obj in arguments.positional[0]))
    if called.taints:
        m.read(called, HELD, node)
    if root in _LISTED and last in _LIST_CHANGES and owner.count("."):
        module, _, attribute = owner.rpartition(".")
        m.write(m.library(module), attribute, node, f"calls `{full}()`")
    if last == "spectral_norm":
        for obj in arguments.at(0) or NOTHING:
            obj.add("max_norm", m.literal(1))
    if root == "logging":
        log(m, last, arguments, node)
    if full in COMMANDS:
        paths.command(m, arguments, node)
    behaviors = list(groups(table.functions(full), "", arguments, node)) if table is not None else []
    if not behaviors:
        behaviors = [table.unlisted if table is not None else UNKNOWN]
    kind = table.kind_of(full) if table is not None else ""
    return _apply(m, behaviors, full, kind, None, arguments, node)


def _are_objects(arguments: Arguments) -> bool:
    """Whether the first argument is something that has methods of its own."""
    return any(obj.kind in (Kind.OBJECT, Kind.INSTANCE) for obj in arguments.positional[0])


def method(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call a method of an object that a library made, or that an instance inherits from a library."""
    results = [_method_of(m, obj, called.name, arguments, node) for obj in called.fields[SELF]]
    return results[0] if len(results) == 1 else NOTHING.union(*results)


def _method_of(m: Machine, obj: Obj, name: str, arguments: Arguments, node: ast.AST) -> Value:
    behaviors, table = for_method(m, obj, name, arguments, node)
    root = table.name if table is not None else root_of(obj.name)
    value = known_object(m, obj, root, name, arguments, node)
    if value is not None:
        return value
    if root == "torch" and name in _TORCH_FORWARD:
        return module_called(m, obj, arguments, node)
    return _apply(m, behaviors, f"{root}.{name}", "", obj, arguments, node)


def called_object(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call an object that a library made: a torch module, a vectorized function."""
    root = obj.name.partition(".")[0]
    if root in ("torch", "torchvision", "timm"):
        return module_called(m, obj, arguments, node)
    for held in reach(obj.fields.get(HELD, NOTHING)):
        if held.is_callable:
            m.call(frozenset((held,)), Arguments((arguments.all(),)), node)
    return _method_of(m, obj, "__call__", arguments, node)


def _apply(
    m: Machine,
    behaviors: list[Behavior],
    full: str,
    kind: str,
    receiver: Obj | None,
    arguments: Arguments,
    node: ast.AST,
) -> Value:
    """Note all that a call does, and give back what it makes.

    Args:
        m: The run.
        behaviors: What the table says; the last one gives the result.
        full: The full name of a function, or `library.method`.
        kind: What the function makes, by the table.
        receiver: The object whose method is called.
        arguments: What is passed.
        node: The call.
    """
    last = behaviors[-1]
    passed = arguments.all()
    own = frozenset((receiver,)) if receiver is not None else NOTHING
    lazy = last.result == "iterator"
    root = full.partition(".")[0]
    looked_up(m, full, node)
    if not lazy and (passed or own):
        sets = any(behavior.mode or behavior.overwrites for behavior in behaviors)
        m.read_deep(passed if sets else passed | own, node)
        for obj in own if sets and not any(behavior.mode for behavior in behaviors) else ():
            for part in reach((obj,)):
                m.ledger.read(part, HELD, node, m.frame.code, but=FITTED)
        instances.look(m, passed, node, None)
        if not last.leaves or any(runs(obj) for obj in passed):
            hand_over(m, full, receiver, arguments, node, unknown=last.unknown)
        callbacks.lent(m, passed)
    if receiver is not None:
        name = full.rpartition(".")[2]
        callbacks.by_method(m, name, receiver, arguments, node)
        if m.generating and name in _DRAWING:
            advance(m, reach((receiver,)), node, f"calls `.{name}()`, which draws from it")
    elif passed:
        callbacks.by_function(m, full, arguments, node)
    if root in PLOTTING or any(is_plotting(obj) for obj in own):
        plot(m, full, receiver, arguments, node)
    for behavior in behaviors:
        _change(m, behavior, full, receiver, arguments, node)
    written = arguments.keyword("out")
    if written is not None and root != "builtins":
        m.write_deep(mutable(written), node, "is written to by `out=`")
    if last.unknown:
        assume(m, full, receiver, passed | own, node)
    result = result_of(m, last, full, kind, receiver, arguments, node)
    if m.lending:
        runs_at_once = receiver is None or full.rpartition(".")[2] in RUN_AT_ONCE
        _keep_code(result if runs_at_once else result | own, passed)
    return result


def _keep_code(holders: Value, passed: Value) -> None:
    """What a library makes may run the functions that it was given, whatever else it copies."""
    code = frozenset(one for one in reach(obj for obj in passed if obj.kind is not Kind.OBJECT) if one.is_callable)
    for obj in holders if code else ():
        if obj.kind is Kind.OBJECT and obj not in passed:
            obj.add(HELD, code)


def _change(
    m: Machine, behavior: Behavior, full: str, receiver: Obj | None, arguments: Arguments, node: ast.AST
) -> None:
    """Note what a group of the table says."""
    short = full.rpartition(".")[2]
    words = f"calls `.{short}()`" if receiver is not None else f"passes it to `{full}`"
    for target in behavior.changes:
        value = _target(target, behavior, receiver, arguments)
        changed = frozenset(reach(value)) if behavior.deep else value | _parts(value)
        field = FITTED if behavior.overwrites else HELD
        if receiver is None or short.startswith(_ADDING):
            _hold(value, arguments)
        for obj in changed:
            if obj.is_data:
                if behavior.overwrites and m.ledger.is_exported and not m.doubt and not m.weak:
                    m.ledger.overwrite(obj, FITTED)
                m.write(obj, field, node, words, alone=behavior.shallow)
    if behavior.deep or behavior.copies:
        _draw_through(m, short, receiver, arguments, node)
    if behavior.peeks:
        m.read(m.place("random", behavior.peeks), HELD, node, f"`{full}`")
    if m.generating and behavior.changes and receiver is not None:
        advance(m, reach((receiver,)), node, f"calls `.{short}()`, which may draw from it")
    if short == "backward" and receiver is not None:
        m.write_deep(frozenset((receiver,)), node, "calls `.backward()`", graph=True)
    if behavior.mode:
        known, constant = literal(arguments.positional[0]) if arguments.positional else (True, True)
        mode = behavior.mode if known and constant is not False else "eval" if known else "both"
        if receiver is not None:
            set_mode(m, frozenset((receiver,)), mode, node)
    for generator in behavior.seeds:
        seed(m, generator, node, f"`{full}`", arguments)
    for generator in filter(None, (behavior.draws, behavior.advances)):
        what = f"`{full}`" if receiver is None else f"`.{short}()`"
        draw(m, generator, node, what, depends=bool(behavior.draws))
    if behavior.writes is not None:
        paths.written(m, _target(behavior.writes, behavior, receiver, arguments), node)
    if behavior.writes_self and receiver is not None:
        paths.written(m, frozenset((receiver,)), node)
    if behavior.reads is not None:
        paths.read(m, _target(behavior.reads, behavior, receiver, arguments), node)
    if receiver is None:
        set_by(m, full, full, node, arguments=arguments)


def _hold(value: Value, arguments: Arguments) -> None:
    """What is changed by a call may keep the other arguments."""
    others = frozenset(
        obj for obj in arguments.all() - value if obj.is_data or obj.is_callable or obj.kind is Kind.CLASS
    )
    for obj in value:
        if obj.kind is Kind.CONTAINER:
            obj.add(ELEMENTS, others)
        elif obj.kind is Kind.INSTANCE or (obj.kind is Kind.OBJECT and obj.word not in SINGLE):
            obj.add(HELD, others)


def _draw_through(m: Machine, short: str, receiver: Obj | None, arguments: Arguments, node: ast.AST) -> None:
    """An estimator of estimators draws what the estimators draw that it holds, or clones of them."""
    own = frozenset((receiver,)) if receiver is not None else NOTHING
    for part in reach(own | arguments.all()):
        if part.kind is Kind.OBJECT and part is not receiver:
            for name in (short, "fit", "split") if receiver is None else (short, "split"):
                table = m.table_for(part)
                for behavior in groups(table.methods(name), part.word, arguments, node) if table is not None else ():
                    for generator in filter(None, (behavior.draws, behavior.advances)):
                        draw(m, generator, node, f"`.{short}()`", depends=bool(behavior.draws))


def _parts(value: Value) -> Value:
    """What an attribute of a library's object may be: `frozen.estimator` is what `frozen` was given."""
    return NOTHING.union(*(obj.fields.get(HELD, NOTHING) for obj in value if obj.extra == PART))


def _target(target: int | str, behavior: Behavior, receiver: Obj | None, arguments: Arguments) -> Value:
    if target == "self":
        return frozenset((receiver,)) if receiver is not None else NOTHING
    if target == "all":
        return arguments.all()
    if isinstance(target, int):
        name = behavior.parameters[target] if target < len(behavior.parameters) else ""
        value = arguments.at(target, name)
    else:
        value = arguments.keyword(target)
    return (value or NOTHING) | arguments.rest


def iterated(m: Machine, obj: Obj, node: ast.AST) -> None:
    """What iterating an object of a library does besides handing its elements out."""
    table = m.table_for(obj)
    for behavior in groups(table.methods("__iter__"), obj.word, Arguments(), node) if table is not None else ():
        if obj.word != "loader":
            _change(m, behavior, f"{root_of(obj.name)}.__iter__", obj, Arguments(), node)
