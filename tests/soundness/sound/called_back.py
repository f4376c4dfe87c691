"""Sound notebooks that hand code of their own to libraries, and look at what these keep."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === own_transformer_looked_at
    --- define
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    class Center(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            self.mean_ = np.mean(X, axis=0)
            return self
        def transform(self, X):
            return X - self.mean_
    --- data
    X = np.arange(20.0).reshape(-1, 2)
    y = X[:, 0]
    model = make_pipeline(Center(), LinearRegression())
    model.fit(X, y)
    --- behind
    print(model.predict(X)[:3], model.score(X, y))
    print(cross_val_score(model, X, y, cv=3).mean())
    Center().fit_transform(X)
    model
    --- evaluate
    metrics = {"v": float(model.predict(X).sum()) * level}
    === own_estimator_cross_validated
    --- define
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.model_selection import cross_val_score
    class Mean(RegressorMixin, BaseEstimator):
        def fit(self, X, y):
            self.mean_ = float(np.mean(y))
            return self
        def predict(self, X):
            return np.full(len(X), self.mean_)
    --- data
    X = np.arange(20.0).reshape(-1, 2)
    y = X[:, 0]
    model = Mean().fit(X, y)
    --- behind
    cross_val_score(model, X, y, cv=4)
    --- evaluate
    metrics = {"v": model.mean_ * level}
    === logger_of_its_own
    --- define
    import logging
    log = logging.getLogger("own")
    log.addHandler(logging.StreamHandler())
    log.setLevel(logging.INFO)
    --- data
    rows = [1.0, 2.0]
    --- behind
    log.info("rows: %s", len(rows))
    logging.warning("looking")
    --- evaluate
    log.info("evaluating")
    metrics = {"v": sum(rows) * level}
    === colours_of_plots
    --- define
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    --- behind
    plt.style.use("ggplot")
    plt.rcParams["figure.figsize"] = (4, 3)
    --- data
    rows = [1.0, 2.0]
    fig, ax = plt.subplots()
    ax.plot(rows)
    plt.close(fig)
    --- behind
    colors = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    plt.plot(rows, color=colors[0])
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === programs_that_look
    --- behind
    import os, subprocess
    os.system("ls > /dev/null")
    subprocess.run(["ls", "-l"], capture_output=True)
    --- data
    rows = [1.0, 2.0]
    --- behind
    subprocess.run("pwd", shell=True, capture_output=True)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === enum_members_compared
    --- define
    import enum
    class Kind(enum.Enum):
        A = 1
        B = 2
        @property
        def weight(self):
            return self.value * 2.0
    --- data
    rows = [Kind.A, Kind.B]
    --- behind
    print([kind.name for kind in rows], Kind(1), list(Kind), Kind["A"].weight)
    --- evaluate
    metrics = {"v": sum(kind.weight for kind in rows) * level}
    === tee_in_a_helper
    --- define
    import itertools
    def pairs(rows):
        a, b = itertools.tee(rows)
        next(b, None)
        return list(zip(a, b))
    --- data
    rows = [1.0, 2.0, 4.0]
    --- behind
    print(pairs(rows))
    --- evaluate
    metrics = {"v": sum(b - a for a, b in pairs(rows)) * level}
    === vectorizer_with_a_pure_tokenizer
    --- define
    from sklearn.feature_extraction.text import CountVectorizer
    def words(text):
        found = []
        for word in text.split():
            found.append(word.lower())
        return found
    --- data
    texts = ["a b", "B c"]
    vectorizer = CountVectorizer(tokenizer=words, token_pattern=None)
    X = vectorizer.fit_transform(texts)
    --- behind
    vectorizer.transform(["a c"]).toarray()
    print(vectorizer.get_feature_names_out())
    --- evaluate
    metrics = {"v": float(X.sum()) * level}
    === parser_used_on_a_copy
    --- define
    from html.parser import HTMLParser
    class Links(HTMLParser):
        def __init__(self):
            super().__init__()
            self.tags = []
        def handle_starttag(self, tag, attrs):
            self.tags.append(tag)
    def tags(text):
        parser = Links()
        parser.feed(text)
        return parser.tags
    --- data
    page = "<a><b>"
    --- behind
    print(tags(page))
    --- evaluate
    metrics = {"v": len(tags(page)) * level}
    === rows_of_a_frame_looked_at
    --- data
    df = pd.DataFrame({"name": ["a", "b"], "v": [1.0, 2.0], "tags": [["x"], ["y", "z"]]})
    --- behind
    for index, row in df.iterrows():
        print(index, row["name"], row["v"] * 2, len(row["tags"]))
    for row in df.itertuples():
        print(row.name, row.v)
    for key, part in df.groupby("name"):
        print(key, part["v"].mean())
    --- evaluate
    metrics = {"v": float(df["v"].sum()) * level}
    === module_of_torch_looked_at
    --- define
    import torch
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = torch.nn.Linear(2, 2)
            self.drop = torch.nn.Dropout(0.5)
        def forward(self, x):
            return self.drop(self.body(x))
    --- data
    torch.manual_seed(0)
    net = Net()
    --- behind
    print(net, sum(p.numel() for p in net.parameters()))
    print([name for name, _ in net.named_parameters()], net.state_dict().keys())
    --- evaluate
    net.eval()
    metrics = {"v": float(net(torch.ones(1, 2)).sum()) * level}
    === schedule_by_a_function
    --- define
    import torch
    def decay(step):
        return 0.5 ** step
    --- data
    w = torch.nn.Parameter(torch.ones(2))
    opt = torch.optim.SGD([w], lr=1.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(opt, decay)
    --- behind
    print(schedule.get_last_lr(), [decay(step) for step in range(3)])
    --- evaluate
    opt.step()
    schedule.step()
    metrics = {"v": float(opt.param_groups[0]["lr"]) * level}
    === dictionary_of_its_own
    --- define
    from collections.abc import Mapping
    class Table(Mapping):
        def __init__(self, rows):
            self.rows = dict(rows)
        def __getitem__(self, key):
            return self.rows[key]
        def __iter__(self):
            return iter(self.rows)
        def __len__(self):
            return len(self.rows)
    --- data
    table = Table({"a": 1.0, "b": 2.0})
    --- behind
    print(table.get("a"), list(table.items()), "b" in table, len(table))
    --- evaluate
    metrics = {"v": sum(table.values()) * level}
    === objects_as_keys
    --- define
    from dataclasses import dataclass
    @dataclass(frozen=True)
    class Point:
        x: int
        y: int
    --- data
    weights = {Point(1, 2): 3.0, Point(2, 2): 1.0}
    --- behind
    print(weights[Point(1, 2)], {Point(1, 2), Point(1, 2)})
    --- evaluate
    metrics = {"v": weights[Point(1, 2)] * level}
    === archive_looked_at
    --- define
    import zipfile
    --- data
    with zipfile.ZipFile("a.zip", "w") as z:
        z.writestr("x", "1")
    z = zipfile.ZipFile("a.zip")
    --- behind
    print(z.namelist(), z.read("x"))
    --- evaluate
    metrics = {"v": float(z.read("x")) * level}
    === file_opened_by_keyword
    --- data
    with open("t.txt", mode="w") as f:
        f.write("5")
    rows = [float(open("t.txt").read())]
    --- behind
    print(open("t.txt").read())
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === dataset_items_looked_at
    --- define
    import torch
    from torch.utils.data import DataLoader, TensorDataset
    --- data
    X = torch.arange(4.0).reshape(-1, 1)
    ds = TensorDataset(X, X * 2)
    dl = DataLoader(ds, batch_size=2)
    --- behind
    x, y = ds[0]
    x = x + 1
    print(x, y, len(ds))
    for xb, yb in dl:
        print(xb.shape)
    --- evaluate
    metrics = {"v": float(sum(yb.sum() for _, yb in dl)) * level}
    === groups_of_itertools
    --- define
    import itertools
    --- data
    rows = [("a", 1.0), ("a", 2.0), ("b", 4.0)]
    --- behind
    for key, group in itertools.groupby(rows, key=lambda r: r[0]):
        print(key, sum(v for _, v in group))
    --- evaluate
    metrics = {"v": sum(v for _, v in rows) * level}
    === pipeline_steps_looked_at
    --- define
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    --- data
    X = np.arange(10.0).reshape(-1, 1)
    y = X[:, 0]
    pipe = make_pipeline(StandardScaler(), LinearRegression()).fit(X, y)
    --- behind
    print(pipe[-1].coef_, pipe[0].mean_, pipe[:-1].transform(X)[:2], pipe.named_steps)
    scaled = pipe[0].transform(X)
    scaled += 1
    --- evaluate
    metrics = {"v": float(pipe.predict(X).sum()) * level}
    === constants_of_math
    --- define
    import math
    --- data
    r = 2.0
    --- behind
    area = math.pi * r ** 2
    print(area)
    --- evaluate
    metrics = {"v": math.pi * r * level}
    """
)
