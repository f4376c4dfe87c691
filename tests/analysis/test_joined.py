"""What may pass from one notebook to another, and what may not: each runs in a kernel of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from several import judged

from nbexport.analysis.joined import handed
from nbexport.model import CellNumber

TRAIN = """\
# %% tags=["train", "evaluate"]
metrics = {"n": len(rows)}
"""
WRITE = 'open("a.txt", "w").write("1")\n'
READ = 'open("a.txt").read()'


COUNTING = """\
class C:
    n = 0
    def hit(self):
        C.n += 1
        return C.n
"""


def data(text: str) -> str:
    """A `data` cell."""
    return f'# %% tags=["data"]\n{text}'


CROSSING = {
    "a built-in that is hidden": ("sum = 3\n" + WRITE, f"rows = [sum([int({READ})])]\n"),
    "a seed": (
        "import numpy as np\nnp.random.seed(0)\n" + WRITE,
        f"import numpy as np\nrows = [int({READ}), 2, 3]\nnp.random.shuffle(rows)\n",
    ),
    "a variable of the environment": (
        'import os\nos.environ["K"] = "1"\n' + WRITE,
        f'import os\nrows = [os.environ.get("K"), {READ}]\n',
    ),
    "a working directory": ('import os\nos.chdir("sub")\n' + WRITE, f"rows = [{READ}]\n"),
    "a setting": (
        "import decimal\ndecimal.getcontext().prec = 3\n" + WRITE,
        f"import decimal\nrows = [decimal.Decimal({READ}) / 3]\n",
    ),
    "a function of a library": (
        "import math\nmath.exp = len\n" + WRITE,
        f"import math\nrows = [math.exp(int({READ}))]\n",
    ),
    "a name": ("k = 4\n" + WRITE, f"rows = [k, {READ}]\n"),
    "a star import": ("from math import *\n" + WRITE, f"rows = [pow(2, 3), {READ}]\n"),
    "parameters of two values": (
        '# %% tags=["parameters"]\nn = 3\n' + data('open("a.txt", "w").write(str(n))\n'),
        '# %% tags=["parameters"]\nn = 5\n' + data(f"rows = [{READ}] * n\n"),
    ),
    "two functions": (
        "def f(x):\n    return x + 1\n" + WRITE + "f(1)\n",
        f"def f(x):\n    return x + 2\nrows = [f(int({READ}))]\n",
    ),
    "a default that was another value": (
        'LIMIT = 3\ndef f(x, k=LIMIT):\n    return x + k\nopen("a.txt", "w").write(str(f(1)))\n',
        f"LIMIT = 5\ndef f(x, k=LIMIT):\n    return x + k\nrows = [f(int({READ}))]\n",
    ),
    "a default that grows": (
        'def f(x, seen=[]):\n    seen.append(x)\n    return len(seen)\nopen("a.txt", "w").write(str(f(1)))\n',
        f"def f(x, seen=[]):\n    seen.append(x)\n    return len(seen)\nrows = [f(int({READ}))]\n",
    ),
    "an attribute of a function": (
        'def f():\n    f.n = getattr(f, "n", 0) + 1\n    return f.n\nopen("a.txt", "w").write(str(f()))\n',
        f'def f():\n    f.n = getattr(f, "n", 0) + 1\n    return f.n\nrows = [f(), {READ}]\n',
    ),
    "an attribute of a class": (
        COUNTING + 'open("a.txt", "w").write(str(C().hit()))\n',
        f"{COUNTING}rows = [C().hit(), {READ}]\n",
    ),
    "a helper whose import is another one": (
        'from math import floor as r\ndef h(x):\n    return r(x)\nopen("a.txt", "w").write(str(h(1.5)))\n',
        f"from math import ceil as r\ndef h(x):\n    return r(x)\nrows = [h(1.5), {READ}]\n",
    ),
    "what predict reads": (
        "k = 3\n" + WRITE + '# %% tags=["predict"]\ndef predict(x: int) -> int:\n    return x + k\npredict(1)\n',
        f"k = 7\nrows = [k, {READ}]\n",
    ),
    "figures of two notebooks": (WRITE + '# %% tags=["evaluate"]\nmetrics = {"a": 1}\n', f"rows = [{READ}]\n"),
    "a file before it is written": (
        f'rows = [{READ}]\nopen("b.txt", "w").write("1")\n',
        'rows = [open("b.txt").read()]\n' + WRITE,
    ),
    "a file that a helper writes afterwards": (
        f"rows = [{READ}]\n",
        'def save(path, text):\n    with open(path, "w") as file:\n        file.write(text)\nrows = [2]\nsave("a.txt", "1")\n',
    ),
}


@pytest.mark.parametrize("case", CROSSING)
def test_what_would_cross_is_refused_and_both_notebooks_are_named(case: str, tmp_path: Path) -> None:
    first, second = (text if text.startswith("# %%") else data(text) for text in CROSSING[case])
    found = [finding for finding in judged(tmp_path, first, second + TRAIN).against(1) if finding.code == "NBX131"]
    assert found
    for finding in found:
        assert {"`a.py`", "`b.py`"} <= set(finding.problem.message.replace(",", " ").split())
        assert finding.problem.hint


PASSING = {
    "a seed of its own": (
        "import numpy as np\nnp.random.seed(0)\n" + WRITE,
        f"import numpy as np\nnp.random.seed(0)\nrows = [int({READ}), 2, 3]\nnp.random.shuffle(rows)\n",
    ),
    "a name that both bind": ("k = 4\n" + WRITE, f"k = 5\nrows = [k, {READ}]\n"),
    "a helper with a value of each": (
        'LIMIT = 3\ndef f(x):\n    return x + LIMIT\nopen("a.txt", "w").write(str(f(1)))\n',
        f"LIMIT = 5\ndef f(x):\n    return x + LIMIT\nrows = [f(int({READ}))]\n",
    ),
    "imports of one name": (
        'from math import floor as r\nopen("a.txt", "w").write(str(r(1.5)))\n',
        f"from math import ceil as r\nrows = [r(1.5), {READ}]\n",
    ),
    "how frames are shown": (
        'import pandas as pd\npd.set_option("display.max_rows", 5)\n' + WRITE,
        f"import pandas as pd\nrows = pd.DataFrame([[{READ}]])\n",
    ),
}


@pytest.mark.parametrize("case", PASSING)
def test_what_each_notebook_does_for_itself_is_exported(case: str, tmp_path: Path) -> None:
    first, second = map(data, PASSING[case])
    judgement = judged(tmp_path, first, second + TRAIN)
    assert judgement.against(1) == ()
    assert judgement.placed.layout.problems == []


SPELLINGS = {
    "as it is": ('"clean.csv"', '"clean.csv"'),
    "with a dot": ('"./clean.csv"', '"clean.csv"'),
    "a path object": ('"data/clean.csv"', 'Path("data") / "clean.csv"'),
    "joined": ('os.path.join("data", "clean.csv")', '"data/clean.csv"'),
    "a name": ("OUT", 'Path("clean.csv")'),
    "a detour": ('"data/../clean.csv"', '"clean.csv"'),
}


@pytest.mark.parametrize("case", SPELLINGS)
def test_a_file_is_the_same_under_every_spelling(case: str, tmp_path: Path) -> None:
    written, read = SPELLINGS[case]
    head = 'import os\nfrom pathlib import Path\nOUT = "clean.csv"\n'
    first = data(f'{head}with open({written}, "w") as file:\n    file.write("1")\n')
    judgement = judged(tmp_path, first, data(f"{head}rows = open({read}).read()\n") + TRAIN)
    assert judgement.analysis is not None
    (one,) = handed(judgement.analysis)
    assert one.path == ("data/clean.csv" if "data/clean" in read + written or 'data", ' in written else "clean.csv")
    assert [str(cell) for cell in (one.writer[0], one.reader[0])] == ["1 of `a.py`", "1 of `b.py`"]


def test_each_notebook_is_judged_by_itself_too(tmp_path: Path) -> None:
    helper = "# %%\ndef g(x):\n    return x\n" + data(WRITE)
    judgement = judged(tmp_path, helper, data(f"rows = [g(1), {READ}]\n") + TRAIN)
    (missing,) = [finding for finding in judgement.against(1) if finding.code == "NBX101"]
    assert isinstance(missing.problem.cell, CellNumber)
    assert (missing.problem.cell.own, missing.problem.cell.notebook) == (1, "b.py")


def test_a_file_that_exploration_writes_is_refused(tmp_path: Path) -> None:
    first = data("k = 4\n") + f"# %%\n{WRITE}"
    (found,) = judged(tmp_path, first, data(f"rows = [{READ}]\n") + TRAIN).against(1)
    assert found.code == "NBX112"
    assert "cell 2 of `a.py`" in found.problem.message


def test_what_an_unknown_library_may_do_is_assumed_and_said(tmp_path: Path) -> None:
    first = data("import somelib\nsomelib.setup(3)\n" + WRITE)
    judgement = judged(tmp_path, first, data(f"import somelib\nrows = somelib.read({READ})\n") + TRAIN)
    assert judgement.against(1) == ()
    assert [(str(one.cell), one.call) for one in judgement.assumptions] == [("1 of `a.py`", "somelib.setup")]


def test_a_notebook_without_roles_is_refused(tmp_path: Path) -> None:
    found = judged(tmp_path, "# %%\nprint(1)\n", data("rows = [1]\n") + TRAIN).against(1)
    assert ["no cell of `a.py` has a role" in finding.problem.message for finding in found] == [True]
