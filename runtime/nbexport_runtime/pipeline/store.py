"""The store: where models, registry, data, decisions and logs outlive the machine; a folder, or a bucket by fsspec.

    objects/ab/abcdef…     what files hold, each under its sha256
    index/000000000007     what the project consists of since its seventh change
    data/                  what DVC keeps

A change writes its objects first, and then the next index, which must not be there yet: a kill leaves the old state or
the new one, and of two changes at once one learns that the other was faster.

Source: Armbrust et al., Delta Lake, 2020, section 3 (numbered records, each put only if absent).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline.files import write_text
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project

ADDRESS = "PIPELINE_STORE"
"""The variable that names the store; it wins over `pipeline.toml`."""
FORMAT = 1
DIGITS = 12
"""Digits of the number of an index: names sort as numbers do."""
NEEDS = {
    "s3": ("s3fs", "dvc-s3"),
    "gs": ("gcsfs", "dvc-gs"),
    "az": ("adlfs", "dvc-azure"),
}
"""Scheme of an address → the distributions that reach it: fsspec's and DVC's."""
OF_CLOUDS = ("AWS_", "AZURE_", "GOOGLE_")
"""Beginnings of variables with credentials. A CI sets one that it has no secret for to nothing."""

Unit = dict[str, str]
"""Path within a unit → sha256; a unit that is one file has the path ``."""


@dataclass(frozen=True)
class State:
    """What the project consists of after a change."""

    number: int = 0
    """Which change it was; 0 before the first one."""
    written: str = ""
    """When, in UTC."""
    units: Mapping[str, Unit] = field(default_factory=dict)
    """Path in the project → its files."""


class TakenError(Exception):
    """Another change was faster."""


class Store:
    """One store."""

    def __init__(self, address: str, root: Path) -> None:
        """Open it.

        Args:
            address: A folder, relative to the project or not, or `s3://…`, `gs://…`, `az://…`.
            root: The project's folder.

        Raises:
            PipelineError: It is of another kind, or what reaches it is not installed.
        """
        self.folder = folder_of(address, root, "store")
        """The folder that it is; None for a bucket."""
        self.address = address if self.folder is None else str(self.folder)
        with self._responding():
            self._files, root_path = opened(self.address, self.folder)
            self._root = root_path.rstrip("/")

    @property
    def data(self) -> str:
        """Where DVC keeps the data, as DVC calls it."""
        if self.folder is not None:
            return str(self.folder / "data")
        scheme, _, rest = self.address.rstrip("/").partition("://")
        return f"{'azure' if scheme == 'az' else scheme}://{rest}/data"

    # ------------------------------------------------------------------ what it holds

    def newest(self) -> State:
        """The present state.

        Raises:
            PipelineError: The store is not responding, or holds something else.
        """
        with self._responding():
            try:
                names = [str(path).rpartition("/")[2] for path in self._files.ls(f"{self._root}/index", detail=False)]
            except FileNotFoundError:
                return State()
            numbers = [int(name) for name in names if name.isdigit() and len(name) == DIGITS]
            if not numbers:
                return State()
            content = self._files.cat_file(self._index(max(numbers)))
        return parsed(content, max(numbers), masked(self.address))

    def fetch(self, wanted: Mapping[Path, str]) -> None:
        """Write objects to files that are not there yet.

        Args:
            wanted: File → the sha256 of what it gets.

        Raises:
            PipelineError: An object is missing, or is not what its name says.
        """
        for path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
        with self._responding():
            if wanted:
                self._files.get([self._object(name) for name in wanted.values()], [str(path) for path in wanted])
        for path, name in wanted.items():
            if not path.is_file() or sha256(path) != name:
                path.unlink(missing_ok=True)
                raise PipelineError(f"the store `{masked(self.address)}` has lost or changed the object {name}")

    # ------------------------------------------------------------------ changes

    def keep(self, files: Mapping[str, Path]) -> None:
        """Write objects.

        Args:
            files: sha256 → a file that has it.

        Raises:
            PipelineError: The store is not responding.
        """
        with self._responding():
            if self.folder is None:
                if files:
                    self._files.put([str(path) for path in files.values()], [self._object(name) for name in files])
                return
            for name, path in files.items():
                # in a bucket an object is whole or not there; in a folder it is once it has its name
                place = Path(self._object(name))
                if not place.exists():
                    fresh = place.with_name(f".{name}-{uuid.uuid4().hex}")
                    place.parent.mkdir(parents=True, exist_ok=True)
                    self._files.put(str(path), str(fresh))
                    fresh.replace(place)

    def commit(self, before: State, units: Mapping[str, Unit]) -> State:
        """Make units the state that follows on another one; the new state.

        Raises:
            TakenError: Another one follows on it already.
            PipelineError: The store is not responding.
        """
        state = State(before.number + 1, datetime.now(UTC).isoformat(timespec="seconds"), dict(units))
        own = uuid.uuid4().hex
        text = json.dumps({"format": FORMAT, "id": own, "written": state.written, "units": units}, sort_keys=True)
        path = self._index(state.number)
        with self._responding():
            try:
                if self.folder is None:
                    self._files.pipe_file(path, text.encode(), mode="create")
                else:
                    self._create(Path(path), text)
            except FileExistsError:
                pass
            # a request that was repeated finds its own index there; a store that knows no conditions has the last one
            there = self._files.cat_file(path)
        if own not in there.decode("utf-8", "replace"):
            raise TakenError
        return state

    # ------------------------------------------------------------------ inside

    def _create(self, path: Path, text: str) -> None:
        """Write a file that must not be there yet, whole or not at all."""
        from filelock import FileLock

        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(".lock")):
            if path.exists():
                raise FileExistsError(path)
            write_text(path, text)

    def _index(self, number: int) -> str:
        return f"{self._root}/index/{number:0{DIGITS}}"

    def _object(self, name: str) -> str:
        return f"{self._root}/objects/{name[:2]}/{name}"

    @contextmanager
    def _responding(self) -> Iterator[None]:
        """Within, what clients raise is why the store cannot be used."""
        try:
            yield
        except PipelineError:
            raise
        except ImportError as error:
            raise PipelineError(
                f"{error.name or error} is not installed: python -m pip install -r requirements-pipeline.txt"
            ) from None
        except Exception as error:  # noqa: BLE001 - each client of a cloud has exceptions of its own
            text = str(error) or type(error).__name__
            raise PipelineError(masked(f"the store `{self.address}` is not responding: {text}")) from None


def of(project: Project) -> Store:
    """The store of a project.

    Raises:
        PipelineError: It cannot be reached from here.
    """
    for name in [name for name, value in os.environ.items() if name.startswith(OF_CLOUDS) and not value]:
        del os.environ[name]
    return Store(os.environ.get(ADDRESS) or project.settings().store.address, project.root)


def folder_of(address: str, root: Path, what: str) -> Path | None:
    """The folder that an address is; None for a bucket that can be reached.

    Args:
        address: A folder, relative to the project or not, or `s3://…`, `gs://…`, `az://…`.
        root: The project's folder.
        what: What has the address, for people.

    Raises:
        PipelineError: It is of another kind, or what reaches it is not installed.
    """
    scheme, _, rest = address.partition("://")
    if not rest or scheme == "file":
        return (root / (rest or address)).absolute()
    if scheme not in NEEDS:
        kinds = ", ".join(f"`{kind}://`" for kind in NEEDS)
        raise PipelineError(f"the {what} `{masked(address)}` is neither a folder nor one of {kinds}")
    reachable(address, scheme, what)
    return None


def opened(address: str, folder: Path | None) -> tuple[Any, str]:
    """What fsspec opens an address with, and the path that it has there."""
    import fsspec

    # another machine may have changed what was listed a moment ago
    options = {} if folder else {"use_listings_cache": False, "skip_instance_cache": True}
    files, path = fsspec.url_to_fs(address, **options)
    return files, str(path)


def reachable(address: str, scheme: str, what: str) -> None:
    """Look for what reaches a kind of address.

    Raises:
        PipelineError: It is not installed.
    """
    missing = [name for name in NEEDS[scheme] if importlib.util.find_spec(name.replace("-", "_")) is None]
    if missing:
        raise PipelineError(
            f"the {what} `{masked(address)}` needs {' and '.join(f'`{name}`' for name in missing)}: add the missing "
            "lines to requirements-pipeline.txt, then run `make lock` and `make install`"
        )


def parsed(content: bytes, number: int, address: str) -> State:
    """The state that an index says.

    Raises:
        PipelineError: It says something else.
    """
    try:
        whole = json.loads(content)
        if whole["format"] != FORMAT:
            raise PipelineError(f"the store `{address}` has format {whole['format']}, which this project cannot read")
        units = {
            str(name): {str(path): str(key) for path, key in unit.items()} for name, unit in whole["units"].items()
        }
        return State(number, str(whole["written"]), units)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PipelineError(f"the store `{address}` holds an index {number} that cannot be read") from None


def sha256(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def age_days(state: State) -> float:
    """How long ago a change was."""
    past: Any = datetime.now(UTC) - datetime.fromisoformat(state.written)
    return float(past.total_seconds()) / 86_400
