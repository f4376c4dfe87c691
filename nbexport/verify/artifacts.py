"""Stands in for the part of GitHub and GitLab that gives back what earlier jobs kept."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Artifacts:
    """What jobs kept, and a server on this machine's own address that gives it back.

    Example:
        ```python
        with Artifacts() as kept:
            kept.keep("pipeline-store", project, [".store/"])
            kept.address  # http://127.0.0.1:40123
        ```
    """

    def __init__(self) -> None:
        self._archives: dict[str, tuple[bytes, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Begin to answer."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()

    def keep(self, name: str, folder: Path, paths: Sequence[str]) -> int:
        """Keep files and folders of a project under a name; how many files."""
        buffer = io.BytesIO()
        files = sorted(file for path in paths for file in _below(folder / path))
        with zipfile.ZipFile(buffer, "w") as archive:
            for file in dict.fromkeys(files):
                archive.write(file, file.relative_to(folder).as_posix())
        self._archives[name] = buffer.getvalue(), datetime.now(UTC).isoformat()
        return len(files)

    def give(self, name: str, folder: Path) -> None:
        """Put what was kept under a name into a folder; nothing where nothing was."""
        if name in self._archives:
            with zipfile.ZipFile(io.BytesIO(self._archives[name][0])) as archive:
                archive.extractall(folder)

    def answer(self, path: str) -> tuple[bytes, str] | None:
        """Content and its type; None where there is nothing."""
        place, _, query = path.partition("?")
        if place.endswith("/actions/artifacts"):
            listed = [self._described(name) for name in self._archives if f"name={name}" in query.split("&")]
            return json.dumps({"artifacts": listed}).encode(), "application/json"
        if place.endswith("/merge_requests"):
            return b'[{"iid": 1}]', "application/json"
        if "/jobs/artifacts/" in place and query.startswith("job="):
            name = query.removeprefix("job=")
        else:
            name = place.removeprefix("/zip/")
        archive = self._archives.get(name)
        return None if archive is None else (archive[0], "application/zip")

    def _described(self, name: str) -> dict[str, Any]:
        run = {"head_branch": "main", "head_repository_id": 1, "repository_id": 1}
        return {
            "name": name,
            "expired": False,
            "workflow_run": run,
            "created_at": self._archives[name][1],
            "archive_download_url": f"{self.address}/zip/{name}",
        }


def _below(path: Path) -> list[Path]:
    return [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]


def _handler(kept: Artifacts) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = kept.answer(self.path)
            self.send_response(200 if answer else 404)
            content, kind = answer or (b"", "text/plain")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            """A note or an issue, which nobody reads."""
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(201)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    return Handler
