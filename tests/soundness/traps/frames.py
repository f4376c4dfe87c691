"""Frames and series of pandas that a cell changes."""

from __future__ import annotations

from soundness.cases import cases

FRAME = 'df = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]})'
TOTAL = 'metrics = {"v": float(df.to_numpy().sum() + 10 * df.iloc[0].sum() + 100 * df.iloc[0, 0]) * level}'

LINES = {
    "column_assigned": 'df["c"] = df["a"] * 2',
    "column_by_attribute": "df.a = [7.0, 8.0, 9.0]",
    "column_augmented": 'df["a"] *= 3',
    "cell_by_at": 'df.at[0, "a"] = 50.0',
    "cell_by_iat": "df.iat[1, 1] = 50.0",
    "cells_by_loc": 'df.loc[df["a"] > 1, "b"] = 0.0',
    "cells_by_iloc": "df.iloc[:, 0] = 0.0",
    "row_added_by_loc": "df.loc[99] = [1.0, 1.0]",
    "row_added_by_len": "df.loc[len(df)] = 2.0",
    "inserted": 'df.insert(1, "z", 7.0)',
    "popped": 'df.pop("a")',
    "updated": 'df.update(pd.DataFrame({"a": [9.0]}))',
    "column_deleted": 'del df["b"]',
    "dropped_in_place": "df.drop(index=0, inplace=True)",
    "sorted_in_place": 'df.sort_values("a", ascending=False, inplace=True)',
    "renamed_in_place": 'df.rename(columns={"a": "b", "b": "a"}, inplace=True); df.sort_index(axis=1, inplace=True)',
    "index_replaced_in_place": 'df.set_index("a", inplace=True)',
    "filled_in_place": "df.replace(1.0, 100.0, inplace=True)",
    "clipped_in_place": "df.clip(upper=2.0, inplace=True)",
    "masked_in_place": "df.mask(df > 5, 0.0, inplace=True)",
    "queried_in_place": 'df.query("a > 1", inplace=True)',
    "evaluated_in_place": 'df.eval("c = a + b", inplace=True)',
    "kept_where_in_place": "df.where(df > 2, -1.0, inplace=True)",
    "flag_held_in_a_name": "really = True\ndf.drop(columns='b', inplace=really)",
    "options_unpacked": 'options = {"columns": "b", "inplace": True}\ndf.drop(**options)',
    "columns_assigned": 'df.columns = ["b", "a"]\ndf.insert(0, "c", 1.0)',
    "values_written": "for name in df.columns:\n    df[name] = 1.0",
    "in_a_loop_over_rows": 'for i, row in df.iterrows():\n    df.at[i, "a"] = row["b"]',
    "by_an_alias": "other = df\nother.loc[0] = 0.0",
    "by_a_tuple_of_frames": 'for part in (df, df.copy()):\n    part["c"] = 1.0',
    "by_a_list_of_frames": 'for part in [df]:\n    part.drop(columns="b", inplace=True)',
    "by_a_dict_of_frames": 'for name, part in {"train": df}.items():\n    part["c"] = 5.0',
    "by_a_helper": 'def clean(frame):\n    frame["c"] = frame["a"] + 1\nclean(df)',
    "by_a_helper_in_a_helper": 'def inner(frame):\n    frame.pop("a")\n\ndef outer(frame):\n    inner(frame)\n    return frame.shape\nouter(df)',
    "by_a_helper_that_returns_it": "def tidy(frame):\n    frame.fillna(0, inplace=True)\n    frame.loc[0] = 9.0\n    return frame\ntidied = tidy(df)",
    "by_a_mapped_helper": 'def grow(frame):\n    frame["d"] = 3.0\n    return frame\nlist(map(grow, [df]))',
    "by_a_bound_method": 'put = df.insert\nput(0, "q", 5.0)',
    "by_a_method_by_name": 'getattr(df, "pop")("b")',
    "by_an_indexer_held_apart": "cells = df.loc\ncells[0] = -1.0",
    "by_a_setattr": 'setattr(df, "a", [0.0, 0.0, 1.0])',
    "by_a_dunder": 'df.__setitem__("c", 4.0)',
    "by_an_object": 'class Holder:\n    def __init__(self, frame):\n        self.frame = frame\n\n    def add(self):\n        self.frame["c"] = 1.0\nHolder(df).add()',
    "by_a_lambda": 'act = lambda frame: frame.insert(0, "k", 2.0)\nact(df)',
    "by_assigning_a_slice": "df[:1] = 0.0",
    "by_boolean_rows": 'df[df["a"] > 1] = 0.0',
    "by_isetitem": "df.isetitem(0, [5.0, 5.0, 5.0])",
    "by_set_axis_of_an_attribute": "df.index = [5, 6, 7]\ndf.drop(index=7, inplace=True)",
}
"""What stays in the notebook → how `df` is changed by it."""

