"""The job `serve`: a project's service, live on this machine until somebody ends it, and requests to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nbexport.errors import NbexportError
from nbexport.lab.jobs.asked import Asked
from nbexport.lab.jobs.job import FailedError, Job
from nbexport.lab.jobs.testing import SHOWN, secrets_of
from nbexport.lab.tasks.requests import RequestError
from nbexport.lab.wire.types import WireAnswer
from nbexport.verify import watched
from nbexport.verify.comparison import notebook_data
from nbexport.verify.live import METHODS, MOST_BYTES, LiveService
from nbexport.verify.service import is_service

LONGEST_PATH = 2000
PIPELINE = "pipeline.toml"
PLACEMENTS = "models/placements.jsonl"
"""What a pipeline has put into production."""


def serve(job: Job, asked: Asked) -> None:
    """Run the service of a project until the job is cancelled.

    Raises:
        FailedError: There is no service, the training fails, or the service ends by itself.
        StoppedError: The job was cancelled.
    """
    if not is_service(asked.project):
        raise FailedError("This project has no service.", fix="Export it at level 2 or higher.")
    secrets, bundle = secrets_of(asked), served(asked.project)
    trains = bundle is not None and is_stale(bundle, asked.project)
    job.expect(1 + trains)
    if trains:
        job.next("train the model")
        data = notebook_data(asked.place, asked.project)
        status = watched.train(asked.project, data=data, stop=job.stop, line=job.say, secrets=secrets)
        if status != 0:
            raise FailedError("The training fails, so there is no model to serve.", why=job.last_lines(SHOWN))
    job.next("start the service")
    with TemporaryDirectory(prefix="nbexport-service-") as logs:
        job.stop.check()
        service = LiveService(asked.project, bundle=bundle, logs=Path(logs), secrets=secrets)

        def ready(_: str) -> None:
            job.examples = service.examples()
            job.does("answers requests")
            job.service = service

        try:
            service.until_it_ends(stop=job.stop, line=job.say, ready=ready)
        except NbexportError as error:
            why = job.last_lines(SHOWN) or error.why
            raise FailedError(f"{error.what[:1].upper()}{error.what[1:]}.", why=why) from None


def served(project: Path) -> Path | None:
    """The bundle that is to be served; None where the project's own journal says which."""
    if not (project / PIPELINE).is_file():
        return project / "models" / "latest"
    return None if (project / PLACEMENTS).is_file() else project / "models" / "candidate"


def is_stale(bundle: Path, project: Path) -> bool:
    """Whether a model is absent, or older than the code that trains it."""
    try:
        trained = (bundle / "manifest.json").stat().st_mtime
    except OSError:
        return True
    return any(path.stat().st_mtime > trained for path in project.glob("*.py"))


def ask(job: Job, body: Mapping[str, Any]) -> WireAnswer:
    """What the service of a job answers to a request.

    Raises:
        RequestError: The request cannot be sent to it, the service is not ready, or it gives no answer.
    """
    method, path, content = body.get("method"), body.get("path"), body.get("body", "")
    if method not in METHODS:
        raise RequestError(400, f"A service is asked by {' or '.join(METHODS)}.")
    if not isinstance(path, str) or not path.startswith("/") or len(path) > LONGEST_PATH:
        raise RequestError(400, "The path of a request begins with a slash, and is short.")
    if path.startswith("//") or not all("!" <= char <= "~" for char in path):
        raise RequestError(400, "The path of a request holds letters, digits and the signs of an address.")
    if not isinstance(content, str):
        raise RequestError(400, "The body of a request is a text.")
    if len(content.encode("utf-8", "replace")) > MOST_BYTES:
        raise RequestError(413, "The body of the request is too large.")
    service = job.service
    if service is None:
        raise RequestError(409, "The service does not run.", fix="Start it first.")
    try:
        answer = service.ask(str(method), path, content)
    except NbexportError as error:
        raise RequestError(502, "The service gives no answer.", error.why) from None
    return {"status": answer.status, "body": answer.body, "milliseconds": answer.milliseconds}
