"""A name that a cell which stays binds again, read by code that nobody calls by its name.

Methods that operators run, properties, callbacks, what a decorator, a container or a class statement keeps. Each way is
tried three times: made after the name was bound again; made before, where it sees the new value all the same; and made
before a later stage binds the name again.
"""

from __future__ import annotations

from inspect import cleandoc

from soundness.cases import cases

_WAYS = {
    "method": (
        """
        class B:
            def go(self):
                return scale
        """,
        "B().go()",
    ),
    "len": (
        """
        class B:
            def __len__(self):
                return int(scale)
        """,
        "len(B())",
    ),
    "prop": (
        """
        class B:
            @property
            def go(self):
                return scale
        """,
        "B().go",
    ),
    "getattr": (
        """
        class B:
            def __getattr__(self, n):
                return scale
        """,
        "B().go",
    ),
    "getattribute": (
        """
        class B:
            def __getattribute__(self, n):
                return scale
        """,
        "B().go",
    ),
    "getitem": (
        """
        class B:
            def __getitem__(self, n):
                return scale
        """,
        "B()[0]",
    ),
    "add": (
        """
        class B:
            def __add__(self, n):
                return scale
        """,
        "B() + 1",
    ),
    "radd": (
        """
        class B:
            def __radd__(self, n):
                return scale
        """,
        "sum([B()])",
    ),
    "float": (
        """
        class B:
            def __float__(self):
                return scale
        """,
        "B()",
    ),
    "enter": (
        """
        class B:
            def __enter__(self):
                return scale
            def __exit__(self, *a):
                pass
        with B() as b:
            pass
        """,
        "b",
    ),
    "iter": (
        """
        class B:
            def __iter__(self):
                yield scale
        """,
        "sum(B())",
    ),
    "call": (
        """
        class B:
            def __call__(self):
                return scale
        """,
        "B()()",
    ),
    "init": (
        """
        class B:
            def __init__(self):
                self.v = scale
        """,
        "B().v",
    ),
    "post": (
        """
        import dataclasses
        @dataclasses.dataclass
        class B:
            v: float = 0.0
            def __post_init__(self):
                self.v = scale
        """,
        "B().v",
    ),
    "factory": (
        """
        import dataclasses
        @dataclasses.dataclass
        class B:
            v: float = dataclasses.field(default_factory=lambda: scale)
        """,
        "B().v",
    ),
    "lt": (
        """
        class B:
            def __lt__(self, o):
                return scale > 3
        """,
        "sorted([B(), B()])[0] < B()",
    ),
    "missing": (
        """
        class B(dict):
            def __missing__(self, k):
                return scale
        """,
        "B()['a']",
    ),
    "format": (
        """
        class B:
            def __format__(self, k):
                return str(scale)
        """,
        "f'{B()}'",
    ),
    "str": (
        """
        class B:
            def __str__(self):
                return str(scale)
        """,
        "str(B())",
    ),
    "hash": (
        """
        class B:
            def __hash__(self):
                return int(scale)
        """,
        "hash(B())",
    ),
    "contains": (
        """
        class B:
            def __contains__(self, k):
                return scale > 3
        """,
        "1 in B()",
    ),
    "bool": (
        """
        class B:
            def __bool__(self):
                return scale > 3
        """,
        "1 if B() else 0",
    ),
    "new": (
        """
        class B:
            def __new__(cls):
                return scale
        """,
        "B()",
    ),
    "descriptor": (
        """
        class D:
            def __get__(self, o, t=None):
                return scale
        class B:
            d = D()
        """,
        "B().d",
    ),
    "setname": (
        """
        class D:
            def __set_name__(self, o, n):
                self.v = scale
        class B:
            d = D()
        """,
        "B.d.v",
    ),
    "initsub": (
        """
        class A:
            def __init_subclass__(cls):
                cls.v = scale
        class B(A):
            pass
        """,
        "B.v",
    ),
    "meta": (
        """
        class M(type):
            def __call__(cls):
                return scale
        class B(metaclass=M):
            pass
        """,
        "B()",
    ),
    "cached": (
        """
        import functools
        class B:
            @functools.cached_property
            def go(self):
                return scale
        """,
        "B().go",
    ),
    "static": (
        """
        class B:
            @staticmethod
            def go():
                return scale
        """,
        "B.go()",
    ),
    "classm": (
        """
        class B:
            @classmethod
            def go(cls):
                return scale
        """,
        "B.go()",
    ),
    "inlist": (
        """
        def f():
            return scale
        fs = [f]
        """,
        "fs[0]()",
    ),
    "inlistc": (
        """
        class B:
            def go(self):
                return scale
        bs = [B()]
        """,
        "bs[0].go()",
    ),
    "deco": (
        """
        def s(fn):
            def inner():
                return scale
            return inner
        @s
        def r():
            return 0
        """,
        "r()",
    ),
    "decolam": (
        """
        def s(fn):
            return lambda: scale
        @s
        def r():
            return 0
        """,
        "r()",
    ),
    "decod": (
        """
        def s(fn):
            d = {'a': lambda: scale}
            return d['a']
        @s
        def r():
            return 0
        """,
        "r()",
    ),
    "decocls": (
        """
        def s(c):
            c.v = scale
            return c
        @s
        class B:
            pass
        """,
        "B.v",
    ),
    "decoclsm": (
        """
        def s(c):
            c.go = lambda self: scale
            return c
        @s
        class B:
            pass
        """,
        "B().go()",
    ),
    "decopar": (
        """
        def s(k):
            def wrap(fn):
                def inner():
                    return scale
                return inner
            return wrap
        @s(1)
        def r():
            return 0
        """,
        "r()",
    ),
    "closure": (
        """
        def make():
            def inner():
                return scale
            return inner
        g = make()
        """,
        "g()",
    ),
    "closure2": (
        """
        def make():
            def inner():
                return scale
            return inner
        """,
        "make()()",
    ),
    "genexp": (
        """
        def make():
            return (scale for _ in [1])
        """,
        "sum(make())",
    ),
    "yield": (
        """
        def make():
            yield scale
        """,
        "sum(make())",
    ),
    "partial": (
        """
        import functools
        def f(a):
            return scale
        g = functools.partial(f, 1)
        """,
        "g()",
    ),
    "map": (
        """
        def f(a):
            return scale
        """,
        "sum(map(f, [1]))",
    ),
    "reduce": (
        """
        import functools
        def f(a, b):
            return scale
        """,
        "functools.reduce(f, [1, 2])",
    ),
    "attrhung": (
        """
        class B:
            pass
        def f(self):
            return scale
        B.go = f
        """,
        "B().go()",
    ),
    "typed": (
        """
        def f(self):
            return scale
        B = type('B', (), {'go': f})
        """,
        "B().go()",
    ),
    "setattr": (
        """
        class B:
            pass
        def f(self):
            return scale
        setattr(B, 'go', f)
        """,
        "B().go()",
    ),
    "super": (
        """
        class A:
            def go(self):
                return scale
        class B(A):
            def go(self):
                return super().go()
        """,
        "B().go()",
    ),
    "inherit": (
        """
        class A:
            def go(self):
                return self.x()
        class B(A):
            def x(self):
                return scale
        """,
        "B().go()",
    ),
    "namedtuple": (
        """
        from typing import NamedTuple
        class B(NamedTuple):
            a: int = 1
            @property
            def go(self):
                return scale
        """,
        "B().go",
    ),
    "enum": (
        """
        import enum
        class B(enum.Enum):
            A = 1
            def go(self):
                return scale
        """,
        "B.A.go()",
    ),
    "abc": (
        """
        import abc
        class A(abc.ABC):
            @property
            def go(self):
                return scale
        class B(A):
            pass
        """,
        "B().go",
    ),
    "getattrf": (
        """
        class B:
            def go(self):
                return scale
        """,
        "getattr(B(), 'go')()",
    ),
    "methodcaller": (
        """
        import operator
        class B:
            def go(self):
                return scale
        """,
        "operator.methodcaller('go')(B())",
    ),
    "default": (
        """
        import collections
        d = collections.defaultdict(lambda: scale)
        """,
        "d['a']",
    ),
    "iterf": (
        """
        def f():
            return next(iter(lambda: scale, object()))
        """,
        "f()",
    ),
    "nested": (
        """
        def f():
            class C:
                def go(self):
                    return scale
            return C()
        """,
        "f().go()",
    ),
    "module": (
        """
        class B:
            v = scale
        """,
        "B.v",
    ),
    "aware": (
        """
        class B:
            def go(self, x=scale):
                return x
        """,
        "B().go()",
    ),
}
"""Name → (code that reads `scale`, an expression that runs it)."""
_AT_ONCE = frozenset("aware decocls enter initsub meta module setname".split())
"""Ways that read the name where the code stands."""
_AGAIN = {
    "augmented": "scale += 4",
    "loop": "for scale in [6.0]:\n    pass",
    "tuple": "scale, other = 6.0, 1",
    "starred": "*scale, last = [6.0, 1.0]\nscale = scale[0]",
    "walrus": "print(scale := 6.0)",
    "global": "def change():\n    global scale\n    scale = 6.0\nchange()",
    "with": "import contextlib\nwith contextlib.nullcontext(6.0) as scale:\n    pass",
    "import": "from math import pi as scale",
    "branch": "if scale:\n    scale = 6.0",
    "guarded": "try:\n    scale = 6.0\nexcept ValueError:\n    pass",
    "match": "match 6.0:\n    case scale:\n        pass",
    "while": "while scale < 6:\n    scale = scale + 1",
    "namespace": "globals()['scale'] = 6.0",
    "called": "scale = (lambda: 6.0)()",
    "array": "scale = np.float64(6.0)",
}
"""Name → a way to bind `scale` again."""


