"""A rollout: a share of the traffic for a candidate, more and more of it, until it is production or none."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime

from nbexport_runtime.pipeline import judgement, promotion, retraining
from nbexport_runtime.pipeline.files import manifest, write_text
from nbexport_runtime.pipeline.outcome import Outcome, Trouble
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.pipeline.settings import CANDIDATE, MODELS, PRODUCTION, ROLLOUT, ROOT
from nbexport_runtime.service import rollout_state


def start(version: str, percent: float) -> Outcome:
    """Begin with a candidate.

    Raises:
        Trouble: There is no production, another rollout is under way, or the candidate was not judged.
    """
    if not (PRODUCTION / "manifest.json").is_file():
        raise Trouble("there is no production yet: the first model needs no rollout")
    if running() is not None:
        raise Trouble("a rollout is under way; finish or abort it first")
    registry = Registry()
    bundle = registry.bundle(version) if version else CANDIDATE
    found = str(manifest(bundle)["version"])
    if found == manifest(PRODUCTION)["version"]:
        raise Trouble(f"`{found}` is in production already")
    registry.register(bundle)
    decision = retraining.judged(bundle, registry, None)
    if not decision.accepted:
        return retraining.ended(decision)
    promotion.keep(bundle)
    state = rollout_state.Rollout(
        candidate=f"versions/{found}",
        version=found,
        percent=percent,
        salt=uuid.uuid4().hex,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        key_header="X-Rollout-Key",
    )
    write_text(ROLLOUT, rollout_state.text(state))
    return status()


def change(percent: float) -> Outcome:
    """Give the candidate another share."""
    state = needed()
    changed = replace(state, percent=percent)
    write_text(ROLLOUT, rollout_state.text(changed))
    return status()


def finish() -> Outcome:
    """Make the candidate production."""
    state = needed()
    before = str(manifest(PRODUCTION)["version"])
    promotion.promote(MODELS / state.candidate, Registry())
    decision = judgement.Decision(
        "promote", state.version, before, (), remarks=("the rollout was finished",)
    )
    judgement.record(decision)
    return Outcome(
        (f"{state.version} is production now",), {"production": state.version}
    )


def abort() -> Outcome:
    """Send all traffic back to production."""
    state = needed()
    ROLLOUT.unlink(missing_ok=True)
    return Outcome(
        (f"all traffic goes to production again; {state.version} gets none",),
        {"aborted": state.version},
    )


def status() -> Outcome:
    """What is under way."""
    state = running()
    production = "none"
    if (PRODUCTION / "manifest.json").is_file():
        production = str(manifest(PRODUCTION)["version"])
    if state is None:
        return Outcome(
            (f"production: {production}", "no rollout is under way"),
            {"production": production, "rollout": None},
        )
    return Outcome(
        (
            f"production: {production}, {100 - state.percent:g} % of the traffic",
            f"candidate:  {state.version}, {state.percent:g} % since {state.started}",
        ),
        {
            "production": production,
            "rollout": {"version": state.version, "percent": state.percent},
        },
    )


def gateway() -> Outcome:
    """The route of a cluster's gateway, with the shares that the two models have now.

    Raises:
        Trouble: `deploy/gateway.yaml` is not there, or does not name production and the candidate, in this order.
    """
    state = running()
    candidate = 0.0 if state is None else state.percent
    # weights are whole numbers, of which only the proportion counts
    scale = 1 if candidate == int(candidate) else 100
    shares = [round((100 - candidate) * scale), round(candidate * scale)]
    path = ROOT / "deploy" / "gateway.yaml"
    try:
        parts = re.split(
            r"(?m)(?<=^          weight: )[0-9]+$", path.read_text("utf-8")
        )
    except OSError:
        raise Trouble(f"`{path}` cannot be read") from None
    if len(parts) != len(shares) + 1:
        raise Trouble(f"`{path}` does not have the weights of two services")
    text = f"{parts[0]}{shares[0]}{parts[1]}{shares[1]}{parts[2]}".rstrip("\n")
    return Outcome((text,), {"weights": shares, "manifest": text})


def running() -> rollout_state.Rollout | None:
    """The rollout that is under way."""
    try:
        return rollout_state.read(ROLLOUT)
    except ValueError as error:
        raise Trouble(f"`{ROLLOUT}`: {error}") from None


def needed() -> rollout_state.Rollout:
    """The rollout that is under way, where there must be one."""
    state = running()
    if state is None:
        raise Trouble("no rollout is under way; begin one with python rollout.py start")
    return state
