"""The route that says which notebooks become one project, and writes it where the command line reads it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import ensure_async
from tornado import web

from nbexport.lab import together
from nbexport.lab.routes.base import Route
from nbexport.lab.tasks.requests import RequestError
from nbexport.lab.wire.types import WireTogether


class Together(Route):
    """GET: the notebooks that go together. POST: write which they are."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Say which notebooks go together, and which could."""
        path = self.get_query_argument("notebook")
        self.finish(await self.told(path, self.get_query_argument("project", "")))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Write which notebooks go together into the configuration of their folder."""
        body = self.body()
        path = body.get("path")
        if not isinstance(path, str):
            raise RequestError(400, "the request needs the path of a notebook")
        place = await self.place(path)
        members = await self.members(body, place)
        names = [member.name for member in members]
        if len(set(names)) < len(names) or any(member.parent != place.parent for member in members):
            raise RequestError(422, "notebooks that become one project are different ones and lie in one folder")
        await self.in_thread(partial(together.write, place, names, root=self.root))
        self.finish(await self.told(path, ""))

    @property
    def root(self) -> Path:
        """The folder that the contents manager shows."""
        return Path(self.contents_manager.root_dir)

    async def told(self, path: str, project: str) -> WireTogether:
        """What goes together with a notebook.

        Raises:
            RequestError: A path leads out of the server's root, or the notebook is not there.
        """
        if not self.has_files:
            self.parts_of(path)
            return {
                "notebooks": [path],
                "configured": [],
                "others": [],
                "project": "",
                "file": "",
                "is_new": True,
                "refusal": "notebooks of this server are not files",
            }
        place = await self.place(path)
        output = await self.place(project, new=True) if project else None
        known = await self.in_thread(partial(together.found, place, project=output, root=self.root))
        folder = path.rpartition("/")[0]
        paths = {name: f"{folder}/{name}" if folder else name for name in (*known.names, *known.configured)}
        is_shown = known.project is not None and together.is_in(known.project, self.root)
        is_below = together.is_in(known.file, self.root)
        return {
            "notebooks": [paths[name] for name in known.names],
            "configured": [paths[name] for name in known.configured],
            "others": [one for one in await self.notebooks_in(folder) if one not in paths.values()],
            "project": self.path_of(known.project) if known.project is not None and is_shown else "",
            "file": self.path_of(known.file) if is_below else known.file.name,
            "is_new": not known.file.is_file(),
            "refusal": self.without_root(known.refusal),
        }

    async def notebooks_in(self, folder: str) -> list[str]:
        """The notebooks that the contents manager shows in a folder, sorted by name."""
        shown = await ensure_async(self.contents_manager.get(folder, content=True, type="directory"))
        return sorted(entry["path"] for entry in shown["content"] if entry["type"] == "notebook")
