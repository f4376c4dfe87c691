"""A plan from what people write: a command line, a TOML file, or both, where the command line wins.

>>> metric("outcome:bought direction=up window_days=1")
{'kind': 'outcome', 'name': 'bought', 'direction': 'up', 'window_days': 1.0}
>>> metric("latency")
{'kind': 'latency', 'direction': 'down'}
>>> arm("treatment=v2:50")
{'name': 'treatment', 'version': 'v2', 'share_percent': 50.0}
"""

from __future__ import annotations

import math
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import plan, running, sequential
from nbexport_runtime.platform.experiments.plan import Metric, Plan
from nbexport_runtime.platform.experiments.settings import Experiments
from nbexport_runtime.traffic import clock

LISTS = ("arms", "secondary", "guard_rails")
NUMBERS = ("window_days", "tolerance", "pre_period_days")
BASELINE = "baseline"
"""The rate that the primary metric has today; only used to compute `horizon_units`."""
BETTER_DOWN = ("latency", "error")


def metric(text: str) -> dict[str, Any]:
    """The entries of a metric from `KIND:NAME key=value …`.

    Raises:
        PipelineError: A word is not `key=value`, or a number is none.
    """
    first, *words = text.split()
    kind, _, name = first.partition(":")
    entries: dict[str, Any] = {"kind": kind}
    if name:
        entries["name"] = name
    if kind in BETTER_DOWN:
        entries["direction"] = "down"
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in Metric.__dataclass_fields__:
            raise PipelineError(f"`{word}` in `{text}` says nothing about a metric; write key=value, as direction=up")
        entries[key] = number(value, text) if key in NUMBERS else value
    return entries


def arm(text: str) -> dict[str, Any]:
    """The entries of an arm from `NAME=VERSION:PERCENT`.

    Raises:
        PipelineError: It does not have this form.
    """
    name, _, rest = text.partition("=")
    version, colon, share = rest.rpartition(":")
    if not name or not version or not colon:
        raise PipelineError(f"`{text}` is not an arm; write NAME=VERSION:PERCENT, as treatment=candidate:50")
    return {"name": name, "version": version, "share_percent": number(share, text)}


def number(text: str, where: str) -> float:
    """A number.

    Raises:
        PipelineError: It is none.
    """
    try:
        return float(text)
    except ValueError:
        raise PipelineError(f"`{text}` in `{where}` is not a number") from None


def written(project: Project, name: str, content: Mapping[str, Any], settings: Experiments) -> Plan:
    """Write the plan of an experiment that has not begun; the plan.

    Args:
        project: The project.
        name: The name of the experiment.
        content: What people wrote.
        settings: The table `[experiments]`.

    Raises:
        PipelineError: It is incomplete, or an experiment of this name has begun already.
    """
    plan.path_of(project, name)
    stand = running.standing(project, name)
    if stand.state != running.PLANNED:
        raise PipelineError(
            f"`{name}` began at {stand.started}, and a plan never changes after that; choose another name"
        )
    draft = plan.parsed(completed(project, name, content, settings), plan.path_of(project, name))
    if BASELINE in content and not draft.horizon_units:
        draft = replace(draft, horizon_units=horizon(draft, content[BASELINE]))
    plan.write(project, plan.checked(draft))
    return draft


def completed(project: Project, name: str, content: Mapping[str, Any], settings: Experiments) -> dict[str, Any]:
    """The content of a plan's file: what people wrote, and what follows from it."""
    entries = {key: value for key, value in content.items() if key != BASELINE}
    for key in ("primary", *LISTS):
        entries[key] = read_texts(key, entries.get(key, {} if key == "primary" else []))
    for entry in entries["arms"] if isinstance(entries["arms"], list) else ():
        if isinstance(entry, dict):
            entry["version"] = resolved(project, str(entry.get("version", "")))
    return {
        **entries,
        "name": name,
        "salt": uuid.uuid4().hex,
        "created": clock.now().isoformat(timespec="seconds"),
        "alpha": settings.alpha,
        "mismatch_alpha": settings.mismatch_alpha,
    }


def read_texts(key: str, value: Any) -> Any:
    """Metrics and arms that were written as texts, as tables."""
    read = arm if key == "arms" else metric
    if isinstance(value, str):
        return read(value) if value.strip() else {}
    if isinstance(value, list):
        return [read(entry) if isinstance(entry, str) and entry.strip() else entry for entry in value]
    return value


def resolved(project: Project, version: str) -> str:
    """The version that `production` or `candidate` stands for now.

    Raises:
        PipelineError: There is none.
    """
    if version == "production":
        placement = project.journal.production
        if placement is None:
            raise PipelineError("there is no production yet; `python retrain.py --first` trains the first model")
        return placement.version
    if version == "candidate":
        return str(manifest(project.candidate)["version"])
    return version


def horizon(draft: Plan, baseline: Any) -> int:
    """The units that are needed to find the minimum effect on a rate; 0 where that cannot be computed.

    Args:
        draft: The plan without an end.
        baseline: The rate of the primary metric today.

    Raises:
        PipelineError: The baseline is not a rate.
    """
    if type(baseline) is not float or not 0 < baseline < 1:
        raise PipelineError(f"the baseline is {baseline!r}; give the rate of today, between 0 and 1")
    shares = [arm.share_percent for arm in draft.arms]
    if draft.minimum_effect <= 0 or len(shares) < 2 or min(shares) <= 0:
        return 0
    control, smallest = shares[0], min(shares[1:])
    alpha, variance = draft.alpha / len(draft.treatments), baseline * (1 - baseline)
    pair = sequential.units_needed(alpha, variance, draft.minimum_effect, (control, smallest))
    return math.ceil(pair * math.fsum(shares) / (control + smallest))


def file(path: Path) -> dict[str, Any]:
    """What a TOML file says.

    Raises:
        PipelineError: It cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PipelineError(f"`{path}` cannot be read: {error}") from None
