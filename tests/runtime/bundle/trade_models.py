"""Fitted models of libraries that the other tests do without; run by `test_trade_models.py` where they are installed.

python trade_models.py save LIBRARY FOLDER     a bundle of the library's models, and what they answer
python trade_models.py refused                 JSON: what is refused, by case
"""

from __future__ import annotations

import io
import json
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nbexport_runtime import bundle

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
FRAME = pd.DataFrame({"size": rng.normal(size=80), "town": rng.choice(list("xyz"), 80)})
TARGET = (FRAME["size"] + (FRAME["town"] == "x") > 0.2).astype(int)
ROWS = FRAME[["size"]].to_numpy(np.float32)
SALES = pd.Series(
    np.arange(60.0) + rng.normal(size=60) + 20, index=pd.date_range("2020-01-01", periods=60, freq="MS"), name="sales"
)
TWO = pd.DataFrame({"u": SALES.diff().fillna(0.0), "v": rng.normal(size=60)}, index=SALES.index)
CONSTANT = pd.DataFrame({"const": 1.0, "size": FRAME["size"]})

Made = tuple[Any, Callable[[Any], Any]]
"""A value, and what it is asked."""


def double(x: Any) -> Any:
    return x * 2


def of_catboost() -> Iterator[tuple[str, Made]]:
    from catboost import CatBoostClassifier, CatBoostRegressor
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    quiet: dict[str, Any] = {"iterations": 5, "verbose": 0, "allow_writing_files": False, "random_seed": 0}

    def words(model: Any) -> Any:
        return model.predict(FRAME).tolist()

    def numbers(model: Any) -> Any:
        return model.predict(ROWS).tolist()

    yield "classes of words", (CatBoostClassifier(cat_features=["town"], **quiet).fit(FRAME, TARGET), words)
    yield "numbers", (CatBoostRegressor(loss_function="MAE", **quiet).fit(ROWS, TARGET), numbers)
    yield "in a pipeline", (make_pipeline(StandardScaler(), CatBoostClassifier(**quiet)).fit(ROWS, TARGET), numbers)
    grid = GridSearchCV(CatBoostClassifier(**quiet), {"depth": [2, 3]}, cv=2).fit(ROWS, TARGET)
    yield "found by a search", (grid, numbers)


def of_keras() -> Iterator[tuple[str, Made]]:
    import keras
    from keras import layers as kl
    from trade_layers import Scale

    keras.utils.set_random_seed(0)

    def asked(model: Any) -> Any:
        return model.predict(ROWS, verbose=0).tolist()

    def chain(*parts: Any) -> Any:
        return keras.Sequential([keras.Input((1,)), *parts])

    start = keras.Input((1,))
    left = kl.Dense(3, activation="relu", kernel_regularizer="l2")(start)
    right = kl.Dense(3, kernel_initializer=keras.initializers.HeNormal(), kernel_constraint="non_neg")(start)
    joined = kl.BatchNormalization()(kl.Dropout(0.2)(kl.concatenate([left + right, keras.ops.tanh(left)])))
    normalization = kl.Normalization()
    normalization.adapt(ROWS)
    trained = chain(normalization, kl.Dense(4, activation="relu"), kl.Dense(1, activation="sigmoid"))
    trained.compile("adam", "binary_crossentropy")
    trained.fit(ROWS, TARGET.to_numpy(), epochs=1, verbose=0)
    yield "trained", (trained, asked)
    yield "of several paths", (keras.Model(start, kl.Dense(1)(joined)), asked)
    yield "recurrent", (chain(kl.Reshape((1, 1)), kl.Bidirectional(kl.GRU(2)), kl.Dense(1)), asked)
    yield "a layer of the notebook's", (chain(Scale(3.0), kl.Dense(1)), asked)
    yield "a function of the notebook's", (chain(kl.Dense(2, activation=double), kl.Lambda(double)), asked)


def of_onnxruntime() -> Iterator[tuple[str, Made]]:
    import onnx
    from onnxruntime import InferenceSession

    made = onnx.helper
    rows = made.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 1])
    out = made.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 1])
    weight = onnx.numpy_helper.from_array(np.array([[2.5]], np.float32), "w")
    graph = made.make_graph([made.make_node("MatMul", ["x", "w"], ["y"])], "line", [rows], [out], [weight])
    model = made.make_model(graph, opset_imports=[made.make_opsetid("", 17)], ir_version=9)

    def asked(session: Any) -> Any:
        return session.run(None, {"x": ROWS})[0].tolist()

    yield "from bytes", (InferenceSession(model.SerializeToString()), asked)
    onnx.save(model, "line.onnx")
    yield "from a file", (InferenceSession("line.onnx"), asked)


