"""`model.py` reads as if written by hand: names, types, docstrings and what is left out of the stages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from nbexport.analysis.analyse import analyse
from nbexport.lift.placing import place
from nbexport.lift.program import lift
from nbexport.lift.style import tidied
from nbexport.program import Program
from nbexport.read.notebook import read_text


def lifted(text: str, root: Path = Path("nowhere")) -> Program:
    placed = place(analyse(read_text(text, "notebook.py"), level=1))
    assert placed.layout.problems == [], [problem.message for problem in placed.layout.problems]
    return tidied(lift(placed, name="notebook.py"), root)


def functions_of(program: Program) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(program.model)
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def header(program: Program, name: str) -> str:
    node = functions_of(program)[name]
    arguments = ast.unparse(node.args)
    return f"({arguments}) -> {ast.unparse(node.returns) if node.returns is not None else ''}"


def docstring(program: Program, name: str) -> str:
    return ast.get_docstring(functions_of(program)[name]) or ""


def body(program: Program, name: str) -> list[str]:
    return [ast.unparse(statement) for statement in functions_of(program)[name].body[1:]]


# --------------------------------------------------------------------------- types

CHURN = """
# %%
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
# %% tags=["parameters"]
test_size = 0.25
seed = 3
# %% tags=["data"]
df = pd.read_csv("customers.csv")
X = df.drop(columns=["churned"])
y = df["churned"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=test_size, random_state=seed)
# %% tags=["model"]
model = make_pipeline(StandardScaler(), LogisticRegression())
# %% tags=["train"]
model.fit(X_train, y_train)
# %% tags=["evaluate"]
metrics = {"accuracy": float(model.score(X_test, y_test))}
"""


def test_stages_say_what_they_take_and_give() -> None:
    program = lifted(CHURN)
    four = "tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]"
    assert header(program, "load_data") == f"(data: Path, *, test_size: float, seed: int) -> {four}"
    assert header(program, "train_model") == "(X_train: pd.DataFrame, y_train: pd.Series, model: 'Pipeline') -> None"
    assert header(program, "evaluate_model").endswith("-> dict[str, Any]")
    assert "metrics: Mapping[str, Any], model: 'Pipeline'" in header(program, "save_model")


def test_what_only_annotations_need_is_imported_for_type_checkers_alone() -> None:
    program = lifted(CHURN)
    assert "if TYPE_CHECKING:\n    from sklearn.pipeline import Pipeline\n" in program.model
    assert "noqa" not in program.model
    imported = [node for node in ast.parse(program.model).body if isinstance(node, ast.ImportFrom)]
    assert "Pipeline" not in {alias.name for node in imported for alias in node.names}


def test_a_name_that_type_checkers_would_take_for_another_stays_any() -> None:
    text = CHURN.replace("# %%\nimport pandas", "# %%\nfrom textwrap import indent as Pipeline\nimport pandas")
    text = text.replace("test_size=test_size,", 'test_size=len(Pipeline("ab", "")) / 8,')
    assert header(lifted(text), "build_model") == "() -> Any"


def test_the_notebook_s_own_class_is_named() -> None:
    program = lifted("""
# %% tags=["define"]
class Rule:
    def __init__(self, limit): self.limit = limit
# %% tags=["train"]
rule = Rule(3)
# %% tags=["evaluate"]
metrics = {"limit": rule.limit}
""")
    assert header(program, "train_model") == "() -> Rule"
    assert header(program, "evaluate_model") == "(rule: Rule) -> dict[str, Any]"


def test_a_name_given_another_type_by_a_later_stage_has_both() -> None:
    program = lifted("""
# %%
import pandas as pd
# %% tags=["data"]
rows = pd.DataFrame({"a": [1, 2]})
# %% tags=["features"]
rows = rows["a"]
# %% tags=["train"]
level = float(rows.mean())
# %% tags=["evaluate"]
metrics = {"level": level}
""")
    assert header(program, "prepare") == "(rows: pd.DataFrame) -> pd.Series"
    assert header(program, "train_model") == "(rows: pd.Series) -> float"


def test_a_name_bound_on_some_paths_only_may_be_what_it_was() -> None:
    program = lifted("""
