"""What is used in an incident: back to an earlier production, no traffic for a candidate.

Each is one append or one replaced file. None needs the lock of a training, the network, the registry, the store or a
decision, and all tolerate what is damaged: what follows from the journal follows later. Nothing here imports more
than the standard library.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from nbexport_runtime.pipeline import decisions, placing, shares, turns
from nbexport_runtime.pipeline.decisions import Decision
from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.outcome import Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.traffic import placements
from nbexport_runtime.traffic.placements import ADOPTED, ROLLED_BACK, Journal


class Work:
    """Something urgent: done with what is here, and only then does the store get to know of it."""

    def __init__(self, project: Project, verb: Callable[[], Outcome], wait_s: float) -> None:
        """Prepare it.

        Args:
            project: The project.
            verb: Does it.
            wait_s: How long to wait for another run, where nothing is here and the store is needed.
        """
        self._project, self._verb, self._wait_s = project, verb, wait_s
        self._unsent = False

    def do(self) -> Outcome:
        """Do it; its outcome.

        Where nothing is here, as on the machine of a CI, the store is asked first and gets the change at the end.

        Raises:
            PipelineError: It cannot be done.
        """
        if not self._project.placed:
            with turns.alone(self._project, self._wait_s):
                return self._verb()
        self._unsent = True
        turns.name_damage(self._project)
        attempt(lambda: placing.adopt(self._project))
        return self._verb()

    def send(self) -> None:
        """Bring it to the store; where that fails, or takes too long, the next command does it."""
        if self._unsent:
            turns.send(self._project)


def rollback(project: Project, to: str, report: Path | None = None) -> Outcome:
    """Return to an earlier production: the one before, or the one that is named.

    Raises:
        PipelineError: There is none, or it is damaged; nothing was changed.
    """
    journal = project.journal
    now = journal.production
    version = named(project, journal, to) if to else before(journal)
    if now is not None and version == now.version:
        attempt(lambda: shares.end(project))
        return Outcome((f"{version} is in production already; all traffic goes to it",), {"candidate": version})
    placement = placing.place(project, bundle(project, journal, version), ROLLED_BACK)
    attempt(lambda: shares.end(project))
    attempt(lambda: placing.follow(project))
    decision = Decision("rollback", version, now.version if now else None, (), placed=placement.time)
    decisions.kept(project.decisions, decision, report)
    return Outcome(decision.lines(), decision.facts())


def before(journal: Journal) -> str:
    """The version that a rollback goes to.

    Raises:
        PipelineError: There is none.
    """
    if journal.previous is None:
        raise PipelineError(
            "there was no other production before this one; name a version with "
            "`python promote.py --rollback VERSION`, as `python registry.py list` shows them"
        )
    return journal.previous.version


def named(project: Project, journal: Journal, to: str) -> str:
    """The version of an id or of its beginning, among those that were production.

    Raises:
        PipelineError: None was, or several begin so.
    """
    known = {placement.version for placement in journal.placements}
    first = journal.placements[0] if journal.placements else None
    if first is None or first.reason == ADOPTED:
        # an earlier export kept no journal: what it kept may have been production
        known |= older(project, first.time if first else "9999")
    some = sorted(version for version in known if version.startswith(to))
    if to in known or len(some) == 1:
        return to if to in known else some[0]
    if some:
        raise PipelineError(f"`{to}` is the beginning of {', '.join(some)}; name one of them")
    raise PipelineError(
        f"`{to}` has never been production, so there is no way back to it; have it judged with "
        f"`python promote.py --candidate models/versions/{to}`"
    )


def older(project: Project, moment: str) -> set[str]:
    """The versions that were kept before the journal began and were not refused then."""
    versions = [path for path in project.versions.glob("*") if not path.name.startswith(".")]
    refused = {decision["candidate"] for decision in decisions.history(project.decisions) if refuses(decision)}
    return {path.name for path in versions if kept_before(path, moment)} - refused


def refuses(decision: dict[str, object]) -> bool:
    """Whether a decision refused its candidate."""
    return decision["verdict"] == "refuse"


def kept_before(bundle_: Path, moment: str) -> bool:
    """Whether a version was made before a moment."""
    try:
        return str(manifest(bundle_)["created"]) < moment
    except (PipelineError, KeyError):
        return False


def bundle(project: Project, journal: Journal, version: str) -> Path:
    """The folder of an earlier production; the store is only asked where it is not here.

    Raises:
        PipelineError: It is nowhere, or is not the one that was placed.
    """
    folder = project.versions / version
    if not (folder / "manifest.json").is_file():
        from nbexport_runtime.pipeline import syncing

        if not syncing.of(project).need(f"models/versions/{version}"):
            raise PipelineError(f"`{folder}` is not here and not in the store; name another version with --rollback")
    last = journal.last(version)
    if last is not None and placements.digest(folder) != last.manifest_sha256:
        raise PipelineError(
            f"`{folder}` is not the model that was placed: its manifest has another sha256; "
            "name another version with --rollback"
        )
    return folder


def abort(project: Project) -> Outcome:
    """Send all traffic back to production; succeeds, and says so, where it goes there already.

    Raises:
        PipelineError: The file cannot be written.
    """
    try:
        state = shares.under_way(project)
    except PipelineError:
        shares.end(project)
        lines = (f"`{project.traffic}` was damaged and is written new", "all traffic goes to production")
        return Outcome(lines, {"aborted": None})
    shares.end(project)
    if state is None:
        return Outcome(("no rollout is under way; all traffic goes to production",), {"aborted": None})
    version = shares.candidate(state).version
    line = f"all traffic goes to production again; {version} gets none"
    return Outcome((line,), {"aborted": version})


def change(project: Project, percent: float) -> Outcome:
    """Give the candidate another share; 0 works whatever the file holds, and where there is none.

    Raises:
        PipelineError: No rollout is under way that could get a share, or the file cannot be written.
    """
    try:
        state = shares.needed(project)
    except PipelineError:
        if percent:
            raise
        # which candidate it was does not matter: it gets nothing
        return abort(project)
    state = shares.change(project, state, percent, urgent=not percent)
    arm = shares.candidate(state)
    lines = (f"{arm.version} gets {percent:g} % of the traffic, {state.production} the rest",)
    rollout = {"version": arm.version, "percent": arm.weight_percent}
    return Outcome(lines, {"production": state.production, "rollout": rollout})


def attempt(work: Callable[[], None]) -> None:
    """Do what may fail without harm: the next command does it."""
    try:
        work()
    except (PipelineError, OSError) as error:
        warn(f"{error}; the next command repairs it")


def warn(text: str) -> None:
    """Say on standard error what did not work."""
    print(f"warning: {text}", file=sys.stderr)
