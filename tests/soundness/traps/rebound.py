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
    "lib_genexp": (
        """
        g = (x * scale for x in [1, 2])
        """,
        "sum(g)",
    ),
    "maplazy": (
        """
        g = map(lambda x: x * scale, [1, 2])
        """,
        "sum(g)",
    ),
    "genfn": (
        """
        def gen():
            for x in [1, 2]:
                yield x * scale
        g = gen()
        """,
        "sum(g)",
    ),
    "attr": (
        """
        class O: pass
        o = O()
        o.fn = lambda x: x * scale
        """,
        "o.fn(1)",
    ),
    "applyrow": (
        """
        def f(x):
            return x * scale
        df = pd.DataFrame({'a': [1.0, 2.0]})
        """,
        "df.a.apply(f).sum()",
    ),
    "pipe": (
        """
        def f(x):
            return x * scale
        df = pd.DataFrame({'a': [1.0, 2.0]})
        """,
        "df.pipe(f).a.sum()",
    ),
    "assign": (
        """
        df = pd.DataFrame({'a': [1.0, 2.0]})
        """,
        "df.assign(b=lambda d: d.a * scale).b.sum()",
    ),
    "query": (
        """
        df = pd.DataFrame({'a': [1.0, 3.0, 7.0]})
        """,
        "len(df.query('a > @scale'))",
    ),
    "dfeval": (
        """
        df = pd.DataFrame({'a': [1.0, 3.0, 7.0]})
        """,
        "df.eval('a * @scale').sum()",
    ),
    "groupagg": (
        """
        df = pd.DataFrame({'a': [1.0, 3.0], 'k': [1, 1]})
        def f(x):
            return x * scale

        """,
        "df.groupby('k').a.agg(lambda s: f(s.sum())).sum()",
    ),
    "rolling": (
        """
        s = pd.Series([1.0, 3.0])
        def f(x):
            return x * scale

        """,
        "s.rolling(2).apply(lambda v: f(v.sum())).sum()",
    ),
    "funtrans": (
        """
        from sklearn.preprocessing import FunctionTransformer
        def f(x):
            return x * scale
        t = FunctionTransformer(f)
        """,
        "t.fit_transform(np.ones((1, 1)))[0, 0]",
    ),
    "pipeline": (
        """
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import FunctionTransformer, StandardScaler
        def f(x):
            return x * scale
        t = make_pipeline(FunctionTransformer(f))
        """,
        "t.fit_transform(np.ones((1, 1)))[0, 0]",
    ),
    "tokenizer": (
        """
        from sklearn.feature_extraction.text import CountVectorizer
        def tok(t):
            return t.split() * int(scale)
        v = CountVectorizer(tokenizer=tok, token_pattern=None)
        """,
        "v.fit_transform(['a b']).sum()",
    ),
    "scorer": (
        """
        from sklearn.metrics import make_scorer
        from sklearn.dummy import DummyClassifier
        def sc(y, p):
            return scale
        s = make_scorer(sc)
        m = DummyClassifier().fit([[0], [1]], [0, 1])
        """,
        "s(m, [[0]], [0])",
    ),
    "knnmetric": (
        """
        from sklearn.neighbors import NearestNeighbors
        def me(a, b):
            return abs(a[0] - b[0]) * scale
        nn_ = NearestNeighbors(n_neighbors=1, metric=me).fit([[0.0], [3.0]])
        """,
        "nn_.kneighbors([[1.0]])[0][0, 0]",
    ),
    "minimize": (
        """
        from scipy.optimize import minimize_scalar
        def ob(x):
            return (x - scale) ** 2
        """,
        "minimize_scalar(ob).x.round(3)",
    ),
    "joblib": (
        """
        from joblib import Parallel, delayed
        def f(x):
            return x * scale

        """,
        "sum(Parallel(n_jobs=1)(delayed(f)(i) for i in [1]))",
    ),
    "executor": (
        """
        from concurrent.futures import ThreadPoolExecutor
        def f(x):
            return x * scale

        """,
        "sum(ThreadPoolExecutor(1).map(f, [1]))",
    ),
    "thread": (
        """
        import threading
        box = []
        def run():
            box.append(scale)
        def go():
            t = threading.Thread(target=run)
            t.start(); t.join()
            return box[-1]
        """,
        "go()",
    ),
    "lru": (
        """
        import functools
        @functools.lru_cache
        def f(x):
            return x * scale
        """,
        "f(1)",
    ),
    "ctx": (
        """
        import contextlib
        @contextlib.contextmanager
        def cm():
            yield scale
        def use():
            with cm() as v:
                return v
        """,
        "use()",
    ),
    "single": (
        """
        import functools
        @functools.singledispatch
        def f(x):
            return 0
        @f.register(int)
        def _f(x):
            return scale
        """,
        "f(1)",
    ),
    "sortkey": (
        """
        rows = [1.0, 4.0]
        """,
        "sorted(rows, key=lambda r: abs(r - scale))[0]",
    ),
    "groupbyit": (
        """
        import itertools
        """,
        "len([k for k, g in itertools.groupby([1.0, 4.0], key=lambda r: r > scale)])",
    ),
    "accumulate": (
        """
        import itertools
        """,
        "list(itertools.accumulate([1.0, 2.0], lambda a, b: a + b * scale))[-1]",
    ),
    "starmap": (
        """
        import itertools
        """,
        "sum(itertools.starmap(lambda a, b: a * scale, [(1, 2)]))",
    ),
    "takewhile": (
        """
        import itertools
        """,
        "sum(itertools.takewhile(lambda r: r < scale, [1, 3, 7]))",
    ),
    "resub": (
        """
        import re
        def rp(m):
            return str(scale)
        """,
        "re.sub('a', rp, 'a')",
    ),
    "jsondef": (
        """
        import json
        class O: pass
        def de(o):
            return scale
        """,
        "json.dumps(O(), default=de)",
    ),
    "jsonhook": (
        """
        import json
        def hk(d):
            return scale
        """,
        "json.loads('{}', object_hook=hk)",
    ),
    "sqlite": (
        """
        import sqlite3
        con = sqlite3.connect(':memory:')
        con.create_function('sc', 0, lambda: scale)
        """,
        "con.execute('select sc()').fetchone()[0]",
    ),
    "vectorize": (
        """
        def f(x):
            return x * scale
        vf = np.vectorize(f)
        """,
        "vf([1.0]).sum()",
    ),
    "pyfunc": (
        """
        def f(x):
            return x * scale
        vf = np.frompyfunc(f, 1, 1)
        """,
        "vf(1.0)",
    ),
    "alongaxis": (
        """
        def f(x):
            return x * scale

        """,
        "np.apply_along_axis(f, 0, np.ones(1)).sum()",
    ),
    "fromfunction": (
        """
        def f(x):
            return x * scale

        """,
        "np.fromfunction(lambda i: f(i + 1), (1,)).sum()",
    ),
    "weakref": (
        """
        import weakref
        class O: pass
        box = []
        o = O()
        weakref.finalize(o, lambda: box.append(scale))
        def drop():
            global o
            o = None
            return box[-1]
        """,
        "drop()",
    ),
    "userdict": (
        """
        import collections
        class D(collections.UserDict):
            def __getitem__(self, k):
                return scale
        d = D()
        """,
        "d['a']",
    ),
    "chainmap": (
        """
        import collections
        class D(dict):
            def __missing__(self, k):
                return scale
        d = collections.ChainMap(D())
        """,
        "d['a']",
    ),
    "evals": (
        """

        """,
        "eval('scale')",
    ),
    "tmpl": (
        """
        import string
        """,
        "string.Template('$scale').substitute(globals())",
    ),
    "fmtmap": (
        """

        """,
        "'{scale}'.format(**globals())",
    ),
    "percent": (
        """

        """,
        "'%(scale)s' % globals()",
    ),
    "mainmod": (
        """
        import __main__
        """,
        "__main__.scale",
    ),
    "methodtype": (
        """
        import types
        class O: pass
        o = O()
        o.go = types.MethodType(lambda self: scale, o)
        """,
        "o.go()",
    ),
    "functype": (
        """
        import types
        def f():
            return scale
        g = types.FunctionType(f.__code__, globals())
        """,
        "g()",
    ),
    "codeexec": (
        """
        c = compile('r = scale', 's', 'exec')
        def go():
            ns = dict(globals())
            exec(c, ns)
            return ns['r']
        """,
        "go()",
    ),
    "simplens": (
        """
        import types
        ns = types.SimpleNamespace(f=lambda: scale)
        """,
        "ns.f()",
    ),
    "namedtup": (
        """
        import collections
        P = collections.namedtuple('P', 'f')
        p = P(lambda: scale)
        """,
        "p.f()",
    ),
    "dfobj": (
        """
        df = pd.DataFrame({'f': [lambda: scale]})
        """,
        "df.f.iloc[0]()",
    ),
    "nparr": (
        """
        a = np.array([lambda: scale], dtype=object)
        """,
        "a[0]()",
    ),
    "dictget": (
        """
        d = {'f': lambda: scale}
        """,
        "d.get('f')()",
    ),
    "lib_nested": (
        """
        d = {'a': [{'f': lambda: scale}]}
        """,
        "d['a'][0]['f']()",
    ),
    "compose": (
        """
        def compose(f, g):
            return lambda x: f(g(x))
        h = compose(lambda x: x * scale, lambda x: x + 1)
        """,
        "h(1)",
    ),
    "curry": (
        """
        def a(x):
            def b(y):
                def c(z):
                    return x + y + z * scale
                return c
            return b
        h = a(1)(2)
        """,
        "h(3)",
    ),
    "recur": (
        """
        def fact(n):
            return scale if n == 0 else fact(n - 1)
        """,
        "fact(3)",
    ),
    "mutual": (
        """
        def ev(n):
            return scale if n == 0 else od(n - 1)
        def od(n):
            return ev(n)
        """,
        "ev(3)",
    ),
    "async_": (
        """
        import asyncio
        async def co():
            return scale
        def go():
            loop = asyncio.new_event_loop()
            try:
                return loop.run_until_complete(co())
            finally:
                loop.close()
        """,
        "go()",
    ),
    "strfmt": (
        """
        class O:
            def __format__(self, s):
                return str(scale)
        """,
        "'{:x}'.format(O())",
    ),
    "index": (
        """
        class O:
            def __index__(self):
                return int(scale)
        """,
        "list(range(10))[O()]",
    ),
    "copyhook": (
        """
        import copy
        class O:
            def __copy__(self):
                return scale
        """,
        "copy.copy(O())",
    ),
    "reduceh": (
        """
        import copy
        class O:
            def __deepcopy__(self, memo):
                return scale
        """,
        "copy.deepcopy([O()])[0]",
    ),
    "arrayh": (
        """
        class O:
            def __array__(self, dtype=None, copy=None):
                return np.array(scale)
        """,
        "np.asarray(O()).item()",
    ),
    "ufunch": (
        """
        class O:
            def __array_ufunc__(self, *a, **k):
                return scale
        """,
        "np.add(O(), 1)",
    ),
    "roundh": (
        """
        class O:
            def __round__(self):
                return scale
        """,
        "round(O())",
    ),
    "revh": (
        """
        class O:
            def __reversed__(self):
                return iter([scale])
        """,
        "next(reversed(O()))",
    ),
    "lengthh": (
        """
        class O:
            def __length_hint__(self):
                return 3
            def __iter__(self):
                return iter([scale])
        """,
        "max(O())",
    ),
    "matmulh": (
        """
        class O:
            def __matmul__(self, o):
                return scale
        """,
        "O() @ 1",
    ),
    "imath": (
        """
        class O:
            def __iadd__(self, o):
                return scale
        def go():
            o = O()
            o += 1
            return o
        """,
        "go()",
    ),
    "delh": (
        """
        box = []
        class O:
            def __del__(self):
                box.append(scale)
        def go():
            o = O()
            del o
            return box[-1]
        """,
        "go()",
    ),
    "dirh": (
        """
        class O:
            def __dir__(self):
                return ['a'] * int(scale)
        """,
        "len(dir(O()))",
    ),
    "instancech": (
        """
        class M(type):
            def __instancecheck__(cls, o):
                return scale > 3
        class C(metaclass=M): pass
        """,
        "isinstance(1, C)",
    ),
    "prepare": (
        """
        class M(type):
            @classmethod
            def __prepare__(m, n, b):
                return {'v': scale}
        def mk():
            class C(metaclass=M): pass
            return C.v
        """,
        "mk()",
    ),
    "classget": (
        """
        class O:
            def __class_getitem__(cls, k):
                return scale
        """,
        "O[1]",
    ),
    "pd_accessor": (
        """
        @pd.api.extensions.register_series_accessor('zz')
        class A:
            def __init__(self, s):
                self.s = s
            def go(self):
                return scale
        """,
        "pd.Series([1]).zz.go()",
    ),
    "patchlib": (
        """
        def go(self):
            return scale
        pd.Series.zzz = go
        """,
        "pd.Series([1]).zzz()",
    ),
    "print_file": (
        """
        class O:
            def __init__(self):
                self.t = 0
            def write(self, s):
                self.t += scale
        o = O()
        def go():
            print('a', file=o, end='')
            return o.t
        """,
        "go()",
    ),
    "sysstdout": (
        """
        import sys, io, contextlib
        class O(io.StringIO):
            def write(self, s):
                return super().write(str(scale))
        def go():
            o = O()
            with contextlib.redirect_stdout(o):
                print('a', end='')
            return o.getvalue()[:3]
        """,
        "go()",
    ),
    "logginghandler": (
        """
        import logging
        box = []
        class H(logging.Handler):
            def emit(self, r):
                box.append(scale)
        lg = logging.getLogger('zz')
        lg.addHandler(H())
        def go():
            lg.warning('a')
            return box[-1]
        """,
        "go()",
    ),
    "excstr": (
        """
        class E(Exception):
            def __str__(self):
                return str(scale)
        def go():
            try:
                raise E
            except E as e:
                return str(e)
        """,
        "go()",
    ),
    "ctxexit": (
        """
        class C:
            def __enter__(self):
                return self
            def __exit__(self, *a):
                box.append(scale)
        box = []
        def go():
            with C():
                pass
            return box[-1]
        """,
        "go()",
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