def of_prophet() -> Iterator[tuple[str, Made]]:
    from prophet import Prophet

    rows = pd.DataFrame({"ds": SALES.index, "y": SALES.to_numpy()})
    holidays = pd.DataFrame({"holiday": "fair", "ds": pd.to_datetime(["2021-02-01", "2022-02-01"])})

    def asked(model: Any) -> Any:
        return model.predict(model.make_future_dataframe(5)).yhat.tolist()

    yield "trend", (Prophet().fit(rows), asked)
    yield "holidays", (Prophet(holidays=holidays).add_seasonality("monthly", 30.5, 3).fit(rows), asked)


def of_skorch() -> Iterator[tuple[str, Made]]:
    import torch
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from skorch import NeuralNetClassifier, NeuralNetRegressor
    from torch import nn

    torch.manual_seed(0)

    def net(outputs: int) -> Any:
        return nn.Sequential(nn.Linear(1, 3), nn.ReLU(), nn.Linear(3, outputs))

    def asked(model: Any) -> Any:
        return model.predict(ROWS).tolist()

    def chances(model: Any) -> Any:
        return model.predict_proba(ROWS).tolist()

    options: dict[str, Any] = {"max_epochs": 2, "verbose": 0}
    classes = NeuralNetClassifier(net(2), criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, **options)
    yield "classes", (classes.fit(ROWS, TARGET.to_numpy()), chances)
    yield "numbers", (NeuralNetRegressor(net(1), **options).fit(ROWS, ROWS * 2), asked)
    inner = NeuralNetClassifier(net(2), criterion=nn.CrossEntropyLoss, **options)
    yield "in a pipeline", (make_pipeline(StandardScaler(), inner).fit(ROWS, TARGET.to_numpy()), chances)


def of_statsmodels() -> Iterator[tuple[str, Made]]:
    import statsmodels.api as sm
    import statsmodels.formula.api as smf
    from statsmodels.tsa.api import AutoReg, ExponentialSmoothing, UnobservedComponents
    from statsmodels.tsa.arima.model import ARIMA
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.statespace.sarimax import SARIMAX
    from statsmodels.tsa.statespace.varmax import VARMAX

    def asked(results: Any) -> Any:
        return results.predict(CONSTANT.head()).tolist()

    def by_formula(results: Any) -> Any:
        return results.predict(FRAME.head()).tolist()

    def ahead(results: Any) -> Any:
        found = results.forecast(3)
        return [np.asarray(found).tolist(), str(found.index[-1])]

    def ahead_given(results: Any) -> Any:
        return np.asarray(results.forecast(2, exog=[[1.0], [2.0]])).tolist()

    noisy = (TARGET + rng.integers(0, 2, 80) > 0).astype(int)
    given = np.arange(60.0) ** 0.5
    yield "ols", (sm.OLS(TARGET, CONSTANT).fit(), asked)
    shown = sm.OLS(TARGET, CONSTANT).fit()
    shown.summary()
    yield "ols with a summary", (shown, asked)
    shown_glm = sm.GLM(TARGET, CONSTANT, family=sm.families.Binomial()).fit()
    shown_glm.summary()
    yield "glm with a summary", (shown_glm, lambda results: [asked(results), float(results.llf)])
    yield "glm", (sm.GLM(TARGET, CONSTANT, family=sm.families.Binomial()).fit(), asked)
    yield "logit", (sm.Logit(noisy, CONSTANT).fit(disp=0), asked)
    yield "formula", (smf.ols("y ~ size + C(town)", FRAME.assign(y=TARGET)).fit(), by_formula)
    yield (
        "holt and winters",
        (ExponentialSmoothing(SALES, trend="add", seasonal="add", seasonal_periods=12).fit(), ahead),
    )
    yield "autoregression", (AutoReg(SALES, 2).fit(), ahead)
    yield "arima", (ARIMA(SALES, order=(1, 1, 1)).fit(), ahead)
    yield "arima with a trend", (ARIMA(SALES, order=(1, 0, 0), trend="ct").fit(), ahead)
    yield "arima with regressors", (ARIMA(SALES, exog=given, order=(1, 0, 0)).fit(), ahead_given)
    yield "sarimax", (SARIMAX(SALES, order=(1, 0, 0), seasonal_order=(1, 0, 0, 12)).fit(disp=0), ahead)
    yield "sarimax with more rows", (SARIMAX(SALES[:50], order=(1, 0, 0)).fit(disp=0).append(SALES[50:]), ahead)
    yield "components", (UnobservedComponents(SALES, "local linear trend").fit(disp=0), ahead)
    yield "two series", (VARMAX(TWO, order=(1, 0)).fit(disp=0, maxiter=3), ahead)
    yield "ets", (ETSModel(SALES, error="add", trend="add").fit(disp=0), ahead)


