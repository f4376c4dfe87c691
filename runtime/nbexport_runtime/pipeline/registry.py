"""The registry of models: the one module that knows MLflow. The service never does.

It is a file, `models/registry.db`, unless `MLFLOW_TRACKING_URI` or `pipeline.toml` names a server; its models lie in
`models/artifacts/RUN`, and it names no absolute paths, so the folder can be moved. What production is, the journal of
placings says; the alias follows it.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbexport_runtime.bundle.manifest import digest_of
from nbexport_runtime.pipeline import syncing
from nbexport_runtime.pipeline.files import copy, manifest, staging
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.scoring import finite

HASHES = ("code", "config_sha256", "lock_sha256", "weights")
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    # only the outcome of a command is printed
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # a server that is not responding is reported within seconds
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}
"""Settings of MLflow that hold unless the environment has others."""
ARTIFACTS = "artifacts"
"""The folder in `models/` with what the file keeps of each run."""
PLACES = (
    ("experiments", "artifact_location", "experiment_id"),
    ("runs", "artifact_uri", "run_uuid"),
    ("model_versions", "storage_location", "run_id"),
)
"""Table, column and key of what MLflow makes absolute."""
LONGEST = 450
"""Characters that every MLflow takes as the value of a tag."""


@dataclass(frozen=True)
class Version:
    """One registered model."""

    version: str
    number: int
    aliases: tuple[str, ...]
    metrics: dict[str, float]
    parameters: dict[str, str]
    tags: dict[str, str]
    run: str


class Registry:
    """The models of this project."""

    def __init__(self, project: Project) -> None:
        """Open it; the database is made where there is none.

        Args:
            project: The project.

        Raises:
            PipelineError: MLflow is not installed, or the server is not responding.
        """
        self._project = project
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        try:
            from mlflow import MlflowClient
            from mlflow.exceptions import MlflowException
        except ImportError:
            raise PipelineError("MLflow is not installed: python -m pip install -r requirements-pipeline.txt") from None
        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._error = MlflowException
        chosen = os.environ.get("MLFLOW_TRACKING_URI") or project.settings().registry.tracking_uri
        self._file = None if chosen else (project.models / "registry.db").absolute()
        self.name = project.name
        if self._file is not None and not self._file.exists():
            make(self._file, self.name)
        self.address = chosen or f"sqlite:///{self._file}"
        with self._responding():
            self._client = MlflowClient(self.address, self.address)
            known = self._client.get_experiment_by_name(self.name)
            self._experiment = known.experiment_id if known else str(self._client.create_experiment(self.name))
        self._relocatable()

    @contextmanager
    def _responding(self) -> Iterator[None]:
        """Within, what MLflow raises is why the registry cannot be used."""
        try:
            yield
        except self._error as error:
            raise PipelineError(f"the registry {self.address} is not responding: {error}") from None

    def _relocatable(self) -> None:
        """Take absolute paths out of the file: those of this version of MLflow, and those of earlier exports."""
        if self._file is not None:
            relocatable(self._file)

    def register(self, bundle: Path) -> Version:
        """Add a bundle under the alias `candidate`; one that is known stays what it is.

        Raises:
            PipelineError: The registry is not responding.
        """
        facts = manifest(bundle)
        version = str(facts["version"])
        known = self.find(version)
        with self._responding():
            if known is None:
                known = self._add(bundle, facts, version)
            self._client.set_registered_model_alias(self.name, "candidate", str(known.number))
        return self.get(version)

    def _add(self, bundle: Path, facts: dict[str, Any], version: str) -> Version:
        from mlflow.entities import Metric, Param

        run = self._client.create_run(self._experiment, run_name=version)
        identity = run.info.run_id
        now_ms = int(time.time() * 1000)
        metrics = [Metric(name, float(value), now_ms, 0) for name, value in facts["metrics"].items() if finite(value)]
        parameters = [Param(name, str(value)[:LONGEST]) for name, value in facts.get("parameters", {}).items()]
        # kept where the bundle is not: who deploys it can say which one is meant
        tags = {**tags_of(facts), "manifest_sha256": digest_of(bundle)}
        self._client.log_batch(identity, metrics=metrics, params=parameters)
        for name, value in tags.items():
            self._client.set_tag(identity, name, value)
        if self._file is None:
            self._client.log_artifacts(identity, str(bundle), "bundle")
        else:
            keep(bundle, self._kept(identity))
        self._client.set_terminated(identity)
        try:
            self._client.create_registered_model(self.name)
        except self._error as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        self._client.create_model_version(self.name, source=f"runs:/{identity}/bundle", run_id=identity, tags=tags)
        self._relocatable()
        return self.get(version)

    def _kept(self, run: str) -> Path:
        """Where the bundle of a run lies, as MLflow would put it."""
        return self._project.models / ARTIFACTS / run / "artifacts" / "bundle"

    def _entries(self) -> tuple[list[Any], dict[str, list[str]]]:
        """What MLflow keeps of each version, the newest first, and the aliases of each number."""
        aliases: dict[str, list[str]] = {}
        try:
            model = self._client.get_registered_model(self.name)
        except self._error as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return [], {}
        for alias, place in model.aliases.items():
            aliases.setdefault(str(place), []).append(alias)
        entries: list[Any] = []
        page = None
        while True:
            part = self._client.search_model_versions(f"name = '{self.name}'", page_token=page)
            entries += part
            page = part.token
            if not page:
                break
        return sorted(entries, key=lambda entry: -int(entry.version)), aliases

    def _version(self, entry: Any, aliases: dict[str, list[str]]) -> Version:
        """One of these with the figures of its run."""
        data = self._client.get_run(str(entry.run_id)).data
        return Version(
            entry.tags["version"],
            int(entry.version),
            tuple(sorted(aliases.get(str(entry.version), []))),
            dict(data.metrics),
            dict(data.params),
            dict(entry.tags),
            str(entry.run_id),
        )

    def versions(self) -> list[Version]:
        """Every registered model, the newest first.

        Raises:
            PipelineError: The registry is not responding.
        """
        with self._responding():
            entries, aliases = self._entries()
            return [self._version(entry, aliases) for entry in entries]

    def find(self, version: str) -> Version | None:
        """The version of an id, of its beginning, of an alias, or of a number; None where there is none.

        Raises:
            PipelineError: The registry is not responding.
        """
        with self._responding():
            return self._find(version)

    def _find(self, version: str) -> Version | None:
        entries, aliases = self._entries()
        for same in (
            lambda entry: entry.tags["version"] == version,
            lambda entry: version in aliases.get(str(entry.version), []),
            lambda entry: str(entry.version) == version,
        ):
            exact = [entry for entry in entries if same(entry)]
            if exact:
                return self._version(exact[0], aliases)
        some = [e for e in entries if version and e.tags["version"].startswith(version)]
        return self._version(some[0], aliases) if len(some) == 1 else None

    def get(self, version: str) -> Version:
        """The same, where there must be one.

        Raises:
            PipelineError: There is none.
        """
        known = self.find(version)
        if known is None:
            raise PipelineError(f"there is no version `{version}`; see python registry.py list")
        return known

    def bundle(self, version: str) -> Path:
        """The folder of a version: that in which it was judged, or what the registry keeps.

        Raises:
            PipelineError: There is none, or what lies there is not what was registered.
        """
        known = self.get(version)
        folder = self._folder(known)
        registered = known.tags.get("manifest_sha256")
        if registered and digest_of(folder) != registered:
            # the code in it is run: its own manifest cannot vouch for it
            raise PipelineError(
                f"`{folder}` is not the model registered as `{known.version}`: its manifest has another sha256; "
                "restore it from a backup, or register and promote another version"
            )
        return folder

    def _folder(self, known: Version) -> Path:
        judged = self._project.versions / known.version
        if (judged / "manifest.json").is_file():
            return judged
        if self._file is None:
            with self._responding():
                return Path(self._client.download_artifacts(known.run, "bundle"))
        kept = self._kept(known.run)
        if not (kept / "manifest.json").is_file() and not syncing.of(self._project).need(
            f"models/{ARTIFACTS}/{known.run}"
        ):
            raise PipelineError(f"the model `{known.version}` is neither in `{kept}` nor in the store")
        return kept

    def follow(self) -> None:
        """Make the alias `production` what the journal says: a placing needs no registry, and may have been cut off.

        Raises:
            PipelineError: The registry is not responding.
        """
        placement = self._project.journal.production
        if placement is None:
            return
        known = self.find(placement.version)
        if known is not None and "production" not in known.aliases:
            with self._responding():
                self._client.set_registered_model_alias(self.name, "production", str(known.number))

    def tag(self, version: str, name: str, value: str) -> None:
        """Note something about a version.

        Raises:
            PipelineError: The registry is not responding.
        """
        known = self.get(version)
        with self._responding():
            self._client.set_model_version_tag(self.name, str(known.number), name, value[:LONGEST])


def make(file: Path, name: str) -> None:
    """Make the file of a registry, whole or not at all: MLflow cannot open one that was half made."""
    from filelock import FileLock
    from mlflow import MlflowClient

    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_name(f".{file.name}.lock")):
        if file.exists():
            return
        fresh = staging(file)
        try:
            address = f"sqlite:///{fresh / file.name}"
            client = MlflowClient(address, address)
            client.create_experiment(name, artifact_location=(file.parent / ARTIFACTS).as_uri())
            relocatable(fresh / file.name)
            (fresh / file.name).rename(file)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def relocatable(file: Path) -> None:
    """Have a registry say where artifacts are relative to the project's folder, where MLflow's own interface looks."""
    with closing(sqlite3.connect(file)) as database, database:
        for table, column, key in PLACES:
            rows = database.execute(f"SELECT {key}, {column} FROM {table}").fetchall()  # noqa: S608 - fixed names
            for identity, place in rows:
                match = re.fullmatch(r"(?:file:)?/.*/((?:models/artifacts|mlruns)(?:/.*)?)", place or "")
                if match is not None:
                    relative = re.sub("^mlruns", f"models/{ARTIFACTS}", match[1])
                    change = f"UPDATE {table} SET {column} = ? WHERE {key} = ?"  # noqa: S608 - fixed names
                    database.execute(change, (relative, identity))


def keep(bundle: Path, place: Path) -> None:
    """Copy a bundle to its place among the artifacts of a run, whole or not at all."""
    run = place.parent.parent
    fresh = staging(run)
    try:
        copy(bundle, fresh / place.relative_to(run))
        fresh.chmod(0o755)
        fresh.rename(run)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def tags_of(facts: dict[str, Any]) -> dict[str, str]:
    """What a registered version is tagged with: everything that it came from."""
    git = facts.get("git") or {}
    data = facts.get("data_set") or {}
    rows = facts.get("holdout") or {}
    tags = {
        "version": facts["version"],
        "created": facts.get("created", ""),
        "data_set": data.get("id", ""),
        "data_sha256": data.get("sha256", ""),
        "holdout": rows.get("id", ""),
        "git_commit": git.get("commit", ""),
        "git_dirty": git.get("dirty", ""),
        "python": facts.get("python", ""),
        "seed": facts.get("seed"),
        "log": f"models/runs/{facts['run']}" if facts.get("run") else "",
        "failed_gates": "; ".join(facts.get("failed_gates", [])),
        **{name: facts.get(name, "") for name in HASHES},
    }
    return {name: str(value)[:LONGEST] for name, value in tags.items() if value not in ("", None)}
