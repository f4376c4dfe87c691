"""Command line and configuration files → the settings that hold in a folder; the command line wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbexport import config
from nbexport.errors import NbexportError
from nbexport.options import options_of
from nbexport.record import record
from nbexport.selection import Selection, known


@record
class Settings:
    """What holds in one folder."""

    values: Mapping[str, Any]
    """Every option of `check` by its name on the command line."""
    selection: Selection
    excludes: Sequence[tuple[Path, str]]
    """Patterns of what a search leaves out, each with the folder that it is relative to."""


class Finder:
    """The settings of each folder, each configuration read once.

    Args:
        given: The options that stand on the command line, by their names there.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self._known: dict[Path, Settings] = {}

    def of(self, folder: Path) -> Settings:
        """What holds in a folder.

        Raises:
            NbexportError: Its configuration, or what stands on the command line, is wrong.
        """
        found = self._known.get(folder)
        if found is None:
            found = self._known[folder] = self._settings(self._file(folder))
        return found

    def _file(self, folder: Path) -> config.Config | None:
        if self.given.get("isolated"):
            return None
        if self.given.get("config"):
            return config.read(Path(self.given["config"]))
        return config.find(folder)

    def _settings(self, file: config.Config | None) -> Settings:
        said = file.values if file is not None else {}
        base = file.path.parent if file is not None else Path()

        def where(name: str) -> str:
            return f"`--{name}`" if file is None or name in self.given else f"`{file.path}`: `{name}`"

        def codes(name: str) -> tuple[str, ...]:
            return known(self.given.get(name, said.get(name, ())), where=where(name))

        name = "per-file-ignores"
        pairs = _pairs(self.given[name]) if name in self.given else said.get(name, {}).items()
        per_file = tuple((pattern, known(found, where=where(name))) for pattern, found in pairs)
        selection = Selection(
            codes("select"),
            codes("ignore"),
            codes("extend-select"),
            per_file,
            str(Path() if name in self.given else base),
        )
        given = [part for text in self.given.get("exclude", ()) for part in text.split(",") if part]
        excludes = [(Path(), part) for part in given] or [(base, part) for part in said.get("exclude", ())]
        defaults = {option.name: [] if option.repeated else option.default for option in options_of("check")}
        return Settings({**defaults, **said, **self.given}, selection, excludes)


def _pairs(texts: Iterable[str]) -> list[tuple[str, list[str]]]:
    pairs = []
    for part in (part.strip() for text in texts for part in text.split(",")):
        pattern, _, code = part.rpartition(":")
        if not pattern:
            raise NbexportError(
                f"`--per-file-ignores`: `{part}` is no PATTERN:CODE", mend="write it as in `drafts/*:NBX1`"
            )
        pairs.append((pattern, [code]))
    return pairs
