"""The extension for VS Code fits the server, and is packaged by its own tool; VS Code itself is not run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from nbexport.editors import server
from nbexport.model import Role

FOLDER = Path(__file__).parents[2] / "extension" / "vscode"


def test_it_speaks_of_the_same_commands_and_roles() -> None:
    manifest = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    source = (FOLDER / "src" / "extension.ts").read_text(encoding="utf-8")
    commands = {one["command"] for one in manifest["contributes"]["commands"]}
    assert server.PICK_ROLE in commands
    assert set(re.findall(r"registerCommand\('([\w.]+)'", source)) == commands
    assert f"executeCommand('{server.ADD_ROLE}'" in source
    assert set(re.findall(r"^  \['(\w+)', ", source, re.MULTILINE)) == {role.value for role in Role}
    command = manifest["contributes"]["configuration"]["properties"]["nbexport.command"]["default"]
    assert command == ["nbexport", "lsp", "--stdio"]


@pytest.mark.slow(minutes=1)
def test_it_is_packaged(tmp_path: Path) -> None:
    folder = tmp_path / "vscode"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("node_modules", "out", "*.vsix"))
    for words in (["ci", "--no-audit", "--no-fund"], ["run", "package"]):
        done = subprocess.run(["npm", *words], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    (package,) = folder.glob("*.vsix")
    with zipfile.ZipFile(package) as archive:
        names = set(archive.namelist())
        assert {"extension/package.json", "extension/out/extension.js", "extension/readme.md"} <= names
        assert not [name for name in names if "node_modules" in name or name.endswith(".ts")]
        # it stands on its own: only the editor's module is asked for
        text = archive.read("extension/out/extension.js").decode()
    asked = set(re.findall(r"\brequire\(\"([^\"]+)\"\)", text))
    assert "vscode" in asked
    assert not [name for name in asked if name.startswith(("vscode-", "."))]
