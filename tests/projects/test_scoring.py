"""`score.py` of exported projects, in processes of their own: against the running service, killed, and at each level."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from nbexport_runtime.traffic import placements
from nbexport_runtime.traffic.placements import PROMOTED
from projects.compiled import compiled
from projects.conftest import QUIET
from projects.serving import served

from nbexport import api
from nbexport.plan import ExportRequest

NOTEBOOK = """\
# %% tags=["parameters"]
rate = 0.5  # step size
# %% tags=["data"]
import pandas as pd
rows = pd.read_csv("rows.csv")
# %% tags=["train"]
weight = float(rows["fee"].mean()) * rate
# %% tags=["evaluate"]
metrics = {"weight": weight}
assert metrics["weight"] > 0
# %% tags=["predict"]
def predict(fee: float, plan: str = "basic", tickets: int | None = None) -> dict:
    if fee < 0:
        raise ValueError("a fee is not negative")
    return {"score": fee * weight, "parts": [fee, weight], "plan": plan, "tickets": tickets}
predict(2.0)
"""
PLANS = ("basic", "family", "plus")
BODIES: list[Any] = [
    *({"fee": n / 7, "plan": PLANS[n % 3], "tickets": n % 4 or None} for n in range(40)),
    {"fee": "2"},
    {"plan": "plus"},
    {"fee": None},
    {"fee": 1.0, "tickets": 1.5},
    {"fee": 1.0, "plan": 7},
    {"fee": -1.0},
    {"fee": 1e999},
    {"fee": 1.0, "plan": "x" * 200_000},
]


def training_rows(folder: Path) -> None:
    """The data of the notebook."""
    lines = [f"{5 + n % 40},{PLANS[n % 3]},{n % 5}" for n in range(1000)]
    (folder / "rows.csv").write_text("fee,plan,tickets\n" + "\n".join(lines) + "\n", encoding="utf-8")


def exported(folder: Path, level: int) -> Path:
    """A trained project; from level 3 on the model is in production."""
    folder.mkdir(parents=True, exist_ok=True)
    training_rows(folder)
    (folder / "fees.py").write_text(NOTEBOOK, encoding="utf-8")
    project = folder / "project"
    plan = api.plan(ExportRequest(folder / "fees.py", level=level, output=project))
    assert not isinstance(plan, api.Refused)
    api.apply(plan)
    compiled(project)
    output = "models/latest" if level < 3 else "models/new"
    words = (sys.executable, "train.py", "--output", output, "--log-level", "ERROR")
    subprocess.run(words, cwd=project, check=True, capture_output=True)
    if level > 2:
        models = project / "models"
        version = json.loads((models / "new" / "manifest.json").read_text(encoding="utf-8"))["version"]
        (models / "versions").mkdir(exist_ok=True)
        (models / "new").rename(models / "versions" / version)
        sha256 = placements.digest(models / "versions" / version)
        placements.append(models / placements.NAME, version=version, manifest_sha256=sha256, reason=PROMOTED)
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A level 2 project."""
    return exported(tmp_path_factory.mktemp("scoring"), 2)


def environment(**more: str) -> dict[str, str]:
    """The variables of a command; the project has its own runtime."""
    return {**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **QUIET, **more}


def score(project: Path, *words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    command = [sys.executable, "score.py", *map(str, words)]
    return subprocess.run(
        command, cwd=project, env=environment(**more), capture_output=True, text=True, check=False, timeout=300
    )


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_row_is_what_the_running_service_answers(project: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(body) + "\n" for body in BODIES), encoding="utf-8")
    done = score(project, "--input", tmp_path / "in.jsonl", "--output", tmp_path / "out.jsonl", "--limit-rejects", "1")
    assert done.returncode == 0, done.stderr
    answers = {line.pop("row"): line for line in lines(tmp_path / "out.jsonl")}
    rejects = {line["row"]: line for line in lines(tmp_path / "out.jsonl.rejects.jsonl")}
    with served(project, None, tmp_path / "service") as service:
        expected = [service.post(body) for body in BODIES]
        whole = service.post({"inputs": BODIES[:40]}, "/predict/batch").json()
        logged = service.lines()
    assert sorted([*answers, *rejects]) == list(range(1, len(BODIES) + 1))
    for number, answer in enumerate(expected, start=1):
        if answer.status_code == 200:
            assert answers[number] == answer.json()
            continue
        problem = answer.json()
        assert problem["type"] == f"urn:problem:{rejects[number]['outcome']}"
        for error in problem.get("errors", []):
            assert f"{'.'.join(map(str, error['loc']))}: {error['msg']}" in rejects[number]["reason"]
    assert [answers[number] for number in range(1, 41)] == whole["predictions"]
    # the same words count rows here and requests there
    facts = json.loads((tmp_path / "out.jsonl.manifest.json").read_text(encoding="utf-8"))
    counted: dict[str, int] = {}
    for line in logged[: len(BODIES)]:
        counted[line["outcome"]] = counted.get(line["outcome"], 0) + 1
    assert facts["outcomes"] == counted
    assert sum(len(line.get("unusual", ())) for line in logged[: len(BODIES)]) == sum(facts["unusual"].values())


