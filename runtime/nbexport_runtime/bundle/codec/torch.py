"""torch: tensors beside the tree, modules attribute by attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.codec.lightning import is_trainer
from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError
from nbexport_runtime.bundle.interface import Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

KEPT = frozenset({"training", "_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"})
"""What of a module's own machinery is part of a model; the rest is hooks."""
DERIVED = frozenset({"_flat_weights", "_flat_weight_refs"})
"""What a recurrent module makes from its parameters."""


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of one of torch's values."""
    import torch

    if isinstance(value, torch.Tensor):
        return _encode_tensor(value, path, encoder)
    if isinstance(value, torch.nn.Module):
        return _encode_module(value, path, encoder)
    if isinstance(value, torch.device):
        return {"t": "device", "v": str(value)}
    if isinstance(value, torch.dtype):
        return {"t": "torch_dtype", "v": str(value).removeprefix("torch.")}
    if isinstance(value, torch.Size):
        return {"t": "size", "v": list(value)}
    if isinstance(value, torch.Generator):
        return {"t": "torch_generator", "v": encoder.encode(value.get_state(), path)}
    return None


def _encode_tensor(value: Any, path: str, encoder: Encoder) -> Tree:
    import torch

    if value.is_sparse or value.is_quantized or type(value) not in (torch.Tensor, torch.nn.Parameter):
        raise UnsaveableError(f"`{path}` is a {type(value).__name__} that safetensors cannot hold")
    plain = value.detach().cpu().resolve_conj().resolve_neg()
    is_complex = plain.is_complex()
    if is_complex:
        plain = torch.view_as_real(plain)
    return {
        "t": "tensor",
        "complex": is_complex,
        "key": encoder.keep(encoder.blobs.tensors, path, plain.contiguous().clone()),
        "parameter": isinstance(value, torch.nn.Parameter),
        "grad": bool(value.requires_grad and value.is_leaf),
    }


def _encode_module(value: Any, path: str, encoder: Encoder) -> Tree:
    import torch

    if type(value).__name__ == "OptimizedModule" or isinstance(value, torch.jit.ScriptModule):
        raise UnsaveableError(f"`{path}` is a compiled module; let `predict` use the module it was made from")
    encoder.may_contain_itself(value)
    hooks = _hooks()
    entries: list[Any] = []
    # by name: loading makes the machinery first, wherever the class had set it
    for name, entry in sorted(vars(value).items()):
        if name in hooks:
            if entry:
                raise UnsaveableError(f"`{path}` has hooks (`{name}`), which are code and cannot be saved")
            continue
        if name in DERIVED:
            continue
        # who trained it serves nothing, and a module has none until it is trained
        kept = None if is_trainer(name, entry) else entry
        inner = path if name in ("_parameters", "_buffers", "_modules") else f"{path}.{name}"
        entries.append([name, encoder.encode(kept, inner)])
    return {"t": "module", "class": encoder.class_path(type(value), path), "v": entries}


def _hooks() -> set[str]:
    import torch

    return set(vars(torch.nn.Module())) - KEPT


def _module(tree: Tree, decoder: Decoder) -> Any:
    import torch

    kind: Any = decoder.trust.subclass(tree["class"], torch.nn.Module, "a module")
    value = kind.__new__(kind)
    torch.nn.Module.__init__(value)
    decoder.begin(tree, value)
    hooks = _hooks()
    for name, entry in tree["v"]:
        if name in hooks:
            raise UntrustedError(f"`{tree['class']}` has hooks (`{name}`), which no bundle may hold")
        value.__dict__[name] = decoder.decode(entry)
    if isinstance(value, torch.nn.RNNBase):
        value._init_flat_weights()
    return value


def _tensor(tree: Tree, decoder: Decoder) -> Any:
    import torch

    plain = decoder.blobs.tensors[tree["key"]]
    if tree["complex"]:
        plain = torch.view_as_complex(plain)
    if tree["parameter"]:
        return torch.nn.Parameter(plain, requires_grad=tree["grad"])
    return plain.requires_grad_(tree["grad"]) if tree["grad"] else plain


def _device(tree: Tree, decoder: Decoder) -> Any:
    import torch

    return torch.device(tree["v"])


