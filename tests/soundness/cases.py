"""The compact form of many small notebooks, and the notebooks made of it.

    === drawn_in_a_method           a notebook and its name
    --- data                        a cell and its roles
    np.random.seed(7)
    --- behind                      a cell without a role
    np.random.rand()
    --- evaluate
    metrics = {"x": np.random.rand()}

Every notebook begins with a cell of imports and has a `train` cell before the first `evaluate` cell where it names none.
`--- text: NAME` begins a file beside the notebook.
"""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass, field

IMPORTS = "import numpy as np\nimport pandas as pd\n"
TRAIN = "level = 1.0\n"


@dataclass(frozen=True)
class Case:
    """A notebook and the files beside it."""

    name: str
    cells: tuple[tuple[str, str], ...]
    """Roles and code; no role for a cell that stays in the notebook."""
    files: dict[str, str] = field(default_factory=dict)

    def percent(self) -> str:
        """The notebook as py:percent text."""
        return "".join(f"{head(roles)}\n{code}" for roles, code in self.cells)

    def ipynb(self) -> dict[str, object]:
        """The notebook as Jupyter writes it."""
        made = [
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"cell-{number}",
                "metadata": {"tags": roles.split()} if roles else {},
                "outputs": [],
                "source": code.rstrip("\n").splitlines(keepends=True),
            }
            for number, (roles, code) in enumerate(self.cells, start=1)
        ]
        return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}

    def job(self) -> dict[str, object]:
        """What the warm process judges."""
        return {"name": self.name, "text": self.percent(), "files": self.files}


def head(roles: str) -> str:
    """The line that begins a cell."""
    return f"# %% tags={json.dumps(roles.split())}" if roles else "# %%"


def cases(text: str, *, imports: str = IMPORTS) -> list[Case]:
    """Every notebook of a text.

    Args:
        text: Notebooks in the compact form, indented as a whole.
        imports: Their first cell.
    """
    found = []
    for block in ("\n" + textwrap.dedent(text)).split("\n=== ")[1:]:
        name, _, rest = block.partition("\n")
        cells: list[tuple[str, str]] = []
        files: dict[str, str] = {}
        for part in ("\n" + rest).split("\n--- ")[1:]:
            title, _, code = part.partition("\n")
            if title.startswith("text: "):
                files[title.removeprefix("text: ")] = code.strip("\n") + "\n"
                continue
            cells.append(("" if title == "behind" else title, code.strip("\n") + "\n"))
        if not any("train" in roles.split() for roles, _ in cells):
            at = next((place for place, (roles, _) in enumerate(cells) if roles == "evaluate"), len(cells))
            # what stays in the notebook comes after the training, as in most notebooks
            while at and not cells[at - 1][0]:
                at -= 1
            cells.insert(at, ("train", TRAIN))
        found.append(Case(name.strip(), (("", imports), *cells), files))
    return found
