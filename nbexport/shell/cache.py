"""What was found in files that have not changed since: one JSON file per folder that checks are started in.

An entry is found by the notebook's path and believed when the size and the time of its last change are those of the
check, or when its bytes have the digest of then. Only the cells that findings are about are kept. An entry of another
version of nbexport or of Python, whose grammar differs, is never read.

`NBEXPORT_CACHE_DIR` says where the files lie; by default where the system keeps caches of this user.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbexport import __version__, model
from nbexport.model import Finding, Notebook
from nbexport.read.places import JsonPlaces
from nbexport.record import field, record, replace

try:
    from _blake2 import blake2b  # `hashlib` loads OpenSSL for the same function
except ImportError:  # another Python than CPython
    from hashlib import blake2b

Checked = tuple[Notebook, tuple[Finding, ...]]

SETTLED_NS = 2_000_000_000
"""A file that changed this shortly before it was checked may change again without another time: its bytes decide."""
MAX_ENTRIES = 50_000
PACKAGE = Path(__file__).parent.parent
_WITHOUT_CODE = ("labextension", "templates", "__pycache__")
_KNOWN = ("Notebook", "Cell", "Finding", "Problem", "Span", "Fix", "Edit", "Part", "Related", "Severity", "Role")


@record(frozen=False, eq=False)
class Cache:
    """The findings of earlier checks."""

    path: Path
    entries: dict[str, Any] = field(default_factory=dict)
    changed: bool = False

    def find(self, path: Path, *, level: int | None) -> Checked | None:
        """What was found in a file, as it is now and judged by this level; None when that is not known."""
        entry = self.entries.get(_key(path, level))
        if entry is None:
            return None
        try:
            status = path.stat()
            if [status.st_size, status.st_mtime_ns] != entry["stat"] or not entry["settled"]:
                if status.st_size != entry["stat"][0] or digest(path.read_bytes()) != entry["digest"]:
                    return None
                entry.update(times(status))
                self.changed = True
            notebook, findings = _unpacked(entry["found"])
        except (OSError, KeyError, TypeError, ValueError, AttributeError):
            # a file that cannot be read is reported by the check; an entry of another shape is not used
            return None
        return replace(notebook, path=str(path)), findings

    def keep(self, path: Path, digest: str, seen: Mapping[str, Any], checked: Checked, *, level: int | None) -> None:
        """Remember what was found.

        Args:
            path: The notebook's file.
            digest: That of its bytes, as they were checked.
            seen: Its `times` before it was read.
            checked: What was found, all of it.
            level: The level it was judged by.
        """
        self.entries[_key(path, level)] = {"digest": digest, "found": _packed(checked), **seen}
        self.changed = True

    def save(self) -> None:
        """Write the file, for this user alone; a cache that cannot be written is only slower."""
        latest = dict(list(self.entries.items())[-MAX_ENTRIES:])
        text = json.dumps({"for": _tool(), "entries": latest}, separators=(",", ":"))
        staged = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            staged.touch(mode=0o600)  # it holds lines of the notebooks
            staged.write_text(text, encoding="ascii")
            staged.replace(self.path)
        except OSError:
            return


def load(folder: Path) -> Cache:
    """The cache of checks that are started in a folder; an empty one when there is none or it is of another version."""
    name = blake2b(os.fsencode(folder.absolute()), digest_size=10).hexdigest()
    path = _home() / f"{name}.json"
    try:
        read = json.loads(path.read_bytes())
        entries = read["entries"] if read["for"] == _tool() else {}
    except (OSError, ValueError, KeyError, TypeError):
        entries = {}  # a cache that is not there or not whole is only slower
    return Cache(path, entries if isinstance(entries, dict) else {})


def trimmed(checked: Checked) -> Checked:
    """The findings with only what reports show of the notebook: the cells that they are about, without outputs."""
    notebook, findings = checked
    wanted = {finding.problem.cell for finding in findings}
    wanted |= {place.cell for finding in findings for place in finding.problem.related}
    for fix in (finding.problem.fix for finding in findings):
        if fix is not None:
            wanted |= {edit.cell for edit in fix.edits} | {part.cell for part in fix.parts}
    cells = tuple(
        replace(cell, code="", magics=(), outputs=(), metadata={}) for cell in notebook.cells if cell.number in wanted
    )
    return replace(notebook, cells=cells, metadata={}), findings


def _home() -> Path:
    given = os.environ.get("NBEXPORT_CACHE_DIR")
    if given:
        return Path(given)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base, "nbexport")


def _tool() -> list[Any]:
    """What the findings depend on beside the notebook: nbexport's own code as it is installed, and Python's grammar."""
    return [__version__, newest(PACKAGE), sys.version]


def newest(package: Path) -> int:
    """When the code of a package was last changed, in nanoseconds: the newest file of all its rooms."""
    changed = [0]
    for folder, folders, files in os.walk(package):
        folders[:] = [name for name in folders if name not in _WITHOUT_CODE]
        changed += [Path(folder, name).stat().st_mtime_ns for name in files if name.endswith(".py")]
    return max(changed)


def _key(path: Path, level: int | None) -> str:
    return f"{level}:{path.absolute()}"


def times(status: os.stat_result) -> dict[str, Any]:
    """What tells later whether a file is the same, of what the file system says now."""
    settled = time.time_ns() - status.st_mtime_ns > SETTLED_NS
    return {"stat": [status.st_size, status.st_mtime_ns], "settled": settled}


def digest(data: bytes) -> str:
    """What stands for the bytes of a file."""
    return blake2b(data, digest_size=16).hexdigest()


def _packed(value: Any) -> Any:
    """Plain JSON: records and tagged values are objects with their class as the only key."""
    if isinstance(value, JsonPlaces):
        return {"JsonPlaces": list(value.parts)}
    kind = type(value).__name__
    if kind in _KNOWN:
        fields = getattr(value, "__match_args__", None)
        return {kind: [str(value)] if fields is None else [_packed(getattr(value, name)) for name in fields]}
    if isinstance(value, list | tuple):
        return [_packed(entry) for entry in value]
    if isinstance(value, Mapping):
        return {"dict": [[_packed(key), _packed(entry)] for key, entry in value.items()]}
    return value


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return tuple([_unpacked(entry) for entry in value])
    if isinstance(value, dict):
        ((kind, parts),) = value.items()
        if kind == "dict":
            return {_unpacked(key): _unpacked(entry) for key, entry in parts}
        if kind == "JsonPlaces":
            return JsonPlaces(parts[0], line=parts[1], column=parts[2], prefix=parts[3])
        if kind not in _KNOWN:
            raise ValueError(kind)
        return getattr(model, kind)(*[_unpacked(part) for part in parts])
    return value
