"""What a cell left behind does to exported code: told where it matters, silent where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbexport import api
from nbexport.shell.cli import main

HEAD = """# %%
import random
import numpy as np
import pandas as pd
import torch
import torch.nn as nn
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader
"""
TAIL = '\n# %% tags=["evaluate"]\nmetrics = {"n": 1}\n'


def codes(text: str, folder: Path) -> list[str]:
    """Codes of the errors in a percent notebook."""
    path = folder / "notebook.py"
    path.write_text(HEAD + text + TAIL, encoding="utf-8")
    _, findings = api.check(path)
    return [finding.code for finding in findings if finding.severity == "error"]


def three(first: str, behind: str, last: str) -> str:
    """An exported cell, one left behind, an exported one."""
    return f'# %% tags=["data"]\n{first}\n# %%\n{behind}\n# %% tags=["train"]\n{last}\n'


CHANGES = [
    # (exported, left behind, exported, whether it is a finding)
    ("df = pd.DataFrame()", 'df["x"] = 1', "print(df)", True),
    ("df = pd.DataFrame()", 'df["x"] = 1', "df = pd.DataFrame()", False),
    ("df = pd.DataFrame()", 'df.copy()["x"] = 1', "print(df)", False),
    ("df = pd.DataFrame()", "df.dropna(inplace=True)", "print(df)", True),
    ("df = pd.DataFrame()", "df.dropna()", "print(df)", False),
    ("df = pd.DataFrame()", "sub = df[df.x > 1]\nsub['y'] = 1", "print(df)", False),
    ("df = pd.DataFrame()", "same = df\nsame['y'] = 1", "print(df)", True),
    ("rows = []", "rows.append(1)", "print(rows)", True),
    ("rows = []", "rows += [1]", "print(rows)", True),
    ("rows = [[]]", "for row in rows:\n    row.append(1)", "print(rows)", True),
    ("rows = []", "def add(r):\n    r.append(1)\nadd(rows)", "print(rows)", True),
    ("rows = []", "def add(r):\n    more(r)\ndef more(q):\n    q.append(1)\nadd(rows)", "print(rows)", True),
    ("rows = []", "def add():\n    rows.append(1)\nadd()", "print(rows)", True),
    ("rows = []", "def add():\n    rows.append(1)", "print(rows)", False),
    ("x = 1", "x = 2", "print(x)", True),
    ("x = 1", "x = 2", "x = 3\nprint(x)", False),
    ("x = 1", "for x in range(3):\n    pass", "print(x)", True),
    ("x = 1", "[x for x in range(3)]", "print(x)", False),
    ("model = nn.Linear(1, 1)", "model.eval()", "model(torch.ones(1))", True),
    ("model = nn.Linear(1, 1)", "model.eval()", "model.train()\nmodel(torch.ones(1))", False),
    ("clf = RandomForestClassifier(random_state=0)", "clf.fit([[1]], [1])", "clf.fit([[2]], [2])", False),
    ("clf = RandomForestClassifier(random_state=0)", "clf.fit([[1]], [1])", "clf.predict([[2]])", True),
    (
        "model = nn.Linear(1, 1)\nopt = torch.optim.SGD(model.parameters(), lr=1)",
        "opt.step()",
        "model(torch.ones(1))",
        True,
    ),
    ("model = nn.Sequential(nn.BatchNorm1d(2))", "model(torch.ones(3, 2))", "print(model)", True),
    ("model = nn.Sequential(nn.BatchNorm1d(2))\nmodel.eval()", "model(torch.ones(3, 2))", "print(model)", False),
    ("x = 1", "import matplotlib.pyplot as plt\nplt.rcParams['a'] = 1", "print(x)", False),
    ("x = nn.Linear(1, 1)", "nn.Linear.forward = None", "x = nn.Linear(1, 1)", False),
    (
        "frame = pd.DataFrame({'tags': [['a'], ['b']]})",
        "frame['tags'].apply(lambda tags: tags.append('c'))",
        "print(frame['tags'].map(len))",
        True,
    ),
    ("frame = pd.DataFrame({'with_tax': [1]})", "frame.query('with_tax > 1', inplace=True)", "print(frame)", True),
    ("frame = pd.DataFrame({'with_tax': [1]})", "frame.query('with_tax > 1')", "print(frame)", False),
]


@pytest.mark.parametrize(("first", "behind", "last", "found"), CHANGES)
def test_changes(first: str, behind: str, last: str, found: bool, tmp_path: Path) -> None:
    assert ("NBX104" in codes(three(first, behind, last), tmp_path)) is found


SEED = (
    "torch.manual_seed(0)\nnp.random.seed(0)\nrandom.seed(0)\nX = list(range(9))\nloader = DataLoader(X, shuffle=True)"
)
DRAWS = [
    ("np.random.rand()", "np.random.shuffle(X)", True),
    ("np.random.rand()", "random.shuffle(X)", False),
    ("np.random.rand()", "np.random.seed(1)\nnp.random.shuffle(X)", False),
    ("np.random.default_rng(0).random()", "np.random.shuffle(X)", False),
    ("pd.Series(X).sample(2)", "train_test_split(X)", True),
    ("pd.Series(X).sample(2, random_state=1)", "train_test_split(X)", False),
    ("pd.Series(X).sample(2)", "train_test_split(X, random_state=0)", False),
    ("next(iter(loader))", "net = nn.Linear(1, 1)", True),
    ("for x in loader:\n    break", "for x in loader:\n    pass", True),
    ("for x in DataLoader(X):\n    break", "for x in loader:\n    pass", True),
    ("plain = DataLoader(X)\nfor x in plain:\n    break", "for x in loader:\n    pass", True),
    ("nn.Linear(1, 1)", "net = nn.Linear(1, 1)", True),
    ("class Net(nn.Module):\n    def __init__(self):\n        self.l = nn.Linear(1, 1)\nNet()", "torch.randn(1)", True),
    ("def look():\n    return torch.rand(1)\nlook()", "torch.randn(1)", True),
    ("def look():\n    return torch.rand(1)", "torch.randn(1)", False),
    ("print(X)", "torch.randn(1)", False),
    ("RandomForestClassifier().fit([[1]], [1])", "RandomForestClassifier().fit([[1]], [1])", True),
    ("RandomForestClassifier(random_state=0).fit([[1]], [1])", "RandomForestClassifier().fit([[1]], [1])", False),
]


@pytest.mark.parametrize(("behind", "last", "found"), DRAWS)
def test_random_state(behind: str, last: str, found: bool, tmp_path: Path) -> None:
    assert ("NBX105" in codes(three(SEED, behind, last), tmp_path)) is found


def test_dropout_draws_where_the_model_is_called(tmp_path: Path) -> None:
    first = "torch.manual_seed(0)\nmodel = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))"
    last = "for _ in range(3):\n    model(torch.ones(2))"
    assert "NBX105" in codes(three(first, "model(torch.ones(2))", last), tmp_path)
    assert "NBX105" not in codes(three(first, "model.eval()\nmodel(torch.ones(2))", "model.train()\n" + last), tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "for _ in range(3):\n    best = 1\nprint(best)",
        "try:\n    if maybe_there:\n        print(maybe_there)\nexcept:\n    pass",
        "for x in range(int('3')):\n    if x:\n        best = x\nprint(best)",
        "try:\n    import missing_thing\nexcept ImportError:\n    missing_thing = None\nprint(missing_thing)",
        "if X:\n    y = 1\nelse:\n    raise SystemExit\nprint(y)",
        "def f():\n    return later\nlater = 1\nprint(f())",
        "with open('a') as file:\n    text = file\nprint(text)",
        "while True:\n    found = 1\n    break\nprint(found)",
        "try:\n    from a import b\nexcept ImportError:\n    from c import d\n    def b():\n        return d\nb()",
        "match X:\n    case [a]:\n        r = a\n    case _:\n        r = 0\nprint(r)",
        "del X\nX = 1\nprint(X)",
    ],
)
def test_sound_code_is_left_alone(text: str, tmp_path: Path) -> None:
    assert codes(f'# %% tags=["train"]\nX = [1]\n{text}\n', tmp_path) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("print(y)", "NBX101"),
        ("print(y)\ny = 1", "NBX102"),
        ("if X:\n    y = 1\nprint(y)", "NBX107"),
        ("try:\n    y = 1\nexcept ValueError:\n    pass\nprint(y)", "NBX107"),
        ("del X\nprint(X)", "NBX106"),
        ("def f():\n    return y\nf()\ny = 1", "NBX102"),
    ],
)
def test_unbound_names(text: str, code: str, tmp_path: Path) -> None:
    found = codes(f'# %% tags=["train"]\nX = [1]\n{text}\n', tmp_path)
    assert code in found


@pytest.mark.parametrize(
    ("behind", "found"),
    [
        ("model = [2]", True),
        ("model.append(3)", True),
        ("other = model\nother.append(3)", True),
        ("copy = list(model)\ncopy.append(3)", False),
        ("print(model)", False),
    ],
)
def test_what_predict_reads_is_judged_too(behind: str, found: bool, tmp_path: Path) -> None:
    text = three("X = [1]", "pass", "model = [X]")
    text += f"{TAIL}# %%\n{behind}\n"
    text += '# %% tags=["predict"]\ndef predict(x: int) -> int:\n    return len(model) + x\npredict(1)\n'
    path = tmp_path / "notebook.py"
    path.write_text(HEAD + text, encoding="utf-8")
    _, findings = api.check(path, level=1)
    assert bool({"NBX104", "NBX206"} & {finding.code for finding in findings}) is found


CAUSES = [
    # (cells, what is reported: code, cell, a part of the message)
    ("# %%\nprint(gone)", [("NBX101", 1, "bound nowhere")]),
    ("# %%\nprint(time.time())", [("NBX101", 1, "nothing imports it")]),
    ("# %%\nfrom PIL import Image\nprint(PIL.x)", [("NBX101", 1, "nothing imports it")]),
    ("# %%\n# gone = 3\n# %%\nprint(gone)", [("NBX101", 2, "cell 1 binds it only in a comment")]),
    ("# %%\nrows = rows + [1]\n# %%\nprint(rows)", [("NBX101", 1, "but from itself")]),
    ("# %% [markdown]\n# rows = [2]\n# %%\nrows = rows + [1]", [("NBX113", 2, "cell 1, which is a markdown cell")]),
    ("# %% [raw]\n# rows = [2]\n# %%\nprint(rows)\n# %%\nrows = 1", [("NBX113", 2, "cell 1, which is a raw cell")]),
    ("# %% [markdown]\n# Set x = 1 first\n# %%\nprint(x)", [("NBX101", 2, "bound nowhere")]),
    ("# %%\nprint(rows)\n# %%\nrows = 1\n# %% [markdown]\n# rows = 2", [("NBX102", 1, "in cell 2")]),
    ("# %%\n%timeit x = 3\n# %%\nprint(x)", [("NBX114", 2, "`%timeit` in cell 1")]),
    ("# %%\n%%python\nx = 3\n# %%\nprint(x)", [("NBX114", 2, "`%%python` in cell 1")]),
    ("# %%\n%%cython\ndef f(x): return x\n# %%\nprint(f(1))", []),
    ("# %%\n%sql found << select 1\n# %%\nprint(found)", []),
    ("# %%\nf = lambda n: n\nprint(n)", [("NBX115", 1, "a lambda")]),
    ("# %%\nclass A:\n    def go(self):\n        pass\nself.go()", [("NBX115", 1, "the method `A.go`")]),
    ("# %%\ndef deletes(a):\n    n = a\nprint(n)", [("NBX115", 1, "only inside the function `deletes` in cell 1")]),
    ("# %%\ne = 1\ntry:\n    1 / 0\nexcept ValueError as e:\n    pass\nprint(e)", []),
    (
        "# %%\ndef f():\n    return g\n# %%\nf()\n# %%\ng = 1",
        [("NBX102", 1, "`f`, called in cell 2, reads `g`, which is bound only in cell 3")],
    ),
    ("# %%\ndef f(n):\n    return n\n# %%\nprint(n)", [("NBX101", 2, "bound nowhere")]),
    ("# %%\nclass Model:\n    pass\n# %%\nprint(model)", [("NBX101", 2, "bound nowhere")]),
    ("# %%\nexec('found = 1')\n# %%\nprint(found)", [("NBX110", 1, "exec")]),
    (
        "# %%\nprint(found)\n# %%\nif 'found' in globals():\n    print(found)",
        [("NBX101", 1, "bound nowhere")],
    ),
    ("# %%\nimport timeit\ntimeit.timeit('x', globals=globals())\nprint(x)", [("NBX101", 1, "bound nowhere")]),
    ("# %%\nprint(found)\n# %%\nexec('found = 1')", [("NBX101", 1, "bound nowhere"), ("NBX110", 2, "exec")]),
    ("# %%\nx1 = 2\n# %%\nprint(x2)", [("NBX101", 2, "bound nowhere")]),
    ("# %%\nX_train = 2\n# %%\nprint(Xtrain)", [("NBX116", 2, "cell 1 binds `X_train`")]),
    ("# %%\nx = (1\ny = 2\n# %%\nprint(y)", [("NBX001", 1, "")]),
    ("# %%\n%run other.py\n# %%\nprint(y)", [("NBX109", 1, "%run")]),
]


@pytest.mark.parametrize(
    ("behind", "code", "words"),
    [
        ("rate = 2", "NBX103", "`scaled`, called in cell 4, reads `rate`, which is bound only in cell 3"),
        ("limit = 2", "NBX104", "`limit` is read afterwards by `scaled`, called in cell 4"),
    ],
)
def test_a_function_is_named_whose_global_stays_behind(behind: str, code: str, words: str, tmp_path: Path) -> None:
    name = behind.partition(" ")[0]
    first = f"limit = 1\ndef scaled(x):\n    return x * {name}"
    path = tmp_path / "notebook.py"
    path.write_text(HEAD + three(first, behind, "scaled(2)") + TAIL, encoding="utf-8")
    _, findings = api.check(path)
    assert [words in finding.problem.message for finding in findings if finding.code == code] == [True]


@pytest.mark.parametrize(("text", "expected"), CAUSES)
def test_each_undefined_read_has_one_cause(text: str, expected: list[tuple[str, int, str]], tmp_path: Path) -> None:
    path = tmp_path / "notebook.py"
    path.write_text(text + "\n", encoding="utf-8")
    _, findings = api.check(path)
    errors = [finding for finding in findings if finding.severity == "error"]
    assert [(finding.code, finding.problem.cell) for finding in errors] == [(code, cell) for code, cell, _ in expected]
    for finding, (_, _, words) in zip(errors, expected, strict=True):
        assert words in finding.problem.message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("if X:\n    y = 1\nif X:\n    print(y)", False),
        ("if X:\n    y = 1\nX = 2\nif X:\n    print(y)", True),
        ("if X:\n    y = 1\nif not X:\n    print(y)", True),
        ("if not X:\n    y = 1\nprint(X or y)", False),
        ("if X and Z:\n    y = 1\nif X:\n    print(y)", True),
        ("if X:\n    y = 1\nif Z and X:\n    print(y)", False),
        ("if X:\n    y = 1\ndef f():\n    return y if X else 0\nf()", False),
        ("if X:\n    y = 1\ndef f():\n    return y\nif X:\n    f()", False),
        ("if X:\n    y = 1\ndef f():\n    return y\nf()", True),
        ("try:\n    import q\n    ok = True\nexcept ImportError:\n    ok = False\nif ok:\n    print(q)", False),
        ("try:\n    import q\n    ok = True\nexcept ImportError:\n    ok = False\nif not ok:\n    print(q)", True),
        (
            "try:\n    import q\n    ok = True\nexcept ImportError:\n    ok = False\nok = True\nif ok:\n    print(q)",
            True,
        ),
    ],
)
def test_the_same_condition_binds_again(text: str, found: bool, tmp_path: Path) -> None:
    assert ("NBX107" in codes(f'# %% tags=["train"]\nX = [1]\nZ = 1\n{text}\n', tmp_path)) is found


LOOP = """\
# %% tags=["data"]
rows = [1, 2]
# %% tags=["train"]
{earlier}
# %%
seen = 2
# %% tags=["train"]
for row in rows[5:]:
    seen = row
