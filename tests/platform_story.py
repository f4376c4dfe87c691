"""Two weeks of a project in its journals and its log: a rollout that the guard takes back, a test, drift, outcomes."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import platform_logs
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import plan
from nbexport_runtime.platform.experiments.journal import Event
from nbexport_runtime.platform.features.settings import View
from nbexport_runtime.platform.outcomes.settings import Outcomes
from nbexport_runtime.platform.settings import Settings
from nbexport_runtime.traffic.placements import Placement

NOW = datetime.fromisoformat("2026-03-15T09:00")
OLD, NEW, BROKEN = "20260228T101500-1f2e3d4c5b6a", "20260306T081500-9a8b7c6d5e4f", "20260314T231500-0badc0ffee00"
SETTINGS = Settings(
    outcomes=Outcomes("left"),
    features=(View("usage", "customer_id", "usage.csv", "day", columns=("fee",), max_age_days=2.0),),
)


def jsonl(path: Path, lines: list[dict[str, Any]]) -> None:
    """Write lines of JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def written(models: Path) -> None:
    """The journals of the two weeks."""
    placed = [
        Placement(1, "2026-02-28T10:20:00+00:00", OLD, "a" * 64, "promoted", None),
        Placement(2, "2026-03-06T08:30:00+00:00", NEW, "b" * 64, "promoted", OLD),
    ]
    models.mkdir(parents=True, exist_ok=True)
    (models / "placements.jsonl").write_bytes(b"".join(placement.line() for placement in placed))
    jsonl(
        models / "guard.jsonl",
        [
            {
                "time": "2026-03-14T23:30:00+00:00",
                "action": "step",
                "version": BROKEN,
                "reason": "healthy for an hour and 500 requests: 10 % → 25 %",
            },
            {
                "time": "2026-03-15T03:07:12+00:00",
                "action": "back",
                "version": BROKEN,
                "reason": "96 of 187 requests failed; the budget is 2 %",
                "figures": {"requests": 187, "failed": 96},
            },
        ],
    )
    winback = plan.Plan(
        "winback",
        "Calling the customers that the new model names keeps more of them.",
        "customer",
        (plan.Arm("control", OLD, 50.0), plan.Arm("new", NEW, 50.0)),
        plan.Metric("outcome", "left", "down", 1.0),
        0.01,
        6_000,
        "salt",
        "2026-03-01T09:00:00+00:00",
    )
    plan.write(Project(models.parent, models.parent), winback)
    jsonl(
        models / "experiments.jsonl",
        [
            event("2026-03-01T10:00:00+00:00", "frozen", winback),
            event("2026-03-01T10:00:01+00:00", "started", winback),
            event("2026-03-06T08:29:00+00:00", "stopping", winback, reason="the verdict is ship", version=NEW),
            event("2026-03-06T08:30:00+00:00", "shipped", winback, reason="the verdict is ship", version=NEW),
        ],
    )
    names = ["tenure_months", "monthly_fee", "plan", "country", "support_tickets", "output.probability", "output.call"]
    columns = [
        {
            "name": name,
            "status": "drift" if name == "monthly_fee" else "steady",
            "reasons": ["median 19.9 → 24.9"] if name == "monthly_fee" else [],
            "windows": [{"psi": 0.31 if name == "monthly_fee" else 0.004 * (place + 1), "share": 0.05, "rows": 900}],
        }
        for place, name in enumerate(names)
    ]
    check = {"version": NEW, "columns": columns, "retrain": ""}
    jsonl(
        models / "drift.jsonl",
        [
            {"time": "2026-03-13T04:00:00+00:00", "drifted": [], "alarm": False, **check},
            {"time": "2026-03-15T04:00:00+00:00", "drifted": ["monthly_fee"], "alarm": True, **check},
        ],
    )


def event(time: str, what: str, planned: plan.Plan, **facts: str) -> dict[str, Any]:
    """A line of the journal of experiments."""
    return asdict(Event(time, planned.name, what, planned.sha256, **facts))


