"""The route that says what an export would write."""

from __future__ import annotations

from functools import partial

from jupyter_server.auth.decorator import authorized
from tornado import web

from nbexport import api, disk
from nbexport.lab.routes.base import Route, root_of
from nbexport.lab.tasks.requests import RequestError
from nbexport.lab.tasks.saving import once_saved
from nbexport.lab.wire import answers
from nbexport.lab.wire.types import WirePlan
from nbexport.levels import CI_SYSTEMS
from nbexport.plan import ExportRequest, Plan
from nbexport.read.joining import python_notebooks


class Preview(Route):
    """POST: what an export would write; writes nothing."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Plan an export.

        Raises:
            RequestError: Level or folder cannot be used.
        """
        body = self.body()
        text, place = await self.notebook(body)
        level, output = body.get("level"), body.get("output")
        if not isinstance(level, int) or isinstance(level, bool) or not isinstance(output, str):
            raise RequestError(400, "the request needs `level` and `output`")
        ci, strict = body.get("ci"), body.get("strict") is True
        if ci is not None and ci not in CI_SYSTEMS:
            raise RequestError(400, f"`ci` of the request is none of {', '.join(CI_SYSTEMS)}")
        folder = await self.place(output, new=True)
        *before, last = await self.members(body, place)
        request = ExportRequest(
            last,
            folder,
            level,
            text={place.name: text},
            ci=ci,
            strict=strict,
            within=root_of(self.contents_manager),
            before=tuple(before),
        )
        await self.answer(partial(planned, request, output, body["path"]))


def planned(request: ExportRequest, folder: str, path: str) -> WirePlan:
    """The plan of an export, or what prevents it.

    Args:
        request: What is asked for; its text is that of the notebook.
        folder: The project's folder, as the browser knows it.
        path: The notebook that is open, as the browser knows it.
    """
    plan = once_saved(lambda: api.plan(request), request.notebooks)
    if isinstance(plan, api.Refused):
        return answers.refusal(plan, folder=folder, path=path)
    notebook = python_notebooks(request.notebooks, text=request.text)
    last = disk.written(plan.folder)
    base = last.base if last is not None else {}
    hidden = (disk.LOCK, disk.BASE)
    digest = digest_of(plan)
    return answers.plan(plan, notebook, folder=folder, digest=digest, hidden=hidden, base=base, path=path)


def digest_of(plan: Plan) -> str:
    """A digest of what a plan finds and would write."""
    from hashlib import sha256

    digest = sha256()
    for change in plan.changes:
        for part in (change.path.encode(), change.before or b"-", change.after or b"-"):
            digest.update(sha256(part).digest())
    return digest.hexdigest()
