"""What the panel asks for while somebody types: the same as a check of the whole notebook, whatever was asked before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from notebook_files import written

from nbexport import api
from nbexport.lab import panel
from nbexport.lab.tasks.checking import checked
from nbexport.names.cell import kept
from nbexport.read.notebook import read_text

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
    kept.cache_clear()
    for round_ in range(2):
        for at, edit in enumerate(EDITS):
            cell = cells[(at * 3 + round_) % len(cells)]
            before = "".join(cell["source"])
            cell["source"] = f"{before}\n{edit}"
            text = json.dumps(notebook)
            found = panel.standing(read_text(text, place))
            assert found.findings == api.check_text(text, place)[1]
            for level, against in found.against.items():
                lifted = api.lift(place, level=level, text=text)
                assert against == (lifted.against if isinstance(lifted, api.Refused) else ())
            cell["source"] = before
        # what follows has moved down by one
        notebook["cells"].insert(1, {**cells[0], "id": f"new-{round_}", "source": "", "metadata": {}, "outputs": []})
    assert kept.cache_info().hits > 0


def test_a_cell_that_runs_another_notebook_has_what_is_in_it(tmp_path: Path) -> None:
    helpers = ["limit = 2", ("def small(rows):\n    return rows[:limit] + extra", ["define"])]
    written(tmp_path / "helpers.ipynb", *helpers)
    path = written(
        tmp_path / "main.ipynb",
        "# Title",
        "extra = [1]",
        "%run helpers.ipynb",
        ("few = small([1, 2, 3])", ["data"]),
        ("total = sum(few)", ["train"]),
        ("metrics = {'total': total}", ["evaluate"]),
    )
    text = path.read_text(encoding="utf-8")
    standing = panel.standing(read_text(text, str(path)))
    assert [cell.source for cell in standing.notebook.cells][2] == "%run helpers.ipynb", "the cells of the file"
    flows = {one.cell: one for one in standing.flow}
    assert list(flows) == [2, 3, 4, 5, 6]
    assert flows[3].binds == ("limit", "small")
    assert flows[4].reads == ("extra", "limit", "small")
    answer = checked(text, str(path))
    places = {(one["code"], one["place"]["cell"], one["place"]["cell_id"]) for one in answer["findings"]}
    assert ("NBX103", 2, "cell-2") in places, "an error of the other notebook stands where that one is run"
    assert len(answer["roles"]) == 6
    # both are fixed in that notebook, and it is reached
    written(tmp_path / "helpers.ipynb", ("extra = [1]\nlimit = 2", ["define"]), helpers[1])
    answer = checked(text, str(path))
    assert [one["code"] for one in answer["findings"] if one["severity"] == "error"] == []
    assert answer["ladder"][1]["reached"]
