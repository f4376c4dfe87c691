"""Certificates are not checked.

## What it does
Reports `verify=False` of HTTP clients, unverified SSL contexts, silenced certificate warnings, and `curl -k`, `wget
--no-check-certificate` and `pip --trusted-host` in shell lines.

## Why is this bad
Anyone on the way can answer in the server's place, with other data or other code.

## How to fix
Install the missing certificate, or name it (`verify="company.pem"`).

## Limits
Settings in files and in the environment are not seen.

## Source
Python documentation, `ssl`; requests documentation, "SSL Cert Verification".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("verify", "disable_warnings", "_create_unverified_context", "CERT_NONE", "curl", "wget", "trusted-host")

GOOD = """\
# %%
import requests
requests.get("https://example.org", verify="company.pem")
def check(rows, verify=False):
    return rows
check([], verify=False)
!curl -O https://example.org/rows.csv
"""

BAD = """\
# %%
import requests, ssl
requests.get("https://example.org", verify=False)  # <- here
ssl._create_default_https_context = ssl._create_unverified_context  # <- here
!curl -k https://example.org/rows.csv  # <- here
!wget --no-check-certificate https://example.org/rows.csv  # <- here
"""

_METHODS = frozenset("get post put patch delete head options request Session Client AsyncClient stream".split())
_LIBRARIES = ("requests.", "httpx.", "aiohttp.")
# compiled where it is first needed: most notebooks have no such line
_SHELL = r"\bcurl\b.*\s(?:-[a-zA-Z]*k\b|--insecure\b)|\bwget\b.*--no-check-certificate\b|\bpip3?\b.*--trusted-host\b"


def find(analysis: Analysis) -> Iterator[Problem]:
    """Places where certificates are not checked."""
    for call in analysis.calls:
        value = call.keyword("verify") or call.keyword("verify_ssl")
        off = isinstance(value, ast.Constant) and value.value is False
        method = call.node.func.attr if isinstance(call.node.func, ast.Attribute) else ""
        known = (call.full or "").startswith(_LIBRARIES)
        if (off and (known or (method in _METHODS and call.full is None))) or call.full == "urllib3.disable_warnings":
            yield _problem(analysis, call.unit, call.node)
    for index, unit in analysis.statements_near("_create_unverified_context", "CERT_NONE"):
        for node in unit.nodes:
            if isinstance(node, ast.Attribute) and node.attr in ("_create_unverified_context", "CERT_NONE"):
                yield _problem(analysis, index, unit.node)
                break
    for cell in analysis.notebook.cells:
        for magic in cell.magics:
            if magic.kind == "shell" and re.search(_SHELL, magic.argument):
                yield Problem(_MESSAGE, _HINT, cell.number, magic.span)


_MESSAGE = "certificates are not checked here"
_HINT = "install the missing certificate, or name it with `verify=`"


def _problem(analysis: Analysis, unit: int, node: ast.AST) -> Problem:
    return Problem(_MESSAGE, _HINT, analysis.units[unit].cell, analysis.span(unit, node))
