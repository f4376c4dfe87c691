"""The registry: one file per rule, and everything about a rule comes from its file.

`nbx101_undefined_name.py` is rule `NBX101`, called `undefined-name`; its docstring is its documentation, `GOOD` and
`BAD` are its tests. Nothing is listed by hand, so a new file is a new rule.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Trait
from nbexport.record import record

DECISIVE = ("NBX0", "NBX1", "NBX2")
"""The families whose errors are about what an export computes: reading, hidden state, contract."""
_FILE_NAME = re.compile(r"(nbx\d{3})_([a-z0-9_]+)")


@record
class Rule:
    """One rule, as its file states it."""

    code: str
    slug: str
    title: str
    """First line of the docstring, without its full stop."""
    severity: Severity
    scope: Literal["notebook", "lift", "file"]
    """`lift` rules speak only where roles stand or a level is asked for. What `file` rules say is about a cell as it is
    stored: an export that takes nothing from the cell does not hear it."""
    doc: str
    """The whole docstring, Markdown."""
    good: str
    bad: str
    find: Callable[[Analysis], Iterator[Problem]]
    traits: frozenset[Trait] = frozenset()

    @property
    def decides(self) -> bool:
        """Whether it says that an export would or may compute something else, or nothing: no comment changes that."""
        weighty = self.severity is Severity.ERROR or Trait.ASSUMES in self.traits
        return weighty and self.code.startswith(DECISIVE)


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the codes."""
    # pkgutil would find them too, but it imports `inspect`; a glob compiles its pattern
    stems = (name.removesuffix(".py") for name in os.listdir(Path(__file__).parent) if name.endswith(".py"))
    names = sorted(stem for stem in stems if _FILE_NAME.fullmatch(stem))
    return tuple(_rule(name) for name in names)


def find_rule(code: str) -> Rule | None:
    """The rule with this code or slug, however it is cased; None when there is none."""
    wanted = code.strip()
    return next((rule for rule in all_rules() if wanted.upper() == rule.code or wanted.lower() == rule.slug), None)


def rule_with(trait: Trait) -> Rule:
    """The one rule with a trait.

    Raises:
        ValueError: There is none, or more than one.
    """
    (rule,) = (rule for rule in all_rules() if trait in rule.traits)
    return rule


def _rule(module_name: str) -> Rule:
    named = _FILE_NAME.fullmatch(module_name)
    if named is None:
        raise ValueError(module_name)
    module = import_module(f"{__name__}.{module_name}")
    doc = module.__doc__ or ""
    return Rule(
        code=named[1].upper(),
        slug=named[2].replace("_", "-"),
        title=doc.split("\n", 1)[0].rstrip("."),
        severity=module.SEVERITY,
        scope=module.SCOPE,
        doc=doc,
        good=module.GOOD,
        bad=module.BAD,
        find=module.find,
        traits=getattr(module, "TRAITS", frozenset()),
    )
