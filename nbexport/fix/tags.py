r"""Tags → the notebook's text with them in it; not one other character changes.

    "metadata": {},      →      "metadata": {
                                 "tags": [
                                  "train"
                                 ]
                                },

in a `.ipynb`, laid out as the text around it is, and `# %% fit` → `# %% fit tags=["train"]` in a script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nbexport.errors import NbexportError
from nbexport.model import Notebook, Role
from nbexport.read.ipynb import Walk, places_of_cells
from nbexport.read.notebook import decoded, read_text
from nbexport.read.roles import PREFIX

_SPACE = re.compile(r"[ \t\r\n]*")


def tags_for(notebook: Notebook, roles: Mapping[int, Sequence[Role]]) -> dict[int, tuple[str, ...]]:
    """The tags that say these roles, cell by cell; a second `parameters` cell needs our prefix to count as one."""
    tags = {}
    taken = any("parameters" in cell.tags for cell in notebook.cells)
    for number, given in sorted(roles.items()):
        words = []
        for role in given:
            prefixed = role is Role.PARAMETERS and taken
            taken |= role is Role.PARAMETERS
            words.append(f"{PREFIX}{role.value}" if prefixed else role.value)
        if words:
            tags[number] = tuple(words)
    return tags


def tagged(data: bytes, notebook: Notebook, tags: Mapping[int, Sequence[str]]) -> bytes:
    """The file with these tags added to its cells.

    Args:
        data: What the file holds now.
        notebook: What was read from it.
        tags: Cell number → tags to add.

    Raises:
        NbexportError: The file is not text, or is written in a way that tags cannot be put into.
    """
    file = decoded(data, notebook.path)
    text = file.text
    new = _ipynb(text, tags) if notebook.format == "ipynb" else _text(text, notebook, tags)
    _check(new, notebook, tags)
    return file.encoded(new)


def _check(text: str, notebook: Notebook, tags: Mapping[int, Sequence[str]]) -> None:
    """The new text must read as the old notebook with the tags added."""
    after = read_text(text, notebook.path)
    same = len(after.cells) == len(notebook.cells) and all(
        (new.kind, new.source) == (old.kind, old.source) and new.tags == (*old.tags, *tags.get(old.number, ()))
        for new, old in zip(after.cells, notebook.cells, strict=False)
    )
    if not same:
        raise NbexportError(
            f"the tags cannot be put into `{notebook.path}` without changing more than the tags",
            fix="open it in Jupyter, save it, and try again",
        )


# --------------------------------------------------------------------------- .ipynb


def indentation(text: str) -> str:
    """What a file indents one level by; empty where it stands on one line."""
    return _gap(text, text.index("{")).rpartition("\n")[2]


class _Member(NamedTuple):
    """One member of a JSON object, or one item of an array; `begin` and `end` are those of its value."""

    key: str
    begin: int
    end: int


def _ipynb(text: str, tags: Mapping[int, Sequence[str]]) -> str:
    edits: list[tuple[int, int, str]] = []
    unit = indentation(text)
    for number, cell in enumerate(places_of_cells(text), 1):
        if number in tags:
            edits.append(tags_edit(text, cell.begin, list(tags[number]), unit))
    for begin, end, new in sorted(edits, reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def members_of(text: str, at: int) -> list[_Member]:
    """The members of the JSON object that begins at `at`."""
    walk = Walk(text)
    walk.at = at
    members = []
    for key in walk.members():
        walk.peek()
        begin = walk.at
        walk.value()
        members.append(_Member(key, begin, walk.at))
    return members


def _items(text: str, at: int) -> list[_Member]:
    walk = Walk(text)
    walk.at = at
    items = []
    for _ in walk.items():
        walk.peek()
        begin = walk.at
        walk.value()
        items.append(_Member("", begin, walk.at))
    return items


def _gap(text: str, at: int) -> str:
    """The white space behind an opening bracket: how its members are laid out."""
    space = _SPACE.match(text, at + 1)
    return space[0] if space else ""


def tags_edit(text: str, at: int, tags: list[str], unit: str) -> tuple[int, int, str]:
    """(begin, end, new text) of the one place in a cell that changes."""
    gap = _gap(text, at)
    members = members_of(text, at)
    metadata = next((member for member in reversed(members) if member.key == "metadata"), None)
    if metadata is None or text[metadata.begin] != "{":
        inner = _deeper(gap, unit)
        value = _object("tags", _list(tags, _deeper(inner, unit), inner, text, at), inner, gap, text, at)
        if metadata is not None:
            return metadata.begin, metadata.end, value
        return _insertion(text, at, members, "metadata", value)
    inside = members_of(text, metadata.begin)
    inner = _gap(text, metadata.begin) if inside else _deeper(gap, unit)
    member_of_tags = next((member for member in reversed(inside) if member.key == "tags"), None)
    fresh = _list(tags, _deeper(inner, unit), inner, text, at)
    if member_of_tags is None and inside:
        return _insertion(text, metadata.begin, inside, "tags", fresh)
    if member_of_tags is None:
        return metadata.begin, metadata.end, _object("tags", fresh, inner, gap, text, at)
    if text[member_of_tags.begin] == "[" and (items := _items(text, member_of_tags.begin)):
        space = _gap(text, member_of_tags.begin) or ("" if _is_compact(text, at) else " ")
        return items[-1].end, items[-1].end, "".join(f",{space}{json.dumps(tag)}" for tag in tags)
    if text[member_of_tags.begin] == '"':
        before = json.loads(text[member_of_tags.begin : member_of_tags.end])
        joined = ", ".join([*([before] if before.strip() else []), *tags])
        return member_of_tags.begin, member_of_tags.end, json.dumps(joined, ensure_ascii=False)
    return member_of_tags.begin, member_of_tags.end, fresh


def _deeper(gap: str, unit: str) -> str:
    """The layout of one level further in; everything stays on one line where nothing is broken into lines."""
    return gap + unit if "\n" in gap else ""


def _is_compact(text: str, at: int) -> bool:
    return all(text[member.begin - 1] == ":" for member in members_of(text, at)[:2])


def _list(tags: list[str], inner: str, outer: str, text: str, at: int) -> str:
    if inner:
        return f"[{inner}" + f",{inner}".join(map(json.dumps, tags)) + f"{outer}]"
    return f"[{(',' if _is_compact(text, at) else ', ').join(map(json.dumps, tags))}]"


def _object(key: str, value: str, inner: str, outer: str, text: str, at: int) -> str:
    colon = ":" if _is_compact(text, at) else ": "
    return f'{{{inner}"{key}"{colon}{value}{outer if inner else ""}}}'


def _insertion(text: str, at: int, members: list[_Member], key: str, value: str) -> tuple[int, int, str]:
    """A new member of an object that has some, where sorted keys would have it."""
    gap = _gap(text, at)
    compact = _is_compact(text, at)
    new = f'"{key}"{":" if compact else ": "}{value}'
    before = [member for member in members if member.key < key]
    is_sorted = [member.key for member in members] == sorted(member.key for member in members)
    if not is_sorted or before:
        place = (before if is_sorted else members)[-1].end
        return place, place, f",{gap or ('' if compact else ' ')}{new}"
    place = at + 1 + len(gap)
    return place, place, f"{new},{gap or ('' if compact else ' ')}"


# --------------------------------------------------------------------------- scripts and Markdown


def _text(text: str, notebook: Notebook, tags: Mapping[int, Sequence[str]]) -> str:
    from nbexport.fix.marks import marks_of  # a `.ipynb` needs none of its formats

    rows = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    marks = marks_of(notebook.format, text)
    for cell in sorted(notebook.cells, key=lambda cell: cell.number, reverse=True):
        if cell.number in tags:
            marks.tag(rows, cell, tags[cell.number])
    return "".join(rows)