SERIES = {
    "series_by_position": "s.iloc[0] = 99.0",
    "series_by_label": "s[1] = 99.0",
    "series_updated": "s.update(pd.Series([7.0]))",
    "series_popped": "s.pop(0)",
    "series_sorted": "s.sort_values(ascending=False, inplace=True)",
    "series_augmented": "same = s\nsame += 1",
    "series_dropped": "s.drop(0, inplace=True)",
    "series_renamed_index": "s.index = [3, 2, 1]\ns.pop(3)",
}

CASES = [
    case
    for name, line in LINES.items()
    for case in cases(f"=== frame_{name}\n--- data\n{FRAME}\n--- behind\n{line}\n--- evaluate\n{TOTAL}\n")
]
CASES += [
    case
    for name, line in SERIES.items()
    for case in cases(
        f"=== {name}\n--- data\ns = pd.Series([1.0, 2.0, 3.0])\n--- behind\n{line}\n"
        '--- evaluate\nmetrics = {"v": float(s.sum() + 10 * s.iloc[0]) * level}\n'
    )
]
CASES += cases(
    """
    === frames_in_two_lists
    --- data
    train, test = pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [2.0]})
    frames = [train, test]
    --- behind
    for frame in frames:
        frame["a"] = frame["a"] * 10
    --- evaluate
    metrics = {"v": float(test["a"].sum()) * level}
    === groups_kept_by_a_dict
    --- data
    parts = dict(list(pd.DataFrame({"k": [0, 1], "a": [1.0, 2.0]}).groupby("k")))
    --- behind
    for key, part in parts.items():
        part.loc[:, "a"] = 0.0
    --- evaluate
    metrics = {"v": float(parts[1]["a"].sum()) + level}
    === attribute_frame_of_an_object
    --- define
    class Data:
        def __init__(self):
            self.frame = pd.DataFrame({"a": [1.0, 2.0]})
    --- data
    store = Data()
    --- behind
    store.frame["a"] += 5
    --- evaluate
    metrics = {"v": float(store.frame["a"].sum()) * level}
    === categories_of_a_column
    --- data
    df = pd.DataFrame({"k": pd.Categorical(["x", "y"])})
    --- behind
    df["k"] = df["k"].cat.add_categories(["z"])
    --- evaluate
    metrics = {"v": len(df["k"].cat.categories) * level}
    === flags_of_a_frame
    --- data
    df = pd.DataFrame({"a": [1.0]})
    --- behind
    df.flags.allows_duplicate_labels = False
    --- evaluate
    metrics = {"v": float(df.flags.allows_duplicate_labels) + level}
    === names_of_an_index
    --- data
    df = pd.DataFrame({"a": [1.0]})
    --- behind
    df.index.name = "key"
    --- evaluate
    metrics = {"v": float(df.reset_index().columns[0] == "key") + level}
    === column_made_by_a_chain
    --- data
    df = pd.DataFrame({"a": [1.0, 2.0]})
    --- behind
    df.rename_axis("key", inplace=True)
    --- evaluate
    metrics = {"v": float("key" in df.reset_index()) + level}
    === styled_frame_with_an_effect
    --- data
    seen = []
    df = pd.DataFrame({"a": [1.0, 2.0]})
    --- behind
    df.agg(lambda column: seen.append(1) or column.sum())
    --- evaluate
    metrics = {"v": len(seen) + level}
    """
)
