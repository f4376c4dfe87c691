"""Exploration around plain Python, arrays, networks and files."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === lists_and_dicts_read
    --- data
    rows = [3, 1, 2, 2]
    config = {"rate": 0.5, "layers": [4, 2]}
    --- behind
    print(sorted(rows), rows[::-1], rows[0], rows[-1], len(rows), sum(rows), min(rows), rows.count(2), 3 in rows)
    print(config["rate"], config.get("missing", 0), list(config), config.items(), "rate" in config, {**config}["layers"])
    a, *b = rows
    b.append(9)
    x, y = config["layers"]
    x += 1
    total = 0
    for row in rows:
        total += row
    print(total, a, b, x, y)
    --- train
    level = sum(rows) * config["rate"]
    --- evaluate
    metrics = {"v": level + config["layers"][0]}
    === copies_changed
    --- data
    rows = [[1.0], [2.0]]
    names = ["b", "a"]
    --- behind
    import copy
    deep = copy.deepcopy(rows)
    deep[0].append(5.0)
    flat = [value for row in rows for value in row]
    flat.sort(reverse=True)
    names_sorted = names[:]
    names_sorted.sort()
    names_sorted.remove("a")
    more = names + ["c"]
    more.clear()
    listed = list(names)
    listed.reverse()
    joined = set(names)
    joined.add("z")
    mapping = dict(zip(names, flat))
    mapping.update(q=1.0)
    mapping.pop("a")
    print(deep, flat, names_sorted, more, listed, joined, mapping)
    --- evaluate
    metrics = {"v": sum(map(sum, rows)) * level + (names[0] == "b")}
    === helpers_that_build
    --- behind
    def squares(values):
        out = []
        for value in values:
            out.append(value ** 2)
        return out

    def table(rows):
        rows = sorted(rows)
        rows.insert(0, 0.0)
        return rows

    def merged(*dicts):
        result = {}
        for one in dicts:
            result.update(one)
        return result
    --- data
    rows = [3.0, 1.0]
    config = {"rate": 2.0}
    --- behind
    print(squares(rows), table(rows), merged(config, {"extra": 1}))
    --- evaluate
    metrics = {"v": rows[0] * config["rate"] * level}
    === read_only_objects
    --- define
    class Tank:
        def __init__(self, size):
            self.size = size
            self.rows = [size, 2 * size]

        @property
        def volume(self):
            return self.size ** 3

        def scaled(self, k):
            return Tank(self.size * k)

        def __repr__(self):
            return f"Tank({self.size})"

        def __add__(self, other):
            return Tank(self.size + other.size)

        def __eq__(self, other):
            return self.size == other.size

        def __lt__(self, other):
            return self.size < other.size

        def __len__(self):
            return len(self.rows)

        def __contains__(self, x):
            return x in self.rows

        def __iter__(self):
            return iter(self.rows)
    --- data
    small, large = Tank(2), Tank(3)
    --- behind
    print(small, large.volume, small + large, small == large, sorted([large, small]), len(small), 4 in small)
    print(small.scaled(10).volume, [row for row in large], sum(small), f"{small}", max(small, large))
    bigger = small.scaled(2)
    bigger.size = 100
    --- evaluate
    metrics = {"v": small.volume + large.size * level}
    === counters_made_anew
    --- define
    class Counter_:
        def __init__(self):
            self.n = 0

        def tick(self):
            self.n += 1
            return self.n
    --- data
    counter = Counter_()
    counter.tick()
    --- behind
    mine = Counter_()
    for _ in range(5):
        mine.tick()
    print(mine.n, counter.n)
    --- evaluate
    metrics = {"v": counter.tick() * level}
    === generators_made_anew
    --- define
    def numbers(n):
        for k in range(n):
            yield k * k
    --- data
    base = sum(numbers(4))
    --- behind
    stream = numbers(10)
    next(stream)
    print(list(stream), max(numbers(3)), 4 in numbers(5))
    for number in numbers(100):
        if number > 50:
            break
    --- evaluate
    metrics = {"v": sum(numbers(3)) * level + base}
    === caches_of_pure_functions
    --- define
    from functools import cache

    @cache
    def paths(n):
        return 1 if n == 0 else sum(paths(k) for k in range(n))
    --- data
    base = paths(4)
    --- behind
    print([paths(n) for n in range(9)])
    --- evaluate
    metrics = {"v": paths(6) * level + base}
    === closures_made_anew
    --- define
    def counter():
        n = 0

        def tick():
            nonlocal n
            n += 1
            return n
        return tick
    --- data
    tick = counter()
    base = tick()
    --- behind
    other = counter()
    print(other(), other())
    --- evaluate
    metrics = {"v": tick() * level + base}
    === partials_of_pure_helpers
    --- define
    from functools import partial

    def power(x, k=2):
        return x ** k
    cube = partial(power, k=3)
    --- data
    base = cube(2.0)
    --- behind
    fourth = partial(power, k=4)
    print(fourth(2.0), cube(3.0), list(map(cube, [1, 2])), [f(2) for f in (power, cube, fourth)])
    --- evaluate
    metrics = {"v": cube(2.0) * level + base}
    === lambdas_in_a_table
    --- define
    scores = {"plain": lambda x: x, "double": lambda x: 2 * x}
    --- data
    rows = [1.0, 2.0]
    --- behind
    for name, score in scores.items():
        print(name, [score(row) for row in rows])
    best = max(scores, key=lambda name: scores[name](3))
    print(best, sorted(rows, key=lambda row: -row), list(filter(lambda row: row > 1, rows)))
    --- evaluate
    metrics = {"v": scores["double"](rows[1]) * level}
    === default_dict_only_counted
    --- data
    from collections import defaultdict
    counts = defaultdict(int)
    for word in "a b a".split():
        counts[word] += 1
    --- behind
    print(dict(counts), len(counts), "z" in counts, counts.get("z"), sorted(counts.items()))
    for word, n in counts.items():
        print(word, n)
    --- evaluate
    metrics = {"v": counts["a"] * level}
    === same_value_bound_again
    --- parameters
    rate = 0.5
    --- data
    rows = [1.0, 2.0]
    --- behind
    rate = 0.5
    print(rate)
    --- evaluate
    metrics = {"v": sum(rows) * rate * level}
    === array_arithmetic
    --- data
    a = np.arange(6.0).reshape(2, 3)
    --- behind
    b = a * 2
    b += 1
    c = a.copy()
    c[0] = 9
    c.sort()
    d = a.flatten()
    d[:] = 0
    e = np.array(a)
    e.fill(3)
    f = a[a > 2]
    f *= 5
    g = a.astype(int)
    g[0, 0] = 7
    h = np.concatenate([a, a])
    h[0] = 1
    k = np.where(a > 2, a, 0)
    k -= 1
    m = a + 0
    m[...] = 2
    np.random.default_rng(0).shuffle(m)
    print(b, c, d, e, f, g, h, k, a.mean(axis=0), a.T.shape, a.argmax(), np.percentile(a, 50), np.allclose(a, a.copy()))
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === array_views_read
    --- data
    a = np.arange(6.0)
    --- behind
    view = a.reshape(2, 3)
    print(view[0], view.T, a[::2], a[1:3].sum(), a.ravel()[0])
    for row in view:
        print(row.max())
        row = row * 2
    x = float(a[0])
    x += 100
    s = a.sum()
    s -= 1
    --- evaluate
    metrics = {"v": float(a.sum()) * level}
    === own_generator_object
    --- data
    rng = np.random.default_rng(3)
    base = rng.normal(size=4)
    --- behind
    mine = np.random.default_rng(3)
    mine.normal(size=100)
    import random
    dice = random.Random(1)
    print(dice.random(), mine.integers(10), np.random.RandomState(0).rand())
    --- evaluate
    metrics = {"v": float(base.sum() + rng.random()) * level}
    === copied_generator
    --- data
    rng = np.random.default_rng(3)
    --- behind
    import copy
    peek = copy.deepcopy(rng)
    print(peek.random(3))
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === state_saved_and_restored
    --- data
    np.random.seed(3)
    base = np.random.rand()
    --- behind
    saved = np.random.get_state()
    print(np.random.rand(4))
    np.random.set_state(saved)
    --- evaluate
    metrics = {"v": float(np.random.rand() + base) * level}
    === seeded_again_before_the_draw
    --- data
    np.random.seed(3)
    base = np.random.rand()
    --- behind
    print(np.random.rand(4))
    --- evaluate
    np.random.seed(4)
    metrics = {"v": float(np.random.rand() + base) * level}
    === shuffled_copy
    --- data
    from sklearn.utils import shuffle
    rows = np.arange(9.0)
    --- behind
    print(shuffle(rows, random_state=0), np.random.default_rng(0).permutation(rows))
    --- evaluate
    metrics = {"v": float(rows[0] + rows[-1]) * level}
    === table_read_from_a_file
    --- text: rows.csv
    a,b
    1,2
    3,4
    5,7
    --- data
    frame = pd.read_csv("rows.csv")
    --- behind
    print(open("rows.csv").read(), pd.read_csv("rows.csv", nrows=1), frame.to_csv(index=False))
    with open("rows.csv") as stream:
        for line in stream:
            print(line.strip().split(","))
    import os
    from pathlib import Path
    print(os.path.getsize("rows.csv"), Path("rows.csv").suffix, os.listdir("."))
    frame.to_csv("copy_of_rows.csv", index=False)
    --- evaluate
    metrics = {"v": float(frame.to_numpy().sum()) * level}
    === database_read
    --- data
    import sqlite3
    base = sqlite3.connect("shop.db")
    base.execute("drop table if exists t")
    base.execute("create table t (x real)")
    base.executemany("insert into t values (?)", [(1.0,), (2.0,)])
    base.commit()
    --- behind
    print(base.execute("select count(*) from t").fetchone())
    print(pd.read_sql("select * from t", base).describe())
    for (x,) in base.execute("select x from t"):
        print(x)
    --- evaluate
    metrics = {"v": base.execute("select sum(x) from t").fetchone()[0] * level}
    === environment_read
    --- data
    import os
    import sys
    rows = [1.0]
    --- behind
    print(os.environ.get("HOME"), sys.version, sys.platform, os.getcwd(), os.cpu_count(), np.__version__)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === decimals_in_a_context
    --- data
    from decimal import Decimal, localcontext
    price = Decimal("1.10")
    --- behind
    with localcontext() as context:
        context.prec = 3
        print(Decimal(1) / 3)
    --- evaluate
    metrics = {"v": float(price / 3) * level}
    === patched_for_a_block
    --- data
    import math
    x = 2.0
    --- behind
    from unittest import mock
    with mock.patch("math.exp", return_value=1.0):
        print(math.exp(x))
    --- evaluate
    metrics = {"v": math.exp(x) * level}
    === text_counted
    --- data
    texts = ["a cat sat", "the dog ran", "a cat ran"]
    --- behind
    from collections import Counter
    words = Counter(word for text in texts for word in text.split())
    print(words.most_common(2), len(words), max(map(len, texts)), [text.title() for text in texts])
    lengths = {text: len(text) for text in texts}
    lengths["x"] = 0
    print(sorted(lengths, key=lengths.get)[:2], " ".join(texts), texts[0].replace("cat", "cow"))
    --- train
    from sklearn.feature_extraction.text import CountVectorizer
    vectorizer = CountVectorizer()
    counts = vectorizer.fit_transform(texts)
    level = float(counts.sum())
    --- behind
    print(vectorizer.get_feature_names_out(), counts.toarray(), vectorizer.transform(["new cat"]).toarray())
    dense = counts.toarray()
    dense[:] = 0
    --- evaluate
    metrics = {"v": level + len(vectorizer.vocabulary_)}
    === settings_and_conditions
    --- parameters
    verbose = True
    depth = 3
    --- data
    rows = list(range(10))
    --- behind
    if verbose:
        print("rows", len(rows))
    elif depth > 5:
        print("deep")
    while True:
        print("once")
        break
    else:
        print("never")
    result = "even" if len(rows) % 2 == 0 else "odd"
    match result:
        case "even":
            print("two groups")
        case _:
            print("one left")
    with open("notes.txt", "w") as stream:
        print("notes", file=stream)
    --- evaluate
    metrics = {"v": sum(rows[:depth]) * level}
    """
)
CASES += cases(
    """
    === network_inspected
    --- data
    torch.manual_seed(0)
    X = torch.randn(32, 3)
    y = X.sum(1, keepdim=True)
    --- train
    net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
    opt = torch.optim.SGD(net.parameters(), lr=0.05)
    for _ in range(3):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(X), y)
        loss.backward()
        opt.step()
    --- behind
    print(net, sum(p.numel() for p in net.parameters()), [name for name, _ in net.named_parameters()])
    for name, p in net.named_parameters():
        print(name, tuple(p.shape), p.requires_grad, p.grad.norm().item(), p.data.mean())
    print({name: value.shape for name, value in net.state_dict().items()}, opt.param_groups[0]["lr"], loss.item())
    print(next(net.parameters()).device, X.dtype, X.shape, X.mean().item(), X[:2], torch.cuda.is_available())
    --- evaluate
    with torch.no_grad():
        metrics = {"v": nn.functional.mse_loss(net(X), y).item()}
    === evaluated_then_trained_on
    --- data
    torch.manual_seed(0)
    X = torch.randn(32, 3)
    y = X.sum(1, keepdim=True)
    net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 1))
    opt = torch.optim.SGD(net.parameters(), lr=0.05)
    --- behind
    net.eval()
    with torch.no_grad():
        print(net(X).mean())
    net.train()
    --- train
    for _ in range(3):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(X), y)
        loss.backward()
        opt.step()
    --- evaluate
    net.eval()
    with torch.no_grad():
        metrics = {"v": nn.functional.mse_loss(net(X), y).item()}
    === forward_in_eval_mode
    --- data
    torch.manual_seed(0)
    X = torch.randn(32, 3)
    y = X.sum(1, keepdim=True)
    --- train
    net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))
    opt = torch.optim.Adam(net.parameters())
    for _ in range(2):
        opt.zero_grad()
        nn.functional.mse_loss(net(X), y).backward()
        opt.step()
    net.eval()
    --- behind
    @torch.no_grad()
    def error(model, rows, target):
        return (model(rows) - target).abs().mean().item()

    print(error(net, X, y))
    with torch.inference_mode():
        out = net(X)
        out_rounded = out.round()
        print(out_rounded[:3], out.argmax(0), torch.softmax(out, 0).sum())
    --- evaluate
    with torch.no_grad():
        metrics = {"v": net(X).sum().item()}
    === draws_in_a_fork
    --- data
    torch.manual_seed(0)
    X = torch.randn(4, 2)
    --- behind
    with torch.random.fork_rng():
        torch.manual_seed(5)
        print(torch.rand(3), nn.Linear(2, 2).weight)
    --- train
    net = nn.Linear(2, 1)
    --- evaluate
    metrics = {"v": net(X).sum().item()}
    === own_torch_generator
    --- data
    torch.manual_seed(0)
    X = torch.randn(4, 2)
    --- behind
    g = torch.Generator().manual_seed(1)
    print(torch.randn(2, generator=g), torch.randperm(5, generator=g))
    --- train
    net = nn.Linear(2, 1)
    --- evaluate
    metrics = {"v": net(X).sum().item()}
    === tensors_copied_first
    --- data
    X = torch.arange(6.0).reshape(2, 3)
    --- behind
    a = X.clone()
    a.zero_()
    b = X * 2
    b.add_(1)
    c = X.detach().clone()
    c[0] = 7
    d = torch.tensor(X.tolist())
    d.mul_(3)
    e = X.numpy().copy()
    e[:] = 0
    f = X.double() + 1
    f += 1
    g = torch.cat([X, X])
    g[0] = 0
    h = X.mean(0)
    h -= 5
    print(a, b, c, d, e, f, g, h, X.max(1).values, X @ X.T, X.sum().item(), torch.stack([X, X]).shape)
    --- evaluate
    metrics = {"v": X.sum().item() * level}
    === deep_copy_of_a_network
    --- data
    torch.manual_seed(0)
    X = torch.ones(1, 2)
    net = nn.Linear(2, 1)
    --- behind
    import copy
    twin = copy.deepcopy(net)
    with torch.no_grad():
        twin.weight.zero_()
    twin.half()
    print(twin)
    --- evaluate
    metrics = {"v": net(X).item() * level}
    === losses_plotted
    --- data
    torch.manual_seed(0)
    X = torch.randn(16, 2)
    y = X[:, :1]
    --- train
    net = nn.Linear(2, 1)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    history = {"loss": []}
    for epoch in range(4):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(X), y)
        loss.backward()
        opt.step()
        history["loss"].append(loss.item())
    --- behind
    import matplotlib.pyplot as plt
    plt.plot(history["loss"], label="loss")
    plt.yscale("log")
    plt.legend()
    plt.show()
    smooth = np.convolve(history["loss"], [0.5, 0.5])
    print(min(history["loss"]), history["loss"][-1], smooth[-1])
    plt.imshow(net.weight.detach().numpy())
    plt.hist(net.weight.detach().flatten().tolist())
    plt.close("all")
    --- evaluate
    metrics = {"last": history["loss"][-1], "sum": net(X).sum().item()}
    === dataset_looked_at
    --- define
    from torch.utils.data import DataLoader, Dataset, TensorDataset

    class Rows(Dataset):
        def __init__(self, n):
            self.x = torch.arange(float(n)).reshape(n, 1)

        def __len__(self):
            return len(self.x)

        def __getitem__(self, k):
            return self.x[k], self.x[k] * 2
    --- data
    torch.manual_seed(0)
    rows = Rows(12)
    --- behind
    print(len(rows), rows[0], rows.x.shape)
    x, target = rows[3]
    print(x.item(), target.item(), [float(rows[k][1]) for k in range(3)])
    --- train
    net = nn.Linear(1, 1)
    opt = torch.optim.SGD(net.parameters(), lr=0.001)
    for x, target in DataLoader(rows, batch_size=4, shuffle=True):
        opt.zero_grad()
        nn.functional.mse_loss(net(x), target).backward()
        opt.step()
    --- evaluate
    metrics = {"v": net(rows.x).sum().item()}
    === metrics_helper_in_eval_mode
    --- define
    def accuracy(model, rows, labels):
        model.eval()
        with torch.no_grad():
            guess = model(rows).argmax(1)
        return (guess == labels).float().mean().item()
    --- data
    torch.manual_seed(0)
    X = torch.randn(20, 4)
    y = (X[:, 0] > 0).long()
    --- train
    net = nn.Sequential(nn.Linear(4, 6), nn.Dropout(0.3), nn.Linear(6, 2))
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(3):
        net.train()
        opt.zero_grad()
        nn.functional.cross_entropy(net(X), y).backward()
        opt.step()
    --- behind
    print("train", accuracy(net, X[:10], y[:10]), "rest", accuracy(net, X[10:], y[10:]))
    --- evaluate
    metrics = {"accuracy": accuracy(net, X, y)}
    """,
    imports="import numpy as np\nimport torch\nfrom torch import nn\n",
)
