"""Trouble outside the notebook: what happened, why, how to mend it."""

from __future__ import annotations


class NbexportError(Exception):
    """Something the user must mend outside the notebook's code; shown without a traceback, exit code 2.

    Args:
        what: What happened, as one sentence.
        why: The reason, when `what` does not say it all.
        mend: One action that helps.
    """

    def __init__(self, what: str, *, why: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.mend = mend

    def __str__(self) -> str:
        parts = [self.what]
        if self.why:
            parts.append(f"why: {self.why}")
        if self.mend:
            parts.append(f"mend: {self.mend}")
        return "\n".join(parts)
