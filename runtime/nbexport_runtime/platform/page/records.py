"""What happened: the journals of a project, read so that no damaged line keeps a report from being written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.page.state import Arm, Drifted, Event, Production
from nbexport_runtime.traffic import placements, traffic

ACTIONS = {
    "step": "gave {version} a larger share",
    "finish": "made {version} production",
    "ready": "{version} may become production",
    "back": "took {version} back",
    "rollback": "rolled production back from {version}",
    "alarm": "alarm about {version}",
}
"""What the guard did → the same for people."""
SHOWN_EVENTS = frozenset(("started", "stopped", "shipped", "aborted"))
"""What happens to an experiment and is more than a step of something else."""
ALARMS = frozenset(("back", "rollback", "alarm"))
GUARD, EXPERIMENTS, DRIFT = "guard.jsonl", "experiments.jsonl", "drift.jsonl"


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file, a line each; what cannot be read is passed over."""
    try:
        texts = path.read_bytes().splitlines()
    except OSError:
        return []
    records = []
    for text in texts:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            records.append(value)
    return records


def moment(value: Any) -> datetime | None:
    """A time of a journal, in UTC without a zone; None for what is none."""
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def text(line: Mapping[str, Any], *names: str) -> str:
    """The first of some members that is there, as text."""
    return next((str(line[name]) for name in names if line.get(name) not in (None, "")), "")


def production(project: Project) -> Production | None:
    """What answers, and how the traffic is shared; None before anything was placed."""
    placed = placements.read(project.placements).production
    since = moment(placed.time) if placed else None
    if placed is None or since is None:
        return None
    try:
        state = traffic.read(project.traffic)
    except ValueError:
        state = None
    arms: list[Arm] = []
    mode = ""
    if state is not None and not state.stale(placed) and state.candidates:
        mode = f"experiment {state.experiment}" if state.experiment else "rollout"
        mode = "shadow" if state.mode == "shadow" else mode
        for arm in state.arms:
            role = "production" if arm.version == placed.version else mode.partition(" ")[0]
            arms.append(Arm(arm.version, arm.weight_percent, f"{role} ({arm.name})" if arm.name else role))
    shown = arms or [Arm(placed.version, traffic.WHOLE_PERCENT, "production")]
    why = accepted(project, placed.version)
    return Production(placed.version, since, placed.reason, placed.before or "", tuple(shown), why, mode)


def accepted(project: Project, version: str) -> tuple[str, ...]:
    """What the last decision for a version rests on: the comparison with production, else its first gates."""
    for path in sorted(project.decisions.glob(f"*-{version}-*.json"), reverse=True):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            checks = [(str(check["kind"]), str(check["text"])) for check in content["checks"] if check["passed"]]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if checks:
            because = text(content, "because")
            compared = [check_text for kind, check_text in checks if kind == "relative"] or [
                check_text for _, check_text in checks[:2]
            ]
            return (*compared, *([f"trained because of {because}"] if because else ()))
    return ()


def events(project: Project) -> list[Event]:
    """What happened in all parts, the newest first."""
    entries: list[Event] = []

    def add(time: Any, part: str, sentence: str, *, alarm: bool = False) -> None:
        when = moment(time)
        if when is not None:
            entries.append(Event(when, part, sentence, alarm))

    for placement in placements.read(project.placements).placements:
        instead = f", instead of {placement.before}" if placement.before else ""
        sentence = f"{placement.version} became production{instead}: {placement.reason}"
        add(placement.time, "production", sentence, alarm=placement.reason == placements.ROLLED_BACK)
    watched = lines(project.models / GUARD)
    done = {text(line, "id") for line in watched if line.get("state") == "done"}
    for line in watched:
        if line.get("state") == "planned" and text(line, "id") in done:
            continue
        action = text(line, "action")
        what = ACTIONS.get(action, f"{action} {{version}}").format(version=text(line, "version"))
        sentence = ": ".join(filter(None, (what, text(line, "reason"))))
        add(line.get("time"), "guard", sentence, alarm=action in ALARMS)
    for line in lines(project.models / EXPERIMENTS):
        if text(line, "event") not in SHOWN_EVENTS:
            continue
        what = f"{text(line, 'experiment')} {text(line, 'event')}"
        add(line.get("time"), "experiment", ": ".join(filter(None, (what, text(line, "reason")))))
    alarm: list[str] = []
    for line in lines(project.models / DRIFT):
        names = [str(name) for name in line.get("drifted") or ()]
        if names and names != alarm:
            add(line.get("time"), "drift", f"{', '.join(names)} drifted, asked of {text(line, 'version')}")
        elif alarm and not names:
            add(line.get("time"), "drift", "no column drifts any more")
        alarm = names
        if line.get("retrain"):
            add(line.get("time"), "retraining", f"started because of {line['retrain']}")
    for path in sorted(project.decisions.glob("*.json")):
        entries += decided(path)
    return sorted(entries, key=lambda event: event.time, reverse=True)


def decided(path: Path) -> list[Event]:
    """A refusal; what was accepted is a placing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    if not isinstance(content, dict) or content.get("verdict") != "refuse":
        return []
    when = moment(content.get("decided"))
    why = "; ".join(str(reason) for reason in (content.get("reasons") or ())[:2])
    sentence = ": ".join(filter(None, (f"{text(content, 'candidate')} was refused", why)))
    return [] if when is None else [Event(when, "retraining", sentence)]


def drift(project: Project) -> tuple[datetime | None, tuple[Drifted, ...]]:
    """When drift was last checked, and what was found of each column."""
    checks = lines(project.models / DRIFT)
    if not checks:
        return None, ()
    columns = []
    for entry in checks[-1].get("columns") or ():
        if not isinstance(entry, dict):
            continue
        windows = [window for window in entry.get("windows") or () if isinstance(window, dict)]
        last = windows[-1] if windows else {}
        psi, share = (float(last.get(name) or 0.0) for name in ("psi", "share"))
        reasons = tuple(str(reason) for reason in entry.get("reasons") or ())
        columns.append(Drifted(text(entry, "name"), text(entry, "status"), psi, share, reasons))
    return moment(checks[-1].get("time")), tuple(columns)
