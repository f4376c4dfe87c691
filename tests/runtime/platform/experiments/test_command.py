"""The command line, in the folder of a project: what it prints, writes and ends with."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.commands import experiment
from nbexport_runtime.platform.experiments import assignment, beginning, drafts, plan
from nbexport_runtime.platform.units import unit_of
from nbexport_runtime.traffic import placements

DOCS = Path(__file__).parents[4] / "docs" / "how-to" / "experiment.md"
DONE, TROUBLE, USAGE = 0, 1, 2


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a production, and a candidate that was trained."""
    (tmp_path / "stages.py").write_text("", encoding="utf-8")
    own = Project(tmp_path, tmp_path)
    placements.append(own.placements, version="v1", manifest_sha256="0" * 64, reason="promoted")
    own.candidate.mkdir(parents=True)
    (own.candidate / "manifest.json").write_text('{"version": "v2"}', encoding="utf-8")
    return own


def do(project: Project, *words: str, code: int = DONE) -> None:
    """Run a command line that ends as it must."""
    with pytest.raises(SystemExit) as ended:
        experiment.main(str(project.root / "experiment.py"), list(words))
    assert ended.value.code == code


def documented() -> list[list[str]]:
    """The commands of the documentation."""
    text = DOCS.read_text("utf-8").replace("\\\n", " ")
    found = re.findall(r"^python experiment\.py .*$|(?<=`)python experiment\.py [^`]+(?=`)", text, flags=re.MULTILINE)
    return [shlex.split(line)[2:] for line in found]


def begun(project: Project) -> plan.Plan:
    """The plan of the documentation, under way."""
    do(project, *next(words for words in documented() if "--primary" in words))
    frozen = plan.read(project, "new-model")
    beginning.write(project, frozen)
    return frozen


def test_the_documented_plan_is_complete_and_its_file_says_the_same(project: Project) -> None:
    frozen = begun(project)
    assert [(arm.name, arm.version) for arm in frozen.arms] == [("control", "v1"), ("treatment", "v2")]
    toml = re.search(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), flags=re.DOTALL)
    assert toml is not None
    (project.root / "plan.toml").write_text(toml[1], encoding="utf-8")
    do(project, "plan", "other", "--file", str(project.root / "plan.toml"), "--horizon-units", "77")
    other = plan.read(project, "other")
    assert (other.horizon_units, other.primary.pre_period_days, other.secondary[0].per_unit) == (77, 28.0, "sum")
    assert other.guard_rails == frozen.guard_rails


def test_every_documented_command_is_one(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    actions = {words[0] for words in documented()}
    assert actions == set(experiment.ACTIONS)
    begun(project)
    logged(project, 40)
    for words in documented():
        if words[0] in ("status", "report"):
            do(project, *(str(project.root / word) if word.endswith(".html") else word for word in words))
    assert "new-model: running since" in capsys.readouterr().out
    assert (project.root / "report.html").read_text("utf-8").startswith("<!doctype html>")
    do(project, "stop", "new-model")
    assert "new-model is stopped; production answers all" in capsys.readouterr().out


def logged(project: Project, visitors: int) -> None:
    """The log of the service, and the outcomes that it was sent, as they stand on the disk."""
    frozen = plan.read(project, "new-model")
    now = datetime.now(UTC)
    logs = project.root / "logs"
    logs.mkdir()
    predictions, outcomes = [], []
    for number in range(visitors):
        arm = next(a for a in frozen.arms if a.name == assignment.assign(frozen, f"visitor-{number}"))
        unit = unit_of("nbexport", f"visitor-{number}")
        # one after the other, and none later than the report that reads them
        time = (now + timedelta(microseconds=number)).isoformat(timespec="microseconds")
        line: dict[str, Any] = {
            "time": time,
            "request_id": f"r{number}",
            "route": "/predict",
            "model_version": arm.version,
            "arm": "production" if arm == frozen.control else "candidate",
            "outcome": "ok",
            "latency_ms": 1.5,
            "input": {"x": 1},
            "output": {"result": 2.0},
            "unit": unit,
            "experiment": "new-model",
            "experiment_arm": arm.name,
        }
        predictions.append(line)
        outcomes.append(
            {"id": f"o{number}", "unit": unit, "name": "bought", "value": 1.0, "time": time, "received": time}
        )
    for name, lines in (("predictions", predictions), ("outcomes", outcomes)):
        (logs / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_a_report_reads_the_log_and_has_four_forms(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    begun(project)
    logged(project, 40)
    capsys.readouterr()
    do(project, "report", "new-model", "--format", "json")
    facts = json.loads(capsys.readouterr().out)
    assert facts["verdict"]["answer"] == "no answer yet"
    assert sum(facts["units"]["exposed"].values()) + facts["units"]["early"] == 40
    # nobody's week is over
    assert facts["effects"][0]["control_units"] == 0
    assert facts["effects"][1]["control_units"] == facts["units"]["exposed"]["control"]
    do(project, "report", "new-model", "--json")
    assert json.loads(capsys.readouterr().out)["outcome"] == "done"
    do(project, "report", "new-model", "--format", "markdown")
    assert capsys.readouterr().out.startswith("## new\\-model: no answer yet")
    do(project, "report", "new-model")
    shown = capsys.readouterr().out
    assert shown.startswith(
        "new-model: no answer yet\n  treatment: too few units have a final value of outcome:bought\n"
    )
    assert f"note: {sum(facts['units']['exposed'].values())} units were exposed less than 7 days ago" in shown
    assert (project.models / "metrics" / "experiments.prom").exists()


def test_a_report_cannot_be_written_where_nothing_can_be(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    begun(project)
    (project.root / "file").write_text("", encoding="utf-8")
    do(project, "report", "new-model", "--output", str(project.root / "file" / "report.txt"), code=TROUBLE)
    assert "name another file" in capsys.readouterr().err


def test_what_is_missing_ends_with_the_fix_and_no_traceback(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    do(project, "plan", "buttons", "--unit", "customer", code=TROUBLE)
    assert '--hypothesis "…"' in capsys.readouterr().err
    do(project, "plan", "buttons", "--file", str(project.root / "none.toml"), code=TROUBLE)
    assert "cannot be read" in capsys.readouterr().err
    do(project, "report", "buttons", "--json", code=TROUBLE)
    assert json.loads(capsys.readouterr().out)["error"].startswith("there is no experiment `buttons`")
    do(project, "start", code=USAGE)
    do(project, "begin", "buttons", code=USAGE)


def test_no_plan_yet_is_said_with_the_command_that_makes_one(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    do(project, "status")
    assert "`python experiment.py plan NAME …`" in capsys.readouterr().out
    with pytest.raises(Exception, match="there is no production yet"):
        drafts.resolved(Project(project.root / "x", project.root / "x"), "production")
