"""Day by day: users ask, outcomes come back, models come and go, and the project's commands run as they would.

while a rollout is under way      guard once, after every few requests
at the end of each day            guard once, outcomes add, logs compact, drift check, experiment report
on the broken candidate's day     a share of the traffic for it, at noon
on the experiment's day           experiment plan, and its start
when the report says ship, keep   experiment stop, with the winner as production
at the end                        outcomes quality, platform_report
"""

from __future__ import annotations

import csv
import itertools
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from nbexport_runtime.pipeline import shares
from nbexport_runtime.platform import settings
from nbexport_runtime.platform.simulation import candidates, steps
from nbexport_runtime.platform.simulation.server import AT_ONCE
from nbexport_runtime.platform.simulation.stage import Stage
from nbexport_runtime.platform.simulation.story import Day, Story
from nbexport_runtime.platform.simulation.world import Arrival, Visit

GUARD_EVERY = 50
"""Requests from one look of the guard to the next, while a rollout is under way."""
NOON = timedelta(hours=12)
LAST_MOMENT = timedelta(hours=23, minutes=59)


class Rehearsal:
    """One simulation."""

    def __init__(self, stage: Stage) -> None:
        """Nothing has happened yet."""
        self._stage = stage
        self._outcome = settings.read(stage.project.root / settings.NAME).outcomes.name
        self._late: list[Arrival] = []
        self._files = itertools.count(1)
        self._since_guard = 0
        self._broken = steps.Broken(stage)
        self._experiment = steps.Experiment(stage)
        self._drift = steps.Drift(stage)

    def run(self, page: Path) -> Story:
        """All days; what happened.

        Args:
            page: The file for the page with the state of everything.

        Raises:
            PipelineError: The service or a command failed.
        """
        stage, story = self._stage, self._stage.story
        for number in range(1, stage.scenario.days + 1):
            self._one_day(number)
        for step in (self._broken, self._experiment, self._drift):
            step.conclude()
        story.findings["quality"] = steps.quality(stage.commands)
        story.page = str(stage.commands.run("platform_report", "--output", str(page)).facts["page"])
        story.commands = stage.commands.count
        story.took_s = time.monotonic() - stage.began_s
        return story

    def _one_day(self, number: int) -> None:
        stage, scenario = self._stage, self._stage.scenario
        midnight = stage.world.begin + timedelta(days=number - 1)
        stage.story.days.append(Day(number, midnight.date().isoformat()))
        stage.at(midnight)
        if number >= scenario.experiment_day and shares.under_way(stage.project) is None:
            self._experiment.start(midnight)
        if number == scenario.drift_day:
            self._drift.begin(midnight)
        visits = list(stage.world.visits(number))
        for place in range(0, len(visits), AT_ONCE):
            together = visits[place : place + AT_ONCE]
            if number == scenario.broken_day and together[0].moment >= midnight + NOON:
                self._broken.send_in(together[0].moment)
            self._ask(together)
            if self._broken.watched and self._since_guard >= GUARD_EVERY:
                self._since_guard = 0
                self._broken.look(together[-1].moment)
        evening = midnight + LAST_MOMENT
        stage.at(evening)
        self._broken.look(evening)
        self._bring_outcomes(evening)
        stage.commands.run("logs", "compact")
        self._drift.check(evening)
        self._experiment.look(evening)

    def _ask(self, visits: Sequence[Visit]) -> None:
        stage = self._stage
        stage.at(visits[0].moment)
        answers = stage.server.ask([(visit.identity, visit.user, visit.body) for visit in visits])
        for visit, answer in zip(visits, answers, strict=True):
            stage.day.requests += 1
            if not answer.version:
                continue
            stage.day.answered += 1
            stage.day.by_candidate += answer.version != stage.story.production
            content = {name: value for name, value in answer.content.items() if name != "model_version"}
            better = answer.version.endswith(candidates.BETTER)
            self._late += stage.world.arrivals(visit, content, self._outcome, better=better)
        self._since_guard += len(visits)

    def _bring_outcomes(self, evening: datetime) -> None:
        """Add the outcomes that have become known, as a file of another system."""
        known = [arrival for arrival in self._late if arrival.known <= evening]
        self._late = [arrival for arrival in self._late if arrival.known > evening]
        if not known:
            return
        path = self._stage.project.root.parent / "outcomes" / f"{next(self._files):04d}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(("request_id", "name", "value", "time"))
            table.writerows(
                (arrival.request_id, arrival.name, arrival.value, arrival.happened.isoformat()) for arrival in known
            )
        done = self._stage.commands.run("outcomes", "add", str(path))
        self._stage.day.outcomes = int(done.facts["added"])
