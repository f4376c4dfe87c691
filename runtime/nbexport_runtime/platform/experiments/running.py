"""How an experiment stands, and how it ends: with nothing but files, so that it works in an emergency.

The file of the traffic is what the service follows, and replacing it is the moment of every start and stop. The journal
of experiments says why. `settle` brings both together where a kill, or a command that knows nothing of experiments,
came between: nothing happens twice, since what is written down is read first, under a lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from nbexport_runtime.pipeline import shares
from nbexport_runtime.pipeline.outcome import Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import assignment, journal, plan
from nbexport_runtime.platform.experiments.journal import Event
from nbexport_runtime.platform.experiments.plan import Plan
from nbexport_runtime.traffic import clock, traffic
from nbexport_runtime.traffic.traffic import Traffic

PLANNED, RUNNING, STOPPING = "planned", "running", "stopping"


@dataclass(frozen=True)
class Standing:
    """How an experiment stands."""

    name: str
    state: str
    """`planned`, `running`, `stopping`, or how it ended: `stopped`, `shipped`, `aborted`."""
    started: str = ""
    ended: str = ""
    reason: str = ""
    version: str = ""
    """The version that became production, or is to."""
    plan_sha256: str = ""

    def facts(self) -> dict[str, str]:
        """The same for programs."""
        return {entry: getattr(self, entry) for entry in self.__dataclass_fields__}


def standing(project: Project, name: str) -> Standing:
    """How an experiment stands, once files and journal say the same.

    Raises:
        PipelineError: A file cannot be read or written.
    """
    with journal.alone(project):
        return settle(project, name)


def settle(project: Project, name: str) -> Standing:
    """Write down what happened to an experiment without its journal knowing; how it stands then. Needs the lock."""
    events = journal.read(project, name)
    last = events[-1] if events else None
    if last is not None and last.event not in journal.ENDED:
        fresh = _followed(project, last)
        events += [fresh] if fresh is not None else []
    return _standing(name, events)


def _followed(project: Project, last: Event) -> Event | None:
    """The event that follows from the files; None where nothing does."""
    state, trouble = _traffic(project)
    production = project.journal.production
    here = state is not None and state.experiment == last.experiment and not state.stale(production)
    if last.event == journal.FROZEN:
        return journal.append(project, journal.STARTED, last, time=state.started) if state and here else None
    placed = production is not None and production.version == last.version and production.time > last.time
    if last.event == journal.STOPPING and last.version:
        if placed:
            return journal.append(project, journal.SHIPPED, last, reason=last.reason, version=last.version)
        return None if here else journal.append(project, journal.STOPPED, last, reason=last.reason)
    if last.event == journal.STOPPING:
        if here:
            shares.end(project)
        return journal.append(project, journal.STOPPED, last, reason=last.reason)
    if here and state is not None and _as_planned(project, last.experiment, state):
        return None
    now = clock.now().isoformat(timespec="microseconds")
    if here:
        return journal.append(project, journal.ABORTED, last, time=now, reason="its arms or shares were changed")
    if production is not None and production.time > last.time:
        reason = f"{production.version} became production ({production.reason})"
        return journal.append(project, journal.ABORTED, last, time=production.time, reason=reason)
    reason = trouble or "its traffic was ended, as `python rollout.py abort` does"
    return journal.append(project, journal.ABORTED, last, time=max(_changed(project) or now, last.time), reason=reason)


def _traffic(project: Project) -> tuple[Traffic | None, str]:
    try:
        return traffic.read(project.traffic), ""
    except ValueError as error:
        return None, f"`{project.traffic}` was damaged, so production answers all: {error}"


def _changed(project: Project) -> str:
    try:
        moment = project.traffic.stat().st_mtime
    except OSError:
        return ""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")


def _as_planned(project: Project, name: str, state: Traffic) -> bool:
    """Whether the arms are those of the plan; a plan that cannot be read says nothing about them."""
    try:
        return assignment.runs(plan.read(project, name), state, project.journal.production)
    except PipelineError:
        return True


def _standing(name: str, events: list[Event]) -> Standing:
    started = next((event for event in events if event.event == journal.STARTED), None)
    if started is None:
        return Standing(name, PLANNED)
    last = events[-1]
    state = RUNNING if last.event == journal.STARTED else last.event
    ended = last.time if last.event in journal.ENDED else ""
    return Standing(name, state, started.time, ended, last.reason, last.version, started.plan_sha256)


def frozen(project: Project, stand: Standing) -> Plan:
    """The plan of an experiment, as it was when it began.

    Raises:
        PipelineError: It was changed since.
    """
    written = plan.read(project, stand.name)
    if stand.plan_sha256 and written.sha256 != stand.plan_sha256:
        raise PipelineError(
            f"`{plan.path_of(project, stand.name)}` was changed after the start, and a plan never changes then: "
            f"bring the file back that has the digest {stand.plan_sha256[:12]}… "
            f"(it has {written.sha256[:12]}… now), or end the experiment with `python experiment.py stop {stand.name}`"
        )
    return written


def stop(project: Project, name: str, reason: str) -> Outcome:
    """Have production answer all; done twice, it says what happened the first time.

    Args:
        project: The project.
        name: The experiment.
        reason: Why, for the journal.

    Raises:
        PipelineError: It never began, or a file cannot be written.
    """
    plan.path_of(project, name)
    with journal.alone(project):
        stand = settle(project, name)
        if stand.state == PLANNED:
            raise PipelineError(f"`{name}` has not begun; `python experiment.py start {name}` begins it")
        if stand.state in journal.ENDED:
            line = f"{name} ended already: {stand.state} at {stand.ended}"
            return Outcome((line, *filter(None, [stand.reason])), stand.facts())
        last = journal.read(project, name)[-1]
        try:
            journal.append(project, journal.STOPPING, last, reason=reason)
        except PipelineError as trouble:
            # a full disk keeps nobody from ending it; the next command writes down that it is over
            shares.end(project)
            lines = (f"{name} is over; production answers all", f"warning: {trouble}")
            return Outcome(lines, {**stand.facts(), "state": journal.ABORTED, "reason": str(trouble)})
        stand = settle(project, name)
    return Outcome((f"{name} is stopped; production answers all",), stand.facts())


def status(project: Project, name: str = "") -> Outcome:
    """How one experiment stands, or all do.

    Raises:
        PipelineError: There is none of this name.
    """
    if name:
        plan.read(project, name)
    stands = [standing(project, one) for one in ([name] if name else plan.names(project))]
    lines = [line for stand in stands for line in shown(project, stand)]
    facts = {"experiments": [stand.facts() for stand in stands]}
    return Outcome(tuple(lines) or ("no experiment is planned; `python experiment.py plan NAME …` plans one",), facts)


def shown(project: Project, stand: Standing) -> list[str]:
    """How an experiment stands, for people."""
    moment = f" since {stand.started}" if stand.state == RUNNING else f" at {stand.ended}" if stand.ended else ""
    lines = [f"{stand.name}: {stand.state}{moment}{f' ({stand.reason})' if stand.reason else ''}"]
    if stand.state == STOPPING:
        lines.append(f"  it was interrupted: run `python experiment.py stop {stand.name} --ship` again, or stop it")
    try:
        written = frozen(project, stand)
    except PipelineError as error:
        return [*lines, f"  {error}"]
    lines += [f"  {arm.name}: {arm.version}, {arm.share_percent:g} %" for arm in written.arms]
    return [*lines, f"  decides: {written.primary.label}, {written.primary.direction} by {written.minimum_effect:g}"]
