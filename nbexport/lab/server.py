"""The door for JupyterLab: routes under `nbexport/api/`, each answered away from the event loop.

Every route asks for authentication and for the right to write contents (what runs code: to start kernels), is protected
against forged requests by the server itself, and reaches only what the contents manager shows: files below the server's
root, hidden ones excepted. What is asked while somebody types goes to a process of its own, the worker.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import tempfile
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.base.handlers import path_regex
from jupyter_server.nbconvert.handlers import NbconvertFileHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join

from nbexport.lab.jobs.history import History
from nbexport.lab.jobs.routes import JOB_ROUTES, SETTING
from nbexport.lab.jobs.runner import Runner
from nbexport.lab.jobs.undo_routes import UNDO_ROUTES
from nbexport.lab.routes import checking, planning, together
from nbexport.lab.routes.base import NO_FILES, root_of
from nbexport.lab.worker.process import Worker

ROUTES = {
    "catalogue": checking.Catalogue,
    "check": checking.Check,
    "tag": checking.Tag,
    "fix": checking.Fix,
    "insert": checking.Insert,
    "options": checking.Options,
    "parameter": checking.Parameter,
    "plan": planning.Preview,
    "together": together.Together,
}


def load(app: ServerApp) -> None:
    """Add the routes to a Jupyter server."""
    root = root_of(app.contents_manager)
    worker = Worker(log=app.log.error, root=root)
    atexit.register(worker.close)
    app.web_app.settings[SETTING] = started_runner(app)
    app.web_app.settings[checking.WORKER] = worker
    follow_exporters(app, root)
    base = url_path_join(app.web_app.settings["base_url"], "nbexport", "api")
    routes = {**ROUTES, **JOB_ROUTES, **UNDO_ROUTES}
    app.web_app.add_handlers(".*$", [(url_path_join(base, name), handler) for name, handler in routes.items()])


def follow_exporters(app: ServerApp, root: Path | None) -> None:
    """Have File → Save and Export Notebook As… work for our exporters, and read no more than the panel.

    Args:
        app: The server.
        root: The folder that it shows; None where its contents are not files.
    """
    app.config.ProjectExporter.within = str(root or Path(tempfile.gettempdir(), NO_FILES))
    # Jupyter's own route takes no name with a hyphen
    address = url_path_join(app.web_app.settings["base_url"], "nbconvert", r"(?P<format>nbexport-[a-z]+)")
    app.web_app.add_handlers(".*$", [(address + path_regex, NbconvertFileHandler)])


def started_runner(app: ServerApp) -> Runner:
    """The jobs of a server, which end when it does."""
    history = History(Path(jupyter_data_dir()) / "nbexport")
    runner = Runner(history, root=Path(app.contents_manager.root_dir or "."), log=app.log)
    cleanup = app.cleanup_extensions

    async def end_and_clean_up() -> None:
        await asyncio.to_thread(runner.end)
        await cleanup()

    # a server calls this when it stops; it has no other hook for an extension that is a module
    app.cleanup_extensions = end_and_clean_up  # type: ignore[method-assign]
    # and where it ends otherwise
    atexit.register(runner.end)
    follow_renames(app, runner)
    return runner


def follow_renames(app: ServerApp, runner: Runner) -> None:
    """Keep the jobs of a notebook with it when somebody renames or deletes it, or a folder above it, in Jupyter."""
    root, schema = root_of(app.contents_manager), getattr(app.contents_manager, "event_schema_id", None)
    if root is None or schema is None or app.event_logger is None:
        return

    def place_of(path: str) -> Path:
        return Path(os.path.realpath(root)) / path.strip("/")

    async def follow(logger: object, schema_id: str, data: dict[str, Any]) -> None:
        # not in a thread: whoever asks for jobs next gets those of the new name
        if data["action"] == "rename":
            runner.move(place_of(data["source_path"]), place_of(data["path"]))
        elif data["action"] == "delete":
            runner.move(place_of(data["path"]), None)

    app.event_logger.add_listener(schema_id=schema, listener=follow)
