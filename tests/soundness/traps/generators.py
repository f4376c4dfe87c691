"""Generator objects that a cell moves on and lifted code draws from afterwards."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === default_rng_drawn
    --- data
    rng = np.random.default_rng(11)
    --- behind
    rng.normal()
    --- evaluate
    metrics = {"v": float(rng.normal()) * level}
    === random_state_drawn
    --- data
    state = np.random.RandomState(4)
    --- behind
    print(state.rand(2))
    --- evaluate
    metrics = {"v": float(state.rand()) * level}
    === python_random_drawn
    --- data
    import random
    dice = random.Random(3)
    --- behind
    dice.randint(1, 6)
    --- evaluate
    metrics = {"v": dice.random() * level}
    === alias_of_a_generator
    --- data
    rng = np.random.default_rng(11)
    --- behind
    other = rng
    other.shuffle(list(range(9)))
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === generator_in_a_dict
    --- data
    sources = {"noise": np.random.default_rng(1), "split": np.random.default_rng(2)}
    --- behind
    for name, source in sources.items():
        print(name, source.random())
    --- evaluate
    metrics = {"v": float(sources["split"].random()) * level}
    === generator_in_a_list_unpacked
    --- data
    first, second = [np.random.default_rng(k) for k in (1, 2)]
    --- behind
    for one in (first, second):
        one.random()
    --- evaluate
    metrics = {"v": float(first.random() + second.random()) * level}
    === generator_as_an_attribute
    --- define
    class Simulation:
        def __init__(self, seed):
            self.rng = np.random.default_rng(seed)

        def step(self):
            return self.rng.normal()
    --- data
    simulation = Simulation(5)
    --- behind
    [simulation.step() for _ in range(3)]
    --- evaluate
    metrics = {"v": float(simulation.step()) * level}
    === generator_shared_by_two_objects
    --- define
    class Agent:
        def __init__(self, rng):
            self.rng = rng

        def act(self):
            return self.rng.integers(1000)
    --- data
    rng = np.random.default_rng(8)
    left, right = Agent(rng), Agent(rng)
    --- behind
    print(left.act())
    --- evaluate
    metrics = {"v": float(right.act()) * level}
    === generator_as_a_default
    --- define
    def noise(n, rng=np.random.default_rng(2)):
        return rng.normal(size=n)
    --- data
    base = noise(2).sum()
    --- behind
    noise(1)
    --- evaluate
    metrics = {"v": float(noise(1)[0] + base) * level}
    === generator_in_a_closure
    --- define
    def sampler(seed):
        rng = np.random.default_rng(seed)

        def draw():
            return rng.random()
        return draw
    --- data
    draw = sampler(3)
    --- behind
    print(draw(), draw())
    --- evaluate
    metrics = {"v": float(draw()) * level}
    === generator_through_check_random_state
    --- data
    from sklearn.utils import check_random_state
    state = np.random.RandomState(1)
    --- behind
    check_random_state(state).normal()
    --- evaluate
    metrics = {"v": float(state.normal()) * level}
    === checked_state_by_another_name
    --- data
    from sklearn.utils import check_random_state
    state = check_random_state(6)
    --- behind
    same = check_random_state(state)
    same.permutation(5)
    --- evaluate
    metrics = {"v": float(state.rand()) * level}
    === random_state_keyword_of_a_split
    --- data
    from sklearn.model_selection import train_test_split
    state = np.random.RandomState(1)
    rows = np.arange(40)
    --- behind
    train_test_split(rows, random_state=state)
    --- evaluate
    metrics = {"v": float(state.rand()) * level}
    === random_state_keyword_of_sample
    --- data
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": range(30)})
    --- behind
    frame.sample(5, random_state=rng)
    --- evaluate
    metrics = {"v": float(frame.sample(1, random_state=rng)["a"].iloc[0] + rng.random()) * level}
    === random_state_of_an_estimator
    --- data
    from sklearn.tree import DecisionTreeRegressor
    state = np.random.RandomState(3)
    rows, target = np.arange(40.0).reshape(20, 2), np.arange(20.0)
    --- behind
    DecisionTreeRegressor(random_state=state, max_features=1).fit(rows, target)
    --- evaluate
    metrics = {"v": float(state.rand()) * level}
    === random_state_of_a_distribution
    --- data
    from scipy import stats
    rng = np.random.default_rng(1)
    --- behind
    stats.norm.rvs(size=3, random_state=rng)
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === folds_with_a_state
    --- data
    from sklearn.model_selection import ShuffleSplit
    state = np.random.RandomState(3)
    folds = ShuffleSplit(2, random_state=state)
    rows = np.arange(50)
    --- behind
    for train, test in folds.split(rows):
        print(len(train), len(test))
    --- evaluate
    metrics = {"v": float(next(folds.split(rows))[0][0] + state.rand()) * level}
    === state_set_again
    --- data
    rng = np.random.default_rng(4)
    --- behind
    rng.bit_generator.state = np.random.default_rng(99).bit_generator.state
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === reseeded_by_a_method
    --- data
    state = np.random.RandomState(4)
    --- behind
    state.seed(77)
    --- evaluate
    metrics = {"v": float(state.rand()) * level}
    === bit_generator_shared
    --- data
    bits = np.random.PCG64(5)
    one = np.random.Generator(bits)
    --- behind
    two = np.random.Generator(bits)
    print(two.random())
    --- evaluate
    metrics = {"v": float(one.random()) * level}
    === spawned_children
    --- data
    parent = np.random.default_rng(5)
    --- behind
    [child.random() for child in parent.spawn(2)]
    --- evaluate
    metrics = {"v": float(parent.spawn(1)[0].random()) * level}
    === seed_sequence_spawned
    --- data
    sequence = np.random.SeedSequence(5)
    --- behind
    print(sequence.spawn(3))
    --- evaluate
    metrics = {"v": float(np.random.default_rng(sequence.spawn(1)[0]).random()) * level}
    === bound_method_of_a_generator
    --- data
    rng = np.random.default_rng(11)
    normal = rng.normal
    --- behind
    print(normal(size=3))
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === drawn_by_a_mapped_method
    --- data
    rng = np.random.default_rng(11)
    --- behind
    print(list(map(rng.integers, [5, 6])))
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === drawn_by_a_partial
    --- data
    from functools import partial
    rng = np.random.default_rng(11)
    noise = partial(rng.normal, 0.0, 3.0)
    --- behind
    noise()
    --- evaluate
    metrics = {"v": float(noise()) * level}
    === drawn_deep_in_helpers
    --- define
    def one(source):
        return source.random()

    def many(source, n):
        return [one(source) for _ in range(n)]
    --- data
    rng = np.random.default_rng(11)
    --- behind
    def look(options):
        return np.mean(many(options["rng"], 4))
    look({"rng": rng})
    --- evaluate
    metrics = {"v": float(one(rng)) * level}
    === drawn_in_a_lambda
    --- data
    rng = np.random.default_rng(11)
    --- behind
    peek = lambda: rng.random()
    print(peek())
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === returned_by_a_helper
    --- define
    pool = {}

    def source(name):
        if name not in pool:
            pool[name] = np.random.default_rng(len(name))
        return pool[name]
    --- data
    base = source("split").random()
    --- behind
    source("split").random(3)
    --- evaluate
    metrics = {"v": float(source("split").random() + base) * level}
    === drawn_in_an_assert
    --- data
    rng = np.random.default_rng(11)
    --- behind
    assert rng.random() < 2
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === drawn_in_a_format
    --- data
    rng = np.random.default_rng(11)
    --- behind
    f"{rng.random():.2f}"
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === drawn_by_a_plot
    --- data
    import matplotlib.pyplot as plt
    rng = np.random.default_rng(11)
    xs = np.arange(5.0)
    --- behind
    plt.scatter(xs, xs + rng.normal(size=5))
    plt.show()
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === drawn_while_a_condition_holds
    --- data
    rng = np.random.default_rng(11)
    --- behind
    while rng.random() < 0.9:
        pass
    --- evaluate
    metrics = {"v": float(rng.random()) * level}
    === python_generator_in_a_helper
    --- define
    def deal(dice, n):
        cards = list(range(n))
        dice.shuffle(cards)
        return cards
    --- data
    import random
    dice = random.Random(3)
    base = deal(dice, 4)[0]
    --- behind
    deal(dice, 52)[:5]
    --- evaluate
    metrics = {"v": float(deal(dice, 1000)[0] + base) * level}
    === subclass_of_a_generator
    --- define
    import random

    class Dice(random.Random):
        def roll(self):
            return self.randint(1, 10**6)
    --- data
    dice = Dice(5)
    --- behind
    dice.roll()
    --- evaluate
    metrics = {"v": float(dice.roll()) * level}
    === copied_shallow_with_its_generator
    --- define
    class Box:
        def __init__(self):
            self.rng = np.random.default_rng(1)
    --- data
    box = Box()
    --- behind
    import copy
    twin = copy.copy(box)
    twin.rng.random()
    --- evaluate
    metrics = {"v": float(box.rng.random()) * level}
    === generator_of_the_global_state
    --- data
    state = np.random.mtrand._rand
    np.random.seed(3)
    --- behind
    np.random.rand()
    --- evaluate
    metrics = {"v": float(state.rand()) * level}
    === global_state_saved_and_restored_early
    --- data
    np.random.seed(3)
    saved = np.random.get_state()
    base = np.random.rand()
    --- behind
    np.random.set_state(saved)
    --- evaluate
    metrics = {"v": float(np.random.rand() + base) * level}
    === seeded_again_behind
    --- data
    np.random.seed(3)
    base = np.random.rand()
    --- behind
    np.random.seed(0)
    --- evaluate
    metrics = {"v": float(np.random.rand() + base) * level}
    === seeded_in_a_helper_behind
    --- define
    import random

    def set_seed(seed):
        random.seed(seed)
        np.random.seed(seed)
    --- data
    set_seed(1)
    base = np.random.rand()
    --- behind
    set_seed(1)
    --- evaluate
    metrics = {"v": float(np.random.rand() + base) * level}
    """
) + cases(
    """
    === torch_generator_drawn
    --- data
    g = torch.Generator().manual_seed(3)
    --- behind
    torch.randn(2, generator=g)
    --- evaluate
    metrics = {"v": torch.rand(1, generator=g).item() * level}
    === torch_generator_reseeded
    --- data
    g = torch.Generator()
    g.manual_seed(3)
    --- behind
    g.manual_seed(4)
    --- evaluate
    metrics = {"v": torch.rand(1, generator=g).item() * level}
    === torch_generator_of_a_loader
    --- data
    from torch.utils.data import DataLoader
    g = torch.Generator().manual_seed(3)
    loader = DataLoader(torch.arange(100.0), batch_size=10, shuffle=True, generator=g)
    --- behind
    first = next(iter(loader))
    print(first.shape)
    --- evaluate
    metrics = {"v": next(iter(loader))[0].item() * level}
    === torch_generator_of_a_split
    --- data
    from torch.utils.data import random_split
    g = torch.Generator().manual_seed(3)
    --- behind
    left, right = random_split(range(10), [5, 5], generator=g)
    --- evaluate
    metrics = {"v": float(torch.randperm(1000, generator=g)[0]) * level}
    === torch_generator_in_an_object
    --- define
    class Augment:
        def __init__(self):
            self.g = torch.Generator().manual_seed(1)

        def __call__(self, x):
            return x + torch.rand(x.shape, generator=self.g)
    --- data
    augment = Augment()
    x = torch.zeros(2)
    --- behind
    augment(x)
    --- evaluate
    metrics = {"v": augment(x).sum().item() * level}
    === torch_state_set_behind
    --- data
    torch.manual_seed(3)
    saved = torch.get_rng_state()
    base = torch.rand(1).item()
    --- behind
    torch.set_rng_state(saved)
    --- evaluate
    metrics = {"v": (torch.rand(1).item() + base) * level}
    === torch_default_generator
    --- data
    torch.manual_seed(3)
    --- behind
    torch.default_generator.manual_seed(9)
    --- evaluate
    metrics = {"v": torch.rand(1).item() * level}
    """,
    imports="import torch\nfrom torch import nn\n",
)
