"""Give a share of the traffic to a candidate that was judged good enough, and more and more of it.

    python rollout.py start --percent 10
    python rollout.py set 20
    python rollout.py finish        # it becomes production
    python rollout.py abort         # all traffic goes back to production at once
    python rollout.py manifest      # the same shares for a cluster, where each model is a service of its own

The running service sees the change by itself. Which requests go where is decided by a hash of the id in the header
`X-Rollout-Key`: the same id always gets the same model, and who had the candidate at 10 % keeps it at 20 %.
"""

from __future__ import annotations

import sys

from nbexport_runtime.pipeline import gradual, outcome, retraining


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = outcome.parser("Give a share of the traffic to a candidate.")
    parser.add_argument(
        "action", choices=["start", "set", "finish", "abort", "status", "manifest"]
    )
    parser.add_argument(
        "percent", nargs="?", type=float, help="of `start` and `set`: 0 to 100"
    )
    parser.add_argument("--percent", dest="share", type=float, metavar="NUMBER")
    parser.add_argument(
        "--version",
        default="",
        help="of `start`: another version than models/candidate, as registry.py names it",
    )
    options = parser.parse_args(arguments)
    percent = options.share if options.percent is None else options.percent
    if options.action == "set" and percent is None:
        parser.error("set takes a percentage")
    if percent is not None and not 0 <= percent <= 100:
        parser.error("a percentage lies from 0 to 100")

    def work() -> outcome.Outcome:
        if options.action == "status":
            return gradual.status()
        if options.action == "manifest":
            return gradual.gateway()
        with retraining.alone(0.0):
            if options.action == "start":
                return gradual.start(
                    options.version, 10.0 if percent is None else percent
                )
            if options.action == "set":
                return gradual.change(float(percent or 0.0))
            done = gradual.finish if options.action == "finish" else gradual.abort
            return done()

    return outcome.finish(options, work)


if __name__ == "__main__":
    sys.exit(main())
