"""What everyday libraries and plain Python change: networks, images, archives, models, copies that share, expressions."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === sparse_data_in_place
    --- define
    from scipy import sparse
    --- data
    m = sparse.csr_matrix(np.eye(2))
    --- behind
    m.data *= 5
    --- evaluate
    metrics = {"v": float(m.sum()) * level}
    === sparse_setdiag
    --- define
    from scipy import sparse
    --- data
    m = sparse.lil_matrix((2, 2))
    --- behind
    m.setdiag(3)
    --- evaluate
    metrics = {"v": float(m.sum()) * level}
    === sparse_item
    --- define
    from scipy import sparse
    --- data
    m = sparse.lil_matrix((2, 2))
    --- behind
    m[0, 1] = 4
    --- evaluate
    metrics = {"v": float(m.sum()) * level}
    === networkx_add_edge
    --- define
    import networkx as nx
    --- data
    g = nx.Graph()
    g.add_edge(1, 2)
    --- behind
    g.add_edge(2, 3)
    --- evaluate
    metrics = {"v": float(g.number_of_edges()) * level}
    === networkx_attribute
    --- define
    import networkx as nx
    --- data
    g = nx.path_graph(3)
    --- behind
    nx.set_node_attributes(g, 2.0, "w")
    --- evaluate
    metrics = {"v": float(sum(d.get("w", 1.0) for _, d in g.nodes(data=True))) * level}
    === networkx_node_dict
    --- define
    import networkx as nx
    --- data
    g = nx.path_graph(3)
    --- behind
    g.nodes[0]["w"] = 7.0
    --- evaluate
    metrics = {"v": float(g.nodes[0].get("w", 1.0)) * level}
    === image_putpixel
    --- define
    from PIL import Image
    --- data
    im = Image.new("L", (2, 2))
    --- behind
    im.putpixel((0, 0), 9)
    --- evaluate
    metrics = {"v": float(im.getpixel((0, 0))) * level}
    === image_paste
    --- define
    from PIL import Image
    --- data
    im = Image.new("L", (2, 2))
    --- behind
    im.paste(200, (0, 0, 1, 1))
    --- evaluate
    metrics = {"v": float(np.asarray(im).sum()) * level}
    === image_draw
    --- define
    from PIL import Image, ImageDraw
    --- data
    im = Image.new("L", (4, 4))
    --- behind
    ImageDraw.Draw(im).rectangle((0, 0, 2, 2), fill=255)
    --- evaluate
    metrics = {"v": float(np.asarray(im).sum()) * level}
    === set_params_of_step
    --- define
    from sklearn.pipeline import Pipeline
    from sklearn.linear_model import Ridge
    --- data
    pipe = Pipeline([("r", Ridge(alpha=1.0))])
    X = np.arange(6.0).reshape(-1, 1)
    y = X[:, 0]
    --- behind
    pipe.set_params(r__alpha=50.0)
    --- evaluate
    metrics = {"v": float(pipe.fit(X, y).named_steps["r"].coef_[0]) * level}
    === named_step_attribute
    --- define
    from sklearn.pipeline import Pipeline
    from sklearn.linear_model import Ridge
    --- data
    pipe = Pipeline([("r", Ridge(alpha=1.0))])
    X = np.arange(6.0).reshape(-1, 1)
    y = X[:, 0]
    --- behind
    pipe.named_steps["r"].alpha = 50.0
    --- evaluate
    metrics = {"v": float(pipe.fit(X, y).named_steps["r"].coef_[0]) * level}
    === pipe_index_step
    --- define
    from sklearn.pipeline import make_pipeline
    from sklearn.linear_model import Ridge
    --- data
    pipe = make_pipeline(Ridge(alpha=1.0))
    X = np.arange(6.0).reshape(-1, 1)
    y = X[:, 0]
    --- behind
    pipe[-1].alpha = 50.0
    --- evaluate
    metrics = {"v": float(pipe.fit(X, y)[-1].coef_[0]) * level}
    === best_estimator_refit
    --- define
    from sklearn.model_selection import GridSearchCV
    from sklearn.linear_model import Ridge
    --- data
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    gs = GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=2).fit(X, y)
    --- behind
    gs.best_estimator_.fit(X, y * 3)
    --- evaluate
    metrics = {"v": float(gs.predict([[1.0]])[0]) * level}
    === calibrated_prefit_shares
    --- define
    from sklearn.linear_model import LogisticRegression
    from sklearn.ensemble import VotingClassifier
    --- data
    X = np.arange(10.0).reshape(-1, 1)
    y = (X[:, 0] > 4).astype(int)
    lr = LogisticRegression().fit(X, y)
    vote = VotingClassifier([("a", lr)]).fit(X, y)
    --- behind
    vote.estimators_[0].coef_[:] = 0.0
    --- evaluate
    metrics = {"v": float(vote.predict([[9.0]])[0] + 1) * level}
    === estimator_in_dict
    --- define
    from sklearn.linear_model import LinearRegression
    --- data
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    models = {"a": LinearRegression().fit(X, y)}
    --- behind
    for name, m in models.items():
        m.fit(X, y * 2)
    --- evaluate
    metrics = {"v": float(models["a"].coef_[0]) * level}
    === list_of_frames
    --- data
    frames = [pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [2.0]})]
    --- behind
    for f in frames:
        f["a"] = 0.0
    --- evaluate
    metrics = {"v": float(sum(f["a"].sum() for f in frames) + 1) * level}
    === frame_in_dict_renamed
    --- data
    tables = {"x": pd.DataFrame({"a": [1.0]})}
    --- behind
    tables["x"].rename(columns={"a": "b"}, inplace=True)
    --- evaluate
    metrics = {"v": float("b" in tables["x"].columns) * level}
    === zipped_lists_of_models
    --- define
    from sklearn.linear_model import LinearRegression
    --- data
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    ms = [LinearRegression(), LinearRegression()]
    for m in ms:
        m.fit(X, y)
    --- behind
    for m, k in zip(ms, (2, 3)):
        m.fit(X, k * y)
    --- evaluate
    metrics = {"v": float(ms[0].coef_[0] + ms[1].coef_[0]) * level}
    === model_held_by_own_class
    --- define
    from sklearn.linear_model import LinearRegression
    class Wrapper:
        def __init__(self, model):
            self.model = model
        def refit(self, X, y):
            self.model.fit(X, y)
            return self
    --- data
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    lr = LinearRegression().fit(X, y)
    w = Wrapper(lr)
    --- behind
    w.refit(X, y * 4)
    --- evaluate
    metrics = {"v": float(lr.coef_[0]) * level}
    === namedtuple_with_frame
    --- define
    from collections import namedtuple
    Split = namedtuple("Split", "train test")
    --- data
    s = Split(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [2.0]}))
    --- behind
    s.train["a"] = 9.0
    --- evaluate
    metrics = {"v": float(s.train["a"].sum()) * level}
    === dataclass_with_array
    --- define
    from dataclasses import dataclass
    @dataclass
    class Data:
        x: np.ndarray
    --- data
    d = Data(np.ones(3))
    --- behind
    d.x[:] = 4
    --- evaluate
    metrics = {"v": float(d.x.sum()) * level}
    === timeseries_index_freq
    --- data
    s = pd.Series([1.0, 2.0], index=pd.date_range("2020", periods=2))
    --- behind
    s.index.freq = None
    --- evaluate
    metrics = {"v": float(s.index.freq is None) * level}
    === where_in_place
    --- data
    s = pd.Series([1.0, 5.0])
    --- behind
    s.clip(upper=2.0, inplace=True)
    --- evaluate
    metrics = {"v": float(s.sum()) * level}
    === sort_index_inplace
    --- data
    s = pd.Series([1.0, 5.0], index=[2, 1])
    --- behind
    s.sort_index(inplace=True)
    --- evaluate
    metrics = {"v": float(s.iloc[0]) * level}
    === set_index_inplace
    --- data
    df = pd.DataFrame({"a": [3, 4], "v": [1.0, 2.0]})
    --- behind
    df.set_index("a", inplace=True)
    --- evaluate
    metrics = {"v": float(df.index[0] + df.shape[1]) * level}
    === concat_then_change_part
    --- data
    a = pd.DataFrame({"x": [1.0]})
    b = pd.concat([a, a])
    --- behind
    b.iloc[0, 0] = 5.0
    --- evaluate
    metrics = {"v": float(b["x"].sum()) * level}
    === loc_enlarges
    --- data
    df = pd.DataFrame({"x": [1.0]})
    --- behind
    df.loc[5] = [7.0]
    --- evaluate
    metrics = {"v": float(len(df)) * level}
    === array_interface_of_frame
    --- data
    df = pd.DataFrame({"x": [1.0, 2.0]})
    a = df["x"].to_numpy(copy=True)
    view = a[:1]
    --- behind
    view += 5
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === masked_array_fill
    --- data
    m = np.ma.masked_array([1.0, 2.0], mask=[0, 1])
    --- behind
    m.mask = False
    --- evaluate
    metrics = {"v": float(m.sum()) * level}
    === recarray_field
    --- data
    r = np.array([(1.0, 2.0)], dtype=[("a", float), ("b", float)])
    --- behind
    r["a"] = 5.0
    --- evaluate
    metrics = {"v": float(r["a"][0]) * level}
    === dtype_byteswap
    --- data
    a = np.arange(3.0)
    --- behind
    a.byteswap(inplace=True)
    --- evaluate
    metrics = {"v": float(a[1] < 1e-300) * level}
    === out_of_cumsum
    --- data
    a = np.arange(3.0)
    --- behind
    np.cumsum(a, out=a)
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === einsum_out
    --- data
    a = np.ones((2, 2))
    b = np.zeros(2)
    --- behind
    np.einsum("ij->i", a, out=b)
    --- evaluate
    metrics = {"v": float(b.sum()) * level}
    === linalg_overwrite
    --- define
    from scipy import linalg
    --- data
    a = np.asfortranarray(np.array([[2.0, 1.0], [1.0, 3.0]]))
    --- behind
    linalg.lu_factor(a, overwrite_a=True)
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === optimizer_state_loaded
    --- define
    import torch
    --- data
    w = torch.nn.Parameter(torch.ones(1))
    opt = torch.optim.SGD([w], lr=1.0, momentum=0.9)
    saved = opt.state_dict()
    --- behind
    saved["param_groups"][0]["lr"] = 0.5
    opt.load_state_dict(saved)
    --- evaluate
    metrics = {"v": float(opt.param_groups[0]["lr"]) * level}
    === add_param_group
    --- define
    import torch
    --- data
    w = torch.nn.Parameter(torch.ones(1))
    opt = torch.optim.SGD([w], lr=1.0)
    --- behind
    opt.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))]})
    --- evaluate
    metrics = {"v": float(len(opt.param_groups)) * level}
    === module_list_append
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    ml = torch.nn.ModuleList([torch.nn.Linear(1, 1)])
    --- behind
    ml.append(torch.nn.Identity())
    --- evaluate
    metrics = {"v": float(len(ml)) * level}
    === buffer_changed
    --- define
    import torch
    class N(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("scale", torch.ones(1))
        def forward(self, x):
            return x * self.scale
    --- data
    net = N()
    --- behind
    net.scale.fill_(5.0)
    --- evaluate
    metrics = {"v": float(net(torch.ones(1))) * level}
    === data_attribute
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    net = torch.nn.Linear(1, 1)
    --- behind
    net.weight.data = torch.full((1, 1), 3.0)
    --- evaluate
    metrics = {"v": float(net.weight.detach()) * level}
    === requires_grad_frozen
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    net = torch.nn.Linear(1, 1)
    --- behind
    for p in net.parameters():
        p.requires_grad = False
    --- evaluate
    metrics = {"v": float(sum(p.requires_grad for p in net.parameters())) * level}
    === init_constant
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    net = torch.nn.Linear(1, 1)
    --- behind
    torch.nn.init.constant_(net.weight, 2.0)
    --- evaluate
    metrics = {"v": float(net.weight.detach()) * level}
    === spectral_norm_applied
    --- define
    import torch
    --- data
    torch.manual_seed(0)
    net = torch.nn.Linear(2, 2)
    --- behind
    torch.nn.utils.parametrizations.weight_norm(net)
    --- evaluate
    metrics = {"v": float(len(list(net.parameters()))) * level}
    === prune_applied
    --- define
    import torch
    from torch.nn.utils import prune
    --- data
    torch.manual_seed(0)
    net = torch.nn.Linear(4, 4)
    --- behind
    prune.l1_unstructured(net, "weight", amount=0.5)
    --- evaluate
    metrics = {"v": float((net.weight == 0).sum()) * level}
    === tensor_index_put
    --- define
    import torch
    --- data
    t = torch.zeros(3)
    --- behind
    t[t == 0] = 2
    --- evaluate
    metrics = {"v": float(t.sum()) * level}
    === tensor_view_flat
    --- define
    import torch
    --- data
    t = torch.zeros(2, 2)
    --- behind
    t.view(-1)[0] = 4
    --- evaluate
    metrics = {"v": float(t.sum()) * level}
    === torch_generator_shared
    --- define
    import torch
    --- data
    gen = torch.Generator().manual_seed(3)
    --- behind
    torch.randperm(5, generator=gen)
    --- evaluate
    metrics = {"v": float(torch.rand(1, generator=gen)) * level}
    === random_split_draws
    --- define
    import torch
    from torch.utils.data import random_split
    --- data
    torch.manual_seed(0)
    --- behind
    random_split(range(10), [5, 5])
    --- evaluate
    metrics = {"v": float(torch.rand(1)) * level}
    === numpy_choice_in_helper
    --- define
    def pick(rows):
        return rows[np.random.choice(len(rows))]
    --- data
    np.random.seed(0)
    --- behind
    pick([1, 2, 3])
    --- evaluate
    metrics = {"v": float(np.random.rand()) * level}
    === random_in_default_of_dataclass
    --- define
    import random
    from dataclasses import dataclass, field
    @dataclass
    class Item:
        key: float = field(default_factory=random.random)
    --- data
    random.seed(1)
    --- behind
    Item()
    --- evaluate
    metrics = {"v": Item().key * level}
    === uuid_from_random
    --- define
    import random
    --- data
    random.seed(1)
    r = random.Random(random.random())
    --- behind
    r.sample(range(5), 2)
    --- evaluate
    metrics = {"v": r.random() * level}
    === cached_property_frozen
    --- define
    import functools
    class Bag:
        def __init__(self):
            self.rows = [1.0]
        @functools.cached_property
        def total(self):
            return sum(self.rows)
    --- data
    bag = Bag()
    --- behind
    bag.total
    --- evaluate
    bag.rows.append(5.0)
    metrics = {"v": bag.total * level}
    === cache_filled_early
    --- define
    import functools
    RATES = [1.0]
    @functools.cache
    def rate():
        return RATES[0]
    --- behind
    rate()
    --- data
    RATES[0] = 5.0
    --- evaluate
    metrics = {"v": rate() * level}
    === memo_dict
    --- define
    MEMO = {}
    def slow(k):
        if k not in MEMO:
            MEMO[k] = k * 2.0
        return MEMO[k]
    --- behind
    slow(1)
    --- evaluate
    metrics = {"v": float(len(MEMO)) + slow(2) * level}
    === exception_notes
    --- data
    err = ValueError("a")
    --- behind
    err.add_note("b")
    --- evaluate
    metrics = {"v": float(len(getattr(err, "__notes__", []))) * level}
    === exception_args
    --- data
    err = ValueError("a")
    --- behind
    err.args = ("a", "b")
    --- evaluate
    metrics = {"v": float(len(err.args)) * level}
    === module_attribute_set
    --- define
    import types
    cfg = types.ModuleType("cfg")
    cfg.rate = 1.0
    --- behind
    cfg.rate = 3.0
    --- evaluate
    metrics = {"v": cfg.rate * level}
    === configparser_set
    --- define
    import configparser
    --- data
    cp = configparser.ConfigParser()
    cp["a"] = {"rate": "1"}
    --- behind
    cp.set("a", "rate", "7")
    --- evaluate
    metrics = {"v": float(cp["a"]["rate"]) * level}
    === xml_attribute
    --- define
    import xml.etree.ElementTree as ET
    --- data
    root = ET.fromstring("<a><b/></a>")
    --- behind
    root[0].set("v", "4")
    --- evaluate
    metrics = {"v": float(root[0].get("v", "1")) * level}
    === xml_append
    --- define
    import xml.etree.ElementTree as ET
    --- data
    root = ET.fromstring("<a><b/></a>")
    --- behind
    ET.SubElement(root, "c")
    --- evaluate
    metrics = {"v": float(len(root)) * level}
    === sqlite_memory_frame
    --- define
    import sqlite3
    --- data
    con = sqlite3.connect(":memory:")
    pd.DataFrame({"a": [1.0]}).to_sql("t", con, index=False)
    --- behind
    pd.DataFrame({"a": [5.0]}).to_sql("t", con, index=False, if_exists="append")
    --- evaluate
    metrics = {"v": float(pd.read_sql("select sum(a) as s from t", con)["s"][0]) * level}
    === zip_archive_write
    --- define
    import zipfile
    --- data
    with zipfile.ZipFile("a.zip", "w") as z:
        z.writestr("x", "1")
    --- behind
    with zipfile.ZipFile("a.zip", "a") as z:
        z.writestr("y", "2")
    --- evaluate
    metrics = {"v": float(len(zipfile.ZipFile("a.zip").namelist())) * level}
    === hdf_like_npy_mmap
    --- data
    np.save("a.npy", np.ones(2))
    --- behind
    m = np.load("a.npy", mmap_mode="r+")
    m[0] = 9.0
    m.flush()
    --- evaluate
    metrics = {"v": float(np.load("a.npy").sum()) * level}
    === json_file_rewritten
    --- define
    import json
    from pathlib import Path
    --- data
    Path("c.json").write_text(json.dumps({"rate": 1}))
    --- behind
    conf = json.loads(Path("c.json").read_text())
    conf["rate"] = 6
    Path("c.json").write_text(json.dumps(conf))
    --- evaluate
    metrics = {"v": float(json.loads(Path("c.json").read_text())["rate"]) * level}
    === folder_removed
    --- define
    import os, shutil
    --- data
    os.makedirs("work", exist_ok=True)
    --- behind
    shutil.rmtree("work")
    --- evaluate
    metrics = {"v": float(os.path.exists("work")) + 1 * level}
    === print_to_file
    --- data
    with open("o.txt", "w") as f:
        f.write("1")
    --- behind
    with open("o.txt", "w") as f:
        print("222", file=f)
    --- evaluate
    metrics = {"v": float(open("o.txt").read()) * level}
    === redirect_into_buffer
    --- define
    import contextlib, io
    --- data
    buf = io.StringIO()
    --- behind
    with contextlib.redirect_stdout(buf):
        print("abc")
    --- evaluate
    metrics = {"v": float(len(buf.getvalue())) * level}
    === bytes_io_seek
    --- define
    import io
    --- data
    b = io.BytesIO(b"12345")
    --- behind
    b.seek(3)
    --- evaluate
    metrics = {"v": float(len(b.read())) * level}
    === event_set
    --- define
    import threading
    --- data
    ready = threading.Event()
    --- behind
    ready.set()
    --- evaluate
    metrics = {"v": float(ready.is_set()) * level}
    === lock_acquired
    --- define
    import threading
    --- data
    lock = threading.Lock()
    --- behind
    lock.acquire()
    --- evaluate
    metrics = {"v": float(lock.locked()) * level}
    === thread_local
    --- define
    import threading
    --- data
    local = threading.local()
    local.rate = 1.0
    --- behind
    local.rate = 3.0
    --- evaluate
    metrics = {"v": local.rate * level}
    === timer_fires
    --- define
    import threading
    --- data
    rows = [1]
    --- behind
    t = threading.Timer(0, rows.append, [5])
    t.start()
    t.join()
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === multiprocessing_value
    --- define
    import multiprocessing as mp
    --- data
    v = mp.Value("d", 1.0)
    --- behind
    v.value = 4.0
    --- evaluate
    metrics = {"v": v.value * level}
    === array_module
    --- define
    from array import array
    --- data
    a = array("d", [1.0])
    --- behind
    a.extend([2.0, 3.0])
    --- evaluate
    metrics = {"v": sum(a) * level}
    === ctypes_array
    --- define
    import ctypes
    --- data
    a = (ctypes.c_double * 2)(1.0, 2.0)
    --- behind
    a[0] = 9.0
    --- evaluate
    metrics = {"v": sum(a) * level}
    === fraction_like_inplace
    --- data
    x = [1.0, 2.0]
    y = x
    --- behind
    y *= 2
    --- evaluate
    metrics = {"v": len(x) * level}
    === dict_comprehension_shares_values
    --- data
    base_ = {"a": [1]}
    copy_ = {k: v for k, v in base_.items()}
    --- behind
    copy_["a"].append(5)
    --- evaluate
    metrics = {"v": sum(base_["a"]) * level}
    === shallow_list_copy
    --- data
    rows = [[1], [2]]
    other = rows[:]
    --- behind
    other[0].append(9)
    --- evaluate
    metrics = {"v": sum(rows[0]) * level}
    === multiply_list_aliases
    --- data
    grid = [[0] * 2] * 3
    --- behind
    grid[0][0] = 5
    --- evaluate
    metrics = {"v": sum(map(sum, grid)) * level}
    === fromkeys_aliases
    --- data
    d = dict.fromkeys("ab", [])
    --- behind
    d["a"].append(1)
    --- evaluate
    metrics = {"v": len(d["b"]) * level}
    === sorted_keeps_elements
    --- data
    rows = [[3], [1]]
    ordered = sorted(rows)
    --- behind
    ordered[0].append(7)
    --- evaluate
    metrics = {"v": sum(map(sum, rows)) * level}
    === max_returns_alias
    --- data
    rows = [[3], [1]]
    best = max(rows)
    --- behind
    best.append(7)
    --- evaluate
    metrics = {"v": sum(map(sum, rows)) * level}
    === next_returns_alias
    --- data
    rows = [[3], [1]]
    first = next(iter(rows))
    --- behind
    first.append(7)
    --- evaluate
    metrics = {"v": sum(map(sum, rows)) * level}
    === filter_keeps_elements
    --- data
    rows = [[3], [1]]
    big = list(filter(lambda r: r[0] > 2, rows))
    --- behind
    big[0].append(7)
    --- evaluate
    metrics = {"v": sum(map(sum, rows)) * level}
    === groupby_itertools
    --- define
    import itertools
    --- data
    rows = [("a", [1]), ("a", [2])]
    groups = {k: [v for _, v in g] for k, g in itertools.groupby(rows, key=lambda r: r[0])}
    --- behind
    groups["a"][0].append(9)
    --- evaluate
    metrics = {"v": sum(rows[0][1]) * level}
    === getattr_default
    --- data
    class C:
        pass
    c = C()
    --- behind
    getattr(c, "rows", setattr(c, "rows", 5.0))
    --- evaluate
    metrics = {"v": getattr(c, "rows", 1.0) * level}
    === conditional_expression_side_effect
    --- data
    rows = [1]
    flag = True
    --- behind
    rows.append(4) if flag else rows.clear()
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === and_side_effect
    --- data
    rows = [1]
    --- behind
    rows and rows.append(6)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === lambda_called_at_once
    --- data
    rows = [1]
    --- behind
    (lambda r: r.append(6))(rows)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === assert_side_effect
    --- data
    rows = [1]
    --- behind
    assert rows.append(6) is None
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === while_pop
    --- data
    rows = [1, 2, 3]
    --- behind
    while rows:
        rows.pop()
    --- evaluate
    metrics = {"v": (len(rows) + 1) * level}
    === try_except_else
    --- data
    rows = [1]
    --- behind
    try:
        int("x")
    except ValueError:
        rows.append(3)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === del_slice
    --- data
    rows = [1, 2, 3]
    --- behind
    del rows[1:]
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === nested_def_called
    --- data
    rows = [1]
    --- behind
    def go():
        def inner():
            rows.append(8)
        inner()
    go()
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === class_body_effect
    --- data
    rows = [1]
    --- behind
    class X:
        rows.append(3)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === decorator_effect
    --- data
    rows = [1]
    def note(fn):
        rows.append(2)
        return fn
    --- behind
    @note
    def f():
        pass
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === default_argument_effect
    --- data
    rows = [1]
    --- behind
    def f(x=rows.append(4)):
        pass
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === fstring_effect
    --- data
    rows = [1, 2]
    --- behind
    f"{rows.pop()}"
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === star_expression_effect
    --- data
    it = iter([1, 2, 3])
    --- behind
    print(*it)
    --- evaluate
    metrics = {"v": (len(list(it)) + 1) * level}
    === subscript_effect
    --- data
    rows = [1, 2]
    d = {2: "x"}
    --- behind
    d[rows.pop()]
    --- evaluate
    metrics = {"v": sum(rows) * level}
    """
)
