"""`[tool.nbexport]` in pyproject.toml, or nbexport.toml → what it says, checked against the one list of options."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError
from nbexport.options import Option, all_options
from nbexport.record import record

SHARED = "pyproject.toml"
"""The file in which other tools have their tables too."""


@record
class Config:
    """What one configuration file says."""

    path: Path
    values: Mapping[str, Any]
    """Key → value, both as in the file; every value has its option's type."""


def read(path: Path) -> Config | None:
    """What a configuration file says; None for a shared file that says nothing to nbexport.

    Args:
        path: The file; in one called pyproject.toml the settings stand under `[tool.nbexport]`.

    Raises:
        NbexportError: It cannot be read, or it holds what nbexport does not know.
    """
    shared = path.name == SHARED
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NbexportError(
            f"`{path}` cannot be read", why=error.strerror or str(error), fix="check the path"
        ) from None
    document = _parsed(data, path)
    if shared:
        tools = document.get("tool")
        document = tools.get("nbexport") if isinstance(tools, dict) else None
        if document is None:
            return None
        if not isinstance(document, dict):
            raise NbexportError(
                f"`{path}`: `tool.nbexport` is not a table", fix="write the settings under [tool.nbexport]"
            )
    return Config(path, _checked(document, path))


def _parsed(data: bytes, path: Path) -> Any:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NbexportError(f"`{path}` is not TOML", why=str(error), fix="correct it at that place") from None


def _checked(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    options = {option.name: option for option in all_options() if option.config}
    for key, value in document.items():
        option = options.get(key)
        if option is None:
            raise NbexportError(f"`{path}`: there is no setting `{key}`", fix=_nearest(key, list(options)))
        if not _fits(value, option):
            raise NbexportError(f"`{path}`: `{key}` is {value!r}", fix=f"give {_wanted(option)}")
    return dict(document)


def _nearest(key: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key.lower().replace("_", "-"), known, n=1)
    return f"write `{near[0]}`" if near else f"the settings are {', '.join(f'`{name}`' for name in known)}"


def _fits(value: Any, option: Option) -> bool:
    if option.table:
        return isinstance(value, dict) and all(_is_texts(codes) for codes in value.values())
    if option.repeated:
        return _is_texts(value)
    return type(value) is option.type and (not option.choices or value in option.choices)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _wanted(option: Option) -> str:
    if option.table:
        return 'a table of lists, such as { "drafts/*" = ["NBX1"] }'
    if option.repeated:
        return f'a list of strings, such as {option.name} = ["…"]'
    if option.choices:
        return f"one of {', '.join(map(repr, option.choices))}"
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}[option.type]
