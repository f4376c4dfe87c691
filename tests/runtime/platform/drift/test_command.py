"""`drift.py` on a project that was trained by a process of its own, whose service has written a log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_project
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.drift import journal
from nbexport_runtime.traffic import durable, placements
from nbexport_runtime.training import reference
from prometheus_client.parser import text_string_to_metric_families

DRIFT = "from nbexport_runtime.platform.commands import drift\n\nif __name__ == '__main__':\n    drift.main(__file__)\n"
RETRAIN = (
    "import pathlib, sys\nwith pathlib.Path('retrained').open('a') as file:\n    file.write(f'{sys.argv[1:]}\\n')\n"
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose model is in production."""
    project = small_project.written(tmp_path_factory.mktemp("drift"))
    data = small_project.data_set(project, "d-1", small_project.rows(3_000))
    bundle = small_project.trained(project, data, "candidate")
    version = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["version"]
    project.versions.mkdir()
    bundle.rename(project.versions / version)
    sha256 = placements.digest(project.versions / version)
    placements.append(project.placements, version=version, manifest_sha256=sha256, reason=placements.PROMOTED)
    (project.code / "drift.py").write_text(DRIFT, encoding="utf-8")
    (project.code / "retrain.py").write_text(RETRAIN, encoding="utf-8")
    return project


@pytest.fixture
def project(trained: Project) -> Project:
    """The same, without a log, a journal and settings of another test."""
    for path in ("logs/predictions.jsonl", "models/drift.jsonl", "platform.toml", "retrained"):
        (trained.root / path).unlink(missing_ok=True)
    return trained


def version_of(project: Project) -> str:
    """What is in production."""
    production = project.journal.production
    assert production is not None
    return production.version


def log(project: Project, days: dict[str, float], count: int = 1_500) -> None:
    """Lines of the service: for each day, inputs whose mean is moved."""
    random, lines = np.random.default_rng(1), []
    for day, shift in days.items():
        for number, x in enumerate(random.normal(shift, 1, count)):
            hours, rest = divmod(number * 57, 3600)
            line = {
                "time": f"{day}T{hours:02}:{rest // 60:02}:{rest % 60:02}.000+00:00",
                "request_id": f"{day}-{number}",
                "route": "/predict",
                "model_version": version_of(project),
                "arm": "production",
                "outcome": "ok",
                "latency_ms": 1.0,
                "input": {"x": float(x)},
                "output": {"result": float(x) / 3},
            }
            lines.append(json.dumps(line))
    (project.root / "logs").mkdir(exist_ok=True)
    (project.root / "logs" / "predictions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    """`python drift.py check …`."""
    return subprocess.run(
        [sys.executable, "drift.py", "check", *words],
        cwd=project.code,
        env={**os.environ, "PYTHONPATH": small_project.RUNTIME},
        capture_output=True,
        text=True,
        check=False,
    )


def test_training_keeps_the_reference_in_the_bundle(trained: Project) -> None:
    folder = trained.versions / version_of(trained)
    known = reference.read(folder)
    assert known["x"]["kind"] == "number"
    assert (known["x"]["rows"], known["x"]["n"], sum(known["x"]["counts"])) == (3_000, 3_000, 3_000)
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert reference.NAME in files
    assert files[reference.NAME]["size_bytes"] < 10_000


def test_no_drift_is_exit_code_0_and_drift_is_10(project: Project) -> None:
    log(project, {"2026-03-01": 0, "2026-03-02": 0, "2026-03-03": 0, "2026-03-04": 0.6, "2026-03-05": 0.6})
    calm = run(project, "--until", "2026-03-04T00:00:00+00:00")
    assert calm.returncode == 0, calm.stdout + calm.stderr
    assert "none of 2 columns has drifted" in calm.stdout
    assert "at most 5 % of checks" in calm.stdout
    done = run(project, "--until", "2026-03-06", "--json")
    assert done.returncode == 10, done.stdout + done.stderr
    facts = json.loads(done.stdout)
    assert facts["outcome"] == "refused"
    assert "x" in facts["drifted"]
    assert [window["rows"] for window in facts["windows"]] == [1_500] * 3
    lines = journal.history(project.models / journal.NAME)
    assert [line["alarm"] for line in lines] == [False, True]
    assert lines[-1]["drifted"] == facts["drifted"]
    families = text_string_to_metric_families((project.models / journal.METRICS).read_text(encoding="utf-8"))
    samples: dict[Any, float] = {
        (sample.name, sample.labels.get("column", "")): sample.value for family in families for sample in family.samples
    }
    assert samples["drift_alarm", "x"] == 1
    assert samples["drift_psi", "x"] > 0.2
    assert samples["drift_rows", ""] == 1_500
    assert samples["drift_columns", ""] == len(facts["drifted"])


def test_drift_says_how_to_train_again_or_does_it_once(project: Project) -> None:
    log(project, {"2026-03-04": 0.6, "2026-03-05": 0.6})
    told = run(project, "--until", "2026-03-06")
    assert 'fix: python retrain.py --because "drift of ' in told.stdout
    assert not (project.root / "retrained").exists()
    (project.root / "platform.toml").write_text("[drift]\nretrain = true\n", encoding="utf-8")
    for _ in range(2):
        done = run(project, "--until", "2026-03-06")
        assert done.returncode == 10, done.stdout + done.stderr
    assert (project.root / "retrained").read_text(encoding="utf-8").splitlines() == ["['--because', 'drift of x']"]


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        (["--until", "2027-01-01"], "", "no prediction of"),
        (["--version", "other"], "", "no prediction of `other`"),
        ([], "[drift]\nneeded = 4\n", "needed is from 1 to windows, which is 3"),
        ([], "[drift]\nalpha = 0.0\n", "alpha is above 0"),
        ([], "[drift]\nmin_share = 2.0\n", "min_share"),
    ],
)
def test_trouble_is_said_and_nothing_is_written(project: Project, words: list[str], settings: str, said: str) -> None:
    log(project, {"2026-03-04": 0.0}, 50)
    (project.root / "platform.toml").write_text(settings, encoding="utf-8")
    done = run(project, *words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project.models / journal.NAME).exists()


@pytest.mark.parametrize("words", [["--window", "1y"], ["--window", "0d"], ["--until", "yesterday"]])
def test_wrong_usage_is_exit_code_2(project: Project, words: list[str]) -> None:
    done = run(project, *words)
    assert done.returncode == 2
    assert "write" in done.stderr


def test_a_line_that_a_kill_has_torn_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / journal.NAME
    durable.append(path, b'{"n": 1}\n')
    with path.open("ab") as file:
        file.write(b'{"n": 2, "col')
    durable.append(path, b'{"n": 3}\n')
    assert [line["n"] for line in journal.history(path)] == [1, 3]
    assert journal.history(tmp_path / "none") == []
