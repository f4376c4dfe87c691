"""The registry on a real MLflow server, which is installed for it: what works on the file works there unchanged."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import SOUND

from .compiled import compiled
from .conftest import export, judged_by_figures
from .forked import run_forked
from .serving import free_port


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An MLflow server with a database and artifacts of its own."""
    folder = tmp_path_factory.mktemp("server")
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    version = importlib.metadata.version("mlflow-skinny")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, f"mlflow=={version}"], check=True)
    port = free_port()
    words = f"-m mlflow server --host 127.0.0.1 --port {port} --workers 1 --backend-store-uri sqlite:///{folder}/x.db"
    settings = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (
        (folder / "said.txt").open("wb") as said,
        subprocess.Popen(
            [python, *words.split(), "--artifacts-destination", folder / "artifacts"],
            cwd=folder,
            env=settings,
            stdout=said,
            stderr=said,
            start_new_session=True,
        ) as server,
    ):
        try:
            end = time.monotonic() + 120
            found = f"http://127.0.0.1:{port}"
            while True:
                assert server.poll() is None, (folder / "said.txt").read_text()
                assert time.monotonic() < end, (folder / "said.txt").read_text()
                try:
                    if httpx.get(f"{found}/health").status_code == 200:
                        break
                except httpx.HTTPError:
                    time.sleep(0.2)
            yield found
        finally:
            os.killpg(server.pid, 15)
            server.wait(60)


@pytest.mark.slow(minutes=1)
def test_it_works_unchanged_on_a_server(tmp_path: Path, address: str) -> None:
    notebook = tmp_path / "sound.py"
    notebook.write_text(SOUND, encoding="utf-8")
    project = tmp_path / "project"
    assert export(notebook, project, "--level", "3").returncode == 0
    judged_by_figures(compiled(project))

    def do(*words: str, code: int = 0) -> dict[str, Any]:
        done = run_forked(*words, "--json", cwd=project, env={"MLFLOW_TRACKING_URI": address})
        assert done.returncode == code, done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    first = do("retrain.py")["candidate"]
    assert do("retrain.py", code=10)["verdict"] == "refuse"
    done = run_forked("retrain.py", "--json", "--", "--rate", "0.9", cwd=project, env={"MLFLOW_TRACKING_URI": address})
    assert done.returncode == 0, done.stdout + done.stderr
    better = json.loads(done.stdout)["candidate"]
    assert not (project / "models" / "registry.db").exists()

    def aliases() -> dict[str, str]:
        return {alias: v["version"] for v in do("registry.py", "list")["versions"] for alias in v["aliases"]}

    assert aliases() == {"candidate": better, "production": better}
    do("promote.py", "--rollback")
    assert aliases()["production"] == first
    # what was never promoted comes back from the server
    versions = do("registry.py", "list")["versions"]
    refused = next(v["version"] for v in versions if v["tags"]["verdict"] == "refuse")
    shutil.rmtree(project / "models" / "candidate")
    assert do("reproduce.py", refused)["same"] is True
    assert "weights" in str(do("registry.py", "diff", first, better)["differ"])
