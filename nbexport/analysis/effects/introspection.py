"""Functions of Python's that look inside objects and namespaces, or at values without keeping them."""

from __future__ import annotations

import ast

from nbexport.analysis.effects import (
    instances,
    settings,
)
from nbexport.analysis.effects.containers import elements_of, first_of
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    ELEMENTS,
    HELD,
    KEYS,
    NOTHING,
    SELF,
    Kind,
    Obj,
    Value,
    classes_of,
    literal,
    root_of,
    texts,
)

_TEXTS = frozenset("__str__ __repr__ __format__".split())


_TEXT_FUNCTIONS = frozenset("builtins.print builtins.repr builtins.str builtins.format builtins.display".split())


def get_attribute(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`getattr`: any attribute where the name is not known."""
    known = list(texts(arguments.at(1) or NOTHING))
    owner = first_of(arguments)
    results = [m.attribute(owner, name, node) for name in known]
    if not known:
        for obj in owner:
            for part in (obj, *classes_of(obj)):
                for name in list(part.fields):
                    if part.kind in (Kind.INSTANCE, Kind.CLASS) and not name.startswith(("__", ".", "#", "=")):
                        results.append(m.attribute(frozenset((obj,)), name, node))
            if obj.kind is Kind.OBJECT:
                results.append(frozenset((obj,)))
    return NOTHING.union(*results, *arguments.positional[2:])


def set_attribute_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`setattr`."""
    stored = arguments.at(2) or NOTHING
    for name in list(texts(arguments.at(1) or NOTHING)) or [HELD]:
        m.store_attribute(first_of(arguments), name, stored, node)
    return NOTHING


def delete_attribute(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`delattr`."""
    for obj in first_of(arguments):
        m.write(obj, HELD, node, "deletes an attribute")
    return NOTHING


def variables_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`vars`."""
    value = first_of(arguments)
    return m.attribute(value, "__dict__", node) if arguments.positional else frozenset((m.module.cell,))


def global_variables(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`globals` and `locals`."""
    return frozenset((m.module.cell,))


def super_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`super`."""
    frame = next((one for one in reversed(m.frames) if one.owner is not None), None)
    if frame is None:
        return NOTHING
    made = m.allocate(Kind.SUPER, node, f"super {id(frame.owner)}")
    made.extra = frame.owner
    made.fields[SELF] = arguments.at(1) or frame.first
    return frozenset((made,))


def type_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`type`: the class of an object, or a new class."""
    if len(arguments.positional) == 3:
        owner = m.allocate(Kind.CLASS, node, "type", name="type")
        bases = [obj for base in (arguments.at(1) or NOTHING) for obj in elements_of(base)]
        owner.extra = instances.lookup_order(owner, bases)
        for space in arguments.at(2) or NOTHING:
            for name, value in space.fields.items():
                if name.startswith("="):
                    owner.add(name[1:], value)
            for name in texts(space.fields.get(KEYS, NOTHING)):
                # which key has which value is not kept
                owner.add(name, space.fields.get(ELEMENTS, NOTHING))
                m.looking |= instances.looks(name)
        instances.subclassed(m, owner, {}, node)
        return frozenset((owner,))
    return frozenset(obj.extra for obj in first_of(arguments) if obj.kind is Kind.INSTANCE)


def evaluated_text(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """`eval` and `exec` of a literal run what it says."""
    known, text = literal(first_of(arguments))
    if not known or not isinstance(text, str) or len(arguments.positional) > 1:
        return NOTHING
    try:
        statements = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return NOTHING
    if len(statements) == 1 and isinstance(statements[0], ast.Expr):
        return m.evaluate(statements[0].value)
    m.run(statements)
    return NOTHING


def looked_at(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Functions that look at what they are given and give back something of their own that holds nothing of it."""
    value = arguments.all()
    m.read_deep(value, node)
    for obj in arguments.keyword("file") or NOTHING:
        m.write(obj, HELD, node, "prints into it")
        if obj.kind is Kind.INSTANCE:
            m.call(m.attribute(frozenset((obj,)), "write", node), Arguments((NOTHING,)), node)
    if called.name in ("builtins.hasattr", "builtins.dir"):
        for obj in first_of(arguments):
            if obj.kind is Kind.OBJECT:
                settings.looked_up(m, f"{root_of(obj.name)}.hasattr", node)
    instances.look(m, value, node, _TEXTS if called.name in _TEXT_FUNCTIONS else frozenset())
    if called.name in _TEXT_FUNCTIONS and called.name != "builtins.print":
        settings.written_out(m, value, node)
    return NOTHING


def exception_of(m: Machine, called: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """An exception keeps what it is given."""
    made = m.allocate(Kind.OBJECT, node, "exception", name=called.name, word="exception")
    made.add(HELD, arguments.all())
    return frozenset((made,))
