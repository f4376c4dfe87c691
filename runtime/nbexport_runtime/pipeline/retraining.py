"""Everything in order: fetch, validate, train, register, judge, promote, describe; one at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import cards, datasets, judgement, processes, promotion, validation
from nbexport_runtime.pipeline.files import manifest, read_json, write_json
from nbexport_runtime.pipeline.judgement import Check, Decision
from nbexport_runtime.pipeline.outcome import DONE, REFUSED, Outcome, Trouble
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.pipeline.settings import (
    CANDIDATE,
    CODE,
    DATA,
    MODELS,
    PRODUCTION,
    REPORTS,
    ROOT,
    SAME_ORDER,
    VERSIONS,
    settings,
)


@contextmanager
def alone(wait_s: float) -> Iterator[None]:
    """Keep others from changing models while this goes on.

    Raises:
        Trouble: Another one is at it, and does not end in time.
    """
    try:
        from filelock import FileLock, Timeout
    except ImportError:
        raise Trouble(
            "filelock is not installed: python -m pip install -r requirements-pipeline.txt"
        ) from None
    MODELS.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(MODELS / ".lock", timeout=wait_s):
            yield
    except Timeout:
        raise Trouble(
            "another run is changing the models; wait for it with --wait-s, nothing was done"
        ) from None


def current() -> Path | None:
    """The bundle in production; None before there is one."""
    return PRODUCTION if (PRODUCTION / "manifest.json").is_file() else None


def valid(data: Path) -> validation.Report:
    """Compare a data set with the schema, and keep the report; learn the schema where there is none yet."""
    schema = ROOT / "data_schema.json"
    if not schema.exists() or not read_json(schema).get("tables"):
        write_json(schema, validation.learn(data))
    found = validation.validate(
        data, read_json(schema), tolerance=settings().data.tolerance
    )
    record = read_json(data / datasets.RECORD)
    known = {"data_set": record["id"], "sha256": record["sha256"]}
    write_json(REPORTS / f"{record['id']}.json", {**known, **found.facts()})
    return found


def train(data: Path | None, options: Sequence[str]) -> str:
    """Run `train.py`; why it left no model, or nothing where it did.

    Raises:
        Trouble: Wrong options, or missing data.
    """
    command = processes.command(settings().training.processes, "train.py")
    command += ["--output", str(CANDIDATE), "--keep-failing"]
    if data is not None:
        command += ["--data", str(data)]
    # what the notebook's code prints is no part of the outcome
    done = subprocess.run(
        [*command, *options],
        cwd=CODE,
        stdout=sys.stderr,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, **SAME_ORDER},
    )
    sys.stderr.write(done.stderr)
    if done.returncode == DONE:
        return ""
    lines = done.stderr.strip().splitlines()
    told = [line for line in lines if line.startswith("error: ")]
    if told or done.returncode != 1:
        raise Trouble(f"train.py: {(told or lines or ['it was killed'])[-1]}")
    said = [line for line in lines if " ERROR " in line] or lines[-1:]
    return said[-1].partition("ERROR")[2].strip() or said[-1]


def judged(bundle: Path, registry: Registry, min_improvement: float | None) -> Decision:
    """The decision on a candidate, against production where there is one; recorded."""
    gates = settings().gates
    asked = gates.min_improvement if min_improvement is None else min_improvement
    decision = judgement.judge(bundle, current(), gates, asked)
    judgement.record(decision)
    registry.tag(decision.candidate, "verdict", decision.verdict)
    if decision.reasons:
        registry.tag(decision.candidate, "reasons", "; ".join(decision.reasons))
    return decision


def promote(
    bundle: Path, registry: Registry, min_improvement: float | None, report: Path | None
) -> Decision:
    """Judge a candidate and make it production where it is good enough."""
    registry.follow()
    registry.register(bundle)
    decision = judged(bundle, registry, min_improvement)
    if decision.accepted:
        promotion.promote(bundle, registry)
    describe(bundle)
    judgement.tell(report, decision)
    return decision


def describe(bundle: Path) -> None:
    """Write the cards."""
    data = (manifest(bundle).get("data_set") or {}).get("id")
    cards.write(bundle, datasets.place(data) if data else None)


def refuse(kind: str, reasons: Sequence[str], report: Path | None) -> Decision:
    """Record that there is no candidate to judge."""
    checks = tuple(Check(kind, False, reason) for reason in reasons)
    now = current()
    baseline = str(manifest(now)["version"]) if now else None
    decision = Decision("refuse", f"no-candidate-{kind}", baseline, checks)
    judgement.record(decision)
    judgement.tell(report, decision)
    return decision


def retrain(
    *,
    source: str = "",
    options: Sequence[str] = (),
    min_improvement: float | None = None,
    report: Path | None = None,
    wait_s: float = 0.0,
) -> Outcome:
    """One whole round.

    Raises:
        Trouble: A step could not be done; production is as it was.
    """
    with alone(wait_s):
        registry = Registry()
        registry.follow()
        data = fetched(source)
        if data is not None:
            found = valid(data)
            if not found.valid:
                return ended(refuse("data", found.errors, report))
        why = train(data, options)
        if why:
            return ended(refuse("training", [why], report))
        return ended(promote(CANDIDATE, registry, min_improvement, report))


def fetched(source: str) -> Path | None:
    """The newest data as `data/train`; None where the notebook has none that could be fetched."""
    import model
    from stages import DATA_STAGES

    if not source and model.DATA is None and not DATA_STAGES:
        return None
    record = datasets.fetch(source)
    output = DATA / "train"
    datasets.put(record["id"], output)
    return output


def ended(decision: Decision) -> Outcome:
    """A decision as the outcome of a command."""
    facts: dict[str, Any] = {**decision.facts(), "promoted": decision.accepted}
    return Outcome(decision.lines(), facts, DONE if decision.accepted else REFUSED)


def versions() -> list[str]:
    """The ids of all that was ever promoted."""
    return sorted(path.name for path in VERSIONS.glob("*") if path.is_dir())
