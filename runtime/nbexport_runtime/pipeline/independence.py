"""Whether the rows that a model gives depend on their own rows alone: tried before its calls are shared.

    all rows      -> model -> out                      the same numbers? then each process may compute
    rows 0 to 15  -> model -> out, 16 to 31 -> out     its own rows

The trial computes without noise (dropout off) and leaves the model as it was. Beside it, nothing may look at all rows
on the way: batch norm, a buffer or an attribute that the call changes, a hook.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from nbexport_runtime.pipeline.nests import mapped, others, rows_of, tensors
from nbexport_runtime.pipeline.processes import NotSharedError


def independent(
    original: Callable[..., Any],
    module: Any,
    arguments: tuple[Any, ...],
    named: dict[str, Any],
    counts: list[int],
) -> None:
    """Try whether the rows of a model's output depend on their own rows alone.

    Raises:
        NotSharedError: They do not, or the model keeps something of all rows when it is called.
    """
    name = type(module).__name__
    if any(part._forward_hooks for part in module.modules()):
        raise NotSharedError(f"`{name}` has hooks, which would see a part of the rows")
    with torch.no_grad(), forked(tensors((arguments, named))):
        keeps_nothing(original, module, arguments, named)
        modes = {part: part.training for part in module.modules()}
        try:
            module.eval()
            whole = original(module, *arguments, **named)
            parts = []
            for number in range(len(counts)):
                part_of = partial(rows_of, counts=counts, number=number)
                args, kwargs = mapped((arguments, named), part_of)
                parts.append(original(module, *args, **kwargs))
            mixed = any(others(piece) != others(whole) for piece in parts)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            raise NotSharedError(f"`{name}` cannot be called with a part of the rows: {error}") from None
        finally:
            for part, training in modes.items():
                part.training = training
    if mixed:
        raise NotSharedError(f"what `{name}` gives cannot be put together from parts")
    if not tensors(whole):
        raise NotSharedError(f"`{name}` gives no tensors")
    for found, *pieces in zip(tensors(whole), *map(tensors, parts), strict=True):
        if [len(piece) if piece.ndim else 0 for piece in pieces] != counts:
            raise NotSharedError(f"`{name}` does not give one row per example")
        again = torch.cat(pieces).double()
        room = 0.0
        if found.is_floating_point() and found.numel():
            room = torch.finfo(found.dtype).eps ** 0.5 * float(found.abs().max())
        if not torch.allclose(again, found.double(), rtol=0, atol=room, equal_nan=True):
            raise NotSharedError(f"rows that `{name}` gives depend on other rows")


def keeps_nothing(
    original: Callable[..., Any],
    module: Any,
    arguments: tuple[Any, ...],
    named: dict[str, Any],
) -> None:
    """Call a model as the training does, and see that it stays as it was.

    Raises:
        NotSharedError: It keeps something of the rows, such as their mean.
    """
    kept = {key: buffer.clone() for key, buffer in module.named_buffers()}
    before = attributes(module)
    original(module, *arguments, **named)
    changed = [k for k, b in module.named_buffers() if not torch.equal(b, kept[k])]
    for key, buffer in module.named_buffers():
        buffer.copy_(kept[key])
    parts = {path.rpartition(".")[0] for path in changed}
    parts |= {path for path, own in attributes(module).items() if own != before[path]}
    parts |= {path for path, part in module.named_modules() if isinstance(part, _BatchNorm) and part.training}
    if parts:
        found = type(module.get_submodule(min(parts))).__name__
        raise NotSharedError(f"`{found}` in `{type(module).__name__}` keeps something of all rows")


def attributes(module: Any) -> dict[str, Any]:
    """Path of each part of a model → the names and identities of tensors that are plain attributes of it."""
    return {
        path: {name: id(value) for name, value in vars(part).items() if isinstance(value, torch.Tensor)}
        for path, part in module.named_modules()
    }


def forked(given: Sequence[Any]) -> Any:
    """Random numbers within are drawn apart from those outside, which stay the same in all processes."""
    devices = {tensor.get_device() for tensor in given if tensor.is_cuda}
    return torch.random.fork_rng(devices=sorted(devices))
