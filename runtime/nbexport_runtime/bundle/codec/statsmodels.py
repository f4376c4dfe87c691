"""statsmodels: results of models, fitted to arrays, to frames or by a formula.

To restore a model that was made from a formula, statsmodels evaluates the formula, and a formula is Python:
`y ~ f("x")` calls `f`. So only formulas of columns, numbers, operators, `C(…)` and `I(…)` come back.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.codec import _state_space, instances
from nbexport_runtime.bundle.errors import UntrustedError
from nbexport_runtime.bundle.interface import Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

RESTORED = ("restore_design_info", "restore_model_spec")
"""What the data of a model is told when it has a formula to evaluate, before and since statsmodels 0.15."""
SUMMARIES = frozenset({"_summary_cache", "_summary_statistics_cache"})
"""What results keep of a `summary()` for the next one: tests of scipy among it, which have no form as plain data."""
SPECIFICATIONS = ("design_info", "model_spec")
OTHER_SIGN = re.compile(r"[^\w\s~+\-*/:()]|\*{3}|\b_|\)\s*\(")
CALL = re.compile(r"(\w+)\s*\(")
CALLS = ("C", "I")


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of a model in state space form, of data that has a formula, or of results that were summarized.

    All else is plain objects.
    """
    if "statsmodels.tsa" in sys.modules:
        tree = _state_space.encode(value, path, encoder)
        if tree is not None:
            return tree
    if type(value).__module__.startswith("statsmodels.") and SUMMARIES & getattr(value, "__dict__", {}).keys():
        return instances.encode(value, path, encoder, without=SUMMARIES)
    if type(value).__module__ != "statsmodels.base.data" or not vars(value).keys() & set(SPECIFICATIONS):
        return None
    encoder.may_contain_itself(value)
    state = value.__getstate__()
    refuse_formula(state, f"`{path}`: ")
    return {"t": "formula_data", "class": encoder.class_path(type(value), path), "v": encoder.encode(state, path)}


def decode(tree: Tree, decoder: Decoder) -> Any:
    """A model's data that has a formula."""
    kind: Any
    kind, _ = decoder.trust.family(tree["class"])
    if kind.__module__ != "statsmodels.base.data":
        raise UntrustedError(f"`{tree['class']}` has no formula that a bundle may hold")
    value = kind.__new__(kind)
    decoder.begin(tree, value)
    state = decoder.decode(tree["v"])
    refuse_formula(state, "")
    value.__setstate__(state)
    return value


def refuse_formula(state: Any, where: str) -> None:
    """Raise unless the formula among a model's data can be evaluated without harm.

    Args:
        state: The attributes of the model's data.
        where: How the message begins.

    Raises:
        UntrustedError: It may call something.
    """
    formula = state.get("formula") if isinstance(state, dict) else None
    plain = type(formula) is str and not OTHER_SIGN.search(formula)
    if not plain or not set(CALL.findall(str(formula))) <= set(CALLS):
        raise UntrustedError(
            f"{where}the formula `{formula}` holds more than columns, numbers, operators, `C(…)` and `I(…)`, and "
            "loading it would run that; add what it computes as columns before fitting"
        )


CODEC = Codec(
    library="statsmodels",
    encode=encode,
    decoders={
        "formula_data": decode,
        "state_space": _state_space.decode_model,
        "state_space_results": _state_space.decode_results,
    },
    allowed=Allowed(
        families=tuple(
            Family(f"statsmodels.{part}.*", refused=RESTORED)
            for part in "base discrete duration gam genmod nonparametric regression robust tools tsa".split()
        ),
    ),
)
