"""A name that nothing in the notebook binds.

## What it does
Reports a read of a name that no cell binds and that neither Python nor IPython provides. Where the notebook tells more
of the cause, another rule reports the read instead: a text cell (NBX113), the body of a cell magic (NBX114), a scope
that keeps the name (NBX115), a similar name (NBX116), a later cell (NBX102).

## Why is this bad
It worked only because the kernel still held the name: from a cell that was deleted or edited since, or
from another session. On a fresh kernel the cell fails.

## How to fix
Bring back the cell that bound the name, or correct the spelling. For names that usually are a library's (`np`) the
fix adds the usual import; for names of Python 2 (`xrange`) it puts what Python 3 has.

## Limits
Silent where a star import, `%run`, `%store -r`, a magic that nbexport does not know or a cell that does not parse may
supply the name. A function's names are judged where the function is called.

## Source
Pimentel et al., "A Large-Scale Study About Quality and Reproducibility of Jupyter Notebooks", MSR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.bindings import Use
from nbexport.analysis.notebook import SCRIPT_NAMES, Analysis
from nbexport.analysis.undefined import Cause, CauseKind, caused_by
from nbexport.fix.edits import import_added
from nbexport.model import Edit, Fix, Problem, Severity

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
rows = [1, 2]
# %% a function is called after its globals exist
def scaled(x):
    return x * factor
factor = 2
print(scaled(2))
# %% targets of loops and with statements live on
for row in rows:
    with open("a") as file:
        text = file.read()
print(row, text, file)
# %% what may not exist is deleted
from contextlib import suppress
try:
    del old_rows
except NameError:
    pass
with suppress(NameError):
    del older_rows
# %% what Python gives to a class body
class Labelled:
    label = f"{__module__}.{__qualname__}"
# %% walrus and match
if (count := len(rows)) > 1:
    match rows:
        case [first, *others]:
            print(first, others, count)
# %% an import with a fallback
try:
    import ujson as json
except ImportError:
    import json
print(json)
# %% TYPE_CHECKING and annotations that are text
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from decimal import Decimal
def price(x: "Decimal") -> Decimal:
    return x
print(price(1))
# %% decorators, lambdas, nonlocal
def twice(f):
    n = 0
    def inner(*args):
        nonlocal n
        n += 1
        return f(*args)
    return inner
@twice
def one(x):
    return x
double = lambda value: value * 2
print(one(double(2)))
# %% dunder names and builtins
print(__name__, __doc__, __debug__, NotImplemented, Ellipsis)
# %% a function that binds a global before anything reads it
def load():
    global table
    table = [3]
load()
print(table)
# %% the code asks first
try:
    cached
except NameError:
    cached = 1
print(cached)
if "memo" not in globals():
    memo = {}
print(memo, shown if "shown" in globals() else 0)
import builtins
if hasattr(builtins, "profile"):
    print(profile)
# %% a loop that runs at least once
for a, b in [(1, 2), (3, 4)]:
    total = a + b
print(a, b, total)
# %% comprehensions that wait, and awaiting at the top level
async def numbers():
    yield 1
print([n async for n in numbers()])
import asyncio
await asyncio.sleep(0)
# %% what IPython provides
display(rows)
get_ipython()
class Shown:
    def _repr_html_(self):
        return "<b>"
%matplotlib inline
# %%
%%time
slow = sum(rows)
# %%
%%capture out
print(slow)
# %%
files = !ls
print(out, files)
# %% tags=["raises-exception"]
1 / 0
# %% tags=["skip-execution"]
print(of_another_machine)
# %% tags=["injected-parameters"]
alpha = 1
# %%
print(alpha)
# %% Colab
#@title Settings { run: "auto" }
size = 3 #@param {type: "integer"}
print(size)
# %% Python 2
import sys
if sys.version_info[0] < 3:
    text = unicode(text)
# %%
exit
"""

BAD = """\
# %%
rows = [1, 2]
# %%
print(len(columns))  # <- here
# %%
table = pd.DataFrame(rows)  # <- here
# %%
print([row for row in xrange(3)])  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads that no binding reaches, where nothing in the notebook tells why."""
    fixed: set[str] = set()
    for use, cause in caused_by(analysis, CauseKind.NOWHERE):
        cell, span = analysis.place(use)
        message, hint, statement, name = _said(analysis, use, cause)
        fix = None
        if statement and use.name not in fixed:
            edits = import_added(analysis, cell, span.row, statement)
            fix = Fix(f"add `{statement}` to cell {cell}", edits, safe=False) if edits else None
        elif name:
            fix = Fix(f"read `{name}` instead", (Edit(cell, span, name),), safe=False)
        fixed.add(use.name)
        yield Problem(message, hint, cell, span, use.name, fix, missing=True)


def _said(analysis: Analysis, use: Use, cause: Cause) -> tuple[str, str, str, str]:
    """Message and hint, and where they are known the import that binds the name and the name to read instead of it."""
    from nbexport.analysis.usual_names import of_python2, usual_import  # most notebooks lack no name

    name = use.name
    rebound = " but from itself" if name in analysis.definitions else ""
    if name in SCRIPT_NAMES and not rebound:
        message = f"a notebook has no `{name}`: only a file that Python runs has one"
        return message, "use `Path.cwd()`, or a path relative to the notebook", "", ""
    if cause.cell:
        why = f"cell {cause.cell} binds it only in a comment"
        message = f"`{name}` is bound nowhere in this notebook{rebound}: {why}"
        return message, f"add the cell that binds `{name}`, or remove the read", "", ""
    now = of_python2(name)
    if now and not rebound:
        message = f"`{name}` is a name of Python 2, which Python 3 does not have"
        if "import " in now:
            return message, f"add `{now}`", now, ""
        return message, f"read `{now}` instead", "", now if now.isidentifier() else ""
    statement = usual_import(name) or (f"import {name}" if _is_library(analysis, name) else "")
    if statement:
        message = f"`{name}` is bound nowhere in this notebook{rebound}: nothing imports it"
        return message, f"add `{statement}`", statement, ""
    why = "its cell was deleted, or it came from another session"
    message = f"`{name}` is bound nowhere in this notebook{rebound}: {why}"
    return message, f"add the cell that binds `{name}`, or remove the read", "", ""


def _is_library(analysis: Analysis, name: str) -> bool:
    """Whether the name is that of a module which the notebook imports from."""
    return any(
        d.module.partition(".")[0] == name
        for definitions in analysis.definitions.values()
        for d in definitions
        if d.module
    )
