"""A notebook of a hundred cells, as they are published: exploration, several models, prose to the end, no roles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_INTRODUCTION = """\
# Which grower made this wine?
Thirteen measurements of 178 wines, made by three growers in one region of Italy. Can the measurements tell the grower?
## 1. Preparation
We need the usual libraries.
>>> import numpy as np
>>> import pandas as pd
>>> import matplotlib.pyplot as plt
>>> %matplotlib inline
A style that is easy to read, and one seed for everything.
>>> plt.rcParams["figure.figsize"] = (8, 4)
>>> seed = 7
## 2. The data
scikit-learn brings it along.
>>> from sklearn.datasets import load_wine
>>> wine = load_wine(as_frame=True)
>>> df = wine.frame
>>> df.head()
>>> df.shape
>>> df.info()
>>> df.describe()
No value is missing.
>>> df.isnull().sum()
The growers have made about equally many wines.
>>> df["target"].value_counts()
>>> df["target"].value_counts().plot(kind="bar")|plt.title("wines of each grower")|plt.show()
## 3. One measurement at a time"""

_MEASUREMENTS = [
    ("alcohol", "The first grower makes the strongest wines."),
    ("malic_acid", "The third grower's wines are the most sour, with a wide spread."),
    ("ash", "Ash says little."),
    ("alcalinity_of_ash", "A weak signal."),
    ("magnesium", "A few outliers above 150."),
    ("total_phenols", "The growers can be told apart quite well."),
    ("flavanoids", "The best of all: three clear groups."),
    ("proanthocyanins", "Much like the phenols."),
    ("color_intensity", "The second grower's wines are pale."),
    ("hue", "The third grower stands out."),
    ("proline", "And so does the first."),
]

_MODELS = """\
## 4. Two measurements at a time
Some measurements say the same.
>>> correlations = df.drop(columns="target").corr()
>>> correlations.round(2)
>>> plt.imshow(correlations)|plt.colorbar()|plt.show()
>>> pairs = correlations.abs().unstack().sort_values(ascending=False)
>>> pairs[pairs < 1].head(10)
Flavanoids and color intensity together nearly solve the task.
>>> plt.scatter(df["flavanoids"], df["color_intensity"], c=df["target"])|plt.show()
## 5. Training and test rows
A quarter of the wines is kept for the end.
>>> from sklearn.model_selection import train_test_split
>>> X = df.drop(columns="target")|y = df["target"]
>>> X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=seed, stratify=y)
>>> X_train.shape, X_test.shape
The measurements have very different scales.
>>> from sklearn.preprocessing import StandardScaler|scaler = StandardScaler()
>>> X_train_scaled = scaler.fit_transform(X_train)|X_test_scaled = scaler.transform(X_test)
>>> X_train_scaled.mean(axis=0).round(2)
## 6. First models
### Nearest neighbors
>>> from sklearn.neighbors import KNeighborsClassifier
>>> knn = KNeighborsClassifier(n_neighbors=5)|knn.fit(X_train_scaled, y_train)
>>> print("nearest neighbors:", knn.score(X_test_scaled, y_test))
How many neighbors are best?
>>> scores = []
>>> for count in range(1, 15):|    model = KNeighborsClassifier(n_neighbors=count)|    model.fit(X_train_scaled, y_train)\
|    scores.append(model.score(X_test_scaled, y_test))
>>> plt.plot(range(1, 15), scores)|plt.xlabel("neighbors")|plt.show()
### A decision tree
>>> from sklearn.tree import DecisionTreeClassifier
>>> tree = DecisionTreeClassifier(max_depth=3, random_state=seed)|tree.fit(X_train, y_train)
>>> print("tree:", tree.score(X_test, y_test))
A tree is easy to explain, and not the best.
>>> pd.Series(tree.feature_importances_, index=X.columns).sort_values().plot(kind="barh")|plt.show()
## 7. The model that we keep
Many trees are better than one.
>>> from sklearn.ensemble import RandomForestClassifier
>>> forest = RandomForestClassifier(n_estimators=200, max_depth=6, random_state=seed)
>>> forest.fit(X_train_scaled, y_train)
>>> predictions = forest.predict(X_test_scaled)
>>> from sklearn.metrics import accuracy_score, f1_score
>>> print("accuracy:", accuracy_score(y_test, predictions))
>>> print("F1:", f1_score(y_test, predictions, average="macro"))
Which wines are mistaken for others?
>>> from sklearn.metrics import confusion_matrix
>>> confusion_matrix(y_test, predictions)
What does the forest look at?
>>> importances = pd.Series(forest.feature_importances_, index=X.columns).sort_values()
>>> importances.plot(kind="barh")|plt.show()
## 8. Conclusion
Flavanoids, color and proline tell the grower nearly always. The forest is wrong for one or two wines at most.
It would be nice if somebody could use this outside of the notebook!"""


def sources() -> list[tuple[str, str]]:
    """Type and source of each cell."""
    lines = _INTRODUCTION.split("\n")
    for name, remark in _MEASUREMENTS:
        lines += [f'>>> df.boxplot(column="{name}", by="target")|plt.show()', remark]
    lines += _MODELS.split("\n")
    return [
        ("code", line.removeprefix(">>> ").replace("|", "\n")) if line.startswith(">>> ") else ("markdown", line)
        for line in lines
    ]


def write_hundred_cells(path: Path) -> None:
    """Write the notebook."""
    cells = []
    for number, (kind, source) in enumerate(sources()):
        cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": source}
        cells.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
