"""`nbexport mcp` and `nbexport lsp` without the library that each of them needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("command", "library", "extra"), [("mcp", "mcp", "agents"), ("lsp", "pygls", "editors")])
def test_without_its_library_it_says_what_to_install(command: str, library: str, extra: str, tmp_path: Path) -> None:
    missing = f"raise ModuleNotFoundError('no {library}', name='{library}')\n"
    (tmp_path / f"{library}.py").write_text(missing, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "nbexport", command],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (
        2,
        f"error: the library `{library}` is not installed\nfix: pip install 'nbexport[{extra}]'\n",
    )
