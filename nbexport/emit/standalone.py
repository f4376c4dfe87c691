"""Modules of the runtime that an export asks itself: those that need the standard library alone."""

from __future__ import annotations

import sys
from functools import cache
from importlib import util
from pathlib import Path
from types import ModuleType

from nbexport.emit import runtime


@cache
def standalone(path: str) -> ModuleType:
    """A module of the runtime by its path in the runtime's folder; no other module of it is imported."""
    name = f"nbexport_{Path(path).stem}"
    spec = util.spec_from_file_location(name, runtime.folder() / path)
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = util.module_from_spec(spec)
    # dataclasses look their module up
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
