"""Loads a model with the code that it was saved with, apart from that of every other model in the process.

A bundle may carry its code in `code/`. While it is imported, its modules stand in `sys.modules` under their own names;
afterwards they are gone from there, and what their functions import later is found by an `__import__` of their own.
"""

import builtins
import importlib
import importlib.abc
import importlib.machinery
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from nbexport_runtime import bundle

SHARED = frozenset({"nbexport_runtime", "schemas", "serve"})
"""Modules of the running service, which are not part of a model."""

LoadModel = Callable[[Path], bundle.Loaded]

_LOCK = threading.RLock()


def load(folder: Path, load_model: LoadModel) -> bundle.Loaded:
    """A model; of its own code where it carries some, and of the project's otherwise.

    The code of an older nbexport brings a `Loaded` of its own: the same attributes, another class.

    Args:
        folder: The bundle.
        load_model: Loads a bundle with the project's code.

    Raises:
        BundleError: It failed a gate, or a file of it, code included, is not the one that was written.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        files = manifest["files"]
        failed_gates = manifest.get("failed_gates")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # loading it says better what is wrong with it
        return load_model(folder)
    if failed_gates:
        raise bundle.BundleError(
            f"`{folder}` did not pass its gates ({names_of(failed_gates)}), so it is not served; "
            "train a model that passes, or set MODEL_DIR to one"
        )
    if not isinstance(files, dict) or "code/model.py" not in files:
        return load_model(folder)
    # before any of its code is run
    bundle.compare_files(folder, files)
    own = Code(folder / "code", files)
    with own.present():
        loaded: bundle.Loaded = importlib.import_module("model").load_model(folder)
    return loaded


def names_of(gates: Any) -> str:
    """The failed gates of a manifest, which are texts or objects with a `name`."""
    entries = gates if isinstance(gates, list) else [gates]
    return ", ".join(str(entry.get("name", entry) if isinstance(entry, dict) else entry) for entry in entries)


class Code(importlib.abc.MetaPathFinder):
    """The modules of one version."""

    def __init__(self, folder: Path, files: Mapping[str, Any]) -> None:
        self._folder = folder.resolve()
        self._files = {self._folder.parent / name for name in files if name.endswith(".py")}
        names = {
            name.split("/")[1].removesuffix(".py")
            for name in files
            if name.startswith("code/") and name.endswith(".py")
        }
        self._names = frozenset(names - SHARED)
        self._modules: dict[str, ModuleType] = {}
        self._builtins = {**vars(builtins), "__import__": self._import}

    def owns(self, name: str) -> bool:
        """Whether a module is one of this version."""
        return name.partition(".")[0] in self._names

    @contextmanager
    def present(self) -> Iterator[None]:
        """The modules of this version stand in `sys.modules`, and those of the same names do not."""
        with _LOCK:
            others = {n: m for n, m in sys.modules.items() if self.owns(n)}
            for name in others:
                del sys.modules[name]
            sys.modules.update(self._modules)
            sys.meta_path.insert(0, self)
            try:
                yield
            finally:
                sys.meta_path.remove(self)
                self._modules = {n: m for n, m in sys.modules.items() if self.owns(n)}
                for name in self._modules:
                    del sys.modules[name]
                sys.modules.update(others)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Where a module of this version lies; only files that the manifest lists are run."""
        if not self.owns(fullname):
            return None
        places = [str(self._folder)] if path is None else list(path)
        spec = importlib.machinery.PathFinder.find_spec(fullname, places, target)
        if spec is None or spec.origin is None or Path(spec.origin) not in self._files:
            return None
        spec.loader = Loader(fullname, spec.origin, self._builtins)
        return spec

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - the names of `__import__`
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        package = str((globals or {}).get("__package__") or "")
        if not self.owns(package if level else name):
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        with self.present():
            return builtins.__import__(name, globals, locals, fromlist or (), level)


class Loader(importlib.machinery.SourceFileLoader):
    """Runs a module with builtins whose `__import__` knows its version."""

    def __init__(self, name: str, path: str, own: dict[str, Any]) -> None:
        super().__init__(name, path)
        self._own = own

    def exec_module(self, module: ModuleType) -> None:
        """Run it."""
        module.__dict__["__builtins__"] = self._own
        super().exec_module(module)

    def get_code(self, fullname: str) -> Any:
        """The code of the source alone: what is cached beside it was not checked."""
        path = self.get_filename(fullname)
        return compile(self.get_data(path), path, "exec", dont_inherit=True)
