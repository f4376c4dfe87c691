"""A project with a service of level 4 around a model that is a few lines of Python."""

from __future__ import annotations

import os
from pathlib import Path

from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.extras import Platform
from nbexport_runtime.service import Service
from nbexport_runtime.service.settings import Settings
from runtime.service.bench_model import load_model
from runtime.service.conftest import Bench, Request, Response, write_model

TESTS = Path(__file__).parents[2]
PATHS = os.pathsep.join((str(TESTS), str(TESTS.parent / "runtime")))
"""The PYTHONPATH of its processes."""
SERVE = """
from pathlib import Path

from nbexport_runtime.platform.extras import Platform
from nbexport_runtime.service import Answers, Rows, Service
from runtime.service.bench_model import load_model
from runtime.service.conftest import Request, Response

service = Service(load_model, Request, Response, extras=Platform(Path(__file__).parent))
app = service.app(title="A bench")


@app.post("/predict")
async def predict(request: Request) -> Response:
    return await service.predict(request)


@app.post("/predict/batch")
async def predict_batch(rows: Rows[Request]) -> Answers[Response]:
    return await service.predict_many(rows)
"""
FACTS = {
    "version": "v1",
    "created": "2026-10-31T10:00:00+00:00",
    "metrics": {"auc": 0.875},
    "data_set": {"id": "20261030-abc", "sha256": "5" * 64, "source": "x"},
}
"""What the manifest of the model says."""


def written(folder: Path, toml: str = "") -> Project:
    """The project, with its model, to be served by `projects.serving.served`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "serve.py").write_text(SERVE, encoding="utf-8")
    (folder / "stages.py").write_text("", encoding="utf-8")
    (folder / "platform.toml").write_text(toml, encoding="utf-8")
    write_model(folder / "models" / "versions" / "v1", **FACTS)
    return Project(folder, folder)


def bundle(project: Project) -> Path:
    """The model that its service is started with."""
    return project.versions / "v1"


class PlatformBench(Bench):
    """The same service within the process of the test."""

    def __init__(self, folder: Path, toml: str = "", **settings: object) -> None:
        super().__init__(folder, **settings)
        written(folder, toml)
        options = {"model_dir": folder / "models" / "versions" / "v1", "log_dir": str(folder / "logs"), **settings}
        self.service = Service(load_model, Request, Response, Settings(**options), Platform(folder))  # type: ignore[arg-type]
        self.app = self.service.app(title="A bench")
