"""What the platform costs: the log, experiments, drift, features, and the service that has all of it.

    python benchmarks/platform_costs.py [--only logs] [--largest 10000000] [--rounds 5] [--requests 1500]

| part | what is measured | budget |
|---|---|---|
| logs | `python logs.py find ID` among compacted predictions, 10 thousand to `--largest` | < 1 s at 10 million |
| experiments | `python experiment.py report NAME`, exposed units with an outcome each | < 5 s at 1 million |
| drift | `python drift.py check`, rows of 20 columns, one of which has drifted | < 10 s at 1 million |
| features | one read of the online store (SQLite), 100 thousand entities, in this process | p50 < 1, p99 < 5 ms |
| service | processor time of a request with log, guard, shadow or experiment on, against without | <= 1.15 times |

Commands are timed as a person runs them, in a process of their own, start-up included; the least of three runs counts,
since other work on the machine only ever adds. The data is made by DuckDB and written to the archive in the layout, and
by the functions, of `logs.py compact`. The service is asked in turn with and without, in alternating order, so that a
busy machine slows both alike; its processor time is that of all its processes, models and guard included. It is also
asked at level 3 with the same two models and the same shares: what it costs more than that is the platform's, and what
that costs more than one model is the second one's, which has a process of its own. Nothing here fails a build: a figure
beyond its budget is marked.

Needs `pip install -e '.[test]'`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "runtime"), str(ROOT / "benchmarks")]

import psutil  # noqa: E402
import serving  # noqa: E402
from nbexport_runtime.pipeline.project import Project  # noqa: E402
from nbexport_runtime.platform import settings  # noqa: E402
from nbexport_runtime.platform.lines import compaction, tables  # noqa: E402
from nbexport_runtime.platform.lines.archive import Archive  # noqa: E402
from nbexport_runtime.platform.lines.manifests import Log  # noqa: E402
from nbexport_runtime.traffic import placements  # noqa: E402

SHIMS = ROOT / "nbexport" / "templates" / "platform"
STAGES = "from nbexport_runtime.pipeline import Stages\n\nSTAGES = Stages(notebook='bench.ipynb', stages=())\n"
VERSION, OTHER = "v1", "v2"
RUNS = 3
DAY_ROWS = 1_000_000
"""Predictions of one day in the archive."""
START = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = 20
NORMAL = "sqrt(-2 * ln(random() + 1e-12)) * cos(6.283185307 * random())"
"""A normally distributed number, by Box and Muller, for a SELECT."""
ENTITIES, READS = 100_000, 20_000
PARTS = ("logs", "experiments", "drift", "features", "service")


# --------------------------------------------------------------------------- a project without a model


def project(folder: Path) -> Project:
    """A project with the platform's commands, two versions and a production, and nothing that could be trained."""
    folder.mkdir(parents=True)
    for path in SHIMS.glob("*.py"):
        shutil.copy(path, folder)
    (folder / "stages.py").write_text(STAGES, encoding="utf-8")
    (folder / "pyproject.toml").write_text('[project]\nname = "bench"\n', encoding="utf-8")
    (folder / "platform.toml").write_text('[log]\nunit_salt = "bench"\n', encoding="utf-8")
    made = Project(folder, folder)
    for version in (VERSION, OTHER):
        place = made.versions / version
        place.mkdir(parents=True)
        facts = {"version": version, "created": START.isoformat(), "metrics": {"auc": 0.8}, "files": {}}
        (place / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    digest = placements.digest(made.versions / VERSION)
    placements.append(made.placements, version=VERSION, manifest_sha256=digest, reason="promoted")
    (folder / "logs").mkdir()
    return made


def archived(own: Project, kind: str, queries: Sequence[str]) -> None:
    """Put rows into the archive, as a compaction does: one file a day.

    Args:
        own: The project.
        kind: `predictions` or `outcomes`.
        queries: A SELECT of the columns of the log each; a day, or several.
    """
    from nbexport_runtime.platform.lines import columns

    archive = Archive("logs/archive", own.root)
    before, parts = archive.newest(), []
    with tempfile.TemporaryDirectory(dir=own.root) as staged:
        for number, query in enumerate(queries):
            connection = tables.fresh_connection()
            names = ", ".join(f'"{name}" {of}' for name, of in columns.of_table(kind).items())
            connection.execute(f"CREATE TABLE made ({names})")
            connection.execute(f"INSERT INTO made BY NAME {query}")
            parts += compaction.written(
                connection, archive, Path(staged), kind, f"bench-{number:04d}", (), source="made"
            )
            connection.close()
    archive.commit(before, {**before.logs, kind: Log((*before.logs[kind].parts, *parts), ())})


def command(own: Project, *words: str) -> tuple[float, str, dict[str, Any]]:
    """(seconds, the same with its processor time, facts) of a command: the least of some runs."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "runtime"), "OMP_WAIT_POLICY": "PASSIVE"}
    line = [sys.executable, *words, "--json"]
    took: list[tuple[float, float]] = []
    for _ in range(RUNS):
        began, spent = time.perf_counter(), children_s()
        done = subprocess.run(line, cwd=own.root, env=environment, capture_output=True, text=True, check=False)
        took.append((time.perf_counter() - began, children_s() - spent))
        if done.returncode not in (0, 10):
            raise SystemExit(f"`{' '.join(words)}` failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    facts: dict[str, Any] = json.loads(done.stdout)
    least_s, cpu_s = min(took)
    return least_s, f"{least_s:.2f} s, {cpu_s:.2f} s CPU", facts


def children_s() -> float:
    """Processor time of the processes that have ended so far."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def shown(part: str, size: str, figure: str, budget: str, *, within: bool = True) -> None:
    """Print one figure."""
    print(f"{part:12} {size:>58} {figure:>42} {budget:>16}{'' if within else '   BEYOND ITS BUDGET'}", flush=True)


def sizes(largest: int) -> list[int]:
    """10 thousand, and ten times as many, up to the largest."""
    return [number for number in (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000) if number <= largest]


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is removed."""
    with tempfile.TemporaryDirectory(prefix="bench-platform-") as name:
        yield Path(name)


# --------------------------------------------------------------------------- the parts


def spread(per_day: float) -> str:
    """The moment of prediction `i`, so many a day, for a SELECT."""
    return f"TIMESTAMP '{START.date()}' + to_microseconds(CAST(i * {86_400_000_000 / per_day!r} AS BIGINT))"


def predictions(first: int, count: int, per_day: int, *, experiment: bool = False) -> str:
    """A SELECT of predictions: numbered, each of another unit, spread over days.

    Args:
        first: The number of the first one.
        count: How many.
        per_day: How many there are on a day, all together.
        experiment: Whether half of them belong to each arm of an experiment.
    """
    arms = (
        "'bench' AS experiment, CASE WHEN i % 2 = 0 THEN 'control' ELSE 'better' END AS experiment_arm, "
        f"CASE WHEN i % 2 = 0 THEN '{VERSION}' ELSE '{OTHER}' END AS model_version, "
        "CASE WHEN i % 2 = 0 THEN 'production' ELSE 'candidate' END AS arm, "
        if experiment
        else f"'{VERSION}' AS model_version, 'production' AS arm, "
    )
    return (
        f"SELECT {spread(per_day)} AS time, "
        "md5(i::VARCHAR) AS request_id, '/predict' AS route, 'ok' AS outcome, "
        f"{arms} 1 + (i * 7919 % 1000) / 500.0 AS latency_ms, md5('u' || i::VARCHAR) AS unit, "
        "json_object('plan', ['basic', 'plus', 'family'][1 + i % 3], 'monthly_fee', 9.9 + i % 40, "
        "'tenure_months', i % 60, 'signup_date', '2025-02-17', 'country', ['DE', 'FR', 'IE', 'PL'][1 + i % 4], "
        "'support_tickets', i % 5) AS input, "
        "json_object('probability', (i * 7919 % 10007) / 10007.0, 'call', i % 3 = 0) AS output "
        f"FROM range({first}, {first + count}) AS numbers(i)"
    )


def measure_logs(largest: int) -> None:
    """How long it takes to find one request among many."""
    for count in sizes(largest):
        with scratch() as folder:
            own = project(folder / "project")
            per_day = max(count // 10, 1)
            began = time.perf_counter()
            archived(
                own,
                "predictions",
                [predictions(n, min(DAY_ROWS, count - n), per_day) for n in range(0, count, DAY_ROWS)],
            )
            made_s = time.perf_counter() - began
            size_mb = sum(path.stat().st_size for path in (own.root / "logs").rglob("*.parquet")) / 2**20
            connection = tables.fresh_connection()
            wanted = connection.execute(f"SELECT md5('{count * 2 // 3}')").fetchall()[0][0]
            connection.close()
            took_s, figure, facts = command(own, "logs.py", "find", str(wanted))
            assert facts["total"] == 1
            shown(
                "logs find",
                f"{count:,} predictions, {size_mb:.0f} MB",
                f"{figure} (made in {made_s:.0f} s)",
                "< 1 s",
                within=took_s < 1,
            )


def measure_experiments(largest: int) -> None:
    """How long a report takes."""
    from nbexport_runtime.platform.experiments import beginning, plan

    for count in sizes(min(largest, 1_000_000)):
        with scratch() as folder:
            own = project(folder / "project")
            arms = [{"name": "control", "version": VERSION, "share_percent": 50.0}]
            arms.append({"name": "better", "version": OTHER, "share_percent": 50.0})
            primary = {"kind": "outcome", "name": "bought", "direction": "up", "window_days": 1.0}
            content = {
                "name": "bench", "hypothesis": "it is faster than five seconds", "unit": "customer", "arms": arms,
                "primary": primary, "secondary": [{"kind": "latency", "direction": "down"}],
                "guard_rails": [{"kind": "error", "direction": "down"}], "minimum_effect": 0.001,
                "horizon_units": 10 * count, "salt": "bench", "created": START.isoformat(),
            }  # fmt: skip
            planned = plan.parsed(content, own.models / "bench.json")
            plan.write(own, planned)
            beginning.write(own, planned)
            # the experiment began before its exposures, which are all of the past
            journal = own.models / "experiments.jsonl"
            lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
            early = (START - timedelta(hours=1)).isoformat()
            journal.write_text("".join(json.dumps({**line, "time": early}) + "\n" for line in lines), encoding="utf-8")
            per_day = max(count // 10, 1)
            asked = predictions(0, count, per_day, experiment=True)
            archived(own, "predictions", [asked])
            outcomes = (
                "SELECT md5(request_id || 'bought') AS id, request_id, 'bought' AS name, "
                "(hash(request_id) % 100 < CASE WHEN experiment_arm = 'better' THEN 11 ELSE 10 END)::DOUBLE AS value, "
                f"time + INTERVAL 2 HOUR AS time, time + INTERVAL 5 HOUR AS received FROM ({asked})"
            )
            archived(own, "outcomes", [outcomes])
            took_s, figure, facts = command(own, "experiment.py", "report", "bench")
            # it begins once both arms have answered
            assert sum(facts["units"]["exposed"].values()) >= count - 10, facts["units"]
            shown(
                "A/B report",
                f"{count:,} exposures and outcomes",
                f"{figure} ({facts['verdict']['answer']})",
                "< 5 s at 10^6",
                within=took_s < 5,
            )


def measure_drift(largest: int) -> None:
    """How long a check of drift takes, and whether it names the one column that has drifted."""
    from nbexport_runtime.training import reference, seen

    inputs = ", ".join(
        f"'c{number:02d}', round({NORMAL}{' + 0.8' if not number else ''}, 4)" for number in range(COLUMNS)
    )
    for count in sizes(min(largest, 1_000_000)):
        with scratch() as folder:
            own = project(folder / "project")
            connection = tables.fresh_connection()
            known: dict[str, seen.Column] = {}
            for number in range(COLUMNS):
                column = seen.Column(rows=5_000)
                query = (
                    "SELECT round(sqrt(-2 * ln(random() + 1e-12)) * cos(6.283185307 * random()), 4) FROM range(5000)"
                )
                for (value,) in connection.execute(query).fetchall():
                    column.add(str(value))
                known[f"c{number:02d}"] = column
            connection.close()
            reference.write(own.versions / VERSION, known)
            moment = spread(count / 3)
            query = (
                f"SELECT {moment} AS time, md5(i::VARCHAR) AS request_id, '/predict' AS route, "
                f"'ok' AS outcome, '{VERSION}' AS model_version, 'production' AS arm, 1.0 AS latency_ms, "
                f"json_object({inputs}) AS input, json_object('score', random()) AS output "
                f"FROM range({count}) AS numbers(i)"
            )
            archived(own, "predictions", [query])
            until = (START + timedelta(days=3)).replace(tzinfo=None).isoformat()
            took_s, figure, facts = command(own, "drift.py", "check", "--window", "1d", "--until", until)
            shown(
                "drift check",
                f"{count:,} rows, {COLUMNS} columns",
                f"{figure} (names {', '.join(facts['drifted'])})",
                "< 10 s at 10^6",
                within=took_s < 10,
            )


def measure_features() -> None:
    """How long the service waits for the features of one entity."""
    from nbexport_runtime.platform.features import online
    from nbexport_runtime.platform.features.newest import Newest
    from nbexport_runtime.platform.features.stores import State

    with scratch() as folder:
        store = settings.read(folder / "none.toml").features_store
        writer = online.writer(store, folder)
        (folder / "models").mkdir()
        rows = (
            Newest(str(number), number, number, {"plan": "plus", "monthly_fee": 19.9, "tenure_months": number % 60})
            for number in range(ENTITIES)
        )
        writer.write("customers", rows, State("bench", ENTITIES, "now"), rebuild=True)
        writer.close()
        reader = online.reader(store, folder)
        took_ms = []
        for number in range(READS):
            began = time.perf_counter()
            found = reader.get("customers", str(number * 7919 % ENTITIES))
            took_ms.append((time.perf_counter() - began) * 1000)
            assert found is not None
        reader.close()
    quantiles = statistics.quantiles(took_ms, n=100)
    shown(
        "feature read",
        f"{ENTITIES:,} entities, SQLite",
        f"p50 {quantiles[49]:.3f} ms",
        "< 1 ms",
        within=quantiles[49] < 1,
    )
    shown("", "", f"p99 {quantiles[98]:.3f} ms", "< 5 ms", within=quantiles[98] < 5)


# --------------------------------------------------------------------------- the service


PLACE = """
import json, sys
from pathlib import Path
from nbexport_runtime.traffic import placements, traffic
models, mode, percent, experiment = Path("models"), sys.argv[1], float(sys.argv[2]), sys.argv[3]
versions = []
for name in ("first", "second"):
    version = str(json.loads((models / name / "manifest.json").read_text())["version"])
    versions.append(version)
    if not (models / "versions" / version).exists():
        (models / "versions").mkdir(exist_ok=True)
        (models / name).rename(models / "versions" / version)
        (models / name).symlink_to(models.resolve() / "versions" / version)
one, two = versions
if placements.read(models / placements.NAME).production is None:
    digest = placements.digest(models / "versions" / one)
    placements.append(models / placements.NAME, version=one, manifest_sha256=digest, reason="promoted")
placed = placements.read(models / placements.NAME).production
wanted = traffic.split_of(
    placed, {two: percent}, salt="salt", key_header="X-Rollout-Key", started="2026-03-01T00:00:00+00:00", mode=mode
)
if experiment:
    from dataclasses import replace
    arms = [replace(arm, name=name) for arm, name in zip(wanted.arms, ("control", "better"), strict=True)]
    wanted = replace(wanted, experiment=experiment, arms=tuple(arms))
traffic.write(models / traffic.NAME, wanted)
"""

EXAMPLES = {
    "churn": {
        "plan": "basic", "monthly_fee": 9.9, "tenure_months": 12, "signup_date": "2025-02-17", "country": "IE",
        "support_tickets": 4,
    },
    "messages": {"text": "where is my parcle, it was due on tuesday", "top_k": 2},
}  # fmt: skip
"""The example notebooks that are served besides the two models of `serving.py`, and what they are asked."""
SERVED = (*EXAMPLES, *serving.MODELS)

CLIENTS = (1, 16)
"""How many requests there are at a time: a model that predicts together spends less on each of many."""
SITUATIONS = {
    "shadow 10 % and guard": ("shadow", "10", ""),
    "experiment 50 % and guard": ("split", "50", "bench"),
}
"""What is on → mode and share of the traffic, and the experiment that it is of; the traffic has one mode at a time."""


def measure_service(folder: Path, name: str, rounds: int, count: int) -> None:
    """What log, units, guard, and a shadow or an experiment cost, against the service of the same project at level 2.

    It is shown beside it what they cost against the service at level 3 that runs the same two models.

    Args:
        folder: Where projects are exported to.
        name: One of SERVED.
        rounds: How often each service is asked.
        count: Requests of a round.
    """
    plain = exported(name, folder / "plain", 2)
    both = [exported(name, folder / f"level-{level}", level) for level in (3, 4)]
    for own in both:
        for output in ("models/first", "models/second"):
            serving.train(own, output)
    for title, (mode, percent, experiment) in SITUATIONS.items():
        for own, of in zip(both, ("", experiment), strict=True):
            subprocess.run([sys.executable, "-c", PLACE, mode, percent, of], cwd=own, check=True)
        compared(name, title, (plain, *both), rounds, count)


def exported(name: str, folder: Path, level: int) -> Path:
    """A project of one of SERVED, trained."""
    if name not in EXAMPLES:
        return serving.exported(name, folder, level)
    folder.mkdir(parents=True, exist_ok=True)
    serving.export(ROOT / "examples" / name / f"{name}.ipynb", folder / name, level)
    serving.train(folder / name, serving.BUNDLE)
    return folder / name


def compared(name: str, title: str, projects: tuple[Path, Path, Path], rounds: int, count: int) -> None:
    """Ask the services in turn, and print what one request costs each.

    Args:
        name: The model.
        title: What is on.
        projects: Of levels 2, 3 and 4; the latter two have the same models and shares.
        rounds: How often each is asked.
        count: Requests of a round.
    """
    plain, rollout, own = projects
    kind = serving.KINDS[0]
    asked = EXAMPLES[name] if name in EXAMPLES else kind.body([0.5] * int(str(serving.MODELS[name]["width"])))
    body = json.dumps(asked).encode()
    messages = [serving.request("POST", kind.path, body, f"user-{number}") for number in range(1000)]
    off = serving.started(kind, plain)
    two = serving.started(kind, rollout, MODEL_DIR=None, LOG_DIR="logs")
    on = serving.started(kind, own, MODEL_DIR=None, LOG_DIR="logs")
    environment = {**os.environ, "PYTHONPATH": str(own), "LOG_DIR": "logs"}
    guard = subprocess.Popen(
        [sys.executable, "guard.py", "run"],
        cwd=own,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    watched = psutil.Process(guard.pid)
    costs: dict[tuple[str, int], list[float]] = {}
    try:
        health = [serving.request("GET", "/health", b"")]
        for server in (two, on):
            while b'"state":"serving"' not in asyncio.run(serving.asked(server.port, health, 1, 1))[0][2]:
                time.sleep(0.05)
        for turn in range(rounds + 1):
            order: list[tuple[str, Callable[[], float], serving.Server]] = [
                ("off", off.cpu_seconds, off),
                ("two", two.cpu_seconds, two),
                ("on", lambda: on.cpu_seconds() + sum(watched.cpu_times()[:2]), on),
            ]
            for clients in CLIENTS:
                for side, spent, server in order[:: -1 if turn % 2 else 1]:
                    before = spent()
                    asyncio.run(serving.asked(server.port, messages, clients, count))
                    # copies for a shadow are answered after the request; the guard looks once a second
                    time.sleep(1.2)
                    # the first round warms both
                    if turn:
                        costs.setdefault((side, clients), []).append((spent() - before) * 1000 / count)
    finally:
        guard.terminate()
        guard.wait()
        for server in (off, two, on):
            server.stop()
    for clients in CLIENTS:
        at_once = "one at a time" if clients == 1 else f"{clients} at once"
        for against, words, budget in (
            ("off", f"{name}, {title}, {at_once}", "<= 1.15"),
            ("two", "against level 3 with both models", ""),
        ):
            off_ms, on_ms = costs[against, clients], costs["on", clients]
            ratio = statistics.median(one / other for one, other in zip(on_ms, off_ms, strict=True))
            figure = f"{statistics.median(off_ms):.2f} to {statistics.median(on_ms):.2f} ms CPU, x {ratio:.2f}"
            shown("service", words, figure, budget, within=ratio <= 1.15 or not budget)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=PARTS, action="append", help="this part; may be given again")
    parser.add_argument("--largest", type=int, default=10_000_000, help="predictions of the log (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of the service (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=1500, help="of a round (default: %(default)s)")
    parser.add_argument("--model", choices=SERVED, action="append", help="of the service; default: all four")
    options = parser.parse_args()
    chosen = options.only or PARTS
    print(f"{'part':12} {'size':>58} {'figure':>42} {'budget':>16}")
    if "logs" in chosen:
        measure_logs(options.largest)
    if "experiments" in chosen:
        measure_experiments(options.largest)
    if "drift" in chosen:
        measure_drift(options.largest)
    if "features" in chosen:
        measure_features()
    if "service" in chosen:
        for name in options.model or SERVED:
            with scratch() as folder:
                measure_service(folder, name, options.rounds, options.requests)
    return 0


if __name__ == "__main__":
    sys.exit(main())
