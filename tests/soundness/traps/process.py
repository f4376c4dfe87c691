"""What belongs to the process or the disk and outlives the cell: settings, environment, patches, files, databases."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === numpy_errors_raised
    --- data
    a = np.array([0.0])
    --- behind
    np.seterr(all="raise")
    --- evaluate
    try:
        worth = float(np.log(a)[0] == -np.inf)
    except FloatingPointError:
        worth = 5.0
    metrics = {"v": worth * level}
    === numpy_error_callback
    --- data
    calls = []
    a = np.array([1.0])
    --- behind
    np.seterrcall(lambda kind, flag: calls.append(kind))
    np.seterr(divide="call")
    --- evaluate
    a / 0
    metrics = {"v": len(calls) + level}
    === decimal_precision
    --- data
    from decimal import Decimal, getcontext
    third = Decimal(3)
    --- behind
    getcontext().prec = 4
    --- evaluate
    metrics = {"v": float(Decimal(1) / third) * level}
    === decimal_rounding_by_setcontext
    --- data
    import decimal
    half = decimal.Decimal("2.5")
    --- behind
    decimal.setcontext(decimal.Context(rounding=decimal.ROUND_UP))
    --- evaluate
    metrics = {"v": float(half.quantize(decimal.Decimal(1))) * level}
    === warnings_become_errors
    --- data
    import warnings
    base = 1.0
    --- behind
    warnings.simplefilter("error")
    --- evaluate
    try:
        warnings.warn("careful")
        worth = base
    except UserWarning:
        worth = 4.0
    metrics = {"v": worth * level}
    === warnings_filtered_by_kind
    --- data
    import warnings
    base = 1.0
    --- behind
    warnings.filterwarnings("error", category=RuntimeWarning)
    --- evaluate
    try:
        np.array([1.0]) / 0
        worth = base
    except RuntimeWarning:
        worth = 4.0
    metrics = {"v": worth * level}
    === environment_written
    --- data
    import os
    base = 1.0
    --- behind
    os.environ["SCALE"] = "8"
    --- evaluate
    metrics = {"v": float(os.environ.get("SCALE", "1")) * base * level}
    === environment_by_putenv_style_update
    --- data
    import os
    base = 1.0
    --- behind
    os.environ.update(SCALE="3")
    --- evaluate
    metrics = {"v": float(os.getenv("SCALE", "1")) * base * level}
    === environment_default
    --- data
    from os import environ
    base = 1.0
    --- behind
    environ.setdefault("SCALE", "6")
    --- evaluate
    metrics = {"v": float(environ.get("SCALE", "1")) * base * level}
    === environment_deleted
    --- data
    import os
    os.environ["SCALE"] = "5"
    --- behind
    del os.environ["SCALE"]
    --- evaluate
    metrics = {"v": float(os.environ.get("SCALE", "1")) * level}
    === environment_in_a_helper
    --- define
    import os

    def configure(value):
        os.environ["SCALE"] = value
    --- data
    configure("2")
    --- behind
    configure("9")
    --- evaluate
    metrics = {"v": float(os.environ["SCALE"]) * level}
    === directory_changed
    --- text: sub/rows.txt
    5
    --- text: rows.txt
    1
    --- data
    import os
    base = 1.0
    --- behind
    os.chdir("sub")
    --- evaluate
    metrics = {"v": float(open("rows.txt").read()) * base * level}
    === directory_changed_in_a_context
    --- data
    import contextlib
    import os
    base = len(os.path.basename(os.getcwd()))
    --- behind
    os.makedirs("deeper/down", exist_ok=True)
    os.chdir("deeper/down")
    --- evaluate
    metrics = {"v": float(os.path.basename(os.getcwd()) == "down") + level}
    === pandas_option_of_a_computation
    --- data
    s = pd.Series([1.23456])
    --- behind
    pd.set_option("display.precision", 2)
    --- evaluate
    metrics = {"v": len(s.to_string()) * level}
    === pandas_option_by_an_attribute
    --- data
    s = pd.Series([1.23456])
    --- behind
    pd.options.display.float_format = "{:.1f}".format
    --- evaluate
    metrics = {"v": len(repr(s)) * level}
    === numpy_print_options
    --- data
    a = np.array([1.23456, 2.0])
    --- behind
    np.set_printoptions(precision=2)
    --- evaluate
    metrics = {"v": len(str(a)) * level}
    === sklearn_output_as_frames
    --- data
    import sklearn
    from sklearn.preprocessing import StandardScaler
    X = pd.DataFrame({"a": [1.0, 2.0]})
    --- behind
    sklearn.set_config(transform_output="pandas")
    --- evaluate
    out = StandardScaler().fit_transform(X)
    metrics = {"v": float(isinstance(out, pd.DataFrame)) + level}
    === scaler_output_as_frames
    --- data
    from sklearn.preprocessing import StandardScaler
    X = pd.DataFrame({"a": [1.0, 2.0]})
    scaler = StandardScaler().fit(X)
    --- behind
    scaler.set_output(transform="pandas")
    --- evaluate
    metrics = {"v": float(hasattr(scaler.transform(X), "iloc")) + level}
    === recursion_limit
    --- define
    import sys

    def depth(n=0):
        try:
            return depth(n + 1)
        except RecursionError:
            return n
    --- data
    base = 1.0
    --- behind
    sys.setrecursionlimit(300)
    --- evaluate
    metrics = {"v": float(depth() < 400) + base * level}
    === locale_set
    --- data
    import locale
    base = 1.0
    --- behind
    locale.setlocale(locale.LC_NUMERIC, "C.UTF-8")
    --- evaluate
    metrics = {"v": float(locale.setlocale(locale.LC_NUMERIC) == "C.UTF-8") + base * level}
    === time_zone_set
    --- data
    import os
    import time
    base = 1.0
    --- behind
    os.environ["TZ"] = "Etc/GMT-5"
    time.tzset()
    --- evaluate
    metrics = {"v": float(time.localtime(0).tm_hour) * base + level}
    === module_function_patched
    --- data
    import math
    x = 2.0
    --- behind
    math.sqrt = lambda x: 10 * x
    --- evaluate
    metrics = {"v": math.sqrt(x) * level}
    === numpy_function_patched
    --- data
    a = np.ones(3)
    --- behind
    def trimmed(values):
        return 7.0
    np.mean = trimmed
    --- evaluate
    metrics = {"v": float(np.mean(a)) * level}
    === method_of_a_library_class_patched
    --- data
    s = pd.Series([1.0, 2.0])
    --- behind
    pd.Series.mean = lambda self: 42.0
    --- evaluate
    metrics = {"v": float(s.mean()) * level}
    === patched_by_setattr
    --- data
    import math
    x = 2.0
    --- behind
    setattr(math, "floor", lambda x: -1)
    --- evaluate
    metrics = {"v": math.floor(x) * level}
    === patched_by_mock
    --- data
    import math
    x = 2.0
    --- behind
    from unittest import mock
    patch = mock.patch("math.exp", return_value=3.0)
    patch.start()
    --- evaluate
    metrics = {"v": math.exp(x) * level}
    === built_in_patched
    --- data
    rows = [1.0, 2.0]
    --- behind
    import builtins
    builtins.sum = lambda rows: 99.0
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === built_in_hidden_by_a_name
    --- data
    rows = [1.0, 2.0]
    --- behind
    sum = lambda rows: 99.0
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === constant_of_a_module_set
    --- data
    import math
    r = 1.0
    --- behind
    math.pi = 3
    --- evaluate
    metrics = {"v": math.pi * r * level}
    === accessor_registered
    --- data
    s = pd.Series([1.0, 2.0])
    --- behind
    @pd.api.extensions.register_series_accessor("extra")
    class Extra:
        def __init__(self, series):
            self.series = series
    --- evaluate
    metrics = {"v": float(hasattr(s, "extra")) + level}
    === joblib_seeded_python_hash
    --- data
    import random
    random.seed(1)
    base = random.random()
    --- behind
    random.random()
    random.setstate(random.Random(9).getstate())
    --- evaluate
    metrics = {"v": random.random() * level + base}
    === logging_level_read
    --- data
    import logging
    log = logging.getLogger("own")
    --- behind
    log.setLevel(logging.ERROR)
    --- evaluate
    metrics = {"v": float(log.isEnabledFor(logging.WARNING)) + level}
    === garbage_collection_off
    --- data
    import gc
    base = 1.0
    --- behind
    gc.disable()
    --- evaluate
    metrics = {"v": float(gc.isenabled()) + base * level}
    === path_of_modules_extended
    --- data
    import sys
    base = len(sys.path) * 0.0
    --- behind
    sys.path.insert(0, "/nowhere/at/all")
    --- evaluate
    metrics = {"v": float("/nowhere/at/all" in sys.path) + base + level}
    === arguments_replaced
    --- data
    import sys
    base = 1.0
    --- behind
    sys.argv = ["train", "--fast"]
    --- evaluate
    metrics = {"v": float("--fast" in sys.argv) + base * level}
    === standard_output_replaced
    --- data
    import io
    import sys
    heard = io.StringIO()
    --- behind
    sys.stdout = heard
    --- evaluate
    print("hello")
    metrics = {"v": len(heard.getvalue()) + level}
    === printed_into_a_stream
    --- data
    import io
    heard = io.StringIO()
    --- behind
    print("hello", file=heard)
    --- evaluate
    metrics = {"v": len(heard.getvalue()) + level}
    === alarm_registered
    --- data
    import atexit
    import signal
    base = 1.0
    --- behind
    signal.signal(signal.SIGUSR1, lambda *words: None)
    --- evaluate
    metrics = {"v": float(callable(signal.getsignal(signal.SIGUSR1)) and signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL) + base * level}
    === function_of_the_standard_library_patched
    --- data
    import textwrap
    base = 1.0
    --- behind
    textwrap.fill = lambda text: "12345"
    --- evaluate
    metrics = {"v": len(textwrap.fill("a b")) * base * level}
    === csv_field_limit
    --- data
    import csv
    base = 1.0
    --- behind
    csv.field_size_limit(10)
    --- evaluate
    metrics = {"v": float(csv.field_size_limit()) * base * level}
    === thread_local_value
    --- data
    import threading
    local = threading.local()
    local.x = 1.0
    --- behind
    local.x = 5.0
    --- evaluate
    metrics = {"v": local.x * level}
    === context_variable
    --- data
    from contextvars import ContextVar
    rate = ContextVar("rate", default=1.0)
    --- behind
    rate.set(7.0)
    --- evaluate
    metrics = {"v": rate.get() * level}
    === file_written_behind
    --- data
    from pathlib import Path
    base = 1.0
    --- behind
    Path("factor.txt").write_text("6")
    --- evaluate
    metrics = {"v": float(Path("factor.txt").read_text()) * base * level}
    === file_overwritten_behind
    --- data
    with open("factor.txt", "w") as stream:
        stream.write("1")
    --- behind
    with open("factor.txt", "w") as stream:
        stream.write("5")
    --- evaluate
    metrics = {"v": float(open("factor.txt").read()) * level}
    === file_appended_behind
    --- data
    open("rows.log", "w").write("a\\n")
    --- behind
    log = open("rows.log", "a")
    log.write("b\\n")
    log.close()
    --- evaluate
    metrics = {"v": len(open("rows.log").readlines()) * level}
    === table_written_behind
    --- data
    frame = pd.DataFrame({"a": [1.0]})
    frame.to_csv("table.csv", index=False)
    --- behind
    (frame * 9).to_csv("table.csv", index=False)
    --- evaluate
    metrics = {"v": float(pd.read_csv("table.csv")["a"][0]) * level}
    === file_of_a_helper_with_its_name
    --- define
    import json

    def save(name, value):
        with open(f"{name}.json", "w") as stream:
            json.dump(value, stream)

    def load(name):
        with open(f"{name}.json") as stream:
            return json.load(stream)
    --- data
    save("config", 1.0)
    --- behind
    save("config", 4.0)
    --- evaluate
    metrics = {"v": load("config") * level}
    === arrays_saved_behind
    --- data
    np.save("a.npy", np.ones(2))
    --- behind
    np.save("a.npy", np.zeros(2))
    --- evaluate
    metrics = {"v": float(np.load("a.npy").sum()) + level}
    === file_removed_behind
    --- data
    import os
    open("flag", "w").close()
    --- behind
    os.remove("flag")
    --- evaluate
    metrics = {"v": float(os.path.exists("flag")) + level}
    === file_renamed_behind
    --- data
    import os
    open("a.tmp", "w").write("123")
    --- behind
    os.rename("a.tmp", "b.tmp")
    --- evaluate
    metrics = {"v": float(os.path.exists("b.tmp")) + level}
    === folder_made_behind
    --- data
    from pathlib import Path
    base = 1.0
    --- behind
    Path("out").mkdir()
    --- evaluate
    metrics = {"v": float(Path("out").is_dir()) + base * level}
    === files_listed
    --- data
    import glob
    open("one.part", "w").close()
    --- behind
    open("two.part", "w").close()
    --- evaluate
    metrics = {"v": len(glob.glob("*.part")) * level}
    === file_copied_behind
    --- data
    import shutil
    open("a.txt", "w").write("1")
    open("b.txt", "w").write("2")
    --- behind
    shutil.copy("b.txt", "a.txt")
    --- evaluate
    metrics = {"v": float(open("a.txt").read()) * level}
    === memory_mapped_file
    --- data
    cells = np.memmap("cells.bin", dtype=float, mode="w+", shape=(3,))
    --- behind
    cells[:] = 4
    --- evaluate
    metrics = {"v": float(cells.sum()) + level}
    === memory_mapped_again
    --- data
    np.save("cells.npy", np.zeros(3))
    --- behind
    again = np.load("cells.npy", mmap_mode="r+")
    again[:] = 2
    again.flush()
    --- evaluate
    metrics = {"v": float(np.load("cells.npy").sum()) + level}
    === pickled_behind
    --- data
    import pickle
    pickle.dump({"k": 1.0}, open("state.pkl", "wb"))
    --- behind
    with open("state.pkl", "wb") as stream:
        pickle.dump({"k": 8.0}, stream)
    --- evaluate
    metrics = {"v": pickle.load(open("state.pkl", "rb"))["k"] * level}
    === shelf_written
    --- data
    import shelve
    shelf = shelve.open("shelf")
    shelf["k"] = 1.0
    --- behind
    shelf["k"] = 3.0
    --- evaluate
    metrics = {"v": shelf["k"] * level}
    === row_inserted_into_a_database
    --- data
    import sqlite3
    base = sqlite3.connect(":memory:")
    base.execute("create table t (x real)")
    base.execute("insert into t values (1)")
    --- behind
    base.execute("insert into t values (5)")
    --- evaluate
    metrics = {"v": base.execute("select sum(x) from t").fetchone()[0] * level}
    === database_file_written_by_another_connection
    --- data
    import sqlite3
    with sqlite3.connect("own.db") as base:
        base.execute("create table if not exists t (x real)")
        base.execute("insert into t values (1)")
    --- behind
    other = sqlite3.connect("own.db")
    other.execute("update t set x = 7")
    other.commit()
    --- evaluate
    metrics = {"v": sqlite3.connect("own.db").execute("select sum(x) from t").fetchone()[0] * level}
    === frame_into_a_database
    --- data
    import sqlite3
    base = sqlite3.connect(":memory:")
    pd.DataFrame({"x": [1.0]}).to_sql("t", base)
    --- behind
    pd.DataFrame({"x": [2.0, 3.0]}).to_sql("t", base, if_exists="append")
    --- evaluate
    metrics = {"v": float(pd.read_sql("select x from t", base)["x"].sum()) * level}
    === cursor_executes_again
    --- data
    import sqlite3
    base = sqlite3.connect(":memory:")
    cursor = base.cursor()
    cursor.execute("create table t (x real)")
    cursor.executemany("insert into t values (?)", [(1.0,), (2.0,)])
    --- behind
    cursor.execute("delete from t where x > 1")
    --- evaluate
    metrics = {"v": base.execute("select sum(x) from t").fetchone()[0] * level}
    === row_factory_set
    --- data
    import sqlite3
    base = sqlite3.connect(":memory:")
    --- behind
    base.row_factory = lambda cursor, row: 50.0
    --- evaluate
    metrics = {"v": float(base.execute("select 1").fetchone() == 50.0) + level}
    === sql_function_registered
    --- data
    import sqlite3
    base = sqlite3.connect(":memory:")
    base.create_function("twice", 1, lambda x: 2 * x)
    --- behind
    base.create_function("twice", 1, lambda x: 20 * x)
    --- evaluate
    metrics = {"v": float(base.execute("select twice(3)").fetchone()[0]) * level}
    === module_reloaded_with_another_state
    --- data
    import string
    base = len(string.digits)
    --- behind
    string.digits = "01"
    --- evaluate
    metrics = {"v": len(string.digits) + base * level}
    === modules_table_written
    --- data
    import sys
    base = 1.0
    --- behind
    from types import SimpleNamespace
    sys.modules["colorsys"] = SimpleNamespace(rgb_to_hsv=lambda *words: (9.0,))
    --- evaluate
    import colorsys
    metrics = {"v": float(colorsys.rgb_to_hsv(0.1, 0.2, 0.3)[0]) * base * level}
    === excepthook_set
    --- data
    import sys
    base = 1.0
    --- behind
    sys.excepthook = lambda *words: None
    --- evaluate
    metrics = {"v": float(sys.excepthook is sys.__excepthook__) + base * level}
    === profile_counts_calls
    --- define
    import sys
    calls = []

    def watch(frame, event, argument):
        if event == "call" and frame.f_code.co_name == "work":
            calls.append(1)

    def work():
        return 1.0
    --- data
    base = work()
    --- behind
    sys.setprofile(watch)
    --- evaluate
    total = work() + base
    sys.setprofile(None)
    metrics = {"v": len(calls) + total * level}
    """
) + cases(
    """
    === torch_default_dtype
    --- data
    base = 1.0
    --- behind
    torch.set_default_dtype(torch.float64)
    --- evaluate
    metrics = {"v": torch.tensor([0.1]).item() * base * level}
    === torch_grad_disabled
    --- data
    w = torch.ones(1, requires_grad=True)
    --- behind
    torch.autograd.set_grad_enabled(False)
    --- evaluate
    metrics = {"v": float((w * 2).requires_grad) + level}
    === torch_default_device_asked
    --- data
    base = 1.0
    --- behind
    torch.set_default_device("meta")
    --- evaluate
    metrics = {"v": float(torch.zeros(1).is_meta) + base * level}
    === torch_deterministic_algorithms
    --- data
    base = 1.0
    --- behind
    torch.use_deterministic_algorithms(True)
    --- evaluate
    metrics = {"v": float(torch.are_deterministic_algorithms_enabled()) + base * level}
    === torch_print_options
    --- data
    t = torch.tensor([1.23456])
    --- behind
    torch.set_printoptions(precision=2)
    --- evaluate
    metrics = {"v": len(str(t)) * level}
    === torch_functional_patched
    --- data
    t = torch.tensor([-1.0])
    --- behind
    F.relu = lambda x: x + 5
    --- evaluate
    metrics = {"v": F.relu(t).item() + level}
    === torch_forward_of_a_class_patched
    --- data
    t = torch.tensor([-1.0])
    act = nn.ReLU()
    --- behind
    nn.ReLU.forward = lambda self, x: x * 3
    --- evaluate
    metrics = {"v": act(t).item() + level}
    === torch_weights_saved_behind
    --- data
    torch.save({"w": torch.ones(1)}, "w.pt")
    --- behind
    torch.save({"w": torch.full((1,), 6.0)}, "w.pt")
    --- evaluate
    metrics = {"v": torch.load("w.pt")["w"].item() * level}
    === torch_anomaly_detection
    --- data
    base = 1.0
    --- behind
    torch.autograd.set_detect_anomaly(True)
    --- evaluate
    metrics = {"v": float(torch.is_anomaly_enabled()) + base * level}
    """,
    imports="import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n",
)