# %% tags=["evaluate"]
metrics = {{"seen": seen}}
"""


@pytest.mark.parametrize(("earlier", "refused"), [("seen = 1", True), ("other = 1", False)])
def test_a_loop_that_may_not_run_never_goes_on_with_an_older_exported_value(
    earlier: str, refused: bool, tmp_path: Path
) -> None:
    assert ("NBX104" in codes(LOOP.format(earlier=earlier), tmp_path)) is refused


@pytest.mark.parametrize(("flag", "reported"), [('# %% tags=["parameters"]\n', True), ("", False)])
def test_a_parameter_may_have_another_value(flag: str, reported: bool, tmp_path: Path) -> None:
    text = f"""{flag or '# %% tags=["data"]'}
deep = False
# %% tags=["data"]
rows = [1]
# %%
rows.append(2)
# %% tags=["train"]
n = 1
if deep:
    n = sum(rows)
"""
    assert ("NBX104" in codes(text, tmp_path)) is reported


@pytest.mark.parametrize(
    ("behind", "reported"),
    [
        ("for kind in ('ignore', 'raise'):\n    np.seterr(all=kind)", True),
        ("old = np.seterr(all='ignore')\nnp.log(x)\nnp.seterr(**old)", False),
        ("with np.errstate(all='ignore'):\n    np.log(x)", False),
        ("with torch.set_grad_enabled(False):\n    print(x)", False),
        ("for flag in (True, False):\n    torch.set_grad_enabled(flag)\n    print(x)", True),
    ],
)
def test_settings_that_are_put_back_do_not_matter(behind: str, reported: bool, tmp_path: Path) -> None:
    text = three("x = np.ones(2)", behind, "print(np.log(x), torch.ones(2) * 2)")
    assert ("NBX120" in codes(text, tmp_path)) is reported


SUPPORT_VECTORS = """\
# %%
import numpy as np
from sklearn.svm import SVC
# %% tags=["data"]
np.random.seed(3)
X = np.random.normal(size=(40, 2))
y = (X[:, 0] > 0).astype(int)
# %%
noise = np.random.rand(3)
# %% tags=["train"]
model = SVC(probability=PROBABILITY).fit(X, y)
# %% tags=["evaluate"]
metrics = {"score": float(model.score(X, y))}
"""


def test_support_vectors_draw_a_number_that_only_probabilities_depend_on() -> None:
    from both_ways import against

    assert against(SUPPORT_VECTORS.replace("PROBABILITY", "False")) == ()
    assert [finding.code for finding in against(SUPPORT_VECTORS.replace("PROBABILITY", "True"))] == ["NBX105"]


def test_a_fit_of_support_vectors_moves_the_random_state_on() -> None:
    from both_ways import against

    text = """\
