"""What `--against` names: a function, a script, a module that runs, or a service.

serving/predict.py:score            a function of a file
churn.serving:Model.score           a function of a module
train.py, "train.py --epochs 3"     a script, with the arguments that it takes
churn.train                         a module that is run: python -m churn.train
https://models.example.org/predict  a service
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from nbexport.errors import NbexportError

FORMS = "PATH.py:function, module:function, PATH.py, module, or http://host:port/path"
_DOTTED = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_NAMED = re.compile(rf"(?P<where>.+):(?P<attribute>{_DOTTED})")


class Form(StrEnum):
    """What kind of code it is."""

    FUNCTION = "function"
    SCRIPT = "script"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Target:
    """Code that a notebook is compared with."""

    text: str
    """As it was named."""
    form: Form
    file: Path | None = None
    """The function's or the script's file; None for a module and a service."""
    module: str = ""
    """The module's dotted name; of a file in a package, its name there."""
    attribute: str = ""
    """What is called."""
    arguments: tuple[str, ...] = ()
    """What a script is given."""
    folder: Path | None = None
    """What is copied, and where it runs; None for an installed module, which runs in an empty folder."""
    search: tuple[str, ...] = ()
    """Folders in `folder` whose modules are found."""
    by_name: bool = False
    """Whether the module is imported by its name, not from its file."""


def target_of(text: str, *, folder: Path | None = None) -> Target:
    """The code that a text names.

    Args:
        text: What was given.
        folder: The folder that is copied; None takes the one that the file lies in, or that has the module.

    Raises:
        NbexportError: It names nothing, or nothing that is there.
    """
    if re.match(r"https?://", text, re.IGNORECASE):
        if not urlsplit(text).hostname:
            raise NbexportError(f"`{text}` is not the address of a service", fix=f"give one of: {FORMS}")
        return Target(text, Form.SERVICE)
    if folder is not None and not folder.is_dir():
        raise NbexportError(f"there is no folder `{folder}`", fix="name the folder that the code runs in")
    named = _NAMED.fullmatch(text)
    if named is not None:
        where, attribute = named["where"], named["attribute"]
        if where.endswith(".py") or "/" in where:
            return _in_file(text, Form.FUNCTION, _file(where), folder, attribute=attribute)
        if re.fullmatch(_DOTTED, where):
            return _in_module(text, Form.FUNCTION, where, folder, attribute=attribute)
        raise NbexportError(f"`{text}` names no code to compare with", fix=f"give one of: {FORMS}")
    words = [text] if Path(text).is_file() else _words(text)
    first, arguments = words[0], tuple(words[1:])
    path = Path(first)
    if first and path.is_dir():
        if (path / "__main__.py").is_file():
            return _in_file(text, Form.SCRIPT, path / "__main__.py", folder, arguments=arguments)
        raise NbexportError(
            f"`{first}` is a folder that does not run by itself",
            why="it has no __main__.py, and it is not a project of nbexport",
            fix=f"name what to run in it, {path}/FILE.py, or what to call, {path}/FILE.py:FUNCTION",
        )
    if first.endswith(".py") or "/" in first:
        return _in_file(text, Form.SCRIPT, _file(first), folder, arguments=arguments)
    if re.fullmatch(_DOTTED, first):
        return _in_module(text, Form.SCRIPT, first, folder, arguments=arguments)
    raise NbexportError(f"`{text}` names no code to compare with", fix=f"give one of: {FORMS}")


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text) or [""]
    except ValueError as error:
        raise NbexportError(f"`{text}` cannot be taken apart", why=str(error), fix="close the quotes") from None


def _file(word: str) -> Path:
    """The file of this name.

    Raises:
        NbexportError: There is none.
    """
    path = Path(word)
    if path.is_file():
        return path
    if path.suffix and path.suffix != ".py":
        raise NbexportError(f"`{word}` is not Python", fix=f"give one of: {FORMS}")
    try:
        there = sorted(other.name for other in path.parent.glob("*.py"))
    except OSError:
        there = []
    near = get_close_matches(path.name, there, n=3, cutoff=0.5)
    fix = (
        f"the nearest names are {', '.join(f'`{path.parent / name}`' for name in near)}" if near else "correct the path"
    )
    raise NbexportError(f"there is no file `{word}`", fix=fix)


def _in_file(
    text: str, form: Form, file: Path, folder: Path | None, *, attribute: str = "", arguments: tuple[str, ...] = ()
) -> Target:
    """A file, with the folder that its imports are found in.

    Raises:
        NbexportError: The file does not lie in the folder.
    """
    file = file.absolute()
    home, names = file.parent, [file.stem]
    # a function of a package is imported by its name there, so that its relative imports work
    while form is Form.FUNCTION and (home / "__init__.py").is_file() and home.parent != home:
        names.insert(0, home.name)
        home = home.parent
    if file.name == "__init__.py":
        names = names[:-1]
    root = (folder or home).absolute()
    if not home.is_relative_to(root):
        raise NbexportError(f"`{file}` does not lie in `{root}`", fix="name a folder above it with --folder")
    search = home.relative_to(root).as_posix()
    return Target(
        text,
        form,
        file=file.relative_to(root),
        module=".".join(names),
        attribute=attribute,
        arguments=arguments,
        folder=root,
        search=tuple(dict.fromkeys((search, "."))),
        by_name=file.name == "__init__.py" or len(names) > 1,
    )


def _in_module(
    text: str, form: Form, module: str, folder: Path | None, *, attribute: str = "", arguments: tuple[str, ...] = ()
) -> Target:
    """A module of the folder, or of its `src`; else one that is installed."""
    root, top = (folder or Path()).absolute(), module.partition(".")[0]
    search = tuple(
        place for place in (".", "src") if (root / place / top).is_dir() or (root / place / f"{top}.py").is_file()
    )
    return Target(
        text,
        form,
        module=module,
        attribute=attribute,
        arguments=arguments,
        folder=root if search or folder is not None else None,
        search=search,
        by_name=True,
    )