def _case(name: str, early: str, again: str, late: str, read: str, *, role: str = "behind") -> str:
    """One trap: a name bound as data, bound again by a cell that stays or a later stage, and read in the end."""
    level = "\nlevel = 1.0" if role == "train" else ""
    roles = [("data", f"scale = 2.0\n{early}"), (role, again + level), ("evaluate", late)]
    parts = "".join(f"--- {role}\n{code}\n" for role, code in roles)
    return f'=== {name}\n{parts}metrics = {{"v": float({read}) * level}}\n'


def _text() -> str:
    ways = {name: (cleandoc(code), read) for name, (code, read) in _WAYS.items()}
    held = {name: way for name, way in ways.items() if name not in _AT_ONCE}
    tripled = "scale = scale * 3"
    parts = [_case(f"rebound_{name}", "", tripled, code, read) for name, (code, read) in ways.items()]
    for name, (code, read) in held.items():
        parts.append(_case(f"rebound_{name}_made_before", code, tripled, "", read))
        parts.append(_case(f"rebound_{name}_by_a_later_stage", code, tripled, "", read, role="train"))
    code, read = ways["prop"]
    for name, again in _AGAIN.items():
        parts.append(_case(f"rebound_by_{name}", "", again, code, read))
        parts.append(_case(f"rebound_by_{name}_made_before", code, again, "", read))
    return "".join(parts)


CASES = cases(_text())
