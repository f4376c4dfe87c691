"""scipy: distributions by name, since their own `__setstate__` executes text; the rest is objects of numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError
from nbexport_runtime.bundle.interface import Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of a distribution, frozen or not."""
    if not type(value).__module__.startswith("scipy.stats."):
        return None
    from scipy import stats
    from scipy.stats._distn_infrastructure import rv_frozen

    if isinstance(value, stats.rv_continuous | stats.rv_discrete):
        if type(vars(stats).get(value.name)) is not type(value):
            raise UnsaveableError(f"`{path}` is a distribution of its own, which has no form as plain data")
        return {"t": "distribution", "name": value.name}
    if isinstance(value, rv_frozen):
        inner = encode(value.dist, path, encoder)
        return {"t": "frozen_distribution", "of": inner, "v": encoder.items([list(value.args), value.kwds], path)}
    return None


def _distribution(tree: Tree, decoder: Decoder) -> Any:
    from scipy import stats

    value = vars(stats).get(tree["name"])
    if not isinstance(value, stats.rv_continuous | stats.rv_discrete):
        raise UntrustedError(f"`scipy.stats:{tree['name']}` is not a distribution")
    return value


def _frozen(tree: Tree, decoder: Decoder) -> Any:
    arguments, keywords = decoder.decode(tree["v"])
    return _distribution(tree["of"], decoder)(*arguments, **keywords)


CODEC = Codec(
    library="scipy",
    encode=encode,
    decoders={"distribution": _distribution, "frozen_distribution": _frozen},
    allowed=Allowed(
        families=(
            Family("scipy.interpolate.*", named=True),
            Family("scipy.optimize._lbfgsb_py:LbfgsInvHessProduct"),
            Family("scipy.optimize._optimize:OptimizeResult"),
            Family("scipy.sparse.*", base="scipy.sparse._base:_spbase"),
            Family("scipy.spatial.transform.*", setstate=True),
            Family("scipy.stats._kde:gaussian_kde"),
        ),
        names={
            "scipy.interpolate._interpolate": """interp1d._call_linear interp1d._call_linear_np
            interp1d._call_nan_spline interp1d._call_nearest interp1d._call_nearest_up interp1d._call_previousnext
            interp1d._call_spline""",
            "scipy._lib.array_api_compat.numpy._aliases": "asarray",
            "scipy.spatial.distance": """braycurtis canberra chebyshev cityblock correlation cosine dice euclidean
            hamming jaccard mahalanobis minkowski rogerstanimoto russellrao seuclidean sokalsneath sqeuclidean yule""",
            "scipy.special._logsumexp": "log_softmax logsumexp softmax",
        },
        kinds={"scipy.special._ufuncs": "numpy:ufunc"},
        methods={
            "scipy.stats._distn_infrastructure:rv_generic": "cdf isf logcdf logpdf logpmf logsf pdf pmf ppf rvs sf",
            "scipy.stats._distn_infrastructure:rv_frozen": "cdf isf logcdf logpdf logpmf logsf pdf pmf ppf rvs sf",
            "scipy.stats._kde:gaussian_kde": "evaluate logpdf pdf",
        },
    ),
)
