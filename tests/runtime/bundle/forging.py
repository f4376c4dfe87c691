"""Bundles as an attacker writes them: every digest in the manifest is right."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any


def signed_off(folder: Path, number: int = 2) -> Path:
    """A folder with a manifest that fits what lies in it."""
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    files = {}
    for name in names:
        if name != "manifest.json":
            data = (folder / name).read_bytes()
            files[name] = {"sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
    (folder / "manifest.json").write_text(json.dumps({"format": number, "files": files}), encoding="utf-8")
    return folder


def with_tree(folder: Path, tree: Any, number: int = 2) -> Path:
    """A bundle that holds one value."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"values": {"x": tree}, "examples": [], "answers": []}
    (folder / "values.json").write_text(json.dumps(content), encoding="utf-8")
    return signed_off(folder, number)


def with_file(folder: Path, name: str, data: bytes, tree: Any = None) -> Path:
    """A bundle with one more file."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return with_tree(folder, tree)


def skops_file(root: dict[str, Any], compression: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    """A skops file of one node."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as file:
        file.writestr("schema.json", json.dumps({"protocol": 2, "_skops_version": "0.16.0", **root}))
        for name, member in members.items():
            file.writestr(name, member)
    return data.getvalue()


def with_estimator(folder: Path, data: bytes, trusted: list[str]) -> Path:
    """A bundle that says itself which types of its estimator are to be trusted, as those of format 1 did."""
    index = {"e0.skops": {"key": "x", "trusted": trusted}}
    (folder / "estimators").mkdir(parents=True, exist_ok=True)
    (folder / "estimators" / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return with_file(folder, "estimators/e0.skops", data, {"t": "estimator", "key": "x", "n": 0})


def node(loader: str, path: str, **fields: Any) -> dict[str, Any]:
    """One node of a skops file."""
    module, _, name = path.rpartition(".")
    return {"__loader__": loader, "__module__": module, "__class__": name, **fields}


def text(value: str) -> dict[str, Any]:
    """A node that holds a string."""
    return node("JsonNode", "builtins.str", content=json.dumps(value), is_json=True)


def several(*nodes: dict[str, Any]) -> dict[str, Any]:
    """A node that holds a tuple."""
    return node("TupleNode", "builtins.tuple", content=list(nodes))


def mapping(content: dict[str, Any], keys: str = "builtins.str") -> dict[str, Any]:
    """A node that holds a dict, and calls something for each of its keys."""
    types = node("ListNode", "builtins.list", content=[node("TypeNode", keys) for _ in content])
    return node("DictNode", "builtins.dict", content=content, key_types=types)
