"""Data sets: each has an id made from its content, and DVC keeps every version.

data/sets/ID/        the files, and `dataset.json`: id, sha256 of every file, where they came from
data/sets/ID.dvc     what DVC needs to bring them back; belongs into git
data/train/          a copy of the one that training reads
"""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import snapshot
from nbexport_runtime.pipeline.files import copy, digest_of, digests, read_json, staging, write_json
from nbexport_runtime.pipeline.outcome import Trouble
from nbexport_runtime.pipeline.settings import ROOT, SETS, settings
from nbexport_runtime.training.folders import put_in_place

RECORD = "dataset.json"


def is_data_set(folder: Path) -> bool:
    """Whether a folder holds a versioned data set."""
    return (folder / RECORD).is_file()


def record(folder: Path) -> dict[str, Any]:
    """What is known of a data set, once its files are those it was made of.

    Raises:
        Trouble: A file is missing, new or changed.
    """
    found = read_json(folder / RECORD)
    files = {name: facts for name, facts in digests(folder).items() if name != RECORD}
    changed = sorted(
        name
        for name in files.keys() | found["files"].keys()
        if files.get(name) != found["files"].get(name)
    )
    if changed:
        raise Trouble(
            f"`{folder / changed[0]}` is not as data set {found['id']} says; "
            "fetch it again with `python scripts/fetch_data.py`"
        )
    return found


def fetch(source: str = "") -> dict[str, Any]:
    """Bring the data of a source in as a data set; the record. The same content is the same data set.

    Raises:
        Trouble: The source cannot be read.
    """
    SETS.mkdir(parents=True, exist_ok=True)
    made = staging(SETS / "new")
    try:
        where = bring(source or settings().data.source, made)
        files = digests(made)
        if not files:
            raise Trouble(f"`{where}` holds no file")
        whole = digest_of(files)
        identity = f"d-{whole[:12]}"
        place = SETS / identity
        if not place.exists():
            facts = {
                "id": identity,
                "sha256": whole,
                "source": where,
                "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
                "files": files,
            }
            write_json(made / RECORD, facts)
            made.chmod(0o755)
            made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    keep(place)
    return record(place)


def bring(source: str, folder: Path) -> str:
    """Copy what a source holds into a folder; what the source is called."""
    import model

    if not source and model.DATA is None:
        snapshot.take(folder)
        return f"the code of {model.NOTEBOOK}"
    chosen = source or str(model.DATA)
    parts = urllib.parse.urlsplit(chosen)
    if parts.scheme in ("http", "https"):
        download(chosen, folder / (Path(parts.path).name or "data"))
        # what stands before an @ may be a password
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    path = Path(chosen) if Path(chosen).is_absolute() else ROOT / chosen
    if not path.exists() and source:
        path = Path(source).absolute()
    if path.is_dir():
        copy(path, folder)
        (folder / RECORD).unlink(missing_ok=True)
    elif path.is_file():
        # what the notebook calls it, so that the same code reads it
        name = Path(model.DATA).name if model.DATA else path.name
        shutil.copyfile(path, folder / name)
    else:
        raise Trouble(
            f"the data `{chosen}` is not there; name it with --source or in pipeline.toml"
        )
    return chosen


def download(address: str, path: Path) -> None:
    """Fetch a file over HTTP."""
    try:
        with (
            urllib.request.urlopen(address, timeout=60) as answer,
            path.open("wb") as file,
        ):
            shutil.copyfileobj(answer, file)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise Trouble(f"`{address}` cannot be fetched: {error}") from None


def place(identity: str) -> Path:
    """The folder of a data set; brought back by DVC where it is not here.

    Raises:
        Trouble: Nobody knows it.
    """
    folder = SETS / identity
    if not is_data_set(folder):
        if not (SETS / f"{identity}.dvc").is_file():
            known = ", ".join(sorted(path.stem for path in SETS.glob("*.dvc")))
            raise Trouble(
                f"there is no data set `{identity}`; known are: {known or 'none'}"
            )
        dvc("pull", "--quiet", f"data/sets/{identity}.dvc")
    record(folder)
    return folder


def put(identity: str, output: Path) -> None:
    """Make a folder a copy of a data set, in one step.

    Raises:
        Trouble: Something else is in that folder.
    """
    source = place(identity)
    if output.exists() and not is_data_set(output) and any(output.iterdir()):
        raise Trouble(f"`{output}` holds something else; choose another --output")
    made = staging(output)
    try:
        copy(source, made)
        made.chmod(0o755)
        put_in_place(made, output)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def keep(folder: Path) -> None:
    """Let DVC know a folder below `data/`, and bring it to the remote."""
    prepare()
    pointer = folder.with_name(f"{folder.name}.dvc")
    if not pointer.exists():
        dvc("add", "--quiet", folder.relative_to(ROOT).as_posix())
    dvc("push", "--quiet", pointer.relative_to(ROOT).as_posix())


def prepare() -> None:
    """Make the project known to DVC, with the remote of `pipeline.toml`."""
    remote = settings().data.remote
    if not (ROOT / ".dvc" / "config").exists():
        inside = subprocess.run(
            ["git", "rev-parse", "--show-toplevel"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if inside.returncode != 0:
            dvc("init", "--quiet", "--no-scm")
        elif Path(inside.stdout.strip()).resolve() == ROOT.resolve():
            dvc("init", "--quiet")
        else:
            dvc("init", "--quiet", "--subdir")
        dvc("config", "core.analytics", "false")
    local = "://" not in remote
    if local:
        (ROOT / remote).mkdir(parents=True, exist_ok=True)
        # relative to the project, not to the configuration
        remote = os.path.relpath(ROOT / remote, ROOT)
    if remote != known_remote():
        dvc("remote", "add", "--quiet", "--force", "--default", "store", remote)


def known_remote() -> str:
    """The remote that DVC knows, as `pipeline.toml` would have it; empty where it knows none."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / ".dvc" / "config", encoding="utf-8")
    found = config.get("'remote \"store\"'", "url", fallback="")
    if not found or "://" in found:
        return found
    return os.path.relpath(ROOT / ".dvc" / found, ROOT)


def dvc(*arguments: str) -> str:
    """Run DVC in the project; what it prints.

    Raises:
        Trouble: It fails, or is not installed.
    """
    command = [sys.executable, "-m", "dvc", *arguments]
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1", "DO_NOT_TRACK": "1"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    if done.returncode != 0:
        if "No module named dvc" in done.stderr:
            raise Trouble(
                "DVC is not installed: python -m pip install -r requirements-pipeline.txt"
            )
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Trouble(f"`dvc {' '.join(arguments)}` fails: {' '.join(said[-3:])}")
    return done.stdout
