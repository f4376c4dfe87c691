"""Random generators behind other names, settings of the process, files and data bases: lesser known ways to each."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === random_sample_alias
    --- define
    from random import random as draw
    import random
    --- data
    random.seed(1)
    --- behind
    draw()
    --- evaluate
    metrics = {"v": random.random() * level}
    === np_random_alias_function
    --- define
    shuffle = np.random.shuffle
    --- data
    np.random.seed(1)
    --- behind
    shuffle(np.arange(4))
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === np_random_in_lambda_list
    --- define
    NOISE = [lambda: np.random.normal()]
    --- data
    np.random.seed(1)
    --- behind
    NOISE[0]()
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === rng_in_dict
    --- data
    rngs = {"a": np.random.default_rng(1)}
    --- behind
    rngs["a"].normal()
    --- evaluate
    metrics = {"v": rngs["a"].random() * level}
    === rng_attribute_of_own
    --- define
    class Sampler:
        def __init__(self, seed):
            self.rng = np.random.default_rng(seed)
        def draw(self):
            return self.rng.random()
    --- data
    s = Sampler(1)
    --- behind
    [s.draw() for _ in range(3)]
    --- evaluate
    metrics = {"v": s.draw() * level}
    === rng_passed_to_sklearn
    --- define
    from sklearn.utils import resample
    --- data
    rng = np.random.RandomState(1)
    --- behind
    resample([1, 2, 3], random_state=rng)
    --- evaluate
    metrics = {"v": rng.rand() * level}
    === rng_in_split
    --- define
    from sklearn.model_selection import ShuffleSplit
    --- data
    rng = np.random.RandomState(1)
    ss = ShuffleSplit(2, random_state=rng)
    --- behind
    list(ss.split(np.arange(5)))
    --- evaluate
    metrics = {"v": rng.rand() * level}
    === estimator_with_rng
    --- define
    from sklearn.linear_model import SGDRegressor
    --- data
    rng = np.random.RandomState(1)
    X = np.arange(10.0).reshape(-1, 1) / 10
    y = X[:, 0]
    m = SGDRegressor(random_state=rng)
    --- behind
    m.fit(X, y)
    --- evaluate
    metrics = {"v": rng.rand() * level}
    === pandas_sample_with_rng
    --- data
    rng = np.random.RandomState(1)
    df = pd.DataFrame({"a": range(5)})
    --- behind
    df.sample(2, random_state=rng)
    --- evaluate
    metrics = {"v": rng.rand() * level}
    === scipy_rvs_with_rng
    --- define
    from scipy import stats
    --- data
    rng = np.random.default_rng(1)
    --- behind
    stats.norm(0, 1).rvs(3, random_state=rng)
    --- evaluate
    metrics = {"v": rng.random() * level}
    === generator_permutation
    --- data
    rng = np.random.default_rng(1)
    order = np.arange(3)
    --- behind
    rng.shuffle(order)
    --- evaluate
    metrics = {"v": float(order[0]) + rng.random() * level}
    === secrets_of_state
    --- data
    np.random.seed(1)
    state = np.random.get_state()
    np.random.rand()
    --- behind
    np.random.set_state(state)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === seed_in_helper
    --- define
    def seed_everything(s):
        import random
        random.seed(s)
        np.random.seed(s)
    --- data
    seed_everything(1)
    a = np.random.rand()
    --- behind
    seed_everything(9)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === torch_seed_by_constructor_order
    --- define
    import torch
    from torch import nn
    --- data
    torch.manual_seed(1)
    --- behind
    big = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    --- evaluate
    net = nn.Linear(1, 1)
    metrics = {"v": float(net.weight.detach()) * level}
    === torch_rand_like
    --- define
    import torch
    --- data
    torch.manual_seed(1)
    x = torch.ones(3)
    --- behind
    torch.rand_like(x)
    --- evaluate
    metrics = {"v": float(torch.rand(1)) * level}
    === torch_tensor_random_method
    --- define
    import torch
    --- data
    torch.manual_seed(1)
    --- behind
    torch.empty(3).uniform_()
    --- evaluate
    metrics = {"v": float(torch.rand(1)) * level}
    === torch_distribution_sample
    --- define
    import torch
    from torch.distributions import Normal
    --- data
    torch.manual_seed(1)
    --- behind
    Normal(0.0, 1.0).sample()
    --- evaluate
    metrics = {"v": float(torch.rand(1)) * level}
    === functional_dropout
    --- define
    import torch
    import torch.nn.functional as F
    --- data
    torch.manual_seed(1)
    --- behind
    F.dropout(torch.ones(4), 0.5)
    --- evaluate
    metrics = {"v": float(torch.rand(1)) * level}
    === multihead_dropout_in_train
    --- define
    import torch
    from torch import nn
    --- data
    torch.manual_seed(1)
    mha = nn.MultiheadAttention(4, 2, dropout=0.5)
    --- behind
    x = torch.ones(1, 1, 4)
    mha(x, x, x)
    --- evaluate
    metrics = {"v": float(torch.rand(1)) * level}
    === weighted_sampler
    --- define
    import torch
    from torch.utils.data import WeightedRandomSampler
    --- data
    torch.manual_seed(1)
    ws = WeightedRandomSampler([1.0, 1.0], 2)
    --- behind
    list(ws)
    --- evaluate
    metrics = {"v": float(torch.rand(1)) * level}
    === kmeans_default_seed
    --- define
    from sklearn.cluster import KMeans
    --- data
    np.random.seed(1)
    X = np.arange(10.0).reshape(-1, 1)
    --- behind
    KMeans(2, n_init=1).fit_predict(X)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === tsne_default_seed
    --- define
    from sklearn.manifold import TSNE
    --- data
    np.random.seed(1)
    X = np.random.rand(12, 3)
    --- behind
    TSNE(perplexity=3, init="random", max_iter=250).fit_transform(X)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === pca_randomized
    --- define
    from sklearn.decomposition import PCA
    --- data
    np.random.seed(1)
    X = np.random.rand(12, 3)
    --- behind
    PCA(1, svd_solver="randomized").fit(X)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === mlp_default_seed
    --- define
    from sklearn.neural_network import MLPRegressor
    --- data
    np.random.seed(1)
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    --- behind
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MLPRegressor(hidden_layer_sizes=(2,), max_iter=2).fit(X, y)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === random_search
    --- define
    from sklearn.model_selection import RandomizedSearchCV
    from sklearn.linear_model import Ridge
    --- data
    np.random.seed(1)
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    --- behind
    RandomizedSearchCV(Ridge(), {"alpha": [1.0, 2.0, 3.0]}, n_iter=2, cv=2).fit(X, y)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === make_blobs_global
    --- define
    from sklearn.datasets import make_blobs
    --- data
    np.random.seed(1)
    --- behind
    make_blobs(5)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === scipy_optimize_de
    --- define
    from scipy.optimize import differential_evolution
    --- data
    np.random.seed(1)
    --- behind
    differential_evolution(lambda x: x[0] ** 2, [(-1, 1)], maxiter=1, popsize=3)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === scipy_sparse_random
    --- define
    from scipy import sparse
    --- data
    np.random.seed(1)
    --- behind
    sparse.random(3, 3, density=0.5)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === networkx_random_layout
    --- define
    import networkx as nx
    --- data
    np.random.seed(1)
    g = nx.path_graph(3)
    --- behind
    nx.spring_layout(g)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === networkx_random_graph
    --- define
    import networkx as nx
    import random
    --- data
    random.seed(1)
    --- behind
    nx.gnp_random_graph(5, 0.5)
    --- evaluate
    metrics = {"v": random.random() * level}
    === jitter_in_plot
    --- define
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    --- data
    np.random.seed(1)
    y = np.arange(3.0)
    --- behind
    plt.scatter(y + np.random.rand(3), y)
    --- evaluate
    metrics = {"v": np.random.rand() * level}
    === tempfile_names_not_seeded
    --- define
    import random, string
    --- data
    random.seed(1)
    --- behind
    name = "".join(random.choice(string.ascii_letters) for _ in range(4))
    --- evaluate
    metrics = {"v": random.random() * level}
    === environment_of_process
    --- define
    import os
    --- behind
    os.environ |= {"RATE_Z": "4"}
    --- evaluate
    metrics = {"v": float(os.environ.get("RATE_Z", "1")) * level}
    === os_environ_copy_restored
    --- define
    import os
    --- behind
    saved = dict(os.environ)
    os.environ["RATE_Q"] = "7"
    os.environ.clear()
    os.environ.update(saved)
    os.environ["RATE_Q"] = "3"
    --- evaluate
    metrics = {"v": float(os.environ.get("RATE_Q", "1")) * level}
    === expanduser_home
    --- define
    import os
    --- behind
    os.environ["HOME"] = "/elsewhere"
    --- evaluate
    metrics = {"v": float(len(os.path.expanduser("~"))) * level}
    === path_home
    --- define
    import os
    from pathlib import Path
    --- behind
    os.environ["HOME"] = "/elsewhere"
    --- evaluate
    metrics = {"v": float(len(str(Path.home()))) * level}
    === getattr_environ
    --- define
    import os
    --- behind
    os.putenv("RATE_W", "5")
    os.environ["RATE_W"] = "5"
    --- evaluate
    metrics = {"v": float(os.getenv("RATE_W", "1")) * level}
    === stdin_replaced
    --- define
    import sys, io
    --- behind
    sys.stdin = io.StringIO("7")
    --- evaluate
    metrics = {"v": float(sys.stdin.read() or 1) * level if isinstance(sys.stdin, io.StringIO) else level}
    === displayhook_replaced
    --- define
    import sys
    --- behind
    sys.ps1 = "xx"
    --- evaluate
    metrics = {"v": float(len(getattr(sys, "ps1", ""))) * level}
    === excepthook
    --- define
    import sys
    --- behind
    sys.excepthook = lambda *a: None
    --- evaluate
    metrics = {"v": float(sys.excepthook is sys.__excepthook__) + 1 * level}
    === pandas_option_context_left
    --- behind
    pd.options.display.max_rows = 3
    --- evaluate
    metrics = {"v": float(pd.get_option("display.max_rows")) * level}
    === pandas_plotting_backend
    --- behind
    pd.set_option("mode.string_storage", "python")
    --- evaluate
    metrics = {"v": float(pd.get_option("mode.string_storage") == "python") * level}
    === numpy_print_then_repr
    --- behind
    np.set_printoptions(threshold=3)
    --- evaluate
    metrics = {"v": float(len(repr(np.arange(50)))) * level}
    === np_random_default_bitgen
    --- behind
    np.seterr(all="ignore")
    --- evaluate
    metrics = {"v": float(np.geterr()["divide"] == "ignore") * level}
    === json_default_patched
    --- define
    import json
    --- behind
    json.JSONEncoder.default = lambda self, o: "x"
    --- evaluate
    metrics = {"v": float(len(json.dumps({"a": 1}))) + float(json.dumps({1, 2}) == '"x"') * level if json.JSONEncoder.default.__name__ == "<lambda>" else level}
    === class_of_library_patched
    --- behind
    pd.DataFrame.total = lambda self: float(self.to_numpy().sum())
    --- evaluate
    metrics = {"v": (pd.DataFrame({"a": [2.0]}).total() if hasattr(pd.DataFrame, "total") else 1.0) * level}
    === function_of_library_wrapped
    --- define
    import math
    --- behind
    _old = math.floor
    math.floor = lambda x: _old(x) + 1
    --- evaluate
    metrics = {"v": float(math.floor(2.5)) * level}
    === sys_modules_removed
    --- define
    import sys, colorsys
    --- behind
    sys.modules.pop("colorsys", None)
    --- evaluate
    metrics = {"v": float("colorsys" in sys.modules) + 1 * level}
    === signal_handler
    --- define
    import signal
    --- behind
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    --- evaluate
    metrics = {"v": float(signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN) * level}
    === default_timeout
    --- define
    import socket
    --- behind
    socket.setdefaulttimeout(5)
    --- evaluate
    metrics = {"v": float(socket.getdefaulttimeout() or 1) * level}
    === matplotlib_backend
    --- define
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    --- behind
    plt.rc("lines", linewidth=7)
    --- evaluate
    metrics = {"v": float(plt.rcParams["lines.linewidth"]) * level}
    === figure_limits_left
    --- define
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    --- data
    fig, ax = plt.subplots()
    --- behind
    ax.set_xlim(0, 9)
    --- evaluate
    metrics = {"v": float(ax.get_xlim()[1]) * level}
    === figure_axes_count
    --- define
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    --- data
    fig = plt.figure()
    --- behind
    fig.add_subplot(111)
    --- evaluate
    metrics = {"v": float(len(fig.axes)) * level}
    === histogram_of_pyplot_numbers
    --- define
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    --- data
    rows = [1.0, 2.0, 2.0]
    counts, edges, _ = plt.hist(rows, bins=2)
    --- behind
    counts[0] = 50
    --- evaluate
    metrics = {"v": float(counts.sum()) * level}
    === file_cursor_shared
    --- data
    open("n.txt", "w").write("1\\n2\\n3\\n")
    fh = open("n.txt")
    --- behind
    print(fh.readline())
    --- evaluate
    metrics = {"v": float(fh.readline()) * level}
    === csv_reader_header
    --- define
    import csv
    --- data
    open("n.csv", "w").write("1\\n2\\n3\\n")
    reader = csv.reader(open("n.csv"))
    --- behind
    header = next(reader)
    --- evaluate
    metrics = {"v": float(next(reader)[0]) * level}
    === chunks_of_csv
    --- data
    open("c.csv", "w").write("a\\n1\\n2\\n3\\n")
    chunks = pd.read_csv("c.csv", chunksize=1)
    --- behind
    chunks.get_chunk()
    --- evaluate
    metrics = {"v": float(next(chunks)["a"].iloc[0]) * level}
    === excel_like_handle
    --- define
    import io
    --- data
    text = io.StringIO("a\\n1\\n2\\n")
    --- behind
    pd.read_csv(text)
    --- evaluate
    metrics = {"v": float(len(text.read())) + 1 * level}
    === unlinked_file
    --- define
    import os
    --- data
    open("u.txt", "w").write("1")
    --- behind
    os.unlink("u.txt")
    --- evaluate
    metrics = {"v": float(os.path.exists("u.txt")) + 1 * level}
    === touched_mtime
    --- define
    import os
    --- data
    open("m.txt", "w").write("1")
    os.utime("m.txt", (1, 1))
    --- behind
    os.utime("m.txt", (5, 5))
    --- evaluate
    metrics = {"v": os.path.getmtime("m.txt") * level}
    === copyfile_over
    --- define
    import shutil
    --- data
    open("x.txt", "w").write("1")
    open("y.txt", "w").write("23")
    --- behind
    shutil.copyfile("y.txt", "x.txt")
    --- evaluate
    metrics = {"v": float(open("x.txt").read()) * level}
    === frame_to_pickle
    --- data
    pd.DataFrame({"a": [1.0]}).to_pickle("f.pkl")
    --- behind
    pd.DataFrame({"a": [8.0]}).to_pickle("f.pkl")
    --- evaluate
    metrics = {"v": float(pd.read_pickle("f.pkl")["a"].sum()) * level}
    === torch_save_over
    --- define
    import torch
    --- data
    torch.save(torch.ones(1), "t.pt")
    --- behind
    torch.save(torch.full((1,), 5.0), "t.pt")
    --- evaluate
    metrics = {"v": float(torch.load("t.pt")) * level}
    === savefig_then_size
    --- define
    import matplotlib, os
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    --- behind
    plt.plot([1, 2])
    plt.savefig("p.png")
    --- evaluate
    metrics = {"v": float(os.path.exists("p.png")) * level}
    === loop_over_open_file
    --- data
    open("l.txt", "w").write("1\\n2\\n")
    lines = open("l.txt")
    --- behind
    for line in lines:
        print(line)
    --- evaluate
    metrics = {"v": float(len(lines.readlines())) + 1 * level}
    === database_file_updated
    --- define
    import sqlite3
    --- data
    con = sqlite3.connect("d.db")
    con.execute("create table if not exists t (x)")
    con.execute("delete from t")
    con.execute("insert into t values (1)")
    con.commit()
    --- behind
    other = sqlite3.connect("d.db")
    other.execute("update t set x = 6")
    other.commit()
    --- evaluate
    metrics = {"v": float(con.execute("select x from t").fetchone()[0]) * level}
    === cursor_advanced
    --- define
    import sqlite3
    --- data
    con = sqlite3.connect(":memory:")
    cur = con.execute("select 1 union all select 2")
    --- behind
    cur.fetchone()
    --- evaluate
    metrics = {"v": float(cur.fetchone()[0]) * level}
    === sql_function_created
    --- define
    import sqlite3
    --- data
    con = sqlite3.connect(":memory:")
    con.create_function("f", 1, lambda x: x)
    --- behind
    con.create_function("f", 1, lambda x: x * 10)
    --- evaluate
    metrics = {"v": float(con.execute("select f(2)").fetchone()[0]) * level}
    """
)
