"""The table of bad data: each kind is refused, warned about or accepted as its severity says, and none is silent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from nbexport_runtime.pipeline import schema
from nbexport_runtime.pipeline.checks.kinds import KINDS, Finding, finding
from runtime.pipeline.bad_data import CASES, FILE, Bad, write

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "churn"
NOW_S = 1_773_532_800.0
"""Some days after the last date of the example."""
WATCH = """
import json, sys
from pathlib import Path
sys.path[:1] = [sys.argv[1]]
from nbexport_runtime.pipeline import project
from nbexport_runtime.pipeline.checks.observing import observe
own, now_s = project.of(Path(sys.argv[1])), float(sys.argv[2])
known = observe(own, Path(sys.argv[1]) / "customers.csv", None, now_s=now_s).tables
seen = [observe(own, Path(place), known, now_s=now_s).facts() for place in sys.argv[4:]]
Path(sys.argv[3]).write_text(json.dumps([known, seen]))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The churn example as a project of level 3; nothing is trained."""
    folder = tmp_path_factory.mktemp("bad") / "project"
    command = [sys.executable, "-m", "nbexport", "churn.ipynb", "--level", "3", "--output", str(folder)]
    subprocess.run(command, cwd=EXAMPLE, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def watched(project: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The schema of the notebook's own data, and what is seen of each bad data set: one process looks at them all."""
    folder = tmp_path_factory.mktemp("cases")
    places = write(pd.read_csv(EXAMPLE / FILE), folder)
    result = folder / "seen.json"
    words = [sys.executable, "-c", WATCH, str(project), str(NOW_S), str(result), *map(str, places)]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tables, seen = json.loads(result.read_text(encoding="utf-8"))
    return tables, seen


def severities(tables: dict[str, Any], findings: list[Finding]) -> list[str]:
    known = schema.learned(schema.read(Path("there is none")), tables, "the notebook's own data")
    return [schema.severity(known, problem) for problem in findings]


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.what.replace(" ", "_") for case in CASES])
def test_each_kind_of_bad_data_gets_what_its_severity_says(watched: Any, number: int) -> None:
    tables, seen = watched
    case: Bad = CASES[number]
    findings = [finding(facts) for facts in seen[number]["findings"]]
    texts = [problem.text for problem in findings]
    counts = Counter(severities(tables, findings))
    verdict = "refused" if counts["error"] else "warned" if counts["warning"] else "accepted"
    assert verdict == case.verdict, texts
    assert {problem.kind for problem in findings} == set(case.kinds), texts
    if case.column:
        assert any(problem.column == case.column and f"`{case.column}`" in problem.text for problem in findings), texts


def test_only_data_that_is_not_bad_is_silent() -> None:
    silent = {case.what for case in CASES if not case.kinds}
    assert silent == {"the same data", "nine of ten rows", "new customers of the same kind"}
    assert len(CASES) - len(silent) >= 39


def test_nearly_every_kind_of_problem_has_a_case() -> None:
    """The rest needs other data than this table: test_checks.py."""
    shown = {kind for case in CASES for kind in case.kinds}
    assert {kind.name for kind in KINDS} - shown == {"missing_file", "shape"}