# %%
import numpy as np
from sklearn.svm import SVR
# %% tags=["data"]
np.random.seed(3)
X = np.random.normal(size=(40, 2))
# %%
SVR().fit(X, X[:, 0])
# %% tags=["train"]
weights = np.random.normal(size=2)
# %% tags=["evaluate"]
metrics = {"weight": float(weights[0])}
"""
    assert [finding.code for finding in against(text)] == ["NBX105"]


BELOW = """\
# %%
%matplotlib inline
from __future__ import print_function
import pandas as pd
# %% tags=["data"]
frame = pd.DataFrame({"a": [1, 2, 3]})
# %% tags=["train", "evaluate"]
metrics = {"total": float(frame["a"].sum())}
"""


def test_a_future_import_below_other_lines_runs_in_ipython_and_is_read() -> None:
    from both_ways import against

    assert against(BELOW) == ()


def test_a_cell_that_does_not_parse_gives_no_name_to_an_export() -> None:
    """The lifted code would end in a NameError: what cannot be read makes no export pass."""
    from both_ways import against

    broken = BELOW.replace("from __future__ import print_function", "x = = 3")
    assert [(finding.code, finding.problem.cell) for finding in against(broken)] == [("NBX101", 2)]


def test_names_of_a_broken_cell_with_a_role_come_when_it_is_corrected() -> None:
    from both_ways import against

    text = '# %% tags=["train"]\nw = 3\nif w:\n    return w\n# %% tags=["evaluate"]\nmetrics = {"w": w, "lost": lost}\n'
    assert [(finding.code, finding.problem.name) for finding in against(text)] == [("NBX001", ""), ("NBX101", "lost")]


FIXES = {
    "the usual import": ("x = np.zeros(3)\n", "import numpy as np\nx = np.zeros(3)\n"),
    "below the other imports": (
        "import os\n\nprint(Path(os.sep))\n",
        "import os\nfrom pathlib import Path\n\nprint(Path(os.sep))\n",
    ),
    "below a cell magic": ("%%time\nx = pd.Series([1])\n", "%%time\nimport pandas as pd\nx = pd.Series([1])\n"),
    "the first cell that needs it": (
        "print(json)\n# %%\nprint(json)\n",
        "import json\nprint(json)\n# %%\nprint(json)\n",
    ),
    "each place of a Python 2 name": (
        "print(xrange(3))\n# %%\nprint(xrange(4))\n",
        "print(range(3))\n# %%\nprint(range(4))\n",
    ),
    "a Python 2 name that moved": (
        "print(reduce(max, [1]))\n",
        "from functools import reduce\nprint(reduce(max, [1]))\n",
    ),
    "a star import that is known": (
        "from math import *\nprint(sin(pi))\n",
        "from math import pi, sin\nprint(sin(pi))\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), FIXES.values(), ids=FIXES.keys())
def test_a_missing_name_is_supplied_by_a_fix(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(f"# %%\n{before}", encoding="utf-8")
    assert main(["check", str(path), "--fix", "--unsafe-fixes", "--no-cache"]) == 0
    assert path.read_text(encoding="utf-8") == f"# %%\n{after}"


def test_a_name_of_python_2_is_told_as_such() -> None:
    (found,) = api.check_text("print(unicode('a'))", "a.py")[1]
    assert "a name of Python 2" in found.problem.message
    assert found.problem.hint == "read `str` instead"
    assert not api.check_text("from past.builtins import unicode\nprint(unicode('a'))", "a.py")[1]


def test_a_star_import_supplies_names_from_where_it_stands() -> None:
    def codes(text: str) -> list[str]:
        return [found.code for found in api.check_text(text, "a.py")[1] if found.code != "NBX117"]

    assert codes("from typing import *\n# %%\nx: List[int] = []\n# %%\nprint(lost)") == ["NBX101"]
    assert codes("x: List[int] = []\n# %%\nfrom typing import *") == ["NBX102"]
    assert codes("print(lost)\n# %%\nfrom mine import *\n# %%\nprint(perhaps)") == ["NBX101"]
