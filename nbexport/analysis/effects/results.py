"""What a call into a library gives back: something new, a view, what it was given, or something that holds it."""

from __future__ import annotations

import ast

from nbexport.analysis.effects import paths
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    GRAPH,
    HELD,
    NOTHING,
    SHARED,
    SINGLE,
    SOURCE,
    Kind,
    Obj,
    Value,
    mutable,
    root_of,
)
from nbexport.analysis.effects.settings import FIGURE, REPLACED
from nbexport.analysis.effects.tables import Behavior

_MAPPED = frozenset({"numpy.load", "numpy.memmap"})


def result_of(
    m: Machine,
    behavior: Behavior,
    full: str,
    kind: str,
    receiver: Obj | None,
    arguments: Arguments,
    node: ast.AST,
) -> Value:
    """What a call gives back."""
    own = frozenset((receiver,)) if receiver is not None else NOTHING
    first = own or (arguments.positional[0] if arguments.positional else arguments.all())
    result = behavior.result
    data = mutable(arguments.all() | own)
    if receiver is None:
        setting_value = _setting(m, full, node)
        if setting_value is not None:
            return setting_value
    if result == "scalar":
        return NOTHING
    if result == "self":
        return first
    if result == "element":
        return m.iterate(first, node)
    if result == "elements":
        container = m.allocate(Kind.CONTAINER, node, full, word="list")
        container.add(ELEMENTS, m.iterate(first, node))
        return frozenset((container,))
    if result == "iterator":
        iterator = m.allocate(Kind.ITERATOR, node, full, name=full, word="take")
        iterator.add(SOURCE, arguments.all() | own)
        return frozenset((iterator,))
    word = kind or behavior.kind
    m.generating |= word == "generator"
    name = full
    if "." in word:
        # a kind of another library's table
        owner, _, word = word.partition(".")
        m.libraries.of(owner)
        name = f"{owner}.{full.rpartition('.')[2]}"
    obj = m.allocate(Kind.OBJECT, node, full, name=name, word=word)
    if result == "view":
        shared = frozenset(one for one in first if one.kind is Kind.OBJECT or word not in SINGLE)
        if first and all(one.kind is Kind.LITERAL for one in first):
            shared = data
        obj.add(SHARED, shared)
        if not word and receiver is not None:
            obj.word = receiver.word
    elif result == "graph":
        obj.add(GRAPH, data)
    elif word not in SINGLE and (
        result == "holds" or behavior.unknown or (not result and receiver is None and _is_class(full))
    ):
        obj.add(HELD, arguments.all() if result == "holds" or not behavior.unknown else arguments.all() | own)
    if receiver is not None and receiver.word in SINGLE:
        obj.add(HELD, receiver.fields.get(HELD, NOTHING))
    for name in ("dropout", "inplace", "max_norm") if root_of(full) == "torch" else ():
        given = arguments.keyword(name)
        if given is not None:
            obj.add(name, given)
    if word in SINGLE:
        obj.add(HELD, _kept(receiver, arguments, word))
    if full in _MAPPED and arguments.at(None, "mmap_mode") not in (None, m.literal("r"), m.literal("c")):
        obj.add(SHARED, frozenset(paths.place_of(m, arguments.at(0) or NOTHING)))
    return frozenset((obj,))


def _setting(m: Machine, full: str, node: ast.AST) -> Value | None:
    """What a function gives back that changes a setting, or gives the object that stands for one."""
    if any(setting.key == m.replaced[0] for setting in m.libraries.settings("set_by", full)):
        # what the setting was before, to be put back
        before = m.allocate(Kind.OBJECT, node, REPLACED, name=full, word=REPLACED)
        before.extra = m.replaced
        return frozenset((before,))
    for setting in m.libraries.settings("returned_by", full):
        if setting.key != FIGURE and not setting.display:
            place = m.place("setting", setting.key)
            m.settings[setting.key] = (setting, place)
            return frozenset((place,))
    return None


def _kept(receiver: Obj | None, arguments: Arguments, word: str) -> Value:
    """Lists and other objects that an array or a frame holds as elements."""
    if receiver is not None:
        return receiver.fields.get(HELD, NOTHING)
    inner = _inside(arguments.all())
    for _ in range(1 if word == "frame" else 0):
        inner = _inside(inner) | frozenset(obj for obj in inner if obj.kind is Kind.INSTANCE)
    return frozenset(obj for obj in inner if obj.kind in (Kind.CONTAINER, Kind.INSTANCE))


def _inside(value: Value) -> Value:
    return NOTHING.union(*(obj.fields.get(ELEMENTS, NOTHING) for obj in value))


def _is_class(full: str) -> bool:
    last = full.rpartition(".")[2]
    return last[:1].isupper() and not last.isupper()
