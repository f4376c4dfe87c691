"""The command `simulate.py`: weeks of traffic in minutes, in a copy of the project."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from nbexport_runtime.pipeline import outcome
from nbexport_runtime.pipeline.outcome import Outcome
from nbexport_runtime.pipeline.project import find


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `simulate.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 done, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Rehearse weeks of traffic on the real service, in a copy of this project.")
    parser.add_argument("--days", type=int, default=14, help="days that are simulated; the default is 14")
    parser.add_argument("--seed", type=int, default=1, help="decides users, requests, outcomes and their times")
    parser.add_argument("--users", type=int, default=3000, help="a third of them asks on a day; the default is 3000")
    parser.add_argument(
        "--speed",
        type=float,
        default=0.0,
        help="simulated seconds in a real one, as 86400 for a day a second; the default, 0, does not wait",
    )
    parser.add_argument(
        "--drift-column", default="", metavar="NAME", help="the input that drifts; the default is the first number"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=own.models / "simulation",
        metavar="FOLDER",
        help="for the story, the page and the copy; default: models/simulation, where the next one replaces it",
    )
    options = parser.parse_args(arguments)

    def work() -> Outcome:
        # a wrong option is said before pandas is there
        from nbexport_runtime.platform.simulation import simulated
        from nbexport_runtime.platform.simulation.scenario import Scenario

        scenario = Scenario(options.days, options.seed, options.users, options.speed, options.drift_column)
        return simulated.simulate(own, scenario, options.output)

    raise SystemExit(outcome.finish(options, work))
