"""What a library may do with what it receives: call it, use it up, draw from it, change it."""

from __future__ import annotations

import ast

from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    HELD,
    NOTHING,
    Kind,
    Obj,
    Value,
    classes_of,
    reach,
    root_of,
)
from nbexport.analysis.effects.pictures import PLOTTING
from nbexport.analysis.effects.random_state import advance, seed

_RETAINING = ("hook", "register", "callback", "subscribe", "connect", "bind", "on_", "add_done")


def hand_over(
    m: Machine, full: str, receiver: Obj | None, arguments: Arguments, node: ast.AST, *, unknown: bool
) -> None:
    """What a library may do with the functions, iterators and generators that it receives."""
    passed = arguments.all()
    short = full.rpartition(".")[2]
    callables: list[Obj] = []
    for obj in passed:
        callables += [one for one in (obj, *obj.fields.get(ELEMENTS, ())) if runs(one)]
        if obj.kind in (Kind.ITERATOR, Kind.GENERATOR) or obj.word in ("iterator", "file"):
            m.iterate(frozenset((obj,)), node)
    if callables:
        material = _material(m, short, receiver, passed - set(callables), node)
        for one in dict.fromkeys(callables):
            m.budget -= 10
            if m.budget > 0:
                m.call(frozenset((one,)), Arguments((material, material)), node)
            else:
                reason = f"`{full}` may call what it is given, and too much is called to follow that"
                m.write_deep(frozenset((one,)) | material, node, f"passes it to `{full}`", reason=reason)
        if receiver is not None and any(word in short for word in _RETAINING):
            receiver.add("hooks", frozenset(callables))
    if m.generating and not full.startswith("builtins.") and root_of(full) not in PLOTTING:
        advance(m, reach(passed), node, f"passes it to `{full}`, which may draw from it")
    if unknown:
        for obj in passed:
            if obj.kind is Kind.INSTANCE:
                _may_run_methods(m, obj, full, node)


def runs(obj: Obj) -> bool:
    """Whether whoever receives an object may run code of the notebook by calling it."""
    return obj.is_callable or (obj.kind is Kind.WRAPPER and obj.word in ("cached", "dispatch"))


def _material(m: Machine, short: str, receiver: Obj | None, others: Value, node: ast.AST) -> Value:
    """What a library passes to a function that it is given."""
    material = set(others)
    for obj in others:
        if obj.kind is Kind.CONTAINER:
            material |= obj.fields.get(ELEMENTS, NOTHING)
        elif obj.kind in (Kind.ITERATOR, Kind.GENERATOR):
            material |= obj.fields.get(ELEMENTS, NOTHING)
    if receiver is not None:
        if receiver.word == "frame" and short != "pipe":
            # rows and groups are copies
            material.add(m.allocate(Kind.OBJECT, node, "row", name=receiver.name, word="frame"))
            material |= receiver.fields.get(HELD, NOTHING)
        else:
            material |= set(reach((receiver,)))
    return frozenset(obj for obj in material if obj.is_data)


def _may_run_methods(m: Machine, obj: Obj, full: str, node: ast.AST) -> None:
    """A library that nobody knows may call any method of an object that it is given."""
    for owner in classes_of(obj):
        if owner.kind is Kind.CLASS and any(
            held.kind is Kind.FUNCTION and not name.startswith("__")
            for name, value in owner.fields.items()
            for held in value
        ):
            m.write(
                obj,
                HELD,
                node,
                f"passes it to `{full}`",
                reason=f"`{full}` may call methods of `{owner.name}`, and no table says what it does",
            )
            return


def assume(m: Machine, full: str, receiver: Obj | None, value: Value, node: ast.AST) -> None:
    """A call of which nothing is known may change all that it is given, and its library's own state."""
    named = f"`{full}`" if receiver is None else f"`.{full.rpartition('.')[2]}()`"
    root = root_of(full)
    known = m.libraries.of(root) is not None
    reason = f"no table says whether {named} changes what it is given" if known else f"no table knows `{root}`"
    if not root:
        reason = "the notebook does not show what that is"
    words = f"passes it to {named}" if receiver is None else f"calls {named}"
    m.write_deep(value, node, words, reason=reason)
    if not known:
        _assume_state(m, root, named, node, reason)
    if "seed" in full.rpartition(".")[2].lower():
        for generator in ("numpy", "random", "torch", "tensorflow"):
            seed(m, generator, node, named, Arguments())


def _assume_state(m: Machine, root: str, named: str, node: ast.AST, reason: str) -> None:
    """A library that no table knows may draw random numbers, and change what it keeps for itself."""
    for generator in m.seeded:
        place = m.place("random", generator)
        m.write(place, HELD, node, f"calls {named}, which may draw from {generator}'s random state", reason=reason)
    state = m.place("module", root)
    m.read(state, HELD, node)
    m.write(state, HELD, node, f"calls {named}", reason=reason)
