"""What the export wrote and what the project holds now → the statements and the other lines that were edited.

Statements are compared, not lines: a reader who inserts one moves no other. Those that the two sides share are found by
their text, the rest by what they bind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from nbexport.lift.provenance import LIFTED, Block, blocks
from nbexport.pull.options import FUNCTION, TRAIN, defaults
from nbexport.pull.sources import bare
from nbexport.record import record

Pair = tuple[int | None, int | None]
"""Places of a statement on two sides; None where one of them has none."""


@record
class Change:
    """One statement that a person edited, added or removed in a lifted file."""

    file: str
    function: str
    """The stage function; empty at module level."""
    line: int
    """Its first line in the project's file; of a removed one, the line where it stood."""
    place: int
    """Which statement the export wrote there; of an added one, the statement that it follows (-1: none)."""
    base: str | None
    """What the export wrote; None for an added statement."""
    yours: str | None
    """What stands there now; None for a removed statement."""


@record
class Line:
    """Lines of a project's file that stand in no statement of a cell, as they were edited."""

    file: str
    line: int
    yours: str
    """What stands there now; empty where lines were removed."""
    base: str
    """What the export wrote; empty where lines were added."""


def changes(file: str, base: str, yours: str) -> tuple[Change, ...]:
    """The statements that were edited in a lifted file, in its order.

    Raises:
        SyntaxError: What stands there now is not Python.
    """
    before, after = statements_of(file, base), statements_of(file, yours)
    return tuple(
        change
        for function, there in before.items()
        if function in after
        for change in _changes(file, function, there, after[function])
    )


def statements_of(file: str, text: str) -> Mapping[str, tuple[Block, ...]]:
    """Stage function, or nothing at module level → what of a file comes from statements of the notebook.

    Raises:
        SyntaxError: It is not Python.
    """
    return {FUNCTION: defaults(text)} if file == TRAIN else blocks(file, text)


def _changes(file: str, function: str, before: Sequence[Block], after: Sequence[Block]) -> Iterator[Change]:
    last, line = -1, after[0].first if after else 1
    for place, now in paired(before, after):
        if now is not None:
            line = max(after[now].first, after[now].last - len(after[now].text.split("\n")) + 1)
        if place is not None:
            last = place
        base = None if place is None else before[place].text
        yours = None if now is None else after[now].text
        if base != yours:
            yield Change(file, function, line, last, base, yours)


def paired(before: Sequence[Block], after: Sequence[Block]) -> Iterator[Pair]:
    """Which statements of two versions are the same one, in an order that keeps that of both."""
    for tag, start, end, first, last in SequenceMatcher(
        None, [one.text for one in before], [one.text for one in after], autojunk=False
    ).get_opcodes():
        if tag == "equal" or end - start == last - first:
            yield from zip(range(start, end), range(first, last), strict=True)
            continue
        known = SequenceMatcher(
            None, [one.key for one in before[start:end]], [one.key for one in after[first:last]], autojunk=False
        )
        for what, one, other, now, then in known.get_opcodes():
            if what == "equal":
                yield from zip(range(start + one, start + other), range(first + now, first + then), strict=True)
            else:
                yield from ((place, None) for place in range(start + one, start + other))
                yield from ((None, place) for place in range(first + now, first + then))


def other_lines(file: str, base: str, yours: str, new: str) -> Iterator[Line]:
    """The edited lines of a file that stand in no statement of a cell, but for those that an export would write too.

    Args:
        file: Its name.
        base: What the export wrote.
        yours: What stands there now.
        new: What an export would write now.
    """
    known = frozenset(blocks(file, base)) if file in LIFTED else frozenset[str]()
    before, now, then = ([*_outside(file, text, known)] for text in (base, yours, new))
    left = Counter(line for _, line in then)
    matcher = SequenceMatcher(None, [line for _, line in before], [line for _, line in now], autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        added, removed = [line for _, line in now[first:last]], [line for _, line in before[start:end]]
        if tag == "equal" or not "".join([*added, *removed]).strip():
            continue
        if not Counter(added) - left and not any(left[line] for line in removed if line not in added):
            continue
        line = now[first][0] if first < len(now) else now[-1][0] if now else 1
        yield Line(file, line, bare("\n".join(added)), bare("\n".join(removed)))


def _outside(file: str, text: str, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    """The lines of a file that stand in no statement of a cell, each with its number."""
    held = {
        row
        for function, there in (blocks(file, text) if known else {}).items()
        if function in known
        for block in there
        for row in range(block.first, block.last + 1)
    }
    for row, line in enumerate(text.splitlines(), start=1):
        if row not in held and line.strip():
            yield row, line
