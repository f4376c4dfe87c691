"""The door for JupyterLab: routes under `nbexport/api/`, each a call of `api.py` away from the event loop.

Every route asks for authentication and for the right to write contents (`verify`: to start kernels), is protected
against forged requests by the server itself, and reaches only what the contents manager shows: files below the server's
root, hidden ones excepted.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import ensure_async, url_path_join
from tornado import web

from nbexport import api, disk
from nbexport.errors import NbexportError
from nbexport.judge.fixing import fix_one
from nbexport.judge.selection import Selection
from nbexport.lab import panel, wire
from nbexport.model import ExportRequest, Finding, Plan, Trait
from nbexport.propose import suggest
from nbexport.read.notebook import python_notebook
from nbexport.report import verdict
from nbexport.rules import all_rules
from nbexport.verify.stopping import Stop, StoppedError

T = TypeVar("T")

MAX_BODY_BYTES = 100_000_000
"""A larger request is refused: notebooks with outputs have a few megabytes."""


class RequestError(Exception):
    """A request that cannot be answered: status and words for the person who asked."""

    def __init__(self, status: int, message: str, why: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.problem: wire.WireProblem = {"message": message, "why": why, "fix": fix}


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
            problem = {"message": error.what, "why": error.why, "fix": error.fix}
        elif isinstance(error, web.HTTPError):
            problem = {"message": error.log_message or error.reason or "refused", "why": "", "fix": ""}
        else:
            problem = {"message": "nbexport failed", "why": "", "fix": "the server's log says more"}
        self.finish(json.dumps(problem))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """What a person did is no error of the server."""
        if not isinstance(value, RequestError | NbexportError):
            super().log_exception(typ, value, tb)

    def body(self) -> dict[str, Any]:
        """The members of the request.

        Raises:
            RequestError: It is too large, or no JSON object.
        """
        if len(self.request.body) > MAX_BODY_BYTES:
            raise RequestError(413, "the notebook is too large to be sent", fix="clear its outputs")
        try:
            found = json.loads(self.request.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise RequestError(400, "the request is no JSON object")
        return found

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

    async def place(self, path: str, *, new: bool = False) -> Path:
        """The file or folder on disk of a path of the contents manager.

        Args:
            path: As the browser knows it: `/` between names, from the server's root.
            new: Whether it need not exist.

        Raises:
            RequestError: It is outside the root, hidden, or not there.
        """
        manager = self.contents_manager
        parts = path.split("/")
        if "\x00" in path or "\\" in path or ":" in parts[0] or any(part in ("..", ".", "") for part in parts):
            raise RequestError(403, f"`{path}` is not a path below the server's root")
        root = Path(os.path.realpath(getattr(manager, "root_dir", "")))
        if not hasattr(manager, "_get_os_path") or not root.is_dir():
            raise RequestError(501, "notebooks of this server are no files", fix="export with the command line")
        found = root.joinpath(*parts)
        if any(part.startswith(".") for part in parts) and not manager.allow_hidden:
            raise RequestError(404, f"`{path}` is hidden")
        resolved = Path(os.path.realpath(found))
        if resolved != root and root not in resolved.parents:
            raise RequestError(403, f"`{path}` leads out of the server's root")
        if not new and not await ensure_async(manager.file_exists(path)):
            raise RequestError(404, f"`{path}` is not there", fix="save the notebook first")
        return found

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


class Catalogue(Route):
    """GET: roles, levels and rules."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The catalogue."""
        await self.answer(wire.catalogue)


class Check(Route):
    """POST: findings, the ladder, and the parameters of a notebook that may not be saved."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Check a notebook."""
        body = self.body()
        text, place = await self.notebook(body)
        ignore = tuple(str(code) for code in body.get("ignore", ()))
        await self.answer(lambda: checked(text, str(place), ignore))


class Tag(Route):
    """POST: a role for each cell."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Propose roles."""
        text, place = await self.notebook(self.body())

        def work() -> wire.WireSuggestion:
            return wire.suggestion(suggest(python_notebook(place, text=text)))

        await self.answer(work)


class Fix(Route):
    """POST: the cells as the fix of one finding leaves them."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Fix one finding."""
        body = self.body()
        text, place = await self.notebook(body)
        key = body.get("key")

        def work() -> wire.WireFixed:
            fixed = fix_one(text, str(place), lambda finding: wire.key(finding) == key)
            return {"cells": wire.cells(fixed)}

        await self.answer(work)


class Planned(Route):
    """What `plan` and `apply` share: the plan that is asked for."""

    async def planned(self, body: Mapping[str, Any]) -> tuple[Plan | api.Refused, str]:
        """The plan, and a digest of all that it would write.

        Raises:
            RequestError: Level or folder cannot be used.
        """
        text, place = await self.notebook(body)
        level, output = body.get("level"), body.get("output")
        if not isinstance(level, int) or isinstance(level, bool) or not isinstance(output, str):
            raise RequestError(400, "the request needs `level` and `output`")
        folder = await self.place(output, new=True)
        made = await self.in_thread(lambda: api.plan(ExportRequest(place, folder, level, text=text)))
        return made, "" if isinstance(made, api.Refused) else digest_of(made)


class Preview(Planned):
    """POST: what an export would write; writes nothing."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Plan an export."""
        body = self.body()
        made, digest = await self.planned(body)
        folder: str = body["output"]
        if isinstance(made, api.Refused):
            answer = wire.refusal(made, folder=folder)
        else:
            text, place = await self.notebook(body)
            notebook = await self.in_thread(lambda: python_notebook(place, text=text))
            answer = wire.plan(made, notebook, folder=folder, digest=digest, hidden=(disk.LOCK, disk.BASE))
        self.finish(json.dumps(answer))


