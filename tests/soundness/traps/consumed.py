"""Reading that is a change: iterators and files used up, caches filled, defaults made."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === in_on_an_iterator
    --- data
    it = iter([1, 2, 3, 4])
    --- behind
    print(2 in it)
    --- evaluate
    metrics = {"v": sum(it) + level}
    === max_of_an_iterator
    --- data
    it = map(abs, [-1, -2])
    --- behind
    max(it)
    --- evaluate
    metrics = {"v": sum(it) + level}
    === list_of_a_filter
    --- data
    it = filter(None, [1, 0, 2])
    --- behind
    list(it)
    --- evaluate
    metrics = {"v": sum(it) + level}
    === islice_of_a_generator
    --- data
    squares = (k * k for k in range(9))
    --- behind
    from itertools import islice
    print(list(islice(squares, 3)))
    --- evaluate
    metrics = {"v": sum(squares) + level}
    === tqdm_over_a_generator
    --- data
    squares = (k * k for k in range(9))
    --- behind
    from tqdm import tqdm
    for square in tqdm(squares):
        if square > 4:
            break
    --- evaluate
    metrics = {"v": sum(squares) + level}
    === for_with_a_break
    --- data
    lines = iter("abcdef")
    --- behind
    for line in lines:
        break
    --- evaluate
    metrics = {"v": len(list(lines)) + level}
    === unpacked_iterator
    --- data
    it = iter([5, 6])
    --- behind
    first, second = it
    --- evaluate
    metrics = {"v": len(list(it)) + level}
    === starred_iterator
    --- data
    it = iter([5, 6])
    --- behind
    print(*it)
    --- evaluate
    metrics = {"v": sum(it) + level}
    === starred_into_a_list
    --- data
    it = iter([5, 6])
    --- behind
    shown = [0, *it]
    --- evaluate
    metrics = {"v": sum(it) + level}
    === zip_in_a_dict
    --- data
    pairs = zip("ab", [1, 2])
    --- behind
    dict(pairs)
    --- evaluate
    metrics = {"v": len(dict(pairs)) + level}
    === enumerate_read
    --- data
    numbered = enumerate(["a", "b", "c"], start=1)
    --- behind
    next(numbered)
    --- evaluate
    metrics = {"v": next(numbered)[0] * level}
    === comprehension_over_an_iterator
    --- data
    it = iter(range(5))
    --- behind
    [k for k in it if k < 3]
    --- evaluate
    metrics = {"v": len(list(it)) + level}
    === joined_iterator
    --- data
    words = (word for word in ["a", "b"])
    --- behind
    ", ".join(words)
    --- evaluate
    metrics = {"v": len(list(words)) + level}
    === any_of_an_iterator
    --- data
    flags = iter([False, True, True])
    --- behind
    any(flags)
    --- evaluate
    metrics = {"v": sum(flags) + level}
    === set_of_a_reversed_list
    --- data
    backwards = reversed([1, 2])
    --- behind
    set(backwards)
    --- evaluate
    metrics = {"v": sum(backwards) + level}
    === iterator_in_a_container
    --- data
    feeds = {"train": iter([1, 2, 3]), "test": iter([4])}
    --- behind
    next(feeds["train"])
    --- evaluate
    metrics = {"v": sum(feeds["train"]) * level}
    === iterator_as_an_attribute
    --- define
    class Feed:
        def __init__(self, rows):
            self.rows = iter(rows)

        def batch(self, n):
            return [next(self.rows) for _ in range(n)]
    --- data
    feed = Feed(range(10))
    --- behind
    feed.batch(2)
    --- evaluate
    metrics = {"v": sum(feed.batch(2)) * level}
    === own_iterator_class
    --- define
    class Countdown:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n <= 0:
                raise StopIteration
            self.n -= 1
            return self.n
    --- data
    count = Countdown(5)
    --- behind
    for k in count:
        if k == 3:
            break
    --- evaluate
    metrics = {"v": sum(count) + level}
    === iterator_in_a_helper
    --- define
    def first(rows):
        for row in rows:
            return row
    --- data
    it = iter([7, 8])
    --- behind
    print(first(it))
    --- evaluate
    metrics = {"v": first(it) * level}
    === tee_of_an_iterator
    --- data
    it = iter([1, 2, 3])
    --- behind
    from itertools import tee
    left, right = tee(it)
    next(left)
    --- evaluate
    metrics = {"v": sum(it) + level}
    === chained_iterator
    --- data
    from itertools import chain
    both = chain([1], [2, 3])
    --- behind
    next(both)
    --- evaluate
    metrics = {"v": sum(both) + level}
    === cycle_moved_on
    --- data
    from itertools import cycle
    colors = cycle([1, 2, 3])
    --- behind
    next(colors)
    --- evaluate
    metrics = {"v": next(colors) * level}
    === count_moved_on_by_zip
    --- data
    from itertools import count
    ids = count(1)
    --- behind
    for k, word in zip(ids, "ab"):
        print(k, word)
    --- evaluate
    metrics = {"v": next(ids) * level}
    === groups_of_groupby
    --- data
    from itertools import groupby
    groups = groupby([1, 1, 2])
    --- behind
    for key, members in groups:
        print(key, list(members))
    --- evaluate
    metrics = {"v": len(list(groups)) + level}
    === source_of_a_lazy_map
    --- data
    it = iter([1, 2, 3])
    doubled = map(lambda x: 2 * x, it)
    --- behind
    next(it)
    --- evaluate
    metrics = {"v": sum(doubled) + level}
    === delegated_source
    --- define
    def through(rows):
        yield from rows
    --- data
    it = iter([1, 2, 3])
    --- behind
    next(through(it))
    --- evaluate
    metrics = {"v": sum(it) + level}
    === array_from_an_iterator
    --- data
    it = iter([1.0, 2.0])
    --- behind
    np.fromiter(it, float)
    --- evaluate
    metrics = {"v": sum(it) + level}
    === frame_of_an_iterator
    --- data
    it = zip([1, 2], [3, 4])
    --- behind
    pd.DataFrame(it)
    --- evaluate
    metrics = {"v": len(list(it)) + level}
    === dict_iterator
    --- data
    remaining = iter({"a": 1, "b": 2}.items())
    --- behind
    next(remaining)
    --- evaluate
    metrics = {"v": len(list(remaining)) + level}
    === generator_closed
    --- data
    squares = (k * k for k in range(4))
    --- behind
    squares.close()
    --- evaluate
    metrics = {"v": sum(squares) + level}
    === comparison_with_min
    --- data
    it = iter([3, 1, 2])
    --- behind
    assert min(it) == 1
    --- evaluate
    metrics = {"v": len(list(it)) + level}
    === text_stream_read
    --- data
    import io
    stream = io.StringIO("1\\n2\\n3\\n")
    --- behind
    stream.read(2)
    --- evaluate
    metrics = {"v": sum(int(line) for line in stream) + level}
    === stream_read_by_pandas
    --- data
    import io
    stream = io.StringIO("1,2\\n3,4\\n")
    --- behind
    pd.read_csv(stream, header=None)
    --- evaluate
    metrics = {"v": len(stream.read()) + level}
    === stream_sought
    --- data
    import io
    stream = io.BytesIO(b"abcdef")
    --- behind
    stream.seek(4)
    --- evaluate
    metrics = {"v": len(stream.read()) + level}
    === opened_file_read
    --- text: rows.txt
    1
    2
    3
    --- data
    lines = open("rows.txt")
    --- behind
    next(lines)
    --- evaluate
    metrics = {"v": sum(int(line) for line in lines) + level}
    === csv_reader_read
    --- text: rows.csv
    1,2
    3,4
    --- data
    import csv
    reader = csv.reader(open("rows.csv"))
    --- behind
    print(next(reader))
    --- evaluate
    metrics = {"v": len(list(reader)) + level}
    === dict_reader_asked_for_its_header
    --- text: rows.csv
    a,b
    1,2
    3,4
    --- data
    import csv
    reader = csv.DictReader(open("rows.csv"))
    --- behind
    for row in reader:
        print(row)
        break
    --- evaluate
    metrics = {"v": sum(int(row["a"]) for row in reader) + level}
    === chunk_of_a_reader
    --- text: rows.csv
    a
    1
    2
    3
    4
    --- data
    chunks = pd.read_csv("rows.csv", chunksize=2)
    --- behind
    chunks.get_chunk(1)
    --- evaluate
    metrics = {"v": sum(chunk["a"].sum() for chunk in chunks) + level}
    === cursor_fetched
    --- data
    import sqlite3
    base = sqlite3.connect(":memory:")
    base.executescript("create table t (x int); insert into t values (1), (2), (3);")
    cursor = base.execute("select x from t order by x")
    --- behind
    cursor.fetchone()
    --- evaluate
    metrics = {"v": sum(x for (x,) in cursor) + level}
    === match_iterator
    --- data
    import re
    found = re.finditer("a", "banana")
    --- behind
    next(found)
    --- evaluate
    metrics = {"v": len(list(found)) + level}
    === queue_emptied
    --- data
    import queue
    waiting = queue.Queue()
    waiting.put(3)
    waiting.put(4)
    --- behind
    waiting.get()
    --- evaluate
    metrics = {"v": waiting.get() * level}
    === folds_kept_as_an_iterator
    --- data
    from sklearn.model_selection import KFold
    folds = KFold(3).split(np.zeros(9))
    --- behind
    next(folds)
    --- evaluate
    metrics = {"v": len(list(folds)) + level}
    === default_dict_looked_up
    --- data
    from collections import defaultdict
    counts = defaultdict(int, a=1)
    --- behind
    print(counts["b"])
    --- evaluate
    metrics = {"v": len(counts) * level}
    === default_dict_in_a_helper
    --- define
    def look(counts, key):
        return counts[key]
    --- data
    from collections import defaultdict
    counts = defaultdict(list)
    --- behind
    look(counts, "missing")
    --- evaluate
    metrics = {"v": len(counts) + level}
    === default_dict_of_ids
    --- data
    from collections import defaultdict
    ids = defaultdict()
    ids.default_factory = ids.__len__
    base = ids["a"]
    --- behind
    ids["z"]
    --- evaluate
    metrics = {"v": ids["b"] + level}
    === missing_of_an_own_dict
    --- define
    class Memo(dict):
        def __missing__(self, key):
            self[key] = len(self)
            return self[key]
    --- data
    memo = Memo()
    --- behind
    memo["x"], memo["y"]
    --- evaluate
    metrics = {"v": memo["z"] * level}
    === setdefault_is_a_change
    --- data
    config = {}
    --- behind
    config.setdefault("rate", 5.0)
    --- evaluate
    metrics = {"v": config.setdefault("rate", 1.0) * level}
    === cached_property_frozen_early
    --- define
    from functools import cached_property

    class Data:
        def __init__(self):
            self.rows = [1.0]

        @cached_property
        def total(self):
            return sum(self.rows)
    --- data
    table = Data()
    --- behind
    print(table.total)
    --- evaluate
    table.rows.append(9.0)
    metrics = {"v": table.total * level}
    === lru_cache_filled
    --- define
    from functools import lru_cache
    factor = {"k": 1.0}

    @lru_cache
    def scaled(x):
        return x * factor["k"]
    --- data
    base = 2.0
    --- behind
    scaled(3.0)
    --- train
    factor["k"] = 5.0
    level = 1.0
    --- evaluate
    metrics = {"v": scaled(3.0) * base * level}
    === lru_cache_counted
    --- define
    from functools import lru_cache

    @lru_cache
    def square(x):
        return x * x
    --- data
    base = square(2)
    --- behind
    square(2)
    --- evaluate
    metrics = {"v": square.cache_info().hits + base + level}
    === cache_cleared
    --- define
    from functools import cache
    served = []

    @cache
    def fetch(k):
        served.append(k)
        return len(served)
    --- data
    base = fetch(1)
    --- behind
    fetch.cache_clear()
    --- evaluate
    metrics = {"v": fetch(1) + base + level}
    === memo_filled_by_hand
    --- define
    memo = {}
    scale = [1.0]

    def slow(x):
        if x not in memo:
            memo[x] = x * scale[0]
        return memo[x]
    --- data
    base = slow(1.0)
    --- behind
    slow(2.0)
    --- train
    scale[0] = 10.0
    level = base
    --- evaluate
    metrics = {"v": slow(2.0) * level}
    === lazily_loaded_attribute
    --- define
    class Lazy:
        _rows = None
        source = [1.0]

        @property
        def rows(self):
            if self._rows is None:
                self._rows = list(self.source)
            return self._rows
    --- data
    lazy = Lazy()
    --- behind
    len(lazy.rows)
    --- train
    lazy.source.append(6.0)
    level = 1.0
    --- evaluate
    metrics = {"v": sum(lazy.rows) * level}
    === weak_reference_dies
    --- define
    import weakref

    class Thing:
        pass
    --- data
    thing = Thing()
    seen = weakref.WeakSet([thing])
    --- behind
    del thing
    --- evaluate
    metrics = {"v": len(seen) + level}
    === popped_while_shown
    --- data
    stack = [1, 2, 3]
    --- behind
    while stack:
        print(stack.pop())
        break
    --- evaluate
    metrics = {"v": sum(stack) * level}
    """
)
