"""Looks at what readers of pandas, polars and numpy return, while the notebook's own code calls them.

So a table is checked as the notebook reads it, whatever the call says of separators, decimals, types and columns.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

READERS = {
    "pandas": (
        *("read_csv", "read_table", "read_fwf", "read_json", "read_excel", "read_parquet", "read_feather", "read_orc"),
        *("read_pickle", "read_hdf", "read_stata", "read_sas", "read_spss", "read_xml", "read_html", "read_sql"),
        *("read_sql_query", "read_sql_table"),
    ),
    "polars": ("read_csv", "read_parquet", "read_json", "read_ndjson", "read_excel", "read_ipc", "read_database"),
    "numpy": ("loadtxt", "genfromtxt", "load"),
}
ALREADY = ("skiprows", "comment", "names", "usecols", "skipfooter", "nrows", "on_bad_lines", "skip_header", "quoting")
"""Options with which a file need not be a rectangle that begins with its header."""


@dataclass(frozen=True)
class Read:
    """One call of a reader."""

    source: Any
    """What it read: a path, an open file, a query."""
    options: Mapping[str, Any]
    result: Any

    @property
    def path(self) -> Path | None:
        """The file that it read; None where it is not one."""
        text = self.source if isinstance(self.source, str | Path) else getattr(self.source, "name", None)
        try:
            path = Path(text) if isinstance(text, str | Path) else None
            return path if path is not None and path.is_file() else None
        except (OSError, ValueError):
            return None

    @property
    def delimiter(self) -> str | None:
        """What separates fields; None where the call does not say."""
        for name in ("sep", "delimiter", "separator"):
            if isinstance(self.options.get(name), str):
                return str(self.options[name])
        return None

    @property
    def rectangular(self) -> bool:
        """Whether every line of the file should have as many fields as the first."""
        header = self.options.get("header", "infer")
        return header in ("infer", 0, None, True, False) and not any(self.options.get(name) for name in ALREADY)


@contextmanager
def watched(code: Path, look: Callable[[Read], None]) -> Iterator[None]:
    """Hand each result of a reader to a function, before the notebook's code gets it.

    Args:
        code: The folder of the project, whose modules may have imported a reader by its name.
        look: Gets each call.
    """
    replaced: list[tuple[ModuleType, str, Any]] = []
    own = [module for module in list(sys.modules.values()) if _is_in(module, code)]
    for library, names in READERS.items():
        if library not in sys.modules:
            continue
        module = importlib.import_module(library)
        for name in names:
            reader = getattr(module, name, None)
            if reader is None:
                continue
            watcher = _watcher(reader, look)
            places = [(module, name)]
            places += [(user, key) for user in own for key, value in vars(user).items() if value is reader]
            for user, key in places:
                replaced.append((user, key, reader))
                setattr(user, key, watcher)
    try:
        yield
    finally:
        for user, key, reader in replaced:
            setattr(user, key, reader)


def _watcher(reader: Callable[..., Any], look: Callable[[Read], None]) -> Callable[..., Any]:
    try:
        signature: inspect.Signature | None = inspect.signature(reader)
    except (TypeError, ValueError):
        signature = None

    @wraps(reader)
    def watcher(*positional: Any, **named: Any) -> Any:
        result = reader(*positional, **named)
        options = dict(named)
        if signature is not None:
            options = dict(signature.bind(*positional, **named).arguments)
        values = iter(options.values())
        look(Read(positional[0] if positional else next(values, None), options, result))
        return result

    return watcher


def _is_in(module: ModuleType, folder: Path) -> bool:
    """Whether a module's file is in a folder, and not a library's."""
    file = getattr(module, "__file__", None)
    return bool(file) and Path(str(file)).parent == folder