def logged() -> duckdb.DuckDBPyConnection:
    """The log of the two weeks."""
    random = np.random.default_rng(7)
    tables = platform_logs.tables()
    for day in range(14):
        until = NOW - timedelta(days=13 - day)
        version = OLD if day < 5 else NEW
        night(tables, random, version, until, 900 + 40 * day, outcomes=day < 12)
    broken(tables, random)
    return tables


def night(
    tables: duckdb.DuckDBPyConnection,
    random: np.random.Generator,
    version: str,
    until: datetime,
    count: int,
    *,
    outcomes: bool,
) -> None:
    """One day of requests, most of them by day, and their outcomes."""
    hours = np.sort(
        np.concatenate([random.normal(12, 4, count * 3 // 4) % 24, random.uniform(0, 24, count - count * 3 // 4)])
    )
    risk = random.beta(2, 5, count)
    inputs = pd.DataFrame(
        {"monthly_fee": random.choice([9.9, 19.9, 29.9], count), "plan": random.choice(["basic", "plus"], count)}
    )
    ((before,),) = tables.execute("SELECT count(*) FROM predictions").fetchall()
    platform_logs.log(
        tables,
        inputs,
        outputs=pd.DataFrame({"probability": risk, "call": risk > 0.4}),
        features=inputs[["monthly_fee"]].rename(columns={"monthly_fee": "fee"}),
        version=version,
        until=until,
    )
    frame = pd.DataFrame(
        {
            "request_id": [f"r{before + place + 1}" for place in range(count)],
            "time": [until - timedelta(hours=24 - float(hour)) for hour in hours],
            "unit": [f"u{number}" for number in random.integers(0, 4000, count)],
            "outcome": random.choice(["ok", "invalid", "error"], count, p=[0.985, 0.012, 0.003]),
            "latency_ms": random.gamma(4, 0.5, count) + (0.4 if version == NEW else 0.0),
        }
    )
    frame["arm_of"] = ["new" if int(unit[1:]) % 2 else "control" for unit in frame["unit"]]
    saved = np.where((frame["arm_of"] == "new") | (version == NEW), 0.6, 1.0)
    frame["actual"] = (random.uniform(size=count) < risk * saved).astype(float)
    tables.register("facts", frame)
    tables.execute(
        """UPDATE predictions SET time = f.time, date = f.time::DATE, unit = f.unit, outcome = f.outcome,
        latency_ms = f.latency_ms, feature_time = f.time - INTERVAL 7 HOUR,
        experiment = CASE WHEN f.time BETWEEN '2026-03-01 10:00' AND '2026-03-06 08:30' THEN 'winback' END,
        experiment_arm = CASE WHEN f.time BETWEEN '2026-03-01 10:00' AND '2026-03-06 08:30' THEN f.arm_of END
        FROM facts f WHERE predictions.request_id = f.request_id"""
    )
    tables.execute(
        "UPDATE predictions SET model_version = ?, arm = 'candidate' WHERE experiment_arm = 'new' AND model_version = ?",
        [NEW, OLD],
    )
    if outcomes:
        tables.execute(
            """INSERT INTO outcomes SELECT 'o' || request_id, request_id, NULL, unit, 'left', actual,
            time + INTERVAL 12 HOUR, time + INTERVAL 1 DAY, (time + INTERVAL 12 HOUR)::DATE FROM facts
            WHERE hash(request_id) % 100 < 70"""
        )
    tables.unregister("facts")


def broken(tables: duckdb.DuckDBPyConnection, random: np.random.Generator) -> None:
    """A candidate of last night that failed half of what it was asked."""
    fee = pd.DataFrame({"monthly_fee": random.choice([9.9, 19.9], 187)})
    until = datetime.fromisoformat("2026-03-15T03:07")
    platform_logs.log(
        tables,
        fee,
        version=BROKEN,
        arm="candidate",
        until=until,
        length=timedelta(hours=3, minutes=30),
        outcome="error",
    )
    tables.execute(
        "UPDATE predictions SET outcome = 'ok' WHERE model_version = ? AND hash(request_id) % 2 = 0", [BROKEN]
    )