def table(path: Path, rows: int) -> Path:
    """A large table, one row in a hundred of which is refused."""
    with path.open("w", encoding="utf-8") as file:
        file.write("id,fee,plan,tickets\n")
        for number in range(rows):
            fee = "much" if number % 100 == 7 else f"{number % 50}.5"
            file.write(f"{number},{fee},{PLANS[number % 3]},{number % 4 or ''}\n")
    return path


def test_killed_again_and_again_it_loses_nothing_and_repeats_nothing(project: Path, tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", 12_000)
    words = ("--input", source, "--batch-size", "200")
    assert score(project, *words, "--output", tmp_path / "whole.parquet").returncode == 0
    journal = tmp_path / ".out.parquet.scoring" / "batches.jsonl"
    kills, seen = 0, 0
    while True:
        process = subprocess.Popen(
            [sys.executable, "score.py", *map(str, words), "--output", str(tmp_path / "out.parquet")],
            cwd=project,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        while process.poll() is None:
            done = journal.read_bytes().count(b"\n") if journal.exists() else seen
            if kills < 2 and done >= seen + 12:
                process.send_signal(signal.SIGKILL)
                kills, seen = kills + 1, done
                break
            time.sleep(0.005)
        output, _ = process.communicate(timeout=300)
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 0, output
            break
        assert not (tmp_path / "out.parquet").exists()
    assert kills == 2
    assert "of an interrupted run" in output
    connection = duckdb.connect()
    both = [connection.execute(f"FROM '{tmp_path / name}.parquet'").fetchall() for name in ("whole", "out")]
    assert both[0] == both[1]
    assert [row[0] for row in both[1]] == [n + 1 for n in range(12_000) if n % 100 != 7]
    refused = [line["row"] for line in lines(tmp_path / "out.parquet.rejects.jsonl")]
    assert refused == [n + 1 for n in range(12_000) if n % 100 == 7]
    assert not list(tmp_path.glob(".*"))


CASES: list[tuple[list[str], dict[str, str], int, str]] = [
    (["--input", "in.csv"], {}, 2, "name a table with --output"),
    (["--input", "on.csv", "--output", "out.csv"], {}, 1, "on.csv` is not there; `{0}` has `bad.parquet`, `in.csv`"),
    (["--input", "in.csv", "--output", "in.csv"], {}, 1, "is input and output; name another output"),
    (["--input", "in.xlsx", "--output", "out.csv"], {}, 1, "the format of `in.xlsx` is unknown; use .csv"),
    (["--input", "empty/", "--output", "out.csv"], {}, 1, "holds no files of CSV, JSON lines or Parquet"),
    (["--input", "names.csv", "--output", "out.csv"], {}, 1, "near: `Fee_` for `fee`; fix: `--columns fee=Fee_`"),
    (["--input", "names.csv", "--output", "out.csv", "--columns", "free=Fee_"], {}, 1, "the model takes `fee`, `plan`"),
    (["--input", "names.csv", "--output", "out.csv", "--columns", "fee"], {}, 1, "write `--columns fee=monthly_fee`"),
    (["--input", "in.csv", "--output", "out.csv", "--keep", "idd"], {}, 1, "no such column; near: `id`"),
    (["--input", "in.csv", "--output", "there.csv"], {}, 1, "is there already; name another output"),
    (["--input", "in.csv", "--output", "out.csv", "--version", "v9"], {}, 1, "neither a version in"),
    (["--input", "latin.csv", "--output", "out.csv"], {}, 1, "is not UTF-8"),
    (["--input", "bad.parquet", "--output", "out.csv"], {}, 1, "bad.parquet` cannot be read: "),
    (["--input", "sqlite:///no.db#t", "--output", "out.csv"], {}, 1, "there is no file"),
    (["--input", "sqlite:///shop.db", "--output", "out.csv"], {}, 1, "names no table; put it behind `#`"),
    (
        ["--input", "sqlite:///{0}/shop.db#custmers", "--output", "out.csv"],
        {},
        1,
        "no table `custmers`; near: `customers`",
    ),
    (["--output", "out.csv"], {"SCORE_INPUT": "oracle+cx_x://ann:pw-123@db/shop#t"}, 1, "oracle+cx_x://***@db/shop"),
    (
        ["--output", "out.csv"],
        {"SCORE_INPUT": "postgresql+asyncpq://ann:pw-123@db/x#t"},
        1,
        "postgresql+asyncpq://***@db",
    ),
    (["--output", "out.csv"], {"SCORE_INPUT": "x://ann:p/w#pw-123@db/x"}, 1, "names no table"),
    (
        ["--output", "out.csv"],
        {"SCORE_INPUT": "x://ann:p/w#pw-123@db/x#t"},
        1,
        "`x://***@db/x#t` is not a SQLAlchemy URL",
    ),
    (["--output", "out.csv"], {"SCORE_INPUT": "mysql+pymysql://ann:pw-123@db/x#t"}, 1, "python -m pip install pymysql"),
    (["--input", "in.csv", "--output", "out.csv", "--batch-size", "0"], {}, 2, "`0` is not a whole number above 0"),
    (["--input", "in.csv", "--output", "out.csv", "--limit-rejects", "7"], {}, 2, "`7` is not a share"),
]


def test_what_a_person_gets_wrong_is_said_in_plain_words(project: Path, tmp_path: Path) -> None:
    import sqlite3

    table(tmp_path / "in.csv", 3)
    (tmp_path / "in.xlsx").write_bytes(b"PK")
    (tmp_path / "empty").mkdir()
    (tmp_path / "names.csv").write_text("id,Fee_\n1,2\n", encoding="utf-8")
    (tmp_path / "there.csv").write_text("mine", encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes("fee,plan\n1,é\n".encode("latin-1"))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and more")
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE customers (fee REAL)")
    # one process for all: what a command imports takes seconds
    code = (
        "import contextlib, io, json, os, sys\n"
        "from nbexport_runtime.scoring import command\n"
        "import serve\n"
        "root, found = os.getcwd(), []\n"
        "for words, variables, folder in json.loads(sys.argv[1]):\n"
        "    os.chdir(folder)\n"
        "    os.environ.update(variables)\n"
        "    text = io.StringIO()\n"
        "    with contextlib.redirect_stderr(text), contextlib.redirect_stdout(text):\n"
        "        try:\n"
        "            command.main(serve.service, root + '/score.py', words)\n"
        "        except SystemExit as end:\n"
        "            found.append([end.code, text.getvalue()])\n"
        "    for name in variables:\n"
        "        del os.environ[name]\n"
        "print(json.dumps(found))\n"
    )
    folder = str(tmp_path)
    asked = [([word.replace("{0}", folder) for word in words], known, folder) for words, known, *_ in CASES]
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(asked)],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for (words, _, code_, text), (ended, said) in zip(CASES, json.loads(done.stdout), strict=True):
        assert ended == code_, (words, said)
        assert text.replace("{0}", folder) in said, (words, said)
        assert "pw-123" not in said
        assert "Traceback" not in said
    assert (tmp_path / "there.csv").read_text(encoding="utf-8") == "mine"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.slow(minutes=2)
@pytest.mark.parametrize("level", [3, 4])
def test_from_level_3_on_production_scores_and_a_platform_looks_for_drift(level: int, tmp_path: Path) -> None:
    project = exported(tmp_path / "work", level)
    placed = placements.read(project / "models" / placements.NAME).production
    assert placed is not None
    results = {}
    for name, shift in (("same", 0), ("other", 60)):
        rows = "".join(f"{5 + n % 40 + shift},{PLANS[n % 3]},{n % 5}\n" for n in range(3000))
        (tmp_path / f"{name}.csv").write_text("fee,plan,tickets\n" + rows, encoding="utf-8")
        done = score(project, "--input", tmp_path / f"{name}.csv", "--output", tmp_path / f"{name}.parquet", "--json")
        assert done.returncode == 0, done.stderr
        results[name] = json.loads(done.stdout)
    assert all(
        one["model"]["version"] == placed.version and one["outcomes"] == {"ok": 3000} for one in results.values()
    )
    assert results["other"]["unusual"] == {"fee:above": results["other"]["unusual"]["fee:above"]}
    if level == 3:
        assert "drift" not in results["other"]
        return
    assert results["same"]["drift"]["drifted"] == []
    assert results["other"]["drift"]["drifted"] == ["fee"]
    assert {column["name"] for column in results["same"]["drift"]["columns"]} == {"fee", "plan", "tickets"}
    # requests of users are judged by themselves
    assert not (project / "logs" / "predictions.jsonl").exists()
    assert len(lines(project / "logs" / "scoring.jsonl")) == 6


PEAK = """
import json, resource, runpy, sys
sys.argv = ["score.py", *sys.argv[1:]]
try:
    runpy.run_path("score.py", run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
"""


@pytest.mark.slow(minutes=2)
@pytest.mark.skipif(sys.platform != "linux", reason="units of ru_maxrss are those of Linux")
def test_fifty_times_the_rows_take_the_same_memory(project: Path, tmp_path: Path) -> None:
    peaks_mb: dict[tuple[str, int], int] = {}
    for rows in (4_000, 200_000):
        connection = duckdb.connect()
        source = table(tmp_path / f"{rows}.csv", rows)
        text = f"SELECT * REPLACE (coalesce(try_cast(fee AS DOUBLE), -1) AS fee) FROM read_csv('{source}', all_varchar=true)"
        connection.execute(
            f"COPY ({text.replace('SELECT *', 'SELECT * EXCLUDE (tickets)')}) TO '{source.with_suffix('.parquet')}'"
        )
        connection.close()
        for form in ("csv", "parquet"):
            words = [sys.executable, "-c", PEAK, "--input", source.with_suffix(f".{form}"), "--replace"]
            words += ["--output", tmp_path / f"out.{form}"]
            done = subprocess.run(
                list(map(str, words)), cwd=project, env=environment(), capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            peaks_mb[form, rows] = json.loads(done.stdout.splitlines()[-1])
    for form in ("csv", "parquet"):
        assert peaks_mb[form, 200_000] < peaks_mb[form, 4_000] + 120, peaks_mb


# --------------------------------------------------------------------------- Ray


RUN = """
import runpy, sys

import ray
import ray._private.utils

# the agent that a dashboard would ask imports much, and must be there within 15 s: a small one does
ray._private.utils.get_dashboard_dependency_error = lambda: ImportError("there is no dashboard")
ray.init(include_dashboard=False, num_cpus=3, object_store_memory=100_000_000, _temp_dir=sys.argv.pop(1))
sys.path.insert(0, ".")
sys.argv[0] = "score.py"
runpy.run_path("score.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with Ray Data, and with all that the tests have besides."""
    folder = tmp_path_factory.mktemp("with-ray-data") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    made = folder / "bin" / "python"
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", made, "ray[data]>=2.60,<3"], check=True
    )
    site = next(folder.glob("lib/python*/site-packages"))
    ours = next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
    (site / "zz_ours.pth").write_text(f"{ours}\n", encoding="utf-8")
    return made


def started(run: Callable[[], subprocess.CompletedProcess[str]]) -> subprocess.CompletedProcess[str]:
    """What a command on Ray did: Ray gives up on its own processes after 15 s, which a busy machine may need."""
    for _ in range(3):
        done = run()
        if "timed out during startup" not in done.stderr:
            break
    return done


@pytest.mark.slow(minutes=3)
def test_on_ray_answers_refusals_and_resumption_are_the_same(python: Path, project: Path, tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", 20_000)
    assert score(project, "--input", source, "--output", tmp_path / "here.jsonl").returncode == 0
    own = environment(RAY_USAGE_STATS_ENABLED="0", RAY_AUTH_MODE="disabled", HOME=str(tmp_path))

    def on_ray() -> subprocess.CompletedProcess[str]:
        # the path of a socket is short
        with tempfile.TemporaryDirectory(prefix="ray-") as state:
            words = [python, "-c", RUN, state, "--input", source, "--output", tmp_path / "ray.jsonl"]
            words += ["--engine", "ray", "--workers", "2", "--batch-size", "500"]
            return subprocess.run(
                list(map(str, words)), cwd=project, env=own, capture_output=True, text=True, check=False
            )

    # a run that was begun here goes on there
    process = subprocess.Popen(
        [sys.executable, "score.py", "--input", source, "--output", tmp_path / "ray.jsonl", "--batch-size", "500"],
        cwd=project,
        env=environment(),
        stderr=subprocess.DEVNULL,
    )
    journal = tmp_path / ".ray.jsonl.scoring" / "batches.jsonl"
    while not journal.exists() or journal.read_bytes().count(b"\n") < 3:
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    done = started(on_ray)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "of an interrupted run" in done.stderr
    for name in ("jsonl", "jsonl.rejects.jsonl"):
        assert (tmp_path / f"ray.{name}").read_bytes() == (tmp_path / f"here.{name}").read_bytes()


def test_without_ray_it_says_what_to_install(project: Path, tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", 3)
    done = score(
        project, "--input", source, "--output", tmp_path / "out.csv", "--engine", "ray", "--limit-rejects", "1"
    )
    assert done.returncode == 1
    assert 'run `pip install "ray[data]>=2.60,<3"`' in done.stderr
