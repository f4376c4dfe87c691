"""Which library calls belong to which step of training a model; full names and beginnings of them."""

from __future__ import annotations

from nbexport.names import effects

SPLITS = ("sklearn.model_selection.train_test_split", "torch.utils.data.random_split")
SPLIT_NAMES = frozenset({"train_test_split", "random_split", "temporal_train_test_split"})

LOADERS = (
    *effects.DATA_READERS,
    "sklearn.datasets.",
    "seaborn.load_dataset",
    "torchaudio.datasets.",
    "torchtext.datasets.",
    "torchtext.legacy.datasets.",
    "tensorflow_datasets.load",
    "datasets.load_dataset",
    "keras.utils.image_dataset_from_directory",
    "csv.reader",
    "tensorflow.data.",
)
LOADER_NAMES = frozenset({"load_data", "image_dataset_from_directory", "text_dataset_from_directory", "ImageFolder"})
FETCHERS = (
    "urllib.request.",
    "requests.get",
    "zipfile.",
    "tarfile.",
    "tensorflow.keras.utils.get_file",
    "keras.utils.get_file",
    "kagglehub.",
)
WRAPPERS = frozenset({"DataLoader", "TensorDataset", "Subset", "ConcatDataset", "SubsetRandomSampler"})
GENERATORS = frozenset(
    """numpy.linspace numpy.arange numpy.array numpy.c_ torch.linspace torch.arange torch.rand torch.randn
    torch.tensor pandas.DataFrame""".split()
)
"""They make data where nothing else does; anywhere else they say little."""

TRANSFORMERS = (
    "sklearn.preprocessing.",
    "sklearn.feature_extraction.",
    "sklearn.feature_selection.",
    "sklearn.decomposition.",
    "sklearn.impute.",
    "sklearn.compose.",
    "sklearn.random_projection.",
    "sklearn.kernel_approximation.",
    "imblearn.over_sampling.",
    "imblearn.under_sampling.",
    "category_encoders.",
    "keras.preprocessing.",
    "tensorflow.keras.preprocessing.",
    "tensorflow.keras.layers.TextVectorization",
    "tensorflow.keras.layers.Normalization",
)

MODELS = (
    "sklearn.linear_model.",
    "sklearn.ensemble.",
    "sklearn.tree.",
    "sklearn.svm.",
    "sklearn.neighbors.",
    "sklearn.naive_bayes.",
    "sklearn.neural_network.",
    "sklearn.gaussian_process.",
    "sklearn.discriminant_analysis.",
    "sklearn.cluster.",
    "sklearn.mixture.",
    "sklearn.multiclass.",
    "sklearn.multioutput.",
    "sklearn.dummy.",
    "sklearn.kernel_ridge.",
    "sklearn.isotonic.",
    "sklearn.calibration.",
    "sklearn.manifold.",
    "xgboost.XGB",
    "lightgbm.LGBM",
    "catboost.CatBoost",
    "statsmodels.",
    "torch.nn.Sequential",
    "torch.nn.Linear",
    "torch.nn.Parameter",
    "torch.nn.Module",
    "torch.nn.LSTM",
    "torch.nn.GRU",
    "torch.nn.RNN",
    "torch.nn.Transformer",
    "torch.nn.DataParallel",
    "torchvision.models.",
    "torch.hub.load",
    "timm.create_model",
    "keras.Sequential",
    "keras.Model",
    "keras.models.",
    "keras.layers.",
    "keras.Input",
    "keras.applications.",
    "tensorflow.keras.Sequential",
    "tensorflow.keras.Model",
    "tensorflow.keras.models.",
    "tensorflow.keras.layers.",
    "tensorflow.keras.Input",
    "tensorflow.keras.applications.",
)
GIVE_RESULTS = ("statsmodels.",)
"""Libraries whose models are not changed by `fit`, which gives an object with the results."""
R_SQUARED = frozenset({"ols", "wls", "gls", "glsar", "recursivels"})
AKAIKE = frozenset(
    """glm logit probit poisson mnlogit negativebinomial generalizedpoisson arima sarimax autoreg
    exponentialsmoothing holt simpleexpsmoothing unobservedcomponents etsmodel""".split()
)
"""Models of statsmodels, in lower case, by the figure that tells how well their results fit."""
FIT_FIGURES = ("rsquared", "rsquared_adj", "prsquared", "aic", "bic", "deviance", "mse_resid", "llf")
"""Attributes of results that are such a figure."""
UNSUPERVISED = {
    name: figure
    for names, figure in {
        "KMeans MiniBatchKMeans BisectingKMeans": ("inertia", "{model}.inertia_"),
        "GaussianMixture BayesianGaussianMixture KernelDensity FactorAnalysis": (
            "log_likelihood",
            "{model}.score({rows})",
        ),
        "PCA IncrementalPCA TruncatedSVD": ("explained_variance", "{model}.explained_variance_ratio_.sum()"),
        "NMF MiniBatchNMF": ("reconstruction_error", "{model}.reconstruction_err_"),
        "LatentDirichletAllocation": ("perplexity", "{model}.perplexity({rows})"),
        "TSNE": ("kl_divergence", "{model}.kl_divergence_"),
        "MDS": ("stress", "{model}.stress_"),
        "DBSCAN HDBSCAN OPTICS AgglomerativeClustering FeatureAgglomeration SpectralClustering Birch MeanShift "
        "AffinityPropagation": ("clusters", "len(set({model}.labels_))"),
        "IsolationForest OneClassSVM EllipticEnvelope SGDOneClassSVM": (
            "outliers",
            "({model}.predict({rows}) == -1).mean()",
        ),
    }.items()
    for name in names.split()
}
"""Models of scikit-learn that learn without a target → a figure of what they found in their rows, and its expression.

`score` is the mean log-likelihood of a row, for `KernelDensity` the sum. Source: scikit-learn's API reference, the
attributes of each class.
"""
AHEAD = frozenset(
    """arima sarimax autoreg exponentialsmoothing holt simpleexpsmoothing unobservedcomponents etsmodel""".split()
)
"""Models of statsmodels, in lower case, of one series: they are asked for the steps that follow it."""
EXOG_SECOND = frozenset({"arima", "sarimax"})
"""Those of them whose second argument is what the series depends on besides."""
MODEL_BASES = frozenset(
    "Module LightningModule Model ClassifierMixin RegressorMixin ClusterMixin PreTrainedModel Sequential".split()
)

