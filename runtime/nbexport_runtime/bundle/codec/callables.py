"""Functions, classes and methods as values: only their names are kept, and only names that do no harm.

A model calls what it holds with arguments that come from the bundle too, so a function is on a list here only if it
does no harm whatever it is called with. `getattr`, `eval`, `functools.reduce`, `operator.methodcaller` are not.
"""

from __future__ import annotations

import functools
import operator
import types
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import Allowed
from nbexport_runtime.bundle.errors import UnsaveableError
from nbexport_runtime.bundle.interface import FIRST, Codec, Tree
from nbexport_runtime.bundle.paths import path_of

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

TEXT = """capitalize casefold center count encode endswith expandtabs find index isalnum isalpha isascii isdecimal

isdigit isidentifier islower isnumeric isspace istitle isupper join ljust lower lstrip partition removeprefix

removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title

translate upper zfill"""


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of something callable that has a name, or was made of one."""
    if type(value) is functools.partial:
        return {"t": "partial", "v": encoder.items([value.func, list(value.args), dict(value.keywords)], path)}
    if type(value) is operator.itemgetter:
        return {"t": "itemgetter", "v": encoder.encode(list(value.__reduce__()[1]), path)}
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        owner = getattr(value, "__self__", None)
        try:
            if owner is not None and not isinstance(owner, type | types.ModuleType):
                if encoder.trust is not None:
                    encoder.trust.method(owner, value.__name__)
                return {"t": "method", "of": encoder.encode(owner, path), "v": value.__name__}
            named = path_of(value)
            if encoder.trust is not None:
                encoder.trust.named(named)
        except UnsaveableError as error:
            raise error if str(error).startswith(f"`{path}") else type(error)(f"`{path}`: {error}") from None
        return {"t": "named", "v": named}
    return None


def _partial(tree: Tree, decoder: Decoder) -> Any:
    function, arguments, keywords = decoder.decode(tree["v"])
    return functools.partial(function, *arguments, **keywords)


CODEC = Codec(
    encode=encode,
    decoders={
        "partial": _partial,
        "itemgetter": lambda tree, decoder: operator.itemgetter(*decoder.decode(tree["v"])),
        "method": lambda tree, decoder: decoder.trust.method(decoder.decode(tree["of"]), tree["v"]),
        "named": lambda tree, decoder: decoder.trust.named(tree["v"]),
    },
    allowed=Allowed(
        names={
            "builtins": """abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate float
            frozenset hash hex int isinstance issubclass len list max min object oct ord pow range repr reversed round
            set slice sorted str sum tuple zip """
            + " ".join(f"str.{name}" for name in TEXT.split()),
            "_operator": """abs add and_ concat contains eq floordiv ge getitem gt inv invert is_ is_not le lshift lt
            matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor""",
            "datetime": "date datetime time timedelta timezone",
            "decimal": "Decimal",
            "fractions": "Fraction",
            "json": "dumps loads",
            "statistics": "fmean geometric_mean harmonic_mean mean median median_high median_low mode pstdev stdev",
            "string": "capwords",
            "uuid": "UUID",
        },
        kinds={"math": "types:BuiltinFunctionType", "cmath": "types:BuiltinFunctionType"},
        methods={"builtins:str": TEXT},
    ),
    rank=FIRST,
)
