"""The databases that exported code connects to: environment variables, with what the notebook has as their default."""

from __future__ import annotations

import ast
import re

from nbexport.lift.databases import VARIABLE
from nbexport.program import Program

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")


def databases(program: Program) -> dict[str, str]:
    """Variable → address that is its default, without user and password."""
    addresses: dict[str, str] = {}
    for text in (program.model, program.definitions):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.environ.get" and len(node.args) == 2:
                name, default = (part.value if isinstance(part, ast.Constant) else None for part in node.args)
                if isinstance(name, str) and name.startswith(VARIABLE) and isinstance(default, str):
                    addresses[name] = _CREDENTIALS.sub("", default)
    return dict(sorted(addresses.items()))
