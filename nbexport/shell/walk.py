"""Paths on a command line → the notebooks that they stand for.

A file that is named is taken as it is. Folders are searched for `.ipynb` files and patterns (`'**/*.py'`) for what they
match, both without hidden folders, what `.gitignore` names and what is excluded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbexport.shell.terminal import warn

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MAGIC = frozenset("*?[")
IGNORE_FILE = ".gitignore"
ANYWHERE = "**/*.ipynb"

Excludes = Sequence[tuple[Path, str]]
"""Patterns of what is left out, each with the folder that it is relative to."""


def notebooks_in(words: Sequence[str], *, excludes: Callable[[Path], Excludes] = lambda folder: ()) -> list[Path]:
    """The notebooks that the paths stand for, each once, folders searched in order of the names.

    Hidden folders (`.ipynb_checkpoints`, `.venv`, `.git`), `node_modules` and virtual environments are left out.

    Args:
        words: Files, folders and patterns.
        excludes: What is left out of the search of a folder.
    """
    paths_found: dict[Path, None] = {}
    for word in words:
        path = Path(word)
        pattern = ANYWHERE
        if not path.is_dir():
            if path.exists() or not MAGIC & set(word):
                paths_found[path] = None
                continue
            path, pattern = _split(word)
        before = len(paths_found)
        paths_found.update((notebook, None) for notebook in _search(path, pattern, excludes(path)))
        if len(paths_found) == before:
            warn(f"warning: no notebooks in `{word}`")
    return list(paths_found)


def folders_in(root: Path) -> Iterator[Path]:
    """A folder and those below it, in order of the names, without the ones that a search for notebooks leaves out."""
    for folder, _ in _folders(root, None, ()):
        yield folder


def _split(word: str) -> tuple[Path, str]:
    """The folder that a pattern begins with, and the rest of it."""
    path = Path(word)
    count = next(at for at, part in enumerate(path.parts) if MAGIC & set(part))
    return Path(*path.parts[:count]), "/".join(path.parts[count:])


def _search(root: Path, pattern: str, excludes: Excludes) -> Iterator[Path]:
    """The files under a folder whose path from there matches a pattern."""
    is_wanted = _matcher(pattern)
    depth = None if "**" in pattern else pattern.count("/")
    ignored = _Ignored(root)
    for here, files in _folders(root, depth, excludes, ignored):
        inside = _inside(here, root)
        for name in sorted(files):
            path = here / name
            if (
                name[0] != "."
                and is_wanted(inside + name)
                and not _is_excluded(path, excludes)
                and not ignored.holds(path)
            ):
                yield path


def _folders(
    root: Path, depth: int | None, excludes: Excludes, ignored: _Ignored | None = None
) -> Iterator[tuple[Path, list[str]]]:
    """The folders that are searched, from the root down, each with the names of its files."""
    ignored = ignored or _Ignored(root)
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        inside = _inside(here, root)
        ignored.enter(here, has_file=IGNORE_FILE in files)
        folders[:] = sorted(
            name
            for name in folders
            if _is_searched(here, name)
            and (depth is None or inside.count("/") < depth)
            and not _is_excluded(here / name, excludes)
            and not ignored.holds(here / name, folder=True)
        )
        yield here, files


def _inside(folder: Path, root: Path) -> str:
    """The beginning of the names of what lies in a folder, as a pattern has them."""
    return "" if folder == root else f"{folder.relative_to(root).as_posix()}/"


def _matcher(pattern: str) -> Callable[[str], bool]:
    if pattern == ANYWHERE:
        return lambda path: path.endswith(".ipynb")
    from nbexport.judge.patterns import expression

    is_match = expression(pattern, crosses=False).fullmatch
    return lambda path: is_match(path) is not None and path.endswith((".ipynb", ".py"))


def _is_searched(folder: Path, name: str) -> bool:
    if name.startswith(".") or name in ("node_modules", "__pycache__"):
        return False
    return not (folder / name / "pyvenv.cfg").exists()


def _is_excluded(path: Path, excludes: Excludes) -> bool:
    if not excludes:
        return False
    from nbexport.judge.patterns import matches, relative

    names = {base: relative(path, base) for base in {base for base, _ in excludes}}
    return any(matches(pattern, names[base]) for base, pattern in excludes)


class _Ignored:
    """What the `.gitignore` files of a folder tree leave out: the nearest file that says something decides."""

    def __init__(self, root: Path) -> None:
        self._specs: dict[Path, GitIgnoreSpec] = {}
        real = root.resolve()
        self._root, self._real = root, real
        above = [folder for folder in real.parents if (folder / ".git").exists()][:1]
        if above and not (real / ".git").exists():
            for folder in (real.parent, *real.parent.parents):
                self.enter(folder, has_file=(folder / IGNORE_FILE).is_file())
                if folder == above[0]:
                    break
        if self.holds(root, folder=True):
            # a folder that somebody asks for is searched although it is ignored
            self._specs.clear()

    def enter(self, folder: Path, *, has_file: bool) -> None:
        """Take in the `.gitignore` of a folder."""
        if not has_file:
            return
        # it costs more than the check of a notebook
        from pathspec import GitIgnoreSpec

        try:
            text = (folder / IGNORE_FILE).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            warn(f"warning: `{folder / IGNORE_FILE}` is not respected: {error.strerror}")
            return
        self._specs[self._place(folder)] = GitIgnoreSpec.from_lines(text.splitlines())

    def holds(self, path: Path, *, folder: bool = False) -> bool:
        """Whether git would ignore a file or folder whose parent it does not ignore."""
        if not self._specs:
            return False
        place = self._place(path)
        for above in place.parents:
            spec = self._specs.get(above)
            if spec is not None:
                name = place.relative_to(above).as_posix() + ("/" if folder else "")
                included = spec.check_file(name).include
                if included is not None:
                    return bool(included)
        return False

    def _place(self, path: Path) -> Path:
        """The path below the root without its symbolic links: walking does not follow any further ones."""
        return self._real / path.relative_to(self._root) if path.is_relative_to(self._root) else path
