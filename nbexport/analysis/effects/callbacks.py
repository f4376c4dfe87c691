"""What a library calls back: functions and objects of the notebook that it holds, methods that a class overrides.

words = CountVectorizer(tokenizer=count)      words.transform(rows) calls `count`
log.addHandler(Keep())                        log.warning("…") calls `Keep.emit`
Center().fit_transform(rows)                  inherited: it calls `Center.fit` and `Center.transform`
cross_val_score(Own(), rows, y)               fits clones of `Own()`

A table says which methods those of its library run (`runs`); where it does not say, a method may run all of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbexport.analysis.effects import instances
from nbexport.analysis.effects.machine import Arguments, Machine, anything
from nbexport.analysis.effects.objects import ELEMENTS, FUNCTION, NOTHING, Kind, Obj, Value, classes_of, reach, root_of

_OF_NOTEBOOK = frozenset({Kind.FUNCTION, Kind.METHOD, Kind.PARTIAL, Kind.WRAPPER, Kind.INSTANCE, Kind.CLASS})
_COST = 10
"""What a call back takes from the budget of called functions."""


def lent(m: Machine, passed: Value) -> None:
    """Note that a library may keep code of the notebook."""
    if not m.lending:
        m.lending = any(obj.kind in _OF_NOTEBOOK for obj in reach(obj for obj in passed if obj.kind is not Kind.OBJECT))


def by_method(m: Machine, name: str, receiver: Obj, arguments: Arguments, node: ast.AST) -> None:
    """A method of a library runs code of the notebook.

    Args:
        m: The run.
        name: The method.
        receiver: An object of the library, an instance of a class derived from one of it, or such a class.
        arguments: What is passed.
        node: The call.
    """
    if receiver.kind in (Kind.INSTANCE, Kind.CLASS):
        _run(m, receiver, name, arguments.all(), node)
    elif m.lending and receiver.fields:
        handed = frozenset((receiver,)) | arguments.all()
        for held in reach(NOTHING.union(*receiver.fields.values())):
            if held is receiver or m.budget <= 0:
                continue
            if held.is_callable:
                m.budget -= _COST
                m.call(frozenset((held,)), anything(handed), node)
            elif held.kind in (Kind.INSTANCE, Kind.CLASS):
                _run(m, held, name, arguments.all(), node)
    _given(m, name, arguments, node)


def by_function(m: Machine, full: str, arguments: Arguments, node: ast.AST) -> None:
    """A function of a library runs methods of what it is given."""
    name = full.rpartition(".")[2]
    _given(m, name, arguments, node)
    for obj in arguments.all():
        # `json.dumps(rows, cls=Encoder)`
        if obj.kind is Kind.CLASS and root_of(instances.library_base(obj)) == root_of(full):
            _run(m, obj, name, NOTHING, node)


def _given(m: Machine, name: str, arguments: Arguments, node: ast.AST) -> None:
    """Methods of instances that are passed: callbacks of a training, estimators that are cloned."""
    for obj in _instances(arguments.all()):
        table = m.libraries.of(root_of(instances.library_base(obj)))
        if table is None or not table.says_runs:
            continue
        if any(one.clones for one in table.runs(name)):
            clone = m.allocate(Kind.INSTANCE, node, f"clone {id(obj)}", name=obj.name, word=obj.word)
            clone.extra, clone.fields = obj.extra, dict(obj.fields)
            _run(m, clone, name, arguments.all() - {obj}, node)
        elif any(one.given for one in table.runs(name)):
            _run(m, obj, name, arguments.all(), node)


def _instances(value: Iterable[Obj]) -> list[Obj]:
    """Instances of classes that derive from a library's, also in lists."""
    held = [inner for obj in value if obj.kind is Kind.CONTAINER for inner in obj.fields.get(ELEMENTS, ())]
    return [obj for obj in (*value, *held) if obj.kind is Kind.INSTANCE and instances.library_base(obj)]


def _run(m: Machine, obj: Obj, name: str, passed: Value, node: ast.AST) -> None:
    """Run the methods of an instance or a class that a method of its library runs."""
    base = instances.library_base(obj)
    table = m.libraries.of(root_of(base)) if base else None
    if table is None:
        return
    told = table.says_runs and obj.kind is Kind.INSTANCE
    chosen = table.runs(name) if told else ()
    if told and not chosen:
        return
    arguments = anything(passed)
    for owner in classes_of(obj):
        if owner.kind is not Kind.CLASS:
            continue
        for method, value in list(owner.fields.items()):
            if told and not any(one.methods.match(method) for one in chosen):
                continue
            if not told and method.startswith("__") and method != "__call__":
                continue
            if m.budget > 0 and any(one.kind in (Kind.FUNCTION, Kind.WRAPPER) for one in value):
                m.budget -= _COST
                functions = instances.bound(m, obj, value, node) if obj.kind is Kind.INSTANCE else _unbound(value)
                m.call(frozenset(one for one in functions if one.is_callable), arguments, node)


def _unbound(value: Value) -> Value:
    """The functions of a class, out of `staticmethod` and the like."""
    return NOTHING.union(*(one.fields.get(FUNCTION, frozenset((one,))) for one in value))
