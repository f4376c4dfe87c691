"""What the panel asks for while somebody types: the same as a check of the whole notebook, whatever was asked before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbexport import api
from nbexport.lab import panel
from nbexport.names.cell import remembered

ROOT = Path(__file__).parents[2]
EDITS = [
    "late = 1\n",
    "print(late)\n",
    "import numpy as np\nnp.random.rand()\n",
    "for late in ():\n    pass\n",
    "del late\n",
]


@pytest.mark.parametrize("name", ["churn", "digits", "messages"])
def test_a_check_after_each_edit_is_that_of_the_notebook_as_it_stands(name: str) -> None:
    notebook = json.loads((ROOT / "examples" / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    place = str(ROOT / "examples" / name / f"{name}.ipynb")
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    remembered.cache_clear()
    for round_ in range(2):
        for at, edit in enumerate(EDITS):
            cell = cells[(at * 3 + round_) % len(cells)]
            before = "".join(cell["source"])
            cell["source"] = f"{before}\n{edit}"
            text = json.dumps(notebook)
            found = panel.standing(text, place)
            assert found.findings == api.check_text(text, place)[1]
            for level, against in found.against.items():
                lifted = api.lift(place, level=level, text=text)
                assert against == (lifted.against if isinstance(lifted, api.Refused) else ())
            cell["source"] = before
        # what follows has moved down by one
        notebook["cells"].insert(1, {**cells[0], "id": f"new-{round_}", "source": "", "metadata": {}, "outputs": []})
    assert remembered.cache_info().hits > 0
