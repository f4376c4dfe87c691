"""The service: `serve.py` is static; only `schemas.py` knows the notebook's `predict`."""

from __future__ import annotations

from nbexport.emit.export import Export, Project
from nbexport.emit.schemas import schemas
from nbexport.emit.templating import static
from nbexport.errors import NbexportError
from nbexport.model import Artifact, Predict, Program


def _schemas(program: Program, predict: Predict) -> str:
    return schemas(predict, program.notebook, sets_process=program.sets_process)


def emit(export: Export) -> Project:
    """The service and its tests.

    Raises:
        NbexportError: There is no `predict` that could be served.
    """
    predict = export.program.predict
    if predict is None:
        raise NbexportError(
            "a service needs a `predict` that stands by itself",
            why="the lift had to keep it inside a stage",
            fix="define `predict` at the top level of its cell, without values of a stage in its signature",
        )
    return Project(
        (
            static("service", "serve.py"),
            Artifact("schemas.py", _schemas(export.program, predict).encode("utf-8", "replace")),
            static("service", "test_service.py", path="tests/test_service.py"),
        )
    )
