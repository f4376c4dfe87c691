'''The script block of a notebook (PEP 723): which Python and which packages its author says that it needs.

    >>> found = script_block([(1, """# /// script
    ... # requires-python = ">=3.12"
    ... # dependencies = ["pandas>=2,<3", "rich"]
    ... # ///
    ... import pandas""")])
    >>> found.requires_python, found.dependencies
    ('>=3.12', ('pandas>=2,<3', 'rich'))

juv writes it into the first cell, uv and marimo to the top of a `.py` file.

Source: PEP 723, "Inline script metadata"; the expression is the one of its reference implementation.
'''

from __future__ import annotations

import re
from collections.abc import Iterable

from nbexport.record import record

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""The Pythons that an exported project can run with."""
_LAST_MICRO = 40
_BEGINS = "# /// script"
_BLOCK = re.compile(r"^# /// script$\s(?P<content>(?:^#(?:| .*)$\s)+)^# ///$", re.MULTILINE)


@record
class ScriptBlock:
    """What a script block says."""

    cell: int
    """Number of the cell that holds it."""
    requires_python: str = ""
    """Version specifiers, such as `>=3.12,<3.14`."""
    dependencies: tuple[str, ...] = ()
    """Requirements, each valid and in one line."""
    tools: tuple[str, ...] = ()
    """Names of the `[tool]` tables: settings of an installer, which mean nothing to another."""


class ScriptBlockError(Exception):
    """A block that says nothing, and why."""

    def __init__(self, message: str, fix: str, *, cell: int, row: int) -> None:
        """Say where it stands.

        Args:
            message: What is wrong.
            fix: What to do.
            cell: Number of the cell.
            row: The row on which the block begins.
        """
        super().__init__(message)
        self.fix, self.cell, self.row = fix, cell, row


class _UnusableError(ValueError):
    """A value that cannot be used."""

    def __init__(self, message: str, about: str) -> None:
        super().__init__(message)
        self.about = about


def script_block(cells: Iterable[tuple[int, str]]) -> ScriptBlock | None:
    """The script block of a notebook; None where it has none.

    Args:
        cells: Number and source of its code cells.

    Raises:
        ScriptBlockError: There are two, or it cannot be followed.
    """
    marked = ((number, source) for number, source in cells if _BEGINS in source)
    blocks = [(number, source, match) for number, source in marked for match in _BLOCK.finditer(f"{source}\n")]
    if not blocks:
        return None
    cell, source, match = blocks[-1]
    row = source.count("\n", 0, match.start()) + 1
    if len(blocks) > 1:
        raise ScriptBlockError("a notebook has one script block", "remove this one", cell=cell, row=row)
    try:
        return _read(cell, match["content"])
    except ValueError as error:
        about = error.about if isinstance(error, _UnusableError) else ""
        rows = (at for at, line in enumerate(match[0].splitlines()) if about and about in line)
        raise ScriptBlockError(
            f"the script block cannot be followed: {error}",
            'write it as PEP 723 says, such as `# dependencies = ["pandas>=2,<3"]`',
            cell=cell,
            row=row + next(rows, 0),
        ) from None


def pythons(requires: str) -> tuple[str, ...]:
    """The Pythons of `PYTHONS` that a specifier allows in some release."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(requires)
    except InvalidSpecifier:
        return ()
    return tuple(one for one in PYTHONS if any(allowed.contains(f"{one}.{micro}") for micro in range(_LAST_MICRO)))


def _read(cell: int, content: str) -> ScriptBlock:
    """What the lines of a block say.

    Raises:
        ValueError: They are not what PEP 723 allows, or cannot be locked.
    """
    import tomllib

    whole = tomllib.loads("".join(line[2:] if line.startswith("# ") else line[1:] for line in content.splitlines(True)))
    requires, dependencies, tools = (whole.get(key) for key in ("requires-python", "dependencies", "tool"))
    if not isinstance(requires, str | None):
        raise _UnusableError("`requires-python` is not text", "requires-python")
    if dependencies is not None and not (
        isinstance(dependencies, list) and all(isinstance(line, str) for line in dependencies)
    ):
        raise _UnusableError("`dependencies` is not a list of texts", "dependencies")
    if requires and not pythons(requires):
        raise _UnusableError(f"`requires-python` leaves none of {', '.join(PYTHONS)}", "requires-python")
    lines = tuple(_requirement(line) for line in dependencies or ())
    return ScriptBlock(cell, requires or "", lines, tuple(tools) if isinstance(tools, dict) else ())


def _requirement(text: str) -> str:
    """A requirement in its author's words, which packaging tools understand.

    Raises:
        ValueError: It is none, or no lock can hold it.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise _UnusableError(f"`{text}` is not a requirement", text) from None
    if requirement.url is not None and not re.match(r"https://[^@\s]+$", requirement.url):
        raise _UnusableError(
            f"`{requirement.name}` is named by an address that no lock has a hash of", requirement.name
        )
    return text.strip()
