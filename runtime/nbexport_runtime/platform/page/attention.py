"""What needs attention first: rules over the state, each with the sentence that a person reads and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from nbexport_runtime.platform.page.state import Attention, State, Urgency
from nbexport_runtime.platform.percent import percent
from nbexport_runtime.platform.settings import Settings

FEW_REQUESTS = 50
"""With fewer, a share of failures says little."""
UNCHECKED_DAYS = 2
"""A check of drift that is older is named."""
MISSING_SHARE = 0.5
"""More overdue outcomes than this, as a share of those and the known ones, are named."""
ORDER: tuple[Urgency, ...] = ("act", "look")


def needed(state: State, settings: Settings) -> list[Attention]:
    """What a person should see first, the most urgent before the others."""
    entries = [entry for rule in (traffic, guarded, drifted, labelled, tested, aged) for entry in rule(state, settings)]
    entries += [
        Attention("look", f"The part “{part}” cannot be told: {why}", "Fix it, and write this page again.")
        for part, why in state.trouble.items()
    ]
    return sorted(entries, key=lambda entry: ORDER.index(entry.urgency))


def traffic(state: State, settings: Settings) -> Iterator[Attention]:
    """Whether there is a model, requests for it, and answers."""
    if state.production is None:
        yield Attention("act", "No model is in production.", "python retrain.py")
        return
    day = state.last_day
    requests, failed = sum(hour.requests for hour in day), sum(hour.failed for hour in day)
    if not requests:
        usual = state.requests > FEW_REQUESTS
        text = "There was no request for a day." if usual else "There are no requests yet."
        yield Attention("act" if usual else "look", text, "See whether the service runs: curl localhost:8000/ready")
    elif requests >= FEW_REQUESTS and failed / requests > settings.guard.error_budget:
        yield failing(state, failed / requests, settings.guard.error_budget)
    for served in state.served:
        if served.meant and served.last >= state.made - timedelta(days=1):
            text = f"Production answered {served.meant:,} requests in the place of {served.version}."
            yield Attention("look", text, "python rollout.py status")


def failing(state: State, share: float, budget: float) -> Attention:
    """What to do where requests of the last day failed: what was taken back already needs no rollback."""
    begins = f"{percent(share, 1)} of the requests of the last day failed; {percent(budget, 1)} may"
    now = state.production
    recent = [one for one in state.served if one.last >= state.made - timedelta(days=1) and one.arm != "shadow"]
    worst = max(recent, key=lambda one: one.failed, default=None)
    if now is None or worst is None or worst.version == now.version:
        return Attention("act", f"{begins}.", "python promote.py --rollback")
    answering = any(worst.version == arm.version and arm.percent > 0 for arm in now.arms)
    if answering:
        return Attention("act", f"{begins}; most of them in {worst.version}.", "python rollout.py abort")
    return Attention("look", f"{begins}. Most of them in {worst.version}, which gets no requests any more.")


def guarded(state: State, settings: Settings) -> Iterator[Attention]:
    """What was taken back during the last day."""
    since = state.made - timedelta(days=1)
    for event in state.events:
        if event.alarm and event.time >= since:
            asks = "python guard.py status" if event.part == "guard" else "python registry.py list"
            yield Attention("look", f"{event.time:%A %H:%M} UTC: {event.part}: {event.text}", asks)


def drifted(state: State, settings: Settings) -> Iterator[Attention]:
    """Whether inputs or answers have moved, and whether anybody looks."""
    names = [column for column in state.drift if column.status == "drift"]
    if names:
        shown = "; ".join(f"{column.name} ({', '.join(column.reasons)})" for column in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        text = f"The model is asked for something else than it was trained on: {shown}{more}."
        yield Attention("act", text, 'python retrain.py --because "drift"')
    if state.production is None:
        return
    if state.drift_checked is None:
        yield Attention("look", "Drift was never checked.", "python drift.py check --window 1d")
    elif state.made - state.drift_checked > timedelta(days=UNCHECKED_DAYS):
        days = (state.made - state.drift_checked).days
        yield Attention("look", f"Drift was last checked {days} days ago.", "python drift.py check --window 1d")


def labelled(state: State, settings: Settings) -> Iterator[Attention]:
    """Whether outcomes come back."""
    known = state.quality
    if known is None:
        return
    if not known.labels:
        yield Attention(
            "look",
            "No outcome is known: nobody knows how good the model is.",
            "Send them to POST /outcome, or: python outcomes.py add FILE",
        )
    elif known.late > MISSING_SHARE * (known.late + known.labels):
        text = f"{known.late:,} outcomes that should be known by now are missing; {known.labels:,} are known."
        yield Attention("look", text, "python outcomes.py quality")


def tested(state: State, settings: Settings) -> Iterator[Attention]:
    """Experiments that have an answer."""
    for experiment in state.experiments:
        if experiment.status == "running" and experiment.answer in ("ship", "keep"):
            ends = " --ship" if experiment.answer == "ship" else ""
            text = f"The experiment {experiment.name} has an answer: {experiment.answer}."
            yield Attention("look", text, f"python experiment.py stop {experiment.name}{ends}")


def aged(state: State, settings: Settings) -> Iterator[Attention]:
    """Features that are older than they may be."""
    for view in state.features:
        if view.max_age_days and view.oldest_age_h is not None and view.oldest_age_h > view.max_age_days * 24:
            allowed_h = view.max_age_days * 24
            text = f"Features of {view.name} were {view.oldest_age_h:.0f} h old; {allowed_h:.0f} h are allowed."
            yield Attention("look", text, "python features.py materialize")
