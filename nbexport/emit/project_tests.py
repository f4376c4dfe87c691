"""The project's own tests: the notebook's figures, its gates, the bundle in a fresh process."""

from __future__ import annotations

import json

from nbexport.emit.export import Export, Project
from nbexport.emit.templating import rendered
from nbexport.plan import Artifact


def emit(export: Export) -> Project:
    """The tests and the figures they compare with."""
    figures = json.dumps(dict(export.program.figures), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    values = {"gates": export.program.gates}
    return Project(
        (
            rendered("project_tests", "test_training.py", values, path="tests/test_training.py"),
            Artifact("tests/figures.json", figures.encode("utf-8")),
        )
    )
