"""Objects whose attributes are all there is to them; asked last, when no library knows a value better."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import HEIR, Allowed, Family
from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError
from nbexport_runtime.bundle.interface import LAST, Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder


def encode(value: Any, path: str, encoder: Encoder, *, without: frozenset[str] = frozenset()) -> Tree:
    """The tree of an object.

    Args:
        value: The object.
        path: Where it stands.
        encoder: What turns its attributes into trees.
        without: Attributes that its library computes again when they are missing.

    Raises:
        UnsaveableError: There is more to it than its attributes.
    """
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    encoder.may_contain_itself(value)
    try:
        reduced = value.__reduce_ex__(2)
    except RecursionError:
        raise
    except Exception as error:
        # any object may refuse in its own words
        raise UnsaveableError(f"`{path}` is a {name}, which cannot be saved: {error}") from error
    # a namespace says that it is made by a call without arguments, which is as plain
    empty = isinstance(value, types.SimpleNamespace) and reduced[:2] == (kind, ())
    plain = isinstance(reduced, tuple) and getattr(reduced[0], "__name__", "") == "__newobj__" and len(reduced[1]) == 1
    if not (empty or plain) or any(part is not None for part in reduced[3:]):
        raise UnsaveableError(f"`{path}` is a {name}, which has no form as plain data")
    state = reduced[2] if len(reduced) > 2 else None
    if without and isinstance(state, dict):
        state = {name: entry for name, entry in state.items() if name not in without}
    class_path = encoder.class_path(kind, path)
    if encoder.trust is not None:
        _refuse(encoder.trust.family(class_path)[1], state, f"`{path}`: `{class_path}`")
    return {"t": "object", "class": class_path, "v": encoder.encode(state, path)}


def decode(tree: Tree, decoder: Decoder) -> Any:
    """The object of a tree."""
    kind: Any
    kind, family = decoder.trust.family(tree["class"])
    value = kind.__new__(kind)
    decoder.begin(tree, value)
    state = decoder.decode(tree["v"])
    _refuse(family, state, f"`{tree['class']}`")
    set_state(value, state, run=family.setstate)
    return value


def set_state(value: Any, state: Any, *, run: bool) -> None:
    """Give an object the state that its `__reduce_ex__` told, as `copyreg` defines it.

    Args:
        value: The object, without any.
        state: Its attributes, those in slots apart.
        run: Whether the object's own `__setstate__` may take it over.

    Raises:
        UntrustedError: The state holds something that is not an attribute.
    """
    if state is None:
        return
    if hasattr(value, "__setstate__") and run:
        value.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if attributes:
        value.__dict__.update(attributes)
    for name, entry in (slots or {}).items():
        if name.startswith("__"):
            # `__class__` would make another object of it
            raise UntrustedError(f"`{name}` is not an attribute that a bundle may set")
        object.__setattr__(value, name, entry)


def _refuse(family: Family, state: Any, what: str) -> None:
    if family is HEIR:
        raise UntrustedError(f"{what} inherits a `__setstate__` that no bundle may run")
    for name in family.refused:
        if isinstance(state, dict) and name in state:
            raise UntrustedError(f"{what} with `{name}` would run what stands in it")


CODEC = Codec(
    encode=encode,
    decoders={"object": decode},
    allowed=Allowed(
        families=(
            Family("types:SimpleNamespace", named=True),
            Family("argparse:Namespace", named=True),
            Family("collections:UserDict"),
            Family("collections:UserList"),
            Family("uuid:UUID", setstate=True),
        )
    ),
    rank=LAST,
)
