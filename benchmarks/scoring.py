"""How fast `score.py` is beside a loop over the same rows in memory, and what memory fifty times the rows take.

    python benchmarks/scoring.py [--rows 4000] [--rounds 3] [--only churn]

Two examples are exported at level 2 and trained: `churn`, whose predictions are expensive and gain from being made
together, and `digits`, a cheap network. For each, round by round, in processes of their own:

- *loop*: the rows lie in memory, validated. The model's batch form, as the service uses it, is called in a loop
  (`Together` with MAX_TOGETHER rows; row by row where joining is not proven). Nothing is read, checked or written.
- *score*: `running.run`, from a Parquet file to a Parquet file: reading, validation, ranges, answers, journal, output.

Both times are without imports and with loading the model. Peak memory is that of the process and of the process of its
model. Nothing here fails a build.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parent.parent

LOOP = """
import json, sys, time
from functools import partial
from pathlib import Path
from nbexport_runtime.bundle.batching import Together
from nbexport_runtime.service.calls import caller, names_of, values_of
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.threads import set_threads, threads_for
import duckdb, serve
from schemas import PredictRequest

table = duckdb.connect().execute(f"FROM '{sys.argv[1]}'")
names = [column[0] for column in table.description]
rows = [dict(zip(names, row)) for row in table.fetchall()]
values = values_of(PredictRequest)
inputs = [values(PredictRequest.model_validate_json(json.dumps(row))) for row in rows]
began = time.perf_counter()
loaded = serve.load_model(Path("models/latest"))
loaded.prepare()
set_threads(threads_for(loaded.manifest))
call = caller(loaded, names_of(PredictRequest))
measured = loaded.manifest.get("batching") or {}
answers = []
if measured.get("calls") and measured["gain"] >= 1.5:
    most = Settings().max_together
    together = Together(loaded, measured["calls"], loaded.prepare)
    for begin in range(0, len(inputs), most):
        answers += together.run([partial(call, one) for one in inputs[begin : begin + most]])
else:
    for one in inputs:
        answers.append(call(one))
print(json.dumps(time.perf_counter() - began))
"""
SCORE = """
import json, resource, sys, time
from pathlib import Path
import serve
from nbexport_runtime.scoring import command, running

words = ["--input", sys.argv[1], "--output", sys.argv[2], "--replace", "--limit-rejects", "1"]
order = command.order_of(command.parser().parse_args(words), Path.cwd())
began = time.perf_counter()
ended = running.run(serve.service, order, lambda text: None)
taken = time.perf_counter() - began
peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps([taken, peak // 1024, ended.facts["outcomes"]]))
"""
TABLES = {
    "churn": "SELECT plan, monthly_fee, tenure_months, signup_date::VARCHAR AS signup_date, country, support_tickets "
    "FROM (FROM read_csv('customers.csv') WHERE COLUMNS(*) IS NOT NULL), range({times}) LIMIT {rows}",
    "digits": "SELECT [((i * 7 + j * 13) % 17)::DOUBLE FOR j IN range(64)] AS pixels FROM range({rows}) t(i)",
}
"""Example → its table, in SQL."""


def run(code: str, *words: str | Path, cwd: Path) -> Any:
    """What a program prints, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", code, *map(str, words)]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def made(name: str, folder: Path) -> Path:
    """An example as a trained project of level 2."""
    project = folder / name
    words = [
        "-m",
        "nbexport",
        str(ROOT / "examples" / name / f"{name}.ipynb"),
        "--level",
        "2",
        "--output",
        str(project),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, *words], env=environment, check=True, capture_output=True)
    subprocess.run([sys.executable, "train.py", "--log-level", "ERROR"], cwd=project, check=True, capture_output=True)
    return project


def table(name: str, project: Path, rows: int) -> Path:
    """The rows of an example as a Parquet file."""
    path = project / f"in-{rows}.parquet"
    query = TABLES[name].format(rows=rows, times=rows // 1000 + 1).replace("customers.csv", f"{project}/customers.csv")
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=sorted(TABLES))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for name in [options.only] if options.only else TABLES:
            project = made(name, Path(place))
            rows = options.rows if name == "churn" else 10 * options.rows
            small, source = table(name, project, max(1, rows // 50)), table(name, project, rows)
            loops, scores, peaks = [], [], []
            for number in range(options.rounds):
                loops.append(run(LOOP, source, cwd=project))
                taken, peak, outcomes = run(SCORE, source, project / "out.parquet", cwd=project)
                scores.append(taken)
                peaks.append(peak)
                print(f"{name} round {number + 1}: loop {loops[-1]:.2f} s, score {taken:.2f} s, {outcomes}", flush=True)
            _, least, _ = run(SCORE, small, project / "small.parquet", cwd=project)
            ratio = statistics.median(loop / score for loop, score in zip(loops, scores, strict=True))
            print(
                f"{name}: {rows / statistics.median(loops):,.0f} rows a second in a loop, "
                f"{rows / statistics.median(scores):,.0f} scored: {ratio:.0%}; "
                f"peak {statistics.median(peaks):,.0f} MB, with a 50th of the rows {least:,} MB"
            )


if __name__ == "__main__":
    main()
