"""What the examples of the NBX3xx rules cannot show: the texts of their fixes, and more silences."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from nbexport import api
from nbexport.fix.text import fixed_text
from nbexport.model import Finding, Notebook

SPLITTING = """\
# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
df = pd.read_csv("rows.csv")
# %%
"""


def ipynb(cells: list[str], folder: Path) -> Path:
    """A notebook of code cells."""
    made = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
        for source in cells
    ]
    path = folder / "notebook.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": made}), encoding="utf-8")
    return path


def judged(cells: list[str], folder: Path, code: str) -> tuple[Notebook, list[Finding]]:
    """The notebook and what one rule says."""
    notebook, findings = api.check(ipynb(cells, folder), select=[code])
    return notebook, list(findings)


def fixed(cells: list[str], folder: Path, code: str) -> list[str]:
    """The sources of the cells after the fixes of one rule."""
    notebook, findings = judged(cells, folder, code)
    assert findings
    fixes = [finding.problem.fix for finding in findings if finding.problem.fix is not None]
    text, _ = fixed_text((folder / "notebook.ipynb").read_text(encoding="utf-8"), notebook, fixes)
    document = json.loads(text)
    return [cell["source"] for cell in document["cells"]]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["import numpy", "# noise\nx = 1\ny = numpy.random.rand()"], "# noise\nnumpy.random.seed(0)\nx = 1\ny = numpy.random.rand()"),
        (["from numpy.random import rand", "x = rand()"], "import numpy as np\nnp.random.seed(0)\nx = rand()"),
        (["1", "import random as r\nx = 1\ny = r.random()"], "import random as r\nr.seed(0)\nx = 1\ny = r.random()"),
        (["import torch", "%%time\n\nx = torch.rand(3)"], "%%time\n\ntorch.manual_seed(0)\nx = torch.rand(3)"),
        (["import random", "%time x = random.random()"], "random.seed(0)\n%time x = random.random()"),
        (["import random", "def f():\n    return random.random()\nf()"], "random.seed(0)\ndef f():\n    return random.random()\nf()"),
    ],
)  # fmt: skip
def test_the_seed_goes_above_the_first_line_that_does_something(
    cells: list[str], expected: str, tmp_path: Path
) -> None:
    assert fixed(cells, tmp_path, "NBX301")[1] == expected


def test_a_seed_is_no_safe_fix(tmp_path: Path) -> None:
    _, [finding] = judged(["import random\nrandom.random()"], tmp_path, "NBX301")
    assert finding.problem.fix is not None
    assert not finding.problem.fix.safe


def test_one_finding_for_each_generator(tmp_path: Path) -> None:
    cells = ["import random\nimport numpy as np", "random.random()\nnp.random.rand()", "random.random()"]
    _, findings = judged(cells, tmp_path, "NBX301")
    assert [(f.problem.cell, f.problem.span.row) for f in findings] == [(2, 1), (2, 2)]


@pytest.mark.parametrize(
    "source",
    [
        "from helpers import set_seed\nset_seed(3)\nx = np.random.rand()",
        "import lightning as L\nL.seed_everything(1)\nx = np.random.rand()",
        "df.sample(3)\nx = 1",
        "import seaborn as sns\nsns.stripplot(df)",
        "import torch\nm = torch.nn.Linear(1, 1)\nm.load_state_dict(torch.load('m.pt'))",
        "import torch\nm = torch.nn.Linear\ng = torch.Generator()\nx = torch.rand(3, generator=g)",
        "import torchvision\nm = torchvision.models.resnet18(weights='DEFAULT')",
        "random = np.random.RandomState(4)\nx = random.rand()",
    ],
)
def test_these_decide_nothing_or_are_seeded(source: str, tmp_path: Path) -> None:
    assert judged(["import numpy as np\nimport pandas as pd\ndf = pd.DataFrame()", source], tmp_path, "NBX301")[1] == []


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("KMeans()", "KMeans(random_state=0)"),
        ("KMeans(3)", "KMeans(3, random_state=0)"),
        ("KMeans((3))", "KMeans((3), random_state=0)"),
        ("KMeans(3,)", "KMeans(3, random_state=0)"),
        ("KMeans(3, random_state=None)", "KMeans(3, random_state=0)"),
        ("KMeans(\n    3,\n)", "KMeans(\n    3,\n    random_state=0,\n)"),
        ("KMeans(\n    3  # a, b\n)", "KMeans(\n    3, random_state=0  # a, b\n)"),
        ("['é', KMeans(3)]", "['é', KMeans(3, random_state=0)]"),
    ],
)
def test_random_state_goes_before_the_closing_parenthesis(call: str, expected: str, tmp_path: Path) -> None:
    after = fixed(["from sklearn.cluster import KMeans", f"model = {call}"], tmp_path, "NBX302")[1]
    assert after == f"model = {expected}"
    ast.parse(after)


def test_random_state_goes_into_a_line_magic(tmp_path: Path) -> None:
    after = fixed(["from sklearn.cluster import KMeans", "%time KMeans(2).fit([[1], [2]])"], tmp_path, "NBX302")[1]
    assert after == "%time KMeans(2, random_state=0).fit([[1], [2]])"


def test_a_split_is_named_by_one_rule_only(tmp_path: Path) -> None:
    cells = ["from sklearn.model_selection import train_test_split\na, b = train_test_split([1, 2])"]
    _, findings = judged(cells, tmp_path, "NBX30")
    assert [finding.code for finding in findings] == ["NBX302"]


def test_a_call_in_a_function_is_reported_where_it_stands(tmp_path: Path) -> None:
    cells = ["from sklearn.model_selection import train_test_split", "def cut(x):\n    return train_test_split(x)", "cut([1])\ncut([2])"]  # fmt: skip
    _, findings = judged(cells, tmp_path, "NBX302")
    assert [(f.problem.cell, f.problem.span.row) for f in findings] == [(2, 2)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("!pip install -q torch", "%pip install -q torch"),
        ("!pip3 install torch", "%pip install torch"),
        ('    !pip install "torch>=2"', '    %pip install "torch>=2"'),
        ("!conda install -y torch", "%conda install -y torch"),
        ("!pip install torch && echo done", None),
        ("!pip install torch > log.txt", None),
        ("!sudo pip install torch", None),
        ("lines = !pip install torch", None),
    ],
)
def test_pip_of_the_shell_becomes_the_magic_where_it_is_alone(line: str, expected: str | None, tmp_path: Path) -> None:
    source = f"if True:\n{line}\n    pass" if line.startswith(" ") else f"# é\n{line}"
    _, [finding] = judged([source], tmp_path, "NBX321")
    if expected is None:
        assert finding.problem.fix is None
        return
    assert finding.problem.fix is not None
    assert finding.problem.fix.safe
    assert fixed([source], tmp_path, "NBX321") == [source.replace(line, expected)]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("%pip install a b==1 'c[x]' d>=2", ["a", "c[x]"]),
        ("pip install a", ["a"]),
        ("!{sys.executable} -m pip install a", ["a"]),
        ("%pip install --find-links wheels a -t lib", ["a"]),
        ("%pip install -rrequirements.txt", []),
        ("%pip install ./tool tool.whl", []),
        ("%pip install a==1  # b c", []),
        ("!pip install a==1 | grep b", []),
        ("!apt-get install a", []),
    ],
)
def test_unpinned_packages(line: str, names: list[str], tmp_path: Path) -> None:
    _, findings = judged([line], tmp_path, "NBX322")
    said = findings[0].problem.message if findings else ""
    assert [word for word in said.split("`") if word and " " not in word] == names


@pytest.mark.parametrize(
    "source",
    [
        "train, test = train_test_split(df)\nscaler = StandardScaler().fit(train)\ntest = scaler.transform(test)\na, b = train_test_split(test)",
        "y = df['y']\nX = df\ndf.drop('y', axis=1, inplace=True)\nLogisticRegression().fit(X, y)",
        "X = df[['a', 'y']]\ny = X.pop('y')\nLogisticRegression().fit(X, y)",
        "y = df['y']\ndel df['y']\nLogisticRegression().fit(df, y)",
        "y = df['y']\nprepare(df)\nLogisticRegression().fit(df, y)",
        "y = df['y']\ndf.columns = ['a', 'b']\nLogisticRegression().fit(df, y)",
        "y = df['y']\nLogisticRegression().fit(df[['a'] + ['b']], y)",
        "y = df['y']\nLogisticRegression().fit(df.loc[:, df.columns != 'y'], y)",
        "X, y = df[['a']], df['y']\nX_train, X_test, y_train, y_test = train_test_split(X, y)\nmodel = LogisticRegression()\nmodel.fit(X, y)\nmodel.fit(X_train, y_train)\nmodel.score(X_test, y_test)",
        "first, last = df[:9], df[9:]\nscaler = StandardScaler().fit(first)\na, b = train_test_split(last)\na = scaler.transform(a)",
    ],
)
def test_these_leak_nothing(source: str, tmp_path: Path) -> None:
    path = tmp_path / "notebook.py"
    path.write_text(SPLITTING + source, encoding="utf-8")
    assert api.check(path, select=["NBX31"])[1] == ()


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("X = df.iloc[:, :-1].values\nX = StandardScaler().fit_transform(X)\na, b = train_test_split(X)", ("NBX311", 2)),
        ("df[['a']] = StandardScaler().fit_transform(df[['a']])\nX = df.drop('y', axis=1)\na, b = train_test_split(X)", ("NBX311", 1)),
        ("X = df.dropna()\na, b = train_test_split(X)\nscaler = StandardScaler().fit(X)\na = scaler.transform(a)", ("NBX311", 3)),
        ("a, b, c, d = train_test_split(df, df['y'])\nLogisticRegression().fit(a, c)", ("NBX314", 2)),
        ("X = df[['a']]\na, b, c, d = train_test_split(X, df['y'])\nm = LogisticRegression().fit(pd.concat([a, b]), df['y'])\nm.score(b, d)", ("NBX315", 3)),
        ("a, b = train_test_split(pd.concat([df] * 3))", ("NBX316", 1)),
    ],
)  # fmt: skip
def test_these_leak(source: str, place: tuple[str, int], tmp_path: Path) -> None:
    path = tmp_path / "notebook.py"
    path.write_text(SPLITTING + source, encoding="utf-8")
    assert [(f.code, f.problem.span.row) for f in api.check(path, select=["NBX31"])[1]] == [place]


@pytest.mark.parametrize(
    ("behind", "lifted", "cells"),
    [
        ("hash(town)", 'metrics = {"town": hash(town) % 7}', [3]),
        ("hash(town)", 'metrics = {"town": len(town)}', []),
        ("1", "def bucket(text):\n    return hash(text)\nmetrics = {'town': bucket(town)}", [3]),
        ("def hash(text):\n    return 1", 'metrics = {"town": hash(town) % 7}', []),
    ],
    ids=["exported", "exploration", "in a function", "of the notebook's own"],
)
def test_a_hash_of_text_is_reported_where_a_result_is_made(
    behind: str, lifted: str, cells: list[int], tmp_path: Path
) -> None:
    path = tmp_path / "a.py"
    path.write_text(f'# %% tags=["data", "train"]\ntown = "Kiel"\n# %%\n{behind}\n# %% tags=["evaluate"]\n{lifted}\n')
    _, findings = api.check(path, select=["NBX304"])
    assert [finding.problem.cell for finding in findings] == cells


STARRED = {
    "NBX311": "from sklearn.preprocessing import *\nX = MinMaxScaler().fit_transform(X)\n",
    "NBX312": "from sklearn.feature_selection import *\nX = SelectKBest(k=2).fit_transform(X, y)\n",
    "NBX313": "from imblearn.over_sampling import *\nX, y = SMOTE(random_state=0).fit_resample(X, y)\n",
    "NBX315": "from sklearn.ensemble import *\nmodel = RandomForestClassifier(random_state=0).fit(X, y)\n",
}


@pytest.mark.parametrize("code", STARRED)
def test_a_star_import_hides_no_leak(code: str) -> None:
    head = 'import pandas as pd\nfrom sklearn.model_selection import *\ndf = pd.read_csv("a.csv")\n'
    split = "A, B, a, b = train_test_split(X, y, random_state=0)\n"
    score = "print(model.score(B, b))\n" if code == "NBX315" else ""
    text = f'{head}X, y = df.drop(columns="y"), df["y"]\n{STARRED[code]}{split}{score}'
    assert code in {finding.code for finding in api.check_text(text, "a.py")[1]}


@pytest.mark.parametrize(
    "encoder",
    ["sklearn.preprocessing.TargetEncoder", "category_encoders.LeaveOneOutEncoder", "category_encoders.WOEEncoder"],
)
def test_target_encoders_learn_from_the_rows(encoder: str) -> None:
    module, _, name = encoder.rpartition(".")
    text = (
        f"import pandas as pd\nfrom {module} import {name}\nfrom sklearn.model_selection import train_test_split\n"
        f'df = pd.read_csv("a.csv")\nX = {name}().fit_transform(df[["town"]], df["y"])\n'
        'A, B, a, b = train_test_split(X, df["y"], random_state=0)\n'
    )
    (leak,) = [finding for finding in api.check_text(text, "a.py")[1] if finding.code == "NBX311"]
    assert leak.problem.name == name
