"""A project as a zip, from the notebook's content alone: for contents that are not files on the server."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from nbexport import api
from nbexport.lab.jobs.exporting import refused
from nbexport.lab.tasks.requests import RequestError
from nbexport.plan import ExportRequest
from nbexport.program import Refused


def name_of(path: str) -> str:
    """The file name of a notebook, whatever its contents manager calls a path.

    Raises:
        RequestError: There is none.
    """
    name = PurePosixPath(path).name
    if not name or name == ".." or not name.isprintable() or "\\" in name or ":" in name or len(name) > 200:
        raise RequestError(400, "The request needs the path of a notebook.")
    return name


def archive(name: str, text: str, *, level: int, ci: str | None, place: Path | None, root: Path | None) -> bytes:
    """The project of a notebook as a zip of one folder; the server's disk gets nothing.

    Args:
        name: File name of the notebook.
        text: What it holds.
        level: Maturity level.
        ci: Where the project is checked; None is the usual place.
        place: The notebook on disk, beside which its data and modules are; None where it is not a file.
        root: The folder that the server shows; None where it shows no files.

    Raises:
        RequestError: The notebook cannot be exported.
        NbexportError: It cannot be read.
    """
    with TemporaryDirectory(prefix="nbexport-archive-") as scratch:
        folder, within = Path(scratch) / "project", root or Path(scratch)
        made = api.plan(ExportRequest(place or Path(scratch) / name, folder, level, ci=ci, text=text, within=within))
    if isinstance(made, Refused):
        raise refused(made)
    top = PurePosixPath(name).stem or "project"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for change in made.changes:
            entry = zipfile.ZipInfo(f"{top}/{change.path}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if change.executable else 0o100644) << 16
            file.writestr(entry, change.after or b"")
    return packed.getvalue()
