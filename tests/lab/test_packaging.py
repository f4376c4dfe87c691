"""What `pip install` brings: the bundle, the server part enabled, and no need of Node for users."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import SOUND
from emit.wheels import runtime_wheel

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this folder as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "-w", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = folder.glob("nbexport-*.whl")
    return found


def test_the_wheel_holds_the_extension_once(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        sizes = {name: archive.getinfo(name).file_size for name in names if "/labextensions/" in name}
    share = [name.partition("/data/")[2] for name in names if ".data/data/" in name]
    assert "share/jupyter/labextensions/nbexport/package.json" in share
    assert "share/jupyter/labextensions/nbexport/install.json" in share
    assert "share/jupyter/labextensions/nbexport/schemas/nbexport/plugin.json" in share
    assert "etc/jupyter/jupyter_server_config.d/nbexport.json" in share
    assert sum(size for name, size in sizes.items() if name.endswith(".js")) <= 200 * 1024
    assert not [name for name in names if name.startswith(("nbexport/labextension", "node_modules", "src/", "lib/"))]


def test_the_wheel_carries_the_runtime_that_it_vendors(wheel: Path, tmp_path: Path) -> None:
    """Installed where there is no repository, it exports the same files as it does here."""
    from nbexport import api
    from nbexport.plan import ExportRequest, Plan

    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "packages")
    notebook = tmp_path / "some.py"
    notebook.write_text(SOUND, encoding="utf-8")
    command = [sys.executable, "-P", "-m", "nbexport", str(notebook), "--level", "3", "--output", str(tmp_path / "out")]
    variables = {**os.environ, "PYTHONPATH": str(tmp_path / "packages")}
    done = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    plan = api.plan(ExportRequest(notebook=notebook, level=3, output=tmp_path / "out"))
    assert isinstance(plan, Plan)
    assert {change.action.value for change in plan.changes} == {"same"}
    assert sum(change.vendored for change in plan.changes) > 50


def test_the_runtime_is_a_distribution_of_its_own(tmp_path: Path) -> None:
    """Its wheel holds what projects vendor, and the core of it needs nothing that is installed."""
    source = ROOT / "runtime"
    built = runtime_wheel(tmp_path)
    with zipfile.ZipFile(built) as archive:
        archive.extractall(tmp_path / "packages")
    packed = {
        path.relative_to(tmp_path / "packages") for path in (tmp_path / "packages" / "nbexport_runtime").rglob("*.py")
    }
    assert packed == {path.relative_to(source) for path in (source / "nbexport_runtime").rglob("*.py")}
    code = (
        "import pathlib; from nbexport_runtime import bundle, training; "
        "bundle.save({'a': {1: (2, 3.5)}}, pathlib.Path('b'), strict=True, examples=[]); print(dict(bundle.load('b')))"
    )
    alone = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, 'packages'); {code}"]
    done = subprocess.run(alone, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "{'a': {1: (2, 3.5)}}", done.stderr


def test_an_installed_wheel_is_listed_and_enabled(wheel: Path, tmp_path: Path) -> None:
    # --ignore-installed: pip would remove the nbexport that these tests run with
    options = ["--no-deps", "--ignore-installed", "--quiet", "--prefix", str(tmp_path)]
    command = [sys.executable, "-m", "pip", "install", *options, str(wheel)]
    assert subprocess.run(command, check=False).returncode == 0
    (packages,) = tmp_path.glob("lib/python*/site-packages")
    variables = {
        **os.environ,
        "PYTHONPATH": str(packages),
        "JUPYTER_PATH": str(tmp_path / "share" / "jupyter"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "etc" / "jupyter"),
        "HOME": str(tmp_path),
    }

    def said(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *words], env=variables, capture_output=True, text=True, check=False
        )
        return re.sub(r"\x1b\[\d*m", "", done.stdout + done.stderr)

    listed = next(line for line in said("jupyter", "labextension", "list").splitlines() if "nbexport v" in line)
    assert "enabled" in listed
    assert "OK" in listed
    servers = said("jupyter", "server", "extension", "list")
    assert "nbexport enabled" in servers
    assert "nbexport 0.1.0 OK" in servers
