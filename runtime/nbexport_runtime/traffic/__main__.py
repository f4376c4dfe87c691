"""Who is answered by which version, and why: read from the journal and the traffic file, with nothing but Python.

python -m nbexport_runtime.traffic             production, the candidates, and the last placings
python -m nbexport_runtime.traffic --newest    the folder of the newest version that gets traffic: what a release pushes
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nbexport_runtime.traffic import placements, traffic
from nbexport_runtime.traffic.placements import Journal
from nbexport_runtime.traffic.traffic import Traffic

LINES = 10
"""The placings that are shown."""


def main(arguments: list[str] | None = None) -> int:
    """Print what is asked for; the exit code: 1 where there is no production."""
    parser = argparse.ArgumentParser(prog="python -m nbexport_runtime.traffic", description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=Path("models"), metavar="FOLDER", help="default: models")
    parser.add_argument("--newest", action="store_true", help="print the folder of the newest version, and only that")
    options = parser.parse_args(arguments)
    models: Path = options.models
    try:
        journal = placements.read(models / placements.NAME)
    except OSError as error:
        return complain(f"`{models / placements.NAME}` cannot be read: {error.strerror}")
    production = journal.production
    if production is None:
        return complain(f"`{models}` has no production yet; `python retrain.py` trains the first model")
    try:
        split = traffic.read(models / traffic.NAME)
    except ValueError as error:
        complain(f"`{models / traffic.NAME}`: {error}; production answers all")
        split = None
    if split is not None and split.stale(production):
        split = None
    if options.newest:
        print((models / "versions" / newest(production.version, split)).as_posix())
    else:
        print("\n".join(shown(production.version, journal, split)))
    return 0


def newest(production: str, split: Traffic | None) -> str:
    """The version that came last: the last candidate that has an arm, or production."""
    candidates = split.candidates if split else ()
    return candidates[-1].version if candidates else production


def shown(production: str, journal: Journal, split: Traffic | None) -> list[str]:
    """Lines for a person: the arms, where a rollback goes, and the last placings, the newest first."""
    share = split.percent(production) if split else traffic.WHOLE_PERCENT
    lines = [f"production  {production}  {share:g} %"]
    if split:
        lines += [f"candidate   {arm.version}  {arm.weight_percent:g} %  {split.mode}" for arm in split.candidates]
    lines.append(f"a rollback goes to {journal.previous.version if journal.previous else 'nothing: there is only one'}")
    lines += [f"damaged line of the journal: {number}" for number in journal.damaged]
    for placement in reversed(journal.placements[-LINES:]):
        lines.append(f"{placement.n:>5}  {placement.time}  {placement.version}  {placement.reason}")
    return lines


def complain(text: str) -> int:
    """Say what is wrong; the exit code."""
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
