"""The maturity ladder: level → the roles it needs and the emitters it runs, each level adding to the one below."""

from __future__ import annotations

from nbexport.model import Role
from nbexport.record import record


@record
class Level:
    """One step of the ladder."""

    number: int
    name: str
    roles: tuple[Role, ...]
    """Roles without which it cannot be exported."""
    emitters: tuple[str, ...]
    """Modules of `emit` that run, those of the levels below included."""


LEVELS = (
    Level(0, "notebook", (), ()),
    Level(
        1,
        "script",
        (Role.TRAIN, Role.EVALUATE),
        ("lifted", "bundle", "train_script", "package", "project_tests", "data_files"),
    ),
    Level(
        2,
        "service",
        (Role.TRAIN, Role.EVALUATE, Role.PREDICT),
        (
            "lifted",
            "bundle",
            "train_script",
            "package",
            "project_tests",
            "data_files",
            "service",
            "container",
            "monitoring",
        ),
    ),
    Level(
        3,
        "pipeline",
        (Role.TRAIN, Role.EVALUATE, Role.PREDICT),
        (
            "lifted",
            "bundle",
            "train_script",
            "package",
            "project_tests",
            "data_files",
            "service",
            "container",
            "monitoring",
            "pipeline",
        ),
    ),
)
"""Every level that can be exported today."""


def level(number: int) -> Level | None:
    """The level of a number, or None when it cannot be exported yet."""
    return next((found for found in LEVELS if found.number == number), None)
