"""The maturity ladder: level → the roles it needs and the emitters it runs, each level adding to the one below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nbexport.model import Role
from nbexport.record import record

if TYPE_CHECKING:
    from nbexport.plan import ExportRequest

CI_SYSTEMS = ("github", "gitlab")
"""Where a project can be checked and retrained; `emit/ci_NAME.py` writes each. The first is the default."""
VENDORED, PACKAGE = RUNTIMES = ("vendored", "package")
"""How a project has the runtime: as a folder of its own, or as a requirement. The first is the default."""
REMEMBERED = {"ci": CI_SYSTEMS, "runtime": RUNTIMES}
"""Fields of a request that stay what the last export to the same folder had → their values, the default first."""


@record
class Level:
    """One step of the ladder."""

    number: int
    name: str
    summary: str
    """What the notebook becomes, for people."""
    roles: tuple[Role, ...]
    """Roles without which it cannot be exported."""
    emitters: tuple[str, ...]
    """Modules of `emit` that run, those of the levels below included; `{ci}` is the CI system."""
    modules: tuple[str, ...] = ()
    """The modules that the level adds to a project, by the names under which they are imported."""
    runtime: tuple[str, ...] = ()
    """The parts of `nbexport_runtime` that it adds."""


_SCRIPT = ("lifted", "runtime", "train_script", "package", "readme", "project_tests", "data_files", "ci_{ci}")
_SERVICE = (*_SCRIPT, "service", "container", "monitoring")
_PIPELINE = (*_SERVICE, "pipeline")
_PLATFORM = (*_PIPELINE, "platform")

SERVICE = 2
"""The level from which there is an image."""
PIPELINE = 3
"""The level from which there is something to schedule."""
PLATFORM = 4
"""The level from which there are experiments, features, and a guard."""

LEVELS = (
    Level(0, "notebook", "a checked notebook: no hidden state", (), ()),
    Level(
        1,
        "script",
        "train.py: the notebook's parameters as options, its asserts as quality gates",
        (Role.TRAIN, Role.EVALUATE),
        _SCRIPT,
        ("definitions", "model", "nbexport_runtime", "train"),
        ("bundle", "testing", "training"),
    ),
    Level(
        2,
        "service",
        "a web service around predict, with a container and monitoring",
        (Role.TRAIN, Role.EVALUATE, Role.PREDICT),
        _SERVICE,
        ("schemas", "score", "serve"),
        ("scoring", "service", "traffic"),
    ),
    Level(
        3,
        "pipeline",
        "scheduled retraining: versioned data and models, promotion only if better, gradual rollout, workflows",
        (Role.TRAIN, Role.EVALUATE, Role.PREDICT),
        _PIPELINE,
        ("evaluate", "promote", "registry", "reproduce", "retrain", "rollout", "stages"),
        ("pipeline",),
    ),
    Level(
        4,
        "platform",
        "A/B tests, feature store, automated rollback, shadow traffic, drift monitoring, dashboards",
        (Role.TRAIN, Role.EVALUATE, Role.PREDICT),
        _PLATFORM,
        ("drift", "experiment", "features", "guard", "logs", "outcomes", "platform_report", "simulate"),
        ("platform",),
    ),
)
"""Every level that can be exported today."""


def level(number: int) -> Level | None:
    """The level of a number, or None when it cannot be exported yet."""
    return next((entry for entry in LEVELS if entry.number == number), None)


def runtime_parts(number: int) -> tuple[str, ...]:
    """The parts of `nbexport_runtime` that a project of a level needs."""
    return tuple(part for entry in LEVELS if entry.number <= number for part in entry.runtime)


def settled(request: ExportRequest, last: Mapping[str, Any]) -> dict[str, str]:
    """What a project is made with besides: its CI system and how it has the runtime; nothing at level 0.

    Args:
        request: What the export was asked for.
        last: What the last export to the same folder was made with.
    """
    if request.level < 1:
        return {}
    chosen = {name: getattr(request, name) or last.get(name) for name in REMEMBERED}
    return {name: value if value in REMEMBERED[name] else REMEMBERED[name][0] for name, value in chosen.items()}
