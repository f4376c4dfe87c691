"""Who decides what a bundle may name: not the bundle.

A path in a bundle (`module:name`) is followed only where the module is the project's own, or the name stands on the
list of its library (`ALLOWED` in each file of `codec/`). Nothing is imported before that is known, no attribute of a
module that the module only imported is reached, and no property runs:

    definitions:Config         the project's own class                        yes
    definitions:os.system      a module in between                            no
    definitions:Popen          defined elsewhere, the project imports it      no
    torch.nn.modules.linear:Linear   on the list of torch                     yes
    builtins:eval, operator:call     on no list                               no
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
import sysconfig
from collections.abc import Collection, Iterable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from nbexport_runtime.bundle.allowed import HEIR, Family
from nbexport_runtime.bundle.codec import codecs
from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError

PATH = re.compile(r"(?P<module>[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<name>[^\W\d]\w*(\.[^\W\d]\w*)*)")
NEVER = frozenset({"__main__", "conftest", "setup", "test", "testing", "tests"})
"""Parts of modules' names; importing such a module may do anything."""
INSTALLED = ("site-packages", "dist-packages")
OWN = Family("", setstate=True, named=True)
"""The project's own classes: what they do when they are loaded is the project's code."""


def modules_beside(file: str | Path) -> frozenset[str]:
    """The top-level modules and packages that lie beside a file: those of a project, beside its `model.py`."""
    folder = Path(file).resolve().parent
    modules = {path.stem for path in folder.glob("*.py")}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return frozenset(modules | packages) - {"nbexport_runtime", *NEVER}


class Trust:
    """What one project's bundles may name."""

    def __init__(self, own: Collection[str] = (), secrets: Collection[str] = ()) -> None:
        """Start from the libraries' lists.

        Args:
            own: Top-level modules of the project, which its bundles may name too.
            secrets: Environment variables that its bundles may ask for.
        """
        self.own = frozenset(own)
        self.secrets = frozenset(secrets)
        self._in_project: dict[str, bool] = {}
        self._families: dict[str, tuple[type, Family]] = {}

    def family(self, path: str) -> tuple[type, Family]:
        """A class whose objects a bundle may hold, and the family that allows it.

        Raises:
            UntrustedError: No bundle may hold one.
            UnsaveableError: It is not defined here.
        """
        if path not in self._families:
            self._families[path] = self._family(path)
        return self._families[path]

    def subclass(self, path: str, base: type, noun: str) -> type:
        """A class whose objects a bundle may hold, which derives from another.

        Args:
            path: Its path.
            base: What it has to derive from.
            noun: What to call that in messages.

        Raises:
            UntrustedError: No bundle may hold one, or it is something else.
            UnsaveableError: It is not defined here.
        """
        try:
            kind, _ = self.family(path)
        except UntrustedError:
            raise UntrustedError(f"`{path}` is not {noun} that a bundle may hold") from None
        if not issubclass(kind, base):
            raise UntrustedError(f"`{path}` is not {noun} that a bundle may hold")
        return kind

    def named(self, path: str) -> Any:
        """A function or class that may itself be a value.

        Raises:
            UntrustedError: It may not.
            UnsaveableError: It is not defined here.
        """
        module, name = _parts(path)
        if self.is_own(module):
            value = _member(_imported(module, path), name, path)
            if callable(value) and getattr(value, "__module__", None) == module:
                return value
        for allowed in (codec.allowed for codec in codecs()):
            if name in allowed.names.get(module, "").split():
                return _member(_imported(module, path), name, path)
            if module in allowed.kinds:
                value = _member(_imported(module, path), name, path)
                if isinstance(value, _at(allowed.kinds[module])):
                    return value
        if not self.is_own(module) and any(family.named for family in _holding(module, name)):
            value = _member(_imported(module, path), name, path)
            if isinstance(value, type) and self.family(path)[1].named:
                return value
        raise UntrustedError(f"`{path}` is not allowed in a bundle")

    def secret(self, variable: str) -> str:
        """The name of an environment variable that may be read for a bundle.

        Raises:
            UntrustedError: It may not: the answers of a model could give away what it holds.
        """
        if variable not in self.secrets:
            raise UntrustedError("it asks for an environment variable that this project does not read")
        return variable

    def method(self, owner: Any, name: str) -> Any:
        """A method bound to an object.

        Raises:
            UntrustedError: It may not be a value.
        """
        kind = type(owner)
        definer = next((base for base in kind.__mro__ if name in vars(base)), None)
        if definer is not None:
            if self.is_own(definer.__module__) and isinstance(vars(definer)[name], FunctionType):
                return getattr(owner, name)
            if not name.startswith("_"):
                paths = {f"{base.__module__}:{base.__qualname__}" for base in kind.__mro__}
                for allowed in (codec.allowed for codec in codecs()):
                    for path in paths & allowed.methods.keys():
                        if allowed.methods[path] == "*" or name in allowed.methods[path].split():
                            return getattr(owner, name)
        raise UntrustedError(f"`{kind.__module__}:{kind.__qualname__}.{name}` is not allowed in a bundle")

    def is_own(self, module: str) -> bool:
        """Whether a module is the project's own: the caller says so, and its file is neither Python's nor installed."""
        root = module.partition(".")[0]
        if root not in self.own or root in sys.stdlib_module_names:
            return False
        if root not in self._in_project:
            self._in_project[root] = _lies_in_project(root)
        return self._in_project[root]

    def _family(self, path: str) -> tuple[type, Family]:
        module, name = _parts(path)
        families = (OWN,) if self.is_own(module) else tuple(_holding(module, name))
        for family in families:
            kind = _member(_imported(module, path), name, path)
            if not isinstance(kind, type) or issubclass(kind, type):
                break
            # the project's own module may have imported it; a library's may have moved it since the bundle was written
            at_home = (kind.__module__, kind.__qualname__) == (module, name)
            if family is not OWN:
                at_home = family.holds(kind.__module__, kind.__qualname__)
            if at_home and issubclass(kind, _at(family.base)):
                return kind, HEIR if family is OWN and not self._may_set_state(kind) else family
        raise UntrustedError(f"`{path}` is not a class that a bundle may hold")

    def _may_set_state(self, kind: type) -> bool:
        """Whether the `__setstate__` of one of the project's classes is its own, or one that a list allows."""
        definer = next((base for base in kind.__mro__ if "__setstate__" in vars(base)), None)
        if definer is None or self.is_own(definer.__module__):
            return True
        return any(family.setstate for family in _holding(definer.__module__, definer.__qualname__))


