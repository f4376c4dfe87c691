"""The routes of jobs: begin one, look at it, cancel it, ask its service; and a project as a zip.

An export asks for the right to write contents. What runs code asks for the right to start kernels, as a kernel does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_server.utils import ensure_async
from tornado import web

from nbexport import disk
from nbexport.errors import NbexportError
from nbexport.lab.jobs import archive, exporting, serving, testing, verifying
from nbexport.lab.jobs.asked import Asked, asked, ci_of, kind_of, level_of, text_of
from nbexport.lab.jobs.job import FailedError, Job
from nbexport.lab.jobs.problems import problem_of
from nbexport.lab.jobs.runner import Runner, Work
from nbexport.lab.routes.base import Route, root_of
from nbexport.lab.tasks.requests import RequestError
from nbexport.lab.wire.types import JobKind, WireJob

SETTING = "nbexport_jobs"
"""Where a server keeps its runner."""
QUICK_S = 2.0
"""An answer waits so long for a job to end."""
RESOURCES = {kind: "contents" if kind is JobKind.EXPORT else "kernels" for kind in JobKind}
"""What somebody must have the right to write to who begins or cancels a job."""
RUNS = {JobKind.VERIFY: verifying.verify, JobKind.TEST: testing.run_tests, JobKind.SERVE: serving.serve}
"""What runs code."""


class JobRoute(Route):
    """What the routes of jobs share."""

    @property
    def runner(self) -> Runner:
        """The jobs of this server."""
        runner: Runner = self.settings[SETTING]
        return runner

    @property
    def root(self) -> Path:
        """The server's root folder; the disk's where contents are not files."""
        return Path(getattr(self.contents_manager, "root_dir", "") or "/")

    async def may(self, action: str, resource: str) -> None:
        """Check that who asks may do this.

        Raises:
            HTTPError: They may not.
        """
        if not await ensure_async(self.authorizer.is_authorized(self, self.current_user, action, resource)):
            raise web.HTTPError(403, f"{self.current_user.username} may not {action} {resource}")

    async def job(self, name: str) -> Job:
        """The job of an id, which this server runs.

        Raises:
            RequestError: It does not run here.
        """
        job = self.runner.find(name)
        if job is None:
            raise RequestError(404, "This server does not run such a job.")
        return job

    async def told(self, name: str) -> WireJob:
        """A job of this session or an earlier one.

        Raises:
            RequestError: There is none.
        """
        job = await self.in_thread(partial(self.runner.told, name))
        if job is None:
            raise RequestError(404, "There is no such job.")
        return job


class Jobs(JobRoute):
    """GET: the jobs of a notebook. POST: a new one."""

    @web.authenticated
    async def get(self) -> None:
        """The jobs of a notebook, those of earlier sessions of the server included."""
        await self.may("read", "contents")
        path = self.get_query_argument("notebook")
        place = await self.place(path, new=True)
        jobs = await self.in_thread(partial(self.runner.of, place))
        # those that began before it was renamed are about the same notebook
        self.finish(json.dumps({"jobs": [{**job, "notebook": path} for job in jobs]}))

    @web.authenticated
    async def post(self) -> None:
        """Begin a job."""
        body = self.body()
        kind = kind_of(body)
        await self.may("write", RESOURCES[kind])
        wanted = await self.asked(body)
        work = await self.work(wanted)
        job = Job(
            kind,
            notebook=wanted.path,
            place=wanted.place,
            folder=wanted.output,
            project=wanted.project,
            level=wanted.level,
        )
        try:
            self.runner.begin(job, work)
        except FailedError as error:
            raise RequestError(429, str(error), fix=error.problem["fix"]) from None
        if kind is JobKind.EXPORT:
            await self.in_thread(partial(job.over.wait, QUICK_S))
        self.finish(json.dumps(job.wire()))

    async def asked(self, body: Mapping[str, Any]) -> Asked:
        """What is asked for.

        Raises:
            RequestError: Something is missing, or leads out of the server's root.
        """
        path, output = body.get("path"), body.get("output")
        if not isinstance(path, str) or not isinstance(output, str):
            raise RequestError(400, "The request needs the paths of a notebook and of a project.")
        # what the browser has need not be saved
        place = await self.place(path, new=body.get("content") is not None)
        project = await self.place(output, new=True)
        notebooks, root = await self.members(body, place), root_of(self.contents_manager)
        return await self.in_thread(partial(asked, body, place=place, notebooks=notebooks, project=project, root=root))

    async def work(self, wanted: Asked) -> Work:
        """What a job will do.

        Raises:
            RequestError: It cannot be done.
        """
        for kind in (JobKind.VERIFY, JobKind.TEST):
            busy = self.runner.running(kind, project=wanted.project)
            if busy is not None and wanted.kind in (JobKind.EXPORT, kind):
                doing = "verified" if kind is JobKind.VERIFY else "tested"
                raise RequestError(409, f"This project is being {doing}.", fix="Wait until it is done, or cancel it.")
        try:
            if wanted.kind is JobKind.EXPORT:
                return await self.export(wanted)
            if await self.in_thread(partial(disk.written, wanted.project)) is None:
                raise RequestError(422, f"{wanted.output} holds no exported project.", fix="Export the notebook first.")
        except NbexportError as error:
            problem = problem_of(error, root=self.root)
            raise RequestError(422, problem["message"], problem["why"], problem["fix"]) from None
        if wanted.kind is JobKind.SERVE:
            await self.end_service(wanted.place)
        return lambda job: RUNS[wanted.kind](job, wanted)

    async def export(self, wanted: Asked) -> Work:
        """What writes the plan that was previewed."""
        plan = await self.in_thread(partial(exporting.chosen, wanted))

        def work(job: Job) -> None:
            if trouble := exporting.export(job, wanted, plan):
                self.log.warning("nbexport sync will not find the project by itself: %s", trouble)

        return work

    async def end_service(self, notebook: Path) -> None:
        """End the service that runs for a notebook: there is one at a time."""
        while (before := self.runner.running(JobKind.SERVE, notebook=notebook)) is not None:
            self.runner.cancel(before)
            await self.in_thread(before.over.wait)


class OneJob(JobRoute):
    """GET: how far a job is. DELETE: cancel it."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """The job."""
        await self.may("read", "contents")
        self.finish(json.dumps(await self.told(name)))

    @web.authenticated
    async def delete(self, name: str) -> None:
        """Cancel a job; one that has ended stays as it is."""
        kind = JobKind((await self.told(name))["kind"])
        await self.may("write", RESOURCES[kind])
        job = self.runner.find(name)
        if job is not None:
            self.runner.cancel(job)
            await self.in_thread(partial(job.over.wait, QUICK_S))
        self.finish(json.dumps(await self.told(name)))


class Ask(JobRoute):
    """POST: one request to the service that a job runs."""

    @web.authenticated
    async def post(self, name: str) -> None:
        """Ask the service."""
        await self.may("execute", "kernels")
        job = await self.job(name)
        await self.answer(partial(serving.ask, job, self.body()))


class Archive(JobRoute):
    """POST: the project as a zip; writes nothing."""

    @web.authenticated
    async def post(self) -> None:
        """Export into a zip."""
        await self.may("read", "contents")
        body = self.body()
        path, text = body.get("path"), await self.in_thread(partial(text_of, body))
        if not isinstance(path, str) or text is None:
            raise RequestError(400, "The request needs path and content of a notebook.")
        name = archive.name_of(path)
        root = root_of(self.contents_manager)
        place = await self.place(path, new=True) if root is not None else None
        try:
            level, ci = level_of(body), ci_of(body)
            packed = await self.in_thread(
                partial(archive.archive, name, text, level=level, ci=ci, place=place, root=root),
            )
        except NbexportError as error:
            problem = problem_of(error, root=self.root)
            raise RequestError(422, problem["message"], problem["why"], problem["fix"]) from None
        stem = json.dumps(PurePosixPath(name).stem.encode("ascii", "replace").decode().replace('"', ""))
        self.set_header("Content-Disposition", f'attachment; filename={stem[:-1]}.zip"')
        self.finish(packed, set_content_type="application/zip")


JOB_ROUTES = {
    "jobs": Jobs,
    "jobs/([0-9a-f]{16})": OneJob,
    "jobs/([0-9a-f]{16})/ask": Ask,
    "archive": Archive,
}
