"""Trouble outside the notebook: what happened, why, how to fix it."""

from __future__ import annotations


class NbexportError(Exception):
    """Something the user must fix outside the notebook's code; shown without a traceback, exit code 2.

    Args:
        what: What happened, as one sentence.
        why: The reason, when `what` does not say it all.
        fix: One action that helps.
    """

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        parts = [self.what]
        if self.why:
            parts.append(f"why: {self.why}")
        if self.fix:
            parts.append(f"fix: {self.fix}")
        return "\n".join(parts)
