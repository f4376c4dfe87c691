"""What the worker does with a notebook: check it, whole or by its changes, and hand back its cells edited."""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import SOUND
from fuzzing import seeds
from lab.test_server import as_content

from nbexport.lab.tasks.kept import Kept, UnknownRevisionError
from nbexport.lab.tasks.table import Answer, Tasks
from nbexport.lab.wire.words import plain
from nbexport.propose import suggest
from nbexport.propose.missing import missing_cells
from nbexport.read.notebook import read_text
from nbexport.rules import all_rules

ROOT = Path(__file__).parents[2]
PLACE = "/srv/root/work/some.ipynb"


def asked(tasks: Tasks, task: str, content: Any = None, *, place: str = PLACE, **more: Any) -> tuple[int, Any]:
    """Status and JSON of the answer to a request."""
    members = {"path": "work/some.ipynb", **({} if content is None else {"content": content}), **more}
    found = tasks.prepared(task, json.dumps(members).encode())
    answer = found if isinstance(found, Answer) else found.answer(place)
    assert answer.log == ""
    return answer.status, json.loads(answer.body)


def given(task: str, content: Any, **more: Any) -> Any:
    status, answer = asked(Tasks(), task, content, **more)
    assert status == 200, answer
    return answer


def refused(task: str, content: Any, **more: Any) -> str:
    status, answer = asked(Tasks(), task, content, **more)
    assert status == 422, answer
    return f"{answer['message']}|{answer['fix']}"


# --------------------------------------------------------------------------- changes alone


