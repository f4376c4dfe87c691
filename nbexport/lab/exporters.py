"""The door for nbconvert: File → Save and Export Notebook As…, and `jupyter nbconvert --to nbexport-train`.

An exporter gives one file, and a project has many: it is a zip of them, the same bytes for the same notebook.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException
from traitlets import Unicode

from nbexport import api
from nbexport.errors import NbexportError
from nbexport.plan import Means

_WHEN = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can name: a real one would make each export differ."""


class ProjectExporter(Exporter):
    """A notebook as the zip of its project."""

    level = 1
    output_mimetype = "application/zip"
    within = Unicode("", help="Folder outside of which no module and no data is read; a server sets its root.").tag(
        config=True
    )

    def _file_extension_default(self) -> str:
        return ".zip"

    def from_notebook_node(
        self, nb: Any, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """The zip.

        Raises:
            ConversionException: The notebook cannot be exported; the text says why.
        """
        text = json.dumps(nb, indent=1, ensure_ascii=False)
        nb, resources_after = super().from_notebook_node(nb, resources, **kwargs)
        metadata = resources_after.get("metadata", {})
        name = f"{metadata.get('name') or 'notebook'}.ipynb"
        path = Path(metadata.get("path") or ".") / name
        means = Means(within=Path(self.within)) if self.within else None
        try:
            project = api.project(path, level=self.level, text=text, means=means)
        except NbexportError as error:
            raise ConversionException(str(error)) from None
        if isinstance(project, api.Refused):
            messages = [
                f"{finding.code} cell {finding.problem.cell}: {finding.problem.message} ({finding.problem.hint})"
                for finding in project.against
            ]
            raise ConversionException("\n".join(["This notebook cannot be exported yet:", *messages]))
        return zipped(path.stem, {file.path: file.content for file in project.artifacts}), resources_after


class TrainExporter(ProjectExporter):
    """Level 1: `train.py`."""

    level = 1
    export_from_notebook = "nbexport: training script (zip)"


class ServeExporter(ProjectExporter):
    """Level 2: the service."""

    level = 2
    export_from_notebook = "nbexport: service (zip)"


class PipelineExporter(ProjectExporter):
    """Level 3: the pipeline."""

    level = 3
    export_from_notebook = "nbexport: pipeline (zip)"


def zipped(folder: str, files: dict[str, bytes]) -> bytes:
    """Files as a zip with one folder in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            about = zipfile.ZipInfo(f"{folder}/{path}", _WHEN)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            archive.writestr(about, content)
    return target.getvalue()
