"""What happened in a simulation: as text, as JSON and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from nbexport_runtime.pipeline.markdown import row
from nbexport_runtime.platform.simulation.scenario import Scenario

OF_SEED = (
    "The traffic, the outcomes and the moments of the commands follow from the seed. Latencies, the order of requests "
    "that are sent together, and who is in which arm do not: decisions may come a few requests earlier or later."
)
OF_CANDIDATES = (
    "The candidates are made of the model in production and skip the gates of a promotion. That the better one is "
    "better is an assumption of the simulation: the model of your next retraining has to show it."
)
NOTES = (OF_SEED, OF_CANDIDATES)
"""What a reader must know to take it for no more than it is."""


@dataclass(frozen=True)
class Event:
    """Something that happened."""

    day: int
    time: str
    """In UTC, of the simulation."""
    kind: str
    """`guard`, `experiment`, `drift` …"""
    text: str
    """One sentence."""


@dataclass
class Day:
    """A day in numbers."""

    day: int
    date: str
    requests: int = 0
    answered: int = 0
    """Requests that got a prediction."""
    by_candidate: int = 0
    """Of these, by another version than production."""
    outcomes: int = 0
    """Outcomes that became known."""


@dataclass
class Story:
    """What happened."""

    scenario: Scenario
    inputs: str
    """What was asked, for people."""
    production: str
    """The version in production at the beginning."""
    days: list[Day] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """`guard`, `experiment`, `drift`, `quality` → what each came to, for programs."""
    took_s: float = 0.0
    commands: int = 0
    page: str = ""
    """The address of the page with the state of everything."""

    def tell(self, moment: datetime, kind: str, text: str) -> None:
        """Write down an event of the day that is under way."""
        self.events.append(Event(self.days[-1].day, moment.isoformat(timespec="seconds"), kind, text))

    # ------------------------------------------------------------------ for programs

    def facts(self) -> dict[str, Any]:
        """All of it."""
        return {
            "scenario": asdict(self.scenario),
            "inputs": self.inputs,
            "production": self.production,
            "days": [asdict(day) for day in self.days],
            "events": [asdict(event) for event in self.events],
            **self.findings,
            "requests": sum(day.requests for day in self.days),
            "commands": self.commands,
            "took_s": round(self.took_s, 1),
            "notes": list(NOTES),
            "page": self.page,
        }

    # ------------------------------------------------------------------ for people

    def headline(self) -> str:
        """One sentence about all of it."""
        requests = sum(day.requests for day in self.days)
        return (
            f"{len(self.days)} days, {self.scenario.users} users and {requests} requests in {self.took_s:.0f} s: "
            f"{self.inputs}, seed {self.scenario.seed}"
        )

    def lines(self) -> tuple[str, ...]:
        """The story, line by line."""
        return (
            self.headline(),
            "",
            *self._by_day(),
            "",
            "What the settings did:",
            *self._conclusions("  "),
            *self._page(),
        )

    def _by_day(self) -> Iterator[str]:
        for day in self.days:
            share = f", {day.by_candidate} by a candidate" if day.by_candidate else ""
            lost = f", {day.requests - day.answered} without an answer" if day.answered < day.requests else ""
            yield f"day {day.day:3d}  {day.date}  {day.requests} requests{share}{lost}, {day.outcomes} outcomes known"
            for event in self.events:
                if event.day == day.day:
                    yield f"         {event.time[11:16]}  {event.kind}: {event.text}"

    def _conclusions(self, before: str) -> Iterator[str]:
        for name, finding in self.findings.items():
            yield f"{before}{name}: {finding['said']}"

    def _page(self) -> Iterator[str]:
        if self.page:
            yield ""
            yield f"The page: {self.page}"

    def markdown(self) -> str:
        """The story as a document."""
        lines = ["# A simulation", "", f"{self.headline()}.", "", "## What the settings did", ""]
        lines += [f"- **{name}**: {finding['said']}" for name, finding in self.findings.items()]
        lines += [
            "",
            "## Day by day",
            "",
            row("day", "date", "requests", "by a candidate", "outcomes"),
            "|---|---|---|---|---|",
        ]
        lines += [
            row(str(day.day), day.date, str(day.requests), str(day.by_candidate), str(day.outcomes))
            for day in self.days
        ]
        lines += ["", "## What happened", "", row("day", "time", "what", ""), "|---|---|---|---|"]
        lines += [
            row(str(event.day), event.time[:16].replace("T", " "), event.kind, event.text.replace("|", "\\|"))
            for event in self.events
        ]
        lines += ["", "## How to read this", "", *(f"- {note}" for note in NOTES), ""]
        return "\n".join(lines)
