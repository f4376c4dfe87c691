"""The copy of a project that a simulation happens in, so that nothing of the project itself is changed.

Code, settings, what was held back and the model in production come along; logs, other models and the store do not. The
copy has a store, an archive of predictions and a registry of its own, whatever the settings and the environment say:
no simulated line ever reaches what is real.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Collection
from pathlib import Path

from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform import settings
from nbexport_runtime.traffic import clock

FOLDER = "project"
"""The copy, below the folder of the simulation."""
MARK = "simulation.json"
"""The file that says that a folder holds a simulation, so that the next one may replace it."""
LEFT_OUT = frozenset({".git", ".venv", ".env", ".store", "logs", "node_modules"})
OF_MODELS = frozenset({"placements.jsonl", "registry.db", "decisions", "cards"})
"""What comes along of `models/`, beside the version in production."""
OWN = (
    (settings.NAME, "log", "archive", "logs/archive"),
    ("pipeline.toml", "registry", "tracking_uri", ""),
)
"""File, table and key of what the settings name that is real, and the copy's own."""
REAL = re.compile(
    r"PIPELINE_.*|MLFLOW_.*|MODELS?_DIR|MODEL_DIGEST|MODEL_PUBLIC_KEY|API_KEYS_FILE|LOG_(?!REDACT).*|CLOSED_ROUTES|"
    r"WEB_CONCURRENCY|PROMETHEUS_.*|FEATURES?_.*|REDIS_.*|CI|GITHUB_.*|GITLAB_.*|CI_.*"
)
"""Variables that name what is real, which the processes of a simulation do not get."""


def prepared(folder: Path) -> Path:
    """The folder of a simulation, empty; an earlier simulation in it is removed.

    Raises:
        PipelineError: It holds something else, or cannot be made.
    """
    if folder.exists() and not (folder.is_dir() and ((folder / MARK).is_file() or not any(folder.iterdir()))):
        raise PipelineError(f"`{folder}` holds something that is not a simulation; name another with `--output`")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text(json.dumps({"simulation": "begun"}), encoding="utf-8")
    except OSError as error:
        raise PipelineError(f"`{folder}` cannot be written: {error.strerror}; name another with `--output`") from None
    return folder.resolve()


def copied(project: Project, folder: Path) -> Project:
    """The copy of a project.

    Args:
        project: The project; something must be in production.
        folder: The folder of the simulation, which may lie in the project.

    Raises:
        PipelineError: There is no production, or it is not as it was placed.
    """
    current = project.current
    if current is None:
        raise PipelineError("there is no production to simulate; train one with `python retrain.py`")
    target = folder / FOLDER

    def left_out(place: str, names: list[str]) -> Collection[str]:
        here = Path(place).resolve()
        if here == project.models.resolve():
            return [name for name in names if name not in OF_MODELS]
        if here == project.data.resolve():
            # the sets are what was trained on; features may read the newest
            return [name for name in names if name == "sets"]
        return [name for name in names if name in LEFT_OUT or (here / name) == folder]

    shutil.copytree(project.root, target, ignore=left_out, symlinks=False, ignore_dangling_symlinks=True)
    version = str(manifest(current)["version"])
    shutil.copytree(current, target / "models" / "versions" / version)
    shutil.copytree(current, target / "models" / "production")
    for name, section, key, value in OWN:
        isolated(target / name, section, key, value)
    return Project(target, target)


def isolated(path: Path, section: str, key: str, value: str) -> None:
    """Have a setting name what is the copy's own.

    Args:
        path: The file; nothing happens where it is not there.
        section: Its table.
        key: The key, which no other table has.
        value: What it gets.

    Raises:
        PipelineError: The file names something else in a way that cannot be changed here.
    """
    if not path.is_file():
        return
    line = re.compile(rf"(?m)^(\s*{key}\s*=).*$")
    text = line.sub(lambda match: f'{match[1]} "{value}"', path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    try:
        now = tomllib.loads(text).get(section, {}).get(key, value)
    except (ValueError, AttributeError) as error:
        raise PipelineError(f"`{path.name}` cannot be read: {error}") from None
    if now != value:
        raise PipelineError(f"`{path.name}`: write `{key}` of [{section}] on a line of its own")


def variables(project: Project, time_file: Path) -> dict[str, str]:
    """The environment of every process of a simulation.

    Args:
        project: The copy.
        time_file: The file of the simulated clock.
    """
    kept = {name: value for name, value in os.environ.items() if not REAL.fullmatch(name)}
    path = [str(project.code), *(entry for entry in kept.get("PYTHONPATH", "").split(os.pathsep) if entry)]
    return {
        **kept,
        clock.VARIABLE: str(time_file),
        "LOG_DIR": "logs",
        # a simulation loses no line
        "LOG_FILES": "1000",
        "FEATURES_ONLINE": str(project.models / "features.sqlite"),
        "PIPELINE_STORE": str(project.root.parent / "store"),
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def python() -> str:
    """The interpreter of the project's commands: the one that simulates."""
    return sys.executable
