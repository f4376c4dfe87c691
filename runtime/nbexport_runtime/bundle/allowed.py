"""What values of one library may name; each codec says it for its own library, and no bundle can add to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Family:
    """Classes of a library that may be rebuilt from their attributes."""

    pattern: str
    """`package.module:Class`, or `package.*` for every class defined somewhere in the package."""
    base: str = "builtins:object"
    """Path of a class that each of them derives from."""
    setstate: bool = False
    """Whether their `__setstate__` may be run: it does nothing but take over what it is given."""
    refused: tuple[str, ...] = ()
    """Attributes that they must not have, since the library would run what stands in them."""
    named: bool = False
    """Whether the class itself may be a value: calling it with anything does no harm."""

    def holds(self, module: str, name: str) -> bool:
        """Whether a class belongs to it, as far as its path says."""
        if self.pattern.endswith(".*"):
            return f"{module}.".startswith(self.pattern[:-1])
        return self.pattern == f"{module}:{name}"


@dataclass(frozen=True)
class Allowed:
    """Everything of one library that a bundle may use."""

    families: tuple[Family, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Functions and classes that may be values, by module, separated by spaces; none of them does harm, whatever the
    arguments."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Module → path of a type; every object of that type in the module may be a value."""
    methods: Mapping[str, str] = field(default_factory=dict)
    """Class → methods that may be values, bound to one of its objects; `*` stands for all public ones."""


HEIR = Family("", named=True)
"""Classes of the project that would do what a library's class does, which is on no list: scipy's distributions execute
text."""
