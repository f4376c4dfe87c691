"""Memory that two names share: views of arrays, frames and tensors, shallow copies, elements of containers."""

from __future__ import annotations

from soundness.cases import cases

CASES = cases(
    """
    === asarray
    --- data
    a = np.ones(3)
    --- behind
    b = np.asarray(a)
    b[0] = 7
    --- evaluate
    metrics = {"v": a.sum() * level}
    === array_with_copy_false
    --- data
    a = np.ones(3)
    --- behind
    b = np.array(a, copy=False)
    b += 1
    --- evaluate
    metrics = {"v": a.sum() * level}
    === astype_without_a_copy
    --- data
    a = np.ones(3)
    --- behind
    b = a.astype(float, copy=False)
    b *= 3
    --- evaluate
    metrics = {"v": a.sum() * level}
    === ascontiguousarray
    --- data
    a = np.ones(3)
    --- behind
    np.ascontiguousarray(a)[1] = 5
    --- evaluate
    metrics = {"v": a.sum() * level}
    === ravelled_by_the_function
    --- data
    a = np.ones((2, 2))
    --- behind
    np.ravel(a)[:2] = 0
    --- evaluate
    metrics = {"v": a.sum() * level}
    === reshaped
    --- data
    a = np.ones(4)
    --- behind
    square = a.reshape(2, 2)
    square[0, 0] = 9
    --- evaluate
    metrics = {"v": a.sum() * level}
    === transposed
    --- data
    a = np.zeros((2, 3))
    --- behind
    flipped = a.T
    flipped[0] = 2
    --- evaluate
    metrics = {"v": a.sum() + level}
    === diagonal_written
    --- data
    a = np.zeros((2, 2))
    --- behind
    d = np.einsum("ii->i", a)
    d[:] = 4
    --- evaluate
    metrics = {"v": a.sum() + level}
    === sliced_twice
    --- data
    a = np.arange(10.0)
    --- behind
    tail = a[5:]
    end = tail[::2]
    end[:] = 0
    --- evaluate
    metrics = {"v": a.sum() * level}
    === squeezed
    --- data
    a = np.ones((1, 3))
    --- behind
    flat = np.squeeze(a)
    flat[2] = 8
    --- evaluate
    metrics = {"v": a.sum() * level}
    === new_axis
    --- data
    a = np.ones(3)
    --- behind
    column = a[:, None]
    column -= 1
    --- evaluate
    metrics = {"v": a.sum() + level}
    === split_parts
    --- data
    a = np.ones(6)
    --- behind
    left, right = np.split(a, 2)
    left[:] = 5
    --- evaluate
    metrics = {"v": a.sum() * level}
    === rows_in_a_loop
    --- data
    a = np.ones((3, 2))
    --- behind
    for row in a:
        row /= row.sum()
    --- evaluate
    metrics = {"v": a.sum() * level}
    === flat_written
    --- data
    a = np.ones((3, 2))
    --- behind
    a.flat[3] = 9
    --- evaluate
    metrics = {"v": a.sum() * level}
    === nditer_that_writes
    --- data
    a = np.ones(3)
    --- behind
    with np.nditer(a, op_flags=["readwrite"]) as cells:
        for x in cells:
            x[...] = 2 * x
    --- evaluate
    metrics = {"v": a.sum() * level}
    === broadcast_views
    --- data
    a = np.ones(3)
    --- behind
    both = np.lib.stride_tricks.as_strided(a, (2, 3), (0, 8))
    both[0, 0] = 6
    --- evaluate
    metrics = {"v": a.sum() * level}
    === memory_view
    --- data
    a = np.ones(3)
    --- behind
    cells = memoryview(a)
    cells[0] = 4.0
    --- evaluate
    metrics = {"v": a.sum() * level}
    === memory_view_of_a_bytearray
    --- data
    raw = bytearray(b"abc")
    --- behind
    memoryview(raw)[0] = 120
    --- evaluate
    metrics = {"v": raw[0] * level}
    === from_buffer
    --- data
    raw = bytearray(8)
    --- behind
    cells = np.frombuffer(raw, dtype=np.uint8)
    cells[:] = 1
    --- evaluate
    metrics = {"v": sum(raw) + level}
    === structured_field
    --- data
    a = np.zeros(2, dtype=[("x", float), ("y", float)])
    --- behind
    a["x"][:] = 3
    --- evaluate
    metrics = {"v": a["x"].sum() + level}
    === real_part
    --- data
    a = np.zeros(2, dtype=complex)
    --- behind
    a.real[:] = 5
    --- evaluate
    metrics = {"v": a.sum().real + level}
    === view_of_another_type
    --- data
    a = np.ones(2)
    --- behind
    a.view(np.int64)[:] = 0
    --- evaluate
    metrics = {"v": a.sum() + level}
    === view_returned_by_a_helper
    --- define
    def head(a, n=2):
        return a[:n]
    --- data
    a = np.ones(4)
    --- behind
    top = head(a)
    top[:] = 0
    --- evaluate
    metrics = {"v": a.sum() + level}
    === helper_that_writes_in_place
    --- define
    def normalize(a):
        a -= a.mean()
        return a
    --- data
    a = np.arange(4.0)
    --- behind
    print(normalize(a).std())
    --- evaluate
    metrics = {"v": a.max() * level}
    === place
    --- data
    a = np.arange(4.0)
    --- behind
    np.place(a, a > 1, [9.0])
    --- evaluate
    metrics = {"v": a.sum() * level}
    === putmask
    --- data
    a = np.arange(4.0)
    --- behind
    np.putmask(a, a > 1, -1.0)
    --- evaluate
    metrics = {"v": a.sum() * level}
    === put_along_axis
    --- data
    a = np.zeros((2, 2))
    --- behind
    np.put_along_axis(a, np.array([[0], [1]]), 5.0, axis=1)
    --- evaluate
    metrics = {"v": a.sum() + level}
    === add_at
    --- data
    a = np.zeros(3)
    --- behind
    np.add.at(a, [0, 0, 2], 1)
    --- evaluate
    metrics = {"v": a.sum() + level}
    === copyto_with_a_mask
    --- data
    a = np.zeros(3)
    --- behind
    np.copyto(dst=a, src=4.0, where=np.array([True, False, True]))
    --- evaluate
    metrics = {"v": a.sum() + level}
    === out_by_position
    --- data
    a = np.ones(3)
    --- behind
    np.multiply(a, 6, a)
    --- evaluate
    metrics = {"v": a.sum() * level}
    === clip_into_itself
    --- data
    a = np.arange(5.0)
    --- behind
    np.clip(a, 0, 2, out=a)
    --- evaluate
    metrics = {"v": a.sum() * level}
    === cumulated_into_an_output
    --- data
    a, total = np.ones(3), np.zeros(3)
    --- behind
    a.cumsum(out=total)
    --- evaluate
    metrics = {"v": total.sum() + level}
    === sorted_in_place
    --- data
    a = np.array([3.0, 1.0])
    --- behind
    a.sort()
    --- evaluate
    metrics = {"v": a[0] * level}
    === partitioned_in_place
    --- data
    a = np.array([3.0, 1.0, 2.0])
    --- behind
    a.partition(0)
    --- evaluate
    metrics = {"v": a[0] * level}
    === filled
    --- data
    a = np.array([3.0, 1.0])
    --- behind
    a.fill(2.5)
    --- evaluate
    metrics = {"v": a[0] * level}
    === item_set_by_method
    --- data
    a = np.array([3.0, 1.0])
    --- behind
    a.put([0], 8.0)
    --- evaluate
    metrics = {"v": a[0] * level}
    === resized
    --- data
    a = np.arange(4.0)
    --- behind
    a.resize(2, refcheck=False)
    --- evaluate
    metrics = {"v": a.sum() + level}
    === shape_assigned
    --- data
    a = np.arange(4.0)
    --- behind
    a.shape = (2, 2)
    --- evaluate
    metrics = {"v": len(a) * level}
    === nan_to_num_in_place
    --- data
    a = np.array([np.nan, 1.0])
    --- behind
    np.nan_to_num(a, copy=False)
    --- evaluate
    metrics = {"v": np.nansum(a) + np.isnan(a).sum() + level}
    === made_writeable_then_written
    --- data
    a = np.ones(3)
    a.flags.writeable = False
    --- behind
    a.setflags(write=True)
    a[0] = 3
    --- evaluate
    metrics = {"v": a.sum() * level}
    === shuffled_rows
    --- data
    a = np.arange(50.0)
    --- behind
    np.random.default_rng(0).shuffle(a)
    --- evaluate
    metrics = {"v": a[0] + level}
    === masked_array_shares
    --- data
    a = np.ones(3)
    --- behind
    m = np.ma.array(a, mask=[0, 1, 0], copy=False)
    m[0] = 9
    --- evaluate
    metrics = {"v": a.sum() * level}
    === shallow_copy_of_nested_lists
    --- data
    rows = [[1.0], [2.0]]
    --- behind
    mine = rows.copy()
    mine[0].append(5.0)
    --- evaluate
    metrics = {"v": sum(map(sum, rows)) * level}
    === list_of_nested_lists
    --- data
    rows = [[1.0], [2.0]]
    --- behind
    mine = list(rows)
    mine[1][0] = 7.0
    --- evaluate
    metrics = {"v": sum(map(sum, rows)) * level}
    === copy_copy_of_a_dict
    --- data
    config = {"layers": [8, 4]}
    --- behind
    import copy
    mine = copy.copy(config)
    mine["layers"].append(2)
    --- evaluate
    metrics = {"v": len(config["layers"]) * level}
    === dict_of_a_dict
    --- data
    config = {"sub": {"rate": 1.0}}
    --- behind
    mine = dict(config, extra=1)
    mine["sub"]["rate"] = 6.0
    --- evaluate
    metrics = {"v": config["sub"]["rate"] * level}
    === unpacked_dict
    --- data
    config = {"sub": {"rate": 1.0}}
    --- behind
    mine = {**config, "name": "x"}
    mine["sub"].clear()
    --- evaluate
    metrics = {"v": len(config["sub"]) + level}
    === sum_of_lists
    --- data
    left, right = [[1.0]], [[2.0]]
    --- behind
    both = left + right
    both[0].append(9.0)
    --- evaluate
    metrics = {"v": sum(left[0]) * level}
    === repeated_list
    --- data
    row = [0.0]
    --- behind
    grid = [row] * 3
    grid[0].append(4.0)
    --- evaluate
    metrics = {"v": sum(row) + level}
    === replaced_dataclass_shares
    --- define
    from dataclasses import dataclass, field, replace

    @dataclass
    class Run:
        name: str = "a"
        scores: list = field(default_factory=list)
    --- data
    run = Run()
    --- behind
    replace(run, name="b").scores.append(3)
    --- evaluate
    metrics = {"v": len(run.scores) + level}
    === named_tuple_holds_a_list
    --- define
    from collections import namedtuple
    Split = namedtuple("Split", "train test")
    --- data
    split = Split([1.0], [2.0])
    --- behind
    split.train.append(9.0)
    --- evaluate
    metrics = {"v": sum(split.train) * level}
    === constructor_keeps_the_list
    --- define
    class Set:
        def __init__(self, rows):
            self.rows = rows
    --- data
    rows = [1.0]
    --- behind
    held = Set(rows)
    held.rows.append(5.0)
    --- evaluate
    metrics = {"v": sum(rows) * level}
    === comprehension_of_the_same_objects
    --- data
    rows = [[1.0], [2.0]]
    --- behind
    chosen = [row for row in rows if row[0] > 1]
    chosen[0][0] = 50.0
    --- evaluate
    metrics = {"v": sum(map(sum, rows)) * level}
    === dict_from_zip_of_objects
    --- data
    rows = [[1.0], [2.0]]
    --- behind
    by_name = dict(zip("ab", rows))
    by_name["a"].append(6.0)
    --- evaluate
    metrics = {"v": sum(map(sum, rows)) * level}
    === object_array_of_lists
    --- data
    rows = [[1.0], [2.0, 3.0]]
    --- behind
    cells = np.empty(2, dtype=object)
    cells[:] = rows
    cells[0].append(7.0)
    --- evaluate
    metrics = {"v": sum(map(sum, rows)) * level}
    === array_of_a_frame_on_one_block
    --- data
    a = np.ones((2, 2))
    frame = pd.DataFrame(a, copy=False)
    --- behind
    a[0, 0] = 9
    --- evaluate
    metrics = {"v": frame.to_numpy().sum() * level}
    === lists_in_a_column
    --- data
    frame = pd.DataFrame({"tags": [["a"], ["b"]]})
    --- behind
    frame["tags"].iloc[0].append("c")
    --- evaluate
    metrics = {"v": frame["tags"].map(len).sum() * level}
    === lists_in_a_copied_frame
    --- data
    frame = pd.DataFrame({"tags": [["a"], ["b"]]})
    --- behind
    twin = frame.copy()
    for tags in twin["tags"]:
        tags.clear()
    --- evaluate
    metrics = {"v": frame["tags"].map(len).sum() + level}
    === series_attributes
    --- data
    frame = pd.DataFrame({"a": [1.0]})
    frame.attrs["scale"] = 1.0
    --- behind
    frame.attrs["scale"] = 3.0
    --- evaluate
    metrics = {"v": frame.attrs["scale"] * level}
    """
) + cases(
    """
    === torch_from_numpy
    --- data
    a = np.ones(3)
    --- behind
    t = torch.from_numpy(a)
    t[0] = 9
    --- evaluate
    metrics = {"v": a.sum() * level}
    === torch_as_tensor
    --- data
    a = np.ones(3)
    --- behind
    torch.as_tensor(a).mul_(2)
    --- evaluate
    metrics = {"v": a.sum() * level}
    === numpy_of_a_tensor
    --- data
    t = torch.ones(3)
    --- behind
    t.numpy()[0] = 5
    --- evaluate
    metrics = {"v": t.sum().item() * level}
    === numpy_asarray_of_a_tensor
    --- data
    t = torch.ones(3)
    --- behind
    cells = np.asarray(t)
    cells += 1
    --- evaluate
    metrics = {"v": t.sum().item() * level}
    === detached
    --- data
    w = torch.ones(3, requires_grad=True)
    --- behind
    w.detach()[0] = 5
    --- evaluate
    metrics = {"v": w.sum().item() * level}
    === dot_data
    --- data
    w = torch.ones(3, requires_grad=True)
    --- behind
    w.data *= 4
    --- evaluate
    metrics = {"v": w.sum().item() * level}
    === tensor_view
    --- data
    t = torch.ones(4)
    --- behind
    t.view(2, 2)[0] = 0
    --- evaluate
    metrics = {"v": t.sum().item() * level}
    === tensor_flatten
    --- data
    t = torch.ones(2, 2)
    --- behind
    t.flatten()[1] = 8
    --- evaluate
    metrics = {"v": t.sum().item() * level}
    === tensor_to_the_same_device
    --- data
    t = torch.ones(2)
    --- behind
    moved = t.to("cpu")
    moved += 3
    --- evaluate
    metrics = {"v": t.sum().item() * level}
    === tensor_float_of_a_float
    --- data
    t = torch.ones(2)
    --- behind
    same = t.float()
    same.zero_()
    --- evaluate
    metrics = {"v": t.sum().item() + level}
    === tensor_contiguous
    --- data
    t = torch.ones(2)
    --- behind
    t.contiguous().fill_(4)
    --- evaluate
    metrics = {"v": t.sum().item() * level}
    === tensor_unbind
    --- data
    t = torch.ones(2, 2)
    --- behind
    for row in t.unbind(0):
        row.add_(1)
    --- evaluate
    metrics = {"v": t.sum().item() * level}
    === tensor_chunked
    --- data
    t = torch.ones(4)
    --- behind
    torch.chunk(t, 2)[1].neg_()
    --- evaluate
    metrics = {"v": t.sum().item() + level}
    === tensor_transposed
    --- data
    t = torch.ones(2, 3)
    --- behind
    t.t()[0] = 7
    --- evaluate
    metrics = {"v": t.sum().item() * level}
    === tensor_expanded
    --- data
    t = torch.ones(1)
    --- behind
    t.expand(3)[0].fill_(6)
    --- evaluate
    metrics = {"v": t.sum().item() * level}
    === tensor_sorted_into_out
    --- data
    t = torch.zeros(2)
    --- behind
    torch.add(torch.ones(2), 1, out=t)
    --- evaluate
    metrics = {"v": t.sum().item() + level}
    === tensor_filled_by_index
    --- data
    t = torch.zeros(4)
    --- behind
    t.index_fill_(0, torch.tensor([1, 2]), 3.0)
    --- evaluate
    metrics = {"v": t.sum().item() + level}
    === tensor_in_a_list
    --- data
    parts = [torch.zeros(2), torch.zeros(2)]
    --- behind
    for part in parts:
        part += 1
    --- evaluate
    metrics = {"v": sum(part.sum().item() for part in parts) + level}
    """,
    imports="import numpy as np\nimport torch\nfrom torch import nn\n",
)
