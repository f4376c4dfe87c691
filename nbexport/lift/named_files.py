"""Literals in calls of exported code that look like files: one that lies beside the notebook is read by something.

DataSource().open("iris.data")        nobody knows that this reads
pd.read_csv("rows.csv")               `sources.py` knows, and makes it `--data`
"""

from __future__ import annotations

import ast
import re

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.written_files import written_paths

_FILE = re.compile(r"(?!/)(?!.*\.\.)[\w ./+-]*[\w+-]\.\w{1,8}")


def named_files(analysis: Analysis) -> tuple[str, ...]:
    """Relative paths with a suffix that are arguments of calls, without those that exported code writes."""
    named: set[str] = set()
    written: set[str] = set()
    for unit in analysis.lifted:
        for node in analysis.units[unit].nodes:
            written.update(written_paths(node))
            if isinstance(node, ast.Call):
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
                named.update(
                    value.value
                    for value in values
                    if isinstance(value, ast.Constant) and isinstance(value.value, str) and _FILE.fullmatch(value.value)
                )
    return tuple(sorted(named - written))
