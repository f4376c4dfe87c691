"""The heading above a cell → the role that its words name, which settles what the code leaves open."""

from __future__ import annotations

import re

from nbexport.model import Notebook, Role

_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_WORDS = (
    (
        Role.EVALUATE,
        re.compile(r"\b(?:evaluat\w*|test(?:ing)? the|scores?|metrics|results?|accuracy|how good|how well)\b"),
    ),
    (
        Role.TRAIN,
        re.compile(r"\b(?:train(?:ing)?|fit(?:ting)?|optimi[sz]\w+|learn(?:ing)? loop)\b(?! (?:data|set|images))"),
    ),
    (Role.MODEL, re.compile(r"\b(?:models?|architecture|network)\b")),
    (
        Role.FEATURES,
        re.compile(r"\b(?:features?|pre-?process\w*|prepar\w*|scal(?:e|ing)|encod\w*|clean\w*|tokeni[sz]\w*)\b"),
    ),
    (Role.DATA, re.compile(r"\b(?:data|datasets?|load\w*|read\w*|split\w*|download\w*|import)\b")),
)


def headings(notebook: Notebook) -> dict[int, tuple[Role, str]]:
    """Cell → the role its heading names and the heading's text, for the code cells that stand under such a heading.

    A heading that names more than one role names none.
    """
    by_cell: dict[int, tuple[Role, str]] = {}
    current: tuple[Role, str] | None = None
    for cell in notebook.cells:
        if cell.kind == "markdown":
            for text in _HEADING.findall(cell.source):
                roles = [role for role, words in _WORDS if words.search(text.lower())]
                current = (roles[0], text) if len(roles) == 1 else None
        elif cell.kind == "code" and current is not None:
            by_cell[cell.number] = current
    return by_cell
