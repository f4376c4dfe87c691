"""The registry: one file per rule, and everything about a rule comes from its file.

`nbx101_undefined_name.py` is rule `NBX101`, called `undefined-name`; its docstring is its documentation, `GOOD` and
`BAD` are its tests. Nothing is listed by hand, so a new file is a new rule.

What is known of a rule before it is asked stands in `index.py`, which `make docs` writes from the files: a check
imports only the rules whose words the notebook holds. A file that is not in the index yet is imported at once, and an
entry whose file is gone is left out, so that the files decide at any moment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from nbexport.model import Severity, Trait
from nbexport.record import record
from nbexport.rules.index import INDEX

if TYPE_CHECKING:
    from typing import Any, Literal

    from nbexport.analysis.notebook import Analysis
    from nbexport.model import Problem

    Scope = Literal["notebook", "lift", "file"]

DECISIVE = ("NBX0", "NBX1", "NBX2")
"""The families whose errors are about what an export computes: reading, hidden state, contract."""


@record(eq=False)
class Rule:
    """One rule, as its file states it."""

    code: str
    slug: str
    title: str
    """First line of the docstring, without its full stop."""
    severity: Severity
    scope: Scope
    """`lift` rules speak only where roles stand or a level is asked for. What `file` rules say is about a cell as it is
    stored: an export that takes nothing from the cell does not hear it."""
    traits: frozenset[Trait]
    words: tuple[str, ...]
    """Where it finds something, the source of a code cell holds one of them; without any it is always asked."""

    @property
    def doc(self) -> str:
        """The whole docstring, Markdown."""
        return self._file.__doc__ or ""

    @property
    def good(self) -> str:
        """A notebook about which it is silent."""
        example: str = self._file.GOOD
        return example

    @property
    def bad(self) -> str:
        """A notebook whose marked lines it reports."""
        example: str = self._file.BAD
        return example

    @property
    def find(self) -> Callable[[Analysis], Iterator[Problem]]:
        """What it says about a notebook."""
        question: Callable[[Analysis], Iterator[Problem]] = self._file.find
        return question

    @property
    def decides(self) -> bool:
        """Whether it says that an export would or may compute something else, or nothing: no comment changes that."""
        weighty = self.severity is Severity.ERROR or Trait.ASSUMES in self.traits
        return weighty and self.code.startswith(DECISIVE)

    def may_speak(self, text: str) -> bool:
        """Whether it may find something in a notebook whose code cells hold this text."""
        return not self.words or any(word in text for word in self.words)

    @cached_property
    def _file(self) -> Any:
        return import_module(f"{__name__}.{self.code.lower()}_{self.slug.replace('-', '_')}")


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the codes."""
    listed = {entry[0]: entry for entry in INDEX}
    return tuple(_rule(*listed[module]) if module in listed else _rule(*stated(module)) for module in modules())


def modules() -> list[str]:
    """The names of all rule files, without `.py`, in the order of the codes."""
    # pkgutil would find them too, but it imports `inspect`
    files = os.listdir(__path__[0])
    return sorted(name.removesuffix(".py") for name in files if name.startswith("nbx") and name.endswith(".py"))


Stated = tuple[str, str, str, "Scope", tuple[str, ...], tuple[str, ...]]
"""What the index says of a rule: its module, title, severity, scope, traits and words."""


def stated(module: str) -> Stated:
    """What a rule's file says of it, for the index."""
    file = import_module(f"{__name__}.{module}")
    title = (file.__doc__ or "").split("\n", 1)[0].rstrip(".")
    traits = tuple(sorted(trait.value for trait in getattr(file, "TRAITS", ())))
    return module, title, file.SEVERITY.value, file.SCOPE, traits, tuple(getattr(file, "WORDS", ()))


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


def _rule(
    module: str, title: str, severity: str, scope: Scope, traits: tuple[str, ...], words: tuple[str, ...]
) -> Rule:
    code, _, slug = module.partition("_")
    return Rule(
        code.upper(), slug.replace("_", "-"), title, Severity(severity), scope, frozenset(map(Trait, traits)), words
    )
