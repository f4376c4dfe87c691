"""Notebooks in which nothing that stays matters, but a careless lift would change the meaning of what it moves."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === import_bound_twice
    --- data
    import datetime
    day = datetime.datetime(2020, 1, 2)
    --- train
    from datetime import datetime
    level = float(datetime(2020, 1, 5).day)
    --- evaluate
    metrics = {"v": day.day + level}
    === import_then_value_of_the_same_name
    --- data
    import math
    root = math.sqrt(16)
    --- train
    math = 3.0
    level = math
    --- evaluate
    metrics = {"v": root * level}
    === value_then_import_of_the_same_name
    --- data
    time = 3.0
    base = time
    --- train
    import time
    level = float(time.gmtime(0).tm_year)
    --- evaluate
    metrics = {"v": base + level}
    === two_imports_of_one_alias
    --- data
    import math as m
    base = m.floor(2.7)
    --- train
    import cmath as m
    level = m.sqrt(-4).imag
    --- evaluate
    metrics = {"v": base + level}
    === import_in_a_branch
    --- data
    fast = False
    if fast:
        from math import ceil as near
    else:
        from math import floor as near
    --- evaluate
    metrics = {"v": near(2.5) * level}
    === import_in_a_try
    --- data
    try:
        import module_that_nobody_has as maths
    except ImportError:
        import math as maths
    --- evaluate
    metrics = {"v": maths.floor(2.5) * level}
    === star_import_hides_a_built_in
    --- data
    rows = [1, 2, 3]
    size = pow(2, 5)
    --- train
    from math import *
    level = pow(2, 3)
    --- evaluate
    metrics = {"v": size + level + float(isinstance(pow(2, 2), float))}
    === star_import_hides_a_function
    --- define
    def floor(x):
        return x + 0.5
    --- data
    base = floor(2.0)
    --- train
    from math import *
    level = floor(2.7)
    --- evaluate
    metrics = {"v": base + level}
    === function_hides_a_star_import
    --- data
    from math import *
    base = floor(2.7)
    --- train
    def floor(x):
        return x + 0.5
    level = floor(2.0)
    --- evaluate
    metrics = {"v": base + level}
    === except_as_unbinds
    --- data
    e = 5.0
    try:
        raise ValueError("x")
    except ValueError as e:
        seen = len(str(e))
    --- evaluate
    try:
        worth = e
    except NameError:
        worth = 2.0
    metrics = {"v": (worth + seen) * level}
    === except_as_in_another_cell
    --- data
    error = 5.0
    --- features
    try:
        int("x")
    except ValueError as error:
        code = 1.0
    --- evaluate
    metrics = {"v": float("error" in globals()) + code * level}
    === deleted_and_bound_again
    --- data
    a = 5.0
    b = a
    del a
    --- train
    a = 2.0
    level = a
    --- evaluate
    metrics = {"v": a + b + level}
    === late_binding_of_a_closure
    --- data
    rate = 1.0
    scale = lambda x: x * rate
    base = scale(2.0)
    --- train
    rate = 5.0
    level = scale(1.0)
    --- evaluate
    metrics = {"v": base + level + scale(1.0)}
    === late_binding_of_a_function
    --- define
    def scale(x):
        return x * rate
    --- data
    rate = 1.0
    base = scale(2.0)
    --- train
    rate = 5.0
    level = scale(1.0)
    --- evaluate
    metrics = {"v": base + level}
    === late_binding_in_a_loop
    --- data
    actions = []
    for k in range(3):
        actions.append(lambda x: x + k)
    --- train
    level = float(actions[0](1))
    --- evaluate
    k = 50
    metrics = {"v": actions[0](1) + level}
    === late_binding_of_a_generator
    --- data
    rate = 1.0
    scaled = (x * rate for x in [1.0, 2.0])
    --- train
    rate = 3.0
    level = 1.0
    --- evaluate
    metrics = {"v": sum(scaled) * level}
    === late_binding_of_a_method
    --- define
    class Scale:
        def __call__(self, x):
            return x * rate
    --- data
    rate = 1.0
    scale = Scale()
    base = scale(1.0)
    --- train
    rate = 4.0
    level = 1.0
    --- evaluate
    metrics = {"v": scale(1.0) * level + base}
    === late_binding_of_a_default_helper
    --- define
    def inner(x):
        return x + 1

    def outer(x):
        return inner(x)
    --- data
    base = outer(1.0)
    --- train
    def inner(x):
        return x + 100
    level = outer(1.0)
    --- evaluate
    metrics = {"v": base + level}
    === default_evaluated_early
    --- data
    rate = 2.0
    def scale(x, by=rate):
        return x * by
    --- train
    rate = 9.0
    level = scale(1.0)
    --- evaluate
    metrics = {"v": scale(3.0) + level + rate}
    === class_attribute_evaluated_early
    --- data
    rate = 2.0
    class Scale:
        by = rate
    --- train
    rate = 9.0
    level = Scale.by
    --- evaluate
    metrics = {"v": Scale.by + level + rate}
    === define_with_an_effect
    --- data
    rows = [1.0]
    --- define
    rows.append(4.0)
    factor = sum(rows)
    --- evaluate
    metrics = {"v": factor * level + len(rows)}
    === define_draws_before_the_data
    --- define
    np.random.seed(3)
    noise = np.random.rand()
    --- data
    base = np.random.rand()
    --- evaluate
    metrics = {"v": float(base + noise) * level}
    === define_draws_after_the_data
    --- data
    np.random.seed(3)
    base = np.random.rand()
    --- define
    noise = np.random.rand()
    --- evaluate
    metrics = {"v": float(base * 10 + noise) * level}
    === define_prints_the_time_of_a_counter
    --- data
    import itertools
    ids = itertools.count(1)
    first = next(ids)
    --- define
    second = next(ids)
    --- evaluate
    metrics = {"v": (10 * first + second) * level}
    === define_reads_a_changed_constant
    --- define
    size = 2
    sizes = [size]
    --- data
    size = 5
    sizes.append(size)
    --- evaluate
    metrics = {"v": sum(sizes) * level}
    === registry_of_a_decorator
    --- define
    registry = {}

    def register(name):
        def wrap(function):
            registry[name] = function
            return function
        return wrap

    @register("double")
    def double(x):
        return 2 * x

    @register("square")
    def square(x):
        return x * x
    --- data
    base = 3.0
    --- evaluate
    metrics = {"v": sum(function(base) for function in registry.values()) * level}
    === registry_in_an_untagged_cell
    --- behind
    registry = {}

    def register(function):
        registry[function.__name__] = function
        return function

    @register
    def double(x):
        return 2 * x
    --- data
    base = 3.0
    --- evaluate
    metrics = {"v": sum(function(base) for function in registry.values()) * level}
    === function_defined_twice
    --- define
    def score(x):
        return x
    --- data
    base = score(3.0)
    --- define
    def score(x):
        return -x
    --- evaluate
    metrics = {"v": (score(1.0) + base) * level}
    === class_defined_twice
    --- define
    class Model:
        rate = 1.0
    --- data
    old = Model()
    --- define
    class Model:
        rate = 5.0
    --- evaluate
    metrics = {"v": (Model().rate + 10 * old.rate) * level}
    === helper_redefined_behind
    --- define
    def score(x):
        return x
    --- data
    base = score(3.0)
    --- behind
    def score(x):
        return -7 * x
    --- evaluate
    metrics = {"v": (score(1.0) + base) * level}
    === class_redefined_behind
    --- define
    class Model:
        rate = 1.0
    --- data
    old = Model()
    --- behind
    class Model:
        rate = 5.0
    --- evaluate
    metrics = {"v": (Model().rate + 10 * old.rate) * level}
    === helper_wrapped_behind
    --- define
    def score(x):
        return x
    --- data
    base = score(3.0)
    --- behind
    plain = score
    def score(x):
        return plain(x) + 100
    --- evaluate
    metrics = {"v": (score(1.0) + base) * level}
    === import_replaced_behind
    --- data
    from math import floor as near
    base = near(2.5)
    --- behind
    from math import ceil as near
    --- evaluate
    metrics = {"v": near(2.5) * level + base}
    === name_of_a_module_rebound_behind
    --- data
    import math
    base = math.floor(2.5)
    --- behind
    import cmath as math
    --- evaluate
    metrics = {"v": float(hasattr(math, "floor")) + base + level}
    === parameter_rebound_behind
    --- parameters
    rate = 0.5
    --- data
    base = 2.0
    --- behind
    rate = 0.9
    --- evaluate
    metrics = {"v": rate * base * level}
    === loop_variable_rebound_behind
    --- data
    for k in range(3):
        base = k * 2.0
    --- behind
    for k in range(10):
        print(k)
    --- evaluate
    metrics = {"v": k + base * level}
    === walrus_rebinds_behind
    --- data
    n = 3.0
    --- behind
    print(n := 7.0)
    --- evaluate
    metrics = {"v": n * level}
    === comprehension_walrus_rebinds_behind
    --- data
    last = 3.0
    --- behind
    any((last := k) > 4 for k in range(9))
    --- evaluate
    metrics = {"v": last * level}
    === with_rebinds_behind
    --- data
    handle = 3.0
    --- behind
    import contextlib
    with contextlib.nullcontext(8.0) as handle:
        pass
    --- evaluate
    metrics = {"v": handle * level}
    === import_rebinds_behind
    --- data
    pi = 3.0
    --- behind
    from math import pi
    --- evaluate
    metrics = {"v": pi * level}
    === star_import_rebinds_behind
    --- data
    pi, e = 3.0, 2.0
    --- behind
    from math import *
    --- evaluate
    metrics = {"v": pi * e * level}
    === match_rebinds_behind
    --- data
    x = 3.0
    --- behind
    match [1.0, 9.0]:
        case [_, x]:
            pass
    --- evaluate
    metrics = {"v": x * level}
    === deleted_behind
    --- data
    x = 3.0
    --- behind
    del x
    --- evaluate
    try:
        worth = x
    except NameError:
        worth = 50.0
    metrics = {"v": worth * level}
    === axis_read_after_a_plot
    --- data
    import matplotlib.pyplot as plt
    xs = [0.0, 1.0, 2.0]
    --- train
    fig, ax = plt.subplots()
    ax.plot(xs, xs)
    ax.set_ylim(0, 3)
    level = 1.0
    --- evaluate
    metrics = {"v": ax.get_ylim()[1] * level}
    === axis_limits_set_behind
    --- data
    import matplotlib.pyplot as plt
    fig, ax = plt.subplots()
    --- behind
    ax.set_xlim(0, 50)
    --- evaluate
    metrics = {"v": ax.get_xlim()[1] * level}
    === lines_counted_after_a_plot_behind
    --- data
    import matplotlib.pyplot as plt
    fig, ax = plt.subplots()
    ax.plot([1, 2])
    --- behind
    ax.plot([3, 4])
    --- evaluate
    metrics = {"v": len(ax.lines) * level}
    === current_axis_of_the_process
    --- data
    import matplotlib.pyplot as plt
    plt.figure()
    plt.plot([0, 1])
    --- behind
    plt.xlim(0, 40)
    --- evaluate
    metrics = {"v": plt.gca().get_xlim()[1] * level}
    === histogram_counts_used
    --- data
    import matplotlib.pyplot as plt
    xs = [1.0, 1.0, 2.0]
    counts, edges, _ = plt.hist(xs, bins=2)
    --- evaluate
    metrics = {"v": float(counts[0] + edges[-1]) * level}
    === color_cycle_moved_on
    --- data
    import matplotlib.pyplot as plt
    fig, ax = plt.subplots()
    --- behind
    ax.plot([1, 2])
    --- evaluate
    (line,) = ax.plot([1, 2])
    from matplotlib.colors import to_rgb
    metrics = {"v": to_rgb(line.get_color())[0] + level}
    === rc_parameters_read
    --- data
    import matplotlib.pyplot as plt
    base = 1.0
    --- behind
    plt.rcParams["lines.linewidth"] = 7.0
    --- evaluate
    metrics = {"v": plt.rcParams["lines.linewidth"] * base * level}
    === environment_before_an_import
    --- data
    import os
    os.environ["OWN_SCALE"] = "3"
    from own_settings import SCALE
    --- text: own_settings.py
    import os
    SCALE = float(os.environ.get("OWN_SCALE", "1"))
    --- evaluate
    metrics = {"v": SCALE * level}
    === own_module_with_a_state
    --- text: own_state.py
    values = [1.0]


    def add(x):
        values.append(x)
    --- data
    import own_state
    base = 1.0
    --- behind
    own_state.add(8.0)
    --- evaluate
    metrics = {"v": sum(own_state.values) * base * level}
    === own_module_attribute_set
    --- text: own_constants.py
    RATE = 1.0


    def scaled(x):
        return x * RATE
    --- data
    import own_constants
    base = 1.0
    --- behind
    own_constants.RATE = 6.0
    --- evaluate
    metrics = {"v": own_constants.scaled(base) * level}
    === own_module_draws
    --- text: own_noise.py
    import numpy as np


    def noise():
        return np.random.rand()
    --- data
    import own_noise
    np.random.seed(2)
    base = np.random.rand()
    --- behind
    own_noise.noise()
    --- evaluate
    metrics = {"v": float(np.random.rand() + base) * level}
    === own_module_changes_its_argument
    --- text: own_tools.py
    def clean(rows):
        rows.append(4.0)
        return len(rows)
    --- data
    from own_tools import clean
    rows = [1.0]
    --- behind
    clean(rows)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === own_module_cached
    --- text: own_cache.py
    from functools import lru_cache

    CALLS = []


    @lru_cache
    def load(name):
        CALLS.append(name)
        return len(CALLS)
    --- data
    import own_cache
    base = own_cache.load("a")
    --- behind
    own_cache.load("b")
    --- evaluate
    metrics = {"v": own_cache.load("c") * level + base}
    === stage_order_by_data_flow
    --- evaluate data
    rows = [1.0, 2.0]
    --- train
    level = sum(rows)
    rows.append(9.0)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === list_shared_by_two_stages
    --- data
    rows = [1.0]
    --- features
    features = rows
    features.append(2.0)
    --- train
    rows.append(3.0)
    level = 1.0
    --- evaluate
    metrics = {"v": sum(features) * level}
    === metrics_filled_in_two_cells
    --- data
    metrics = {"start": 1.0}
    --- evaluate
    metrics["v"] = len(metrics) * level
    === metrics_changed_behind
    --- data
    base = 2.0
    --- train
    level = 1.0
    --- evaluate
    metrics = {"v": base * level}
    --- behind
    metrics["v"] = 50.0
    === conditional_definition
    --- define
    fast = 1 > 2
    if fast:
        def score(x):
            return x
    else:
        def score(x):
            return -x
    --- data
    base = score(3.0)
    --- evaluate
    metrics = {"v": score(1.0) * level + base}
    === function_attribute_counts_in_stages
    --- define
    def score(x):
        score.calls += 1
        return x * score.calls
    score.calls = 0
    --- data
    base = score(3.0)
    --- evaluate
    metrics = {"v": score(1.0) * level + base}
    === global_changed_by_a_stage_function
    --- define
    total = 0.0

    def add(x):
        global total
        total += x
        return total
    --- data
    base = add(3.0)
    --- evaluate
    metrics = {"v": add(1.0) * level + base + total}
    === type_annotation_evaluated
    --- data
    seen = []
    x: seen.append(3) = 1.0
    --- evaluate
    metrics = {"v": len(seen) + x * level}
    === name_of_the_module_read
    --- data
    here = __name__
    --- evaluate
    metrics = {"v": float(here == "__main__") + level}
    === chained_comparison_of_identity
    --- data
    rows = [1.0]
    same = rows
    --- features
    kept = same
    --- evaluate
    metrics = {"v": float(kept is rows) + level}
    === class_written_twice_reads_another_import
    --- data
    from math import floor as low
    class F:
        def __call__(self, x):
            return low(x)
    first = F()(4.5)
    --- train
    from math import ceil as low
    class F:
        def __call__(self, x):
            return low(x)
    second = F()(4.5)
    --- evaluate
    metrics = {"v": first * 10 + second}
    """
)
