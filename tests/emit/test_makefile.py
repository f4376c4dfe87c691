"""The Makefile of a project: locks are made, compared and required; the notebook is compared where nbexport is pinned."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from conftest import SOUND
from emit.wheels import locked

from nbexport import api, disk
from nbexport.plan import ExportRequest

COMPILER = """\
#!/bin/sh
# stands in for `uv pip compile`: the lock names what it was made of
echo "$*" >> calls.txt
for word in "$@"; do
    case "$last" in --output-file) cat requirements*.txt > "$word" ;; esac
    last=$word
done
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A level 2 project, its notebook beside it, and a stand-in for uv."""
    (tmp_path / "sound.py").write_text(SOUND, encoding="utf-8")
    plan = api.plan(ExportRequest(tmp_path / "sound.py", level=2, output=tmp_path / "project"))
    assert not isinstance(plan, api.Refused), plan.findings
    disk.apply(plan, force=False)
    program(tmp_path / "project" / "uv", COMPILER)
    return tmp_path / "project"


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def make(project: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Make a target with what a plain machine has on its path."""
    environment = {"PATH": os.defpath, "HOME": str(project), **variables}
    words = ("make", *words, f"PYTHON={sys.executable}")
    return subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_locks_are_made_of_everything_with_hashes(project: Path) -> None:
    assert make(project, "lock", "UV=./uv").returncode == 0
    calls = (project / "calls.txt").read_text(encoding="utf-8").splitlines()
    assert [call.split()[-1] for call in calls] == [
        "requirements-dev.lock",
        "requirements.lock",
        "requirements-serve.lock",
        "requirements-score.lock",
    ]
    assert all("--universal" in call and "--generate-hashes" in call and "index" not in call for call in calls)
    assert "requirements.txt requirements-serve.txt requirements-score.txt --group dev" in calls[0]
    assert all("--constraints requirements-dev.lock" in call for call in calls[1:])


def test_without_uv_it_says_so(project: Path) -> None:
    done = make(project, "lock")
    assert done.returncode != 0
    assert "uv is missing: run 'make install', or 'make lock UV=uv'" in done.stderr


def test_old_locks_are_noticed(project: Path) -> None:
    make(project, "lock", "UV=./uv")
    assert make(project, "check-lock", "UV=./uv").returncode == 0
    with (project / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("other==1.0\n")
    done = make(project, "check-lock", "UV=./uv")
    assert done.returncode != 0
    assert "the locks were out of date: commit what 'make lock' wrote" in done.stderr
    assert make(project, "check-lock", "UV=/bin/false").returncode != 0


def test_what_has_no_lock_is_not_installed(project: Path) -> None:
    done = make(project, "install-dev.lock")
    assert done.returncode != 0
    assert "requirements-dev.lock is missing: run 'make lock' and commit what it writes" in done.stderr
    assert not (project / ".venv").exists()


def test_only_what_the_lock_has_a_hash_of_is_installed(project: Path, tmp_path: Path) -> None:
    lock, wheels = project / "requirements-dev.lock", tmp_path / "wheels"
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    text = locked(["loguru"], wheels)
    lock.write_text("loguru\n", encoding="utf-8")
    assert "--require-hashes" in make(project, "install", **index).stderr
    lock.write_text(text, encoding="utf-8")
    assert make(project, "install", **index).returncode == 0
    done = subprocess.run([project / ".venv" / "bin" / "python", "-c", "import loguru"], check=False)
    assert done.returncode == 0


def test_uv_installs_where_there_is_one_and_nothing_without_its_hash(project: Path, tmp_path: Path) -> None:
    """The real uv, from an index of wheels, into the environment that it makes."""
    lock, wheels = project / "requirements-dev.lock", tmp_path / "wheels"
    text = locked(["loguru"], wheels)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").symlink_to(Path(sysconfig.get_path("scripts")) / "uv")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.defpath}"
    settings = tmp_path / "uv.toml"
    settings.write_text(f'no-index = true\nfind-links = ["{wheels}"]\n', encoding="utf-8")
    index = {"PATH": path, "UV_CONFIG_FILE": str(settings), "UV_CACHE_DIR": str(tmp_path / "cache")}
    lock.write_text(re.sub(r"sha256:\w{8}", f"sha256:{'0' * 8}", text), encoding="utf-8")
    assert "Hash mismatch" in make(project, "install", **index).stderr
    lock.write_text(text, encoding="utf-8")
    # again into the same folder, as a developer does
    for _ in range(2):
        done = make(project, "install", **index)
        assert done.returncode == 0, done.stderr
        assert "pip install --python .venv" in done.stdout
    python = project / ".venv" / "bin" / "python"
    ask = "import loguru, sys; print(sys.version_info[:2], sys.prefix != sys.base_prefix)"
    answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout
    assert answer == f"{tuple(sys.version_info[:2])} True\n"


# --------------------------------------------------------------------------- up to date with the notebook

NBEXPORT = f'#!/bin/sh\nexec "{sys.executable}" -m nbexport "$@"\n'


def check(project: Path, *, installed: bool) -> subprocess.CompletedProcess[str]:
    if installed:
        program(project / "programs" / "nbexport", NBEXPORT)
    path = f"{project / 'programs'}{os.pathsep}{os.defpath}"
    return make(project, "check-export", PATH=path, PYTHONPATH=os.environ.get("PYTHONPATH", ""))


def test_a_notebook_that_has_changed_is_noticed(project: Path) -> None:
    assert check(project, installed=True).returncode == 0
    notebook = project.parent / "sound.py"
    notebook.write_text(SOUND.replace("0.5", "0.25"), encoding="utf-8")
    assert check(project, installed=True).returncode != 0
    shutil.move(notebook, project / "sound.py")
    assert check(project, installed=True).returncode != 0


def test_a_stranger_s_nbexport_is_never_installed(project: Path) -> None:
    """Nothing is installed that the project does not name with its hash; it says how that is done."""
    done = check(project, installed=False)
    assert done.returncode == 0
    assert "name it with its hashes in requirements-nbexport.lock" in done.stdout
    stranger = project.parent / "index" / "nbexport-0.1.0-py3-none-any.whl"
    stranger.parent.mkdir()
    with zipfile.ZipFile(stranger, "w") as wheel:
        about = "nbexport-0.1.0.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: nbexport\nVersion: 0.1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    for line, said in (
        ("nbexport==0.1.0", "Hashes are required in --require-hashes mode"),
        (f"nbexport==0.1.0 --hash=sha256:{'0' * 64}", "DO NOT MATCH THE HASHES"),
    ):
        (project / "requirements-nbexport.lock").write_text(f"{line}\n", encoding="utf-8")
        done = make(project, "check-export", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(stranger.parent))
        assert done.returncode != 0
        assert said in done.stderr


def test_without_the_notebook_there_is_nothing_to_compare(project: Path) -> None:
    (project.parent / "sound.py").unlink()
    done = check(project, installed=True)
    assert (done.returncode, done.stdout) == (0, "skipped: the notebook is not in this repository\n")
