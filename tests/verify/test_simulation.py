"""`verify --level 4` trains a first model in a copy and simulates a few days; what fails there is said."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from nbexport.errors import NbexportError
from nbexport.report import verdict
from nbexport.shell.cli import main
from nbexport.verify.limits import Limits
from nbexport.verify.simulation import simulate, told
from nbexport.verify.stopping import Stop, StoppedError
from nbexport.verify.verification import Simulated, StepOutcome, Verification

FACTS = {
    "scenario": {"days": 3},
    "requests": 300,
    **{name: {"said": f"{name} did it"} for name in ("guard", "experiment", "drift", "quality")},
}
RETRAIN = "import sys\nprint('training')\nsys.exit(int(open('code.txt').read()))\n"
SIMULATE = f"import json, os\nassert os.environ['PIPELINE_STORE'] != 'real'\nprint(json.dumps({FACTS!r}))\n"


def project(folder: Path, code: int = 0) -> Path:
    """A project whose commands only say what they would."""
    made = folder / "project"
    made.mkdir()
    for name, text in (("retrain.py", RETRAIN), ("simulate.py", SIMULATE), ("code.txt", str(code))):
        (made / name).write_text(text, encoding="utf-8")
    return made


def rehearsed(made: Path, folder: Path, *, stop: Stop | None = None, limits: Limits | None = None) -> Simulated:
    scratch = folder / "scratch"
    scratch.mkdir()
    return simulate(
        made, scratch=scratch, progress=lambda step: None, stop=stop or Stop(), python=sys.executable, limits=limits
    )


def verification(simulated: Simulated) -> Verification:
    return Verification("a.ipynb", "x", True, 0.0, ("auc",), (), 0, (), (), simulated=simulated)


def test_it_records_what_came_of_the_simulation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_STORE", "real")
    found = rehearsed(project(tmp_path), tmp_path)
    assert (found.outcome, found.days, found.requests) == (StepOutcome.DONE, 3, 300)
    assert found.findings["guard"] == "guard did it"
    whole = verification(found)
    assert whole.passed
    assert json.loads(whole.as_json())["simulated"]["findings"]["drift"] == "drift did it"
    assert "Simulated 3 days with 300 requests:\n    guard: guard did it\n" in verdict.lines(whole, kept=True)


def test_nothing_of_the_project_is_changed(tmp_path: Path) -> None:
    made = project(tmp_path)
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    rehearsed(made, tmp_path)
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before


def test_a_command_that_fails_is_named_with_its_last_words(tmp_path: Path) -> None:
    found = rehearsed(project(tmp_path, code=10), tmp_path)
    assert found.outcome is StepOutcome.FAILED
    assert found.said == "`python retrain.py` ends with 10:\ntraining"
    whole = verification(found)
    assert not whole.passed
    assert "failed: the simulation\n    `python retrain.py` ends with 10:" in verdict.lines(whole, kept=True)


def test_a_command_that_goes_beyond_the_limits_has_failed(tmp_path: Path) -> None:
    made = project(tmp_path)
    (made / "retrain.py").write_text("import time\ntime.sleep(600)\n", encoding="utf-8")
    found = rehearsed(made, tmp_path, limits=Limits(time_s=0.5))
    assert found.outcome is StepOutcome.FAILED
    assert "`python retrain.py`" in found.said


def test_it_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    stop = Stop()
    stop.ask()
    with pytest.raises(StoppedError):
        rehearsed(project(tmp_path), tmp_path, stop=stop)


def test_a_project_of_a_lower_level_cannot_simulate(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    with pytest.raises(NbexportError, match=r"has no simulate\.py"):
        rehearsed(tmp_path / "project", tmp_path)


def test_what_another_runtime_says_is_not_taken_for_a_simulation() -> None:
    with pytest.raises(NbexportError, match="does not say what it should"):
        told('{"outcome": "done"}')


@pytest.mark.slow(minutes=2)
def test_verify_simulates_an_export(tmp_path: Path, sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "project"
    assert main([str(sound), "--level", "4", "--output", str(output)]) == 0
    # the workflows are rehearsed elsewhere
    for path in [*(output / ".github" / "workflows").iterdir()]:
        path.unlink()
    own = output / ".github" / "workflows" / "own.yml"
    own.write_text("jobs:\n  a:\n    steps:\n      - {name: Say, run: echo hello}\n", encoding="utf-8")
    for path in (output / "deploy").rglob("*Dockerfile"):
        path.unlink()
    code = main(["verify", str(sound), "--project", str(output), "--level", "4"])
    said = capsys.readouterr()
    assert code == 0, said.out + said.err
    assert "Simulated 3 days with 300 requests:" in said.out
    recorded = json.loads((output / "verification.json").read_text(encoding="utf-8"))
    assert recorded["simulated"]["outcome"] == "done"
    assert set(recorded["simulated"]["findings"]) == {"guard", "experiment", "drift", "quality"}
