"""Draws from the generators of numpy, Python and torch that hide: each once in lifted code and once in what stays."""

from __future__ import annotations

from soundness.cases import Case, cases

HIDDEN = cases(
    """
    === method_calls_method
    --- define
    class Sampler:
        def one(self):
            return np.random.normal()

        def pair(self):
            return self.one() + self.one()
    --- setup
    sampler = Sampler()
    --- draw
    sampler.pair()
    === inherited_method
    --- define
    class Base:
        def roll(self):
            return np.random.uniform(0, 9)

    class Child(Base):
        sides = 6
    --- draw
    Child().roll()
    === constructor_of_the_parent
    --- define
    class Parent:
        def __init__(self):
            self.weight = np.random.randn()

    class Layer(Parent):
        def __init__(self, size):
            super().__init__()
            self.size = size
    --- draw
    Layer(3).weight
    === constructor_through_two_levels
    --- define
    class A:
        def __init__(self):
            self.reset()

        def reset(self):
            self.value = 0.0

    class B(A):
        def reset(self):
            self.value = np.random.rand()

    class C(B):
        pass
    --- draw
    C().value
    === read_of_a_property
    --- define
    class Noise:
        @property
        def level(self):
            return np.random.exponential()
    --- setup
    noise = Noise()
    --- draw
    noise.level
    === dunder_call
    --- define
    class Jitter:
        def __call__(self, x):
            return x + np.random.normal()
    --- setup
    jitter = Jitter()
    --- draw
    jitter(1.0)
    === dunder_len
    --- define
    class Rows:
        def __len__(self):
            return int(np.random.randint(1, 10**6))
    --- draw
    len(Rows())
    === dunder_contains
    --- define
    class Bag:
        last = 0.0

        def __contains__(self, item):
            Bag.last = np.random.rand()
            return Bag.last < item
    --- draw
    float(2.0 in Bag()) * Bag.last
    === dunder_mul
    --- define
    class Scale:
        def __mul__(self, other):
            return other * np.random.rand()
    --- draw
    Scale() * 4.0
    === dunder_rsub
    --- define
    class Shift:
        def __rsub__(self, other):
            return other - np.random.rand()
    --- draw
    5.0 - Shift()
    === dunder_neg
    --- define
    class Flip:
        def __neg__(self):
            return -np.random.rand()
    --- draw
    -Flip()
    === dunder_float
    --- define
    class Reading:
        def __float__(self):
            return float(np.random.rand())
    --- draw
    float(Reading())
    === dunder_bool_in_a_condition
    --- define
    class Coin:
        seen = 0.0

        def __bool__(self):
            Coin.seen = np.random.rand()
            return True
    --- draw
    (Coin.seen if Coin() else 0.0)
    === dunder_next
    --- define
    class Stream:
        def __iter__(self):
            return self

        def __next__(self):
            return np.random.rand()
    --- setup
    stream = Stream()
    --- draw
    next(stream)
    === dunder_getattr
    --- define
    class Lazy:
        def __getattr__(self, name):
            return np.random.rand()
    --- draw
    Lazy().anything
    === dunder_format
    --- define
    class Shown:
        def __format__(self, spec):
            return format(np.random.rand(), spec)
    --- draw
    float(f"{Shown():.6f}")
    === dunder_lt_while_sorting
    --- define
    class Card:
        def __init__(self, rank):
            self.rank = rank

        def __lt__(self, other):
            return np.random.rand() < 0.5
    --- draw
    sorted([Card(k) for k in range(40)])[7].rank + np.random.rand()
    === dunder_enter
    --- define
    class Session:
        def __enter__(self):
            return np.random.rand()

        def __exit__(self, *error):
            return None

    def inside():
        with Session() as value:
            return value
    --- draw
    inside()
    === dunder_exit
    --- define
    class Closing:
        def __enter__(self):
            return 1.0

        def __exit__(self, *error):
            np.random.rand(2)

    def closed():
        with Closing() as one:
            pass
        return one * np.random.rand()
    --- draw
    closed()
    === context_manager_of_contextlib
    --- define
    from contextlib import contextmanager

    @contextmanager
    def noisy():
        yield np.random.rand()

    def use():
        with noisy() as value:
            return value
    --- draw
    use()
    === partial_in_a_dict
    --- define
    from functools import partial
    makers = {"normal": partial(np.random.normal, 0.0, 2.0)}
    --- draw
    makers["normal"]()
    === partial_of_a_partial
    --- define
    from functools import partial

    def uniform(low, high):
        return np.random.uniform(low, high)
    half = partial(uniform, 0.0)
    unit = partial(half, 1.0)
    --- draw
    unit()
    === mapped_over_a_list
    --- define
    def perturb(x):
        return x + np.random.rand()
    --- draw
    sum(map(perturb, [1, 2]))
    === callback_parameter
    --- define
    def noise():
        return np.random.rand()

    def run(steps, on_step):
        return sum(on_step() for _ in range(steps))
    --- draw
    run(2, noise)
    === callback_default_argument
    --- define
    def noise():
        return np.random.rand()

    def run(steps, on_step=noise):
        return sum(on_step() for _ in range(steps))
    --- draw
    run(2)
    === callback_kept_by_an_object
    --- define
    class Loop:
        def __init__(self, on_step):
            self.on_step = on_step

        def go(self):
            return self.on_step()
    --- setup
    loop = Loop(np.random.rand)
    --- draw
    loop.go()
    === applied_to_a_frame
    --- setup
    table = pd.DataFrame({"a": [1.0, 2.0]})
    --- draw
    table.apply(lambda row: row["a"] * np.random.rand(), axis=1).sum()
    === mapped_over_a_series
    --- define
    def blur(value):
        return value + np.random.normal()
    --- setup
    column = pd.Series([1.0, 2.0, 3.0])
    --- draw
    column.map(blur).sum()
    === transformed_groups
    --- define
    def shuffle_within(part):
        return np.random.permutation(part.to_numpy())
    --- setup
    table = pd.DataFrame({"k": [0, 0, 1, 1], "v": [1.0, 2.0, 3.0, 4.0]})
    --- draw
    table.groupby("k")["v"].transform(shuffle_within).iloc[0] + np.random.rand()
    === generator_function
    --- define
    def stream(n):
        for _ in range(n):
            yield np.random.rand()
    --- draw
    sum(stream(3))
    === generator_that_delegates
    --- define
    def inner():
        yield np.random.rand()

    def outer():
        yield 1.0
        yield from inner()
    --- draw
    sum(outer())
    === alias_of_a_function
    --- define
    def draw():
        return np.random.rand()
    again = draw
    --- draw
    again()
    === alias_of_the_module
    --- define
    source = np.random
    --- draw
    source.rand()
    === imported_under_another_name
    --- define
    from numpy import random as chance
    --- draw
    chance.standard_normal()
    === function_in_a_tuple
    --- define
    tools = (abs, np.random.rand)
    --- draw
    tools[1]()
    === lambda_in_a_dict
    --- define
    table_of = {"zero": lambda: 0.0, "draw": lambda: np.random.rand()}
    --- draw
    table_of["draw"]()
    === method_table_of_a_class
    --- define
    class Kinds:
        def flat(self):
            return 1.0

        def rough(self):
            return np.random.rand()
        by_name = {"flat": flat, "rough": rough}

        def make(self, name):
            return self.by_name[name](self)
    --- draw
    Kinds().make("rough")
    === name_given_as_text
    --- define
    class Model:
        def step_fast(self):
            return np.random.rand()
    --- draw
    getattr(Model(), "step_" + "fast")()
    === getattr_of_the_module
    --- define
    kind = "normal"
    --- draw
    getattr(np.random, kind)(0.0, 1.0)
    === decorated_function
    --- define
    import functools

    def logged(function):
        @functools.wraps(function)
        def inner(*words, **named):
            return function(*words, **named)
        return inner

    @logged
    def draw(scale=2.0):
        return scale * np.random.rand()
    --- draw
    draw()
    === decorator_that_draws
    --- define
    def noisy(function):
        def inner(x):
            return function(x) + np.random.rand()
        return inner

    @noisy
    def double(x):
        return 2 * x
    --- draw
    double(1)
    === decorator_with_arguments
    --- define
    def times(n):
        def wrap(function):
            def inner():
                return sum(function() for _ in range(n))
            return inner
        return wrap

    @times(3)
    def draw():
        return np.random.rand()
    --- draw
    draw()
    === decorator_class
    --- define
    class Counted:
        def __init__(self, function):
            self.function = function

        def __call__(self, *words):
            return self.function(*words)

    @Counted
    def draw():
        return np.random.rand()
    --- draw
    draw()
    === default_factory_of_a_dict
    --- define
    from collections import defaultdict
    --- draw
    defaultdict(np.random.rand)["x"]
    === default_factory_of_a_dataclass
    --- define
    from dataclasses import dataclass, field

    @dataclass
    class Config:
        weight: float = field(default_factory=lambda: float(np.random.rand()))
    --- draw
    Config().weight
    === post_init_of_a_dataclass
    --- define
    from dataclasses import dataclass

    @dataclass
    class Config:
        size: int = 3

        def __post_init__(self):
            self.offset = np.random.rand()
    --- draw
    Config().offset
    === key_of_sorted
    --- define
    def shuffled(k):
        return np.random.rand()
    --- draw
    sorted(range(50), key=shuffled)[0] + np.random.rand()
    === reduced
    --- define
    from functools import reduce

    def step(total, x):
        return total + x * np.random.rand()
    --- draw
    reduce(step, [1.0, 2.0], 0.0)
    === filtered
    --- define
    def lucky(x):
        return np.random.rand() < 0.5
    --- draw
    len(list(filter(lucky, range(200)))) + np.random.rand()
    === starred_into_a_call
    --- define
    def together(*values):
        return sum(values)

    def three():
        return (np.random.rand() for _ in range(3))
    --- draw
    together(*three())
    === class_body
    --- define
    def fresh():
        class Start:
            weight = np.random.rand()
        return Start.weight
    --- draw
    fresh()
    === closure
    --- define
    def maker(scale):
        def inner():
            return scale * np.random.rand()
        return inner
    wide = maker(10.0)
    --- draw
    wide()
    === closure_in_a_list
    --- define
    steps = []
    for scale in (1.0, 2.0):
        steps.append(lambda scale=scale: scale * np.random.rand())
    --- draw
    sum(step() for step in steps)
    === static_method
    --- define
    class Tools:
        @staticmethod
        def noise():
            return np.random.rand()
    --- draw
    Tools.noise()
    === class_method_that_constructs
    --- define
    class Particle:
        def __init__(self, x):
            self.x = x

        @classmethod
        def random(cls):
            return cls(np.random.rand())
    --- draw
    Particle.random().x
    === method_held_apart
    --- define
    class Deck:
        def top(self):
            return np.random.rand()
    --- setup
    top = Deck().top
    --- draw
    top()
    === object_in_an_object
    --- define
    class Inner:
        def go(self):
            return np.random.rand()

    class Outer:
        def __init__(self):
            self.parts = {"a": [Inner()]}
    --- setup
    outer = Outer()
    --- draw
    outer.parts["a"][0].go()
    === recursion
    --- define
    def walk(depth):
        return np.random.rand() if depth == 0 else walk(depth - 1)
    --- draw
    walk(4)
    === conditional_alias
    --- define
    fast = True
    pick = np.random.rand if fast else np.random.randn
    --- draw
    pick()
    === vectorized
    --- define
    def wobble(x):
        return x + np.random.rand()
    wobbly = np.vectorize(wobble)
    --- draw
    wobbly(np.arange(3.0)).sum()
    === apply_along_axis
    --- define
    def bootstrap(row):
        return np.random.choice(row, 1)[0]
    --- draw
    np.apply_along_axis(bootstrap, 1, np.arange(600.0).reshape(2, 300)).sum()
    === operator_methodcaller
    --- define
    import operator
    --- setup
    column = pd.Series(range(300))
    --- draw
    operator.methodcaller("sample", 1)(column).iloc[0] + np.random.rand()
    === iter_with_a_sentinel
    --- define
    def draw():
        return np.random.rand()
    --- draw
    next(iter(draw, 2.0))
    === descriptor
    --- define
    class Fresh:
        def __get__(self, instance, owner):
            return np.random.rand()

    class Model:
        weight = Fresh()
    --- draw
    Model().weight
    === class_getitem
    --- define
    class Space:
        def __class_getitem__(cls, key):
            return np.random.rand()
    --- draw
    Space[3]
    === subclass_hook
    --- define
    drawn = []

    class Registry:
        def __init_subclass__(cls):
            drawn.append(np.random.rand())

    def declare():
        type("Plug", (Registry,), {})
        return drawn[-1]
    --- draw
    declare()
    === walrus_and_comprehension
    --- define
    def draw():
        return np.random.rand()
    --- draw
    max(y for x in range(3) if (y := draw()) >= 0)
    === scipy_distribution
    --- define
    from scipy import stats
    law = stats.norm(0.0, 1.0)
    --- draw
    law.rvs()
    === sample_of_a_frame
    --- setup
    table = pd.DataFrame({"a": range(1000)})
    --- draw
    table.sample(1)["a"].iloc[0] + np.random.rand()
    === split_without_a_seed
    --- define
    from sklearn.model_selection import train_test_split
    --- draw
    train_test_split(list(range(500)))[0][0] + np.random.rand()
    === estimator_without_a_seed
    --- define
    from sklearn.ensemble import ExtraTreesRegressor

    def score():
        rows = np.arange(60.0).reshape(30, 2)
        forest = ExtraTreesRegressor(n_estimators=1, max_features=1).fit(rows, rows[:, 0] % 7)
        return forest.predict([[1.5, 2.5], [7.5, 8.5], [33.5, 34.5]]).sum() + np.random.rand()
    --- draw
    score()
    === folds_shuffled_without_a_seed
    --- define
    from sklearn.model_selection import KFold
    --- draw
    next(KFold(2, shuffle=True).split(np.zeros(300)))[0].sum() + np.random.rand()
    """
)


