"""The words of a rule are necessary: whatever the rule finds, one of them stands in the code.

Each rule that has words is run without asking for them, over everything that is at hand: the examples of the rules, the
example notebooks, all notebooks of the soundness tests and every text in the tests of rules, and faults planted at
random. What hides a word best is written out by hand below.
"""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from faults.clean import as_ipynb, examples, generated
from faults.planting import plant
from rule_examples import written
from soundness.corpus import notebooks

from nbexport.analysis.analyse import analyse
from nbexport.judge.judgement import text_of
from nbexport.model import Notebook
from nbexport.read.notebook import PYTHON, read, read_text
from nbexport.record import replace
from nbexport.rules import Rule, all_rules

HERE = Path(__file__).parent
WITH_WORDS = [rule for rule in all_rules() if rule.words]
SEED = 19


def finding(notebook: Notebook) -> list[Rule]:
    """The rules with words that find something in a notebook, at some level."""
    if notebook.language != PYTHON:
        return []
    analysis = analyse(notebook)
    at_levels = [replace(analysis, level=level) for level in (None, 4)]
    return [rule for rule in WITH_WORDS if any(any(rule.find(asked)) for asked in at_levels)]


def unspoken(notebook: Notebook) -> list[str]:
    """The rules that find something in a notebook without any of their words."""
    text = text_of(notebook)
    return [rule.code for rule in finding(notebook) if not rule.may_speak(text)]


def texts() -> Iterator[str]:
    """Every text in the tests of rules, most of which are notebooks in py:percent."""
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip():
                yield node.value


def test_every_rule_finds_its_example_by_its_words(tmp_path: Path) -> None:
    spoken: Counter[str] = Counter()
    for rule in all_rules():
        for example in (rule.good, rule.bad):
            notebook = read(written(example, tmp_path))
            assert unspoken(notebook) == []
            spoken.update(found.code for found in finding(notebook))
    assert set(spoken) == {rule.code for rule in WITH_WORDS}


def test_the_notebooks_of_the_repository_hold_the_words() -> None:
    root = HERE.parent.parent
    paths = sorted(path for folder in ("examples", "tests") for path in (root / folder).rglob("*.ipynb"))
    assert len(paths) >= 4
    assert {path.name: missing for path in paths if (missing := unspoken(read(path)))} == {}
    cases = chain((case.percent() for _, case in notebooks()), texts())
    assert {text: missing for text in cases if (missing := unspoken(read_text(text, "a.py")))} == {}


def test_faults_planted_at_random_hold_the_words() -> None:
    dice = random.Random(SEED)
    clean = [*(cells for _, cells in examples()), *(generated(seed) for seed in range(SEED, SEED + 5))]
    faults = [fault for cells in clean for fault in plant(cells, dice)]
    assert len(faults) > 100
    wrong = [(fault.kind, unspoken(read_text(as_ipynb(fault.cells), "a.ipynb"))) for fault in faults]
    assert [fault for fault in wrong if fault[1]] == []


HIDDEN = [
    ("NBX304", 'from builtins import hash as digest\nx = hash("a")'),
    ("NBX507", "rows = 1\nｅｖａｌ(rows)"),  # noqa: RUF001 - Python reads these wide letters as `eval`
    ("NBX504", "from pickle import *\nx = load(open('a', 'rb'))"),
    ("NBX504", "import numpy as n\nx = n.load('a', allow_pickle=True)"),
    ("NBX504", "from torch import load as got\nx = got('a')"),
    ("NBX505", "from joblib import dump as keep\nclass A: ...\nkeep(A(), 'a')"),
    ("NBX405", "import getpass as g\nx = g.getpass()"),
    ("NBX404", "from pathlib import Path as P\nx = P.home()"),
    ("NBX404", "x = '\\x7e/data'"),
    ("NBX403", "x = '\\x2fhome\\x2fann'"),
    ("NBX403", "x = r'C:\\Users\\ann'"),
    ("NBX406", "x = open('\\57content\\57drive')"),
    ("NBX406", "from google . colab import drive"),
    ("NBX506", "import requests as r\nr.get('a', verify=False)"),
    ("NBX506", "!curl -k https://a.b"),
    ("NBX506", "!pip install --trusted-host a b"),
    ("NBX506", "from urllib3 import *\nfrom urllib3 import disable_warnings as quiet\nquiet()"),
    ("NBX507", "f = eval\nrows = '1'\nx = eval(rows)"),
    ("NBX117", "from math import \\\n    *"),
    ("NBX117", "%pylab"),
    ("NBX109", "run other.py"),
    ("NBX109", "%store -r rows"),
    ("NBX110", "get_ipython().user_ns['a'] = 1"),
    ("NBX110", "import sys\nsys.modules[__name__].a = 1"),
    ("NBX110", "import __main__ as m"),
    ("NBX119", "while ready():\n    x = 1\nprint(x)"),
    ("NBX301", "from random import random as r\nx = r()"),
    ("NBX301", "import numpy.random as r\nx = r.rand(3)"),
    ("NBX301", "import pandas as pd\nd = pd.DataFrame()\nd = d.sample(frac=1)"),
    ("NBX301", "from torch import *\nx = rand(3)\ny = w.normal_()"),
    ("NBX301", "w.uniform_()"),
    ("NBX301", "from tensorflow import layers as l\nx = l.Dense(3)\nm.fit(x)"),
    ("NBX302", "from sklearn.model_selection import train_test_split as cut\na, b = cut(c)"),
    ("NBX303", "import torch.utils.data as d\nx = d.DataLoader(r, shuffle=True)\nfor b in x: pass"),
    ("NBX321", "!pip install pandas"),
    ("NBX322", "pip install pandas"),
    ("NBX322", "%%bash\n  conda \\\n  install pandas\npip install torch"),
    ("NBX323", "# /// script\n# dependencies = 3\n# ///"),
    ("NBX331", "import time as t\nimport numpy as np\nnp.random.seed(int(t.time()))"),
    ("NBX331", "from datetime import datetime as D\nd['a'] = D.now() - d['b']"),
]
"""Ways to write it that hide the word: aliases, star imports, escapes, wide letters, magics without their sign."""


@pytest.mark.parametrize(("code", "source"), HIDDEN)
def test_words_that_are_hidden_well(code: str, source: str) -> None:
    notebook = read_text(f"# %%\n{source}\n", "a.py")
    assert code in {rule.code for rule in finding(notebook)}
    assert unspoken(notebook) == []


def test_a_word_that_is_not_necessary_is_noticed() -> None:
    """What the tests above would say of a rule with a wrong word."""
    notebook = read_text("# %%\nrows = '1'\nx = eval(rows)\n", "a.py")
    rule = next(rule for rule in finding(notebook) if rule.code == "NBX507")
    assert not replace(rule, words=("exec",)).may_speak(text_of(notebook))
    assert rule.may_speak(text_of(notebook))


def test_rules_about_files_are_always_asked() -> None:
    """Words are sought in code; a secret may stand in an output."""
    assert [rule.code for rule in WITH_WORDS if rule.scope == "file"] == []
