"""Which text parameters hold secrets: by their name, by their value, or because a comment says so.

api_key = ""                                      the name
DATABASE = "postgresql://ann:pw@db/rows"          the value: an address with credentials
vault = "blue-heron"  # secret                    the comment
pad_token = "[PAD]"; key_columns = "id"           none: tokens of a text, keys of a table
api_key_name = "OPENAI"  # not secret             none
"""

from __future__ import annotations

import re

from nbexport.analysis import secrets

_ALWAYS = frozenset(
    """password passwd pwd passphrase passcode secret secrets credential credentials dsn apikey accesskey secretkey
    authtoken accesstoken bearer""".split()
)
_KEYS = frozenset(
    """access account anthropic api app application auth aws azure bearer client deploy encryption gcp github gitlab
    google hf huggingface license mistral openai private secret service shared signing slack ssh storage stripe
    subscription wandb webhook""".split()
)
"""Words before `key` that make a secret of it: `api_key`, and not `primary_key` or `sort_key`."""
_TEXT_TOKENS = frozenset(
    """bos cls empty end eos first last mask max min n next num oov pad padding sep separator special start stop system
    unk unknown""".split()
)
"""Words before `token` that make a piece of text of it: `pad_token`."""
_DESCRIBES = frozenset(
    """col cols column columns count dir endpoint env field file folder format header host id index kind len length
    limit name names path pattern policy prefix separator size type uri url var variable""".split()
)
"""Last words of what only describes a secret: `api_key_name`, `token_url`."""
_CONNECTIONS = re.compile(r"(?:^|_)conn(?:ection)?_(?:str|string|url|uri)$")
_CREDENTIALS = (
    r"(?i)^[a-z][a-z0-9+.-]*://[^\s/?#@]*:[^\s/?#@]+@"
    r"|[?&;#](?:[\w.-]*[-_.])?(?:sig|signature|token|api_?key|secret|password|sharedaccesssignature)=[^&;#\s]"
    r"|(?:^|;)\s*(?:password|passwd|pwd|account_?key|shared_?access_?key)\s*=\s*[^;\s]"
)


def is_secret(name: str, value: str | None, comment: str) -> bool:
    """Whether a text parameter holds a secret.

    Args:
        name: Its name.
        value: The notebook's literal; None where it is None.
        comment: The comment behind it, with its `#`; empty where there is none.
    """
    marked = mark(comment)
    if marked is not None:
        return marked
    return by_name(name) or (value is not None and by_value(name, value))


def mark(comment: str) -> bool | None:
    """What a comment says: `# secret`, `# not secret`, or nothing of it; `# secret sauce` is about something else."""
    match = re.search(r"(?i)#\s*(not (?:a )?)?secret\s*(?:$|[:,.;(-])", comment)
    return None if match is None else match[1] is None


def by_name(name: str) -> bool:
    """Whether a name is one of a secret."""
    spelled = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip("_")).lower()
    words = [word for word in spelled.split("_") if word]
    if _CONNECTIONS.search(spelled):
        return True
    if not words or words[-1] in _DESCRIBES:
        return False
    if not _ALWAYS.isdisjoint(words):
        return True
    before = words[-2] if len(words) > 1 else ""
    if words[-1] == "key":
        return before in _KEYS
    return words[-1] == "token" and before not in _TEXT_TOKENS


def by_value(name: str, value: str) -> bool:
    """Whether a value is a secret of a known form, or an address with credentials or a signature."""
    if next(secrets.in_text(value), None) is not None or re.search(_CREDENTIALS, value):
        return True
    return name.lower().endswith(("key", "token")) and secrets.is_secret_word(value)


def without_mark(comment: str) -> str:
    """The text of a comment, which may begin with the mark."""
    return re.sub(r"(?i)^(?:not (?:a )?)?secret\s*(?:$|[:,.;-]+\s*)", "", comment)
