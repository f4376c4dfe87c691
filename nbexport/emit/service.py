"""The service: `serve.py` with its routes, `schemas.py` with request and response, `score.py`, and its tests."""

from __future__ import annotations

import textwrap

from nbexport import levels
from nbexport.emit.export import Export, Project
from nbexport.emit.schemas import schemas
from nbexport.emit.templating import static
from nbexport.errors import NbexportError
from nbexport.lift import style
from nbexport.plan import Artifact
from nbexport.program import Predict, Program

WIDTH = 110
"""Columns of a docstring's line, its indentation left out."""

ROUTES = '''
# the model is loaded when the app starts; settings are environment variables, see RUNBOOK.md
service = Service(load_model, PredictRequest, PredictResponse{extras})
app = service.app({title}, {description})


@app.post("/predict")
async def predict(request: PredictRequest) -> PredictResponse:
{docstring}
    return await service.predict(request)


@app.post("/predict/batch")
async def predict_batch(rows: Rows[PredictRequest]) -> Answers[PredictResponse]:
    """Many inputs at once; a row that cannot be answered has its error in its place."""
    return await service.predict_many(rows)
'''


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
            _file("serve.py", serve(export.program, predict, platform=export.level >= levels.PLATFORM)),
            _file("schemas.py", schemas(predict, export.program.notebook)),
            static("service", "score.py"),
            static("service", "test_service.py", path="tests/test_service.py"),
        )
    )


def _file(path: str, text: str) -> Artifact:
    # half of a surrogate pair has no UTF-8
    return Artifact(path, text.encode("utf-8", "replace"))


def serve(program: Program, predict: Predict, *, platform: bool = False) -> str:
    """The text of `serve.py`.

    Args:
        program: What the notebook lifts to.
        predict: The interface.
        platform: Whether the project has a platform.
    """
    notebook = literal(f"Serves the model of {program.notebook}.")
    about = (
        f"The service of {program.notebook}: uvicorn serve:app\n\n"
        "GET /health, /ready, /metadata, /metrics and /docs come with it."
    )
    answers = predict.docstring or f"What `predict` of {program.notebook} answers."
    lines = [
        docstring(about, indent=""),
        "",
        *(["from pathlib import Path", ""] if platform else []),
        *(
            ["from model import load_model  # sets the process for what is imported below", "# isort: split"]
            if program.sets_process
            else ["from model import load_model"]
        ),
        *(["from nbexport_runtime.platform.extras import Platform"] if platform else []),
        "from nbexport_runtime.service import Answers, Rows, Service",
        "from schemas import PredictRequest, PredictResponse",
        ROUTES.format(
            title=f"title={literal(program.title)}",
            description=f"description={notebook}",
            docstring=docstring(answers, indent="    "),
            extras=", extras=Platform(Path(__file__).parent)" if platform else "",
        ),
    ]
    return style.tidy("\n".join(lines), "serve.py")


def literal(text: str) -> str:
    """Text as Python source, in pieces where it is long."""
    pieces = textwrap.wrap(text, WIDTH - 20, drop_whitespace=False) if len(text) > WIDTH - 20 else [text]
    shown = " ".join(repr(piece) for piece in pieces)
    return shown if len(pieces) == 1 else f"({shown})"


def docstring(text: str, *, indent: str) -> str:
    """Text as a docstring, its long lines wrapped; whatever it holds, it ends where the docstring ends."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    lines = [piece for line in escaped.strip().split("\n") for piece in _wrapped(line)]
    if lines[-1].endswith('"'):
        lines[-1] = f'{lines[-1][:-1]}\\"'
    body = "\n".join(f"{indent}{line}".rstrip() for line in lines).lstrip()
    end = f"\n{indent}" if len(lines) > 1 else ""
    return f'{indent}"""{body}{end}"""'


def _wrapped(line: str) -> list[str]:
    """A line in pieces that fit; words that are longer stay whole."""
    margin = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, WIDTH, subsequent_indent=margin, break_long_words=False) or [""]
