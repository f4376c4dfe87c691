"""What servers may be made of besides: contents that are not files, and users who may only read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.contents.checkpoints import Checkpoints
from jupyter_server.services.contents.manager import ContentsManager


class ReadOnly(Authorizer):
    """Lets everybody read contents, and nothing else."""

    def is_authorized(self, handler: JupyterHandler, user: Any, action: str, resource: str) -> bool:
        """Whether this may be done."""
        return action == "read" or resource not in ("contents", "kernels")


class NoCheckpoints(Checkpoints):  # type: ignore[misc]
    """Keeps none."""


class MemoryContents(ContentsManager):  # type: ignore[misc]
    """Notebooks that are nowhere on the server's disk."""

    checkpoints_class = NoCheckpoints

    def get(self, path: str, content: bool = True, **_: Any) -> dict[str, Any]:
        """The one folder, which is empty."""
        now = datetime.now(UTC)
        times = {"created": now, "last_modified": now, "mimetype": None, "writable": True}
        return {"name": "", "path": path, "type": "directory", "format": "json", "content": [], **times}

    def dir_exists(self, path: str) -> bool:
        """Whether it is the one folder."""
        return path.strip("/") == ""

    def file_exists(self, path: str = "") -> bool:
        """Every notebook is there."""
        return path.endswith(".ipynb")

    def is_hidden(self, path: str) -> bool:
        """Nothing is."""
        return False
