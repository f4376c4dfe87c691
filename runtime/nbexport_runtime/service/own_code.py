"""Which code a model runs with: that of its bundle, or the project's.

A bundle may carry the code that it was trained with, in `code/`. Where that is another than the project's, it runs in a
process of its own, which finds it before all other modules.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbexport_runtime import bundle
from nbexport_runtime.bundle.manifest import read_manifest

SHARED = ("nbexport_runtime", "schemas", "serve")
"""Modules of the running service, which are not part of a model."""
FOLDER = "code/"
"""Where a bundle has its code."""

LoadModel = Callable[[Path], bundle.Loaded]


def manifest_of(folder: Path, digest: str = "", public_key: str = "") -> dict[str, Any]:
    """A bundle's manifest; empty where it cannot be read, which loading the bundle explains better.

    Args:
        folder: The bundle.
        digest: The sha256 that its manifest must have; empty accepts any.
        public_key: The minisign key that must have signed its manifest; empty asks for no signature.

    Raises:
        BundleError: It is not the bundle that was meant, or it failed a gate.
    """
    if digest or public_key:
        read_manifest(folder, digest=digest or None, public_key=public_key or None)
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        files, failed_gates = manifest["files"], manifest.get("failed_gates")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    if failed_gates:
        raise bundle.BundleError(
            f"`{folder}` did not pass its gates ({names_of(failed_gates)}), so it is not served; "
            "train a model that passes, or set MODEL_DIR to one"
        )
    return {**manifest} if isinstance(files, dict) else {}


def names_of(gates: Any) -> str:
    """The failed gates of a manifest, which are texts or objects with a `name`."""
    entries = gates if isinstance(gates, list) else [gates]
    return ", ".join(str(entry.get("name", entry) if isinstance(entry, dict) else entry) for entry in entries)


def load(folder: Path, load_model: LoadModel, *, digest: str = "", public_key: str = "") -> bundle.Loaded:
    """A model; of its own code where it carries some, which this process must then have no other of.

    Args:
        folder: The bundle.
        load_model: Loads a bundle with the project's code.
        digest: The sha256 that its manifest must have; empty accepts any.
        public_key: The minisign key that must have signed its manifest; empty asks for no signature.

    Raises:
        BundleError: It is not the bundle that was meant, it failed a gate, or a file of it, code included, is not the
            one that was written.
    """
    manifest = manifest_of(folder, digest, public_key)
    if f"{FOLDER}model.py" not in manifest.get("files", {}):
        return load_model(folder)
    # before any of its code is run
    bundle.compare_files(folder, manifest["files"])
    sys.dont_write_bytecode = True
    sys.path.insert(0, str((folder / FOLDER).resolve()))
    # the code of an older nbexport brings a `Loaded` of its own: the same attributes, another class
    loaded: bundle.Loaded = importlib.import_module("model").load_model(folder)
    return loaded


# --------------------------------------------------------------------------- the project's code


def place_of(load_model: LoadModel) -> tuple[str, str] | None:
    """Module and name by which another process finds a function; None where it cannot."""
    module, name = getattr(load_model, "__module__", ""), getattr(load_model, "__qualname__", "")
    value: Any = sys.modules.get(module)
    for part in name.split("."):
        value = getattr(value, part, None)
    return (module, name) if value is load_model and module != "__main__" else None


def project_code(load_model: LoadModel) -> dict[str, str]:
    """The sha256 of each module beside the project's `load_model`, by file name; those of packages by their path."""
    try:
        folder = Path(inspect.getfile(load_model)).resolve().parent
    except (OSError, TypeError):
        return {}
    inside = [
        package.parent.rglob("*.py") for package in folder.glob("*/__init__.py") if package.parent.name not in SHARED
    ]
    paths = [*folder.glob("*.py"), *(path for paths_inside in inside for path in paths_inside)]
    return {path.relative_to(folder).as_posix(): bundle.sha256(path) for path in paths}


def is_of_project(folder: Path, manifest: Mapping[str, Any], project: Mapping[str, str]) -> bool:
    """Whether a bundle runs with the project's code: it has no other.

    Args:
        folder: The bundle, whose files are those of its manifest.
        manifest: Its manifest.
        project: The project's code, as `project_code` has it.
    """
    code = {
        name.removeprefix(FOLDER): str(facts.get("sha256"))
        for name, facts in manifest["files"].items()
        if name.startswith(FOLDER) and name.endswith(".py")
    }
    if "model.py" not in code:
        return True
    own = {name: digest for name, digest in code.items() if name.partition("/")[0].removesuffix(".py") not in SHARED}
    if any(project.get(name, digest) != digest for name, digest in own.items()):
        return False
    # an image holds the modules of the service alone, the bundle also those of training
    return not reached("model", folder / FOLDER, {name for name in own if name not in project})


def reached(module: str, folder: Path, missing: set[str]) -> bool:
    """Whether a module imports one of some files, by way of others in its folder too."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        place = name.replace(".", "/")
        files = [f"{place}.py", f"{place}/__init__.py"]
        if name in seen:
            continue
        seen.add(name)
        if any(path in missing for path in files):
            return True
        for path in files:
            if (folder / path).is_file():
                waiting += imported((folder / path).read_bytes(), name, is_package=path.endswith("__init__.py"))
    return False


def imported(source: bytes, module: str, *, is_package: bool) -> list[str]:
    """The modules that a source may import, with the packages that they are in."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    parts = [name.split(".") for name in names]
    return [".".join(part[:end]) for part in parts for end in range(1, len(part) + 1)]
