"""Contents of a Jupyter server that are not files: a dictionary, as object stores and databases have them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.checkpoints import Checkpoints
from jupyter_server.services.contents.manager import ContentsManager
from tornado.web import HTTPError

NOW = datetime.now(UTC)


class NoCheckpoints(Checkpoints):
    """Keeps none, and says so."""

    def list_checkpoints(self, path: str) -> list[dict[str, Any]]:
        return []

    def create_checkpoint(self, contents_mgr: ContentsManager, path: str) -> dict[str, Any]:
        return {"id": "none", "last_modified": NOW}


class ContentsInMemory(ContentsManager):
    """Notebooks by their path, taken once from the files of the server's root; no place on a disk is known of them."""

    checkpoints_class = NoCheckpoints

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        root = Path.cwd()
        self.notebooks: dict[str, Any] = {
            path.relative_to(root).as_posix(): json.loads(path.read_text(encoding="utf-8"))
            for path in root.rglob("*.ipynb")
        }

    def dir_exists(self, path: str) -> bool:
        return path.strip("/") == "" or any(name.startswith(f"{path.strip('/')}/") for name in self.notebooks)

    def is_hidden(self, path: str) -> bool:
        return False

    def file_exists(self, path: str = "") -> bool:
        return path.strip("/") in self.notebooks

    def get(self, path: str, content: bool = True, type: str | None = None, **more: Any) -> dict[str, Any]:  # noqa: A002
        if self.dir_exists(path):
            folder = {"name": path.rpartition("/")[2], "path": path, "type": "directory", "mimetype": None}
            return {**folder, "writable": True, "created": NOW, "last_modified": NOW, "content": [], "format": "json"}
        if not self.file_exists(path):
            raise HTTPError(404, "not there")
        facts = {"name": path.rpartition("/")[2], "path": path, "type": "notebook", "writable": True, "mimetype": None}
        shown = self.notebooks[path.strip("/")] if content else None
        if more.get("require_hash"):
            stored = json.dumps(self.notebooks[path.strip("/")]).encode()
            facts |= {"hash": hashlib.sha256(stored).hexdigest(), "hash_algorithm": "sha256"}
        return {
            **facts,
            "created": NOW,
            "last_modified": NOW,
            "content": shown,
            "format": "json" if content else None,
        }

    def save(self, model: dict[str, Any], path: str = "") -> dict[str, Any]:
        self.notebooks[path.strip("/")] = model["content"]
        return self.get(path, content=False)

    def delete_file(self, path: str) -> None:
        del self.notebooks[path.strip("/")]

    def rename_file(self, old_path: str, new_path: str) -> None:
        self.notebooks[new_path.strip("/")] = self.notebooks.pop(old_path.strip("/"))