LIBRARIES = {name.removeprefix("of_"): made for name, made in list(globals().items()) if name.startswith("of_")}


def predict(state: Any, /, library: str, kind: str) -> Any:
    """What a model answers; how it is asked stands beside the model."""
    if library not in ASKED:
        ASKED[library] = {name: how for name, (_, how) in LIBRARIES[library]()}
    return ASKED[library][kind](state[kind])


ASKED: dict[str, dict[str, Callable[[Any], Any]]] = {}


def save(library: str, folder: Path) -> None:
    made = dict(LIBRARIES[library]())
    ASKED[library] = {kind: how for kind, (_, how) in made.items()}
    state = {kind: value for kind, (value, _) in made.items()}
    examples: Any = [((library, kind), {}) for kind in made]
    bundle.save(state, folder, strict=True, examples=examples, predict=predict, own=("trade_layers", "trade_models"))


def refused() -> dict[str, str]:
    """Case → why a value, or a forged file, is refused."""
    import h5py
    import keras
    from nbexport_runtime.bundle.codec._keras_archive import own_objects
    from nbexport_runtime.bundle.errors import UntrustedError
    from nbexport_runtime.bundle.trust import Trust
    from prophet import Prophet
    from statsmodels.tsa.statespace.sarimax import SARIMAX
    from trade_layers import Holds

    own = ("trade_layers", "trade_models")
    kl, start = keras.layers, keras.Input((1,))
    values = {
        "lambda": keras.Sequential([start, kl.Lambda(lambda x: x)]),
        "no get_config": keras.Sequential([start, Holds(object())]),
        "not built": keras.Sequential([kl.Dense(1)]),
        "a layer alone": kl.Dense(1),
        "not fitted": Prophet(),
        "extended": SARIMAX(SALES[:50], order=(1, 0, 0)).fit(disp=0).extend(SALES[50:]),
    }
    found = {case: bundle.problem_of(value, "model", own=own) for case, value in values.items()}
    file = Path("plain.keras")
    keras.Sequential([start, kl.Dense(1, activation="relu")]).save(file)
    plain = file.read_bytes()
    assert own_objects(plain, Trust(own)) == {}
    with zipfile.ZipFile(io.BytesIO(plain)) as members:
        parts = {name: members.read(name) for name in members.namelist()}

    def forged(changed: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", compression) as archive:
            for name, data in {**parts, **changed}.items():
                archive.writestr(name, data)
        return target.getvalue()

    def with_layer(layer: dict[str, Any]) -> bytes:
        config = json.loads(parts["config.json"])
        config["config"]["layers"].append(layer)
        return forged({"config.json": json.dumps(config).encode()})

    outside = io.BytesIO()
    with h5py.File(outside, "w") as weights:
        weights["layers"] = h5py.ExternalLink("/etc/passwd", "/")
    function = {"class_name": "function", "registered_name": "function"}
    files = {
        "a call": with_layer({"module": "os", "class_name": "system", "config": {}}),
        "a function of another module": with_layer({**function, "module": "os", "config": "system"}),
        "a function of Keras that is not part": with_layer({**function, "module": "keras.utils", "config": "get_file"}),
        "an unknown function": with_layer({**function, "module": "builtins", "config": "eval"}),
        "a class that is not part": with_layer({"module": "keras.utils", "class_name": "Progbar", "config": {}}),
        "code": with_layer({"class_name": "__lambda__", "config": {"value": []}}),
        "a saved model of TensorFlow": with_layer({"module": "keras.layers", "class_name": "TFSMLayer", "config": {}}),
        "words of a file": with_layer(
            {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}}
        ),
        "another name": with_layer(
            {"module": "keras.layers", "class_name": "Dense", "registered_name": "mine>Dense", "config": {}}
        ),
        "weights of another file": forged({"model.weights.h5": outside.getvalue()}),
        "a file that leads out": forged({"assets/../../x.txt": b""}),
        "compressed": forged({}, zipfile.ZIP_DEFLATED),
    }
    for case, data in files.items():
        try:
            own_objects(data, Trust(own))
        except UntrustedError as error:
            found[case] = str(error)
        else:
            found[case] = ""
    return found


if __name__ == "__main__":
    import trade_models  # values of the project's own module, not of `__main__`

    if sys.argv[1] == "save":
        trade_models.save(sys.argv[2], Path(sys.argv[3]))
    else:
        print(json.dumps(trade_models.refused()))
