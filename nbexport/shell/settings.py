"""Command line and configuration files → the settings that hold in a folder; the command line wins.

The nearest file above a notebook decides alone; `nbexport.toml` goes before `pyproject.toml` in the same folder. A file
is parsed only where it has something for nbexport in it: TOML costs a third of a check.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport.errors import NbexportError
from nbexport.options import options_of
from nbexport.record import record

if TYPE_CHECKING:
    from nbexport.judge.selection import Selection
    from nbexport.shell.config import Config

OWN, SHARED = "nbexport.toml", "pyproject.toml"
TOGETHER = "notebooks"
SELECTING = ("select", "ignore", "extend-select", "per-file-ignores")


@record
class Settings:
    """What holds in one folder."""

    values: Mapping[str, Any]
    """Every option of `check` by its name on the command line."""
    selection: Selection | None
    """What is reported; all when None."""
    excludes: Sequence[tuple[Path, str]]
    """Patterns of what a search leaves out, each with the folder that it is relative to."""
    notebooks: tuple[Path, ...] = ()
    """Those that become one project, in the order in which they run."""
    file: Path | None = None
    """The configuration that decides; None where there is none."""


class Finder:
    """The settings of each folder, each configuration read once.

    Args:
        given: The options that stand on the command line, by their names there.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self._known: dict[Path, Settings] = {}
        self._files: dict[Path, Config | None] = {}

    def of(self, folder: Path) -> Settings:
        """What holds in a folder.

        Raises:
            NbexportError: Its configuration, or what stands on the command line, is wrong.
        """
        settings = self._known.get(folder)
        if settings is None:
            settings = self._known[folder] = self._settings(self._file(folder))
        return settings

    def _file(self, folder: Path) -> Config | None:
        if self.given.get("isolated"):
            return None
        if self.given.get("config"):
            return self._read(Path(self.given["config"]))
        here = folder.resolve()
        for place in (here, *here.parents):
            for path in (place / OWN, place / SHARED):
                if path not in self._files and (
                    not path.is_file() or (path.name == SHARED and not _speaks_of_us(path))
                ):
                    self._files[path] = None
                if (config := self._read(path)) is not None:
                    return config
        return None

    def _read(self, path: Path) -> Config | None:
        if path not in self._files:
            from nbexport.shell.config import read

            self._files[path] = read(path)
        return self._files[path]

    def _settings(self, file: Config | None) -> Settings:
        values = file.values if file is not None else {}
        base = file.path.parent if file is not None else Path()
        given = [part for text in self.given.get("exclude", ()) for part in text.split(",") if part]
        excludes = [(Path(), part) for part in given] or [(base, part) for part in values.get("exclude", ())]
        defaults = {option.name: [] if option.repeated else option.default for option in options_of("check")}
        selection = None
        if any(name in values or name in self.given for name in (*SELECTING, TOGETHER)):
            selection = self._selection(file, values, base)
        notebooks = tuple(base / name for name in values.get(TOGETHER, ()))
        decides = file.path if file is not None else None
        return Settings({**defaults, **values, **self.given}, selection, excludes, notebooks, decides)

    def _selection(self, file: Config | None, values: Mapping[str, Any], base: Path) -> Selection:
        from nbexport.judge.selection import Selection, known

        def where(name: str) -> str:
            return f"`--{name}`" if file is None or name in self.given else f"`{file.path}`: `{name}`"

        def codes(name: str) -> tuple[str, ...]:
            return known(self.given.get(name, values.get(name, ())), where=where(name))

        name = "per-file-ignores"
        pairs = _pairs(self.given[name]) if name in self.given else values.get(name, {}).items()
        per_file = tuple((pattern, known(selectors, where=where(name))) for pattern, selectors in pairs)
        if name not in self.given and values.get(TOGETHER):
            # what a level needs stands in some of them
            per_file += tuple((notebook, _of_levels()) for notebook in values[TOGETHER])
        home = str(Path() if name in self.given else base)
        return Selection(codes("select"), codes("ignore"), codes("extend-select"), per_file, home)


def _of_levels() -> tuple[str, ...]:
    """The rules that say what a whole notebook lacks for a level."""
    from nbexport.model import Trait
    from nbexport.rules import all_rules

    return tuple(rule.code for rule in all_rules() if rule.traits >= {Trait.ASKS_LEVEL, Trait.OF_NOTEBOOK})


def _speaks_of_us(path: Path) -> bool:
    """Whether a pyproject.toml may hold our table: most do not."""
    try:
        bare = path.read_bytes().translate(None, b" \t\"'")
    except OSError:
        return True  # reading it properly says what is wrong
    return b"tool.nbexport" in bare or (b"[tool]" in bare and b"nbexport" in bare)


def _pairs(texts: Iterable[str]) -> list[tuple[str, list[str]]]:
    pairs = []
    for part in (part.strip() for text in texts for part in text.split(",")):
        pattern, _, code = part.rpartition(":")
        if not pattern:
            raise NbexportError(
                f"`--per-file-ignores`: `{part}` is not PATTERN:CODE", fix="write it as in `drafts/*:NBX1`"
            )
        pairs.append((pattern, [code]))
    return pairs
