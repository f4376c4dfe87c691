"""Libraries that call back: functions and objects that they hold, methods that a class overrides, clones that they fit."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === itertuples_change
    --- data
    class Row:
        pass
    objs = [Row(), Row()]
    for o in objs:
        o.v = 1.0
    df = pd.DataFrame({"o": objs})
    --- behind
    for row in df.itertuples():
        row.o.v = 3.0
    --- evaluate
    metrics = {"v": sum(o.v for o in objs) * level}
    === apply_row_objects
    --- data
    class Row:
        pass
    objs = [Row(), Row()]
    for o in objs:
        o.v = 1.0
    df = pd.DataFrame({"o": objs})
    --- behind
    df["o"].apply(lambda o: setattr(o, "v", 3.0))
    --- evaluate
    metrics = {"v": sum(o.v for o in objs) * level}
    === groupby_iter_objects
    --- data
    class Row:
        pass
    objs = [Row(), Row()]
    for o in objs:
        o.v = 1.0
    df = pd.DataFrame({"g": [1, 2], "o": objs})
    --- behind
    for key, part in df.groupby("g"):
        part["o"].iloc[0].v = 5.0
    --- evaluate
    metrics = {"v": sum(o.v for o in objs) * level}
    === pipe_transform_counts
    --- define
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.pipeline import make_pipeline
    class C(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            self.calls_ = 0
            return self
        def transform(self, X):
            self.calls_ += 1
            return X
    --- data
    c = C()
    pipe = make_pipeline(c)
    pipe.fit(np.array([[1.0]]))
    --- behind
    pipe.transform(np.array([[1.0], [5.0]]))
    --- evaluate
    metrics = {"v": c.calls_ * level}
    === logging_module_level
    --- define
    import logging
    class Keep(logging.Handler):
        rows = []
        def emit(self, record):
            Keep.rows.append(record.getMessage())
    logging.getLogger().addHandler(Keep())
    --- behind
    logging.warning("one")
    --- evaluate
    metrics = {"v": len(Keep.rows) * level}
    === basic_config_handlers
    --- define
    import logging
    class Keep(logging.Handler):
        rows = []
        def emit(self, record):
            Keep.rows.append(record.getMessage())
    logging.basicConfig(handlers=[Keep()], force=True)
    --- behind
    logging.getLogger("a").warning("one")
    --- evaluate
    metrics = {"v": len(Keep.rows) * level}
    === lambda_lr
    --- define
    import torch
    --- data
    seen = []
    w = torch.nn.Parameter(torch.ones(1))
    opt = torch.optim.SGD([w], lr=1.0)
    sch = torch.optim.lr_scheduler.LambdaLR(opt, lr_lambda=lambda e: seen.append(e) or 1.0)
    --- behind
    opt.step()
    sch.step()
    --- evaluate
    metrics = {"v": len(seen) * level}
    === grid_search_scoring
    --- define
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV
    --- data
    seen = []
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    gs = GridSearchCV(Ridge(), {"alpha": [1.0]}, scoring=lambda e, a, b: seen.append(1) or 0.0, cv=2)
    --- behind
    gs.fit(X, y)
    --- evaluate
    metrics = {"v": len(seen) * level}
    === kneighbors_metric
    --- define
    from sklearn.neighbors import KNeighborsRegressor
    --- data
    seen = []
    knn = KNeighborsRegressor(1, metric=lambda a, b: float(seen.append(1) or abs(a - b).sum()), algorithm="brute")
    knn.fit(np.array([[1.0], [2.0]]), [1.0, 2.0])
    --- behind
    knn.predict(np.array([[1.1]]))
    --- evaluate
    metrics = {"v": len(seen) * level}
    === column_transformer_lambda
    --- define
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import FunctionTransformer
    --- data
    seen = []
    ct = ColumnTransformer([("f", FunctionTransformer(lambda a: seen.append(1) or a), [0])])
    X = np.ones((2, 1))
    ct.fit(X)
    --- behind
    ct.transform(X)
    --- evaluate
    metrics = {"v": len(seen) * level}
    === argparse_action
    --- define
    import argparse
    class A(argparse.Action):
        used = 0
        def __call__(self, parser, ns, values, option_string=None):
            A.used += 1
            setattr(ns, self.dest, values)
    --- data
    ap = argparse.ArgumentParser()
    ap.add_argument("--x", action=A)
    --- behind
    ap.parse_args(["--x", "3"])
    --- evaluate
    metrics = {"v": A.used * level}
    === argparse_type
    --- define
    import argparse
    --- data
    seen = []
    ap = argparse.ArgumentParser()
    ap.add_argument("--x", type=lambda s: seen.append(s) or s)
    --- behind
    ap.parse_args(["--x", "3"])
    --- evaluate
    metrics = {"v": len(seen) * level}
    === string_formatter
    --- define
    import string
    class F(string.Formatter):
        def __init__(self):
            self.keys = []
        def get_value(self, key, args, kw):
            self.keys.append(key)
            return 1
    --- data
    f = F()
    --- behind
    f.format("{a}{b}")
    --- evaluate
    metrics = {"v": len(f.keys) * level}
    === cmd_like_template
    --- define
    import abc
    class Base(abc.ABC):
        def run(self):
            self.step()
        @abc.abstractmethod
        def step(self): ...
    class Impl(Base):
        n = 0
        def step(self):
            Impl.n += 1
    --- data
    i = Impl()
    --- behind
    i.run()
    --- evaluate
    metrics = {"v": Impl.n * level}
    === mixin_template_method
    --- define
    class Loud:
        def say(self):
            return self.word().upper()
    class Cat(Loud):
        def __init__(self):
            self.told = 0
        def word(self):
            self.told += 1
            return "x"
    --- data
    c = Cat()
    --- behind
    c.say()
    --- evaluate
    metrics = {"v": c.told * level}
    === mapping_abc
    --- define
    from collections.abc import Mapping
    class M(Mapping):
        def __init__(self):
            self.reads = 0
            self.d = {"a": 1}
        def __getitem__(self, k):
            self.reads += 1
            return self.d[k]
        def __iter__(self):
            return iter(self.d)
        def __len__(self):
            return 1
    --- data
    m_ = M()
    --- behind
    m_.get("a")
    --- evaluate
    metrics = {"v": m_.reads * level}
    === mutable_mapping_update
    --- define
    from collections.abc import MutableMapping
    class M(MutableMapping):
        def __init__(self):
            self.d = {}
        def __getitem__(self, k):
            return self.d[k]
        def __setitem__(self, k, v):
            self.d[k] = v
        def __delitem__(self, k):
            del self.d[k]
        def __iter__(self):
            return iter(self.d)
        def __len__(self):
            return len(self.d)
    --- data
    m_ = M()
    --- behind
    m_.update(a=5)
    --- evaluate
    metrics = {"v": len(m_) * level}
    === userlist_extend
    --- define
    from collections import UserList
    --- data
    u = UserList([1])
    --- behind
    u.extend([2, 3])
    --- evaluate
    metrics = {"v": sum(u) * level}
    === simplequeue
    --- define
    import queue
    --- data
    q = queue.SimpleQueue()
    q.put(1)
    q.put(5)
    --- behind
    q.get()
    --- evaluate
    metrics = {"v": q.get() * level}
    === shell_line_writes
    --- data
    open("a.txt", "w").write("1")
    --- behind
    import os
    os.system("printf 22 > a.txt")
    --- evaluate
    metrics = {"v": float(open("a.txt").read()) * level}
    === popen_writes
    --- define
    import os
    --- data
    open("a.txt", "w").write("1")
    --- behind
    os.popen("printf 22 > a.txt").read()
    --- evaluate
    metrics = {"v": float(open("a.txt").read()) * level}
    === generator_close
    --- define
    def g():
        try:
            yield 1
            yield 2
        finally:
            closed.append(1)
    closed = []
    --- data
    it = g()
    next(it)
    --- behind
    it.close()
    --- evaluate
    metrics = {"v": len(closed) * level}
    === dict_key_object_hash
    --- define
    class K:
        n = 0
        def __hash__(self):
            K.n += 1
            return 1
    --- data
    k = K()
    --- behind
    d = {}
    d[k] = 1
    --- evaluate
    metrics = {"v": K.n * level}
    === in_set_of_objects
    --- define
    class K:
        n = 0
        def __hash__(self):
            return 1
        def __eq__(self, o):
            K.n += 1
            return True
    --- data
    s = {K()}
    --- behind
    K() in s
    --- evaluate
    metrics = {"v": K.n * level}
    === del_triggers
    --- define
    class T:
        gone = []
        def __del__(self):
            T.gone.append(1)
    --- data
    t = T()
    --- behind
    del t
    --- evaluate
    metrics = {"v": len(T.gone) * level}
    === reassigned_drops_object
    --- define
    class T:
        gone = []
        def __init__(self, k):
            self.k = k
        def __del__(self):
            T.gone.append(self.k)
    --- behind
    for k in range(3):
        T(k)
    --- evaluate
    metrics = {"v": len(T.gone) * level}
    === weak_dict
    --- define
    import weakref
    class T:
        pass
    --- data
    cache = weakref.WeakValueDictionary()
    t = T()
    cache["t"] = t
    --- behind
    del t
    --- evaluate
    metrics = {"v": len(cache) * level}
    === frame_locals_comprehension
    --- data
    rows = [1, 2]
    --- behind
    _ = [rows.append(v) for v in (3,)]
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === optuna_like_callback_list
    --- define
    class Trainer:
        def __init__(self, callbacks):
            self.callbacks = callbacks
        def run(self):
            for c in self.callbacks:
                c(self)
    --- data
    seen = []
    tr = Trainer([lambda t: seen.append(1)])
    --- behind
    tr.run()
    --- evaluate
    metrics = {"v": len(seen) * level}
    === event_bus
    --- define
    from collections import defaultdict
    class Bus:
        def __init__(self):
            self.h = defaultdict(list)
        def on(self, name, fn):
            self.h[name].append(fn)
        def emit(self, name, *a):
            for fn in self.h[name]:
                fn(*a)
    --- data
    got = []
    bus = Bus()
    bus.on("x", got.append)
    --- behind
    bus.emit("x", 4)
    --- evaluate
    metrics = {"v": sum(got) * level}
    === plugin_by_name
    --- define
    class P:
        rows = []
        def do_add(self, v):
            P.rows.append(v)
        def call(self, name, *a):
            return getattr(self, "do_" + name)(*a)
    --- data
    p = P()
    --- behind
    p.call("add", 3)
    --- evaluate
    metrics = {"v": sum(P.rows) * level}
    === recursion_fills
    --- define
    def walk(n, out):
        if n:
            out.append(n)
            walk(n - 1, out)
    --- data
    out = []
    --- behind
    walk(3, out)
    --- evaluate
    metrics = {"v": sum(out) * level}
    === nested_function_default_list
    --- define
    def collect(v, into=[]):
        into.append(v)
        return into
    --- behind
    collect(1)
    --- evaluate
    metrics = {"v": len(collect(2)) * level}
    === numpy_random_legacy_module_alias
    --- define
    from numpy import random as npr
    --- data
    npr.seed(1)
    --- behind
    npr.shuffle(np.arange(3))
    --- evaluate
    metrics = {"v": npr.rand() * level}
    === dataframe_style_apply
    --- data
    seen = []
    df = pd.DataFrame({"a": [1.0]})
    --- behind
    df.style.map(lambda v: seen.append(1) or "").to_html()
    --- evaluate
    metrics = {"v": len(seen) * level}
    === rolling_apply
    --- data
    seen = []
    s = pd.Series([1.0, 2.0, 3.0])
    --- behind
    s.rolling(2).apply(lambda w: seen.append(1) or 0.0)
    --- evaluate
    metrics = {"v": len(seen) * level}
    === curve_fit_model
    --- define
    from scipy.optimize import curve_fit
    --- data
    seen = []
    def f(x, a):
        seen.append(1)
        return a * x
    --- behind
    curve_fit(f, np.arange(3.0), np.arange(3.0))
    --- evaluate
    metrics = {"v": float(len(seen) > 0) * level}
    === quad_integrand
    --- define
    from scipy.integrate import quad
    --- data
    seen = []
    --- behind
    quad(lambda x: seen.append(1) or x, 0, 1)
    --- evaluate
    metrics = {"v": float(len(seen) > 0) * level}
    === odeint_state
    --- define
    from scipy.integrate import solve_ivp
    --- data
    seen = []
    --- behind
    solve_ivp(lambda t, y: [seen.append(1) or -y[0]], (0, 1), [1.0])
    --- evaluate
    metrics = {"v": float(len(seen) > 0) * level}
    === model_holds_array
    --- define
    from sklearn.neighbors import KNeighborsRegressor
    --- data
    X = np.array([[1.0], [2.0]])
    y = np.array([1.0, 2.0])
    knn = KNeighborsRegressor(1).fit(X, y)
    --- behind
    knn._y[0] = 9.0
    --- evaluate
    metrics = {"v": float(knn.predict([[1.0]])[0]) * level}
    === coef_in_place
    --- define
    from sklearn.linear_model import LinearRegression
    --- data
    lr = LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])
    --- behind
    lr.coef_ *= 3
    --- evaluate
    metrics = {"v": float(lr.coef_[0]) * level}
    === steps_list_changed
    --- define
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler, MinMaxScaler
    --- data
    pipe = Pipeline([("s", StandardScaler())])
    --- behind
    pipe.steps[0] = ("s", MinMaxScaler())
    --- evaluate
    metrics = {"v": float(type(pipe.named_steps["s"]).__name__ == "MinMaxScaler") * level}
    === warm_start_forest
    --- define
    from sklearn.ensemble import RandomForestRegressor
    --- data
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    rf = RandomForestRegressor(2, warm_start=True, random_state=0).fit(X, y)
    --- behind
    rf.n_estimators = 5
    rf.fit(X, y)
    --- evaluate
    metrics = {"v": len(rf.estimators_) * level}
    === partial_fit_behind
    --- define
    from sklearn.linear_model import SGDRegressor
    --- data
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    sgd = SGDRegressor(random_state=0).fit(X, y)
    --- behind
    sgd.partial_fit(X, y)
    --- evaluate
    metrics = {"v": float(sgd.t_) * level}
    === html_parser_feed
    --- define
    from html.parser import HTMLParser
    class P(HTMLParser):
        def __init__(self):
            super().__init__()
            self.links = []
        def handle_starttag(self, tag, attrs):
            self.links.append(tag)
    --- data
    p = P()
    --- behind
    p.feed("<a><b>")
    --- evaluate
    metrics = {"v": len(p.links) * level}
    === node_visitor
    --- define
    import ast
    class V(ast.NodeVisitor):
        def __init__(self):
            self.names = []
        def visit_Name(self, node):
            self.names.append(node.id)
    --- data
    v = V()
    --- behind
    v.visit(ast.parse("a + b"))
    --- evaluate
    metrics = {"v": len(v.names) * level}
    === thread_subclass
    --- define
    import threading
    class T(threading.Thread):
        rows = []
        def run(self):
            T.rows.append(1)
    --- behind
    t = T()
    t.start()
    t.join()
    --- evaluate
    metrics = {"v": len(T.rows) * level}
    === fit_transform_mixin
    --- define
    from sklearn.base import BaseEstimator, TransformerMixin
    class C(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            self.mean_ = float(np.mean(X))
            return self
        def transform(self, X):
            return X - self.mean_
    --- data
    c = C()
    c.fit(np.array([[1.0]]))
    --- behind
    c.fit_transform(np.array([[1.0], [5.0]]))
    --- evaluate
    metrics = {"v": c.mean_ * level}
    === handler_emit
    --- define
    import logging
    class Keep(logging.Handler):
        def __init__(self):
            super().__init__()
            self.rows = []
        def emit(self, record):
            self.rows.append(record.getMessage())
    --- data
    keep = Keep()
    log = logging.getLogger("keeping")
    log.addHandler(keep)
    --- behind
    log.warning("one")
    --- evaluate
    metrics = {"v": len(keep.rows) * level}
    === json_encoder_class
    --- define
    import json
    class Enc(json.JSONEncoder):
        used = 0
        def default(self, o):
            Enc.used += 1
            return 0
    --- behind
    json.dumps({"a": {1, 2}}, cls=Enc)
    --- evaluate
    metrics = {"v": Enc.used * level}
    === user_dict
    --- define
    from collections import UserDict
    class D(UserDict):
        def __setitem__(self, k, v):
            super().__setitem__(k, v * 2)
    --- data
    d = D(a=1)
    --- behind
    d.update(a=5)
    --- evaluate
    metrics = {"v": d["a"] * level}
    === list_subclass
    --- define
    class L(list):
        def append(self, v):
            super().append(v * 10)
    --- data
    rows = L([1])
    --- behind
    rows.append(2)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === random_subclass
    --- define
    import random
    class R(random.Random):
        def lucky(self):
            return self.randint(1, 100)
    --- data
    r = R(5)
    --- behind
    r.lucky()
    --- evaluate
    metrics = {"v": r.lucky() * level}
    === sequence_getitem_lazy
    --- define
    class Lazy:
        def __init__(self):
            self.cache = {}
        def __getitem__(self, i):
            if i >= 3:
                raise IndexError
            self.cache[i] = 1
            return i
    --- data
    lz = Lazy()
    --- behind
    total = sum(x for x in lz)
    --- evaluate
    metrics = {"v": len(lz.cache) * level}
    === dataset_len_counts
    --- define
    import torch
    from torch.utils.data import Dataset, DataLoader
    class DS(Dataset):
        def __init__(self):
            self.seen = 0
        def __len__(self):
            return 3
        def __getitem__(self, i):
            self.seen += 1
            return torch.tensor(float(i))
    --- data
    ds = DS()
    dl = DataLoader(ds)
    --- behind
    for batch in dl:
        pass
    --- evaluate
    metrics = {"v": ds.seen * level}
    === collate_fn_appends
    --- define
    import torch
    from torch.utils.data import DataLoader
    --- data
    seen = []
    dl = DataLoader([1.0, 2.0], collate_fn=lambda b: seen.append(1) or b)
    --- behind
    list(dl)
    --- evaluate
    metrics = {"v": len(seen) * level}
    === own_module_counts_forward
    --- define
    import torch
    class N(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.calls = 0
            self.fc = torch.nn.Linear(1, 1)
        def forward(self, x):
            self.calls += 1
            return self.fc(x)
    --- data
    torch.manual_seed(0)
    net = torch.nn.Sequential(N())
    --- behind
    net(torch.ones(1, 1))
    --- evaluate
    metrics = {"v": net[0].calls * level}
    === buffer_running_mean
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    bn = torch.nn.BatchNorm1d(1)
    --- behind
    with torch.no_grad():
        bn(torch.tensor([[1.0], [5.0]]))
    --- evaluate
    metrics = {"v": float(bn.running_mean[0]) * level}
    === autograd_function
    --- define
    import torch
    class F(torch.autograd.Function):
        runs = 0
        @staticmethod
        def forward(ctx, x):
            F.runs += 1
            return x * 2
        @staticmethod
        def backward(ctx, g):
            return g * 2
    --- behind
    F.apply(torch.ones(1))
    --- evaluate
    metrics = {"v": F.runs * level}
    === apply_fn_to_net
    --- define
    import torch
    def init(m):
        if isinstance(m, torch.nn.Linear):
            torch.nn.init.ones_(m.weight)
    --- data
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 1))
    --- behind
    net.apply(init)
    --- evaluate
    metrics = {"v": float(net[0].weight.sum().detach()) * level}
    === scoring_callable_counts
    --- define
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import cross_val_score
    --- data
    seen = []
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    --- behind
    cross_val_score(LinearRegression(), X, y, scoring=lambda e, a, b: seen.append(1) or 0.0)
    --- evaluate
    metrics = {"v": len(seen) * level}
    === own_estimator_class_counter
    --- define
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.model_selection import cross_val_score
    class E(RegressorMixin, BaseEstimator):
        fits = 0
        def fit(self, X, y):
            E.fits += 1
            return self
        def predict(self, X):
            return np.zeros(len(X))
    --- data
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    --- behind
    cross_val_score(E(), X, y, cv=3)
    --- evaluate
    metrics = {"v": E.fits * level}
    === function_transformer
    --- define
    from sklearn.preprocessing import FunctionTransformer
    --- data
    seen = []
    ft = FunctionTransformer(lambda a: seen.append(1) or a)
    --- behind
    ft.transform(np.array([[1.0]]))
    --- evaluate
    metrics = {"v": len(seen) * level}
    === tfidf_custom_tokenizer
    --- define
    from sklearn.feature_extraction.text import CountVectorizer
    --- data
    seen = []
    cv = CountVectorizer(tokenizer=lambda s: seen.append(1) or s.split(), token_pattern=None)
    cv.fit(["a b"])
    --- behind
    cv.transform(["a", "b"])
    --- evaluate
    metrics = {"v": len(seen) * level}
    === series_map_dict_subclass
    --- define
    class M(dict):
        def __missing__(self, k):
            self[k] = 0.0
            return 0.0
    --- data
    m_ = M(a=1.0)
    --- behind
    pd.Series(["a", "b"]).map(m_)
    --- evaluate
    metrics = {"v": len(m_) * level}
    === df_applymap_method
    --- define
    class Enc:
        def __init__(self):
            self.codes = {}
        def code(self, v):
            return self.codes.setdefault(v, len(self.codes))
    --- data
    enc = Enc()
    df = pd.DataFrame({"a": ["x", "y"]})
    --- behind
    df["a"].map(enc.code)
    --- evaluate
    metrics = {"v": len(enc.codes) * level}
    === iterrows_change
    --- data
    class Row:
        pass
    objs = [Row(), Row()]
    for o in objs:
        o.v = 1.0
    df = pd.DataFrame({"o": objs})
    --- behind
    for _, row in df.iterrows():
        row["o"].v = 3.0
    --- evaluate
    metrics = {"v": sum(o.v for o in objs) * level}
    === object_array_elements
    --- data
    rows = [[1.0], [2.0]]
    arr = np.empty(2, dtype=object)
    arr[0], arr[1] = rows
    --- behind
    arr[0].append(9.0)
    --- evaluate
    metrics = {"v": sum(rows[0]) * level}
    === dict_values_view
    --- data
    conf = {"a": [1], "b": [2]}
    vals = conf.values()
    --- behind
    for v in vals:
        v.append(3)
    --- evaluate
    metrics = {"v": sum(map(sum, conf.values())) * level}
    === setdefault_get
    --- data
    groups = {}
    groups.setdefault("a", []).append(1)
    --- behind
    groups.setdefault("b", []).append(5)
    --- evaluate
    metrics = {"v": sum(map(sum, groups.values())) * level}
    === nested_tuple_unpack_alias
    --- data
    pairs = [("a", [1]), ("b", [2])]
    --- behind
    (_, first), (_, second) = pairs
    second += [9]
    --- evaluate
    metrics = {"v": sum(pairs[1][1]) * level}
    === star_args_alias
    --- define
    def add(*rows):
        for r in rows:
            r.append(1)
    --- data
    a_, b_ = [1], [2]
    --- behind
    add(*(a_, b_))
    --- evaluate
    metrics = {"v": (sum(a_) + sum(b_)) * level}
    === kwargs_alias
    --- define
    def put(**kw):
        kw["rows"].append(7)
    --- data
    rows = [1]
    --- behind
    put(**{"rows": rows})
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === returned_self_chain
    --- define
    class B:
        def __init__(self):
            self.steps = []
        def add(self, s):
            self.steps.append(s)
            return self
    --- data
    b = B()
    --- behind
    b.add(1).add(2)
    --- evaluate
    metrics = {"v": sum(b.steps) * level}
    === conditional_alias
    --- data
    x_, y_ = [1], [2]
    flag = True
    --- behind
    target = x_ if flag else y_
    target.append(8)
    --- evaluate
    metrics = {"v": sum(x_) * level}
    === swap_names
    --- data
    a_, b_ = 1.0, 2.0
    --- behind
    a_, b_ = b_, a_
    --- evaluate
    metrics = {"v": a_ * level}
    === exec_string
    --- data
    total = 1.0
    --- behind
    exec("total = 5.0")
    --- evaluate
    metrics = {"v": total * level}
    === globals_write
    --- data
    total = 1.0
    --- behind
    globals()["total"] = 5.0
    --- evaluate
    metrics = {"v": total * level}
    === import_main_setattr
    --- define
    import sys
    --- data
    total = 1.0
    --- behind
    setattr(sys.modules[__name__], "total", 5.0)
    --- evaluate
    metrics = {"v": total * level}
    === ipython_user_ns
    --- data
    total = 1.0
    --- behind
    try:
        get_ipython().user_ns["total"] = 5.0
    except NameError:
        total = 5.0
    --- evaluate
    metrics = {"v": total * level}
    === closure_cell_write
    --- define
    def make():
        n = 1.0
        def get():
            return n
        def put(v):
            nonlocal n
            n = v
        return get, put
    --- data
    get, put = make()
    --- behind
    put(6.0)
    --- evaluate
    metrics = {"v": get() * level}
    === contextmanager_class
    --- define
    class Temp:
        def __init__(self, box):
            self.box = box
        def __enter__(self):
            self.box.append(1)
            return self
        def __exit__(self, *a):
            self.box.append(2)
    --- data
    box = []
    --- behind
    with Temp(box):
        pass
    --- evaluate
    metrics = {"v": sum(box) * level}
    === pandas_sample_frac
    --- data
    np.random.seed(1)
    df = pd.DataFrame({"a": range(10)})
    --- behind
    df.sample(frac=0.5)
    --- evaluate
    metrics = {"v": float(df.sample(1)["a"].iloc[0]) * level}
    === scikit_random_forest_global
    --- define
    from sklearn.ensemble import RandomForestRegressor
    --- data
    np.random.seed(1)
    X = np.arange(20.0).reshape(-1, 1)
    y = X[:, 0] ** 2
    --- behind
    RandomForestRegressor(5).fit(X, y)
    --- evaluate
    rf = RandomForestRegressor(5).fit(X, y)
    metrics = {"v": float(rf.predict([[3.3]])[0]) * level}
    === torch_dropout_draw
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    drop = torch.nn.Dropout(0.5)
    --- behind
    drop(torch.ones(5))
    --- evaluate
    metrics = {"v": float(torch.rand(1)) * level}
    === torch_constructor_draws
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    --- behind
    head = torch.nn.Linear(3, 3)
    --- evaluate
    metrics = {"v": float(torch.rand(1)) * level}
    === secrets_like_shuffle_sklearn
    --- define
    from sklearn.utils import shuffle
    --- data
    np.random.seed(0)
    --- behind
    shuffle([1, 2, 3])
    --- evaluate
    metrics = {"v": float(np.random.rand()) * level}
    === scipy_default_seed
    --- define
    from scipy.stats import bootstrap
    --- data
    np.random.seed(0)
    rows = (np.arange(10.0),)
    --- behind
    bootstrap(rows, np.mean, n_resamples=10)
    --- evaluate
    metrics = {"v": float(np.random.rand()) * level}
    === time_zone
    --- define
    import os, time
    --- behind
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    --- evaluate
    metrics = {"v": float(time.localtime(0).tm_hour) * level}
    === decimal_context
    --- define
    import decimal
    --- behind
    decimal.getcontext().prec = 3
    --- evaluate
    metrics = {"v": float(decimal.Decimal(1) / decimal.Decimal(3)) * level}
    === sys_path_module
    --- define
    import sys
    --- behind
    sys.path.append("/nowhere")
    --- evaluate
    metrics = {"v": float("/nowhere" in sys.path) * level}
    === argv_changed
    --- define
    import sys
    --- behind
    sys.argv = ["x", "y", "z"]
    --- evaluate
    metrics = {"v": float(len(sys.argv)) * level}
    === cwd_changed
    --- define
    import os
    --- data
    os.makedirs("inner", exist_ok=True)
    --- behind
    os.chdir("inner")
    --- evaluate
    metrics = {"v": float(len(os.path.basename(os.getcwd())) == 5) * level}
    === pd_option_mode
    --- behind
    pd.set_option("future.infer_string", False)
    --- evaluate
    metrics = {"v": float(pd.Series(["a"]).dtype == object) * level}
    === numpy_errstate
    --- behind
    np.seterr(divide="raise")
    --- evaluate
    try:
        v = float(np.log(np.array([0.0]))[0] < 0)
    except FloatingPointError:
        v = 9.0
    metrics = {"v": v * level}
    === torch_grad_off
    --- define
    import torch
    --- behind
    torch.set_grad_enabled(False)
    --- evaluate
    metrics = {"v": float((torch.ones(1, requires_grad=True) * 2).requires_grad) * level}
    === mmap_file
    --- data
    m = np.memmap("x.bin", dtype="float64", mode="w+", shape=(2,))
    --- behind
    m[0] = 4.0
    --- evaluate
    metrics = {"v": float(m.sum()) * level}
    === shelve_write
    --- define
    import shelve
    --- data
    with shelve.open("s") as s:
        s["a"] = 1
    --- behind
    with shelve.open("s") as s:
        s["a"] = 5
    --- evaluate
    with shelve.open("s") as s:
        v = s["a"]
    metrics = {"v": v * level}
    === joblib_dump
    --- define
    import joblib
    --- data
    joblib.dump([1.0], "a.joblib")
    --- behind
    joblib.dump([7.0], "a.joblib")
    --- evaluate
    metrics = {"v": joblib.load("a.joblib")[0] * level}
    === np_savez
    --- data
    np.savez("a.npz", x=np.ones(1))
    --- behind
    np.savez("a.npz", x=np.full(1, 3.0))
    --- evaluate
    metrics = {"v": float(np.load("a.npz")["x"][0]) * level}
    === os_replace
    --- define
    import os
    --- data
    open("a.txt", "w").write("1")
    --- behind
    with open("b.txt", "w") as f:
        f.write("22")
    os.replace("b.txt", "a.txt")
    --- evaluate
    metrics = {"v": float(open("a.txt").read()) * level}
    === subprocess_writes
    --- define
    import subprocess
    --- data
    open("a.txt", "w").write("1")
    --- behind
    subprocess.run("printf 22 > a.txt", shell=True)
    --- evaluate
    metrics = {"v": float(open("a.txt").read()) * level}
    === tempdir_name
    --- define
    import tempfile
    --- behind
    tempfile.tempdir = "/tmp/elsewhere"
    --- evaluate
    metrics = {"v": float(tempfile.gettempdir() == "/tmp/elsewhere") * level}
    === to_csv_then_read
    --- data
    df = pd.DataFrame({"a": [1.0]})
    df.to_csv("a.csv", index=False)
    --- behind
    (df * 3).to_csv("a.csv", index=False)
    --- evaluate
    metrics = {"v": float(pd.read_csv("a.csv")["a"].sum()) * level}
    === glob_count
    --- define
    import glob
    --- data
    open("p1.txt", "w").write("")
    --- behind
    open("p2.txt", "w").write("")
    --- evaluate
    metrics = {"v": float(len(glob.glob("p*.txt"))) * level}
    === fillna_inplace_on_attr
    --- data
    df = pd.DataFrame({"a": [1.0, None]})
    --- behind
    df.fillna(5.0, inplace=True)
    --- evaluate
    metrics = {"v": float(df["a"].sum()) * level}
    === iloc_setitem
    --- data
    df = pd.DataFrame({"a": [1.0, 2.0]})
    sub = df.iloc[:1]
    --- behind
    df.iat[0, 0] = 8.0
    --- evaluate
    metrics = {"v": float(df["a"].sum()) * level}
    === insert_method_of_class
    --- data
    df = pd.DataFrame({"a": [1.0, 2.0]})
    --- behind
    pd.DataFrame.insert(df, 0, "b", 3.0)
    --- evaluate
    metrics = {"v": float(df.to_numpy().sum()) * level}
    === methodcaller
    --- define
    import operator
    --- data
    rows = [1]
    --- behind
    operator.methodcaller("append", 6)(rows)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === getattr_dynamic_method
    --- data
    rows = [1]
    --- behind
    for name in ["append"]:
        getattr(rows, name)(4)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === dict_of_functions
    --- define
    def add(rows, v):
        rows.append(v)
    ACTIONS = {"add": add}
    --- data
    rows = [1]
    --- behind
    ACTIONS["add"](rows, 5)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === class_attribute_counter
    --- define
    class Run:
        count = 0
        def __init__(self):
            type(self).count += 1
    --- behind
    Run()
    --- evaluate
    metrics = {"v": Run.count * level}
    === itertools_count_shared
    --- define
    import itertools
    ids = itertools.count()
    class Node:
        def __init__(self):
            self.id = next(ids)
    --- behind
    Node()
    --- evaluate
    metrics = {"v": Node().id * level}
    === default_factory_count
    --- define
    from collections import defaultdict
    import itertools
    --- data
    c = itertools.count()
    idx = defaultdict(lambda: next(c))
    idx["a"]
    --- behind
    print(idx["b"])
    --- evaluate
    metrics = {"v": (idx["z"] + len(idx)) * level}
    === hash_cached_attr
    --- define
    class V:
        def __init__(self):
            self.n = 0
        def __hash__(self):
            self.n += 1
            return 1
        def __eq__(self, o):
            return self is o
    --- data
    v = V()
    --- behind
    seen = {v}
    --- evaluate
    metrics = {"v": v.n * level}
    === bool_in_if
    --- define
    class V:
        def __init__(self):
            self.n = 0
        def __bool__(self):
            self.n += 1
            return True
    --- data
    v = V()
    --- behind
    if v:
        pass
    --- evaluate
    metrics = {"v": v.n * level}
    === contains_counts
    --- define
    class V:
        def __init__(self):
            self.n = 0
        def __contains__(self, x):
            self.n += 1
            return True
    --- data
    v = V()
    --- behind
    3 in v
    --- evaluate
    metrics = {"v": v.n * level}
    === getattr_hook
    --- define
    class V:
        def __init__(self):
            self.__dict__["n"] = 0
        def __getattr__(self, name):
            self.__dict__["n"] += 1
            return 1
    --- data
    v = V()
    --- behind
    v.anything
    --- evaluate
    metrics = {"v": v.__dict__["n"] * level}
    === setattr_hook
    --- define
    class V:
        writes = 0
        def __setattr__(self, name, value):
            V.writes += 1
            object.__setattr__(self, name, value)
    --- data
    v = V()
    --- behind
    v.x = 3
    --- evaluate
    metrics = {"v": V.writes * level}
    === slots_property_setter
    --- define
    class V:
        __slots__ = ("_x",)
        def __init__(self):
            self._x = 1.0
        @property
        def x(self):
            return self._x
        @x.setter
        def x(self, v):
            self._x = v * 2
    --- data
    v = V()
    --- behind
    v.x = 5.0
    --- evaluate
    metrics = {"v": v.x * level}
    === ufunc_out_positional
    --- data
    a = np.ones(2)
    --- behind
    np.multiply(a, 3.0, a)
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === clip_out
    --- data
    a = np.array([1.0, 9.0])
    --- behind
    np.clip(a, 0, 2, out=a)
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === sort_axis_method
    --- data
    a = np.array([3.0, 1.0])
    --- behind
    a.sort()
    --- evaluate
    metrics = {"v": float(a[0]) * level}
    === place_mask
    --- data
    a = np.array([3.0, 1.0])
    --- behind
    a[a > 2] = 0
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === view_cast
    --- data
    a = np.array([3.0, 1.0])
    --- behind
    a.view(np.int64)[0] = 0
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === strided
    --- data
    a = np.arange(4.0)
    w = np.lib.stride_tricks.sliding_window_view(a, 2, writeable=True)
    --- behind
    w[0, 0] = 50.0
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === pop_column
    --- data
    df = pd.DataFrame({"a": [1.0], "b": [2.0]})
    --- behind
    df.pop("b")
    --- evaluate
    metrics = {"v": float(df.to_numpy().sum()) * level}
    === set_axis_index
    --- data
    df = pd.DataFrame({"a": [1.0, 2.0]})
    --- behind
    df.index = [5, 6]
    --- evaluate
    metrics = {"v": float(df.index[0]) * level}
    === del_column
    --- data
    df = pd.DataFrame({"a": [1.0], "b": [2.0]})
    --- behind
    del df["b"]
    --- evaluate
    metrics = {"v": float(df.shape[1]) * level}
    === cat_categories
    --- data
    s = pd.Series(["a", "b"], dtype="category")
    --- behind
    s.iloc[0] = "b"
    --- evaluate
    metrics = {"v": float((s == "b").sum()) * level}
    === enum_counts_members
    --- define
    import enum
    SEEN = []
    class Color(enum.Enum):
        RED = (1, 2)
        def __init__(self, a, b):
            self.total = a + b
        def note(self):
            SEEN.append(self.total)
    --- behind
    Color.RED.note()
    --- evaluate
    metrics = {"v": len(SEEN) + level}
    """
)
