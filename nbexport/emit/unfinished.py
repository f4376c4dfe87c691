"""Plan → what the project still lacks when it is written, because only its owner's machine reaches what knows it.

An export asks no package index and no registry: it neither makes up the hash of a package nor the digest of an image.
`make lock` in the project asks both. What it wrote is looked at with each export, so that the note goes when the work
is done, and comes back when the locks no longer fit.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from nbexport.emit.standalone import standalone
from nbexport.plan import Plan

DEV = "requirements-dev"
"""The lock of everything, the tools of the `dev` group included."""
NAMING = ("Dockerfile", "compose.yaml", ".gitlab-ci.yml", "push_image.sh")
"""Ends of the paths of files that name images."""
_REQUIREMENTS = re.compile(r"requirements(-\w+)?\.txt")
_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[\w.,-]*\])?(?:==([^\s;\\]+)|[ \t]*@)", re.MULTILINE)


def unfinished(plan: Plan) -> tuple[str, ...]:
    """Sentences about locks and images, as they will be when the plan is applied."""
    texts = {change.path: change.after.decode("utf-8", "replace") for change in plan.changes if change.after}
    return (*_locks(texts, Path(plan.folder)), *_images(texts))


def _locks(texts: Mapping[str, str], folder: Path) -> Iterator[str]:
    asked = {path.removesuffix(".txt"): list(_lines(path, texts)) for path in texts if _REQUIREMENTS.fullmatch(path)}
    if not asked:
        return
    asked[DEV] = [line for lines in asked.values() for line in lines] + _dev(texts.get("pyproject.toml", ""))
    locks = {name: _read(folder / f"{name}.lock") for name in asked}
    missing = [f"`{name}.lock`" for name, text in sorted(locks.items()) if text is None]
    old = [
        f"`{name}.lock`" for name, text in sorted(locks.items()) if text is not None and not _fits(asked[name], text)
    ]
    if missing:
        yield (
            f"{', '.join(missing)} {'are' if len(missing) > 1 else 'is'} still to be made, as CI and container install "
            "from locks alone: run `make lock` in the project, where a package index can be reached, and commit"
        )
    if old:
        yield (
            f"{', '.join(old)} {'do' if len(old) > 1 else 'does'} not fit requirements*.txt and pyproject.toml: "
            "run `make lock` in the project and commit"
        )


def _images(texts: Mapping[str, str]) -> Iterator[str]:
    by_tag = standalone("images.py").by_tag
    named = [path for path in sorted(texts) if path.endswith(NAMING) and by_tag(texts[path])]
    if named:
        listed = ", ".join(f"`{path}`" for path in named)
        yield (
            f"{listed} {'name' if len(named) > 1 else 'names'} images by tags: `make lock` adds the digests "
            "where docker buildx, crane or skopeo reaches a registry"
        )


def _lines(path: str, texts: Mapping[str, str]) -> Iterator[str]:
    """The lines of a requirements file, those of the files that it names included."""
    for line in texts.get(path, "").splitlines():
        if match := re.fullmatch(r"-r\s+(\S+)\s*", line):
            yield from _lines(match[1], {name: text for name, text in texts.items() if name != path})
        else:
            yield line.partition(" #")[0]


def _dev(project: str) -> list[str]:
    """The lines of the `dev` group; none where the file is not what an export writes."""
    try:
        group = tomllib.loads(project)["dependency-groups"]["dev"]
    except (tomllib.TOMLDecodeError, LookupError, TypeError):
        return []
    return [line for line in group if isinstance(line, str)]


def _fits(lines: Iterable[str], lock: str) -> bool:
    """Whether a lock has what each line asks for."""
    locked: dict[str, list[str]] = {}
    for name, version in _LOCKED.findall(lock):
        locked.setdefault(canonicalize_name(name), []).append(version)
    for line in lines:
        try:
            asked = Requirement(line)
        except InvalidRequirement:
            # an option, a comment
            continue
        versions = locked.get(canonicalize_name(asked.name), [])
        allowed = asked.specifier.contains
        if not any(not version or asked.url or allowed(version, prereleases=True) for version in versions):
            return False
    return True


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
