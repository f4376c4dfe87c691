"""Random state: what draws from a library's global generator, seeds it, or moves a generator on."""

from __future__ import annotations

import ast

from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    HELD,
    Kind,
    Obj,
)


def draw(m: Machine, generator: str, node: ast.AST, what: str, *, depends: bool = True) -> None:
    """Draw from a library's global generator.

    Args:
        m: Where the notebook runs.
        generator: The library.
        node: The call.
        what: The call, in words.
        depends: Whether what the call gives depends on the number that it draws.
    """
    place = m.place("random", generator)
    if depends:
        m.read(place, HELD, node, what)
    m.touched += 1
    if m.ledger.is_exported:
        m.drawn[generator] = m.drawn.get(generator, 0) + 1
    if m.ledger.is_exported or generator in m.seeded:
        m.write(place, HELD, node, f"draws from {generator}'s random state with {what}")


def seed(m: Machine, generator: str, node: ast.AST, what: str, arguments: Arguments) -> None:
    """Set a library's global generator."""
    place = m.place("random", generator)
    m.seeded[generator] = None
    saved = [
        obj for obj in arguments.all() if obj.kind is Kind.OBJECT and obj.word == "saved" and obj.name == generator
    ]
    if m.ledger.is_exported:
        m.drawn[generator] = m.drawn.get(generator, 0) + 1
        if not m.doubt and not m.weak:
            m.ledger.overwrite(place)
    elif saved and saved[0].extra[1] == m.drawn.get(generator, 0):
        m.ledger.restore(place, saved[0].extra[0])
    else:
        m.write(place, HELD, node, f"seeds {generator}'s random state with {what}")


def advance(m: Machine, objects: list[Obj], node: ast.AST, words: str) -> None:
    """Whoever is given a random generator may draw from it."""
    for obj in objects:
        if obj.kind is Kind.OBJECT and obj.word == "generator":
            m.write(obj, HELD, node, words)
