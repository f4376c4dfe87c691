"""What people read: `README.md`, and from level 2 on `RUNBOOK.md` for those who run the service."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from textwrap import fill

from nbexport import levels
from nbexport.emit import runtime
from nbexport.emit.ci import cluster_name
from nbexport.emit.databases import databases
from nbexport.emit.example_call import example_call
from nbexport.emit.export import Export, Project
from nbexport.emit.secrets import SecretVariable, secrets
from nbexport.emit.templating import cell, code, markdown, message, rendered
from nbexport.program import Operator, Parameter, Program

WIDTH = 120
"""Characters in a line."""
MOST_OPTIONS = 12
"""Rows of a table that is still read; `python train.py --help` lists more."""
MOST_ASSUMPTIONS = 6
"""Assumptions that a README lists; `nbexport.lock` has all of them."""

BOUNDS = {
    Operator.ABOVE: "above",
    Operator.AT_LEAST: "at least",
    Operator.BELOW: "below",
    Operator.AT_MOST: "at most",
    Operator.EQUAL: "equal to",
}


def emit(export: Export) -> Project:
    """The documents."""
    program = export.program
    options, known = _options(program), secrets(program)
    values: dict[str, object] = {
        "program": program,
        "wheel": export.wheel,
        "level": export.level,
        "trained": "models/candidate" if export.level >= levels.PIPELINE else "models/latest",
        "served": "models/production" if export.level >= levels.PIPELINE else "models/latest",
        "about_secrets": _secrets(known, ci=export.ci),
        "about_databases": _databases(program),
        "secrets": known,
        "name": cluster_name(program.notebook),
        "options": options if len(options) <= MOST_OPTIONS else [],
        "example": None if program.predict is None else example_call(program.predict),
        "assumptions": program.assumptions[:MOST_ASSUMPTIONS],
        "left_out": max(0, len(program.assumptions) - MOST_ASSUMPTIONS),
    }
    if export.level < 2:
        return Project((rendered("package", "README.md", values),))
    values["settings"] = [_setting(*setting) for setting in settings()]
    return Project((rendered("package", "README.md", values), rendered("package", "RUNBOOK.md", values)))


def _secrets(known: Sequence[SecretVariable], *, ci: str) -> str:
    """Where the secrets come from; nothing where there are none.

    Args:
        known: The notebook's secrets.
        ci: Where the project is checked.
    """
    if not known:
        return ""
    names = ", ".join(f"`{secret.name}`" for secret in known)
    files = ", ".join(f"`{secret.name}_FILE`" for secret in known)
    place = {
        "github": "*Settings, Secrets and variables, Actions*, where they have the same names; pull requests from "
        "forks get none.",
        "gitlab": "*Settings, CI/CD, Variables*, where they have the same names; mark each as masked and hidden.",
    }[ci]
    return _filled(
        f"Secrets come from the environment: set {names}, or let {files} hold the absolute path of a file. "
        f"CI takes them from {place}"
    )


def _databases(program: Program) -> str:
    """Where the databases are named; nothing where there are none."""
    known = [f"`{name}` (default {code(address)})" for name, address in databases(program).items()]
    return _filled(f"Databases are named by the environment: {', '.join(known)}.") if known else ""


def _options(program: Program) -> list[tuple[str, str, str]]:
    """(option, default, meaning as Markdown) rows of the table of options."""
    rows = [
        (parameter.option, parameter.variable if parameter.secret else parameter.default, _help(parameter))
        for parameter in program.parameters
    ]
    taken = {parameter.option for parameter in program.parameters}
    for gate in program.gates:
        # as `train.py` does: a parameter of the same name keeps its own
        option = gate.option.replace("--", "--gate-", 1) if gate.option in taken else gate.option
        rows.append((option, repr(gate.threshold), f"gate: {cell(gate.metric)} must be {BOUNDS[gate.operator]} this"))
    return rows


def _help(parameter: Parameter) -> str:
    """The notebook's comment as it is, or what stands for none, without its marks."""
    ours = f"`{parameter.name}` of the notebook"
    return markdown(ours.replace("`", "") if parameter.help == ours else parameter.help)


def settings() -> Iterator[tuple[str, str, str]]:
    """(variable, default, meaning) of each setting of the service, as the runtime declares it."""
    text = (runtime.folder() / "service" / "settings.py").read_text(encoding="utf-8")
    declared = next(
        node.body for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    for field, meaning in pairwise(declared):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(meaning, ast.Expr) and isinstance(meaning.value, ast.Constant):
            yield field.target.id.upper(), _default(field.value), " ".join(str(meaning.value.value).split())


def _setting(variable: str, default: str, meaning: str) -> str:
    """An entry of a list, its lines as long as the text around it: the first sentence is what a person looks for."""
    first = re.split(r"(?<=\.) (?=[A-Z`])", meaning, maxsplit=1)[0]
    shown = f"- `{variable}`{f' ({code(default)})' if default else ''}: {message(first)}"
    return _filled(shown, indent="  ")


def _filled(text: str, *, indent: str = "") -> str:
    """A paragraph, its lines as long as the text around it."""
    return fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _default(value: ast.expr | None) -> str:
    """A default as an environment variable has it."""
    if isinstance(value, ast.Call):
        given = [keyword.value for keyword in value.keywords if keyword.arg == "default"] + value.args
        return _default(given[0]) if given else ""
    if isinstance(value, ast.Constant) and value.value is not None:
        return str(int(value.value)) if isinstance(value.value, bool) else str(value.value)
    return ""
