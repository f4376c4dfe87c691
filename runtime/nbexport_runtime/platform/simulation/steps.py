"""The three threads of a simulation: a broken candidate, an experiment with a better one, an input that drifts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from nbexport_runtime.pipeline import shares
from nbexport_runtime.platform.simulation import candidates
from nbexport_runtime.platform.simulation.asking import Commands
from nbexport_runtime.platform.simulation.stage import Stage
from nbexport_runtime.platform.simulation.world import SUCCESS

EXPERIMENT = "simulated"
HALF_PERCENT = 50.0
QUIET = ("hold", "ready")
"""What a guard says that changes nothing."""


class Broken:
    """A candidate that fails a share of its requests, and the guard that is to take it back."""

    def __init__(self, stage: Stage) -> None:
        self._of = stage
        self._version = ""
        self._sent_in: datetime | None = None
        self._back = False
        self._requests = 0
        """All requests before it was sent in."""
        self._took = 0
        self._reason = ""
        self._told: set[tuple[str, str]] = set()

    @property
    def watched(self) -> bool:
        """Whether it has a share now."""
        return self._sent_in is not None and not self._back

    def send_in(self, moment: datetime) -> None:
        """Give it its share, once."""
        if self._sent_in is not None:
            return
        scenario = self._of.scenario
        self._version = candidates.broken(self._of.project, scenario.broken_share)
        shares.begin(self._of.project, self._version, scenario.canary_percent, salt=f"canary {scenario.seed}")
        self._of.follow("serving the broken candidate", candidate=self._version)
        self._sent_in, self._requests = moment, self._of.requests
        share, failed = f"{scenario.canary_percent:g} %", f"{scenario.broken_share:.0%}"
        self._of.story.tell(moment, "rollout", f"a candidate gets {share} of the traffic, and fails {failed} of it")

    def look(self, moment: datetime) -> None:
        """Have the guard look, and tell what it does."""
        done = self._of.commands.run("guard", "once")
        for decision in done.facts["decisions"]:
            action, version, reason = (str(decision[name]) for name in ("action", "version", "reason"))
            if action not in QUIET and (action, version) not in self._told:
                self._told.add((action, version))
                self._of.story.tell(moment, "guard", f"{action} {name_of(version)}: {reason}")
            if version == self._version and action == "back":
                self._reason = reason
        if self.watched and shares.under_way(self._of.project) is None:
            self._back, self._took = True, self._of.requests - self._requests
            self._of.follow("back at production", candidate="")
            text = f"all traffic goes to production again, {self._took} requests after the candidate came"
            self._of.story.tell(moment, "guard", text)
        placed = self._of.project.journal.production
        if placed is not None and placed.version != self._of.story.production:
            self._of.follow("serving the production before", model_version=placed.version)
            self._of.story.production = placed.version

    def conclude(self) -> None:
        """Say what the guard did."""
        finding: dict[str, Any] = {
            "version": self._version,
            "went_back": self._back,
            "after_requests": self._took if self._back else None,
            "reason": self._reason,
        }
        if self._sent_in is None:
            finding["said"] = "no candidate was sent in: no request came after noon of its day"
        elif self._back:
            finding["said"] = f"the broken candidate was gone after {self._took} requests in all ({self._reason})"
        else:
            finding["said"] = "it did not take the broken candidate back: too few requests, or its budget allows it"
        self._of.story.findings["guard"] = finding


class Experiment:
    """An A/B test of production and a better model."""

    def __init__(self, stage: Stage) -> None:
        self._of = stage
        self._version = ""
        self._started = 0
        self._decided = 0
        self._verdict = "no answer yet"
        self._last: dict[str, Any] = {}

    def start(self, moment: datetime) -> None:
        """Plan it, and start it, once.

        The candidate skips the gates of `experiment start`, as `candidates.py` says; all else is what the command does.
        """
        if self._started:
            return
        from nbexport_runtime.platform.experiments import beginning, plan

        of = self._of
        self._version = candidates.better(of.project)
        of.commands.register(self._version)
        effect = (of.scenario.better_rate - of.scenario.base_rate) / 2
        options = (
            ("--hypothesis", "the better candidate of the simulation has more successes"),
            ("--unit", "user"),
            ("--arm", f"control=production:{HALF_PERCENT:g}"),
            ("--arm", f"better={self._version}:{HALF_PERCENT:g}"),
            ("--primary", f"outcome:{SUCCESS} direction=up window_days={of.scenario.window_days:g}"),
            ("--guard-rail", "error"),
            ("--minimum-effect", f"{effect:g}"),
            ("--horizon-units", str(of.scenario.users)),
        )
        words = [word for option in options for word in option]
        of.commands.run("experiment", "plan", EXPERIMENT, *words)
        plan.write(of.project, replace(plan.read(of.project, EXPERIMENT), salt=f"{EXPERIMENT} {of.scenario.seed}"))
        beginning.write(of.project, plan.read(of.project, EXPERIMENT))
        of.follow("serving the better candidate", candidate=self._version)
        self._started = of.day.day
        of.story.tell(moment, "experiment", f"`{EXPERIMENT}` starts: half of the users get the better candidate")

    def look(self, moment: datetime) -> None:
        """Read the report; end the experiment where it has an answer."""
        if not self._started or self._decided:
            return
        of = self._of
        if shares.under_way(of.project) is None:
            self._verdict, self._decided = "ended by the guard", of.day.day
            of.story.tell(moment, "experiment", "it is over: the guard took the better candidate back")
            return
        done = of.commands.run("experiment", "report", EXPERIMENT)
        self._last = dict(done.facts)
        verdict = verdict_of(self._last)
        if verdict not in ("ship", "keep"):
            return
        self._verdict, self._decided = verdict, of.day.day
        day = self._decided - self._started + 1
        reasons = "; ".join(map(str, self._last["verdict"]["reasons"]))
        of.story.tell(moment, "experiment", f"the report says {verdict} on day {day} of the experiment ({reasons})")
        if verdict == "ship":
            of.commands.run("experiment", "stop", EXPERIMENT, "--ship")
            of.follow("serving the new production", model_version=self._version, candidate="")
            of.story.production = self._version
            of.story.tell(moment, "experiment", "the better candidate is production now")
        else:
            of.commands.run("experiment", "stop", EXPERIMENT)
            of.follow("back at production", candidate="")

    def conclude(self) -> None:
        """Say what came of it."""
        if self._decided:
            days = self._decided - self._started + 1
            text = f"{self._verdict} on day {self._decided}, day {days} of the experiment"
        elif self._started:
            days = self._of.scenario.days - self._started + 1
            text = f"no answer yet after {days} days; give it more users, more days or a larger effect"
        else:
            text = "never started: a rollout was under way all the time"
        self._of.story.findings["experiment"] = {
            "said": text,
            "verdict": self._verdict,
            "started_day": self._started or None,
            "decided_day": self._decided or None,
            "report": self._last,
        }


class Drift:
    """An input that moves."""

    def __init__(self, stage: Stage) -> None:
        self._of = stage
        self._named_day = 0
        self._columns: list[str] = []
        self._before: list[str] = []
        """What was named before anything had drifted."""

    def begin(self, moment: datetime) -> None:
        """Tell that it begins."""
        of = self._of
        if of.world.drifts:
            part = f"in {of.scenario.drift_share:.0%} of the requests"
            of.story.tell(moment, "world", f"the input `{of.world.drifts}` drifts from now on, {part}")

    def check(self, moment: datetime) -> None:
        """Compare the last day with the training."""
        done = self._of.commands.run("drift", "check", "--window", "1d")
        columns = columns_of(done.facts) if done.refused else []
        if not columns:
            return
        if self._of.day.day < self._of.scenario.drift_day:
            self._before = self._before or columns
        elif not self._named_day:
            self._named_day, self._columns = self._of.day.day, columns
        else:
            return
        self._of.story.tell(moment, "drift", f"the check names {', '.join(f'`{name}`' for name in columns)}")

    def conclude(self) -> None:
        """Say what the check found."""
        of = self._of
        names = ", ".join(f"`{name}`" for name in self._columns)
        if not of.world.drifts:
            text = "no input can drift: there is neither a number nor a text"
        elif self._named_day:
            late = self._named_day - of.scenario.drift_day + 1
            text = f"named {names} on day {self._named_day}, day {late} of the drift of `{of.world.drifts}`"
        else:
            text = f"did not notice that `{of.world.drifts}` drifts since day {of.scenario.drift_day}"
        if self._before:
            text += f"; it named {', '.join(self._before)} before anything had drifted"
        of.story.findings["drift"] = {
            "said": text,
            "column": of.world.drifts,
            "from_day": of.scenario.drift_day,
            "named_day": self._named_day or None,
            "named": self._columns,
            "named_before": self._before,
        }


def name_of(version: str) -> str:
    """What a version is called in the story."""
    for name in (candidates.BROKEN_NAME, candidates.BETTER):
        if version.endswith(name):
            return f"the {name[1:]} candidate"
    return "production"


def verdict_of(facts: Any) -> str:
    """What a report ends in."""
    return str(facts["verdict"]["answer"])


def columns_of(facts: Any) -> list[str]:
    """The columns that a check names."""
    return list(dict.fromkeys(map(str, facts["drifted"])))


def quality(commands: Commands) -> dict[str, Any]:
    """What outcomes say about the models."""
    facts = dict(commands.run("outcomes", "quality").facts)
    parts = [
        f"{one['labeled']} of {one['predictions']} predictions of {name_of(one['version'])} have their outcome"
        for one in facts["missing"]
    ]
    return {**facts, "said": ", ".join(parts) or "no outcome became known"}
