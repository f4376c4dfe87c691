"""The secrets of a notebook as CI, container and cluster hand them on: names of variables, never values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from nbexport.program import Program

TRUTHS = frozenset("N NO NULL FALSE OFF ON TRUE Y YES".split())
"""Names that YAML reads as something else than text."""


@dataclass(frozen=True, slots=True)
class SecretVariable:
    """An environment variable that holds a secret."""

    name: str
    optional: bool
    """Whether the notebook leaves it empty, so that a run may too."""
    served: bool
    """Whether the service needs it: `predict` reads it."""

    @property
    def key(self) -> str:
        """The name as YAML has it: some would be read as a truth value."""
        return f'"{self.name}"' if self.name in TRUTHS else self.name

    @property
    def passed_on(self) -> str:
        """What Compose replaces by the variable of the shell that starts it; it says so where none is set."""
        return (
            f"${{{self.name}:-}}" if self.optional else f"${{{self.name}:?is a secret of the notebook, see RUNBOOK.md}}"
        )


def secrets(program: Program) -> tuple[SecretVariable, ...]:
    """Every secret of a program, in the order of its options."""
    read = {*program.state, *_names_in_examples(program)}
    return tuple(
        SecretVariable(
            parameter.variable,
            optional=program.secrets.get(parameter.variable) == "",
            served=program.predict is not None and parameter.name in read,
        )
        for parameter in program.parameters
        if parameter.secret
    )


def _names_in_examples(program: Program) -> Iterator[str]:
    """What the example calls of `predict` name: the service asks itself these before it is ready."""
    for example in () if program.predict is None else program.predict.examples:
        for node in ast.walk(ast.parse(example)):
            if isinstance(node, ast.Name):
                yield node.id
