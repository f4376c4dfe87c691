"""Text → the secrets in it: by their form, or by the name that they are assigned to.

A few letters that each form begins with decide whether its pattern is tried; nothing is parsed unless a telling name
stands right before a string. Why the forms are ours: docs/decisions/0009-libraries-instead-of-own-code.md.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nbexport.model import Span
from nbexport.record import record

MAX_TEXT = 200_000
"""Characters of one output that are read."""

_GIVEN = r"[\"']?\]?[ \t]*(?::[ \t]*\w+[ \t]*)?[=:][ \t]*[rbu]?[\"']"
"""What stands between a telling name and a string that it is given."""
_TELLING = ("password", "passwd", "pwd", "passphrase", "secret", "key", "token")
# compiled where they are first needed, which in most notebooks is nowhere
_NAMES = (
    r"(?i)(?:^|_)(?:password|passwd|pwd|passphrase|secret|secret_?key|api_?key|apikey|access_?key|access_?token"
    r"|auth_?token|bearer_?token|api_?token|client_?secret|private_?key|(?:github|hf|slack|wandb|aws)_?(?:token|key))$"
)
_PLACEHOLDER = (
    r"(?i)x{3,}|\*{2,}|\.{3}|^[<\[{(].*[>\]})]$|your|example|change|dummy|placeholder|sample|redact|replace|insert"
    r"|todo|fake|test|mock|none|null|token|secret|password|passwd|api_?key|^(.)\1*$"
)


@record
class Secret:
    """One secret: what it is and where it stands in the text."""

    kind: str
    start: int
    end: int
    masked: str
    """What may be shown of it."""


def _is_never(word: str) -> bool:
    return False


def _is_common_word(word: str) -> bool:
    return bool(re.search(_PLACEHOLDER, word)) or word.lower() in ("pass", "user", "postgres", "guest", "admin", "root")


def _is_repetitive(word: str) -> bool:
    body = word[8:]
    return _entropy(body) < 2.5 or bool(re.search(r"(?i)x{6,}|\.{3}|your|example|123456789", word))


@record(eq=False)
class Form:
    """One form of secrets."""

    kind: str
    """What they are, for a message."""
    needles: tuple[str, ...]
    """What a text must contain to be worth a search."""
    pattern: str
    is_placeholder: Callable[[str], bool] | None = None
    """Whether a word only stands where such a secret would; None: where it has too little variety."""


_FORMS = (
    Form("an AWS key", ("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    Form(
        "a GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_[A-Za-z0-9_]{22,255}\b",
    ),
    Form("a GitLab token", ("glpat-",), r"\bglpat-[A-Za-z0-9_-]{20,}"),
    Form(
        "a Slack token",
        ("xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxo-", "hooks.slack.com"),
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w{20,}",
    ),
    Form("an Anthropic key", ("sk-ant-",), r"\bsk-ant-[A-Za-z0-9_-]{20,}"),
    Form("an OpenAI key", ("sk-",), r"\bsk-(?!ant-)(?:proj-|svcacct-)?[A-Za-z0-9_-]*[A-Za-z0-9]{20,}"),
    Form("a Hugging Face token", ("hf_",), r"\bhf_[A-Za-z0-9]{30,}\b"),
    Form("a Google key", ("AIza",), r"\bAIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])"),
    Form("a Stripe key", ("k_live_",), r"\b[sr]k_live_[0-9A-Za-z]{20,}\b"),
    Form("an npm token", ("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    Form("a PyPI token", ("pypi-AgE",), r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    Form("an Azure key", ("AccountKey=",), r"AccountKey=[A-Za-z0-9+/]{86}=="),
    Form("a private key", ("PRIVATE KEY-----",), r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----", _is_never),
    Form("a JSON web token", (".eyJ",), r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    Form(
        "a password in an address",
        ("@",),
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"<>{}$]{1,64}:(?P<word>[^\s/:@'\"<>{}$*]{3,64})@[\w.-]",
        _is_common_word,
    ),
)


def forms_in(text: str) -> list[Form]:
    """The forms that a text may hold: a text that is put together from others is asked once for all of them."""
    return [
        form
        for form in _FORMS
        if any(needle in text for needle in form.needles) and (form.needles != ("@",) or "://" in text)
    ]


def may_give(text: str) -> bool:
    """Whether a telling name stands right before a string somewhere."""
    lower = text.lower()
    given = None
    for word in _TELLING:
        place = lower.find(word)
        while place >= 0:
            given = given or re.compile(_GIVEN).match
            if given(text, place + len(word)):
                return True
            place = lower.find(word, place + 1)
    return False


def in_text(text: str, forms: Sequence[Form] | None = None) -> Iterator[Secret]:
    """Secrets that are known by their form.

    Args:
        text: The text.
        forms: Those of `forms_in`, where that was asked before.
    """
    taken: list[tuple[int, int]] = []
    for form in forms_in(text) if forms is None else forms:
        is_placeholder = form.is_placeholder or _is_repetitive
        for match in re.finditer(form.pattern, text):
            start, end = match.span("word") if "word" in match.groupdict() else match.span()
            word = text[start:end]
            if any(first < end and start < last for first, last in taken) or is_placeholder(word):
                continue
            taken.append((start, end))
            yield Secret(form.kind, start, end, mask(word))


def in_assignments(source: str) -> Iterator[Secret]:
    """Strings that Python assigns to names such as `api_key`: variables, arguments, keys of dicts.

    Args:
        source: The cell; in one that does not parse each line is asked by itself.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # magics: each line by itself is enough to see `password = "…"`
        for row in re.finditer(r"(?m)^[ \t]*(\w+[ \t]*=[ \t]*[rbu]?[\"'][^\"'\n]+[\"'])[ \t]*(?:#.*)?$", source):
            yield from _in_tree(_parsed(row[1]), row[1], row.start(1))
        return
    yield from _in_tree(tree, source, 0)