class Apply(Planned):
    """POST: write what was previewed, all of it or nothing."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Export."""
        body = self.body()
        made, digest = await self.planned(body)
        if isinstance(made, api.Refused):
            first = made.against[0]
            raise RequestError(
                409, "the notebook can no longer be exported", f"{first.code} {first.problem.message}", "check it again"
            )
        if digest != body.get("digest"):
            raise RequestError(
                409, "notebook or project have changed since the preview", fix="look at the preview again"
            )
        keep = {str(path) for path in body.get("keep", ())}
        take = {str(path) for path in body.get("take", ())}
        open_conflicts = {change.path for change in made.conflicts} - keep - take
        if open_conflicts:
            names = ", ".join(f"`{name}`" for name in sorted(open_conflicts))
            raise RequestError(
                409, f"{names} would lose what was written by hand", fix="keep yours or take the new one"
            )
        chosen = panel.keep(made, keep)
        await self.in_thread(lambda: api.apply(chosen, force=bool(take)))
        own = (disk.LOCK, disk.BASE)
        there = sorted(change.path for change in chosen.changes if change.after is not None and change.path not in own)
        first_file = next((name for name in ("train.py", "README.md", *there) if name in there), "")
        answer: wire.WireApplied = {
            "folder": body["output"],
            "open": f"{self.path_of(Path(made.folder))}/{first_file}" if first_file else "",
            "written": sum(change.before != change.after for change in chosen.changes),
        }
        self.finish(json.dumps(answer))


class Verify(Route):
    """POST: run notebook and project and compare; each step is a line. Closing the connection ends the processes."""

    auth_resource = "kernels"
    """It runs the notebook's code, as a kernel does."""
    stop: Stop | None = None

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Verify an export; runs the notebook's code."""
        body = self.body()
        notebook, output = body.get("path"), body.get("output")
        if not isinstance(notebook, str) or not isinstance(output, str):
            raise RequestError(400, "the request needs `path` and `output`")
        place = await self.place(notebook)
        project = await self.place(output, new=True)
        self.stop = stop = Stop()
        loop = asyncio.get_running_loop()
        steps: asyncio.Queue[str | None] = asyncio.Queue()
        self.set_header("Content-Type", "application/x-ndjson")

        def progress(step: str) -> None:
            loop.call_soon_threadsafe(steps.put_nowait, step)

        def work() -> wire.WireStep:
            try:
                found = api.verify(place, project=project, progress=progress, stop=stop)
            except NbexportError as error:
                return {"step": None, "equal": None, "lines": [], "error": str(error)}
            except StoppedError:
                return {"step": None, "equal": None, "lines": [], "error": "cancelled"}
            finally:
                loop.call_soon_threadsafe(steps.put_nowait, None)
            return {"step": None, "equal": found.equal, "lines": verdict.lines(found).splitlines(), "error": None}

        running = asyncio.ensure_future(self.in_thread(work))
        while (step := await steps.get()) is not None:
            await self.line({"step": step, "equal": None, "lines": [], "error": None})
        await self.line(await running)
        self.finish()

    async def line(self, step: wire.WireStep) -> None:
        """Send one line, if there is still somebody to read it."""
        if self.stop is not None and self.stop.asked:
            return
        self.write(json.dumps(step) + "\n")
        await self.flush()

    def on_connection_close(self) -> None:
        """The browser has cancelled, or is gone."""
        if self.stop is not None:
            self.stop.ask()
        super().on_connection_close()


def checked(text: str, name: str, ignore: tuple[str, ...]) -> wire.WireCheck:
    """The answer of `check`."""
    from nbexport import levels

    standing = panel.standing(text, name, selection=Selection((), ignore) if ignore else None)
    ladder: list[wire.WireLevel] = []
    errors = [finding for finding in standing.findings if finding.severity == "error"]
    for level in levels.LEVELS:
        against = standing.against.get(level.number, ()) if level.emitters else errors
        reached = not against and (not level.emitters or level.number in standing.against)
        ladder.append({"number": level.number, "name": level.name, "reached": reached, "needs": needs(against)})
    return {
        "findings": wire.findings(standing.notebook, standing.findings),
        "ladder": ladder,
        "parameters": wire.parameters(standing.parameters),
        "roles": [[role.value for role in cell.roles] for cell in standing.notebook.cells],
    }


def needs(against: tuple[Finding, ...] | list[Finding]) -> list[str]:
    """What stands against a level, in a few sentences."""
    of_notebook = {rule.code for rule in all_rules() if Trait.OF_NOTEBOOK in rule.traits}
    said = [
        finding.problem.message
        if finding.code in of_notebook
        else f"cell {finding.problem.cell}: {finding.problem.message} ({finding.code})"
        for finding in against[:MAX_NEEDS]
    ]
    return said if len(against) <= MAX_NEEDS else [*said, f"and {len(against) - MAX_NEEDS} more"]


MAX_NEEDS = 5


def digest_of(plan: Plan) -> str:
    """A digest of what a plan finds and would write."""
    from hashlib import sha256

    digest = sha256()
    for change in plan.changes:
        for part in (change.path.encode(), change.before or b"-", change.after or b"-"):
            digest.update(sha256(part).digest())
    return digest.hexdigest()


ROUTES = {
    "catalogue": Catalogue,
    "check": Check,
    "tag": Tag,
    "fix": Fix,
    "plan": Preview,
    "apply": Apply,
    "verify": Verify,
}


def load(app: ServerApp) -> None:
    """Add the routes to a Jupyter server."""
    base = url_path_join(app.web_app.settings["base_url"], "nbexport", "api")
    app.web_app.add_handlers(".*$", [(url_path_join(base, name), handler) for name, handler in ROUTES.items()])
