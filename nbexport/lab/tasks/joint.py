"""The check of a notebook that becomes one project with others: its own findings, theirs, and how far all are together.

The open notebook is what the browser has, the others are what their files hold.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.judge.selection import Selection
from nbexport.lab import panel
from nbexport.lab.tasks import checking
from nbexport.lab.tasks.requests import RequestError
from nbexport.lab.tasks.saving import once_saved
from nbexport.lab.wire import answers, words
from nbexport.lab.wire.types import WireCheck
from nbexport.model import CellNumber
from nbexport.read.joining import python_notebooks
from nbexport.read.notebook import shown


def beside(place: str, path: str, notebooks: Sequence[str], *, root: Path | None) -> tuple[Path, ...]:
    """The places of notebooks in one folder.

    Args:
        place: That of the notebook that is open.
        path: What the browser calls it.
        notebooks: What the browser calls all of them, in the order in which they run.
        root: The folder that none may lead out of; None where notebooks are not files.

    Raises:
        RequestError: One lies elsewhere or is hidden, the one that is open is not among them, or they are not files.
    """
    if root is None:
        raise RequestError(501, "notebooks of this server are not files")
    if path not in notebooks:
        raise RequestError(400, "`notebooks` of the request lacks the notebook itself")
    folder, places = path.rpartition("/")[0], []
    for one in notebooks:
        above, _, name = one.rpartition("/")
        # the names reach a file system here: no way out of the folder, and no drive
        if above != folder or not name or name.startswith(".") or any(char in name for char in "\\:\0"):
            raise RequestError(403, f"`{shown(one)}` does not lie beside the notebook")
        other = Path(place) if one == path else Path(place).with_name(name)
        try:
            is_below = Path(os.path.realpath(other)).is_relative_to(os.path.realpath(root))
        except (OSError, ValueError):  # a name that no file can have: half a character
            raise RequestError(404, f"`{shown(one)}` is not there") from None
        if not is_below:
            raise RequestError(403, f"`{shown(one)}` leads out of the server's root")
        places.append(other)
    return tuple(places)


def checked(
    text: str, path: str, notebooks: Sequence[Path], ignore: tuple[str, ...] = (), *, place: str, revision: str = ""
) -> WireCheck:
    """The answer of `check` for a notebook and those that go with it.

    Args:
        text: The notebook's text.
        path: What the browser calls it.
        notebooks: All of them, in the order in which they run.
        ignore: Beginnings of codes that are not reported.
        place: The file that it will be saved as.
        revision: What the notebook is called, should only its changes be sent the next time.

    Raises:
        NbexportError: The text is not a notebook.
    """
    alone = checking.checked(text, place, ignore, revision=revision)
    if alone["unread"]:
        return alone
    try:
        own_text = {Path(place).name: text}
        document = once_saved(lambda: python_notebooks(notebooks, text=own_text), notebooks)
    except NbexportError as error:
        folder = f"{Path(place).parent}{os.sep}"
        return {**alone, "ladder": checking.unreached([words.plain(error.what).replace(folder, "")])}
    standing = panel.standing_together(document, selection=Selection((), ignore) if ignore else None)
    judged = answers.findings(standing.notebook, standing.findings, path=path)
    # a fix is one of a notebook by itself
    fixes = {finding["key"]: finding["fix"] for finding in alone["findings"]}
    own = Path(place).name
    roles = {
        role.value
        for cell in standing.notebook.cells
        if isinstance(cell.number, CellNumber) and cell.number.notebook not in ("", own)
        for role in cell.roles
    }
    return {
        **alone,
        "findings": [
            {**finding, "fix": fixes.get(finding["key"])} for finding in judged if not finding["place"]["notebook"]
        ],
        "elsewhere": [{**finding, "fix": None} for finding in judged if finding["place"]["notebook"]],
        "ladder": checking.ladder(standing.findings, standing.against),
        "parameters": answers.parameters(document, standing.parameters, path=path),
        "roles_elsewhere": sorted(roles),
    }
