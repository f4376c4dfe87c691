"""Codes on a command line or in a configuration → which findings are reported.

Of the beginnings of codes that match a rule, the longest decides, as in ruff: `--select NBX1 --ignore NBX101` reports
NBX102, `--select NBX101 --ignore NBX1` reports NBX101. Of two equally long ones `--ignore` wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.model import Finding
from nbexport.read.notebook import shown
from nbexport.record import record

ALL = "ALL"


@record
class Selection:
    """Which codes are reported, and in which files they are not."""

    select: tuple[str, ...] = ()
    """Beginnings of codes; all rules when empty."""
    ignore: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()
    """Beginnings of codes that are reported beside the selected ones."""
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Pattern → beginnings of codes that are left out in the files that it matches."""
    base: str = ""
    """Folder that the patterns are relative to; the current one when empty."""

    def of(self, findings: Iterable[Finding], path: str) -> tuple[Finding, ...]:
        """Those of the findings in a file that are reported."""
        if not (self.select or self.ignore or self.per_file):
            return tuple(findings)
        silent = self._silent_in(path) if self.per_file else ()
        return tuple(
            finding for finding in findings if self.reports(finding.code) and not finding.code.startswith(silent)
        )

    def reports(self, code: str) -> bool:
        """Whether findings of this code are reported in files that no pattern is about."""
        chosen = max(
            (len(start) for start in (*(self.select or ("",)), *self.extend) if code.startswith(start)), default=-1
        )
        return chosen > max((len(start) for start in self.ignore if code.startswith(start)), default=-1)

    def _silent_in(self, path: str) -> tuple[str, ...]:
        from nbexport.judge.patterns import matches, relative

        name = relative(Path(path), Path(self.base))
        return tuple(code for pattern, codes in self.per_file if matches(pattern, name) for code in codes)


def known(codes: Iterable[str], *, where: str) -> tuple[str, ...]:
    """Beginnings of codes in upper case; a rule's name stands for its code, `ALL` for every rule.

    Args:
        codes: What was given, each one code or several parted by commas.
        where: Where it was given, for messages.

    Raises:
        NbexportError: No rule's code begins like one of them.
    """
    from nbexport.rules import all_rules

    rules = all_rules()
    names = {rule.slug.upper(): rule.code for rule in rules}
    valid = []
    for code in (part.strip().upper() for text in codes for part in text.split(",")):
        start = "" if code == ALL else names.get(code, code)
        if not code or not any(rule.code.startswith(start) for rule in rules):
            raise NbexportError(
                f"{where}: no rule's code begins with `{shown(code)}`", fix="list the rules with `nbexport rules`"
            )
        valid.append(start)
    return tuple(valid)
