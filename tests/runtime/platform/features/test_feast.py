"""The same point in time on a real Feast, in an environment of its own: DuckDB offline, SQLite and Redis online."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from runtime.platform.features.feature_tables import Fact, written

from nbexport.emit.templating import rendered, static

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
NEEDED = ("feast[duckdb,redis]==0.67.*",)
TABLE = """
[[features]]
name = "customers"
entity = "customer_id"
source = "facts.csv"
event_time = "event"
created = "created"
columns = ["plan", "fee"]
max_age_days = 0.0208333333334
"""


@pytest.fixture(scope="module")
def feast_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with Feast, which needs an older pandas than the tests."""
    folder = tmp_path_factory.mktemp("feast") / "venv"
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *NEEDED], check=True)
    return python


@pytest.mark.slow(minutes=2)
@pytest.mark.parametrize("online", ["sqlite", "redis"])
def test_feast_tells_the_same_story(online: str, feast_python: Path, redis_address: str, tmp_path: Path) -> None:
    (tmp_path / "platform.toml").write_text(TABLE)
    written(tmp_path, [Fact("1", 0, 0, "old", 1.0)])
    values = {"project": f"shop_{online}"}
    for artifact in (
        rendered("platform", "feature_repo/feature_store.yaml", values),
        static("platform", "feature_repo/views.py"),
    ):
        path = tmp_path / artifact.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(artifact.content)
    settings = tmp_path / "feature_repo" / "feature_store.yaml"
    if online == "redis":
        lines = settings.read_text().splitlines()
        kept = [line for line in lines if "sqlite" not in line and "online.db" not in line]
        settings.write_text(
            "\n".join(line.replace("# type: redis", "type: redis").replace("# conn", "conn") for line in kept)
        )
    path = os.pathsep.join([str(ROOT / "runtime"), str(ROOT / "tests")])
    host = redis_address.removeprefix("redis://").partition("/")[0]
    environment = {**os.environ, "PYTHONPATH": path, "REDIS": host, "FEAST_USAGE": "False"}
    feast = feast_python.with_name("feast")
    for words in ([feast, "--chdir", "feature_repo", "apply"], [feast_python, HERE / "feast_story.py", tmp_path]):
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("the story is told\n")
