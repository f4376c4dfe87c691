"""Data sets: each has an id made from its content, and DVC keeps every version.

data/sets/ID/        the files, and `dataset.json`: id, sha256 of every file, where they came from
data/sets/ID.dvc     what DVC needs to bring them back; belongs into git
data/train/          a copy of the one that training reads
"""

from __future__ import annotations

import base64
import http.client
import shutil
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline import dvc, snapshot
from nbexport_runtime.pipeline.files import copy, digest_of, digests, read_json, staging, write_json
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.training.folders import put_in_place

RECORD = "dataset.json"


def is_data_set(folder: Path) -> bool:
    """Whether a folder holds a versioned data set."""
    return (folder / RECORD).is_file()


def inside(folder: Path, source: Path | None) -> Path:
    """What the notebook's code reads within a data set: the file where it read a file, the folder otherwise.

    Args:
        folder: The data set.
        source: What the notebook reads.
    """
    if source is not None and (folder / source.name).is_file():
        return folder / source.name
    return folder


def record(folder: Path) -> dict[str, Any]:
    """What is known of a data set, once its files are those it was made of.

    Raises:
        PipelineError: A file is missing, new or changed.
    """
    facts = read_json(folder / RECORD)
    files = {name: known for name, known in digests(folder).items() if name != RECORD}
    names = files.keys() | facts["files"].keys()
    changed = sorted(name for name in names if files.get(name) != facts["files"].get(name))
    if changed:
        raise PipelineError(
            f"`{folder / changed[0]}` is not as data set {facts['id']} says; "
            "fetch it again with `python scripts/fetch_data.py`"
        )
    return facts


def fetch(project: Project, source: str = "") -> dict[str, Any]:
    """Bring the data of a source in as a data set; the record. The same content is the same data set.

    Raises:
        PipelineError: The source cannot be read.
    """
    project.sets.mkdir(parents=True, exist_ok=True)
    fresh = staging(project.sets / "new")
    try:
        where = bring(project, source or project.settings().data.source, fresh)
        files = digests(fresh)
        if not files:
            raise PipelineError(f"`{where}` holds no file")
        whole = digest_of(files)
        identity = f"d-{whole[:12]}"
        folder = project.sets / identity
        if not folder.exists():
            facts = {
                "id": identity,
                "sha256": whole,
                "source": where,
                "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
                "files": files,
            }
            write_json(fresh / RECORD, facts)
            fresh.chmod(0o755)
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    dvc.add(project, folder)
    return record(folder)


def bring(project: Project, source: str, folder: Path) -> str:
    """Copy what a source holds into a folder; what the source is called, without its credentials.

    Raises:
        PipelineError: It is not there.
    """
    reads = project.source
    if not source and reads is None:
        snapshot.take(project, folder)
        return f"the code of {project.notebook}"
    chosen = source or str(reads)
    parts = urllib.parse.urlsplit(chosen)
    if parts.scheme in ("http", "https"):
        download(chosen, folder / (Path(parts.path).name or "data"))
        return masked(chosen)
    path = project.root / chosen
    if not path.exists() and source:
        path = Path(source).absolute()
    if path.is_dir():
        copy(path, folder)
        (folder / RECORD).unlink(missing_ok=True)
    elif path.is_file():
        # what the notebook calls it, so that the same code reads it
        shutil.copyfile(path, folder / (reads.name if reads else path.name))
    else:
        raise PipelineError(f"the data `{chosen}` is not there; name it with --source or in pipeline.toml")
    return chosen


def download(address: str, path: Path) -> None:
    """Fetch a file over HTTP; the user and password of the address are sent to its host alone.

    Raises:
        PipelineError: The server does not return it.
    """
    try:
        parts = urllib.parse.urlsplit(address)
        credentials, _, host = parts.netloc.rpartition("@")
        request = urllib.request.Request(parts._replace(netloc=host).geturl())  # noqa: S310 - the caller knows it
        if credentials:
            user, _, password = (urllib.parse.unquote(part) for part in credentials.partition(":"))
            encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
            # where it is redirected to does not get them
            request.add_unredirected_header("Authorization", f"Basic {encoded}")
        with urllib.request.urlopen(request, timeout=60) as answer, path.open("wb") as file:  # noqa: S310 - see above
            shutil.copyfileobj(answer, file)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise PipelineError(f"`{address}` cannot be fetched: {error}") from None


def place(project: Project, identity: str) -> Path:
    """The folder of a data set; DVC brings it back if it is not there.

    Raises:
        PipelineError: There is no such data set.
    """
    folder = project.sets / identity
    if not is_data_set(folder):
        if not (project.sets / f"{identity}.dvc").is_file():
            known = ", ".join(sorted(path.stem for path in project.sets.glob("*.dvc")))
            raise PipelineError(f"there is no data set `{identity}`; known are: {known or 'none'}")
        dvc.bring(project, folder)
    record(folder)
    return folder


def put(project: Project, identity: str, output: Path) -> None:
    """Make a folder a copy of a data set, in one step.

    Raises:
        PipelineError: Something else is in that folder.
    """
    source = place(project, identity)
    if output.exists() and not is_data_set(output) and any(output.iterdir()):
        raise PipelineError(f"`{output}` holds something else; choose another --output")
    fresh = staging(output)
    try:
        copy(source, fresh)
        fresh.chmod(0o755)
        put_in_place(fresh, output)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
