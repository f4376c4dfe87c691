"""Experiments that are made up: plans, and the tables that their traffic would leave."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from nbexport_runtime.platform.experiments.plan import Arm, Metric, Plan
from nbexport_runtime.platform.experiments.running import RUNNING, Standing

STARTED = datetime(2026, 3, 1, tzinfo=UTC)
BOUGHT = Metric("outcome", "bought", "up", window_days=1.0)
COLUMNS = {
    "predictions": "time TIMESTAMP, request_id VARCHAR, row INTEGER, route VARCHAR, model_version VARCHAR, arm VARCHAR, "
    "outcome VARCHAR, latency_ms DOUBLE, unit VARCHAR, experiment VARCHAR, experiment_arm VARCHAR, caller VARCHAR, "
    "input JSON, output JSON, meant JSON, features JSON, feature_time TIMESTAMP, unusual JSON, reasons JSON, "
    "error VARCHAR, date DATE",
    "outcomes": "id VARCHAR, request_id VARCHAR, row INTEGER, unit VARCHAR, name VARCHAR, value DOUBLE, time TIMESTAMP, "
    "received TIMESTAMP, date DATE",
}


def planned(**changes: Any) -> Plan:
    """A plan of 10,000 units, half of them in each arm."""
    plan = Plan(
        name="buttons",
        hypothesis="people buy more",
        unit="customer",
        arms=(Arm("control", "v1", 50.0), Arm("treatment", "v2", 50.0)),
        primary=BOUGHT,
        minimum_effect=0.01,
        horizon_units=10_000,
        salt="salt",
        created="2026-02-28T00:00:00+00:00",
    )
    return replace(plan, **changes)


def running(plan: Plan) -> Standing:
    """How it stands while it runs."""
    return Standing(plan.name, RUNNING, STARTED.isoformat(), plan_sha256=plan.sha256)


def tables() -> duckdb.DuckDBPyConnection:
    """Both tables, empty."""
    connection = duckdb.connect()
    for name, columns in COLUMNS.items():
        connection.execute(f"CREATE TABLE {name} ({columns})")
    return connection


def line(plan: Plan, unit: str, arm: str, seconds: float, **changes: Any) -> dict[str, Any]:
    """A line of the log that an arm has answered; `meant=True` where production answered in its place."""
    version = next(one.version for one in plan.arms if one.name == arm)
    time = STARTED.replace(tzinfo=None) + timedelta(seconds=seconds)
    meant = changes.pop("meant", None)
    return {
        "time": time,
        "request_id": f"r-{unit}-{seconds}",
        "model_version": plan.control.version if meant else version,
        "arm": "production" if meant or arm == plan.control.name else "candidate",
        "outcome": "ok",
        "latency_ms": 2.0,
        "unit": unit,
        "experiment": plan.name,
        "experiment_arm": arm,
        "meant": json.dumps({"arm": "candidate", "reason": "error"}) if meant else None,
        "date": time.date(),
        **changes,
    }


def outcome(unit: str | None, value: float, seconds: float, name: str = "bought", **changes: Any) -> dict[str, Any]:
    """An outcome of a unit."""
    time = STARTED.replace(tzinfo=None) + timedelta(seconds=seconds)
    number = f"{unit}-{name}-{seconds}-{changes.get('request_id')}"
    facts = {"id": number, "unit": unit, "name": name, "value": value, "time": time, "received": time}
    return {**facts, "date": time.date(), **changes}


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Rows into a table; columns that a row does not have are NULL."""
    # one statement for each set of columns: so no value passes through a type that it does not have
    for given in {frozenset(name for name in row if row[name] is not None) for row in rows}:
        own = [row for row in rows if frozenset(name for name in row if row[name] is not None) == given]
        columns = sorted(given)
        frame = pd.DataFrame({name: [row[name] for row in own] for name in columns})
        connection.register("rows", frame)
        connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns)} FROM rows")
        connection.unregister("rows")


def traffic(
    plan: Plan,
    units: int,
    rates: tuple[float, ...],
    *,
    shares: tuple[float, ...] | None = None,
    seed: int = 0,
    seconds: float = 60.0,
    requests: int = 1,
) -> duckdb.DuckDBPyConnection:
    """Units that come one after the other and buy an hour later, each arm at its own rate.

    Args:
        plan: The plan.
        units: How many.
        rates: How often a unit of each arm buys.
        shares: Of the arms, where they are not as planned.
        seed: Of the random numbers.
        seconds: Between two units.
        requests: Of each unit.
    """
    random = np.random.default_rng(seed)
    real = np.array(shares or [arm.share_percent for arm in plan.arms])
    arms = random.choice(len(plan.arms), size=units, p=real / real.sum())
    bought = random.random(units) < np.array(rates)[arms]
    latency = 5 + random.exponential(2, size=units)
    connection = tables()
    frame: Any = pd.DataFrame(
        {
            "i": np.arange(units),
            "arm": np.array([arm.name for arm in plan.arms])[arms],
            "version": np.array([arm.version for arm in plan.arms])[arms],
            "bought": bought,
            "latency": latency,
        }
    )
    connection.register("frame", frame)
    start = f"TIMESTAMP '{STARTED:%Y-%m-%d %H:%M:%S}'"
    connection.execute(
        f"""
        INSERT INTO predictions (time, request_id, route, model_version, arm, outcome, latency_ms, unit, experiment,
                                 experiment_arm, output, date)
        SELECT t, 'r' || i || '-' || k, '/predict', version, if(version = '{plan.control.version}', 'production',
               'candidate'), 'ok', latency, md5(i::VARCHAR), '{plan.name}', arm, '{{"result": 0.5}}', t::DATE
        FROM (SELECT *, {start} + to_microseconds((1 + i * {seconds} * 1e6 + k * 1e6)::BIGINT) AS t
              FROM frame, range({requests}) r(k))
        """
    )
    connection.execute(
        f"""
        INSERT INTO outcomes (id, unit, name, value, time, received, date)
        SELECT 'o' || i, md5(i::VARCHAR), 'bought', 1, t, t, t::DATE
        FROM (SELECT i, {start} + to_microseconds(((i * {seconds} + 3600) * 1e6)::BIGINT) AS t FROM frame WHERE bought)
        """
    )
    return connection


def later(units: int, seconds: float = 60.0) -> datetime:
    """When the values of all units are final."""
    return STARTED + timedelta(seconds=units * seconds, days=2)


def logs_as_parquet(
    plan: Plan, units: int, folder: Path, *, requests: int = 1, seed: int = 0
) -> duckdb.DuckDBPyConnection:
    """The traffic of many units in Parquet files, as after a compaction, and a connection that reads them there."""
    source = traffic(plan, units, (0.05, 0.053), seed=seed, seconds=1.0, requests=requests)
    connection = duckdb.connect()
    for name in COLUMNS:
        path = folder / f"{name}.parquet"
        source.execute(f"COPY {name} TO '{path}' (FORMAT PARQUET)")
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
    source.close()
    return connection
