"""The runtime as a package: a wheel that lies in the project, so that nobody installs a stranger's of the same name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from nbexport.emit import runtime
from nbexport.errors import NbexportError
from nbexport.levels import PACKAGE
from nbexport.plan import ExportRequest, Wheel

FOLDER = "wheels"
"""Where it lies in a project."""
DISTRIBUTION = "nbexport-runtime"
LARGEST_BYTES = 20_000_000
"""A wheel that unpacks to more than this is not the runtime's."""
BUILD = "python -m pip wheel --no-deps --wheel-dir . ./runtime"
"""Builds it in the repository of nbexport."""


def read(file: Path) -> Wheel:
    """The wheel that a file holds.

    Raises:
        NbexportError: It is not a wheel of the runtime, or it holds more than that.
    """
    try:
        name, version, _, _ = parse_wheel_filename(file.name)
    except InvalidWheelFilename:
        raise _not_a_wheel(file, "its name is not that of a wheel") from None
    if name != canonicalize_name(DISTRIBUTION):
        raise _not_a_wheel(file, f"it is a wheel of `{name}`")
    try:
        content = file.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if sum(member.file_size for member in members) > LARGEST_BYTES:
                raise _not_a_wheel(file, "it is too large")
            about = f"{runtime.NAME}-{version}.dist-info/"
            for member in members:
                # a wheel may also bring programs, and files that Python runs whenever it starts
                if not member.filename.startswith((f"{runtime.NAME}/", about)):
                    raise _not_a_wheel(file, f"it would install `{member.filename}` too")
            files = {one.filename: archive.read(one) for one in members if one.filename.startswith(f"{runtime.NAME}/")}
    except OSError as error:
        raise NbexportError(
            f"`{file}` cannot be read", why=error.strerror or str(error), fix="name the wheel with --runtime-wheel"
        ) from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        raise _not_a_wheel(file, str(error)) from None
    return Wheel(f"{FOLDER}/{file.name}", str(version), content, files)


def carried(file: Path) -> Wheel:
    """The wheel that a file holds, which is of the very runtime that this nbexport carries.

    Raises:
        NbexportError: It is not.
    """
    wheel, own = read(file), runtime.carried()
    version = runtime.version_of(own)
    build = f"build the wheel in the repository of nbexport {version}: `{BUILD}`"
    if wheel.version != version:
        raise NbexportError(
            f"`{file}` is runtime {wheel.version}, and this nbexport writes code for {version}",
            fix=f"{build}; then name it with --runtime-wheel",
        )
    names = sorted(name for name in wheel.files.keys() | own.keys() if wheel.files.get(name) != own.get(name))
    if names:
        raise NbexportError(
            f"`{file}` is not the runtime that this nbexport carries",
            why=f"`{names[0]}` differs",
            fix=f"{build}; then name it with --runtime-wheel",
        )
    return wheel


def wheel_for(request: ExportRequest, options: Mapping[str, str], written: Collection[str]) -> Wheel | None:
    """The wheel that an export puts into a project; None where the runtime is vendored.

    Args:
        request: What the export was asked for.
        options: What the project is made with.
        written: Paths of what the last export wrote to the same folder.

    Raises:
        NbexportError: There is none, or it is not of the runtime that this nbexport carries.
    """
    given = request.runtime_wheel
    if options.get("runtime") != PACKAGE:
        if given is not None:
            raise NbexportError(
                "a vendored runtime comes from no wheel", fix="add `--runtime package`, or leave `--runtime-wheel` out"
            )
        return None
    if given is not None:
        return carried(given)
    last = of_project(written)
    if last is None:
        raise NbexportError(
            "`--runtime package` needs `--runtime-wheel FILE`",
            why=f"`{DISTRIBUTION}` is not published yet, so whatever an index has under this name is a stranger's",
            fix=f"build the wheel in the repository of nbexport: `{BUILD}`; or leave `--runtime` out",
        )
    return carried(request.output / last)


def of_project(written: Iterable[str]) -> str | None:
    """The path of a project's wheel among those of what was written; None where it has none."""
    return next((path for path in sorted(written) if path.startswith(f"{FOLDER}/{runtime.NAME}-")), None)


def _not_a_wheel(file: Path, why: str) -> NbexportError:
    return NbexportError(
        f"`{file}` is not a wheel of `{DISTRIBUTION}`",
        why=why,
        fix=f"build it in the repository of nbexport: `{BUILD}`",
    )
