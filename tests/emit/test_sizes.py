"""What a person has to read of a project stays small: files, lines and their length, with and without a package."""

from __future__ import annotations

from pathlib import Path

import pytest
from emit.wheels import runtime_wheel

from nbexport import api
from nbexport.plan import ExportRequest, Plan

EXAMPLES = Path(__file__).parents[2] / "examples"
MOST = {1: (12, 800), 2: (25, 1_800), 3: (45, 3_200), 4: (60, 4_500)}
"""Level → files and lines, without runtime, data and lock files."""
LONGEST = 120
"""Characters in a line."""
BASE_BYTES = 100_000
"""What nbexport keeps for itself in a project."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the runtime."""
    return runtime_wheel(tmp_path_factory.mktemp("built"))


@pytest.mark.parametrize("level", MOST)
@pytest.mark.parametrize(
    ("name", "mode"),
    [("churn", "vendored"), ("digits", "vendored"), ("messages", "vendored"), ("messages", "package")],
)
def test_a_project_is_small(name: str, level: int, mode: str, built: Path, tmp_path: Path) -> None:
    notebook = EXAMPLES / name / f"{name}.ipynb"
    wheel = built if mode == "package" else None
    request = ExportRequest(notebook, tmp_path / "project", level, runtime=mode, runtime_wheel=wheel)
    plan = api.plan(request)
    assert isinstance(plan, Plan)
    api.apply(plan)
    # what undo keeps does not belong to the project: git ignores it
    every = [path for path in (tmp_path / "project").rglob("*") if path.is_file()]
    paths = [path for path in every if "history" not in path.parts]
    names = {path.relative_to(tmp_path / "project").as_posix(): path for path in paths}
    kept = sum(path.stat().st_size for file, path in names.items() if file.startswith(".nbexport/"))
    assert kept < BASE_BYTES
    own = {file: path for file, path in names.items() if is_own(file, beside=notebook.parent)}
    lines = {file: path.read_text(encoding="utf-8").splitlines() for file, path in own.items()}
    files, length = MOST[level]
    assert len(lines) <= files, sorted(lines)
    # its base is one file, which nobody reads
    assert sum(len(text) for file, text in lines.items() if not file.startswith(".nbexport/")) <= length
    # JSON cannot break a text
    broken = {file: text for file, text in lines.items() if not file.endswith(".json")}
    assert [(file, line) for file, text in broken.items() for line in text if len(line) > LONGEST] == []


def is_own(file: str, *, beside: Path) -> bool:
    """Whether a file is neither the runtime's, nor data beside the notebook, nor a lock."""
    runtime = file.startswith(("nbexport_runtime/", "wheels/"))
    lock = file.endswith(".lock") or file.startswith("requirements")
    return not (runtime or lock or (beside / file).is_file())
