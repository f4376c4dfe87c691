"""What a name most often is that nothing in a notebook binds: `np` is numpy, `xrange` is Python 2's `range`.

The names stand in `usual_names.json`, which is read when the first such name is asked for.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any


def usual_import(name: str) -> str:
    """The statement that most often binds a name; empty where there is none.

    >>> usual_import("np"), usual_import("Path"), usual_import("json"), usual_import("rows")
    ('import numpy as np', 'from pathlib import Path', 'import json', '')
    """
    for statement, names in _table()["imports"].items():
        if name in names.split():
            return f"{statement} {name}" if statement.startswith("from ") else str(statement)
    return f"import {name}" if name in sys.stdlib_module_names else ""


def of_python2(name: str) -> str:
    """What Python 3 has in place of a name of Python 2: another name or an import; empty for other names.

    >>> of_python2("xrange"), of_python2("reload"), of_python2("range")
    ('range', 'from importlib import reload', '')
    """
    return str(_table()["python2"].get(name, ""))


@cache
def _table() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_bytes())
    return content
