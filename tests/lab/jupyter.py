"""A real Jupyter server with a token, in a process and folders of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from projects.serving import free_port

TOKEN = "a-token-for-tests"
TESTS = Path(__file__).parents[1]


@dataclass
class Jupyter:
    """A running server: its address, its root, and what it said."""

    url: str
    root: Path
    said: Path
    process: subprocess.Popen[bytes]

    def api(self, route: str, body: Any = None, *, token: str | None = TOKEN, **options: Any) -> httpx.Response:
        """One request to a route of ours, as a script with the token makes it."""
        headers = {"Authorization": f"token {token}"} if token is not None else {}
        method = "GET" if body is None else "POST"
        url = f"{self.url}/nbexport/api/{route}"
        return httpx.request(method, url, json=body, headers=headers, timeout=60, **options)


@contextmanager
def running(
    folder: Path,
    *,
    app: str = "jupyter_server",
    options: tuple[str, ...] = (),
    base: str = "",
    python: str | Path = sys.executable,
    variables: Mapping[str, str] = {},
) -> Iterator[Jupyter]:
    """A server that answers, ended afterwards.

    Args:
        folder: Where its root, settings and data go.
        app: The module that is run: `jupyter_server`, `jupyterlab` or `notebook`.
        options: Further words of its command line.
        base: What its addresses begin with, as those behind JupyterHub: `/user/ann`.
        python: The Python that runs it.
        variables: Environment variables that it has besides.
    """
    root, home, said = folder / "root", folder / "home", folder / "said.txt"
    root.mkdir(parents=True, exist_ok=True)
    home.mkdir(exist_ok=True)
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    names += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    environment = {**os.environ, **{name: str(home / name.lower()) for name in names}, "HOME": str(home)}
    # servers of another kind are classes of the tests
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(TESTS), os.environ.get("PYTHONPATH"))))
    # an extension that is installed beside Jupyter would hide the one under test
    environment["JUPYTER_PREFER_ENV_PATH"] = "0"
    environment.update(variables)
    settings = home / "jupyterlab_settings_dir" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}', encoding="utf-8")
    port = free_port()
    command = [
        *(python, "-m", app, "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"),
        *("--ServerApp.jpserver_extensions={'nbexport': True}", f"--ServerApp.base_url={base}/", *options),
    ]
    with said.open("wb") as output:
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=output, stderr=output)
    server = Jupyter(f"http://127.0.0.1:{port}{base}", root, said, process)
    try:
        wait_until_up(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            # an idle worker thread of anyio keeps a Jupyter server from ending now and then
            process.kill()
            process.wait()


def wait_until_up(server: Jupyter, process: subprocess.Popen[bytes]) -> None:
    """Wait for the first answer."""
    for _ in range(600):
        assert process.poll() is None, server.said.read_text(encoding="utf-8")
        try:
            if httpx.get(f"{server.url}/api").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(server.said.read_text(encoding="utf-8"))
