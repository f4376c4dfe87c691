"""CI files → jobs with the command lines that they run, GitHub's and GitLab's alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError

GITHUB = Path(".github") / "workflows"
GITLAB = Path(".gitlab-ci.yml")
RETRAIN = "retrain"
"""What the other workflows build upon runs first."""

_HERE = ("actions/checkout", "actions/setup-python")
"""What a copy of the project and an interpreter stand in for."""
_KEEPS = "actions/upload-artifact"
_HOLE = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_SECRET = re.compile(r"\$\{\{\s*secrets\.\w+\s*\}\}")


@dataclass(frozen=True, slots=True)
class Command:
    """One command line, or one action that is something else."""

    name: str
    run: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    """Those of its variables that the CI fills from what it stores as secrets."""
    keeps: tuple[str, tuple[str, ...]] | None = None
    """Name and paths of what is kept for later jobs."""
    left_out: str = ""
    """Why it cannot be rehearsed."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one machine does."""

    workflow: str
    name: str
    commands: tuple[Command, ...]
    needs: tuple[str, ...] = ()
    image: str = ""
    """The image in which it runs, or the runner."""
    ignored: tuple[str, ...] = ()
    """Patterns of what does not come along into an image."""


def jobs(project: Path) -> list[Job]:
    """The jobs of a project in the order in which a first run has them.

    Raises:
        NbexportError: There is no CI file, or it cannot be read.
    """
    files = sorted(path for ending in ("*.yml", "*.yaml") for path in (project / GITHUB).glob(ending) if path.is_file())
    files.sort(key=lambda path: path.stem != RETRAIN)
    all_jobs = [job for path in files for job in _github(path)]
    if (project / GITLAB).is_file():
        all_jobs += _gitlab(project / GITLAB)
    if not all_jobs:
        raise NbexportError(
            f"`{project}` has no workflows to rehearse", fix="export the notebook with `--level 3` first"
        )
    return all_jobs


def _github(path: Path) -> Iterator[Job]:
    whole = _read(path)
    # YAML 1.1 takes the key `on` for a truth
    triggers = whole.get("on", whole.get(True))
    manual = _mapping(_mapping(triggers).get("workflow_dispatch"))
    inputs = {name: _first(name, _mapping(about)) for name, about in _mapping(manual.get("inputs")).items()}
    ordered: list[str] = []
    table = _mapping(whole.get("jobs"))
    while len(ordered) < len(table):
        ready = [name for name in table if name not in ordered and set(_needs(table[name])) <= set(ordered)]
        if not ready:
            raise NbexportError(f"`{path.name}`: the jobs wait for each other")
        ordered += ready
    for name in ordered:
        job = _mapping(table[name])
        outer = {**_mapping(whole.get("env")), **_mapping(job.get("env"))}
        if "uses" in job or "strategy" in job or "container" in job:
            what = next(word for word in ("uses", "strategy", "container") if word in job)
            yield Job(path.name, name, (Command(name, left_out=f"it has `{what}`"),), _needs(job))
            continue
        steps = [_mapping(step) for step in job.get("steps") or ()]
        commands = [_step(step, outer, inputs) for step in steps if not _is_here(step)]
        yield Job(path.name, name, tuple(commands), _needs(job), image=_text(job.get("runs-on")))


def _needs(job: Any) -> tuple[str, ...]:
    needs = _mapping(job).get("needs") or ()
    return (needs,) if isinstance(needs, str) else tuple(str(name) for name in needs)


def _first(name: str, about: Mapping[str, Any]) -> str:
    """What an input has when a project is run for the first time."""
    return "true" if name == "first" else str(about.get("default", ""))


def _is_here(step: Mapping[str, Any]) -> bool:
    return str(step.get("uses", "")).partition("@")[0] in _HERE


def _step(step: Mapping[str, Any], outer: Mapping[str, Any], inputs: Mapping[str, str]) -> Command:
    name = str(step.get("name") or step.get("uses") or "run")
    if "uses" in step:
        if str(step["uses"]).partition("@")[0] != _KEEPS:
            return Command(name, left_out=f"`{step['uses']}` runs on GitHub alone")
        given = _mapping(step.get("with"))
        paths = tuple(line.strip() for line in str(given.get("path", "")).splitlines() if line.strip())
        return Command(name, keeps=(str(given.get("name", "artifact")), paths))
    if step.get("shell", "bash") not in ("bash", "sh"):
        return Command(name, left_out=f"its shell is `{step['shell']}`")
    variables = {**outer, **_mapping(step.get("env"))}
    return Command(
        name,
        run=_filled(str(step.get("run", "")), inputs),
        variables={key: _filled(_text(value), inputs) for key, value in variables.items()},
        secrets=frozenset(key for key, value in variables.items() if _SECRET.fullmatch(_text(value))),
    )


def _filled(text: str, inputs: Mapping[str, str]) -> str:
    """A text with what a rehearsal knows of GitHub's expressions; all others are empty."""
    known = {
        **{f"inputs.{name}": value for name, value in inputs.items()},
        "github.event.repository.default_branch": "main",
        "github.ref_name": "main",
        "github.token": "rehearsal",
        "github.actor": "rehearsal",
    }

    def value(hole: re.Match[str]) -> str:
        name, _, default = hole[1].partition(" || ")
        return known.get(name) or (default.strip("'") if re.fullmatch(r"'[^']*'", default) else "")

    return _HOLE.sub(value, text)


def _gitlab(path: Path) -> Iterator[Job]:
    whole = _read(path)
    variables = {key: _text(value) for key, value in _mapping(whole.get("variables")).items()}
    table = {name: job for name, job in whole.items() if isinstance(job, dict) and "script" in job}
    stages = whole.get("stages") or []
    # a first run is one by hand: nothing can be checked that a model is needed for before it is there
    order = sorted(table, key=lambda name: (name != RETRAIN, stages.index(table[name].get("stage"))))
    for name in order:
        job = table[name]
        script = job["script"]
        lines = [script] if isinstance(script, str) else [str(line) for line in script]
        given = {**variables, **{key: _text(value) for key, value in _mapping(job.get("variables")).items()}}
        if name == RETRAIN:
            given["FIRST"] = "true"
        commands = [Command("script", run="\n".join(lines), variables=given)]
        kept = _mapping(job.get("artifacts"))
        if kept.get("paths"):
            report = _mapping(kept.get("reports")).get("dotenv")
            paths = [*kept["paths"], *([report] if isinstance(report, str) else [])]
            commands.append(Command("artifacts", keeps=(name, tuple(str(entry) for entry in paths))))
        # without `needs`, a job has what all earlier stages left
        before = [other for other in table if stages.index(table[other].get("stage")) < stages.index(job.get("stage"))]
        image = job.get("image", _mapping(whole.get("default")).get("image", whole.get("image")))
        image = _mapping(image).get("name") if isinstance(image, dict) else image
        needs = _needs(job) if "needs" in job else tuple(before)
        yield Job(path.name, name, tuple(commands), needs, image=_text(image))


def _read(path: Path) -> Mapping[Any, Any]:
    import yaml

    try:
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise NbexportError(f"`{path}` cannot be read", why=str(error), fix="fix the file") from None
    if not isinstance(whole, dict):
        raise NbexportError(f"`{path}` is not a workflow", fix="fix the file")
    return whole


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