def _parts(path: Any) -> tuple[str, str]:
    """Module and name.

    Raises:
        UntrustedError: It is not a plain path.
    """
    match = PATH.fullmatch(path) if isinstance(path, str) else None
    if match is None:
        raise UntrustedError(f"`{path}` is not allowed in a bundle")
    module, name = match["module"], match["name"]
    if NEVER.intersection(module.split(".")) or any(part.startswith("__") for part in name.split(".")):
        raise UntrustedError(f"`{path}` is not allowed in a bundle")
    return module, name


def _holding(module: str, name: str) -> Iterable[Family]:
    return (family for codec in codecs() for family in codec.allowed.families if family.holds(module, name))


def _imported(module: str, path: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UnsaveableError(f"`{path}` is not defined here ({error})") from error


def _member(module: ModuleType, name: str, path: str) -> Any:
    """What a module holds under a name, through classes of its own only.

    Raises:
        UntrustedError: The name leads through something else.
        UnsaveableError: There is nothing.
    """
    first, *rest = name.split(".")
    value = vars(module).get(first)
    for part in rest:
        if not isinstance(value, type) or value.__module__ != module.__name__:
            raise UntrustedError(f"`{path}` is not allowed in a bundle")
        plain = inspect.getattr_static(value, part, None)
        # a method of a class is its function; what else has a `__get__` would run it
        value = getattr(value, part) if isinstance(plain, classmethod | staticmethod) else plain
    if value is None:
        raise UnsaveableError(f"`{path}` is not defined here")
    return value


def _at(path: str) -> type:
    """A class that a list of ours names."""
    module, _, name = path.partition(":")
    kind: type = getattr(importlib.import_module(module), name)
    return kind


def _lies_in_project(root: str) -> bool:
    module = sys.modules.get(root)
    spec = getattr(module, "__spec__", None)
    if module is None:
        try:
            spec = importlib.util.find_spec(root)
        except ValueError:
            return False
    places = [getattr(module, "__file__", None), *(getattr(module, "__path__", None) or ())]
    if spec is not None:
        places += [spec.origin if spec.has_location else None, *(spec.submodule_search_locations or ())]
    paths = [Path(place).resolve() for place in places if place]
    return bool(paths) and not any(_is_installed(path) for path in paths)


def _is_installed(path: Path) -> bool:
    # a project inside Python's own folder is none, but one may hold a virtual environment
    library = Path(sysconfig.get_paths()["stdlib"]).resolve()
    return path.is_relative_to(library) or any(part in INSTALLED for part in path.parts)
