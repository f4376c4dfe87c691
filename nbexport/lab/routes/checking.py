"""The routes that look at a notebook, and hand back its cells edited: the worker does it, and nothing is written."""

from __future__ import annotations

import asyncio
import json

from jupyter_server.auth.decorator import authorized
from tornado import web

from nbexport.lab.routes.base import MAX_BODY_BYTES, Route
from nbexport.lab.tasks.checking import not_as_you_type, unread
from nbexport.lab.tasks.requests import RequestError
from nbexport.lab.wire import answers
from nbexport.lab.worker.process import EndedError, LimitError, Worker

WORKER = "nbexport_worker"
"""Where the settings of the server's application hold the worker."""


class Catalogue(Route):
    """GET: roles, levels and rules."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The catalogue."""
        await self.answer(answers.catalogue)


class Worked(Route):
    """POST: what the worker answers to the request. Closing the connection drops it."""

    task = ""
    """What the worker is asked for."""
    asked: asyncio.Task[tuple[int, bytes]] | None = None

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Have the worker answer."""
        try:
            large = len(self.request.body) > MAX_BODY_BYTES
            status, body = self.too_large() if large else await self.from_worker()
        except asyncio.CancelledError:
            # nobody reads an answer
            return
        self.set_status(status)
        self.finish(body)

    async def from_worker(self) -> tuple[int, bytes]:
        """Status and body of what the worker answers.

        Raises:
            asyncio.CancelledError: Nobody reads an answer any more.
        """
        worker: Worker = self.settings[WORKER]
        self.asked = asyncio.ensure_future(worker.ask(self.task, self.request.body, self.whereabouts))
        try:
            return await self.asked
        except LimitError as error:
            return self.over_limit(str(error))
        except EndedError:
            raise RequestError(503, "the notebook could not be read to its end", fix="try again") from None

    def too_large(self) -> tuple[int, bytes]:
        """The answer where the notebook is not even read.

        Raises:
            RequestError: That is the answer.
        """
        raise RequestError(413, "the notebook is too large to be sent", fix="clear its outputs")

    def over_limit(self, why: str) -> tuple[int, bytes]:
        """The answer where the worker was ended.

        Raises:
            RequestError: That is the answer.
        """
        raise RequestError(503, f"this was given up: {why}")

    def on_connection_close(self) -> None:
        """The browser has cancelled, or is gone."""
        if self.asked is not None:
            self.asked.cancel()
        super().on_connection_close()


class Check(Worked):
    """Findings, the ladder, and the parameters of a notebook that may not be saved."""

    task = "check"

    def too_large(self) -> tuple[int, bytes]:
        """It was not checked, and why."""
        size = f"a notebook of more than {MAX_BODY_BYTES // 1_000_000} MB, outputs included,"
        return 200, json.dumps(unread(not_as_you_type(size))).encode("ascii")

    def over_limit(self, why: str) -> tuple[int, bytes]:
        """It was not checked, and why."""
        return 200, json.dumps(unread(f"the check was given up: {why}")).encode("ascii")


class Tag(Worked):
    """A role for each cell."""

    task = "tag"


class Fix(Worked):
    """The cells as the fix of one finding, or all safe fixes, leave them."""

    task = "fix"


class Insert(Worked):
    """The cells with the one that `metrics` or `predict` lacks."""

    task = "insert"


class Options(Worked):
    """The cells with the numbers of their stages as parameters."""

    task = "options"


class Parameter(Worked):
    """The cells with help and type of one parameter edited."""

    task = "parameter"
