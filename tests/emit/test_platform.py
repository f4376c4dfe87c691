"""A level 4 project: what it has and what lower levels have not, clean for its tools, and told in its documents."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import SOUND

from nbexport import api
from nbexport.plan import ExportRequest

ROOT = Path(__file__).parents[2]
COMMANDS = ("drift", "experiment", "features", "guard", "logs", "outcomes", "platform_report", "simulate")


def paths(level: int) -> set[str]:
    """The files of an export that is not written."""
    made = api.project(Path("sound.py"), level=level, text=SOUND)
    assert not isinstance(made, api.Refused), made.findings
    return {file.path for file in made.artifacts}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The churn example at level 4."""
    folder = tmp_path_factory.mktemp("platform") / "project"
    plan = api.plan(ExportRequest(ROOT / "examples" / "churn" / "churn.ipynb", level=4, output=folder))
    assert not isinstance(plan, api.Refused), plan.findings
    api.apply(plan)
    return folder


@pytest.mark.parametrize("level", [2, 3])
def test_lower_levels_carry_nothing_of_it(level: int) -> None:
    lower, higher = paths(level), paths(4)
    assert lower < higher
    of_runtime = {path for path in higher if path.startswith("nbexport_runtime/platform/")}
    assert len(of_runtime) > 10
    assert not of_runtime & lower
    own = {f"{name}.py" for name in COMMANDS} | {"platform.toml", "requirements-platform.txt"}
    own |= {"deploy/rollouts.yaml", "deploy/ray_serve.py"}
    assert own <= higher
    assert not own & lower


def test_a_lower_level_does_not_speak_of_it(tmp_path: Path) -> None:
    made = api.project(Path("sound.py"), level=3, text=SOUND)
    assert not isinstance(made, api.Refused)
    texts = {file.path: file.content.decode() for file in made.artifacts if not file.vendored}
    word = re.compile(r"requirements-platform|platform\.toml|guard\.py|nbexport_runtime\.platform|experiment\.py")
    assert [path for path, text in texts.items() if word.search(text)] == []


def test_no_file_hides_a_module_of_the_standard_library(project: Path) -> None:
    names = {path.stem for path in project.glob("*.py")}
    assert len(names) > 15
    assert not names & sys.stdlib_module_names


@pytest.mark.slow
def test_its_tools_have_nothing_to_say(project: Path) -> None:
    for words in (
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--no-cache", "--check", "."),
        ("mypy", "--no-incremental", "."),
    ):
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("start a test", ["python experiment.py plan", "python experiment.py start"]),
        ("read its result", ["python experiment.py report"]),
        ("what happened last night", ["python guard.py status", "python logs.py find", "make report"]),
        ("switch a model off", ["python rollout.py abort", "python promote.py --rollback"]),
    ],
)
def test_a_new_user_finds_it_in_one_line(question: str, answers: list[str], project: Path) -> None:
    lines = (project / "README.md").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith("|") and question in line]
    assert [answer for answer in answers if answer not in line] == []


def test_the_guard_runs_in_the_image_of_the_service(project: Path) -> None:
    services = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]
    api_service, guard = services["api"], services["guard"]
    assert guard["image"] == api_service["image"]
    assert "build" not in guard
    copied = re.findall(r"^COPY (?!--)(.+) \./$", (project / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"guard.py", "stages.py", "platform.toml", "pipeline.toml"} <= set(" ".join(copied).split())
    # only the guard places models, and it reads the log that the service writes
    assert "./models:/app/models:ro" in api_service["volumes"]
    assert "./models:/app/models" in guard["volumes"]
    assert "logs:/app/logs:ro" in guard["volumes"]
    # what is placed is what answers
    assert api_service["environment"]["MODEL_DIR"] == "${MODEL_DIR-}"
    # nothing of it is needed to serve
    assert services["redis"]["profiles"] == ["redis"]


def test_what_the_guard_measures_reaches_prometheus(project: Path) -> None:
    services = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]
    exporter = services["platform-metrics"]
    (folder,) = [word.partition("=")[2] for word in exporter["command"] if "textfile.directory" in word]
    assert (exporter["volumes"], folder) == (["./models:/models:ro"], "/models/metrics")
    config = yaml.safe_load((project / "monitoring" / "prometheus.yml").read_text(encoding="utf-8"))
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]}
    assert targets["platform"] == ["platform-metrics:9100"]
