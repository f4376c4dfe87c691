"""What an agent may touch: one folder, and beyond reading only what was allowed when the server was started."""

from __future__ import annotations

from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.record import record


@record
class Access:
    """What is allowed."""

    root: Path
    """The folder that holds every path of a call, resolved."""
    write: bool = False
    """Whether notebooks may be changed and projects be written."""
    run: bool = False
    """Whether the code of notebooks and projects may be run."""

    def place(self, path: str) -> str:
        """The path of a file or folder below the root, absolute, so that no name is taken for an option.

        Args:
            path: Relative to the root, or absolute.

        Raises:
            NbexportError: It lies outside, also by a link.
        """
        try:
            place = (self.root / path).resolve()
        except (OSError, ValueError) as error:
            raise NbexportError(f"{path!r} is not a path", why=str(error), fix="give a path below the root") from error
        if not place.is_relative_to(self.root):
            raise NbexportError(
                f"`{path}` is outside of `{self.root}`",
                why="the server only touches files below the folder that it was started with",
                fix="start it with `nbexport mcp FOLDER` and a folder that holds the file",
            )
        return str(place)


def access_to(folder: str, *, write: bool, run: bool) -> Access:
    """Access to a folder.

    Raises:
        NbexportError: There is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise NbexportError(f"there is no folder `{folder}`", fix="name the folder that holds the notebooks")
    return Access(root.resolve(), write, run)
