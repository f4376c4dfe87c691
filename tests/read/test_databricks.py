"""Notebooks in Databricks' source format."""

from __future__ import annotations

from nbexport import api
from nbexport.model import Role
from nbexport.read.notebook import locate, read_text

SOURCE = """\
# Databricks notebook source
# MAGIC %md # Orders
# MAGIC
# MAGIC How many there are.

# COMMAND ----------

# DBTITLE 1,Where they lie
#| tags: [parameters]
folder = "orders"

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT count(*) FROM orders

# COMMAND ----------

# MAGIC %pip install pandas==2.0 \\
# MAGIC   rich==13.0

# COMMAND ----------

# MAGIC %sh ls -l

# COMMAND ----------

#| tags:
#|   - train
#|   - evaluate
# a comment
count = _sqldf.count()
metrics = {"count": count + missing}

# COMMAND ----------

"""


def test_cells() -> None:
    notebook = read_text(SOURCE, "a.py")
    assert (notebook.format, notebook.language) == ("databricks", "python")
    assert [(cell.kind, cell.language, cell.source) for cell in notebook.cells] == [
        ("markdown", "python", "# Orders\n\nHow many there are."),
        ("code", "python", 'folder = "orders"'),
        ("code", "sql", "%sql\nSELECT count(*) FROM orders"),
        ("code", "python", "%pip install pandas==2.0 \\\n  rich==13.0"),
        ("code", "bash", "%sh ls -l"),
        ("code", "python", '# a comment\ncount = _sqldf.count()\nmetrics = {"count": count + missing}'),
        ("code", "python", ""),
    ]
    roles = [cell.roles for cell in notebook.cells]
    assert (roles[1], roles[5]) == ((Role.PARAMETERS,), (Role.TRAIN, Role.EVALUATE))
    assert notebook.cells[1].metadata == {"title": "Where they lie"}


def test_places() -> None:
    lines = SOURCE.split("\n")
    for cell in read_text(SOURCE, "a.py").cells:
        for number, row in enumerate(cell.source.split("\n"), 1):
            line, column = locate(cell, number)
            assert lines[line - 1][column - 1 :] == row


def test_names_that_databricks_gives_are_bound() -> None:
    notebook, findings = api.check_text(SOURCE, "a.py")
    found = [finding for finding in findings if finding.code == "NBX101"]
    assert ["`missing`" in finding.problem.message for finding in found] == [True]
    span = found[0].problem.span
    line, column = locate(notebook.cells[5], span.row, span.column)
    assert SOURCE.split("\n")[line - 1][column - 1 :] == "missing}"
