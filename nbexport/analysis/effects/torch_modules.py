"""Models of torch: a call runs `forward`, draws for dropout and moves the averages of batch norm while it trains."""

from __future__ import annotations

import ast

from nbexport.analysis.effects import calling, instances
from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    GRAPH,
    HELD,
    MODE,
    NOTHING,
    Kind,
    Obj,
    Value,
    literal,
    reach,
)
from nbexport.analysis.effects.random_state import draw

_DROPOUT = ("Dropout", "dropout", "RReLU")


_NORMALIZING = ("BatchNorm", "SyncBatchNorm", "SpectralNorm", "InstanceNorm", "spectral_norm")


_WHOLE_MODELS = ("torchvision.models", "transformers", "timm", "torch.hub", "segmentation_models_pytorch")


def instance(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Call an instance of a class of the notebook."""
    result = instances.dunder(m, obj, "__call__", _all_positional(arguments), node)
    if result is not None:
        return result
    for name in ("forward", "call"):
        forward = instances.find(obj, name)
        if forward is not None and instances.library_base(obj):
            value = m.call(instances.bound(m, obj, forward, node), arguments, node)
            _call_held(m, obj, arguments, node)
            tensor = m.allocate(Kind.OBJECT, node, "forward", name="torch.forward", word="tensor")
            tensor.add(GRAPH, frozenset((obj,)) | frozenset(one for one in arguments.all() if one.is_data))
            return value | {tensor}
    return calling.unresolved(m, arguments, node)


def _all_positional(arguments: Arguments) -> tuple[Value, ...]:
    named = tuple(arguments.keywords.values()) if arguments.keywords else ()
    return (*arguments.positional, *named, *((arguments.rest,) if arguments.rest else ()))


def _call_held(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> None:
    """Run the hooks that an object was given."""
    for held in obj.fields.get("hooks", ()):
        m.call(frozenset((held,)), Arguments((frozenset((obj,)), arguments.all(), NOTHING)), node)


def module_called(m: Machine, obj: Obj, arguments: Arguments, node: ast.AST) -> Value:
    """Run a torch module: dropout draws and batch norm moves its averages while it trains."""
    m.read_deep((obj, *arguments.all()), node)
    for part in reach((obj,)):
        if part.kind is Kind.INSTANCE and part is not obj:
            forward = instances.find(part, "forward")
            if forward is not None:
                m.call(instances.bound(m, part, forward, node), arguments, node)
        if part.kind is Kind.OBJECT:
            _forward(m, part, node)
            if literal(part.fields.get("inplace", NOTHING)) == (True, True):
                m.write_deep(arguments.all(), node, "runs a layer that works in place on it")
        _call_held(m, part, arguments, node)
    tensor = m.allocate(Kind.OBJECT, node, "forward", name="torch.forward", word="tensor")
    tensor.add(GRAPH, frozenset((obj,)) | frozenset(one for one in arguments.all() if one.is_data))
    return frozenset((tensor,))


def _forward(m: Machine, part: Obj, node: ast.AST) -> None:
    last = part.name.rpartition(".")[2]
    whole = part.name.startswith(_WHOLE_MODELS)
    draws = last.startswith(_DROPOUT) or whole or bool(part.fields.get("dropout"))
    moves = last.startswith(_NORMALIZING) or whole
    if part.fields.get("max_norm"):
        m.write(part, HELD, node, "looks rows up, which scales them")
    if not draws and not moves:
        return
    m.read(part, MODE, node)
    if m.modes.get(part, "train") == "eval":
        return
    if draws:
        draw(m, "torch", node, f"`{last}`")
    if moves:
        m.write(part, HELD, node, "runs it in training mode, which moves its averages")


def set_mode(m: Machine, value: Value, mode: str, node: ast.AST) -> None:
    """Switch torch modules between training and inference."""
    for part in reach(value):
        if not part.is_data:
            continue
        certain = not m.doubt and not m.weak
        m.modes[part] = mode if certain or m.modes.get(part, "train") == mode else "both"
        if m.ledger.is_exported:
            if certain:
                m.exported_modes[part] = mode
                m.ledger.overwrite(part, MODE)
        elif mode == m.exported_modes.get(part, "train") and certain:
            m.ledger.forget(part, MODE)
        else:
            m.write(part, MODE, node, f"sets its mode to `{mode}`")
