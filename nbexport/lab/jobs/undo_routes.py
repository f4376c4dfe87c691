"""The route that takes exports back: what the last one changed, and the undo of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tornado import web

from nbexport import disk
from nbexport.errors import NbexportError
from nbexport.lab.jobs.problems import plain, problem_of
from nbexport.lab.jobs.routes import JobRoute
from nbexport.lab.tasks.requests import RequestError
from nbexport.lab.wire.types import JobKind, WireUndo
from nbexport.plan import Action, Change, Plan

BUSY = {
    JobKind.EXPORT: "This project is being exported.",
    JobKind.VERIFY: "This project is being verified.",
    JobKind.TEST: "This project is being tested.",
}
"""What an undo waits for, and what is said of it."""


class Undo(JobRoute):
    """GET: what taking back the last export would do. POST: do it."""

    @web.authenticated
    async def get(self) -> None:
        """Show the undo; nothing is written."""
        await self.may("read", "contents")
        project = await self.place(self.get_query_argument("project"), new=True)
        await self.answer(partial(self.shown, project))

    @web.authenticated
    async def post(self) -> None:
        """Take the export back that was shown, and no other."""
        await self.may("write", "contents")
        body = self.body()
        output, step, force = body.get("output"), body.get("step"), body.get("force", False)
        if not isinstance(output, str) or not isinstance(step, str) or not isinstance(force, bool):
            raise RequestError(400, "The request needs the path of a project and the export to take back.")
        project = await self.place(output, new=True)
        for kind, busy in BUSY.items():
            if self.runner.running(kind, project=project) is not None:
                raise RequestError(409, busy, fix="Wait until it is done, or cancel it.")
        await self.answer(partial(self.taken_back, project, step, force=force))

    def shown(self, project: Path) -> WireUndo:
        """What an undo would do.

        Raises:
            RequestError: No export can be taken back.
        """
        return self._told(project, self._plan(project))

    def taken_back(self, project: Path, step: str, *, force: bool) -> WireUndo:
        """What an undo has done.

        Raises:
            RequestError: Another export has come since, a file edited by hand is in the way, or nothing can be written.
        """
        plan = self._plan(project)
        if plan.takes_back != step:
            raise RequestError(409, "This project was exported to since.", fix="Look at the undo again.")
        told = self._told(project, plan)
        if told["conflicts"] and not force:
            names = ", ".join(told["conflicts"])
            raise RequestError(409, f"{names} would lose what was written by hand.", fix="Keep yours beside it.")
        try:
            disk.apply(plan, force=force)
        except NbexportError as error:
            raise self._refusal(error) from None
        return told

    def _plan(self, project: Path) -> Plan:
        try:
            return disk.undo(project)
        except NbexportError as error:
            raise self._refusal(error) from None

    def _refusal(self, error: NbexportError) -> RequestError:
        problem = problem_of(error, root=self.root)
        return RequestError(422, problem["message"], problem["why"], problem["fix"])

    def _told(self, project: Path, plan: Plan) -> WireUndo:
        last, *earlier = disk.exports(project)
        changes = [one for one in plan.changes if one.path not in (disk.LOCK, disk.BASE)]
        count = {action: sum(one.action is action and one.before != one.after for one in changes) for action in Action}
        return {
            "step": plan.takes_back,
            "at": last.at,
            "notebook": last.notebook,
            "level": last.level,
            "removed": count[Action.ORPHAN],
            "restored": count[Action.CREATE] + count[Action.UPDATE] + count[Action.MERGE],
            "conflicts": [one.path for one in plan.conflicts],
            "notes": [plain(f"{one.path}: {one.note}", self.root) for one in changes if _is_told(one)],
            "left": len(earlier),
        }


def _is_told(change: Change) -> bool:
    """Whether what happens to a file is more than that it comes and goes."""
    is_kept = change.action is Action.ORPHAN and change.after is not None
    return bool(change.note) and (is_kept or change.action in (Action.MERGE, Action.CONFLICT))


UNDO_ROUTES = {"undo": Undo}
