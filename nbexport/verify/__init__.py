"""Runs notebook and exported project in clean processes and compares: the only stage that runs the notebook's code."""

from __future__ import annotations

import json
import math
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError
from nbexport.model import Notebook, Program
from nbexport.verify.processes import Progress, run_notebook, run_project
from nbexport.verify.snapshot import differences, snapshot


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the project computes differently."""

    kind: str
    """`metric`, `value` or `prediction`."""
    name: str
    notebook: str
    project: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict, for people (`verification.json`) and for programs."""

    notebook: str
    digest: str
    equal: bool
    tolerance: float
    metrics: tuple[str, ...]
    values: tuple[str, ...]
    predictions: int
    differences: tuple[Difference, ...]
    edited: tuple[str, ...]
    """Files of the project that were changed by hand since the export."""
    missing: tuple[str, ...] = ()
    """Names that one side does not have, so that nothing was compared."""

    def as_json(self) -> str:
        """The text of `verification.json`."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def verify(
    notebook: Notebook,
    program: Program,
    *,
    project: Path,
    tolerance: float = 0.0,
    edited: tuple[str, ...] = (),
    progress: Progress = lambda step: None,
    python: str = sys.executable,
) -> Verification:
    """The comparison of one notebook with its project.

    Args:
        notebook: The notebook; its code is run.
        program: What it lifts to.
        project: Folder of the exported project; its code is run.
        tolerance: Largest relative difference between floats that counts as equal.
        edited: Files that were changed by hand since the export.
        progress: Told what runs.
        python: Interpreter that runs the project.

    Raises:
        NbexportError: One of the two does not run.
    """
    if not (project / "train.py").is_file():
        raise NbexportError(
            f"`{project}` is no exported project", why="it has no train.py", mend="export the notebook first"
        )
    examples = program.predict.examples if program.predict is not None else ()
    with tempfile.TemporaryDirectory(prefix="nbexport-verify-") as folder:
        scratch = Path(folder)
        left = run_notebook(notebook, values=program.state, examples=examples, scratch=scratch, progress=progress)
        right = run_project(
            project.resolve(),
            values=program.state,
            examples=examples,
            data=_data(notebook, project),
            scratch=scratch,
            progress=progress,
            python=python,
        )
    found: list[Difference] = []
    for name, one, other in _metrics(left["metrics"], right["metrics"], tolerance):
        found.append(Difference("metric", name, one, other))
    shared = [name for name in program.state if name in left["values"] and name in right["values"]]
    for name in shared:
        for path, one, other in differences(left["values"][name], right["values"][name], tolerance, name):
            found.append(Difference("value", path, one, other))
    for (text, one_tree), (_, other_tree) in zip(left["predictions"], right["predictions"], strict=False):
        for path, one, other in differences(one_tree, other_tree, tolerance or 1e-6):
            found.append(Difference("prediction", f"{text}{path}", one, other))
    return Verification(
        notebook=program.notebook,
        digest=program.digest,
        equal=not found,
        tolerance=tolerance,
        metrics=tuple(right["metrics"]),
        values=tuple(shared),
        predictions=min(len(left["predictions"]), len(right["predictions"])),
        differences=tuple(found),
        edited=edited,
        missing=tuple(name for name in program.state if name not in shared),
    )


def _data(notebook: Notebook, project: Path) -> Path | None:
    """The notebook's own data, so that both sides read the same bytes."""
    for line in (project / "model.py").read_text(encoding="utf-8").splitlines():
        if line.startswith("DATA: str | None = ") and not line.endswith("None"):
            literal = line.partition("= ")[2].strip()
            path = Path(notebook.path).resolve().parent / literal.strip("'\"")
            return path if path.exists() else None
    return None


def _metrics(left: Any, right: dict[str, Any], tolerance: float) -> list[tuple[str, str, str]]:
    """(name, notebook, project) of each metric that differs; the notebook's may hold numpy or torch numbers."""
    if left is None:
        return [("metrics", "not bound", "bound")]
    plain = {str(_plain(key)): _plain(value) for key, value in next(iter(left.values()))}
    found: list[tuple[str, str, str]] = []
    for name in dict.fromkeys([*plain, *right]):
        if name not in plain or name not in right:
            sides = (str(plain.get(name, "absent")), str(right.get(name, "absent")))
            found.append((name, *sides))
            continue
        one, other = plain[name], right[name]
        if isinstance(one, float | int) and isinstance(other, float | int):
            same = one == other or (math.isnan(one) and math.isnan(other))
            same = same or abs(one - other) <= tolerance * max(abs(one), abs(other))
            if not same:
                found.append((name, repr(one), repr(other)))
        elif differences(snapshot(one), snapshot(other), tolerance):
            found.append((name, str(one)[:80], str(other)[:80]))
    return found


def _plain(tree: Any) -> Any:
    """A snapshot tree of a metric as plain JSON."""
    if not isinstance(tree, dict):
        return tree
    if "int" in tree:
        return int(tree["int"])
    if "float" in tree:
        return float(tree["float"])
    if "numpy" in tree:
        return _plain(tree["value"])
    if "tensor" in tree:
        return _plain(tree["data"])
    if "array" in tree:
        return _array(tree)
    name, entries = next(iter(tree.items()))
    if name in ("list", "tuple") and isinstance(entries, list):
        return [_plain(entry) for entry in entries]
    if isinstance(entries, list) and all(isinstance(entry, list) and len(entry) == 2 for entry in entries):
        return {str(_plain(key)): _plain(value) for key, value in entries}
    return tree


def _array(tree: dict[str, Any]) -> Any:
    import base64

    import numpy

    if "data" not in tree:
        return tree["sha256"]
    dtype = tree["array"].replace("torch.", "")
    return numpy.frombuffer(base64.b64decode(tree["data"]), dtype=dtype).reshape(tree["shape"]).tolist()