OPTIMISERS = (
    "torch.optim.",
    "keras.optimizers.",
    "tensorflow.keras.optimizers.",
    "keras.losses.",
    "tensorflow.keras.losses.",
    "keras.callbacks.",
    "tensorflow.keras.callbacks.",
    "transformers.Trainer",
    "transformers.TrainingArguments",
    "pytorch_lightning.Trainer",
    "lightning.Trainer",
    "lightning.pytorch.Trainer",
)
SEARCHES = (
    "sklearn.model_selection.GridSearchCV",
    "sklearn.model_selection.RandomizedSearchCV",
    "sklearn.model_selection.HalvingGridSearchCV",
    "sklearn.model_selection.HalvingRandomSearchCV",
)
FITTING_FUNCTIONS = frozenset(
    """numpy.polyfit numpy.linalg.lstsq scipy.optimize.minimize scipy.optimize.curve_fit xgboost.train
    lightgbm.train scipy.stats.linregress""".split()
)
TEXT_STEPS = frozenset({"TfidfVectorizer", "CountVectorizer", "HashingVectorizer", "Tokenizer", "TextVectorization"})
"""They are given texts."""
CONTAINERS = frozenset({"DMatrix", "QuantileDMatrix", "Dataset", "Pool"})
"""Containers of boosting libraries; `lightgbm.Dataset` is for the training alone."""
TRAINED_BY = frozenset({"xgboost.train", "lightgbm.train"})
"""Functions that give a trained model."""
ASK_FOR_US = frozenset(
    """catboost.utils.get_roc_curve catboost.utils.get_confusion_matrix catboost.utils.get_fpr_curve
    catboost.utils.get_fnr_curve sklearn.metrics.ConfusionMatrixDisplay.from_estimator
    sklearn.metrics.RocCurveDisplay.from_estimator sklearn.metrics.PrecisionRecallDisplay.from_estimator
    sklearn.metrics.DetCurveDisplay.from_estimator sklearn.metrics.PredictionErrorDisplay.from_estimator
    sklearn.calibration.CalibrationDisplay.from_estimator sklearn.inspection.permutation_importance""".split()
)
"""Functions that are given a model and rows, in this order, and ask the one about the others."""
SCORES = (
    "sklearn.metrics.",
    "sklearn.model_selection.cross_val_score",
    "sklearn.model_selection.cross_validate",
    "torchmetrics.functional.",
    "torcheval.metrics.functional.",
)
CROSS_VALIDATIONS = frozenset(
    f"sklearn.model_selection.{name}" for name in ("cross_val_score", "cross_validate", "cross_val_predict")
)
"""They fit copies of a model and throw them away."""
NO_SCORES = ("Display", "_curve", "_distances", "_distances_argmin", "_kernel", "_kernels", "make_scorer", "get_scorer")
"""Ends of names in `sklearn.metrics` that score nothing."""
REPORTS = frozenset(
    """confusion_matrix classification_report roc_curve precision_recall_curve silhouette_samples
    multilabel_confusion_matrix""".split()
)
"""Scores that are not a single number."""
LOWER_IS_BETTER = frozenset(
    """mean_squared_error root_mean_squared_error mean_absolute_error log_loss hinge_loss brier_score_loss
    mean_absolute_percentage_error median_absolute_error max_error zero_one_loss""".split()
)

PLAIN_LIBRARIES = frozenset(
    """numpy pandas scipy os sys re math time datetime random collections itertools functools pathlib json copy warnings
    logging torch tensorflow keras sklearn torchvision string glob shutil pickle joblib typing tqdm PIL
    requests""".split()
)
"""Libraries whose functions are known by their full names or not at all."""
