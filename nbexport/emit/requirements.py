"""Imported modules → pinned requirements, from what is installed here.

Only what is imported is listed, under the name that installs it (`sklearn` → `scikit-learn`), without the local part
of a version (`2.13.0+cpu` → `2.13.0`), which no package index knows.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from nbexport.emit import distributions

RUNTIME = {
    "torch": ("safetensors", "numpy"),
    "sklearn": ("skops",),
}
"""What a bundle needs beside a library that the notebook imports."""

WITHOUT_NEED_HERE = {
    "alembic": "alembic>=1.14,<2",
    "duckdb": "duckdb>=1.4,<3",
    "dvc": "dvc>=3.60,<4",
    "fastapi": "fastapi>=0.140,<1",
    "filelock": "filelock>=3.16,<5",
    "fsspec": "fsspec>=2024.12,<2028",
    "mlflow-skinny": "mlflow-skinny>=3.5,<4",
    "numpy": "numpy>=2.1,<3",
    "prometheus-client": "prometheus-client>=0.21,<1",
    "pydantic-settings": "pydantic-settings>=2.7,<3",
    "sqlalchemy": "sqlalchemy>=2.0,<3",
    "uvicorn[standard]": "uvicorn[standard]>=0.34,<1",
}
"""What an exported project needs and the machine that exports it need not have: the versions it works with."""


BY_MINOR = frozenset({"torch", "torchaudio", "torchvision"})
"""Distributions that break with a minor version; all those below 1.0 do."""

NOTEBOOK_TOOLS = frozenset("ipykernel ipython jupyter jupyterlab jupytext juv marimo nbconvert notebook".split())
"""What a script block names for the notebook and not for its code."""

SHARED = 2
"""So many distributions with parts of one package share it."""

LEARNT = frozenset({"jax", "scikit-learn", "tensorflow", "torch"})
"""Of what nothing imports, what a saved model needs too."""

_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*)(\[[\w.,-]+\])?([=<>!~]=?=?[\w.*+!]+(,[=<>!~]=?=?[\w.*+!]+)*)?")


@dataclass(frozen=True, slots=True)
class Pins:
    """Requirement lines, and modules and distributions of which none is installed."""

    lines: tuple[str, ...]
    unknown: tuple[str, ...]
    guessed: tuple[str, ...] = ()
    """Those of the unknown that are listed under their own name, though no table says that a distribution has it."""
    overruled: tuple[str, ...] = ()
    """Lines of the notebook's script block that forbid the version that is installed here."""


@cache
def _installed() -> tuple[tuple[metadata.Distribution, str], ...]:
    """Each installed distribution and its list of files; `packages_distributions` takes ten times as long over them."""
    installed = []
    for distribution in metadata.distributions():
        listed = [distribution.read_text(name) or "" for name in ("top_level.txt", "RECORD")]
        installed.append((distribution, "\n".join(["", *listed, ""])))
    return tuple(installed)


@cache
def _owners(root: str) -> list[str]:
    """The distributions that install a top-level module: a package, a file, or a name in `top_level.txt`."""
    file = re.compile(rf"\n{re.escape(root)}\.([\w.-]*\.)?(py|so|pyd),")
    return [
        distribution.name
        for distribution, listed in _installed()
        if f"\n{root}/" in listed or f"\n{root}\n" in listed or (f"\n{root}." in listed and file.search(listed))
    ]


def is_installed(root: str) -> bool:
    """Whether a distribution that is installed here has a top-level module of this name."""
    return bool(_owners(root))


def pins(
    modules: Iterable[str],
    *,
    extra: Iterable[str] = (),
    installs: Iterable[str] = (),
    declared: Iterable[str] = (),
    whole: bool = False,
) -> Pins:
    """The requirements of some modules.

    Args:
        modules: Dotted names, as imported.
        extra: Distributions that are needed besides.
        installs: Requirement texts of the notebook's own `pip install` lines, for what is not installed here.
        declared: Requirements of the notebook's script block, which win over what is installed here.
        whole: Whether those of them that nothing imports are needed too.
    """
    parts = _parts(modules)
    wanted = {_canonical(name) for name in extra}
    unknown: list[str] = []
    asked = asked_for(installs, declared)
    block = _by_name(declared)
    if whole:
        wanted.update(name for name in block if name not in NOTEBOOK_TOOLS)
    overruled: list[str] = []
    lines: dict[str, str] = {}
    guessed: list[str] = []
    for module in sorted(parts):
        root = module.partition(".")[0]
        wanted.update(_canonical(name) for name in RUNTIME.get(root, ()))
        owners = _owners(root)
        known = distributions.distribution_of(module)
        name = known or ("" if _is_nobodys(module) else _canonical(root))
        if owners:
            wanted.add(_canonical(_owner(module, owners)))
        elif name in asked:
            lines[name] = asked[name]
        elif known:
            wanted.add(known)
        elif name:
            lines[name] = name
            unknown.append(root)
            guessed.append(root)
        else:
            unknown.append(module)
    for name in wanted:
        try:
            version = metadata.version(name.partition("[")[0]).partition("+")[0]
            own = block.get(name.partition("[")[0])
            lines[name] = f"{name}=={version}" if own is None else _within(own, version, name)
            if own is not None and not Requirement(own).specifier.contains(version, prereleases=True):
                overruled.append(own)
        except metadata.PackageNotFoundError:
            lines[name] = asked.get(name) or WITHOUT_NEED_HERE.get(name, name)
            if name not in asked and name not in WITHOUT_NEED_HERE:
                unknown.append(name)
    return Pins(
        tuple(lines[name] for name in sorted(lines)),
        tuple(sorted(set(unknown))),
        tuple(sorted(guessed)),
        tuple(sorted(overruled)),
    )


