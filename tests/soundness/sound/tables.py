"""Exploration around a table and an estimator of scikit-learn."""

from __future__ import annotations

from soundness.cases import Case, cases

IMPORTS = """\
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
"""
DATA = """\
--- data
rng = np.random.default_rng(5)
df = pd.DataFrame({
    "age": rng.integers(18, 80, 120),
    "income": rng.gamma(3.0, 900.0, 120).round(1),
    "town": rng.choice(["kiel", "jena", "ulm"], 120),
    "joined": pd.date_range("2021-01-01", periods=120, freq="D"),
})
df["bought"] = ((df["age"] < 50) & (df["income"] > 2000)).astype(int)
"""
SPLIT = """\
--- data
X = df[["age", "income"]]
y = df["bought"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=1)
"""
MODEL = """\
--- train
model = LogisticRegression(max_iter=500)
model.fit(X_train, y_train)
"""
SCORE = """\
--- evaluate
metrics = {"accuracy": model.score(X_test, y_test), "p": float(model.predict_proba(X_test)[:, 1].mean())}
"""

EXPLORED: dict[str, tuple[str, str, str, str]] = {
    # name: (before the data, after the data, after the split, after the training); empty: no such cell
    "first_look": (
        "",
        """
        df.head()
        df.tail(3)
        df.info()
        print(df.shape, df.dtypes, df.columns.tolist(), df.index[:3])
        df.describe(include="all").T
        df.isna().sum().sum(), df.duplicated().any(), df.nunique(), df.memory_usage(deep=True).sum()
        """,
        "print(X_train.shape, y_test.value_counts(normalize=True))",
        "print(f'{model.score(X_train, y_train):.3f}', model.coef_.round(3), model.n_iter_)",
    ),
    "grouped": (
        "",
        """
        by_town = df.groupby("town")["income"].agg(["mean", "std", "count"])
        by_town["share"] = by_town["count"] / by_town["count"].sum()
        by_town = by_town.sort_values("share", ascending=False).reset_index()
        print(by_town.to_string())
        for town, part in df.groupby("town"):
            print(town, len(part), part["age"].median())
        df.groupby(["town", "bought"]).size().unstack(fill_value=0)
        """,
        "",
        "",
    ),
    "counted_and_crossed": (
        "",
        """
        df["town"].value_counts().head(2)
        pd.crosstab(df["town"], df["bought"], normalize="index").round(2)
        pd.cut(df["age"], bins=[0, 30, 50, 99], labels=["young", "middle", "old"]).value_counts()
        pd.qcut(df["income"], 4).value_counts().sort_index()
        df.pivot_table(index="town", columns="bought", values="income", aggfunc="median")
        """,
        "",
        "",
    ),
    "correlations": (
        "",
        """
        numeric = df.select_dtypes("number")
        corr = numeric.corr()
        np.fill_diagonal(mirrored := corr.to_numpy(copy=True), 0.0)
        print(corr.abs().unstack().sort_values(ascending=False).drop_duplicates().head(4), mirrored.max())
        plt.imshow(corr, cmap="coolwarm", vmin=-1, vmax=1)
        plt.colorbar()
        plt.xticks(range(len(corr)), corr.columns, rotation=45)
        plt.show()
        """,
        "",
        "",
    ),
    "plots_of_pandas": (
        "%matplotlib inline",
        """
        df["income"].hist(bins=20)
        plt.title("income")
        plt.show()
        df.plot.scatter(x="age", y="income", c="bought", colormap="viridis")
        df.boxplot(column="income", by="town")
        df.groupby("town")["income"].mean().plot(kind="bar", rot=0, title="mean")
        df.set_index("joined")["income"].rolling(7).mean().plot()
        plt.close("all")
        """,
        "",
        "",
    ),
    "plots_of_axes": (
        "plt.style.use('ggplot')\nplt.rcParams.update({'figure.dpi': 60})",
        """
        fig, axes = plt.subplots(2, 2, figsize=(8, 6), sharex=False)
        for ax, column in zip(axes.ravel(), ["age", "income", "bought"]):
            ax.hist(df[column], bins=12, alpha=0.7, label=column)
            ax.axvline(df[column].mean(), color="k", linestyle="--")
            ax.set(title=column, xlabel="value", ylabel="n")
            ax.legend(loc="upper right")
            ax.grid(True)
        axes[1, 1].pie(df["town"].value_counts(), labels=df["town"].value_counts().index)
        fig.suptitle("all")
        fig.tight_layout()
        fig.savefig("overview.png")
        plt.show()
        """,
        "",
        """
        fig, ax = plt.subplots()
        ax.barh(X_train.columns, model.coef_[0])
        ax.set_xscale("symlog")
        plt.show()
        """,
    ),
    "columns_looped": (
        "",
        """
        for column in df.columns:
            if pd.api.types.is_numeric_dtype(df[column]):
                low, high = df[column].quantile([0.25, 0.75])
                spread = high - low
                outside = df[(df[column] < low - 1.5 * spread) | (df[column] > high + 1.5 * spread)]
                print(f"{column:>10} {len(outside):4d} {spread:10.2f}")
            else:
                print(column, df[column].unique()[:3])
        """,
        "",
        "",
    ),
    "copy_changed": (
        "",
        """
        trial = df.copy()
        trial["log_income"] = np.log1p(trial["income"])
        trial.drop(columns=["joined"], inplace=True)
        trial.loc[trial["age"] > 70, "age"] = 70
        trial.rename(columns={"bought": "target"}, inplace=True)
        trial = pd.get_dummies(trial, columns=["town"])
        trial.sort_values("age", inplace=True)
        trial.fillna(0, inplace=True)
        trial.iloc[0, 0] = -1
        print(trial.head())
        """,
        "small = X_train.copy()\nsmall['age'] *= 2\nsmall.pop('income')\nsmall.describe()",
        "",
    ),
    "helper_on_its_own_copy": (
        """
        def summary(frame, columns=None):
            frame = frame.copy()
            frame["month"] = frame["joined"].dt.month
            frame.drop(columns=["joined"], inplace=True)
            if columns:
                frame = frame[columns]
            return frame.describe()

        def outliers(values, k=3.0):
            z = (values - values.mean()) / values.std()
            return values[z.abs() > k]
        """,
        "summary(df)\nsummary(df, ['age', 'month'])\nprint(outliers(df['income']).tolist())",
        "",
        "",
    ),
    "helper_handed_a_copy": (
        """
        def squash(frame):
            frame["income"] = frame["income"].clip(upper=3000)
            return frame["income"].mean()
        """,
        "print(squash(df.copy()), squash(df[['income']].copy()))",
        "print(squash(X_train.copy(deep=True)))",
        "",
    ),
    "new_frames_by_chains": (
        "",
        """
        (
            df.assign(rich=lambda frame: frame["income"] > frame["income"].median())
            .query("age > 30")
            .groupby("rich")
            .agg(n=("age", "size"), oldest=("age", "max"))
            .reset_index()
            .rename(columns=str.upper)
        )
        wide = df.merge(df.groupby("town", as_index=False)["income"].mean(), on="town", suffixes=("", "_town"))
        both = pd.concat([df.head(3), df.tail(3)], ignore_index=True)
        melted = both.melt(id_vars=["town"], value_vars=["age", "income"])
        print(wide.shape, both.shape, melted.shape, df.T.shape)
        """,
        "",
        "",
    ),
    "masks_and_samples": (
        "",
        """
        mask = df["income"] > 4000
        print(mask.sum(), mask.mean(), (~mask).any(), df[mask]["age"].mean(), df.loc[mask, "town"].mode()[0])
        df.sample(5, random_state=0)
        df.nlargest(3, "income")[["age", "income"]]
        df["income"].idxmax(), df["age"].between(30, 40).sum(), df["town"].isin(["ulm"]).sum()
        df["town"].str.upper().str.contains("K").sum()
        """,
        "X_test.sample(frac=0.5, random_state=2).mean()",
        "",
    ),
    "dates_looked_at": (
        "from datetime import datetime, timedelta",
        """
        print(df["joined"].min(), df["joined"].max() - df["joined"].min(), df["joined"].dt.day_name().value_counts())
        monthly = df.set_index("joined").resample("ME")["income"].sum()
        print(monthly.pct_change().round(2).to_dict())
        cutoff = datetime(2021, 3, 1) + timedelta(days=7)
        print((df["joined"] > cutoff).sum(), cutoff.strftime("%d.%m.%Y"))
        """,
        "",
        "",
    ),
    "reports": (
        "from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, f1_score, roc_auc_score, roc_curve",
        "",
        "",
        """
        predicted = model.predict(X_test)
        chances = model.predict_proba(X_test)[:, 1]
        print(classification_report(y_test, predicted, zero_division=0))
        matrix = confusion_matrix(y_test, predicted)
        matrix_share = matrix / matrix.sum()
        print(accuracy_score(y_test, predicted), f1_score(y_test, predicted), roc_auc_score(y_test, chances), matrix_share)
        fpr, tpr, thresholds = roc_curve(y_test, chances)
        plt.plot(fpr, tpr)
        plt.plot([0, 1], [0, 1], "--")
        plt.show()
        wrong = X_test[predicted != y_test]
        wrong.assign(p=chances[predicted != y_test]).sort_values("p").head()
        """,
    ),
    "displays_of_sklearn": (
        "from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay",
        "",
        "",
        """
        ConfusionMatrixDisplay.from_estimator(model, X_test, y_test)
        RocCurveDisplay.from_predictions(y_test, model.decision_function(X_test))
        plt.show()
        """,
    ),
    "cross_validation": (
        "from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict, cross_val_score, cross_validate",
        "",
        "",
        """
        scores = cross_val_score(model, X_train, y_train, cv=4)
        print(scores.mean(), scores.std())
        print(cross_validate(model, X_train, y_train, cv=3, scoring=["accuracy", "f1"])["test_f1"])
        folds = StratifiedKFold(3, shuffle=True, random_state=0)
        for number, (train_rows, test_rows) in enumerate(folds.split(X_train, y_train)):
            print(number, len(train_rows), y_train.iloc[test_rows].mean())
        print(cross_val_predict(model, X_train, y_train, cv=KFold(3))[:5])
        """,
    ),
    "clones_fitted": (
        "from sklearn.base import clone",
        "",
        "",
        """
        results = {}
        for C in [0.01, 0.1, 1.0, 10.0]:
            candidate = clone(model)
            candidate.set_params(C=C)
            candidate.fit(X_train, y_train)
            results[C] = candidate.score(X_test, y_test)
        best = max(results, key=results.get)
        print(best, results[best], model.get_params()["C"])
        pd.Series(results).plot(logx=True)
        """,
    ),
    "other_models_compared": (
        "from sklearn.dummy import DummyClassifier\nfrom sklearn.naive_bayes import GaussianNB\nfrom sklearn.neighbors import KNeighborsClassifier\nfrom sklearn.tree import DecisionTreeClassifier, export_text",
        "",
        "",
        """
        rivals = {"dummy": DummyClassifier(), "bayes": GaussianNB(), "knn": KNeighborsClassifier(5)}
        table = []
        for name, rival in rivals.items():
            rival.fit(X_train, y_train)
            table.append({"name": name, "score": rival.score(X_test, y_test)})
        print(pd.DataFrame(table).sort_values("score"))
        tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X_train, y_train)
        print(export_text(tree, feature_names=list(X_train.columns)))
        """,
    ),
    "importances": (
        "from sklearn.inspection import permutation_importance",
        "",
        "",
        """
        importance = permutation_importance(model, X_test, y_test, n_repeats=3, random_state=0)
        order = importance.importances_mean.argsort()[::-1]
        for k in order:
            print(X_test.columns[k], importance.importances_mean[k].round(3))
        """,
    ),
    "own_pipeline_beside": (
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler",
        "",
        """
        scaler = StandardScaler()
        scaled = scaler.fit_transform(X_train)
        print(scaled.mean(axis=0).round(6), scaler.mean_)
        """,
        """
        pipe = make_pipeline(StandardScaler(), LogisticRegression())
        pipe.fit(X_train, y_train)
        print(pipe.score(X_test, y_test), pipe.named_steps["logisticregression"].coef_)
        pipe
        """,
    ),
    "reduced_to_two": (
        "from sklearn.cluster import KMeans\nfrom sklearn.decomposition import PCA",
        "",
        """
        pca = PCA(2)
        points = pca.fit_transform(X_train)
        labels = KMeans(2, n_init=2, random_state=0).fit_predict(points)
        plt.scatter(points[:, 0], points[:, 1], c=labels, s=8)
        plt.show()
        print(pca.explained_variance_ratio_.cumsum(), np.bincount(labels))
        """,
        "",
    ),
    "tests_of_assumptions": (
        "from scipy import stats",
        """
        print(stats.spearmanr(df["age"], df["income"]))
        print(stats.mannwhitneyu(df.loc[df["bought"] == 1, "age"], df.loc[df["bought"] == 0, "age"]))
        k2, p = stats.normaltest(df["income"])
        print(f"p = {p:.4f}", "normal" if p > 0.05 else "skewed", stats.skew(df["income"]), stats.entropy(df["town"].value_counts()))
        """,
        "",
        "",
    ),
    "asserted": (
        "",
        """
        assert df["age"].between(0, 120).all(), "odd ages"
        assert set(df["town"]) <= {"kiel", "jena", "ulm"}
        assert not df.isna().any().any()
        assert len(df) == df.shape[0]
        """,
        "assert len(X_train) + len(X_test) == len(df)\nassert set(X_train.index).isdisjoint(X_test.index)",
        "assert model.coef_.shape == (1, 2), model.coef_\nassert 0 <= model.score(X_test, y_test) <= 1",
    ),
    "timed_and_logged": (
        "import logging\nimport time\nlogging.basicConfig(level=logging.INFO)\nlog = logging.getLogger(__name__)",
        "log.info('rows: %d, columns: %s', len(df), list(df))",
        "",
        """
        started = time.perf_counter()
        for _ in range(3):
            model.predict(X_test)
        log.info("%.4f s", time.perf_counter() - started)
        print("took", time.time() - started > 0, time.strftime("%Y"))
        """,
    ),
    "progress_shown": (
        "from tqdm import tqdm",
        """
        means = []
        for town in tqdm(sorted(df["town"].unique()), desc="towns"):
            means.append(df.loc[df["town"] == town, "income"].mean())
        print([round(mean) for mean in means])
        """,
        "",
        "for c in tqdm(X_test.columns):\n    print(c, X_test[c].mean())",
    ),
    "options_of_the_screen": (
        "pd.set_option('display.width', 200)\npd.options.display.max_rows = 20\nnp.set_printoptions(linewidth=120, suppress=True)",
        "with pd.option_context('display.max_columns', None):\n    print(df.head())",
        "",
        "print(model.coef_)\npd.reset_option('display.width')",
    ),
    "written_for_others": (
        "import json\nfrom pathlib import Path",
        """
        out = Path("exploration")
        out.mkdir(exist_ok=True)
        df.head(10).to_csv(out / "head.csv", index=False)
        df.describe().to_json(out / "summary.json")
        (out / "notes.txt").write_text(f"{len(df)} rows")
        with open(out / "towns.json", "w") as stream:
            json.dump(df["town"].value_counts().to_dict(), stream)
        """,
        "",
        "(out / 'coef.txt').write_text(json.dumps(model.coef_.tolist()))\nprint(sorted(path.name for path in out.iterdir()))",
    ),
    "tried_and_caught": (
        "",
        """
        try:
            df["missing"]
        except KeyError as error:
            print("no column", error)
        try:
            print(int("x"))
        except ValueError:
            pass
        else:
            print("fine")
        finally:
            print("done")
        """,
        "",
        """
        try:
            model.predict([["a", "b"]])
        except (ValueError, TypeError) as problem:
            print(type(problem).__name__)
        """,
    ),
    "own_generator_beside": (
        "",
        """
        other = np.random.default_rng(0)
        jitter = other.normal(0, 0.1, len(df))
        plt.scatter(df["age"] + jitter, df["income"], s=4)
        picked = other.choice(df.index, 5, replace=False)
        print(df.loc[picked])
        """,
        "",
        """
        boot = np.random.default_rng(1)
        scores = []
        for _ in range(5):
            rows = boot.integers(0, len(X_test), len(X_test))
            scores.append(model.score(X_test.iloc[rows], y_test.iloc[rows]))
        print(np.percentile(scores, [5, 95]))
        """,
    ),
    "global_draws_that_nobody_follows": (
        "",
        "np.random.seed(0)\nprint(np.random.rand(3))\nnoise = np.random.normal(size=len(df))\nprint(np.corrcoef(noise, df['income'])[0, 1])",
        "",
        "shuffled = np.random.permutation(len(X_test))\nprint(model.score(X_test.iloc[shuffled], y_test.iloc[shuffled]))",
    ),
    "classes_that_read": (
        """
        from dataclasses import dataclass, field

        @dataclass
        class Report:
            name: str
            values: dict = field(default_factory=dict)

            @property
            def total(self):
                return sum(self.values.values())

            def __repr__(self):
                return f"<{self.name}: {self.total:.1f}>"

            def add(self, key, value):
                self.values[key] = value
                return self

        class Describer:
            def __init__(self, frame):
                self.frame = frame
                self.numeric = [name for name in frame if frame[name].dtype.kind in "if"]

            def __len__(self):
                return len(self.frame)

            def __iter__(self):
                yield from self.numeric

            def __getitem__(self, name):
                return self.frame[name].mean()
        """,
        """
        report = Report("towns")
        for town, part in df.groupby("town"):
            report.add(town, part["income"].mean())
        print(report, report.total)
        describer = Describer(df)
        print(len(describer), [describer[name] for name in describer])
        """,
        "",
        "print(Report('scores').add('test', model.score(X_test, y_test)))",
    ),
    "functional_tools": (
        """
        from functools import lru_cache, partial, reduce
        from itertools import combinations, islice
        import operator

        @lru_cache(maxsize=None)
        def fibonacci(n):
            return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

        def within(values, low, high):
            return [value for value in values if low <= value <= high]
        """,
        """
        print(fibonacci(20), fibonacci.cache_info().hits > 0)
        young = partial(within, low=18, high=30)
        print(len(young(df["age"])), reduce(operator.add, df["age"].tolist()))
        for left, right in combinations(["age", "income", "bought"], 2):
            print(left, right, df[left].corr(df[right]))
        print(list(islice(df["town"], 4)), dict(zip(df["town"][:3], df["age"][:3])))
        """,
        "",
        "print(sorted(zip(model.coef_[0], X_train.columns), key=operator.itemgetter(0), reverse=True))",
    ),
    "texts_and_patterns": (
        "import re\nimport json\nimport textwrap",
        """
        print(" | ".join(f"{name:<8}" for name in df.columns))
        print("{:,.2f} {:>8} {!r}".format(df["income"].sum(), "x", df["town"].iloc[0]))
        print(re.sub(r"(\\w)(\\w*)", lambda found: found[1].upper() + found[2], "kiel and ulm"))
        print(json.dumps(df.head(2).astype(str).to_dict("records"), indent=2)[:80])
        print(textwrap.shorten("a long line about nothing at all", 20), "%5.1f%%" % 12.34)
        """,
        "",
        "print(str(model)[:60], repr(model.classes_), f'{model.intercept_[0]=:.2f}')",
    ),
    "containers_of_copies": (
        "from collections import Counter, OrderedDict, defaultdict, namedtuple",
        """
        ages = df["age"].tolist()
        ages.sort()
        ages.append(999)
        del ages[0]
        groups = defaultdict(list)
        for town, age in zip(df["town"], df["age"]):
            groups[town].append(age)
        print({town: max(values) for town, values in groups.items()}, Counter(df["town"]).most_common(1))
        Row = namedtuple("Row", "town n")
        rows = sorted((Row(town, len(values)) for town, values in groups.items()), key=lambda row: -row.n)
        print(rows[0], list(reversed(rows))[0], {row.town: row.n for row in rows}, ages[-1])
        """,
        "",
        "",
    ),
    "arrays_of_copies": (
        "",
        """
        values = df[["age", "income"]].to_numpy(copy=True)
        values -= values.mean(axis=0)
        values[values > 1000] = 1000
        print(np.linalg.svd(values, compute_uv=False), values.T @ values, np.cov(values.T))
        squared = df["income"].values ** 2
        squared[:3] = 0
        np.sort(df["age"].to_numpy())[:3], np.unique(df["town"], return_counts=True)
        """,
        "grid = np.meshgrid(np.linspace(18, 80, 4), np.linspace(0, 9000, 4))\nflat = np.column_stack([part.ravel() for part in grid])",
        "print(model.predict(pd.DataFrame(flat, columns=X_train.columns)).reshape(4, 4))",
    ),
    "directory_and_back": (
        "import os\nimport tempfile",
        """
        here = os.getcwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            df.to_csv("copy.csv")
            print(os.listdir("."))
            os.chdir(here)
        print(os.path.exists("copy.csv"))
        """,
        "",
        "",
    ),
    "settings_put_back": (
        "import warnings",
        """
        old = np.seterr(all="ignore")
        print(np.log(df["bought"] * 0.0).min())
        np.seterr(**old)
        with np.errstate(divide="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            print((df["age"] / 0).max())
        """,
        "",
        "",
    ),
    "thresholds_tried": (
        "",
        "",
        "",
        """
        chances = model.predict_proba(X_test)[:, 1]
        rows = []
        for threshold in np.arange(0.1, 0.9, 0.2):
            guess = (chances >= threshold).astype(int)
            hit = int(((guess == 1) & (y_test == 1)).sum())
            rows.append((round(threshold, 1), hit, int(guess.sum())))
        best = max(rows, key=lambda row: row[1] / max(row[2], 1))
        print(pd.DataFrame(rows, columns=["t", "hit", "all"]).set_index("t"), best)
        """,
    ),
    "residuals_with_helpers": (
        """
        def plot_hist(values, title="", ax=None, **options):
            ax = ax or plt.gca()
            ax.hist(values, **options)
            ax.set_title(title)
            return ax

        def evaluate_on(estimator, rows, labels, name="test"):
            guess = estimator.predict(rows)
            right = (guess == labels).mean()
            print(f"{name}: {right:.3f}")
            return {"name": name, "right": right, "wrong": rows[guess != labels]}
        """,
        "plot_hist(df['age'], 'age', bins=9, color='grey')\nplt.show()",
        "",
        """
        seen = [evaluate_on(model, X_train, y_train, "train"), evaluate_on(model, X_test, y_test)]
        plot_hist(seen[1]["wrong"]["age"], "wrong")
        plt.close()
        """,
    ),
    "grid_search_beside": (
        "from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, validation_curve",
        "",
        "",
        """
        search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}, cv=3)
        search.fit(X_train, y_train)
        print(search.best_params_, pd.DataFrame(search.cv_results_)["mean_test_score"].max())
        left, right = validation_curve(model, X_train, y_train, param_name="C", param_range=[0.1, 1.0], cv=3)
        print(left.mean(axis=1), right.mean(axis=1))
        tried = RandomizedSearchCV(model, {"C": [0.5, 2.0, 5.0]}, n_iter=2, cv=2, random_state=0).fit(X_train, y_train)
        print(tried.best_score_)
        """,
    ),
    "frames_in_a_loop_of_readers": (
        "",
        "for name, part in {'all': df, 'old': df[df['age'] > 60]}.items():\n    print(name, part.shape, part['income'].mean())",
        """
        for rows, labels in [(X_train, y_train), (X_test, y_test)]:
            print(len(rows), labels.mean(), rows.columns.tolist())
        parts = [X_train, X_test]
        print([part.isna().sum().sum() for part in parts], sum(map(len, parts)), max(parts, key=len).shape)
        """,
        "",
    ),
    "same_names_again": (
        "n = 5\ncolumns = ['age']",
        "n = len(df)\nfor i in range(3):\n    tmp = df.iloc[i]\n    print(i, tmp['age'])\ncolumns = [c for c in df if c != 'bought']\nprint(n, columns)",
        "for i, name in enumerate(X.columns):\n    print(i, name)\ntmp = None",
        "_ = model.predict(X_test)\ntmp = _.mean() if False else 0\nprint(tmp)",
    ),
    "iterators_made_anew": (
        "from itertools import chain, count, cycle",
        """
        rows = df.itertuples(index=False)
        print(next(rows).age, next(rows).town)
        pairs = zip(df["age"], df["income"])
        print(max(pairs), list(pairs))
        colors = cycle("rgb")
        for town, color in zip(df["town"].unique(), colors):
            print(town, color)
        ids = count(10)
        print(next(ids), next(ids), sum(1 for _ in chain(df["age"], df["income"])))
        """,
        "",
        "",
    ),
    "cell_magics": (
        "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'",
        "%%time\ndf.groupby('town')['income'].mean()",
        "",
        "%time model.predict(X_test)\nprint('done')",
    ),
}


def notebook(name: str, texts: tuple[str, str, str, str]) -> Case:
    """The notebook with these cells between its stages."""
    import textwrap

    first, data, split, trained = (f"--- behind\n{textwrap.dedent(text).strip()}\n" if text else "" for text in texts)
    (case,) = cases(f"=== {name}\n{first}{DATA}{data}{SPLIT}{split}{MODEL}{trained}{SCORE}", imports=IMPORTS)
    return case


CASES = [notebook(name, texts) for name, texts in EXPLORED.items()]
