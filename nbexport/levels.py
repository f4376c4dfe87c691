"""The maturity ladder: level → the roles it needs and the emitters it runs, each level adding to the one below."""

from __future__ import annotations

from nbexport.errors import NbexportError
from nbexport.model import Role
from nbexport.record import record

CI_SYSTEMS = ("github", "gitlab")
"""Where a pipeline can be scheduled; `emit/ci_NAME.py` writes each. The first is what nobody chose."""


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
    """Modules of `emit` that run, those of the levels below included; `{ci}` is where the pipeline is scheduled."""
    modules: tuple[str, ...] = ()
    """The modules that the level adds to a project, by the names under which they are imported."""
    runtime: tuple[str, ...] = ()
    """The parts of `nbexport_runtime` that it adds."""


_SCRIPT = ("lifted", "runtime", "train_script", "package", "readme", "project_tests", "data_files")
_SERVICE = (*_SCRIPT, "service", "container", "monitoring")
_PIPELINE = (*_SERVICE, "pipeline", "ci_{ci}")

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
    """Where a project of a level is retrained; None below the level that schedules anything.

    Args:
        number: The maturity level.
        asked: What the export was asked for; None leaves it where it was.
        last: Where the last export to the same folder put it.

    Raises:
        NbexportError: The level has nothing to schedule.
    """
    if number >= PIPELINE:
        chosen = asked or last
        return chosen if chosen in CI_SYSTEMS else CI_SYSTEMS[0]
    if asked is not None:
        raise NbexportError(
            f"`--ci {asked}` goes with `--level {PIPELINE}`",
            why=f"nothing is retrained at level {number}",
            fix="leave it out, or choose that level",
        )
    return None
