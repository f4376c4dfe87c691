"""Objects that a cell changes by ways that do not look like it: calls, methods, callbacks, operators, attributes."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === own_method_changes_self
    --- define
    class Scaler:
        def __init__(self):
            self.factor = 1.0

        def learn(self, rows):
            self.factor = sum(rows)
    --- data
    scaler = Scaler()
    --- behind
    scaler.learn([4, 5])
    --- evaluate
    metrics = {"v": scaler.factor * level}
    === own_method_two_calls_deep
    --- define
    class Store:
        def __init__(self):
            self.rows = []

        def add(self, row):
            self._put(row)

        def _put(self, row):
            self.rows += [row]
    --- data
    store = Store()
    store.add(2)
    --- behind
    store.add(7)
    --- evaluate
    metrics = {"v": sum(store.rows) * level}
    === method_of_a_member
    --- define
    class Log:
        def __init__(self):
            self.lines = []

    class Trainer:
        def __init__(self):
            self.log = Log()

        def note(self, text):
            self.log.lines.append(text)
    --- data
    trainer = Trainer()
    --- behind
    trainer.note("x")
    --- evaluate
    metrics = {"v": len(trainer.log.lines) + level}
    === fluent_method
    --- define
    class Query:
        def __init__(self):
            self.parts = []

        def where(self, part):
            self.parts.append(part)
            return self
    --- data
    query = Query()
    --- behind
    print(query.where(1).where(2))
    --- evaluate
    metrics = {"v": len(query.parts) + level}
    === changed_by_its_property
    --- define
    class Meter:
        reads = 0

        @property
        def value(self):
            self.reads += 1
            return 3.0
    --- data
    meter = Meter()
    --- behind
    meter.value
    --- evaluate
    metrics = {"v": meter.reads + level}
    === changed_by_a_setter
    --- define
    class Knob:
        def __init__(self):
            self._at = 1

        @property
        def at(self):
            return self._at

        @at.setter
        def at(self, value):
            self._at = value * 2
    --- data
    knob = Knob()
    --- behind
    knob.at = 4
    --- evaluate
    metrics = {"v": knob.at * level}
    === changed_by_repr
    --- define
    class Chatty:
        shown = 0

        def __repr__(self):
            Chatty.shown += 1
            return "chatty"
    --- data
    chatty = Chatty()
    --- behind
    print(chatty, [chatty])
    --- evaluate
    metrics = {"v": Chatty.shown + level}
    === changed_by_eq
    --- define
    class Key:
        asked = 0

        def __eq__(self, other):
            self.asked += 1
            return True

        __hash__ = None
    --- data
    key = Key()
    --- behind
    key == 3
    --- evaluate
    metrics = {"v": key.asked + level}
    === changed_by_call
    --- define
    class Counter_:
        def __init__(self):
            self.n = 0

        def __call__(self):
            self.n += 1
            return self.n
    --- data
    count = Counter_()
    --- behind
    [count() for _ in range(3)]
    --- evaluate
    metrics = {"v": count() * level}
    === changed_by_an_augmented_operator
    --- define
    class Total:
        def __init__(self):
            self.sum = 0

        def __iadd__(self, x):
            self.sum += x
            return self
    --- data
    total = Total()
    kept = total
    --- behind
    total += 5
    --- evaluate
    metrics = {"v": kept.sum + level}
    === changed_by_a_left_shift
    --- define
    class Pipe:
        def __init__(self):
            self.steps = []

        def __lshift__(self, step):
            self.steps.append(step)
            return self
    --- data
    pipe = Pipe()
    --- behind
    pipe << "a" << "b"
    --- evaluate
    metrics = {"v": len(pipe.steps) + level}
    === changed_on_entering
    --- define
    class Stage:
        depth = 0

        def __enter__(self):
            self.depth += 1

        def __exit__(self, *error):
            return None
    --- data
    stage = Stage()
    --- behind
    with stage:
        print("in")
    --- evaluate
    metrics = {"v": stage.depth + level}
    === list_changed_by_an_alias
    --- data
    rows = [1, 2]
    view = rows
    --- behind
    view.extend([5, 6])
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === alias_of_an_alias_in_a_tuple
    --- data
    rows = [1, 2]
    pair = (rows, "name")
    held = pair
    --- behind
    held[0].insert(0, 9)
    --- evaluate
    metrics = {"v": rows[0] * level}
    === alias_by_a_conditional
    --- data
    left, right = [1], [2]
    --- behind
    chosen = left if level > 0 else right
    chosen.append(8)
    --- evaluate
    metrics = {"v": (sum(left) + 2 * sum(right)) * level}
    === alias_by_or
    --- data
    given = [3]
    --- behind
    used = given or []
    used.append(1)
    --- evaluate
    metrics = {"v": sum(given) * level}
    === alias_by_a_walrus
    --- data
    rows = [3]
    --- behind
    if (same := rows):
        same.append(4)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === alias_by_a_parameter_default
    --- data
    rows = [3]
    --- behind
    def grow(x, into=rows):
        into.append(x)
    grow(9)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === alias_returned_by_a_function
    --- define
    def same(x):
        return x
    --- data
    rows = [3]
    --- behind
    same(rows).append(2)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === alias_returned_by_a_method
    --- define
    class Book:
        def __init__(self):
            self.pages = {}

        def page(self, n):
            return self.pages.setdefault(n, [])
    --- data
    book = Book()
    --- behind
    book.page(3).append("x")
    --- evaluate
    metrics = {"v": len(book.pages) + level}
    === alias_in_a_class_attribute
    --- define
    class Shared:
        cache = []
    --- data
    one, two = Shared(), Shared()
    --- behind
    one.cache.append(3)
    --- evaluate
    metrics = {"v": sum(two.cache) + level}
    === star_unpacked_elements
    --- data
    groups = [[1], [2], [3]]
    --- behind
    first, *rest = groups
    rest[0].append(7)
    --- evaluate
    metrics = {"v": sum(map(sum, groups)) * level}
    === slice_of_nested_rows
    --- data
    groups = [[1], [2], [3]]
    --- behind
    for row in groups[:2]:
        row.clear()
    --- evaluate
    metrics = {"v": sum(map(sum, groups)) * level}
    === sorted_elements_changed
    --- data
    groups = [{"n": 3}, {"n": 1}]
    --- behind
    for entry in sorted(groups, key=lambda entry: entry["n"]):
        entry["n"] *= 10
    --- evaluate
    metrics = {"v": sum(entry["n"] for entry in groups) * level}
    === largest_element_changed
    --- data
    groups = [[1], [2, 2]]
    --- behind
    max(groups, key=len).append(5)
    --- evaluate
    metrics = {"v": sum(map(sum, groups)) * level}
    === reversed_elements_changed
    --- data
    groups = [[1], [2]]
    --- behind
    for row in reversed(groups):
        row[0] = 9
        break
    --- evaluate
    metrics = {"v": sum(map(sum, groups)) * level}
    === elements_by_zip
    --- define
    class Item:
        def __init__(self, price):
            self.price = price
    --- data
    items = [Item(1.0), Item(2.0)]
    --- behind
    for item, factor in zip(items, [10, 20]):
        item.price *= factor
    --- evaluate
    metrics = {"v": sum(item.price for item in items) * level}
    === elements_by_items
    --- data
    groups = {"a": {"w": 1}, "b": {"w": 2}}
    --- behind
    for name, entry in groups.items():
        entry.update(w=0)
    --- evaluate
    metrics = {"v": sum(entry["w"] for entry in groups.values()) + level}
    === elements_by_a_filter
    --- data
    groups = [[1], [2, 3]]
    --- behind
    for row in filter(None, groups):
        row.pop()
    --- evaluate
    metrics = {"v": sum(map(len, groups)) + level}
    === elements_by_chain
    --- data
    from itertools import chain
    left, right = [[1]], [[2]]
    --- behind
    for row in chain(left, right):
        row.append(4)
    --- evaluate
    metrics = {"v": sum(right[0]) * level}
    === elements_of_a_comprehension
    --- data
    groups = [[3, 1], [2]]
    --- behind
    [row.sort() for row in groups]
    --- evaluate
    metrics = {"v": groups[0][0] * level}
    === list_of_mapped_append
    --- data
    rows = [1, 2]
    --- behind
    list(map(rows.append, [10, 20]))
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === callback_two_calls_deep
    --- define
    def each(values, do):
        for value in values:
            do(value)

    def run(values, do):
        each(values, do)
    --- data
    seen = []
    --- behind
    run([4, 5], seen.append)
    --- evaluate
    metrics = {"v": sum(seen) * level}
    === callback_stored_then_fired
    --- define
    class Bus:
        def __init__(self):
            self.handlers = []

        def on(self, handler):
            self.handlers.append(handler)

        def fire(self, value):
            for handler in self.handlers:
                handler(value)
    --- data
    totals = []
    bus = Bus()
    bus.on(totals.append)
    --- behind
    bus.fire(6)
    --- evaluate
    metrics = {"v": sum(totals) + level}
    === callback_by_a_keyword
    --- define
    def fit(rows, *, callback=None):
        for row in rows:
            if callback:
                callback(row)
    --- data
    history = {}
    --- behind
    fit([1, 2], callback=lambda row: history.update({row: row}))
    --- evaluate
    metrics = {"v": len(history) + level}
    === apply_with_an_effect
    --- data
    seen = []
    frame = pd.DataFrame({"a": [1, 2]})
    --- behind
    frame["a"].apply(seen.append)
    --- evaluate
    metrics = {"v": sum(seen) + level}
    === applied_rows_fill_a_dict
    --- data
    totals = {}
    frame = pd.DataFrame({"k": ["x", "y"], "a": [1, 2]})
    --- behind
    def collect(row):
        totals[row["k"]] = row["a"]
    frame.apply(collect, axis=1)
    --- evaluate
    metrics = {"v": sum(totals.values()) + level}
    === sort_key_with_an_effect
    --- data
    asked = []
    --- behind
    sorted([3, 1, 2], key=lambda x: asked.append(x) or x)
    --- evaluate
    metrics = {"v": len(asked) + level}
    === reduce_into_a_list
    --- data
    from functools import reduce
    start = []
    --- behind
    reduce(lambda into, x: into.append(x) or into, [1, 2, 3], start)
    --- evaluate
    metrics = {"v": sum(start) + level}
    === any_with_an_effect
    --- data
    tried = []
    --- behind
    any(tried.append(k) for k in range(4))
    --- evaluate
    metrics = {"v": len(tried) + level}
    === operator_setitem
    --- data
    import operator
    config = {"rate": 1.0}
    --- behind
    operator.setitem(config, "rate", 3.0)
    --- evaluate
    metrics = {"v": config["rate"] * level}
    === operator_iadd
    --- data
    from operator import iadd
    rows = [1.0]
    --- behind
    iadd(rows, [5.0])
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === operator_delitem
    --- data
    import operator
    rows = [1.0, 2.0, 4.0]
    --- behind
    operator.delitem(rows, 0)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === operator_attrgetter
    --- define
    class Box:
        def __init__(self):
            self.rows = [1.0]
    --- data
    import operator
    box = Box()
    --- behind
    operator.attrgetter("rows")(box).append(4.0)
    --- evaluate
    metrics = {"v": sum(box.rows) * level}
    === dunder_called_by_name
    --- data
    rows = [1.0, 2.0]
    --- behind
    rows.__setitem__(0, 50.0)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === unbound_method_of_list
    --- data
    rows = [1.0, 2.0]
    --- behind
    list.append(rows, 3.0)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === unbound_method_of_an_own_class
    --- define
    class Tank:
        def __init__(self):
            self.level = 1.0

        def fill(self, x):
            self.level += x
    --- data
    tank = Tank()
    --- behind
    Tank.fill(tank, 4.0)
    --- evaluate
    metrics = {"v": tank.level * level}
    === mutable_default
    --- define
    def remember(x, seen=[]):
        seen.append(x)
        return len(seen)
    --- data
    first = remember("a")
    --- behind
    remember("b")
    --- evaluate
    metrics = {"v": (remember("c") + first) * level}
    === mutable_default_of_a_method
    --- define
    class Names:
        def add(self, name, into={}):
            into[name] = len(into)
            return into[name]
    --- data
    base = Names().add("a")
    --- behind
    Names().add("b")
    --- evaluate
    metrics = {"v": Names().add("c") + base + level}
    === mutable_default_of_a_lambda
    --- define
    note = lambda x, seen=[]: seen.append(x) or len(seen)
    --- data
    base = note(1)
    --- behind
    note(2)
    --- evaluate
    metrics = {"v": note(3) + base + level}
    === closure_over_a_list
    --- define
    def recorder():
        rows = []

        def record(x):
            rows.append(x)
            return sum(rows)
        return record
    --- data
    record = recorder()
    --- behind
    record(5)
    --- evaluate
    metrics = {"v": record(1) * level}
    === two_closures_share_a_variable
    --- define
    def account():
        money = 1

        def pay(x):
            nonlocal money
            money += x

        def look():
            return money
        return pay, look
    --- data
    pay, look = account()
    --- behind
    pay(10)
    --- evaluate
    metrics = {"v": look() * level}
    === function_attribute
    --- define
    def step():
        step.calls += 1
        return step.calls

    step.calls = 0
    --- data
    base = step()
    --- behind
    step(), step()
    --- evaluate
    metrics = {"v": (step() + base) * level}
    === global_statement_in_a_helper
    --- define
    counter = 0

    def bump():
        global counter
        counter += 1
        return counter
    --- data
    base = bump()
    --- behind
    bump()
    --- evaluate
    metrics = {"v": (bump() + base) * level}
    === global_statement_behind
    --- data
    factor = 1.0
    --- behind
    def tune():
        global factor
        factor = 5.0
    tune()
    --- evaluate
    metrics = {"v": factor * level}
    === globals_written
    --- data
    factor = 1.0
    --- behind
    globals()["factor"] = 4.0
    --- evaluate
    metrics = {"v": factor * level}
    === globals_updated
    --- data
    factor = 1.0
    --- behind
    names = globals()
    names.update(factor=8.0)
    --- evaluate
    metrics = {"v": factor * level}
    === setattr_of_an_object
    --- define
    class Config:
        rate = 1.0
    --- data
    config = Config()
    --- behind
    for name, value in [("rate", 3.0)]:
        setattr(config, name, value)
    --- evaluate
    metrics = {"v": config.rate * level}
    === setattr_of_a_class
    --- define
    class Config:
        rate = 1.0
    --- data
    config = Config()
    --- behind
    setattr(Config, "rate", 6.0)
    --- evaluate
    metrics = {"v": config.rate * level}
    === dict_of_an_object
    --- define
    class Config:
        def __init__(self):
            self.rate = 1.0
    --- data
    config = Config()
    --- behind
    config.__dict__["rate"] = 2.0
    --- evaluate
    metrics = {"v": config.rate * level}
    === vars_of_an_object
    --- define
    class Config:
        def __init__(self):
            self.rate = 1.0
    --- data
    config = Config()
    --- behind
    vars(config).update(rate=7.0)
    --- evaluate
    metrics = {"v": config.rate * level}
    === delattr_of_an_object
    --- define
    class Config:
        rate = 1.0
    --- data
    config = Config()
    config.rate = 9.0
    --- behind
    delattr(config, "rate")
    --- evaluate
    metrics = {"v": config.rate * level}
    === object_setattr_of_a_frozen_dataclass
    --- define
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Point:
        x: float = 1.0
    --- data
    point = Point()
    --- behind
    object.__setattr__(point, "x", 4.0)
    --- evaluate
    metrics = {"v": point.x * level}
    === item_deleted
    --- data
    rows = {"a": 1.0, "b": 2.0}
    --- behind
    del rows["a"]
    --- evaluate
    metrics = {"v": sum(rows.values()) * level}
    === slice_deleted_through_an_alias
    --- data
    rows = [1, 2, 3, 4]
    --- behind
    other = rows
    del other[1:3]
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === slice_assigned
    --- data
    rows = [1, 2, 3, 4]
    --- behind
    rows[:] = [7]
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === loop_target_is_an_item
    --- data
    config = {"k": 0}
    --- behind
    for config["k"] in range(5):
        pass
    --- evaluate
    metrics = {"v": config["k"] + level}
    === loop_target_is_an_attribute
    --- define
    class Box:
        k = 0
    --- data
    box = Box()
    --- behind
    for box.k in range(3):
        print(box.k)
    --- evaluate
    metrics = {"v": box.k + level}
    === unpacked_into_items
    --- data
    pair = [1, 2]
    --- behind
    pair[0], pair[1] = pair[1], pair[0]
    --- evaluate
    metrics = {"v": pair[0] * level}
    === with_target_is_an_attribute
    --- define
    from contextlib import nullcontext

    class Box:
        k = 0
    --- data
    box = Box()
    --- behind
    with nullcontext(5) as box.k:
        pass
    --- evaluate
    metrics = {"v": box.k + level}
    === changed_in_a_branch
    --- data
    rows = [1.0]
    --- behind
    if level > 0.5:
        try:
            rows.append(2.0)
        finally:
            print("done")
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === changed_by_a_match
    --- data
    state = {"rows": [1.0]}
    --- behind
    match state:
        case {"rows": rows}:
            rows.append(3.0)
    --- evaluate
    metrics = {"v": sum(state["rows"]) * level}
    === changed_in_a_nested_function
    --- data
    rows = [1.0]
    --- behind
    def outer():
        def inner():
            rows.append(4.0)
        inner()
    outer()
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === changed_by_a_decorated_helper
    --- define
    import functools

    def timed(function):
        @functools.wraps(function)
        def inner(*words, **named):
            return function(*words, **named)
        return inner
    --- data
    rows = [1.0]
    --- behind
    @timed
    def grow(into):
        into.append(3.0)
    grow(rows)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === changed_by_a_dispatch_table
    --- data
    rows = [1.0]
    --- behind
    actions = {"drop": lambda: rows.clear(), "add": lambda: rows.append(2.0)}
    for name in ["add", "add"]:
        actions[name]()
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === changed_by_singledispatch
    --- define
    from functools import singledispatch

    @singledispatch
    def absorb(x, into):
        into.append(0.0)

    @absorb.register
    def _(x: int, into):
        into.append(float(x))
    --- data
    rows = [1.0]
    --- behind
    absorb(5, rows)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === changed_by_keywords_unpacked
    --- define
    def merge(into, extra):
        into.update(extra)
    --- data
    config = {"rate": 1.0}
    --- behind
    merge(**{"into": config, "extra": {"rate": 9.0}})
    --- evaluate
    metrics = {"v": config["rate"] * level}
    === changed_by_arguments_unpacked
    --- define
    def swap(left, right):
        left[:], right[:] = right[:], left[:]
    --- data
    pair = ([1.0], [2.0])
    --- behind
    swap(*pair)
    --- evaluate
    metrics = {"v": pair[0][0] * level}
    === heap_pushed
    --- data
    import heapq
    heap = [3, 5]
    --- behind
    heapq.heappush(heap, 1)
    --- evaluate
    metrics = {"v": heap[0] * level}
    === bisect_inserted
    --- data
    import bisect
    rows = [1, 5]
    --- behind
    bisect.insort(rows, 3)
    --- evaluate
    metrics = {"v": rows[1] * level}
    === python_shuffled_in_place
    --- data
    import random
    rows = list(range(50))
    --- behind
    random.Random(1).shuffle(rows)
    --- evaluate
    metrics = {"v": rows[0] + level}
    === counter_updated
    --- data
    from collections import Counter
    counts = Counter("aab")
    --- behind
    counts.update("bbb")
    --- evaluate
    metrics = {"v": counts["b"] * level}
    === counter_subtracted
    --- data
    from collections import Counter
    counts = Counter("aab")
    --- behind
    counts -= Counter("a")
    --- evaluate
    metrics = {"v": counts["a"] * level}
    === deque_rotated
    --- data
    from collections import deque
    ring = deque([1, 2, 3])
    --- behind
    ring.rotate(1)
    --- evaluate
    metrics = {"v": ring[0] * level}
    === ordered_dict_moved
    --- data
    from collections import OrderedDict
    order = OrderedDict(a=1, b=2)
    --- behind
    order.move_to_end("a")
    --- evaluate
    metrics = {"v": next(iter(order.values())) * level}
    === chain_map_written
    --- data
    from collections import ChainMap
    own = {"k": 1}
    both = ChainMap(own, {"k": 5})
    --- behind
    both["k"] = 7
    --- evaluate
    metrics = {"v": own["k"] * level}
    === set_changed_by_an_operator
    --- data
    kept = {1, 2, 3}
    same = kept
    --- behind
    same &= {2}
    --- evaluate
    metrics = {"v": sum(kept) * level}
    === dict_changed_by_a_union
    --- data
    config = {"a": 1}
    --- behind
    config |= {"a": 6}
    --- evaluate
    metrics = {"v": config["a"] * level}
    === namespace_changed
    --- data
    from types import SimpleNamespace
    options = SimpleNamespace(rate=1.0, sub=SimpleNamespace(depth=2.0))
    --- behind
    inner = options.sub
    inner.depth = 9.0
    --- evaluate
    metrics = {"v": options.sub.depth * level}
    === parser_changed
    --- data
    import configparser
    settings = configparser.ConfigParser()
    settings.read_string("[model]\\nrate = 1.5\\n")
    --- behind
    settings.set("model", "rate", "2.5")
    --- evaluate
    metrics = {"v": settings.getfloat("model", "rate") * level}
    === path_extended_in_a_thread
    --- data
    rows = [1.0]
    --- behind
    import threading
    worker = threading.Thread(target=rows.append, args=(4.0,))
    worker.start()
    worker.join()
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === changed_by_an_executor
    --- data
    rows = [1.0]
    --- behind
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(1) as pool:
        pool.submit(rows.append, 6.0)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === exec_of_a_text
    --- data
    rows = [1.0]
    --- behind
    exec("rows.append(2.0)")
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === eval_of_a_text
    --- data
    rows = [1.0]
    --- behind
    eval("rows.append(2.0)")
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === method_replaced_on_an_object
    --- define
    class Rule:
        def score(self):
            return 1.0
    --- data
    rule = Rule()
    --- behind
    rule.score = lambda: 3.0
    --- evaluate
    metrics = {"v": rule.score() * level}
    === method_replaced_on_a_class
    --- define
    class Rule:
        def score(self):
            return 1.0
    --- data
    rule = Rule()
    --- behind
    Rule.score = lambda self: 4.0
    --- evaluate
    metrics = {"v": rule.score() * level}
    === method_replaced_on_the_parent
    --- define
    class Rule:
        def score(self):
            return 1.0

    class Special(Rule):
        pass
    --- data
    rule = Special()
    --- behind
    def better(self):
        return 5.0
    setattr(Rule, "score", better)
    --- evaluate
    metrics = {"v": rule.score() * level}
    === class_of_an_object_changed
    --- define
    class Low:
        def score(self):
            return 1.0

    class High:
        def score(self):
            return 2.0
    --- data
    rule = Low()
    --- behind
    rule.__class__ = High
    --- evaluate
    metrics = {"v": rule.score() * level}
    === defaults_of_a_function_changed
    --- define
    def scale(x=1.0):
        return x
    --- data
    base = scale()
    --- behind
    scale.__defaults__ = (7.0,)
    --- evaluate
    metrics = {"v": (scale() + base) * level}
    === code_of_a_function_replaced
    --- define
    def scale():
        return 1.0

    def other():
        return 2.0
    --- data
    base = scale()
    --- behind
    scale.__code__ = other.__code__
    --- evaluate
    metrics = {"v": (scale() + base) * level}
    === registered_by_a_decorator
    --- define
    steps = []

    def step(function):
        steps.append(function)
        return function

    @step
    def double(x):
        return 2 * x
    --- data
    base = 1.0
    --- behind
    @step
    def half(x):
        return x / 4
    --- evaluate
    value = base
    for one in steps:
        value = one(value)
    metrics = {"v": value * level}
    === registered_by_a_subclass
    --- define
    class Plugin:
        known = []

        def __init_subclass__(cls):
            Plugin.known.append(cls)
    --- data
    base = len(Plugin.known)
    --- behind
    class Extra(Plugin):
        pass
    --- evaluate
    metrics = {"v": len(Plugin.known) + base + level}
    === instances_counted
    --- define
    class Node:
        alive = 0

        def __init__(self):
            Node.alive += 1
    --- data
    root = Node()
    --- behind
    leaf = Node()
    --- evaluate
    metrics = {"v": Node.alive * level}
    === ids_from_a_counter_of_the_class
    --- define
    import itertools

    class Node:
        ids = itertools.count()

        def __init__(self):
            self.id = next(self.ids)
    --- data
    root = Node()
    --- behind
    [Node() for _ in range(3)]
    --- evaluate
    metrics = {"v": Node().id * level}
    === metaclass_that_counts
    --- define
    class Meta(type):
        made = 0

        def __call__(cls, *words):
            Meta.made += 1
            return super().__call__(*words)

    class Node(metaclass=Meta):
        pass
    --- data
    root = Node()
    --- behind
    Node()
    --- evaluate
    metrics = {"v": Meta.made * level}
    === singleton_changed
    --- define
    class Settings:
        _one = None

        def __new__(cls):
            if cls._one is None:
                cls._one = super().__new__(cls)
                cls._one.rate = 1.0
            return cls._one
    --- data
    settings = Settings()
    --- behind
    Settings().rate = 8.0
    --- evaluate
    metrics = {"v": settings.rate * level}
    === linked_objects
    --- define
    class Node:
        def __init__(self, value, after=None):
            self.value, self.after = value, after
    --- data
    tail = Node(1.0)
    head = Node(2.0, tail)
    --- behind
    head.after.value = 30.0
    --- evaluate
    metrics = {"v": tail.value * level}
    === parent_and_child_hold_each_other
    --- define
    class Child:
        def __init__(self, parent):
            self.parent = parent

        def grow(self):
            self.parent.size += 1

    class Parent:
        def __init__(self):
            self.size = 1
            self.children = [Child(self)]
    --- data
    parent = Parent()
    --- behind
    for child in parent.children:
        child.grow()
    --- evaluate
    metrics = {"v": parent.size * level}
    === delegated_by_getattr
    --- define
    class Proxy:
        def __init__(self, target):
            self.target = target

        def __getattr__(self, name):
            return getattr(self.target, name)
    --- data
    rows = [1.0]
    proxy = Proxy(rows)
    --- behind
    proxy.append(6.0)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === subclass_of_list
    --- define
    class Rows(list):
        def grow(self, n):
            self.extend(range(n))
            return self
    --- data
    rows = Rows([1])
    --- behind
    rows.grow(4)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === subclass_of_dict
    --- define
    class Options(dict):
        def __setattr__(self, name, value):
            self[name] = value
    --- data
    options = Options(rate=1.0)
    --- behind
    options.rate = 3.0
    --- evaluate
    metrics = {"v": options["rate"] * level}
    === generator_function_with_an_effect
    --- define
    seen = []

    def walk(rows):
        for row in rows:
            seen.append(row)
            yield row
    --- data
    base = sum(walk([1, 2]))
    --- behind
    for row in walk([5, 6]):
        break
    --- evaluate
    metrics = {"v": len(seen) + base + level}
    === sent_into_a_generator
    --- define
    def averager():
        total, n = 0.0, 0
        value = yield 0.0
        while True:
            total, n = total + value, n + 1
            value = yield total / n
    --- data
    mean = averager()
    next(mean)
    --- behind
    mean.send(10.0)
    --- evaluate
    metrics = {"v": mean.send(2.0) * level}
    === exit_stack_callback
    --- data
    rows = [1.0]
    --- behind
    from contextlib import ExitStack
    with ExitStack() as stack:
        stack.callback(rows.append, 5.0)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    """
)