def _parsed(line: str) -> ast.AST:
    try:
        return ast.parse(line)
    except SyntaxError:
        return ast.Module([], [])


def _in_tree(tree: ast.AST, source: str, offset: int) -> Iterator[Secret]:
    for node in ast.walk(tree):
        for name, value in _named(node):
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and re.search(_NAMES, name):
                if is_secret_word(value.value):
                    span = _offsets(source, value)
                    yield Secret(f"`{name}`", offset + span[0], offset + span[1], mask(value.value))


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """(name, value) of what a node gives a value to."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                yield target.id, node.value
            elif isinstance(target, ast.Attribute):
                yield target.attr, node.value
            elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                yield str(target.slice.value), node.value
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value


def is_secret_word(word: str) -> bool:
    """Whether a string is not a word, name or placeholder: eight characters or more with enough variety."""
    if not 8 <= len(word) <= 400 or any(char.isspace() for char in word) or re.search(_PLACEHOLDER, word):
        return False
    if word.isalpha() or re.fullmatch(r"[A-Z][A-Z0-9_]*|[a-z_./-]+|https?://.*|.*\.\w{2,4}", word):
        return False
    return _entropy(word) >= 2.8


def _entropy(word: str) -> float:
    """Shannon's entropy in bits per character."""
    counts = [word.count(char) / len(word) for char in set(word)]
    return -sum(share * math.log2(share) for share in counts)


def mask(word: str) -> str:
    """The first four characters of a secret, or fewer of a short one; never more than a third."""
    return f"{word[: min(4, len(word) // 3)]}…"


def strings_in(value: Any) -> Iterator[str]:
    """The strings in nested metadata, as far as they are long enough to hold a secret."""
    waiting = [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, str):
            if len(entry) >= 16:
                yield entry[:MAX_TEXT]
        elif isinstance(entry, Mapping):
            waiting += entry.values()
        elif isinstance(entry, list | tuple):
            waiting += entry


def texts_of(output: Mapping[str, Any]) -> Iterator[str]:
    """The texts of a stored output: what was printed, shown or raised."""
    data = output.get("data")
    shown = (
        [value for kind, value in data.items() if str(kind).startswith("text/")] if isinstance(data, Mapping) else []
    )
    for value in (output.get("text"), output.get("evalue"), output.get("traceback"), *shown):
        if isinstance(value, str):
            yield value[:MAX_TEXT]
        elif isinstance(value, list):
            yield "".join(part for part in value if isinstance(part, str))[:MAX_TEXT]


def span_of(text: str, start: int, end: int) -> Span:
    """Rows and columns of a stretch of a cell's source."""
    row, last = text.count("\n", 0, start), text.count("\n", 0, end)
    return Span(row + 1, start - text.rfind("\n", 0, start), last + 1, end - text.rfind("\n", 0, end))


def _offsets(source: str, node: ast.expr) -> tuple[int, int]:
    """Where the characters of a string literal begin and end in the source, without its quotes."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def at(row: int, column: int) -> int:
        return starts[row - 1] + len(lines[row - 1].encode()[:column].decode("utf-8", "replace"))

    end_row, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return at(node.lineno, node.col_offset) + 1, at(end_row, end_column) - 1
