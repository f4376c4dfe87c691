"""What fixes did or would do → text: the summary, the diff and the table of `--statistics`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from nbexport.model import Finding, Results
from nbexport.report.findings import summary
from nbexport.report.printable import printable
from nbexport.report.together import together
from nbexport.rules import find_rule


def with_fixes(text: str, results: Results, fixed: Sequence[Finding], *, offers: bool, unsafe: bool) -> str:
    """A report for people with what was fixed in its summary, and below it what could be.

    Args:
        text: The report; one that does not end in a summary comes back as it is.
        results: What is left.
        fixed: What was fixed.
        offers: Whether to say what `--fix` would fix.
        unsafe: Whether unsafe fixes count as available.
    """
    plain = summary(results)
    if not text.endswith(plain):
        return text
    if fixed:
        left = sum(len(findings) for _, findings in together(results))
        # what is fixed is counted as it was: each place by itself
        everything = [*results, *((results[0][0], (finding,)) for finding in fixed)]
        summed = summary(everything).removesuffix(".")
        text = f"{text.removesuffix(plain)}{summed} ({len(fixed)} fixed, {left} remaining)."
    hint = (
        _offer([finding for _, findings in together(results) for finding in findings], unsafe=unsafe) if offers else ""
    )
    return f"{text}\n{hint}" if hint else text


def _offer(findings: Iterable[Finding], *, unsafe: bool) -> str:
    safe = [finding.problem.fix.safe for finding in findings if finding.problem.fix is not None]
    available = len(safe) if unsafe else sum(safe)
    hidden = len(safe) - available
    more = f"{hidden} more with `--unsafe-fixes`" if hidden else ""
    if available:
        return f"[*] {available} fixable with `--fix`{f' ({more})' if more else ''}."
    return f"{hidden} fixable with `--fix --unsafe-fixes`." if hidden else ""


def statistics(results: Results, *, unsafe: bool, as_json: bool = False) -> str:
    """How often each rule spoke, the most frequent first: count, code, `[*]` where `--fix` fixes it, name."""
    counts: dict[str, int] = {}
    fixable: set[str] = set()
    for _, findings in together(results):
        for finding in findings:
            counts[finding.code] = counts.get(finding.code, 0) + 1
            if finding.problem.fix is not None and (finding.problem.fix.safe or unsafe):
                fixable.add(finding.code)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    names = {code: rule.slug if (rule := find_rule(code)) else "" for code in counts}
    if as_json:
        table = [
            {"code": code, "name": names[code], "count": count, "fixable": code in fixable} for code, count in rows
        ]
        return json.dumps(table, indent=2)
    width = max((len(str(count)) for count in counts.values()), default=0)
    lines = [f"{count:>{width}}\t{code}\t{'[*]' if code in fixable else '[ ]'} {names[code]}" for code, count in rows]
    legend = ["[*] fixable with `nbexport check --fix`"] if fixable else []
    return "\n".join([*lines, *legend] or [summary(results)])


def diff(name: str, before: str, after: str) -> str:
    """What a fix would change in a file, as a unified diff; empty when nothing."""
    from difflib import unified_diff

    lines = []
    for line in unified_diff(_lines(before), _lines(after), printable(name), printable(name)):
        shown = line.rstrip("\r\n")
        lines.append(shown)
        if shown == line:
            lines.append("\\ No newline at end of file")
    return "\n".join(lines)


def _lines(text: str) -> list[str]:
    parts = text.split("\n")
    return [*(f"{part}\n" for part in parts[:-1]), *([parts[-1]] if parts[-1] else [])]
