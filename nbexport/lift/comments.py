"""Comments beside parameters → what they say to a person, without what they say to a tool.

    >>> words('# @param {type:"slider", min:0, max:1, step:0.1}')
    '0 to 1, in steps of 0.1'
    >>> words("# type: int  passes over the data  # noqa: E501"), words("# Parameters"), words("#@markdown Step size")
    ('passes over the data', '', 'Step size')
    >>> choices('#@param ["adam", "sgd"]', "sgd"), choices('#@param ["a"] {allow-input: true}', "a")
    (('adam', 'sgd'), ())
    >>> bounds("# layers, 1..20"), bounds("#@param {type:'slider', min:0, max:1}")
    ({'at_least': 1, 'at_most': 20}, {'at_least': 0, 'at_most': 1})
    >>> bounds("# (0, 1]"), bounds("# a shape (2, 3)"), bounds("# (2, 3)"), bounds("# in (2, 3)")
    ({'above': 0, 'at_most': 1}, {}, {}, {'above': 2, 'below': 3})
    >>> bounds("# share (>= 0.5)"), bounds("# in [0, inf)"), bounds("# more than 3 is > 2 too much")
    ({'at_least': 0.5}, {'at_least': 0}, {})
    >>> [is_directive(line) for line in ("#| echo: false", "#|export", "# | town | price |", "# plain")]
    [True, True, False, False]

Source: papermill, `parameterize_notebook`, which writes `# Parameters`; Colab, "Forms"; Quarto, "Execution options".
"""

from __future__ import annotations

import ast
import re
from typing import Any

_FORM = re.compile(r"#?[ \t]*@param\b[ \t]*(?P<list>\[[^\]\n]*\])?[ \t]*(?P<more>\{[^}\n]*\})?(?P<text>.*)$")
_MARKUP = re.compile(r"#?[ \t]*@(?P<word>markdown|title)\b[ \t]*(?P<text>.*)$")
_HEADER = re.compile(
    r"(?:the |these )?(?:papermill|injected|notebook|default|hyper|model|training|global|user|input|run)?[ -]?"
    r"(?:hyper-?)?(?:parameters?|params|settings|config|configuration|options|constants|inputs)(?: cell)?[.:]?",
    re.IGNORECASE,
)
_TYPE = re.compile(r"^type:\s*[\w.\[\],|]+\s*")
_DIRECTIVE = re.compile(r"#[ \t]*\|[ \t]*(?:[\w-]+[ \t]*:.*|[^|]*)$")
"""What tells Quarto or nbdev how to show a cell; not a row of a table."""
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|inf|∞)"
_DOTS = re.compile(rf"(?:^|[\s(])({_NUMBER})\s*\.\.\s*({_NUMBER})\)?$")
_INTERVAL = re.compile(
    rf"(?P<said>(?:^|.*\b(?:in|within|range)\s|.*∈\s*))(?P<open>[\[(])\s*({_NUMBER})\s*,\s*({_NUMBER})\s*(?P<close>[\])])$"
)
_SIGN = re.compile(rf"(?:^|\()\s*(>=|>|<=|<|≥|≤)\s*({_NUMBER})\s*\)?$")
_OF_SIGN = {">=": "at_least", "≥": "at_least", ">": "above", "<=": "at_most", "≤": "at_most", "<": "below"}
_TOOLS = re.compile(r"\s*(noqa|nbexport|pylint|type: ignore)\b.*$")


def is_directive(comment: str) -> bool:
    """Whether a comment is an option of a cell for Quarto or nbdev, which says nothing about the code.

    Args:
        comment: The comment, with its sign.
    """
    return _DIRECTIVE.match(comment) is not None


def words(comment: str) -> str:
    """What a comment says about a parameter; empty where it heads all of them, or speaks to a tool alone.

    Args:
        comment: The comment, with its sign.
    """
    if is_directive(comment):
        return ""
    form = _FORM.match(comment)
    if form:
        text = form["text"].strip(" #-—:")
        return _range(form["more"] or "") if not text or text[0] in "[{" else text
    markup = _MARKUP.match(comment)
    if markup:
        return markup["text"].strip() if markup["word"] == "markdown" else ""
    text = _TYPE.sub("", comment.lstrip("#").strip())
    text = _TOOLS.sub("", text).strip(" #-—:")
    return "" if _HEADER.fullmatch(text) else text


def choices(comment: str, value: Any) -> tuple[str, ...]:
    """The texts that a form of Colab lets one choose from; none where it takes others too, or the value is another.

    Args:
        comment: The comment, with its sign.
        value: What the notebook has.
    """
    form = _FORM.match(comment)
    if form is None or not form["list"] or "allow-input" in (form["more"] or "") or "raw" in (form["more"] or ""):
        return ()
    try:
        values = ast.literal_eval(form["list"])
    except (SyntaxError, ValueError):
        return ()
    return tuple(values) if all(isinstance(one, str) for one in values) and value in values else ()


def bounds(comment: str) -> dict[str, float]:
    """The range that a comment ends in: `1..20`, `in [0, 1)`, `(>= 0)`, the slider of a form; empty for anything else.

    Two numbers in round brackets are a range only where both ends cannot be meant otherwise: `(2, 3)` is a shape.

    Args:
        comment: The comment, with its sign.

    Returns:
        `above`, `at_least`, `below`, `at_most` → the number.
    """
    form = _FORM.match(comment)
    if form:
        ends = dict(re.findall(rf"\b(min|max)[\"']?[ \t]*:[ \t]*({_NUMBER})", form["more"] or ""))
        return _ends("at_least", ends["min"], "at_most", ends["max"]) if {"min", "max"} <= set(ends) else {}
    text = _TOOLS.sub("", _TYPE.sub("", comment.lstrip("#").strip())).strip(" #-—:.")
    if dots := _DOTS.search(text):
        return _ends("at_least", dots[1], "at_most", dots[2])
    if interval := _INTERVAL.match(text):
        open_end, closed_end = interval["open"] == "(", interval["close"] == ")"
        if interval["said"] or not (open_end and closed_end):
            lower, upper = "above" if open_end else "at_least", "below" if closed_end else "at_most"
            return _ends(lower, interval[3], upper, interval[4])
    if sign := _SIGN.search(text):
        return _ends(_OF_SIGN[sign[1]], sign[2], "", "inf")
    return {}


def _ends(lower: str, first: str, upper: str, last: str) -> dict[str, float]:
    """The ends that are numbers."""
    ends: dict[str, float] = {}
    for kind, text in ((lower, first), (upper, last)):
        if not text.endswith(("inf", "∞")):
            ends[kind] = float(text) if any(sign in text for sign in ".eE") else int(text)
    return ends


def _range(form: str) -> str:
    """The range of a slider."""
    bounds = dict(re.findall(r"\b(min|max|step)[\"']?[ \t]*:[ \t]*(-?[\d.]+(?:e-?\d+)?)", form))
    if not {"min", "max"} <= set(bounds):
        return ""
    step = f", in steps of {bounds['step']}" if "step" in bounds else ""
    return f"{bounds['min']} to {bounds['max']}{step}"