def both_ways(case: Case, *, seed: str, plain: str, between: str, imports: str) -> list[Case]:
    """The draw in lifted code with a plain one between, and the plain one lifted with the hidden one between."""
    parts = dict(case.cells)
    define, setup, draw = parts.get("define", ""), parts.get("setup", ""), parts["draw"].strip()
    lifted = (
        ("", imports),
        *((("define", define),) if define else ()),
        ("data", f"{seed}\n{setup}base = {draw}\n"),
        ("train", "level = float(base)\n"),
        ("", f"print({between})\n"),
        ("evaluate", f'metrics = {{"gap": float(({draw}) - level)}}\n'),
    )
    behind = (
        ("", imports),
        ("data", f"{seed}\nbase = {plain}\n"),
        ("train", "level = float(base)\n"),
        ("", f"{define}{setup}print({draw})\n"),
        ("evaluate", f'metrics = {{"gap": float({plain} - level)}}\n'),
    )
    return [Case(f"lifted_{case.name}", lifted), Case(f"behind_{case.name}", behind)]


OF_PYTHON = cases(
    """
    === python_shuffle_in_a_method
    --- define
    class Deck:
        def __init__(self):
            self.cards = list(range(300))

        def top(self):
            random.shuffle(self.cards)
            return self.cards[0] + random.random()
    --- draw
    Deck().top()
    === python_choice_as_a_default
    --- define
    def pick(rows, how=random.choice):
        return how(rows)
    --- draw
    pick(range(10**6))
    === python_sample_in_a_comprehension
    --- draw
    sum(k for k in random.sample(range(10**6), 2))
    === python_gauss_mapped
    --- draw
    sum(map(random.gauss, [0.0], [1.0]))
    """
)
OF_TORCH = cases(
    """
    === torch_layer_constructed
    --- define
    class Head(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 1)
    --- draw
    Head().linear.weight.sum().item()
    === torch_dropout_in_train_mode
    --- setup
    drop = nn.Dropout(0.5)
    --- draw
    (drop(torch.ones(64)) * torch.arange(64.0)).sum().item()
    === torch_loader_that_shuffles
    --- define
    from torch.utils.data import DataLoader
    --- draw
    next(iter(DataLoader(range(10**5), batch_size=1, shuffle=True))).item()
    === torch_random_split
    --- define
    from torch.utils.data import random_split
    --- draw
    random_split(range(5000), [1, 4999])[0].indices[0]
    === torch_in_place_normal
    --- define
    def start(tensor):
        tensor.normal_()
        return tensor
    --- draw
    start(torch.zeros(3)).sum().item()
    === torch_initializer_applied
    --- define
    def initialize(module):
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)

    def built():
        return nn.Sequential(nn.Linear(2, 2)).apply(initialize)[0].weight.sum().item()
    --- draw
    built()
    === torch_functional_dropout
    --- define
    from torch.nn import functional as F
    --- draw
    (F.dropout(torch.ones(64), 0.5) * torch.arange(64.0)).sum().item()
    === torch_model_with_dropout_called
    --- setup
    net = nn.Sequential(nn.Flatten(0), nn.Dropout(0.5))
    net[0].weight = torch.arange(64.0)
    --- draw
    (net(torch.ones(64)) * net[0].weight).sum().item()
    === torch_randn_like_in_a_forward
    --- define
    class Noisy(nn.Module):
        def forward(self, x):
            return x + torch.randn_like(x)
    --- setup
    noisy = Noisy()
    --- draw
    noisy(torch.zeros(2)).sum().item()
    === torch_multinomial
    --- draw
    float(torch.multinomial(torch.ones(5000), 1)) + torch.rand(1).item()
    """
)

NUMPY_WORDS = {
    "seed": "np.random.seed(7)",
    "plain": "np.random.rand()",
    # normal numbers come in pairs, of which the second is kept
    "between": "np.random.normal(), np.random.rand(3)",
    "imports": "import numpy as np\nimport pandas as pd\n",
}
PYTHON_WORDS = {
    "seed": "random.seed(7)",
    "plain": "random.random()",
    "between": "random.gauss(0.0, 1.0), random.random()",
    "imports": "import random\n",
}
TORCH_WORDS = {
    "seed": "torch.manual_seed(7)",
    "plain": "torch.rand(1).item()",
    "between": "torch.rand(3)",
    "imports": "import torch\nfrom torch import nn\n",
}
CASES = [
    case
    for hidden, words in ((HIDDEN, NUMPY_WORDS), (OF_PYTHON, PYTHON_WORDS), (OF_TORCH, TORCH_WORDS))
    for one in hidden
    for case in both_ways(one, **words)
]