def _dtype(tree: Tree, decoder: Decoder) -> Any:
    import torch

    dtype = vars(torch).get(tree["v"])
    if not isinstance(dtype, torch.dtype):
        raise UntrustedError(f"`torch:{tree['v']}` is not a dtype")
    return dtype


def _size(tree: Tree, decoder: Decoder) -> Any:
    import torch

    return torch.Size(tree["v"])


def _generator(tree: Tree, decoder: Decoder) -> Any:
    import torch

    value = torch.Generator()
    value.set_state(decoder.decode(tree["v"]))
    return value


MODULE = "torch.nn.modules.module:Module"
ACTIVATIONS = """celu elu gelu glu hardshrink hardsigmoid hardswish hardtanh leaky_relu log_softmax logsigmoid mish
prelu relu relu6 rrelu selu sigmoid silu softmax softmin softplus softshrink softsign tanh tanhshrink threshold"""
LOSSES = """binary_cross_entropy binary_cross_entropy_with_logits cosine_embedding_loss cross_entropy ctc_loss
gaussian_nll_loss hinge_embedding_loss huber_loss kl_div l1_loss margin_ranking_loss mse_loss multi_margin_loss
multilabel_margin_loss multilabel_soft_margin_loss nll_loss poisson_nll_loss smooth_l1_loss soft_margin_loss
triplet_margin_loss"""
LAYERS = """adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d avg_pool1d avg_pool2d
batch_norm bilinear conv1d conv2d conv3d cosine_similarity dropout dropout1d dropout2d embedding group_norm
instance_norm interpolate layer_norm linear max_pool1d max_pool2d normalize one_hot pad pairwise_distance
pixel_shuffle rms_norm scaled_dot_product_attention"""
ARITHMETIC = """abs add argmax argmin as_tensor bmm cat clamp clip cos cosh cumsum diff div dot einsum empty erf exp
expm1 eye flatten float_power floor full gather hstack isnan lerp linspace log log10 log1p log2 logsumexp matmul max
maximum mean median min minimum mm mul norm ones ones_like outer pow prod rand randn reciprocal round rsqrt sign sin
sinh softmax sort sqrt square squeeze stack std sub sum swapaxes tan tensor topk transpose tril triu unsqueeze var
vstack where zeros zeros_like"""
INITIALS = """constant_ dirac_ eye_ kaiming_normal_ kaiming_uniform_ normal_ ones_ orthogonal_ sparse_ trunc_normal_
uniform_ xavier_normal_ xavier_uniform_ zeros_"""
SCALAR_TYPES = "Tensor Size bfloat16 device dtype"

CODEC = Codec(
    library="torch",
    encode=encode,
    decoders={
        "tensor": _tensor,
        "module": _module,
        "device": _device,
        "torch_dtype": _dtype,
        "size": _size,
        "torch_generator": _generator,
    },
    allowed=Allowed(
        families=(
            Family("torch.nn.modules.*", base=MODULE, named=True),
            Family("torch.nn.utils.parametrizations.*", base=MODULE),
            Family("torch.nn.utils.parametrize.*", base=MODULE),
            Family("torch.optim.*", setstate=True),
            Family("torch.distributions.*"),
            Family("torch.utils.data.dataset:Subset"),
            Family("torch.utils.data.dataset:TensorDataset"),
            # libraries that stand on torch and add modules only
            Family("torchvision.*", base=MODULE),
            Family("torchvision.transforms.*"),
            Family("torchaudio.*", base=MODULE),
            Family("torchmetrics.*", base=MODULE),
            Family("timm.*", base=MODULE),
            Family("torch_geometric.nn.*", base=MODULE),
        ),
        names={
            "torch": f"{ACTIVATIONS} {ARITHMETIC} {SCALAR_TYPES}",
            "torch._C._nn": f"{ACTIVATIONS} {LAYERS}",
            "torch._C._special": "special_expit",
            "torch.nn.functional": f"{ACTIVATIONS} {LOSSES} {LAYERS}",
            "torch.nn.init": INITIALS,
            "torch.nn.parameter": "Parameter",
            "torchmetrics.utilities.data": "dim_zero_cat dim_zero_max dim_zero_mean dim_zero_min dim_zero_sum",
        },
        methods={MODULE: "forward"},
    ),
)
