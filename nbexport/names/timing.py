"""When the lambdas and generators run that a call is given: in the call, or some time later.

    sorted(rows, key=lambda r: scale * r)       runs in the call
    list(map(lambda r: scale * r, rows))        `map` waits, `list` does not
    table = defaultdict(lambda: scale)          runs when a key is missing
    button.on_click(lambda _: draw())           runs when somebody clicks

A class keeps what it is given, and so does what registers or decorates; any other call is taken to run it at once.

>>> import ast
>>> when = lambda text: [ast.unparse(part) for part in run_by(ast.parse(text, mode="eval").body)]
>>> when("sorted(rows, key=lambda r: r)"), when("list(map(lambda r: r, rows))"), when("lru_cache(None)(lambda n: n)")
(['lambda r: r'], ['lambda r: r'], [])
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_WAITING = frozenset(
    """map filter zip enumerate reversed iter chain from_iterable starmap takewhile dropwhile filterfalse accumulate
    islice cycle compress pairwise batched tee zip_longest product tqdm trange imap imap_unordered""".split()
)
"""Calls whose result runs what they are given when it is read itself."""
_KEEPING = frozenset(
    """defaultdict field property staticmethod classmethod cached_property partial partialmethod lru_cache cache wraps
    singledispatch contextmanager vectorize frompyfunc njit jit vmap grad value_and_grad memoize reader writer
    register subscribe connect bind observe schedule submit after attach push callback hook signal finalize
    dict setattr setdefault append add extend insert update appendleft put print type id repr isinstance callable len
    """.split()
)
"""Calls that keep what they are given, or only look at it."""
_UNREAD = frozenset(
    """print display type id repr isinstance callable hash append add appendleft insert put partial setattr
    setdefault""".split()
)
"""Calls that leave an iterator where it is."""
_KEEPING_STARTS = ("on_", "add_", "set_", "register_", "subscribe_", "schedule_", "make_", "after_", "before_")
_CONTAINERS = (ast.Dict, ast.List, ast.Tuple, ast.Set)


def callee_name(call: ast.Call) -> str:
    """The last part of what is called; empty for what has no name."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def waits(call: ast.Call) -> bool:
    """Whether a call gives an iterator that reads what it is given only when it is read."""
    return callee_name(call) in _WAITING


def keeps(call: ast.Call) -> bool:
    """Whether a call keeps functions that it is given, and runs none of them itself."""
    name = callee_name(call)
    # a class that is called makes an object; what another call gives (`lru_cache(None)`) decorates
    return not name or name in _KEEPING or name.startswith(_KEEPING_STARTS) or name[:1].isupper()


def consumes(call: ast.Call) -> bool:
    """Whether a call reads an iterator that it is given to its end, as far as its name tells."""
    name = callee_name(call)
    return not (name in _WAITING or name in _UNREAD)


def run_by(call: ast.Call) -> Iterator[ast.Lambda | ast.GeneratorExp]:
    """The lambdas and generators among the arguments of a call that run before it is over."""
    if isinstance(call.func, ast.Lambda):
        yield call.func
    if waits(call):
        return
    calls, reads = not keeps(call), consumes(call)
    for argument in (*call.args, *[keyword.value for keyword in call.keywords]):
        if type(argument) not in _PLAIN:
            yield from _run_in(argument, calls=calls, reads=reads)


_PLAIN = frozenset({ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.BinOp, ast.Compare, ast.JoinedStr})
"""Expressions that hold no lambda to speak of."""


def _run_in(node: ast.expr, *, calls: bool, reads: bool) -> Iterator[ast.Lambda | ast.GeneratorExp]:
    """What runs of an argument of a call.

    Args:
        node: The argument, or a part of it.
        calls: Whether a function that stands here is called.
        reads: Whether an iterator that stands here is read.
    """
    if isinstance(node, ast.Lambda):
        if calls:
            yield node
    elif isinstance(node, ast.GeneratorExp):
        if reads:
            yield node
            yield from _run_in(node.generators[0].iter, calls=False, reads=True)
    elif isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set):
        for part in node.values if isinstance(node, ast.Dict) else node.elts:
            yield from _run_in(part, calls=calls, reads=False)
    elif isinstance(node, ast.Starred):
        yield from _run_in(node.value, calls=calls, reads=True)
    elif isinstance(node, ast.IfExp):
        yield from _run_in(node.body, calls=calls, reads=reads)
        yield from _run_in(node.orelse, calls=calls, reads=reads)
    elif isinstance(node, ast.Call) and reads and waits(node):
        # an iterator that is read here runs what it was given
        for argument in (*node.args, *[keyword.value for keyword in node.keywords]):
            yield from _run_in(argument, calls=True, reads=True)


def run_by_reading(iterable: ast.expr) -> Iterator[ast.Lambda | ast.GeneratorExp]:
    """The same for an expression that is iterated here: `for row in (clean(r) for r in rows)`."""
    if isinstance(iterable, ast.GeneratorExp | ast.Call | ast.IfExp):
        yield from _run_in(iterable, calls=False, reads=True)
