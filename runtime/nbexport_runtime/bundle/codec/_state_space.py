"""ARIMA and other models in state space form: what they are made of, their data and their parameters.

Most of such a model is compiled machinery. The filter gives the rest again, number by number:

    SARIMAX(sales, order=(1, 0, 0)).fit()  →  SARIMAX, sales, {"order": (1, 0, 0), …}, params  →  smooth(params)
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError
from nbexport_runtime.bundle.interface import Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder

ETS = """error trend damped_trend seasonal seasonal_periods initialization_method""".split()
KNOWN = ["initial_level", "initial_trend", "initial_seasonal"]
"""What an ETS model is made of; the latter only where its start is said to be known."""


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of a model in state space form, or of its results; None for all else."""
    if isinstance(value, _models()):
        encoder.may_contain_itself(value)
        endog, exog, options = _parts(value)
        return {
            "t": "state_space",
            "class": encoder.class_path(type(value), path),
            "endog": encoder.encode(endog, f"{path}.endog"),
            "exog": encoder.encode(exog, f"{path}.exog"),
            "v": encoder.encode(options, path),
        }
    results: Any = getattr(value, "_results", value)
    if not isinstance(results, _results()):
        return None
    how = _how(results)
    _compare(results, how, path)
    return {
        "t": "state_space_results",
        "model": encoder.encode(results.model, f"{path}.model"),
        "params": encoder.encode(_array(results.params), f"{path}.params"),
        "how": how,
        "wrapped": results is not value,
    }


def decode_model(tree: Tree, decoder: Decoder) -> Any:
    """A model, without parameters."""
    kind: Any
    kind, _ = decoder.trust.family(tree["class"])
    if not issubclass(kind, _models()):
        raise UntrustedError(f"`{tree['class']}` is not a model in state space form")
    return _made(kind, decoder.decode(tree["endog"]), decoder.decode(tree["exog"]), decoder.decode(tree["v"]))


def decode_results(tree: Tree, decoder: Decoder) -> Any:
    """The results of a model with given parameters."""
    again = _filtered(decoder.decode(tree["model"]), decoder.decode(tree["params"]), tree["how"])
    return again if tree["wrapped"] else again._results


def _parts(model: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Observations, regressors and options that make a model again."""
    if isinstance(model, _models()[1:]):
        names = [*ETS, *(KNOWN if model.initialization_method == "known" else ())]
        return model.data.orig_endog, None, {name: getattr(model, name) for name in names}
    # ARIMA counts its trend among the regressors
    exog = model._input_exog if hasattr(model, "_input_exog") else model.data.orig_exog
    options = model._get_init_kwds()
    # an object that the model makes for itself
    options.pop("initialization", None)
    return model.data.orig_endog, exog, options


def _made(kind: Any, endog: Any, exog: Any, options: dict[str, Any]) -> Any:
    with warnings.catch_warnings():
        # they were shown when the notebook made the model
        warnings.simplefilter("ignore")
        return kind(endog, **({} if exog is None else {"exog": exog}), **options)


def _how(results: Any) -> list[str | None]:
    """Whether all observations or the earlier ones made each estimate, and how errors are estimated."""
    smoothed = isinstance(results, _results()[1:]) or results.smoother_results is not None
    return ["smooth" if smoothed else "filter", getattr(results, "cov_type", None)]


def _filtered(model: Any, params: Any, how: list[str | None]) -> Any:
    if how[0] not in ("smooth", "filter"):
        raise UntrustedError(f"`{how[0]}` is not a way to fit a model in state space form")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if isinstance(model, _models()[1:]):
            return model.smooth(params)
        return getattr(model, how[0])(params, cov_type=how[1])


def _compare(results: Any, how: list[str | None], path: str) -> None:
    """Raise unless parts and parameters give the same results again."""
    import numpy

    try:
        model = results.model
        again = _filtered(_made(type(model), *_parts(model)), _array(results.params), how)
        same = numpy.array_equal(_array(again.fittedvalues), _array(results.fittedvalues), equal_nan=True)
        same = same and bool(numpy.isclose(again.llf, results.llf, rtol=1e-9, atol=0))
        reason = "they give other values"
    except Exception as error:  # noqa: BLE001 - statsmodels may raise anything for what it cannot make again
        same, reason = False, f"{type(error).__name__}: {error}"
    if not same:
        raise UnsaveableError(
            f"`{path}` cannot be made again from its data and parameters: {reason}",
            f"fit or `apply` the model to all rows at once, so that `{path}` follows from them and the parameters",
        )


def _array(values: Any) -> Any:
    import numpy

    return numpy.asarray(values)


def _models() -> tuple[Any, ...]:
    """The classes of models, those of exponential smoothing last."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.statespace.mlemodel import MLEModel

    return MLEModel, ETSModel


def _results() -> tuple[Any, ...]:
    """The classes of results, those of exponential smoothing last."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSResults
    from statsmodels.tsa.statespace.mlemodel import MLEResults

    return MLEResults, ETSResults
