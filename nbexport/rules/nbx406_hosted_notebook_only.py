"""Code that runs only where the notebook was hosted.

## What it does
Reports imports of Colab's and Kaggle's own modules, paths of their machines, and Databricks' `dbutils`.

## Why is this bad
They do not exist anywhere else.

## How to fix
Guard the import (`try: … except ImportError:`), and give paths relative to the notebook.

## Limits
A guarded import is left alone: inside `try` or below an `if`.

## Source
Colab, Kaggle and Databricks documentation of their notebooks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("/", "\\", "colab", "kaggle", "dbutils", "dbruntime")

GOOD = """\
# %%
try:
    import google.colab
    hosted = True
except ImportError:
    hosted = False
import sys
if "google.colab" in sys.modules:
    from google.colab import drive
dbutils = {}
print(dbutils.keys())
rate = 3  #@param {type: "integer"}
"""

BAD = """\
# %%
from google.colab import drive  # <- here
drive.mount("/content/drive")  # <- here
rows = open("/kaggle/input/rows.csv")  # <- here
from kaggle_secrets import UserSecretsClient  # <- here
# %%
dbutils.widgets.get("day")  # <- here
"""

_MODULES = ("google.colab", "kaggle_secrets", "kaggle_datasets", "kaggle_web_client", "pyspark.dbutils", "dbruntime")
# compiled where it is first needed: few strings begin with a slash
_PATH = r"/(?:content/(?:drive|gdrive|sample_data|[\w.-]+)|kaggle/(?:input|working)|dbfs/)"


def find(analysis: Analysis) -> Iterator[Problem]:
    """Imports, paths and names of hosted notebooks."""
    for index, unit in enumerate(analysis.units):
        names: list[str] = []
        if isinstance(unit.node, ast.Import):
            names = [alias.name for alias in unit.node.names]
        elif isinstance(unit.node, ast.ImportFrom):
            names = [f"{unit.node.module}.{alias.name}" for alias in unit.node.names]
        module = next((name for name in names if name.startswith(_MODULES)), None)
        if module:
            yield _problem(analysis, index, unit.node, module)
    for index, node in analysis.texts:
        text = str(node.value)
        if text.startswith("/") and re.match(_PATH, text):
            yield _problem(analysis, index, node, text[:60])
    for use in analysis.uses:
        if use.name == "dbutils" and not analysis.provides("dbutils"):
            yield _problem(analysis, use.unit, use.node, "dbutils")


def _problem(analysis: Analysis, unit: int, node: ast.AST, shown: str) -> Problem:
    return Problem(
        f"`{shown}` exists only where the notebook was hosted",
        "guard it, or give a path relative to the notebook",
        analysis.units[unit].cell,
        analysis.span(unit, node),
    )
