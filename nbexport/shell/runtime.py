"""The commands `nbexport eject` and `nbexport update-runtime`: the runtime of a project, without its notebook."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.version import Version

from nbexport import disk, levels
from nbexport.command.codes import ExitCode
from nbexport.emit import runtime, wheel
from nbexport.errors import NbexportError
from nbexport.plan import Artifact, Wheel
from nbexport.report.printable import printable
from nbexport.shell.terminal import say
from nbexport.shell.writing import carry_out


def eject(options: Namespace) -> ExitCode:
    """The exit code of `nbexport eject`.

    Raises:
        NbexportError: The folder holds no project, or the wheel in it is not the one that was written.
    """
    folder = Path(options.words)
    record = disk.project_of(folder)
    if _mode(record) == levels.VENDORED:
        say(f"`{printable(str(folder))}` has the runtime as a folder already.")
        return ExitCode.OK
    path, own = _own_wheel(folder, record)
    files = list(runtime.vendored(own.files, levels.runtime_parts(record.level)))
    if not record.ejected:
        raise NbexportError(
            f"`{folder / disk.BASE}` is missing or damaged, so what ejecting would write is not known",
            fix="restore it from version control, or export the notebook again with `--runtime vendored`",
        )
    files += [Artifact(name, text.encode()) for name, text in record.ejected.items()]
    made_with = {**record.options, "runtime": levels.VENDORED}
    plan = disk.amend(folder, files, removed=[path], options=made_with, ejected={})
    return carry_out(plan, options, f"`{folder}` has runtime {own.version} as the folder `{runtime.NAME}/` now.")


def update(options: Namespace) -> ExitCode:
    """The exit code of `nbexport update-runtime`.

    Raises:
        NbexportError: The folder holds no project, its runtime is newer, or the wheel is not of the one carried here.
    """
    folder = Path(options.words)
    given = None if options.runtime_wheel is None else Path(options.runtime_wheel)
    record = disk.project_of(folder)
    carried = runtime.carried()
    version = runtime.version_of(carried)
    if _mode(record) == levels.VENDORED:
        if given is not None:
            raise NbexportError(
                f"`{folder}` has the runtime as a folder, which comes from no wheel", fix="leave `--runtime-wheel` out"
            )
        before = _version_of_folder(folder)
        files = list(runtime.vendored(carried, levels.runtime_parts(record.level)))
        there = {path for path in record.files if path.startswith(f"{runtime.NAME}/")}
        removed = there - {file.path for file in files}
    else:
        path, own = _own_wheel(folder, record)
        before = own.version
        new = wheel.carried(given or folder / path)
        files = [Artifact(new.path, new.content, vendored=True), *_repinned(record, path, own, new)]
        removed = {path} - {new.path}
    if Version(before) > Version(version) and not options.force:
        raise NbexportError(
            f"`{folder}` has runtime {before}, which is newer than {version}, the one that this nbexport carries",
            fix="upgrade: `python -m pip install --upgrade nbexport`; or repeat the command with --force to go back",
        )
    notes = [f"runtime {before} becomes {version}"] if before != version else []
    plan = disk.amend(folder, files, removed=removed, notes=notes)
    return carry_out(plan, options, f"`{folder}` has runtime {version} now; `make test` says whether all still holds.")


def _mode(record: disk.Record) -> str:
    """How a project has the runtime; those that do not say it have a folder.

    Raises:
        NbexportError: Its level is one that this nbexport does not know.
    """
    if levels.level(record.level) is None:
        raise NbexportError(
            f"the project is of level {record.level}, which this nbexport does not know",
            fix="upgrade: `python -m pip install --upgrade nbexport`",
        )
    return str(record.options.get("runtime", levels.VENDORED))


def _own_wheel(folder: Path, record: disk.Record) -> tuple[str, Wheel]:
    """The wheel that lies in a project, as it was written, with its path in the project.

    Raises:
        NbexportError: It is gone, or it is another one.
    """
    path = wheel.of_project(record.files)
    if path is None or path in disk.edited(folder):
        raise NbexportError(
            f"`{folder / (path or wheel.FOLDER)}` is not the wheel that was written there",
            fix="restore it from version control, or export the notebook again with `--runtime-wheel FILE`",
        )
    return path, wheel.read(folder / path)


def _version_of_folder(folder: Path) -> str:
    """The version of a vendored runtime; `0` where it says none."""
    path = f"{runtime.NAME}/__init__.py"
    place = folder / path
    return runtime.version_of({path: place.read_bytes()}) if place.is_file() else "0"


def _repinned(record: disk.Record, path: str, old: Wheel, new: Wheel) -> Iterable[Artifact]:
    """The files that name a project's wheel, as they name another one."""
    pins: Mapping[str, str] = {
        path: new.path,
        f"{wheel.DISTRIBUTION}=={old.version}": f"{wheel.DISTRIBUTION}=={new.version}",
    }
    for name, text in record.base.items():
        changed = text
        for pin, other in pins.items():
            changed = changed.replace(pin, other)
        if changed != text:
            yield Artifact(name, changed.encode())
