"""The command `registry.py`: look at the registered models."""

from __future__ import annotations

from dataclasses import asdict
from typing import NoReturn

from nbexport_runtime.pipeline import outcome
from nbexport_runtime.pipeline.markdown import number
from nbexport_runtime.pipeline.project import find
from nbexport_runtime.pipeline.registry import Registry, Version

VERSIONS = {"list": 0, "show": 1, "diff": 2}
"""Action → how many versions it takes."""


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `registry.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 done, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Look at the registered models.")
    parser.add_argument("action", choices=list(VERSIONS))
    parser.add_argument(
        "versions", nargs="*", metavar="VERSION", help="an id, the beginning of one, a number, or an alias"
    )
    options = parser.parse_args(arguments)
    if len(options.versions) != VERSIONS[options.action]:
        parser.error(f"{options.action} takes {VERSIONS[options.action]} versions")

    def work() -> outcome.Outcome:
        registry = Registry(own)
        registry.follow()
        if options.action == "list":
            return listed(registry.versions())
        chosen = [registry.get(version) for version in options.versions]
        return shown(chosen[0]) if options.action == "show" else compared(*chosen)

    raise SystemExit(outcome.finish(options, work))


def listed(versions: list[Version]) -> outcome.Outcome:
    """One line per version, the newest first."""
    lines = [
        "  ".join(
            [
                f"{found.number:>3}",
                found.version,
                f"{','.join(found.aliases):<20}",
                f"{found.tags.get('verdict', ''):<8}",
                found.tags.get("data_set", ""),
                *(f"{name}={number(value)}" for name, value in found.metrics.items()),
            ]
        ).rstrip()
        for found in versions
    ]
    facts = {"versions": [asdict(found) for found in versions]}
    return outcome.Outcome(tuple(lines or ["there are no models yet"]), facts)


def shown(found: Version) -> outcome.Outcome:
    """All that is known of one."""
    lines = [f"{found.version} (number {found.number}) {' '.join(found.aliases)}"]
    for title, entries in tables(found):
        lines.append(f"{title}:")
        lines += [f"  {name:<20} {number(value)}" for name, value in entries.items()]
    return outcome.Outcome(tuple(lines), asdict(found))


def compared(one: Version, other: Version) -> outcome.Outcome:
    """What two differ in."""
    lines = [f"{one.version} and {other.version}"]
    differ: dict[str, list[object]] = {}
    for (title, mine), (_, theirs) in zip(tables(one), tables(other), strict=True):
        for name in dict.fromkeys([*mine, *theirs]):
            left, right = mine.get(name), theirs.get(name)
            if left != right:
                differ[f"{title} {name}"] = [left, right]
                lines.append(f"  {title} {name}: {number(left)} | {number(right)}")
    return outcome.Outcome(tuple(lines), {"differ": differ})


def tables(found: Version) -> list[tuple[str, dict[str, object]]]:
    """The tables of a version."""
    return [
        ("metrics", dict(found.metrics)),
        ("parameters", dict(found.parameters)),
        ("hashes and origin", dict(sorted(found.tags.items()))),
    ]
