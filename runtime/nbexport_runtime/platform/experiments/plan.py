"""The plan of an experiment: written down before the start, never changed after it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.files import digest_of, read_json, write_json
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.settings import table
from nbexport_runtime.traffic.placements import VERSION
from nbexport_runtime.traffic.traffic import KEY_HEADER, WHOLE_PERCENT

FOLDER = "experiments"
"""Within `models/`."""
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
ARM_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
MEMBER = re.compile(r"""[^.\[\]"\\]+(\[[0-9]+\]|\.[^.\[\]"\\]+)*""")
KINDS = ("outcome", "answer", "latency", "error")
PER_UNIT = ("mean", "sum", "max", "first")
MISSING = ("zero", "drop")
DIRECTIONS = ("up", "down")


@dataclass(frozen=True)
class Metric:
    """One number a unit."""

    kind: str = ""
    """`outcome` (what became of it), or a proxy: `answer` (one of its members), `latency` (ms), `error` (0 or 1)."""
    name: str = ""
    """The outcome, or the member of the answer with its path, as `result` or `scores[1].spam`; empty for the others."""
    direction: str = ""
    """What is better: `up` or `down`."""
    window_days: float = 0.0
    """How long after a unit's exposure values count; its own value is final then. 0: only the first request."""
    per_unit: str = "mean"
    """What is made of several values of a unit: `mean`, `sum`, `max` or `first`."""
    missing: str = "zero"
    """What a unit without an outcome counts after its window: `zero` (it did not happen), or `drop` (nobody knows)."""
    tolerance: float = 0.0
    """Of a guard rail: how much worse it may be; 0 vetoes only what is shown to be worse."""
    pre_period_days: float = 0.0
    """How long before the start the same metric of a unit is looked at, to reduce the variance; 0 does not."""

    @property
    def label(self) -> str:
        """What people read: `outcome:bought`."""
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.direction == "up" else -1


@dataclass(frozen=True)
class Arm:
    """A version and its share of the units."""

    name: str = ""
    version: str = ""
    share_percent: float = 0.0


@dataclass(frozen=True)
class Plan:
    """What is tested, on whom, and what decides."""

    name: str
    hypothesis: str
    """What is expected, and why."""
    unit: str
    """What the id in the header of a request stands for: `customer`, `session` …"""
    arms: tuple[Arm, ...]
    """The first is the control: production."""
    primary: Metric
    minimum_effect: float
    """The smallest difference of the primary metric that matters, in its own unit."""
    horizon_units: int
    """After so many exposed units it ends, with an answer or without."""
    salt: str
    """Decides who is in which arm; every experiment has its own."""
    created: str
    secondary: tuple[Metric, ...] = ()
    guard_rails: tuple[Metric, ...] = ()
    key_header: str = KEY_HEADER
    alpha: float = 0.05
    """How often a difference may be found where there is none, over all looks together."""
    mismatch_alpha: float = 0.001
    """How often a sample-ratio mismatch may be found where there is none."""

    @property
    def control(self) -> Arm:
        """Production."""
        return self.arms[0]

    @property
    def treatments(self) -> tuple[Arm, ...]:
        """The candidates."""
        return self.arms[1:]

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All metrics, the primary first."""
        return (self.primary, *self.secondary, *self.guard_rails)

    def planned_units(self, arm: Arm) -> float:
        """How many of the planned units an arm gets."""
        return self.horizon_units * arm.share_percent / WHOLE_PERCENT

    def facts(self) -> dict[str, Any]:
        """The plan as it stands in its file."""
        content: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return content

    @property
    def sha256(self) -> str:
        """What the plan is frozen by."""
        return digest_of(self.facts())


def path_of(project: Project, name: str) -> Path:
    """The file of a plan.

    Raises:
        PipelineError: This cannot be the name of an experiment.
    """
    if not NAME.fullmatch(name):
        raise PipelineError(f"`{name}` cannot name an experiment; use small letters, digits, `-` and `_`")
    return project.models / FOLDER / f"{name}.json"


def names(project: Project) -> list[str]:
    """Every experiment that has a plan."""
    return sorted(path.stem for path in (project.models / FOLDER).glob("*.json"))


def write(project: Project, plan: Plan) -> Path:
    """Write a plan; its file."""
    path = path_of(project, plan.name)
    write_json(path, plan.facts())
    return path


def read(project: Project, name: str) -> Plan:
    """The plan of an experiment.

    Raises:
        PipelineError: There is none, or it is damaged or incomplete.
    """
    path = path_of(project, name)
    if not path.exists():
        known = ", ".join(f"`{other}`" for other in names(project)) or "none"
        raise PipelineError(
            f"there is no experiment `{name}` (known: {known}); plan it with `python experiment.py plan {name} …`"
        )
    return checked(parsed(read_json(path), path))


@dataclass(frozen=True)
class Rest:
    """The plain entries of a plan's file."""

    name: str = ""
    hypothesis: str = ""
    unit: str = ""
    minimum_effect: float = 0.0
    horizon_units: int = 0
    salt: str = ""
    created: str = ""
    key_header: str = KEY_HEADER
    alpha: float = 0.05
    mismatch_alpha: float = 0.001


NESTED = frozenset(("arms", "primary", "secondary", "guard_rails"))


