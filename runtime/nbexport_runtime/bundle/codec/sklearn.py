"""scikit-learn: estimators as skops files, which are read only once everything they name is allowed."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.codec._skops import trusted_names
from nbexport_runtime.bundle.errors import UnsaveableError, UntrustedError
from nbexport_runtime.bundle.fingerprints import fingerprint
from nbexport_runtime.bundle.importing import hidden
from nbexport_runtime.bundle.interface import Codec, Tree

if TYPE_CHECKING:
    from nbexport_runtime.bundle.encoding import Decoder, Encoder
    from nbexport_runtime.bundle.trust import Trust

ESTIMATOR = "sklearn.base:BaseEstimator"
ADAPTERS = tuple(f"sklearn.externals.array_api_compat.{library}" for library in ("torch", "cupy", "dask"))
"""Packages of scikit-learn that import what they are named after."""
ANSWERS = "decision_function inverse_transform predict predict_log_proba predict_proba score_samples transform"


def encode(value: Any, path: str, encoder: Encoder) -> Tree | None:
    """The tree of an estimator, or of one of scikit-learn's other objects."""
    from sklearn.base import BaseEstimator

    is_part = type(value).__module__.partition(".")[0] == "sklearn" and not isinstance(value, dict | tuple)
    if not isinstance(value, BaseEstimator) and not is_part:
        return None
    encoder.class_path(type(value), path)
    try:
        # now, since `predict` may count or cache something in it when it answers
        data, learnt = packed(value, encoder.trust)
    except UnsaveableError:
        # skops knows no frames, tensors or tuples as keys; attribute by attribute, each has a form of its own
        return None
    key = encoder.keep(encoder.blobs.estimators, path, value)
    encoder.blobs.packed[key] = data
    return {"t": "estimator", "key": key, "fingerprint": learnt}


def packed(estimator: Any, trust: Trust | None) -> tuple[bytes, str]:
    """An estimator as the bytes of a skops file, and its fingerprint.

    Raises:
        UnsaveableError: skops cannot save it, what it saves is not equal when loaded, or it names what no bundle may
        hold.
    """
    name = type(estimator).__name__
    try:
        skops = imported_skops()
        data: bytes = skops.dumps(estimator)
        # without `trust` nothing is written, and what is compared is in memory already
        trusted = skops.get_untrusted_types(data=data) if trust is None else trusted_names(data, trust)
        learnt = fingerprint(estimator)
        same = fingerprint(skops.loads(data, trusted=trusted)) == learnt
    except UntrustedError:
        raise
    except Exception as error:
        # whatever skops cannot do with an estimator is the answer
        raise UnsaveableError(f"skops cannot save a {name}: {error}") from error
    if not same:
        raise UnsaveableError(f"a {name} does not come back equal from skops")
    return data, learnt


def unpacked(data: bytes, trust: Trust) -> Any:
    """The estimator of a skops file.

    Raises:
        UntrustedError: It names what no bundle may hold.
    """
    trusted = trusted_names(data, trust)
    return imported_skops().loads(data, trusted=trusted)


def imported_skops() -> Any:
    """The module `skops.io`, imported without torch.

    When it is imported, it lists scikit-learn's estimators, and with every package of scikit-learn it would import
    scikit-learn's adapters of torch, CuPy and Dask, where these are installed: seconds, and hundreds of megabytes.
    """
    if "skops.io" in sys.modules:
        # nothing is hidden any more: another thread may import what it likes
        return sys.modules["skops.io"]
    with hidden(*ADAPTERS):
        return importlib.import_module("skops.io")


def _estimator(tree: Tree, decoder: Decoder) -> Any:
    return decoder.blobs.estimators[tree["key"]]


CODEC = Codec(
    library="sklearn",
    encode=encode,
    decoders={"estimator": _estimator},
    allowed=Allowed(
        families=(
            Family("sklearn.*", base=ESTIMATOR, setstate=True, named=True),
            Family("sklearn.utils._bunch:Bunch"),
            # what estimators learn, beside arrays
            Family("sklearn._loss._loss.*", setstate=True),
            Family("sklearn._loss.link.*"),
            Family("sklearn._loss.loss.*"),
            Family("sklearn.calibration:_CalibratedClassifier"),
            Family("sklearn.cluster._birch.*"),
            Family("sklearn.cluster._bisect_k_means:_BisectingTree"),
            Family("sklearn.compose._column_transformer:make_column_selector"),
            Family("sklearn.ensemble._hist_gradient_boosting.predictor:TreePredictor", setstate=True),
            Family("sklearn.gaussian_process.kernels.*"),
            Family("sklearn.impute._iterative:_ImputerTriplet"),
            Family("sklearn.linear_model._sgd_fast.*", setstate=True),
            Family("sklearn.metrics._scorer.*"),
            Family("sklearn.metrics._dist_metrics.*", setstate=True),
            Family("sklearn.model_selection._split.*"),
            Family("sklearn.neighbors._ball_tree:BallTree", setstate=True),
            Family("sklearn.neighbors._kd_tree:KDTree", setstate=True),
            Family("sklearn.neural_network._stochastic_optimizers.*"),
            Family("sklearn.utils._metadata_requests.*"),
            Family("sklearn.tree._tree:Tree", setstate=True),
            # libraries that stand on scikit-learn and add estimators only
            Family("category_encoders.*", base=ESTIMATOR, setstate=True),
            Family("imblearn.*", base=ESTIMATOR, setstate=True),
        ),
        names={
            "sklearn.utils.validation": "check_array column_or_1d",
            "sklearn.cluster._kmeans": "_kmeans_single_elkan _kmeans_single_lloyd",
            "sklearn.feature_extraction.text": "strip_accents_ascii strip_accents_unicode strip_tags",
            "sklearn.feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
            "sklearn.feature_selection._univariate_selection": "chi2 f_classif f_oneway f_regression r_regression",
            "sklearn.metrics._classification": """accuracy_score balanced_accuracy_score brier_score_loss
            classification_report cohen_kappa_score confusion_matrix d2_log_loss_score f1_score fbeta_score
            hamming_loss hinge_loss jaccard_score log_loss matthews_corrcoef multilabel_confusion_matrix
            precision_score precision_recall_fscore_support recall_score zero_one_loss""",
            "sklearn.metrics._ranking": """auc average_precision_score coverage_error dcg_score det_curve
            label_ranking_average_precision_score label_ranking_loss ndcg_score precision_recall_curve roc_auc_score
            roc_curve top_k_accuracy_score""",
            "sklearn.metrics._regression": """d2_absolute_error_score d2_pinball_score d2_tweedie_score
            explained_variance_score max_error mean_absolute_error mean_absolute_percentage_error mean_gamma_deviance
            mean_pinball_loss mean_poisson_deviance mean_squared_error mean_squared_log_error mean_tweedie_deviance
            median_absolute_error r2_score root_mean_squared_error root_mean_squared_log_error""",
            "sklearn.metrics.pairwise": """additive_chi2_kernel chi2_kernel cosine_distances cosine_similarity
            euclidean_distances haversine_distances laplacian_kernel linear_kernel manhattan_distances
            nan_euclidean_distances polynomial_kernel rbf_kernel sigmoid_kernel""",
            "sklearn.preprocessing._data": """add_dummy_feature binarize maxabs_scale minmax_scale normalize
            power_transform quantile_transform robust_scale scale""",
        },
        methods={ESTIMATOR: ANSWERS},
    ),
)
