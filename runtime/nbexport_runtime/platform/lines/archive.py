"""The archive of a log: Parquet files in date partitions, and a numbered manifest that says which of them count.

    predictions/date=2026-11-29/part-….parquet
    outcomes/date=2026-11-29/part-….parquet
    manifests/000000000007.json

A change writes its Parquet files first, and then the next manifest, which must not be there yet. So a kill leaves the
state before or the state after, and of two changes at once one learns that the other was faster. The manifest also
says how much of each live file has been taken: lines and marks change together, or not at all.

Source: Armbrust et al., Delta Lake, 2020, section 3 (numbered records, each put only if absent).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline import store
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.lines.manifests import DIGITS, Log, Manifest, Part, content_of, parsed, path_of
from nbexport_runtime.traffic import durable

KEPT = 5
"""Old manifests that are kept at least."""
GRACE_S = 3600.0
"""How long an old manifest and its files stay for whoever reads them, and a file for whoever writes its manifest."""


class Archive:
    """An archive: a folder, or an address that fsspec opens."""

    def __init__(self, address: str, root: Path) -> None:
        """Open it; nothing is written.

        Args:
            address: A folder, relative to the project or not, or `s3://…`, `gs://…`, `az://…`.
            root: The project's folder.

        Raises:
            PipelineError: It is of another kind, or what reaches it is not installed.
        """
        self.folder = store.folder_of(address, root, "archive")
        """The folder that it is; None for a bucket."""
        self.files: Any = None
        """What fsspec opens the bucket with; None for a folder."""
        self.address = address.rstrip("/") if self.folder is None else str(self.folder)
        if self.folder is None:
            with self.responding():
                self.files, _ = store.opened(self.address, None)

    def place(self, path: str) -> str:
        """The address of a file of the archive."""
        return f"{self.address}/{path}"

    # ------------------------------------------------------------------ manifests

    def newest(self) -> Manifest:
        """What the archive holds now.

        Raises:
            PipelineError: It is not responding, or holds something else.
        """
        while True:
            number = max(self.numbers(), default=0)
            if not number:
                return Manifest()
            try:
                return parsed(self.read(path_of(number)), number, masked(self.address))
            except FileNotFoundError:
                # so many changes since it was listed that it is no longer kept
                continue

    def known(self) -> set[Part]:
        """The Parquet files that a manifest refers to, the newest or one that somebody may read now."""
        manifests = [parsed(self.read(path_of(number)), number, masked(self.address)) for number in self.numbers()]
        return {part for one in manifests for log in one.logs.values() for part in log.parts}

    def numbers(self) -> list[int]:
        """The numbers of the manifests that are there."""
        names = [path.rpartition("/")[2].removesuffix(".json") for path in self.listed("manifests")]
        return sorted(int(name) for name in names if name.isdigit() and len(name) == DIGITS)

    def commit(self, before: Manifest, logs: dict[str, Log]) -> Manifest:
        """Make this what the archive holds; the new manifest.

        Raises:
            store.TakenError: Another change was faster.
            PipelineError: The archive is not responding.
        """
        written = datetime.now(UTC).isoformat(timespec="seconds")
        after = Manifest(before.number + 1, written, logs)
        own = uuid.uuid4().hex
        name = path_of(after.number)
        with self.responding():
            with suppress(FileExistsError):
                self._create(name, content_of(after, own))
            # a request that was repeated finds its own manifest there
            there = self.read(name)
        if own.encode() not in there:
            raise store.TakenError
        now = datetime.now(UTC)
        for number in self.numbers():
            if number <= after.number - KEPT and self.age_s(path_of(number), now) > GRACE_S:
                self.remove(path_of(number))
        return after

    def _create(self, path: str, content: bytes) -> None:
        """Write a file that must not be there yet, whole or not at all."""
        if self.folder is None:
            self.files.pipe_file(self.place(path), content, mode="create")
            return
        place = self.folder / path
        fresh = place.with_name(f".{place.name}-{uuid.uuid4().hex}")
        durable.replace(fresh, content)
        try:
            # a name is taken in one step, and only where it is free
            os.link(fresh, place)
        finally:
            fresh.unlink()
        durable.settle(place.parent)

    # ------------------------------------------------------------------ files

    def listed(self, path: str) -> list[str]:
        """The files in a folder of the archive and below, as paths within the archive; none where it is not there.

        Raises:
            PipelineError: It is not responding.
        """
        if self.folder is not None:
            top = self.folder / path
            return sorted(
                entries.relative_to(self.folder).as_posix() for entries in top.rglob("*") if entries.is_file()
            )
        with self.responding():
            try:
                entries = self.files.find(self.place(path))
            except FileNotFoundError:
                return []
        start = self.address.partition("://")[2].rstrip("/") + "/"
        return sorted(str(name).removeprefix(start) for name in entries)

    def read(self, path: str) -> bytes:
        """What a file holds.

        Raises:
            FileNotFoundError: It is not there.
            PipelineError: The archive is not responding.
        """
        if self.folder is not None:
            return (self.folder / path).read_bytes()
        with self.responding():
            content: bytes = self.files.cat_file(self.place(path))
        return content

    def put(self, source: Path, path: str) -> None:
        """Move a file into the archive; it is whole there, or not there.

        Raises:
            PipelineError: The archive is not responding.
        """
        if self.folder is None:
            with self.responding():
                self.files.put_file(str(source), self.place(path))
            source.unlink()
            return
        place = self.folder / path
        with self.responding():
            place.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as file:
                os.fsync(file.fileno())
            source.replace(place)
            durable.settle(place.parent)

    def remove(self, path: str) -> None:
        """Remove a file; nothing happens where it is not there."""
        if self.folder is not None:
            (self.folder / path).unlink(missing_ok=True)
            return
        with self.responding():
            try:
                self.files.rm_file(self.place(path))
            except FileNotFoundError:
                return

    def age_s(self, path: str, now: datetime) -> float:
        """How long ago a file was written; 0 where it is not there."""
        try:
            if self.folder is not None:
                written = datetime.fromtimestamp((self.folder / path).stat().st_mtime, UTC)
            else:
                with self.responding():
                    written = self.files.modified(self.place(path))
        except FileNotFoundError:
            return 0.0
        return (now - written).total_seconds()

    def staging(self) -> Path | None:
        """A folder from which a file is moved into the archive in one step; None where any will do."""
        if self.folder is None:
            return None
        place = self.folder / ".staging"
        with self.responding():
            place.mkdir(parents=True, exist_ok=True)
        return place

    @contextmanager
    def responding(self) -> Iterator[None]:
        """Within, what clients raise is why the archive cannot be used."""
        try:
            yield
        except (PipelineError, FileNotFoundError, FileExistsError):
            raise
        except ImportError as error:
            raise PipelineError(
                f"{error.name or error} is not installed: python -m pip install -r requirements-pipeline.txt"
            ) from None
        except Exception as error:  # noqa: BLE001 - each client of a cloud has exceptions of its own
            text = str(error) or type(error).__name__
            raise PipelineError(masked(f"the archive `{self.address}` is not responding: {text}")) from None
