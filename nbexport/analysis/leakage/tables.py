"""What the libraries' names do to rows."""

from __future__ import annotations

FITTED = frozenset(
    """StandardScaler MinMaxScaler MaxAbsScaler RobustScaler PowerTransformer QuantileTransformer KBinsDiscretizer
    SplineTransformer SimpleImputer KNNImputer IterativeImputer Imputer PCA IncrementalPCA KernelPCA SparsePCA
    TruncatedSVD NMF FastICA FactorAnalysis LatentDirichletAllocation TfidfVectorizer CountVectorizer TfidfTransformer
    DictVectorizer OneHotEncoder OrdinalEncoder TargetEncoder VarianceThreshold
    LeaveOneOutEncoder CatBoostEncoder JamesSteinEncoder MEstimateEncoder WOEEncoder GLMMEncoder QuantileEncoder
    SummaryEncoder CountEncoder BinaryEncoder BaseNEncoder HelmertEncoder SumEncoder BackwardDifferenceEncoder
    PolynomialEncoder RankHotEncoder GrayEncoder""".split()
)
"""Transformers that learn from the rows they are fitted on. `LabelEncoder` only numbers the labels, and is not one."""

SELECTING = frozenset(
    """SelectKBest SelectPercentile SelectFpr SelectFdr SelectFwe GenericUnivariateSelect SelectFromModel RFE RFECV
    SequentialFeatureSelector""".split()
)
"""Selectors that choose features by how well they tell the target."""

OVERSAMPLING = frozenset(
    """SMOTE SMOTENC SMOTEN BorderlineSMOTE KMeansSMOTE SVMSMOTE ADASYN RandomOverSampler SMOTEENN SMOTETomek""".split()
)
"""Samplers of imbalanced-learn that copy or blend rows."""

ROW_BY_ROW = frozenset(
    """Normalizer Binarizer PolynomialFeatures FunctionTransformer HashingVectorizer HashingEncoder LabelEncoder
    LabelBinarizer MultiLabelBinarizer RandomUnderSampler""".split()
)
"""Transformers that learn nothing that matters."""

COMPOSED = frozenset("Pipeline make_pipeline ColumnTransformer make_column_transformer FeatureUnion make_union".split())
COLUMN_WISE = frozenset({"ColumnTransformer", "make_column_transformer", "FunctionTransformer", "FeatureUnion"})
"""Steps that may leave columns out."""
SEARCHES = frozenset(
    """GridSearchCV RandomizedSearchCV HalvingGridSearchCV HalvingRandomSearchCV BaggingClassifier BaggingRegressor
    CalibratedClassifierCV MultiOutputClassifier MultiOutputRegressor OneVsRestClassifier VotingClassifier
    VotingRegressor StackingClassifier StackingRegressor TransformedTargetRegressor""".split()
)
"""Models around another model."""
DRAWN = frozenset({"PCA", "KernelPCA", "IncrementalPCA", "TruncatedSVD"})
"""Transformers that are fitted to each side of a split to draw it."""

MODELS = frozenset(
    """LogisticRegression LogisticRegressionCV LinearRegression Ridge RidgeCV Lasso LassoCV ElasticNet ElasticNetCV
    SGDClassifier SGDRegressor Perceptron RidgeClassifier BayesianRidge HuberRegressor SVC SVR LinearSVC LinearSVR NuSVC
    DecisionTreeClassifier DecisionTreeRegressor RandomForestClassifier RandomForestRegressor ExtraTreesClassifier
    ExtraTreesRegressor GradientBoostingClassifier GradientBoostingRegressor HistGradientBoostingClassifier
    HistGradientBoostingRegressor AdaBoostClassifier AdaBoostRegressor KNeighborsClassifier KNeighborsRegressor
    GaussianNB MultinomialNB BernoulliNB ComplementNB MLPClassifier MLPRegressor LinearDiscriminantAnalysis
    QuadraticDiscriminantAnalysis GaussianProcessClassifier GaussianProcessRegressor""".split()
)
"""Models of scikit-learn."""
STARRED = FITTED | SELECTING | OVERSAMPLING | ROW_BY_ROW | COMPOSED | SEARCHES | MODELS | {"train_test_split"}
"""Names that a star import of scikit-learn or imbalanced-learn supplies, where nothing else binds them."""

ESTIMATOR_LIBRARIES = ("sklearn.", "imblearn.", "xgboost.", "lightgbm.", "catboost.", "category_encoders.")

ELSEWHERE = ("matplotlib.", "seaborn.", "plotly.", "torch.nn.", "tensorflow.", "keras.")
"""Libraries that are given rows to draw, or have nothing to do with them."""

COLUMN_ATTRIBUTES = frozenset({"values", "T", "array", "str", "dt", "cat"})
NOT_ROWS = frozenset(
    """shape columns index size dtypes dtype ndim name names feature_names target_names DESCR empty axes""".split()
)
"""Attributes of a table that hold none of its rows."""

SAME_ROWS = frozenset(
    """copy astype fillna to_numpy to_frame apply map applymap replace toarray todense tocsr reshape ravel flatten
    squeeze assign interpolate reset_index abs clip round lower strip rename set_index ffill bfill transform
    sort_values sort_index set_output""".split()
)
"""Methods of tables and arrays that keep every row."""
NEW_COLUMNS = frozenset({"rename", "set_index", "transform", "reset_index", "assign", "apply", "reshape", "set_axis"})
"""Those of them after which the columns are not known."""

AGGREGATING = frozenset("mean median sum std var agg aggregate transform quantile first max min".split())
"""Methods that give one figure for each group of rows, which `transform` gives to each row of the group."""
LOOKED_UP = frozenset({"map", "replace", "merge", "join"})
"""Methods of tables whose result holds what the table is given."""
PASSED_ON = frozenset("to_dict to_frame reset_index rename fillna sort_values squeeze copy round".split())
"""Methods of figures by group that keep them."""

FEWER_ROWS = frozenset({"head", "tail", "dropna", "drop_duplicates", "query", "nlargest", "nsmallest", "truncate"})

SAME_ROWS_FUNCTIONS = frozenset(
    """numpy.array numpy.asarray numpy.log numpy.log1p numpy.sqrt numpy.exp numpy.nan_to_num numpy.ravel numpy.abs
    pandas.DataFrame pandas.Series pandas.get_dummies pandas.to_numeric pandas.to_datetime scipy.sparse.csr_matrix
    torch.tensor torch.from_numpy""".split()
)
SIDE_BY_SIDE = frozenset({"numpy.hstack", "numpy.column_stack", "scipy.sparse.hstack"})
ONE_BELOW_OTHER = frozenset({"pandas.concat", "numpy.concatenate", "numpy.vstack", "scipy.sparse.vstack", "numpy.r_"})
CROSS_VALIDATION = frozenset({"cross_val_score", "cross_validate", "cross_val_predict"})
HARMLESS = frozenset(
    "print len display type list set sorted zip enumerate range str repr sum max min tuple dict".split()
)
"""Functions of Python that change no table which they are given."""
ELEMENTWISE = frozenset("list set tuple zip enumerate sorted".split())
"""Those of them whose result goes through what they are given, element by element."""