def edited_at_random(content: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The notebook after one edit that a person may make."""
    now = copy.deepcopy(content)
    cells = now["cells"]
    at = draw.randrange(len(cells)) if cells else 0
    kind = draw.choice(["type", "type", "insert", "delete", "move", "tags", "metadata", "output"])
    if not cells or kind == "insert":
        source = draw.choice(["late = 1\n", "print(late)", "import numpy as np\nnp.random.rand()", "del late", "x = ("])
        new = {"cell_type": "code", "id": f"n{draw.random()}", "metadata": {}, "source": source, "outputs": []}
        cells.insert(at, {**new, "execution_count": None})
    elif kind == "type":
        cells[at]["source"] = f"{cells[at]['source']}\n{draw.choice(['late = 2', 'print(rows)', 'rows.append(late)'])}"
    elif kind == "delete":
        del cells[at]
    elif kind == "move":
        cells.insert(draw.randrange(len(cells)), cells.pop(at))
    elif kind == "tags":
        cells[at]["metadata"] = {"tags": [draw.choice(["data", "train", "evaluate", "skip", "parameters"])]}
    elif kind == "metadata":
        now["metadata"] = {"kernelspec": {"language": draw.choice(["python", "R"]), "name": "k", "display_name": "k"}}
    else:
        cells[at]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["3\n"]}]
        cells[at]["execution_count"] = draw.randrange(9)
    return now


def delta_between(before: dict[str, Any], after: dict[str, Any], revision: str) -> dict[str, Any]:
    old = {cell["id"]: cell for cell in before["cells"]}
    return {
        "of": revision,
        "order": [cell["id"] for cell in after["cells"]],
        "changed": [cell for cell in after["cells"] if old.get(cell["id"]) != cell],
        "metadata": after["metadata"],
    }


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", seeds(6))
def test_changes_alone_give_the_answer_of_the_whole_notebook(seed: int) -> None:
    draw = random.Random(seed)
    text = SOUND if seed % 2 else (ROOT / "examples" / "churn" / "churn.ipynb").read_text(encoding="utf-8")
    content = as_content(text) if seed % 2 else json.loads(text)
    tasks = Tasks()
    _, first = asked(tasks, "check", content)
    revision, known = first["revision"], content
    for _ in range(8):
        edited = edited_at_random(content, draw)
        status, answer = asked(tasks, "check", delta=delta_between(known, edited, revision))
        assert status == 200
        whole = given("check", edited)
        assert {**answer, "revision": ""} == {**whole, "revision": ""}
        content = edited
        # an answer may not reach the browser, which then goes on from what it knows
        if answer["revision"] and draw.random() < 0.7:
            revision, known = answer["revision"], edited


def test_a_delta_of_what_is_not_kept_is_told_so() -> None:
    tasks, content = Tasks(), as_content(SOUND)
    revision = asked(tasks, "check", content)[1]["revision"]
    unknown = [
        delta_between(content, content, "made-up"),
        {**delta_between(content, content, revision), "order": ["c0", "made-up"]},
    ]
    for delta in unknown:
        status, answer = asked(tasks, "check", delta=delta)
        assert (status, answer["message"]) == (410, "unknown revision")


@pytest.mark.parametrize(
    "change",
    [
        {"of": 3},
        {"order": "c0"},
        {"order": [1]},
        {"order": ["c0", "c0"]},
        {"changed": {}},
        {"changed": [3]},
        {"changed": [{"id": None}]},
        {"metadata": []},
    ],
)
def test_what_is_not_a_delta_is_refused(change: dict[str, Any]) -> None:
    tasks, content = Tasks(), as_content(SOUND)
    revision = asked(tasks, "check", content)[1]["revision"]
    status, _ = asked(tasks, "check", delta={**delta_between(content, content, revision), **change})
    assert status == 400


def test_cells_without_ids_of_their_own_have_no_revision() -> None:
    content = as_content(SOUND)
    content["cells"][1]["id"] = "c0"
    assert given("check", content)["revision"] == ""
    del content["cells"][1]["id"]
    assert given("check", content)["revision"] == ""


def test_so_many_notebooks_are_kept_and_of_each_two_revisions() -> None:
    kept = Kept(notebooks=2, size_bytes=1000)
    content = as_content(SOUND)
    first, second = kept.whole(content, 10), kept.whole(content, 10)
    kept.changed(delta_between(content, content, first), 10)
    third = kept.whole(content, 10)
    with pytest.raises(UnknownRevisionError):
        # the one that was used longest ago
        kept.changed(delta_between(content, content, second), 10)
    lost = kept.changed(delta_between(content, content, first), 10)[1]
    arrived = kept.changed(delta_between(content, content, first), 10)[1]
    with pytest.raises(UnknownRevisionError):
        kept.changed(delta_between(content, content, lost), 10)
    kept.changed(delta_between(content, content, arrived), 10)
    with pytest.raises(UnknownRevisionError):
        kept.changed(delta_between(content, content, first), 10)
    # by size
    assert kept.whole(content, 1001) == ""
    kept.whole(content, 999)
    with pytest.raises(UnknownRevisionError):
        kept.changed(delta_between(content, content, third), 10)


# --------------------------------------------------------------------------- what is checked


FLOW = """\
# %%
import math
scale = 2
# %%
def f(x):
    return scale * x
# %%
y = f(3)
if y:
    z = 1
print(z)
# %% [markdown]
# text
# %%
rows = [y, later, math.pi]
rows.append(y)
# %%
rows["a"] = gone
for row in rows:
    last = row
print(last)
# %%
later = 1
# %%
def broken(
"""


def test_the_flow_has_what_each_cell_binds_and_reads() -> None:
    found = given("check", as_content(FLOW))["flow"]
    assert [(one["cell"], one["cell_id"], one["binds"], one["reads"]) for one in found] == [
        (0, "c0", ["math", "scale"], []),
        (1, "c1", ["f"], []),
        (2, "c2", ["y", "z"], ["f", "scale"]),
        (4, "c4", ["rows"], ["later", "math", "y"]),
        (5, "c5", ["last", "row", "rows"], ["gone", "rows"]),
        (6, "c6", ["later"], []),
        (7, "c7", [], []),
    ]


@pytest.mark.parametrize(
    ("metadata", "language", "word"),
    [
        ({"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}, "r", "R"),
        ({"kernelspec": {"name": "julia-1.11", "display_name": "Julia"}}, "julia", "Julia"),
        ({"language_info": {"name": "sql"}}, "sql", "SQL"),
        ({"jupytext": {"main_language": "R"}}, "r", "R"),
    ],
)
def test_a_notebook_in_another_language_was_not_checked(metadata: dict[str, Any], language: str, word: str) -> None:
    content = {**as_content("# %% tags=['train']\nx <- 1\n"), "metadata": metadata}
    found = given("check", content)
    assert found["unread"] == f"nothing was checked: this notebook is in {word}"
    assert (found["language"], found["findings"], found["flow"]) == (language, [], [])
    assert [level["reached"] for level in found["ladder"]] == [False] * 5
    assert "notebook" in refused("insert", {**content, "metadata": {"language_info": {"name": "R"}}}, what="metrics")


def test_what_was_checked_says_nothing_of_the_kind() -> None:
    found = given("check", {**as_content(SOUND), "metadata": {"jupytext": {"main_language": "python"}}})
    assert (found["unread"], found["language"]) == ("", "python")
    assert found["revision"]


@pytest.mark.parametrize("name", ["some.py", "some.md", "some.Rmd"])
def test_a_text_file_that_jupytext_shows_as_a_notebook_is_checked_as_one(name: str) -> None:
    content = as_content(SOUND.replace("sum(rows)", "sum(lost)"))
    found = given("check", content, place=f"/srv/root/{name}")
    (finding,) = found["findings"]
    assert (finding["code"], finding["place"]["cell_id"]) == ("NBX101", "c2")
    fixed = given("options", as_content(NUMBERS), place=f"/srv/root/{name}")
    assert "epochs = 3" in fixed["cells"][0]["source"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"cells": [{"cell_type": "code", "source": ""}] * 20_000}, "20,000 cells"),
        ({"cells": [{"cell_type": "code", "source": "x" * 2_000_001}]}, "2 million characters"),
        ({"cells": [{"cell_type": "code", "source": ["x" * 1_000_001] * 2}]}, "2 million characters"),
    ],
)
def test_what_is_too_large_is_not_checked_as_somebody_types(content: dict[str, Any], words: str) -> None:
    found = given("check", content)
    assert found["unread"].startswith("nothing was checked: ")
    assert words in found["unread"]
    assert (found["revision"], found["findings"]) == ("", [])
    assert not any(level["reached"] for level in found["ladder"])


def test_codes_that_are_ignored_may_be_written_small_and_nothing_ignores_nothing() -> None:
    content = as_content(SOUND.replace("sum(rows)", "sum(lost)"))
    assert given("check", content, ignore=["nbx1 "])["findings"] == []
    assert len(given("check", content, ignore=["", " "])["findings"]) == 1


# --------------------------------------------------------------------------- what is edited


NUMBERS = SOUND.replace(
    "weight = sum(rows) * rate", "epochs = 3\nrounds = 4\nweight = sum(rows) * rate * epochs * rounds"
)


def sources(answer: dict[str, Any]) -> list[str]:
    return [cell["source"] for cell in answer["cells"]]


def test_all_safe_fixes_are_applied_or_those_of_some_codes() -> None:
    content = as_content(NUMBERS + "# %%\n!pip install numpy==2.1\n# %%\nfrom math import *\nsqrt(4)\n")
    fixes = {finding["code"]: finding["fix"] for finding in given("check", content)["findings"] if finding["fix"]}
    assert {code: fix["safe"] for code, fix in fixes.items()} == {"NBX117": False, "NBX207": True, "NBX321": True}
    everything = sources(given("fix", content, all=True))
    assert "epochs = 3\nrounds = 4" in everything[0]
    assert everything[-2:] == ["%pip install numpy==2.1", "from math import *\nsqrt(4)"]
    some = given("fix", content, codes=["nbx321"])
    assert sources(some)[-2:] == everything[-2:]
    assert sources(some)[:-2] == [cell["source"] for cell in content["cells"][:-2]]
    assert [cell["id"] for cell in some["cells"]] == [cell["id"] for cell in content["cells"]]
    assert "has a fix that keeps" in refused("fix", as_content(SOUND), all=True)
    assert asked(Tasks(), "fix", content, codes=[])[0] == 400


def test_literals_become_options_and_nothing_else_changes() -> None:
    content = as_content(NUMBERS + "# %%\nfrom math import *\nsqrt(4)\n")
    found = sources(given("options", content))
    assert "epochs = 3\nrounds = 4" in found[0]
    assert found[2] == "weight = sum(rows) * rate * epochs * rounds"
    assert found[-1] == "from math import *\nsqrt(4)"
    assert "can be made an option" in refused("options", as_content(SOUND))


IRIS = """\
# %% tags=["data"]
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %% tags=["train"]
from sklearn.linear_model import LogisticRegression
model = LogisticRegression().fit(X_train, y_train)
# %%
print(model.score(X_test, y_test))
"""


def test_a_cell_for_metrics_and_one_for_predict_are_inserted_as_the_command_line_proposes_them() -> None:
    content = as_content(IRIS)
    found = given("insert", content, what="metrics")["cells"]
    (new,) = [cell for cell in found if cell["id"] not in {"c0", "c1", "c2"}]
    assert new["id"]
    assert new["tags"] == ["evaluate"]
    assert new["source"].startswith("metrics = {")
    assert [cell["id"] for cell in found if cell is not new] == ["c0", "c1", "c2"]
    found = given("insert", content, what="predict")["cells"]
    (new,) = [cell for cell in found if cell["id"] not in {"c0", "c1", "c2"}]
    assert new["tags"] == ["predict"]
    assert "def predict(" in new["source"]
    for what in ("metrics", "predict"):
        assert refused("insert", as_content(SOUND), what=what) == f"the notebook has `{what}` already|"
    nothing = as_content("# %%\nprint(1)\n")
    assert refused("insert", nothing, what="metrics").startswith("nothing is scored or fitted here")
    assert asked(Tasks(), "insert", content, what="everything")[0] == 400


def test_what_the_panel_offers_to_write_is_not_asked_for_besides() -> None:
    lacking = read_text(json.dumps(as_content(IRIS)), PLACE)
    assert any("there is no dict `metrics`" in note for note in suggest(lacking).notes)
    assert given("tag", as_content(IRIS))["notes"] == []
    nothing = given("tag", as_content("# %%\nprint(1)\n"))["notes"]
    assert nothing == ["nothing is scored or fitted here"]


def test_an_inserted_cell_comes_with_what_is_to_be_checked_in_it() -> None:
    unsure = as_content(IRIS.replace("load_iris(return_X_y=True)", "load_some()").replace("load_iris", "load_some"))
    reasons = given("insert", unsure, what="predict")["reasons"]
    command_line = next(cell for cell in missing_cells(read_text(json.dumps(unsure), PLACE)) if cell.role == "predict")
    assert reasons == [plain(reason) for reason in command_line.reasons]
    assert any("to check" in reason for reason in reasons)


def test_a_notebook_gets_an_example_from_data_below_the_root_and_from_nowhere_else(tmp_path: Path) -> None:
    place, secret = tmp_path / "root" / "work" / "some.ipynb", tmp_path / "secret.csv"
    for table, town in ((secret, "hidden"), (tmp_path / "root" / "data.csv", "shown")):
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text("".join(["age,town,y\n", *(f"{age},{town},{age % 2}\n" for age in range(30, 40))]))
    place.parent.mkdir()
    (place.parent / "link.csv").symlink_to(secret)

    def inserted(path: str, *, root: Path | None) -> str:
        content = as_content(TABLE % path)
        status, answer = asked(Tasks(root), "insert", content, place=str(place), what="predict")
        assert status == 200, answer
        return json.dumps(answer)

    root = tmp_path / "root"
    assert "shown" in inserted("../data.csv", root=root)
    for path in ("../../secret.csv", "link.csv", str(secret)):
        assert "hidden" not in inserted(path, root=root)
        assert "hidden" in missing_cells(read_text(json.dumps(as_content(TABLE % path)), str(place)))[-1].source
    # without a root, the notebook's folder is the limit
    assert "shown" not in inserted("../data.csv", root=None)


TABLE = """\
# %% tags=["data"]
import pandas as pd
from sklearn.model_selection import train_test_split
df = pd.read_csv("%s")
X, y = df[["age", "town"]], df["y"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %% tags=["train"]
from sklearn.dummy import DummyClassifier
model = DummyClassifier().fit(X_train, y_train)
# %%
print(model.score(X_test, y_test))
"""


@pytest.mark.parametrize(
    ("before", "said", "kind", "after"),
    [
        ("rate = 0.5", "step size", "float", "rate: float = 0.5  # step size"),
        ("rate = 0.5  # old", "new", "", "rate = 0.5  # new"),
        ("rate: float = 0.5   # old", "old", "float", "rate: float = 0.5   # old"),
        ("rate: float = 0.5  # old", "", "", "rate = 0.5"),
        ("rate=0.5", "", "float | None", "rate: float | None = 0.5"),
        ("rate = (\n    0.5\n)  # noqa: E501", "step", "float", "rate: float = (\n    0.5\n)  # step  # noqa: E501"),
        ("rate = 0.5  # old  # noqa: E501", "", "", "rate = 0.5  # noqa: E501"),
        ("rate = 0.5  #@param {type: 'number'} old", "new", "", "rate = 0.5  #@param {type: 'number'} new"),
        ("other = 1\nrate = 0.5\n# above", "ü < b", "float", "other = 1\nrate: float = 0.5  # ü < b\n# above"),
        ("rate = None", "", "int | None", "rate: int | None = None"),
        ("rate = [1, 2]", "", "list[int]", "rate: list[int] = [1, 2]"),
        ("from typing import Literal\nrate = 'a'", "", "Literal['a', 'b']",
         "from typing import Literal\nrate: Literal['a', 'b'] = 'a'"),
        ("from pathlib import Path\nrate = Path('a')", "", "Path", "from pathlib import Path\nrate: Path = Path('a')"),
        ("rate = 0.5  # type: int  old", "new", "float", "rate: float = 0.5  # new"),
    ],
)  # fmt: skip
def test_help_and_type_of_a_parameter_are_edited_in_their_cell(before: str, said: str, kind: str, after: str) -> None:
    content = as_content(SOUND.replace("rate = 0.5  # step size", before))
    found = given("parameter", content, name="rate", help=said, type=kind)["cells"]
    assert found[0]["source"] == after
    assert [cell["source"] for cell in found[1:]] == [cell["source"] for cell in content["cells"][1:]]


@pytest.mark.parametrize(
    ("before", "said", "kind", "words"),
    [
        ("rate = 0.5", "two\nlines", "", "one line"),
        ("rate = 0.5", "x" * 301, "", "at most 300"),
        ("rate = 0.5", "", "int", "is not a type"),
        ("rate = 0.5", "", "float = 1; import os; x", "is not a type"),
        ("rate = True", "", "int", "is not a type"),
        ("rate = 'a'", "", "Path", "is not a type"),
        ("rate = 'a'", "", "Literal['a']", "is not a type"),
        ("rate = 'a'", "", "Literal[", "is not a type"),
        ("rate = 0.5; other = 1", "help", "", "shares its line"),
        ("rate, other = 0.5, 1", "help", "", "no line of its own"),
        ("other = 1", "help", "", "no line of its own"),
    ],
)
def test_a_parameter_that_cannot_be_edited_is_told_why(before: str, said: str, kind: str, words: str) -> None:
    content = as_content(SOUND.replace("rate = 0.5  # step size", before))
    assert words in refused("parameter", content, name="rate", help=said, type=kind)


# --------------------------------------------------------------------------- what is said


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_the_panel_is_told_of_no_command(rule: Any) -> None:
    found = given("check", as_content(rule.bad.replace("# <- here", "")))
    told = [text for finding in found["findings"] for text in (finding["message"], finding["hint"])]
    told += [need for level in found["ladder"] for need in level["needs"]]
    told += given("tag", as_content(rule.bad.replace("# <- here", "")))["notes"]
    assert [text for text in told if re.search(r"`nbexport |--fix|--level|--target|--write", text)] == []
    assert all(told)


def test_a_clause_with_a_command_is_left_out_and_names_of_code_stay() -> None:
    assert plain("do `x`; or run `nbexport a.ipynb --fix`") == "do `x`"
    assert plain("run `nbexport a.ipynb --fix`, or do `x`") == "do `x`"
    assert plain("so `--epochs` would have no effect") == "so `--epochs` would have no effect"
    assert plain("run `nbexport rules`") == ""


@pytest.mark.parametrize("content", [{}, {"nbformat": 5}, {"nbformat": 4}, {"nbformat": 4, "cells": [3]}])
def test_no_place_of_the_server_is_told(content: dict[str, Any]) -> None:
    for task, more in (("check", {}), ("tag", {}), ("options", {}), ("insert", {"what": "predict"})):
        told = refused(task, content, **more)
        assert "/srv" not in told
        assert "work/some.ipynb" in told


# --------------------------------------------------------------------------- malformed requests


JUNK = [
    *(None, True, 3, -1, 0.5, 1e308, float("inf"), float("nan"), 10**400, "", "x", "\ud800", "\x00", "<b>", "x" * 5000),
    *([], {}, [[]], [None], {"": {}}, ["a"] * 50, {"id": "c0"}, {"cells": []}, [{"id": 3}], "../../etc/passwd"),
]


def mutated(value: Any, draw: random.Random) -> Any:
    """The request with something in it replaced, left out or put in."""
    if isinstance(value, dict) and value and draw.random() < 0.9:
        name = draw.choice(sorted(value))
        if draw.random() < 0.15:
            return {key: one for key, one in value.items() if key != name}
        return {**value, name: mutated(value[name], draw)}
    if isinstance(value, list) and value and draw.random() < 0.9:
        at = draw.randrange(len(value))
        return [*value[:at], *([] if draw.random() < 0.1 else [mutated(value[at], draw)]), *value[at + 1 :]]
    return draw.choice(JUNK)


def requests(draw: random.Random) -> tuple[str, dict[str, Any]]:
    """A task and a request for it that is sound."""
    content = as_content(NUMBERS)
    content["metadata"] = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    content["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["3\n"]}]
    common = {"path": "some.ipynb", "content": content}
    return draw.choice(
        [
            ("check", {**common, "ignore": ["NBX1"]}),
            ("check", {"path": "some.ipynb", "ignore": [], "delta": delta_between(content, content, "x")}),
            ("tag", common),
            ("fix", {**common, "key": "NBX207 3 1 1 epochs"}),
            ("fix", {**common, "codes": ["NBX207"]}),
            ("fix", {**common, "all": True}),
            ("insert", {**common, "what": "metrics"}),
            ("options", common),
            ("parameter", {**common, "name": "rate", "help": "a", "type": "float"}),
        ]
    )


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", seeds(150))
def test_a_malformed_request_is_refused_in_words(seed: int) -> None:
    draw = random.Random(seed)
    tasks = Tasks()
    task, body = requests(draw)
    for _ in range(draw.randint(1, 3)):
        body = mutated(body, draw)
    found = tasks.prepared(task, json.dumps(body).encode())
    answer = found if isinstance(found, Answer) else found.answer(PLACE)
    assert answer.status in (200, 400, 410, 422), answer.log
    if answer.status != 200:
        problem = json.loads(answer.body)
        assert sorted(problem) == ["fix", "message", "why"]
        assert problem["message"]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"no json", b"[]", b"3", b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_not_a_request_is_refused(body: bytes) -> None:
    answer = Tasks().prepared("check", body)
    assert isinstance(answer, Answer)
    assert answer.status == 400


@pytest.mark.parametrize("odd", [[], {}, 3, None])
def test_ids_that_are_none_do_not_matter(odd: Any) -> None:
    content = as_content(NUMBERS.replace("epochs = 3", "epochs = 3\nunseen = rows"))
    content["cells"][1]["id"] = odd
    assert "epochs = 3" in given("options", content)["cells"][0]["source"]
    untagged = as_content(NUMBERS)
    untagged["cells"][0] = {
        **untagged["cells"][0],
        "id": odd,
        "metadata": {},
        "source": "rate = 0.5  # step size\nprint(1)",
    }
    assert given("options", untagged)["cells"][0]["tags"] == ["parameters"]


@pytest.mark.parametrize("task", ["check", "tag", "options"])
def test_a_notebook_that_nests_too_deeply_is_refused(task: str) -> None:
    deep = '{"path": "a.ipynb", "content": {"nbformat": 4, "metadata": %s, "cells": []}}'
    for depth in (500, 900, 990, 5000):
        nested = "[" * depth + "]" * depth
        found = Tasks().prepared(task, (deep % nested).encode())
        answer = found if isinstance(found, Answer) else found.answer(PLACE)
        assert answer.status in (200, 400, 422), answer.log
