"""The shell door: command lines in, text and exit codes out.

argparse imports gettext, which imports locale, and pathlib imports urllib, which imports ipaddress. For a small
notebook that is a tenth of the time of a check, which never asks any of them. Here argparse and pathlib are imported
with stand-ins for them, unless they are there already; what is called later comes from the real module. Messages of
argparse are in English, as all others are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType


def import_lightly(name: str, *, without: str, functions: dict[str, Callable[..., object]]) -> None:
    """Import a module of the standard library with a stand-in for one that it needs, unless one of them is there.

    Args:
        name: The module.
        without: What it imports and hardly ever asks.
        functions: What the stand-in has.
    """
    if name in sys.modules or without in sys.modules:
        return
    stand_in = ModuleType(without)
    stand_in.__dict__.update(functions)
    sys.modules[without] = stand_in
    try:
        import_module(name)
    except (ImportError, AttributeError):
        pass  # a later Python that needs more of it: it is imported as always, where it is used
    finally:
        del sys.modules[without]


def _same(text: str) -> str:
    return text


def _plural(one: str, several: str, count: int) -> str:
    return one if count == 1 else several


def _quote_from_bytes(data: bytes, safe: bytes | str = "/") -> str:
    from urllib.parse import quote_from_bytes

    return quote_from_bytes(data, safe)


import_lightly("argparse", without="gettext", functions={"gettext": _same, "ngettext": _plural})
import_lightly("pathlib", without="urllib.parse", functions={"quote_from_bytes": _quote_from_bytes})
