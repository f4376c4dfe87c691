"""How several processes share one training: each computes its rows of every call of a model, and all get all.

Every process runs the same lines on the same rows. Where they call a model with gradients on, each process computes
its share of the rows; the outputs are put together again, so that everything after the call sees all of them:

    process 0    rows 0 to 15  -> model -> gather -> loss of all 32 rows -> backward -> its 16 rows -> sum -> step
    process 1    rows 16 to 31 -> model -> gather -> loss of all 32 rows -> backward -> its 16 rows -> sum -> step

Whatever the loss is, the sum over the processes is the gradient that one process computes, but for the order of the
additions. That holds for models whose rows do not depend on each other. It is tried at the first call of each model,
and where it is not so the run ends with the reason. What was learned must be the same in every process in the end.

Source: Shoeybi et al., Megatron-LM, 2019, section 3 (an operator that does nothing forward and sums backward).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import torch
import torch.distributed as group

from nbexport_runtime.pipeline.independence import forked, independent
from nbexport_runtime.pipeline.nests import mapped, rows_of, tensors
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.processes import NotSharedError, processes, rank


@contextlib.contextmanager
def shared() -> Iterator[None]:
    """Within, the processes share the calls of models.

    Raises:
        NotSharedError: A model's rows depend on each other, or no model is called.
    """
    backend = "gloo"
    if torch.cuda.is_available():
        # `device = "cuda"` of the notebook is another one in each process
        here = int(os.environ.get("LOCAL_RANK", "0"))
        torch.cuda.set_device(here % torch.cuda.device_count())
        backend = "cpu:gloo,cuda:nccl"
    group.init_process_group(backend)
    calls = Calls()
    every: Any = torch.nn.Module
    original = every.__call__
    try:
        seed_all()
        every.__call__ = calls.around(original)
        yield
        if calls.trouble is not None:
            raise calls.trouble
        if not calls.count:
            raise NotSharedError("it calls no model with rows that could be shared")
    finally:
        every.__call__ = original
        group.destroy_process_group()


def seed_all() -> None:
    """Start every process with the same random numbers, where the notebook does not say with which."""
    given = [random.SystemRandom().getrandbits(32)]
    group.broadcast_object_list(given, src=0)
    random.seed(given[0])
    numpy.random.seed(given[0])
    torch.manual_seed(given[0])


def agree(metrics: Any, state: dict[str, Any]) -> None:
    """Compare what the processes have learned.

    Raises:
        PipelineError: It is not the same.
    """
    values: list[Any] = [None] * processes()
    group.all_gather_object(values, (repr(metrics), learned(state)))
    if any(other != values[0] for other in values):
        raise PipelineError(
            "the processes have learned different models, so something in the notebook is different in each of them: "
            "random numbers without a seed, the time; run `python train.py` instead"
        )


def learned(state: dict[str, Any]) -> str:
    """A digest of the tensors in what is saved."""
    digest = hashlib.sha256()
    for name, value in sorted(state.items()):
        own = {name: value} if isinstance(value, torch.Tensor) else {}
        if isinstance(value, torch.nn.Module):
            own = value.state_dict()
        for key, tensor in own.items():
            plain = tensor.detach().cpu().contiguous().reshape(-1)
            digest.update(key.encode() + plain.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


class Calls:
    """The calls of models: each process computes its rows, all get all."""

    def __init__(self) -> None:
        self.count = 0
        self.trouble: PipelineError | None = None
        self._inside = False
        self._tried: dict[Any, Any] = {}

    def around(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """What stands in for `torch.nn.Module.__call__`."""

        def call(module: Any, *arguments: Any, **named: Any) -> Any:
            trained = not self._inside and torch.is_grad_enabled()
            if not trained or not any(p.requires_grad for p in module.parameters()):
                return original(module, *arguments, **named)
            self._inside = True
            try:
                return self._share(original, module, arguments, named)
            except PipelineError as trouble:
                # the notebook's code may catch what it likes
                self.trouble = self.trouble or trouble
                raise
            finally:
                self._inside = False

        return call

    def _share(
        self,
        original: Callable[..., Any],
        module: Any,
        arguments: tuple[Any, ...],
        named: dict[str, Any],
    ) -> Any:
        name = type(module).__name__
        given = tensors((arguments, named))
        rows = {len(tensor) for tensor in given if tensor.ndim}
        if len(rows) != 1:
            raise NotSharedError(f"what `{name}` is called with does not have one row per example")
        (count,) = rows
        if count < processes():
            # too few to share: each process computes all
            return original(module, *arguments, **named)
        counts = [len(part) for part in torch.arange(count).tensor_split(processes())]
        kind = (id(module), len(arguments), *sorted(named))
        if kind not in self._tried:
            independent(original, module, arguments, named, counts)
            # kept, so that no other module gets its id
            self._tried[kind] = module
        self.count += 1
        mine, theirs = mapped(
            (arguments, named),
            lambda tensor: Take.apply(tensor, counts) if tensor.ndim else tensor,
        )
        trained = {n: p for n, p in module.named_parameters() if p.requires_grad}
        summed = Summed.apply(*trained.values())
        with forked(given):
            torch.manual_seed(drawn(torch.initial_seed(), self.count, rank()))
            made = torch.func.functional_call(module, dict(zip(trained, summed, strict=True)), mine, theirs)
        return mapped(made, lambda tensor: Gather.apply(tensor, counts))


def drawn(*numbers: int) -> int:
    """A seed made of numbers."""
    return int.from_bytes(hashlib.sha256(repr(numbers).encode()).digest()[:7], "big")


def gathered(part: Any, counts: list[int]) -> Any:
    """The rows of all processes; each gives its own."""
    # of equal length while they travel
    sent = part.new_zeros((max(counts), *part.shape[1:]))
    sent[: len(part)] = part
    received = [torch.empty_like(sent) for _ in counts]
    group.all_gather(received, sent)
    whole = [r[:count] for r, count in zip(received, counts, strict=True)]
    return torch.cat(whole)


class Take(torch.autograd.Function):  # type: ignore[misc] # torch is not read
    """The rows of this process; backward, those of all."""

    @staticmethod
    def forward(ctx: Any, whole: Any, counts: list[int]) -> Any:
        """Shapes: `(rows, ...)` to `(rows of this process, ...)`."""
        ctx.counts = counts
        return rows_of(whole, counts, rank()).clone()

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """The gradient of all rows: each process has that of its own."""
        return gathered(gradient, ctx.counts), None


class Gather(torch.autograd.Function):  # type: ignore[misc] # torch is not read
    """The rows of all processes; backward, those of this one."""

    @staticmethod
    def forward(ctx: Any, part: Any, counts: list[int]) -> Any:
        """Shapes: `(rows of this process, ...)` to `(rows, ...)`."""
        ctx.counts = counts
        return gathered(part, counts)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """The gradient of this process's rows: the loss is the same in all of them."""
        return rows_of(gradient, ctx.counts, rank()).clone(), None


class Summed(torch.autograd.Function):  # type: ignore[misc] # torch is not read
    """Parameters as they are; backward, the sum over all processes."""

    @staticmethod
    def forward(ctx: Any, *parameters: Any) -> Any:
        """The same tensors."""
        ctx.set_materialize_grads(False)
        return tuple(parameter.view_as(parameter) for parameter in parameters)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The sum of what the rows of each process add."""
        summed = list(gradients)
        kinds = {(g.dtype, g.device) for g in gradients if g is not None}
        for kind in sorted(kinds, key=str):
            places = [place for place, g in enumerate(gradients) if g is not None and (g.dtype, g.device) == kind]
            # all at once: a message costs more than its length
            flat = torch.cat([gradients[place].reshape(-1) for place in places])
            group.all_reduce(flat)
            sizes = [gradients[place].numel() for place in places]
            for place, values in zip(places, flat.split(sizes), strict=True):
                summed[place] = values.view_as(gradients[place])
        return tuple(summed)
