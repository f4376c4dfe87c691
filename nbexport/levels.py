"""The maturity ladder: level → the roles it needs and the emitters it runs, each level adding to the one below."""

from __future__ import annotations

from nbexport.model import Role
from nbexport.record import record

CI_SYSTEMS = ("github", "gitlab")
"""Where a project can be checked and retrained; `emit/ci_NAME.py` writes each. The first is the default."""


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

SERVICE = 2
"""The level from which there is an image."""
PIPELINE = 3
"""The level from which there is something to schedule."""

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
        ("schemas", "serve"),
        ("service",),
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
)
"""Every level that can be exported today."""


def level(number: int) -> Level | None:
    """The level of a number, or None when it cannot be exported yet."""
    return next((found for found in LEVELS if found.number == number), None)


def ci_system(number: int, *, asked: str | None, last: str | None) -> str | None:
    """The CI system that a project of a level is checked in, and from level 3 on retrained; None at level 0.

    Args:
        number: The maturity level.
        asked: What the export was asked for; None leaves it where it was.
        last: Where the last export to the same folder put it.
    """
    if number < 1:
        return None
    chosen = asked or last
    return chosen if chosen in CI_SYSTEMS else CI_SYSTEMS[0]