# %%
import pandas as pd
# %% tags=["data"]
rows = pd.DataFrame({"a": [1, 2]})
# %% tags=["features"]
if len(rows) > 9:
    rows = rows["a"]
# %% tags=["train", "evaluate"]
metrics = {"size": rows.size}
""")
    assert header(program, "prepare") == "(rows: pd.DataFrame) -> Any"


# --------------------------------------------------------------------------- names

OPTIMISER_APART = """
# %%
import torch
# %% tags=["data"]
rows = torch.ones(4, 1)
net = torch.nn.Linear(1, 1)
# %% tags=["train"]
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
# %% tags=["features"]
goal = rows * 2
# %% tags=["train"]
for _ in range(2):
    loss = ((net(rows) - goal) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% tags=["evaluate"]
metrics = {"loss": loss.item()}
# %% tags=["predict"]
def predict(value: float) -> float:
    return float(net(torch.tensor([[value]])))
"""


def test_the_loop_is_train_model_and_what_makes_an_optimiser_is_not() -> None:
    functions = functions_of(lifted(OPTIMISER_APART))
    assert [name for name in functions if name.startswith(("make_", "train_"))] == ["make_optimizer", "train_model"]
    assert "range(2)" in ast.unparse(functions["train_model"])


def test_train_calls_the_stages_by_these_names() -> None:
    program = lifted(OPTIMISER_APART)
    assert "optimizer = make_optimizer(net)" in program.train
    assert [stage.function for stage in program.stages if stage.role == "train"] == ["make_optimizer", "train_model"]


def test_the_plain_name_is_that_of_what_predict_reads() -> None:
    program = lifted("""
# %% tags=["data"]
rows = [1, 2, 3]
# %% tags=["train"]
model = sum(rows)
# %% tags=["evaluate"]
score = model / 2
# %% tags=["train"]
baseline = max(rows)
# %% tags=["evaluate"]
metrics = {"score": score, "baseline": baseline}
# %% tags=["predict"]
def predict(value: float) -> float:
    return value * model
""")
    names = [stage.function for stage in program.stages]
    assert names == ["load_data", "train_model", "evaluate_score", "make_baseline", "evaluate_model"]


def test_no_stage_has_a_name_of_the_notebook_s() -> None:
    program = lifted("""
# %% tags=["define"]
def make_baseline(rows):
    return max(rows)
# %% tags=["data"]
rows = [1, 2, 3]
# %% tags=["train"]
baseline = make_baseline(rows)
# %% tags=["evaluate"]
score = baseline / 2
# %% tags=["train"]
model = sum(rows)
# %% tags=["evaluate"]
metrics = {"score": score, "model": model}
""")
    assert [stage.function for stage in program.stages if stage.role == "train"] == ["train_model_1", "train_model"]


def test_cells_of_one_role_side_by_side_are_one_stage() -> None:
    program = lifted("""
# %% tags=["data"]
rows = [1, 2, 3]
# %%
rows[:2]
# %% tags=["data"]
first = rows[0]
# %% tags=["train", "evaluate"]
metrics = {"first": first, "all": sum(rows)}
""")
    assert "# cell 1\n    rows = [1, 2, 3]\n    # cell 3\n    first = rows[0]\n" in program.model
    assert docstring(program, "load_data") == "From cells 1, 3 of `notebook.py`."


# --------------------------------------------------------------------------- what is left out

DISPLAYS = {
    "the head of a frame": "df.head()",
    "so many rows": "df.head(20)",
    "some of a list": "words[:8]",
    "a column": 'df["a"].describe()',
    "a choice of rows": 'df[df["a"] > 1]',
    "rows and columns": 'df.loc[:3, "a"].unique()',
    "a size": "df.shape",
    "several": "df.head(), words[0]",
    "displayed": "display(df.tail())",
    "the sum of gaps": "df.isna().sum()",
    "a mean": 'df["a"].mean()',
}

KEPT = {
    "a change in place": 'df.drop(columns=["a"], inplace=True)',
    "what prints": "df.info()",
    "a print": 'print(f"{len(df)} rows")',
    "a random draw": "df.sample(2)",
    "an entry that a default dict makes": 'store["new"]',
    "a function": "look(df)",
    "a method of the user's": "own.head()",
    "a method put in the place of another": "odd.head()",
    "an argument with an effect": "df.head(words.pop())",
    "a key that is called": "df.sort_values('a', key=look)",
    "arithmetic, whose warnings may be counted": "pd.Series(words).to_numpy() / 1",
    "a mean, where somebody listens for warnings": 'df["a"].mean()  # np.seterrcall',
    "a file": 'df.to_csv("a.csv")',
    "a method that no table has": "df.plot_everything()",
}

AROUND = """
# %%
import pandas as pd
from collections import defaultdict
# %% tags=["define"]
def look(value):
    return value
class Own:
    def head(self): return self.__dict__.setdefault("seen", 1)
# %% tags=["data"]
df = pd.DataFrame({{"a": [1, 2, 3]}})
words = ["a", "b"]
store = defaultdict(list)
own = Own()
odd = look(df)
{line}
# %% tags=["train", "evaluate"]
metrics = {{"rows": len(df), "words": len(words), "store": len(store), "own": own.head(), "odd": len(odd)}}
"""


@pytest.mark.parametrize("line", DISPLAYS.values(), ids=DISPLAYS)
def test_what_only_shows_is_left_out(line: str) -> None:
    without = lifted(AROUND.format(line="")).model
    assert lifted(AROUND.format(line=line)).model == without


@pytest.mark.parametrize("line", KEPT.values(), ids=KEPT)
def test_what_may_do_more_stays(line: str) -> None:
    assert ast.unparse(ast.parse(line)) in body(lifted(AROUND.format(line=line)), "load_data")


def test_a_method_that_the_notebook_has_replaced_stays() -> None:
    text = AROUND.format(line="df.head()").replace(
        '# %% tags=["data"]\n', '# %% tags=["data"]\npd.DataFrame.head = look\n'
    )
    assert "df.head()" in body(lifted(text), "load_data")


def test_a_pause_goes_with_the_plot_that_it_is_for() -> None:
    program = lifted("""
# %%
import time
import matplotlib.pyplot as plt
# %% tags=["data"]
rows = [3, 1, 2]
for row in rows:
    plt.plot([row])
    plt.show()
    time.sleep(0.5)
# %% tags=["train", "evaluate"]
metrics = {"rows": len(rows)}
""")
    assert "sleep" not in program.model
    assert not re.search(r"^(import|from) (time|matplotlib)", program.model, re.MULTILINE)


def test_a_pause_by_itself_stays() -> None:
    program = lifted("""
# %%
import time
# %% tags=["data"]
rows = [3, 1, 2]
time.sleep(0.0)
# %% tags=["train", "evaluate"]
metrics = {"rows": len(rows)}
""")
    assert "time.sleep(0.0)" in body(program, "load_data")


# --------------------------------------------------------------------------- docstrings

MARKDOWN = """
# %% [markdown]
# # Flats
#
# What a flat costs.
{above}
# %% tags=["data"]
rows = [1, 2, 3]
# %% tags=["train", "evaluate"]
metrics = {{"rows": len(rows)}}
# %% [markdown]
# ## The end
"""
ORIGIN = "From cell {} of `notebook.py`."


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ("", ""),
        ("# %% [markdown]\n# ## The rents", "The rents.\n\n"),
        (
            "# %% [markdown]\n# ## The rents\n# As the town\n# publishes them.",
            "The rents.\n\nAs the town publishes them.\n\n",
        ),
        ("# %% [markdown]\n# ## The rents\n# %% [markdown]\n# Of **2020**.", "The rents.\n\nOf 2020.\n\n"),
        (
            "# %% [markdown]\n# ## The rents\n#\n# | a | b |\n# |---|---|\n# | 1 | 2 |\n#\n# Two.",
            "The rents.\n\nTwo.\n\n",
        ),
        ("# %% [markdown]\n# ## The rents\n#\n# ```sh\n# # no heading\n# run me\n# ```", "The rents.\n\n"),
        (
            "# %% [markdown]\n# ## The rents\n#\n# ![a plot](plot.png)\n#\n# See [the town](https://example.org).",
            "The rents.\n\nSee the town.\n\n",
        ),
        ("# %% [markdown]\n# ## The rents\n#\n# - one\n# - two", "The rents.\n\n"),
        ("# %% [markdown]\n# ## The `max_depth` of `a_b`\n", "The max_depth of a_b.\n\n"),
        ("# %% [markdown]\n# ## The rents\n# Who reads them.\n# %%\nprint(1)", ""),
    ],
)
def test_a_docstring_has_the_heading_that_belongs_to_the_cell_and_its_text(above: str, expected: str) -> None:
    program = lifted(MARKDOWN.format(above=above))
    cell = next(stage.cells[0] for stage in program.stages if stage.role == "data")
    assert docstring(program, "load_data") == expected + ORIGIN.format(cell)
    assert program.title == "Flats"


def test_the_only_heading_belongs_to_its_cell() -> None:
    program = lifted('# %% [markdown]\n# # The rents\n# %% tags=["train", "evaluate"]\nmetrics = {"rows": 3}\n')
    assert docstring(program, "train_model" if "train_model" in program.model else "evaluate_model").startswith(
        "The rents."
    )


def test_long_text_is_left_out_and_lines_are_short() -> None:
    long = "# " + " ".join(["word"] * 100)
    program = lifted(MARKDOWN.format(above=f"# %% [markdown]\n# ## The rents\n{long}\n#\n{long}"))
    text = docstring(program, "load_data")
    assert text.count("word") == 100
    assert max(map(len, program.model.splitlines())) <= 120


# --------------------------------------------------------------------------- lint


def test_an_import_that_only_a_gate_reads_is_not_there() -> None:
    program = lifted("""
# %%
import numpy as np
# %% tags=["train", "evaluate"]
metrics = {"share": 0.5}
assert metrics["share"] >= float(np.float64(0.25))
assert metrics["share"] <= 1
""")
    assert "noqa" not in program.model
    named = {name for gate in program.gates for name in [gate.metric]}
    assert named <= {"share"}


def test_what_ruff_objects_to_is_excused_on_its_line_alone() -> None:
    program = lifted("""
# %% tags=["data"]
rows = [1, 2]
left = 3  # of a try
text = '''one
two'''  # noqa: Q000
# %% tags=["train", "evaluate"]
metrics = {"rows": len(rows)}
""")
    assert "    left = 3  # of a try  # noqa: F841\n" in program.model
    assert 'two"""  # noqa: F841\n' in program.model
    assert "# ruff: noqa" not in program.model


def test_an_import_for_its_effect_says_so() -> None:
    program = lifted("""
# %%
from sklearn.experimental import enable_iterative_imputer
from sklearn.impute import IterativeImputer
# %% tags=["data"]
imputer = IterativeImputer()
# %% tags=["train", "evaluate"]
metrics = {"rows": imputer.max_iter}
""")
    assert "from sklearn.experimental import enable_iterative_imputer  # noqa: F401\n" in program.model


def test_modules_that_the_notebook_writes_are_sorted_as_its_own(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("x = 1\n", encoding="utf-8")
    program = lifted(
        """
# %%
import numpy as np
from beside import x
# %% tags=["train", "evaluate"]
metrics = {"rows": len(np.ones(x))}
""",
        tmp_path,
    )
    assert "import numpy as np\n\nfrom beside import x\n" in program.model
