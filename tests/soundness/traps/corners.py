"""Corners of Python and its libraries: registries, containers, iterators, special methods, settings, files."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === singledispatch_registered
    --- define
    import functools
    @functools.singledispatch
    def size(x):
        return 1.0
    --- behind
    @size.register(list)
    def _size_list(x):
        return float(len(x))
    --- evaluate
    metrics = {"v": size([1, 2, 3]) * level}
    === registered_by_call
    --- define
    import functools
    @functools.singledispatch
    def size(x):
        return 1.0
    --- behind
    size.register(tuple, lambda x: 9.0)
    --- evaluate
    metrics = {"v": size((1, 2, 3)) * level}
    === str_in_fstring
    --- define
    class Counter:
        def __init__(self):
            self.n = 0
        def __str__(self):
            self.n += 1
            return "x"
    --- data
    seen = Counter()
    --- behind
    text = f"{seen}"
    --- evaluate
    metrics = {"v": seen.n * level}
    === format_spec
    --- define
    class Money:
        total = 0
        def __format__(self, spec):
            Money.total += 1
            return "m"
    --- data
    m = Money()
    --- behind
    print("{:>3}".format(m))
    --- evaluate
    metrics = {"v": Money.total * level}
    === less_than_in_sorted
    --- define
    class Item:
        compared = 0
        def __init__(self, v):
            self.v = v
        def __lt__(self, other):
            Item.compared += 1
            return self.v < other.v
    --- data
    items = [Item(3), Item(1), Item(2)]
    --- behind
    best = sorted(items)[0]
    --- evaluate
    metrics = {"v": Item.compared * level}
    === radd_in_sum
    --- define
    class Item:
        def __init__(self, v):
            self.v = v
            self.used = 0
        def __radd__(self, other):
            self.used += 1
            return other + self.v
    --- data
    items = [Item(3), Item(1)]
    --- behind
    print(sum(items))
    --- evaluate
    metrics = {"v": sum(i.used for i in items) * level}
    === copy_hook
    --- define
    import copy
    class Doc:
        copies = 0
        def __copy__(self):
            Doc.copies += 1
            return Doc()
    --- data
    doc = Doc()
    --- behind
    other = copy.copy(doc)
    --- evaluate
    metrics = {"v": Doc.copies * level}
    === getstate_in_pickle
    --- define
    import pickle
    class Doc:
        def __init__(self):
            self.n = 0
        def __getstate__(self):
            self.n += 1
            return {"n": 0}
    --- data
    doc = Doc()
    --- behind
    size = len(pickle.dumps([1, 2]))
    doc.__getstate__()
    --- evaluate
    metrics = {"v": doc.n * level}
    === class_swapped
    --- define
    class Plain:
        def rate(self):
            return 1.0
    class Fancy(Plain):
        def rate(self):
            return 5.0
    --- data
    thing = Plain()
    --- behind
    thing.__class__ = Fancy
    --- evaluate
    metrics = {"v": thing.rate() * level}
    === init_subclass_registry
    --- define
    REG = []
    class Base:
        def __init_subclass__(cls, **kw):
            super().__init_subclass__(**kw)
            REG.append(cls.__name__)
    --- behind
    class Extra(Base):
        pass
    --- evaluate
    metrics = {"v": len(REG) * level}
    === metaclass_counts
    --- define
    class Meta(type):
        made = 0
        def __call__(cls, *a, **k):
            Meta.made += 1
            return super().__call__(*a, **k)
    class Thing(metaclass=Meta):
        pass
    --- behind
    t = Thing()
    --- evaluate
    metrics = {"v": Meta.made * level}
    === descriptor_get
    --- define
    class Lazy:
        def __init__(self):
            self.hits = 0
        def __get__(self, obj, owner):
            self.hits += 1
            return self.hits
    class Box:
        value = Lazy()
    --- data
    box = Box()
    --- behind
    print(box.value)
    --- evaluate
    metrics = {"v": box.value * level}
    === csv_dialect
    --- define
    import csv, io
    --- behind
    csv.register_dialect("pipes", delimiter="|")
    --- evaluate
    metrics = {"v": float(len(next(csv.reader(io.StringIO("a|b|c"), "pipes" if "pipes" in csv.list_dialects() else "excel")))) * level}
    === first_weekday
    --- define
    import calendar
    --- behind
    calendar.setfirstweekday(6)
    --- evaluate
    metrics = {"v": float(calendar.firstweekday()) * level}
    === context_var
    --- define
    import contextvars
    rate = contextvars.ContextVar("rate", default=1.0)
    --- behind
    rate.set(4.0)
    --- evaluate
    metrics = {"v": rate.get() * level}
    === thread_appends
    --- define
    import threading
    --- data
    rows = [1]
    --- behind
    t = threading.Thread(target=rows.append, args=(5,))
    t.start()
    t.join()
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === executor_map
    --- define
    from concurrent.futures import ThreadPoolExecutor
    --- data
    rows = [1]
    --- behind
    with ThreadPoolExecutor() as pool:
        list(pool.map(rows.append, [3, 4]))
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === asyncio_run
    --- define
    import asyncio
    async def fill(rows):
        rows.append(8)
    --- data
    rows = [1]
    --- behind
    asyncio.run(fill(rows))
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === regex_callback
    --- define
    import re
    --- data
    found = []
    --- behind
    re.sub(r"\\d", lambda m: found.append(m.group()) or "", "a1b2")
    --- evaluate
    metrics = {"v": len(found) * level}
    === groupby_apply
    --- data
    df = pd.DataFrame({"g": [1, 1, 2], "v": [1.0, 2.0, 3.0]})
    log = []
    --- behind
    df.groupby("g")["v"].agg(lambda s: log.append(len(s)) or 0)
    --- evaluate
    metrics = {"v": len(log) * level}
    === minimize_callback
    --- define
    from scipy.optimize import minimize
    --- data
    path = []
    --- behind
    minimize(lambda x: (x[0] - 1) ** 2, [0.0], callback=lambda x: path.append(1))
    --- evaluate
    metrics = {"v": len(path) * level}
    === vectorized_callback
    --- data
    seen = []
    --- behind
    np.vectorize(lambda x: seen.append(x) or 0)(np.array([1, 2]))
    --- evaluate
    metrics = {"v": len(seen) * level}
    === scaler_without_copy
    --- define
    from sklearn.preprocessing import StandardScaler
    --- data
    X = np.array([[1.0], [2.0], [4.0]])
    --- behind
    StandardScaler(copy=False).fit_transform(X)
    --- evaluate
    metrics = {"v": float(X.sum()) * level}
    === normalize_without_copy
    --- define
    from sklearn.preprocessing import normalize
    --- data
    X = np.array([[1.0, 1.0], [2.0, 5.0]])
    --- behind
    normalize(X, copy=False)
    --- evaluate
    metrics = {"v": float(X.sum()) * level}
    === pipeline_fits_step
    --- define
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.linear_model import LinearRegression
    --- data
    X = np.array([[1.0], [2.0], [4.0]])
    y = np.array([1.0, 2.0, 3.0])
    lr = LinearRegression()
    lr.fit(X, y)
    --- behind
    make_pipeline(StandardScaler(), lr).fit(X, y)
    --- evaluate
    metrics = {"v": float(lr.coef_[0]) * level}
    === frozen_array
    --- data
    a = np.array([1.0, 2.0])
    --- behind
    a.setflags(write=False)
    --- evaluate
    try:
        a[0] = 5.0
    except ValueError:
        pass
    metrics = {"v": float(a.sum()) * level}
    === nditer_writes
    --- data
    a = np.array([1.0, 2.0])
    --- behind
    for x in np.nditer(a, op_flags=["readwrite"]):
        x[...] = 2 * x
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === ufunc_at
    --- data
    a = np.zeros(3)
    --- behind
    np.add.at(a, [0, 0, 2], 1)
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === transpose_view
    --- data
    a = np.zeros((2, 2))
    --- behind
    a.T[0] = 3
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === values_of_column
    --- data
    df = pd.DataFrame({"a": [1.0, 2.0]})
    x = df["a"].to_numpy()
    x = np.asarray(x).copy()
    --- behind
    x.flat[0] = 9
    --- evaluate
    metrics = {"v": float(x.sum()) * level}
    === eval_inplace
    --- data
    df = pd.DataFrame({"a": [1.0, 2.0]})
    --- behind
    df.eval("a = a * 3", inplace=True)
    --- evaluate
    metrics = {"v": float(df["a"].sum()) * level}
    === columns_renamed
    --- data
    df = pd.DataFrame({"a": [1.0], "b": [2.0]})
    --- behind
    df.columns = ["b", "a"]
    --- evaluate
    metrics = {"v": float(df["a"].sum()) * level}
    === index_name
    --- data
    df = pd.DataFrame({"a": [1.0], "b": [2.0]})
    --- behind
    df.index.name = "key"
    --- evaluate
    metrics = {"v": float(len(df.index.name or "")) * level}
    === attrs_of_frame
    --- data
    df = pd.DataFrame({"a": [1.0]})
    --- behind
    df.attrs["scale"] = 3.0
    --- evaluate
    metrics = {"v": df.attrs.get("scale", 1.0) * level}
    === insort
    --- define
    import bisect
    --- data
    keys = [1, 5]
    --- behind
    bisect.insort(keys, 3)
    --- evaluate
    metrics = {"v": keys[1] * level}
    === chainmap_write
    --- define
    from collections import ChainMap
    --- data
    base_ = {"a": 1}
    cm = ChainMap(base_)
    --- behind
    cm["a"] = 7
    --- evaluate
    metrics = {"v": base_["a"] * level}
    === ordered_move
    --- define
    from collections import OrderedDict
    --- data
    od = OrderedDict(a=1, b=2)
    --- behind
    od.move_to_end("a")
    --- evaluate
    metrics = {"v": next(iter(od.values())) * level}
    === counter_update
    --- define
    from collections import Counter
    --- data
    c = Counter("aab")
    --- behind
    c.update("bbb")
    --- evaluate
    metrics = {"v": c.most_common(1)[0][1] * level}
    === queue_get
    --- define
    import queue
    --- data
    q = queue.Queue()
    q.put(1)
    q.put(2)
    --- behind
    q.get()
    --- evaluate
    metrics = {"v": q.get() * level}
    === stringio_read
    --- define
    import io
    --- data
    buffer = io.StringIO("1\\n2\\n3\\n")
    --- behind
    buffer.readline()
    --- evaluate
    metrics = {"v": float(buffer.readline()) * level}
    === finditer_used
    --- define
    import re
    --- data
    hits = re.finditer(r"\\d", "1 2 3")
    --- behind
    next(hits)
    --- evaluate
    metrics = {"v": float(next(hits).group()) * level}
    === tee_used
    --- define
    import itertools
    --- data
    a_, b_ = itertools.tee(iter([1, 2, 3]))
    --- behind
    next(a_)
    --- evaluate
    metrics = {"v": next(a_) * level}
    === cycle_used
    --- define
    import itertools
    --- data
    c = itertools.cycle([1, 2, 3])
    --- behind
    print(next(c))
    --- evaluate
    metrics = {"v": next(c) * level}
    === generator_send
    --- define
    def acc():
        total = 0
        while True:
            x = yield total
            total += x or 0
    --- data
    g = acc()
    next(g)
    --- behind
    g.send(5)
    --- evaluate
    metrics = {"v": g.send(1) * level}
    === unpack_star_uses_up
    --- data
    it = iter([1, 2, 3])
    --- behind
    first, *rest = it
    --- evaluate
    metrics = {"v": float(len(list(it))) * level}
    === in_uses_up
    --- data
    it = iter([1, 2, 3])
    --- behind
    print(2 in it)
    --- evaluate
    metrics = {"v": float(sum(it)) * level}
    === dict_update_by_or
    --- data
    conf = {"a": 1}
    --- behind
    conf |= {"a": 5}
    --- evaluate
    metrics = {"v": conf["a"] * level}
    === slice_assign
    --- data
    rows = [1, 2, 3]
    --- behind
    rows[:2] = [9]
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === attribute_of_function
    --- define
    def f(x):
        f.calls += 1
        return x
    f.calls = 0
    --- behind
    f(1)
    --- evaluate
    metrics = {"v": f.calls * level}
    === wraps_counter
    --- define
    import functools
    def counted(fn):
        @functools.wraps(fn)
        def inner(*a):
            inner.n = getattr(inner, "n", 0) + 1
            return fn(*a)
        return inner
    @counted
    def g(x):
        return x
    --- behind
    g(3)
    --- evaluate
    metrics = {"v": (g(1) + g.n) * level}
    === defaults_replaced
    --- define
    def f(x=1):
        return x
    --- behind
    f.__defaults__ = (6,)
    --- evaluate
    metrics = {"v": f() * level}
    === code_replaced
    --- define
    def f():
        return 1
    def g():
        return 7
    --- behind
    f.__code__ = g.__code__
    --- evaluate
    metrics = {"v": f() * level}
    === mock_patch_started
    --- define
    from unittest import mock
    import math
    --- behind
    p = mock.patch("math.sqrt", lambda x: 42.0)
    p.start()
    --- evaluate
    metrics = {"v": math.sqrt(4.0) * level}
    === module_in_sys_modules
    --- define
    import sys, types
    --- behind
    fake = types.ModuleType("fakemod")
    fake.rate = 3.0
    sys.modules["fakemod"] = fake
    --- evaluate
    metrics = {"v": (sys.modules["fakemod"].rate if "fakemod" in sys.modules else 1.0) * level}
    === builtins_replaced
    --- define
    import builtins
    --- behind
    builtins.special = 5.0
    --- evaluate
    metrics = {"v": getattr(builtins, "special", 1.0) * level}
    === switch_float_repr
    --- behind
    np.set_printoptions(precision=2)
    --- evaluate
    metrics = {"v": float(len(str(np.array([1.23456789])))) * level}
    === pandas_precision
    --- behind
    pd.set_option("display.precision", 1)
    --- evaluate
    metrics = {"v": float(len(pd.DataFrame({"a": [1.23456789]}).to_string())) * level}
    === sklearn_pandas_output
    --- define
    import sklearn
    from sklearn.preprocessing import StandardScaler
    --- behind
    sklearn.set_config(transform_output="pandas")
    --- evaluate
    out = StandardScaler().fit_transform(pd.DataFrame({"a": [1.0, 2.0]}))
    metrics = {"v": float(isinstance(out, pd.DataFrame)) * level}
    === stdout_redirected
    --- define
    import sys, io
    --- behind
    sys.stdout = io.StringIO()
    --- evaluate
    print("abc")
    metrics = {"v": float(len(sys.stdout.getvalue()) if isinstance(sys.stdout, io.StringIO) else 0) * level}
    sys.stdout = sys.__stdout__
    === umask
    --- define
    import os
    --- behind
    os.umask(0o077)
    --- evaluate
    m = os.umask(0)
    os.umask(m)
    metrics = {"v": float(m) * level}
    === gc_disabled
    --- define
    import gc
    --- behind
    gc.disable()
    --- evaluate
    metrics = {"v": float(gc.isenabled()) * level}
    gc.enable()
    === rc_params
    --- define
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    --- behind
    plt.rcParams["font.size"] = 21
    --- evaluate
    metrics = {"v": float(plt.rcParams["font.size"]) * level}
    === style_used
    --- define
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    --- behind
    plt.style.use("ggplot")
    --- evaluate
    metrics = {"v": float(len(str(plt.rcParams["axes.facecolor"]))) * level}
    === rename_file
    --- define
    from pathlib import Path
    --- data
    Path("a.txt").write_text("12")
    --- behind
    Path("a.txt").rename("b.txt")
    --- evaluate
    metrics = {"v": float(Path("b.txt").exists()) * level}
    === sqlite_insert
    --- define
    import sqlite3
    --- data
    con = sqlite3.connect(":memory:")
    con.execute("create table t (x)")
    con.execute("insert into t values (1)")
    --- behind
    con.execute("insert into t values (5)")
    --- evaluate
    metrics = {"v": float(con.execute("select sum(x) from t").fetchone()[0]) * level}
    === open_append
    --- data
    with open("log.txt", "w") as f:
        f.write("x")
    --- behind
    with open("log.txt", "a") as f:
        f.write("yy")
    --- evaluate
    metrics = {"v": float(len(open("log.txt").read())) * level}
    === environ_update
    --- define
    import os
    --- behind
    os.environ.update(RATE_X="4")
    --- evaluate
    metrics = {"v": float(os.environ.get("RATE_X", "1")) * level}
    === environ_popped
    --- define
    import os
    os.environ["RATE_Y"] = "3"
    --- behind
    os.environ.pop("RATE_Y", None)
    --- evaluate
    metrics = {"v": float(os.environ.get("RATE_Y", "1")) * level}
    === loop_variable_rebinds
    --- data
    k = 2.0
    --- behind
    for k in range(4):
        pass
    --- evaluate
    metrics = {"v": float(k) * level}
    === with_rebinds
    --- define
    import io
    --- data
    f = "abc"
    --- behind
    with io.StringIO("12345") as f:
        pass
    f = "12345"
    --- evaluate
    metrics = {"v": float(len(f)) * level}
    === match_rebinds
    --- data
    point = (1, 2)
    x = 10.0
    --- behind
    match point:
        case (x, y):
            pass
    --- evaluate
    metrics = {"v": float(x) * level}
    === walrus_in_comprehension
    --- data
    last = 1
    --- behind
    [last := v for v in (3, 4)]
    --- evaluate
    metrics = {"v": float(last) * level}
    === import_rebinds
    --- define
    import math as m
    --- behind
    import cmath as m
    --- evaluate
    metrics = {"v": float(abs(m.sqrt(4)) + (type(m.sqrt(4)) is complex)) * level}
    === state_dict_shared
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    net = torch.nn.Linear(2, 1)
    --- behind
    net.state_dict()["weight"].fill_(1.0)
    --- evaluate
    metrics = {"v": float(net.weight.sum().detach()) * level}
    === hook_registered
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    net = torch.nn.Linear(2, 1)
    --- behind
    net.register_forward_hook(lambda mod, i, o: o * 0 + 3)
    --- evaluate
    metrics = {"v": float(net(torch.ones(1, 2)).detach().sum()) * level}
    === layer_replaced
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 1))
    --- behind
    net[0] = torch.nn.Identity()
    --- evaluate
    metrics = {"v": float(net(torch.ones(1, 2)).detach().sum()) * level}
    === parameters_scaled
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    net = torch.nn.Linear(2, 1)
    --- behind
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(2)
    --- evaluate
    metrics = {"v": float(net.weight.sum().detach()) * level}
    === grads_accumulated
    --- define
    import torch
    --- data
    w = torch.ones(2, requires_grad=True)
    --- behind
    (w * 2).sum().backward()
    --- evaluate
    (w * 3).sum().backward()
    metrics = {"v": float(w.grad.sum()) * level}
    === lr_scheduler_stepped
    --- define
    import torch
    --- data
    w = torch.nn.Parameter(torch.ones(2))
    opt = torch.optim.SGD([w], lr=1.0)
    sch = torch.optim.lr_scheduler.StepLR(opt, 1, 0.5)
    --- behind
    opt.step()
    sch.step()
    --- evaluate
    metrics = {"v": opt.param_groups[0]["lr"] * level}
    === param_group_changed
    --- define
    import torch
    --- data
    w = torch.nn.Parameter(torch.ones(2))
    opt = torch.optim.SGD([w], lr=1.0)
    --- behind
    for group in opt.param_groups:
        group["lr"] = 0.1
    --- evaluate
    metrics = {"v": opt.param_groups[0]["lr"] * level}
    === loader_iterated
    --- define
    import torch
    from torch.utils.data import DataLoader, TensorDataset
    --- data
    torch.manual_seed(0)
    dl = DataLoader(TensorDataset(torch.arange(8.0)), shuffle=True, batch_size=8)
    --- behind
    next(iter(dl))
    --- evaluate
    metrics = {"v": float(next(iter(dl))[0][0]) * level}
    === rng_state_set
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    state = torch.get_rng_state()
    torch.rand(3)
    --- behind
    torch.set_rng_state(state)
    --- evaluate
    metrics = {"v": float(torch.rand(1)) * level}
    === bit_generator_advanced
    --- data
    rng = np.random.default_rng(1)
    --- behind
    rng.bit_generator.advance(10)
    --- evaluate
    metrics = {"v": rng.random() * level}
    === spawned_generators
    --- data
    rng = np.random.default_rng(1)
    --- behind
    children = rng.spawn(2)
    --- evaluate
    metrics = {"v": rng.spawn(1)[0].random() * level}
    === seed_sequence_spawn
    --- data
    ss = np.random.SeedSequence(5)
    --- behind
    ss.spawn(1)
    --- evaluate
    metrics = {"v": np.random.default_rng(ss.spawn(1)[0]).random() * level}
    === kfold_shuffle_global
    --- define
    from sklearn.model_selection import KFold
    --- data
    np.random.seed(3)
    kf = KFold(3, shuffle=True)
    --- behind
    list(kf.split(np.arange(9)))
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === permutation_importance_draws
    --- define
    from sklearn.inspection import permutation_importance
    from sklearn.linear_model import LinearRegression
    --- data
    np.random.seed(3)
    X = np.arange(12.0).reshape(6, 2)
    y = X[:, 0]
    lr = LinearRegression().fit(X, y)
    --- behind
    permutation_importance(lr, X, y)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === scipy_rvs
    --- define
    from scipy import stats
    --- data
    np.random.seed(3)
    --- behind
    stats.norm.rvs(size=3)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === uuid_not_seeded
    --- define
    import random
    --- data
    random.seed(4)
    --- behind
    sample = random.choices([1, 2, 3], k=2)
    --- evaluate
    metrics = {"v": random.random() * level}
    === exitstack_callback
    --- define
    import contextlib
    --- data
    rows = [1]
    --- behind
    with contextlib.ExitStack() as stack:
        stack.callback(rows.append, 6)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === own_contextmanager
    --- define
    import contextlib
    @contextlib.contextmanager
    def adding(rows):
        rows.append(3)
        yield
        rows.append(4)
    --- data
    rows = [1]
    --- behind
    with adding(rows):
        pass
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === partialmethod
    --- define
    import functools
    class A:
        def __init__(self):
            self.v = 0
        def put(self, x):
            self.v = x
        nine = functools.partialmethod(put, 9)
    --- data
    a = A()
    --- behind
    a.nine()
    --- evaluate
    metrics = {"v": a.v * level}
    === setattr_dynamic
    --- data
    class P:
        rate = 1.0
    p = P()
    --- behind
    for key in ["ra" + "te"]:
        setattr(p, key, 4.0)
    --- evaluate
    metrics = {"v": p.rate * level}
    === vars_write
    --- data
    class P:
        def __init__(self):
            self.rate = 1.0
    p = P()
    --- behind
    vars(p)["rate"] = 4.0
    --- evaluate
    metrics = {"v": p.rate * level}
    === namespace_update
    --- define
    from types import SimpleNamespace
    --- data
    cfg = SimpleNamespace(rate=1.0)
    --- behind
    cfg.__dict__.update(rate=3.0)
    --- evaluate
    metrics = {"v": cfg.rate * level}
    === dataclass_list_default
    --- define
    from dataclasses import dataclass, field
    SHARED = []
    @dataclass
    class Rec:
        rows: list = field(default_factory=lambda: SHARED)
    --- data
    r = Rec()
    --- behind
    Rec().rows.append(4)
    --- evaluate
    metrics = {"v": sum(r.rows) * level}
    === post_init_counts
    --- define
    from dataclasses import dataclass
    @dataclass
    class Rec:
        x: int
        def __post_init__(self):
            Rec.made = getattr(Rec, "made", 0) + 1
    --- behind
    Rec(3)
    --- evaluate
    metrics = {"v": (Rec(1).x + Rec.made) * level}
    === namedtuple_list_inside
    --- define
    from collections import namedtuple
    Pair = namedtuple("Pair", "a b")
    --- data
    p = Pair([1], 2)
    --- behind
    p.a.append(5)
    --- evaluate
    metrics = {"v": sum(p.a) * level}
    === frozen_dataclass_object_setattr
    --- define
    from dataclasses import dataclass
    @dataclass(frozen=True)
    class F:
        x: float = 1.0
    --- data
    f = F()
    --- behind
    object.__setattr__(f, "x", 5.0)
    --- evaluate
    metrics = {"v": f.x * level}
    === enum_member_attr
    --- define
    import enum
    class Color(enum.Enum):
        RED = 1
    --- behind
    Color.RED.rate = 4.0
    --- evaluate
    metrics = {"v": getattr(Color.RED, "rate", 1.0) * level}
    === zip_strict_partial
    --- data
    a_ = iter([1, 2, 3])
    --- behind
    pairs = list(zip(a_, [9]))
    --- evaluate
    metrics = {"v": float(next(a_)) * level}
    === np_copy_false
    --- data
    a = np.array([1.0, 2.0])
    --- behind
    b = np.array(a, copy=False) if False else np.asanyarray(a)
    b += 5
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === ravel_shares
    --- data
    a = np.zeros((2, 2))
    --- behind
    a.ravel()[0] = 4
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === array_split_views
    --- data
    a = np.zeros(4)
    --- behind
    left, right = np.array_split(a, 2)
    right[:] = 2
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === broadcast_writeable
    --- data
    a = np.zeros(4)
    --- behind
    for part in np.split(a, 2):
        part += 1
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === frame_from_array_shares
    --- data
    a = np.zeros((2, 2))
    df = pd.DataFrame(a, copy=False)
    --- behind
    a[0, 0] = 7
    --- evaluate
    metrics = {"v": float(df.to_numpy().sum()) * level}
    === torch_numpy_shares
    --- define
    import torch
    --- data
    t = torch.zeros(3)
    --- behind
    t.numpy()[0] = 5
    --- evaluate
    metrics = {"v": float(t.sum()) * level}
    === struct_pack_into
    --- define
    import struct
    --- data
    buf = bytearray(8)
    --- behind
    struct.pack_into("<d", buf, 0, 2.5)
    --- evaluate
    metrics = {"v": struct.unpack("<d", buf)[0] * level}
    === readinto
    --- define
    import io
    --- data
    buf = bytearray(3)
    --- behind
    io.BytesIO(b"abc").readinto(buf)
    --- evaluate
    metrics = {"v": float(buf[0]) * level}
    === shuffle_list
    --- define
    import random
    --- data
    rows = [1, 2, 3, 4]
    --- behind
    random.Random(3).shuffle(rows)
    --- evaluate
    metrics = {"v": rows[0] * level}
    === json_object_hook
    --- define
    import json
    --- data
    seen = []
    --- behind
    json.loads('{"a": 1}', object_hook=lambda d: seen.append(1) or d)
    --- evaluate
    metrics = {"v": len(seen) * level}
    === sorted_key_appends
    --- data
    seen = []
    --- behind
    sorted([3, 1], key=lambda v: seen.append(v) or v)
    --- evaluate
    metrics = {"v": len(seen) * level}
    === logging_filter_changes
    --- define
    import logging
    --- data
    seen = []
    class F(logging.Filter):
        def filter(self, record):
            seen.append(1)
            return True
    log = logging.getLogger("q")
    log.addFilter(F())
    --- behind
    log.warning("x")
    --- evaluate
    metrics = {"v": len(seen) * level}
    === atexit_like_finalizer
    --- define
    import weakref
    class T:
        pass
    --- data
    seen = []
    t = T()
    weakref.finalize(t, seen.append, 1)
    --- behind
    del t
    --- evaluate
    metrics = {"v": len(seen) * level}
    === del_method
    --- define
    class T:
        gone = 0
        def __del__(self):
            T.gone += 1
    --- data
    t = T()
    --- behind
    t = None
    --- evaluate
    metrics = {"v": T.gone * level}
    === warnings_registry
    --- define
    import warnings
    def old():
        warnings.warn("old", DeprecationWarning, stacklevel=2)
        return 1.0
    --- behind
    warnings.filterwarnings("error", category=DeprecationWarning)
    --- evaluate
    try:
        v = old()
    except DeprecationWarning:
        v = 9.0
    metrics = {"v": v * level}
    """
)
