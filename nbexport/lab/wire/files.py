"""The files of a plan as the panel gets them: what each is for, and the texts that a comparison needs."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff
from pathlib import PurePosixPath

from nbexport import levels
from nbexport.lab.wire.types import Purpose, WireFile
from nbexport.plan import Action, Change

MAX_SHOWN_BYTES = 200_000
"""Longer files are named in a preview, not shown: they are data."""
COMPARED = (Action.UPDATE, Action.MERGE, Action.CONFLICT, Action.ORPHAN)
"""What is done to files that are there and would be other ones."""

_FOLDERS = {
    "tests": Purpose.TESTS,
    "deploy": Purpose.DEPLOYMENT,
    "monitoring": Purpose.DEPLOYMENT,
    "feature_repo": Purpose.PLATFORM,
    ".github": Purpose.DEPLOYMENT,
    "wheels": Purpose.RUNTIME,
    "data": Purpose.DATA,
}
_NAMES = {
    "Dockerfile": Purpose.DEPLOYMENT,
    ".dockerignore": Purpose.DEPLOYMENT,
    "compose.yaml": Purpose.DEPLOYMENT,
    ".gitlab-ci.yml": Purpose.DEPLOYMENT,
    "scripts/push_image.sh": Purpose.DEPLOYMENT,
    "scripts/fetch_data.py": Purpose.PIPELINE,
    "pipeline.toml": Purpose.PIPELINE,
    "data_schema.json": Purpose.PIPELINE,
    "platform.toml": Purpose.PLATFORM,
    "README.md": Purpose.DOCUMENTATION,
    "RUNBOOK.md": Purpose.DOCUMENTATION,
    "pyproject.toml": Purpose.SETTINGS,
    "Makefile": Purpose.SETTINGS,
    ".gitignore": Purpose.SETTINGS,
    ".gitattributes": Purpose.SETTINGS,
    "nbexport.lock": Purpose.SETTINGS,
    ".nbexport/base.json": Purpose.SETTINGS,
}
_OF_LEVEL = {levels.SERVICE: Purpose.SERVICE, levels.PIPELINE: Purpose.PIPELINE, levels.PLATFORM: Purpose.PLATFORM}
_MODULES = {
    f"{module}.py": _OF_LEVEL[level.number]
    for level in levels.LEVELS
    if level.number in _OF_LEVEL
    for module in level.modules
}


def file(change: Change, base: Mapping[str, str]) -> WireFile:
    """One file of a plan.

    Args:
        change: What would be done to it.
        base: The texts that the last export wrote.
    """
    content = change.after if change.after is not None else change.before or b""
    compared = change.action in COMPARED and change.before != change.after
    return {
        "path": change.path,
        "purpose": purpose(change),
        "before": _text(change.before) if compared else None,
        "base": base.get(change.path) if compared else None,
        "action": change.action,
        "note": change.note,
        "text": _text(change.after),
        "diff": _diff(change),
        "size_bytes": len(content),
    }


def purpose(change: Change) -> Purpose:
    """What a file is for; what is neither code nor known by its name or folder is the notebook's data."""
    path = PurePosixPath(change.path)
    folder = path.parts[0] if len(path.parts) > 1 else ""
    if change.vendored:
        return Purpose.RUNTIME
    known = _NAMES.get(change.path) or _FOLDERS.get(folder) or _MODULES.get(change.path)
    if known is not None:
        return known
    if not folder and path.name.startswith("requirements") and path.suffix in (".txt", ".lock"):
        return Purpose.SETTINGS
    return Purpose.CODE if path.suffix == ".py" else Purpose.DATA


def _text(content: bytes | None) -> str | None:
    """The text of a file; None where there is none, or it is not text, or too long to be looked at."""
    if content is None or len(content) > MAX_SHOWN_BYTES or b"\x00" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _diff(change: Change) -> str:
    if change.before is None or change.before == change.after:
        return ""
    before, after = _text(change.before), _text(change.after or b"")
    if before is None or after is None:
        return ""
    lines = unified_diff(before.splitlines(), after.splitlines(), "now", "new", lineterm="", n=3)
    return "\n".join(list(lines)[2:])
