"""A project whose store is a bucket on a real S3 server: what one machine trained, a fresh checkout trains again."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from s3_server import Server, s3_server

from .compiled import compiled
from .conftest import EXAMPLES, Done, export, run
from .forked import run_forked

pytestmark = pytest.mark.slow(minutes=3)
DONE, TROUBLE, REFUSED = 0, 1, 10


@dataclass
class Story:
    """A project, a fresh checkout of it, and the server that has the store."""

    project: Path
    checkout: Path
    server: Server
    version: str
    failed: Done

    def do(self, *words: str, code: int = DONE, here: Path | None = None, **variables: str) -> dict[str, Any]:
        """The outcome of a command of the project."""
        folder = here or self.project
        done = run_forked(words[0], "--json", *words[1:], cwd=folder, env={**self.server.environment, **variables})
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        outcome: dict[str, Any] = json.loads(done.stdout)
        return outcome


def git(folder: Path, *words: str | Path) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, check=True)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("store")
    shutil.copytree(EXAMPLES / "churn", folder / "notebook")
    project, checkout = folder / "project", folder / "checkout"
    assert export(folder / "notebook" / "churn.ipynb", project, "--level", "3").returncode == 0
    settings = project / "pipeline.toml"
    text = settings.read_text(encoding="utf-8").replace('address = ".store"', 'address = "s3://bucket/churn"')
    settings.write_text(text.replace("resamples = 4000", "resamples = 200"), encoding="utf-8")
    git(folder, "init", "--quiet", project)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "export")
    compiled(project)
    with s3_server() as server:
        lost = run_forked("retrain.py", cwd=project, env=server.environment)
        assert lost.returncode == TROUBLE
        assert "the store `s3://bucket/churn` is empty; if there is no model in production yet" in lost.stderr
        first = run_forked("retrain.py", "--json", "--first", cwd=project, env=server.environment)
        assert first.returncode == DONE, first.stdout + first.stderr
        failed = run_forked("retrain.py", "--json", "--", "--test-size", "7.5", cwd=project, env=server.environment)
        # nothing of what the pipeline wrote is committed
        git(folder, "clone", "--quiet", project, checkout)
        compiled(checkout)
        yield Story(project, checkout, server, str(json.loads(first.stdout)["candidate"]), failed)


def test_a_fresh_checkout_trains_the_same_model_from_the_store_alone(story: Story) -> None:
    (story.checkout / "customers.csv").unlink()
    for name in ("models", ".dvc", ".store", "data"):
        assert not (story.checkout / name).exists()
    done = story.do("reproduce.py", story.version, here=story.checkout)
    assert done["same"] is True
    manifest = json.loads((story.project / "models" / "production" / "manifest.json").read_text(encoding="utf-8"))
    assert done["again"] == done["weights"] == manifest["weights"]
    assert not (story.project / ".store").exists()


def test_it_knows_every_run_and_has_the_log_and_parameters_of_one_that_failed(story: Story) -> None:
    assert story.failed.returncode == REFUSED, story.failed.stderr
    newest, oldest = story.do("registry.py", "runs", here=story.checkout)["runs"]
    assert (oldest["exit_code"], oldest["version"]) == (DONE, story.version)
    assert newest["exit_code"] == TROUBLE
    assert newest["version"] is None
    assert newest["reason"]
    folder = story.checkout / newest["folder"]
    assert json.loads((folder / "parameters.json").read_text(encoding="utf-8"))["test_size"] == 7.5
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert any(line["level"] == "ERROR" and "test_size" in line["message"] for line in lines)
    known = story.do("registry.py", "show", story.version, here=story.checkout)
    assert known["tags"]["log"] == oldest["folder"]


def test_the_manifest_says_what_a_run_depended_on(story: Story) -> None:
    manifest = json.loads((story.project / "models" / "production" / "manifest.json").read_text(encoding="utf-8"))
    environment = manifest["environment"]
    assert {"python", "system", "processor", "cores", "threads", "blas", "distributions"} <= environment.keys()
    assert environment["distributions"]["scikit-learn"]
    assert environment["threads"]["openmp"] >= 1
    assert environment["blas"][0]["num_threads"] >= 1
    assert len(manifest["lock_sha256"]) == 64


def test_in_an_emergency_the_store_may_be_gone(story: Story) -> None:
    project = story.project
    second = story.do(
        "retrain.py", "--", "--max-iter", "60", "--threshold", "0.4", "--learning-rate", "0.06", code=REFUSED
    )
    first, other = story.version, str(second["candidate"])
    gone = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    code = "from pathlib import Path\nfrom nbexport_runtime.pipeline import placing, shares\n"
    code += "from nbexport_runtime.pipeline.project import of\nown = of(Path())\n"
    # what the gates would not have let through
    begun = run("-c", f"{code}shares.begin(own, {other!r}, 50.0)\n", cwd=project)
    assert begun.returncode == DONE, begun.stderr
    assert story.do("rollout.py", "set", "0", **gone)["rollout"]["percent"] == 0
    done = run("rollout.py", "abort", cwd=project, env={**story.server.environment, **gone})
    assert done.returncode == DONE, done.stderr
    assert "the next command brings it to the store" in done.stderr
    placed = run("-c", f"{code}placing.place(own, own.versions / {other!r}, 'promoted')\n", cwd=project)
    assert placed.returncode == DONE, placed.stderr
    assert story.do("promote.py", "--rollback", **gone)["candidate"] == first
    # what is only looked at is what is here
    assert story.do("registry.py", "list", **gone)["versions"]
    failing = story.do("retrain.py", code=TROUBLE, **gone)
    assert "is not responding" in failing["error"]
    # with the store again, it learns what was done
    story.do("registry.py", "sync")
    decisions = {path.name for path in (project / "models" / "decisions").glob("*rollback*")}
    assert len(decisions) == 2
    story.do("registry.py", "sync", here=story.checkout)
    assert decisions <= {path.name for path in (story.checkout / "models" / "decisions").iterdir()}
    lines = [(folder / "models" / "placements.jsonl").read_bytes() for folder in (project, story.checkout)]
    assert lines[0] == lines[1]
    assert lines[0].count(b"\n") == 3


def test_a_schedule_is_looked_at_in_the_store(story: Story) -> None:
    assert "0.0 days old" in story.do("registry.py", "freshness", here=story.checkout)["freshness"]
    failed = story.do("registry.py", "freshness", "--max-age-days", "0", code=TROUBLE, here=story.checkout)
    assert "has its schedule stopped" in failed["error"]
