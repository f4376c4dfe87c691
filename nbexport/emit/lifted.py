"""The notebook's own code: `model.py` and, where it defines anything, `definitions.py`."""

from __future__ import annotations

from nbexport.emit.export import Export, Project
from nbexport.lift import provenance
from nbexport.plan import Artifact


def emit(export: Export) -> Project:
    """The lifted files."""
    texts = {provenance.MODEL: export.program.model, provenance.DEFINITIONS: export.program.definitions}
    origins = provenance.origins(export.program)
    return Project(
        tuple(
            Artifact(file, text.encode("utf-8"), origins=origins.get(file, "")) for file, text in texts.items() if text
        )
    )
