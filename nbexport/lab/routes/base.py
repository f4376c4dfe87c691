"""What all routes share: who may ask, what is read, which files are reached, how errors are told."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import ensure_async
from tornado import web

from nbexport.errors import NbexportError
from nbexport.lab.tasks.requests import RequestError, members, texts_of
from nbexport.lab.wire.words import plain
from nbexport.read.notebook import shown

T = TypeVar("T")

NO_FILES = "nbexport-notebook-without-a-folder"
"""The name of a folder that is never made: data files of a notebook that is not a file are not there."""

MOST_NOTEBOOKS = 50
"""That become one project."""

MAX_BODY_BYTES = 50_000_000
"""A larger request is refused: notebooks with outputs have a few megabytes, and the server stays below 500."""


class Route(APIHandler):
    """What all routes share: who may ask, what is read, how errors are told."""

    auth_resource = "contents"

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Problems in words; never a traceback."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, RequestError):
            self.set_status(error.status)
            problem = error.problem
        elif isinstance(error, NbexportError):
            self.set_status(422)
            texts = {"message": error.what, "why": error.why, "fix": error.fix}
            told = {name: plain(self.without_root(text)) for name, text in texts.items()}
            problem = {"message": told["message"], "why": told["why"], "fix": told["fix"]}
        elif isinstance(error, web.HTTPError):
            problem = {"message": error.log_message or error.reason or "refused", "why": "", "fix": ""}
        else:
            problem = {"message": "nbexport failed", "why": "", "fix": "the server's log says more"}
        self.finish(json.dumps(problem))

    def without_root(self, text: str) -> str:
        """A text in which places on the server are paths as the browser knows them."""
        root = getattr(self.contents_manager, "root_dir", "")
        for place in sorted({str(root), os.path.realpath(root)}, key=len, reverse=True) if root else ():
            text = text.replace(f"{place.rstrip(os.sep)}{os.sep}", "")
        return text

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """What a person did is not an error of the server."""
        if not isinstance(value, RequestError | NbexportError):
            super().log_exception(typ, value, tb)

    def body(self) -> dict[str, Any]:
        """The members of the request.

        Raises:
            RequestError: It is too large, or not a JSON object.
        """
        if len(self.request.body) > MAX_BODY_BYTES:
            raise RequestError(413, "the notebook is too large to be sent", fix="clear its outputs")
        return members(self.request.body)

    async def notebook(self, body: Mapping[str, Any]) -> tuple[str, Path]:
        """The text of the notebook that is open in the browser, and the file it will be saved as.

        Raises:
            RequestError: The request names no notebook below the server's root.
        """
        path, content = body.get("path"), body.get("content")
        if not isinstance(path, str) or not isinstance(content, dict):
            raise RequestError(400, "the request needs `path` and `content` of a notebook")
        place = await self.place(path)
        # the browser's notebook, written as Jupyter writes it
        text = await asyncio.to_thread(json.dumps, content, ensure_ascii=False, indent=1)
        return text, place

    async def members(self, body: Mapping[str, Any], notebook: Path) -> tuple[Path, ...]:
        """The notebooks of a request that become one project, in the order in which they run; one where it names none.

        Args:
            body: The request; its `path` is that of the notebook that is open in the browser.
            notebook: The place of that one, which need not be saved.

        Raises:
            RequestError: One is not there, or the one that is open is not among them.
        """
        paths = texts_of(body, "notebooks")
        if not paths:
            return (notebook,)
        if len(paths) > MOST_NOTEBOOKS:
            raise RequestError(400, f"at most {MOST_NOTEBOOKS} notebooks become one project here")
        if body.get("path") not in paths:
            raise RequestError(400, "`notebooks` of the request lacks the notebook itself")
        if len(set(paths)) < len(paths):
            raise RequestError(422, "a notebook is named twice", fix="name each once, in the order in which they run")
        return tuple([notebook if path == body["path"] else await self.place(path) for path in paths])

    async def place(self, path: str, *, new: bool = False) -> Path:
        """The file or folder on disk of a path of the contents manager.

        Args:
            path: As the browser knows it: `/` between names, from the server's root.
            new: Whether it need not exist.

        Raises:
            RequestError: It is outside the root, hidden, or not there.
        """
        manager = self.contents_manager
        parts = self.parts_of(path)
        if not self.has_files:
            raise RequestError(501, "notebooks of this server are not files", fix="download the project")
        root = Path(os.path.realpath(manager.root_dir))
        target = root.joinpath(*parts)
        try:
            resolved = Path(os.path.realpath(target))
        except (OSError, ValueError):
            raise RequestError(404, f"`{shown(path)}` is not there") from None
        if resolved != root and root not in resolved.parents:
            raise RequestError(403, f"`{shown(path)}` leads out of the server's root")
        if not new:
            await self.check_is_there(path)
        return target

    async def whereabouts(self, path: str) -> str:
        """The place of a notebook on disk; of one that is not a file, a place in a folder that there is not.

        Raises:
            RequestError: It is outside the root, hidden, or not there.
        """
        if self.has_files:
            return str(await self.place(path))
        parts = self.parts_of(path)
        await self.check_is_there(path)
        return str(Path(tempfile.gettempdir(), NO_FILES, *parts))

    @property
    def has_files(self) -> bool:
        """Whether the contents manager shows files of this machine."""
        return root_of(self.contents_manager) is not None

    def parts_of(self, path: str) -> list[str]:
        """The names in a path of the contents manager.

        Raises:
            RequestError: It leads elsewhere, or is hidden.
        """
        parts = path.split("/")
        if "\x00" in path or "\\" in path or ":" in parts[0] or any(part in ("..", ".", "") for part in parts):
            raise RequestError(403, f"`{shown(path)}` is not a path below the server's root")
        if any(part.startswith(".") for part in parts) and not self.contents_manager.allow_hidden:
            raise RequestError(404, f"`{shown(path)}` is hidden")
        return parts

    async def check_is_there(self, path: str) -> None:
        """Refuse a path at which the contents manager shows no file.

        Raises:
            RequestError: There is none.
        """
        try:
            there = await ensure_async(self.contents_manager.file_exists(path))
        except (OSError, ValueError):  # a name that no file can have: too long, half a character
            there = False
        if not there:
            raise RequestError(404, f"`{shown(path)}` is not there", fix="save the notebook first")

    def path_of(self, place: Path) -> str:
        """A place on disk as the contents manager names it."""
        root = os.path.realpath(self.contents_manager.root_dir)
        return Path(os.path.realpath(place)).relative_to(root).as_posix()

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Work that takes long, away from the event loop and its context, in which nbclient would find that loop."""
        return await asyncio.get_running_loop().run_in_executor(None, work)

    async def answer(self, work: Callable[[], object]) -> None:
        """Send what some work gives, as JSON."""
        self.finish(json.dumps(await self.in_thread(work)))


def root_of(manager: Any) -> Path | None:
    """The folder that a contents manager shows; None where its contents are not files of this machine."""
    root = getattr(manager, "root_dir", "")
    return Path(root) if hasattr(manager, "_get_os_path") and root and Path(root).is_dir() else None
