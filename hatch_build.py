"""Builds the JupyterLab extension into the wheel: `npm ci` where needed, then TypeScript and the bundle.

Nothing is built where the bundle is there already (a source distribution), where a hook of pre-commit is installed,
which needs none of it, and where `NBEXPORT_WITHOUT_LAB=1` says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = "nbexport/labextension"
SHARE = "share/jupyter/labextensions/nbexport"


class LabExtension(BuildHookInterface[Any]):
    """The build hook."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle and say where it is installed.

        Args:
            version: `editable`, or the kind of a wheel or source distribution.
            build_data: What is added to.
        """
        root = Path(self.root)
        without = os.environ.get("NBEXPORT_WITHOUT_LAB") == "1" or is_hook(root)
        unpacked = (root / "PKG-INFO").is_file() and (root / BUNDLE).is_dir()
        if not without and not unpacked:
            build(root)
        if self.target_name == "wheel" and (root / BUNDLE / "package.json").is_file():
            build_data["shared_data"][BUNDLE] = SHARE
            build_data["shared_data"]["extension/install.json"] = f"{SHARE}/install.json"


def is_hook(root: Path) -> bool:
    """Whether pre-commit installs a hook from its own copy; it says so itself only when it is run by hand."""
    return os.environ.get("PRE_COMMIT") == "1" or (root.parent / "db.db").is_file()


def build(root: Path) -> None:
    """Install what the build needs, and build.

    Raises:
        RuntimeError: There is no npm.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            "building the JupyterLab extension needs Node.js 20 or newer with npm; install it, or set "
            "NBEXPORT_WITHOUT_LAB=1 for a build without the extension"
        )
    if not (root / "node_modules").is_dir():
        subprocess.run([npm, "ci", "--ignore-scripts", "--no-progress"], cwd=root, check=True)
    subprocess.run([npm, "run", "build:prod"], cwd=root, check=True)