def asked_for(installs: Iterable[str], declared: Iterable[str]) -> dict[str, str]:
    """Distribution → requirement that the notebook itself names.

    Args:
        installs: Requirement texts of its `pip install` lines.
        declared: Requirements of its script block, which win.
    """
    asked: dict[str, str] = {}
    for text in installs:
        written = _REQUIREMENT.fullmatch("".join(text.split()))
        if written is not None:
            asked[_canonical(written[1])] = written[0]
    return asked | _by_name(declared)


def _parts(modules: Iterable[str]) -> set[str]:
    """What is looked up: the root of each module, or its deepest part where several distributions share the root."""
    dotted = {module for module in modules if module and not module.startswith(".")}
    parts: set[str] = set()
    for module in dotted:
        root = module.partition(".")[0]
        if root in sys.stdlib_module_names:
            continue
        if not distributions.is_shared(root) and len(_owners(root)) < SHARED:
            parts.add(root)
        elif not any(other.startswith(f"{module}.") for other in dotted):
            parts.add(module)
    return parts


def _is_nobodys(module: str) -> bool:
    """Whether no distribution can be named for a module: its root is shared or private, or it is another Python's."""
    root = module.partition(".")[0]
    return root.startswith("_") or distributions.is_shared(root) or distributions.is_nowhere(module)


def _by_name(declared: Iterable[str]) -> dict[str, str]:
    """Distribution → its line in the notebook's script block."""
    return {_canonical(Requirement(line).name): line for line in declared}


def _within(declared: str, version: str, name: str) -> str:
    """The line of a declared requirement: the version that is installed here, where the declaration allows it.

    Args:
        declared: The requirement of the script block.
        version: What is installed here.
        name: What the project needs, with the extras that it needs.
    """
    requirement = Requirement(declared)
    more = Requirement(name).extras - requirement.extras
    if not more and (requirement.url or not requirement.specifier.contains(version, prereleases=True)):
        return declared
    requirement.extras |= more
    if requirement.url is None and requirement.specifier.contains(version, prereleases=True):
        requirement.name, requirement.specifier = _canonical(requirement.name), SpecifierSet(f"=={version}")
    marker = "" if requirement.marker is None else f" ; {requirement.marker}"
    requirement.marker = None
    return f"{requirement}{marker}"


def ranges(lines: Iterable[str], *, declared: Iterable[str] = ()) -> tuple[str, ...]:
    """The versions that a project allows: from the pinned one to below the next that may break.

    Args:
        lines: Requirement lines; what is not pinned exactly stays as it is.
        declared: Requirements of the notebook's script block; those that limit versions stay as they are.
    """
    limited = {name: line for name, line in _by_name(declared).items() if Requirement(line).specifier}
    return tuple(_declared_range(limited, line) or _range(line) for line in lines)


def _declared_range(limited: Mapping[str, str], line: str) -> str:
    """What the script block allows of a line's distribution, with that line's extras; empty where it says nothing."""
    requirement = Requirement(line)
    own = limited.get(_canonical(requirement.name), "")
    if not own or requirement.extras <= Requirement(own).extras:
        return own
    wider = Requirement(own)
    wider.extras |= requirement.extras
    return str(wider)


def _range(line: str) -> str:
    pinned = re.fullmatch(r"([\w.-]+)(\[[\w.,-]+\])?==((\d+)(?:\.(\d+))?[\w.]*)( ;.*)?", line)
    if pinned is None:
        return line
    name, extra, version, major, minor, marker = pinned.groups()
    if major == "0" or _canonical(name) in BY_MINOR:
        return f"{name}{extra or ''}>={version},<{major}.{int(minor or 0) + 1}{marker or ''}"
    return f"{name}{extra or ''}>={version},<{int(major) + 1}{marker or ''}"


def _canonical(name: str) -> str:
    return distributions.canonical(name)


def _owner(module: str, owners: list[str]) -> str:
    """The distribution that a module belongs to: of those that share its package, the one with its deepest part."""
    parts = module.split(".")
    for count in range(len(parts), 1, -1):
        path = re.escape("/".join(parts[:count]))
        there = re.compile(rf"\n{path}(/|\.([\w.-]*\.)?(py|so|pyd),)")
        deeper = sorted(
            distribution.name
            for distribution, listed in _installed()
            if distribution.name in owners and there.search(listed)
        )
        if deeper:
            return deeper[0]
    same = [owner for owner in owners if _canonical(owner) == _canonical(parts[0])]
    return (same or sorted(set(owners)))[0]