def parsed(content: dict[str, Any], path: Path) -> Plan:
    """The plan that a file holds, which may be incomplete.

    Raises:
        PipelineError: An entry is unknown, or of another type.
    """
    plain = {key: value for key, value in content.items() if key not in NESTED}
    rest = table(Rest, {"plan": plain}, "plan", path)
    arms = tuple(table(Arm, {"arms": arm}, "arms", path) for arm in _list(content, "arms", path))
    primary = table(Metric, content, "primary", path)
    secondary, guards = (
        tuple(table(Metric, {key: entry}, key, path) for entry in _list(content, key, path))
        for key in ("secondary", "guard_rails")
    )
    return Plan(arms=arms, primary=primary, secondary=secondary, guard_rails=guards, **asdict(rest))


def _list(content: dict[str, Any], key: str, path: Path) -> list[Any]:
    entries = content.get(key, [])
    if not isinstance(entries, list):
        raise PipelineError(f"`{path}`: {key} is a list; write [[{key}]]")
    return entries


def checked(plan: Plan) -> Plan:
    """A plan that can be started.

    Raises:
        PipelineError: It cannot; everything that is missing or wrong is named at once, with its fix.
    """
    wrong = list(complaints(plan))
    if wrong:
        raise PipelineError("the plan is incomplete:\n" + "\n".join(f"  - {text}" for text in wrong))
    return plan


def complaints(plan: Plan) -> Iterator[str]:
    """What is missing or wrong in a plan, each with its fix."""
    if not plan.hypothesis.strip():
        yield 'no hypothesis: say what you expect and why, with --hypothesis "…"'
    if not plan.unit.strip():
        yield f"no unit: say what the id in `{plan.key_header}` stands for, with --unit customer"
    yield from _arms(plan)
    yield from _metric(plan.primary, "the primary metric", "--primary")
    if not plan.minimum_effect > 0 or not math.isfinite(plan.minimum_effect):
        yield "no minimum effect: say which difference of the primary metric matters, with --minimum-effect 0.01"
    if plan.horizon_units < 1:
        yield (
            "no end: say after how many units it ends, with --horizon-units 20000; for a rate, --baseline 0.05 "
            "computes it from the minimum effect"
        )
    for number, metric in enumerate(plan.secondary, 1):
        yield from _metric(metric, f"secondary metric {number}", "--secondary")
    for number, metric in enumerate(plan.guard_rails, 1):
        yield from _metric(metric, f"guard rail {number}", "--guard-rail")
    labels = [metric.label for metric in plan.metrics]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        yield f"`{twice[0]}` is there twice: a metric is either primary, secondary or a guard rail; leave one out"
    for key, value in (("alpha", plan.alpha), ("mismatch_alpha", plan.mismatch_alpha)):
        if not 0 < value < 0.5:
            yield f"{key} is {value:g}: set it above 0 and below 0.5 in [experiments] of platform.toml"


def _arms(plan: Plan) -> Iterator[str]:
    if len(plan.arms) < 2:
        yield "fewer than two arms: give --arm control=production:50 --arm treatment=VERSION:50"
        return
    for key in ("name", "version"):
        values = [getattr(arm, key) for arm in plan.arms]
        if len(set(values)) != len(values):
            yield f"two arms have the same {key}: give each its own"
    for arm in plan.arms:
        if not ARM_NAME.fullmatch(arm.name):
            yield f"`{arm.name}` cannot name an arm: use letters, digits, `-` and `_`"
        if not VERSION.fullmatch(arm.version):
            yield f"arm `{arm.name}` names no version: take one of `python registry.py list`"
        if not 0 < arm.share_percent < WHOLE_PERCENT:
            yield f"arm `{arm.name}` has {arm.share_percent:g} %: give each arm a share above 0 and below 100"
    total = math.fsum(arm.share_percent for arm in plan.arms)
    if abs(total - WHOLE_PERCENT) > 1e-6:
        yield f"the shares sum to {total:g} %: give the control what the others leave of 100 %"


def _metric(metric: Metric, where: str, option: str) -> Iterator[str]:
    example = f'{option} "outcome:bought direction=up window_days=1"'
    if metric.kind not in KINDS:
        yield f"{where} is not one of {', '.join(KINDS)}: write {example}"
        return
    if metric.kind in ("outcome", "answer") and not metric.name:
        yield f"{where} has no name: write {option} {metric.kind}:NAME …"
    if metric.kind == "answer" and metric.name and not MEMBER.fullmatch(metric.name):
        yield f"{where}, `{metric.label}`, does not name a member of the answer: write it as result or scores[1].spam"
    if metric.kind in ("latency", "error") and metric.name:
        yield f"{where}: {metric.kind} has no name: write {option} {metric.kind}"
    if metric.direction not in DIRECTIONS:
        yield f"{where}, `{metric.label}`, does not say what is better: add direction=up or direction=down"
    for key, words in (("per_unit", PER_UNIT), ("missing", MISSING)):
        if getattr(metric, key) not in words:
            yield f"{where}, `{metric.label}`: {key} is one of {', '.join(words)}"
    for key in ("window_days", "tolerance", "pre_period_days"):
        value = getattr(metric, key)
        if not (math.isfinite(value) and value >= 0):
            yield f"{where}, `{metric.label}`: {key} is at least 0"
    if metric.kind == "outcome" and not metric.window_days:
        yield f"{where}, `{metric.label}`, does not say how long after an exposure it counts: add window_days=7"
    if metric.tolerance and not where.startswith("guard rail"):
        yield f"{where}, `{metric.label}`: only a guard rail has a tolerance; leave it out"
