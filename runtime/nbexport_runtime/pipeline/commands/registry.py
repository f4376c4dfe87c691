"""The command `registry.py`: look at the registered models and the training runs, and at the store that has them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, NoReturn

from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline import outcome, pruning, runs, syncing, turns
from nbexport_runtime.pipeline.markdown import number
from nbexport_runtime.pipeline.project import Project, find
from nbexport_runtime.pipeline.registry import Registry, Version

VERSIONS = {"list": 0, "show": 1, "diff": 2, "runs": 0, "sync": 0, "freshness": 0, "prune": 0}
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
    parser = outcome.parser("Look at the registered models, the training runs, and the store.")
    parser.add_argument(
        "action",
        choices=list(VERSIONS),
        help="list, show, diff: models; runs: every training run and where its log is; sync: bring this folder and the "
        "store together; freshness: fail where the last change of the store is too old; prune: name what may go from "
        "this folder, and with --yes remove it",
    )
    parser.add_argument(
        "versions", nargs="*", metavar="VERSION", help="an id, the beginning of one, a number, or an alias"
    )
    parser.add_argument(
        "--keep", choices=("here", "store"), help="of `sync`: what stays where both have changed the same"
    )
    parser.add_argument(
        "--wait-s", type=float, default=0.0, help="of `sync` and `prune`: seconds to wait for another run"
    )
    parser.add_argument("--max-age-days", type=float, default=9.0, metavar="DAYS", help="of `freshness`")
    parser.add_argument(
        "--placings", type=int, default=pruning.PLACINGS, metavar="N", help="of `prune`: keep the last N in production"
    )
    parser.add_argument("--yes", action="store_true", help="of `prune`: remove it")
    options = parser.parse_args(arguments)
    if len(options.versions) != VERSIONS[options.action]:
        parser.error(f"{options.action} takes {VERSIONS[options.action]} versions")

    def work() -> outcome.Outcome:
        if options.action == "sync":
            return synced(own, options.keep, options.wait_s)
        if options.action == "freshness":
            text = syncing.freshness(syncing.of(own), days=options.max_age_days)
            return outcome.Outcome((text,), {"freshness": text})
        if options.action == "prune":
            with turns.alone(own, options.wait_s):
                stored = syncing.of(own).push()
                return pruning.prune(own, Registry(own), stored, placings=options.placings, really=options.yes)
        turns.look(own)
        if options.action == "runs":
            return ran(runs.known(own))
        registry = Registry(own)
        registry.follow()
        if options.action == "list":
            return listed(registry.versions())
        chosen = [registry.get(version) for version in options.versions]
        return shown(chosen[0]) if options.action == "show" else compared(*chosen)

    raise SystemExit(outcome.finish(options, work))


def synced(project: Project, keep: str | None, wait_s: float) -> outcome.Outcome:
    """This folder and the store, brought together."""
    with turns.locked(project, wait_s):
        sync = syncing.of(project)
        if keep is None:
            sync.pull()
        else:
            sync.keep(keep)
        turns.settle(project)
        state = sync.push()
        turns.settle(project)
    place = masked(sync.store.address)
    text = f"this folder and the store {place} are the same: change {state.number}, written {state.written}"
    return outcome.Outcome((text,), {"store": place, "number": state.number, "written": state.written})


def ran(known: list[dict[str, Any]]) -> outcome.Outcome:
    """One line per training run, the newest first."""
    lines = [
        "  ".join([run["folder"], f"exit {run['exit_code']}", str(run.get("version") or run["reason"])])
        for run in known
    ]
    return outcome.Outcome(tuple(lines or ["no pipeline has trained yet"]), {"runs": known})


def listed(versions: list[Version]) -> outcome.Outcome:
    """One line per version, the newest first."""
    lines = [
        "  ".join(
            [
                f"{version.number:>3}",
                version.version,
                f"{','.join(version.aliases):<20}",
                f"{version.tags.get('verdict', ''):<8}",
                version.tags.get("data_set", ""),
                *(f"{name}={number(value)}" for name, value in version.metrics.items()),
            ]
        ).rstrip()
        for version in versions
    ]
    facts = {"versions": [asdict(version) for version in versions]}
    return outcome.Outcome(tuple(lines or ["there are no models yet"]), facts)


def shown(version: Version) -> outcome.Outcome:
    """All that is known of one."""
    lines = [f"{version.version} (number {version.number}) {' '.join(version.aliases)}"]
    for title, entries in tables(version):
        lines.append(f"{title}:")
        lines += [f"  {name:<20} {number(value)}" for name, value in entries.items()]
    return outcome.Outcome(tuple(lines), asdict(version))


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


def tables(version: Version) -> list[tuple[str, dict[str, object]]]:
    """The tables of a version."""
    return [
        ("metrics", dict(version.metrics)),
        ("parameters", dict(version.parameters)),
        ("hashes and origin", dict(sorted(version.tags.items()))),
    ]
