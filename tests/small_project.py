"""A small project with a pipeline, its data sets and its models: real files, trained by real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from nbexport_runtime import bundle
from nbexport_runtime.pipeline.files import digest_of, digests, write_json
from nbexport_runtime.pipeline.project import Project

RUNTIME = str(Path(bundle.__file__).parents[2])
"""Where the processes of the project find its runtime."""
MODEL = """
import pandas as pd
from nbexport_runtime import bundle
from sklearn.linear_model import LogisticRegression

FEATURES = ["x", "z"]


def load_data(data):
    rows = pd.read_csv(data)
    X, y = rows.drop(columns=["y"]), rows["y"]
    test = rows["n"] % 3 == 0
    return X[~test], X[test], y[~test], y[test]


def train_model(X_train, y_train, *, noise):
    wrong = (X_train["n"] * 7919 % 100 < noise * 100).astype(int)
    model = LogisticRegression().fit(X_train[FEATURES], y_train ^ wrong)
    return model


def evaluate_model(X_test, y_test, model, *, broken):
    right = model.predict(X_test[FEATURES]) == y_test
    if broken == "nan":
        return {"accuracy": float("nan"), "rows": len(y_test)}
    if broken == "few" and len(set(X_test["n"])) < len(X_test):
        raise ValueError("a row twice")
    if broken == "raise":
        raise RuntimeError("the evaluation is broken")
    right = right | ((X_test["group"] == "c") & (broken == "good for c"))
    right = right & ~((X_test["group"] == "c") & (broken == "bad for c"))
    right = right & ~((X_test["n"] >= 10000) & (broken == "bad for new"))
    return {"accuracy": float(right.mean()), "rows": len(y_test)}


def predict(state, /, x: float) -> float:
    turns = 0
    for number in range(state["work"]):
        turns += number % 3
    return float(state["model"].coef_[0][0]) * x + turns * 0


def save_model(run, *, metrics, model, work, ballast):
    run.example(1.0)
    run.example(2.0)
    state = {"model": model, "work": work, "ballast": list(range(ballast))}
    run.save(state, metrics=metrics, predict=predict)


def load_model(folder):
    return bundle.load(folder, predict=predict, own=bundle.modules_beside(__file__))
"""
STAGES = """
from nbexport_runtime.pipeline import Stage, Stages

STAGES = Stages(
    notebook="small.ipynb",
    stages=(
        Stage("load_data", "data", gives=("X_train", "X_test", "y_train", "y_test"), path="data"),
        Stage("train_model", "train", takes=("X_train", "y_train"), gives=("model",), parameters=("noise",)),
        Stage(
            "evaluate_model",
            "evaluate",
            takes=("X_test", "y_test", "model"),
            gives=("metrics",),
            parameters=("broken",),
        ),
    ),
    held_back=("X_test", "y_test"),
)
"""
TRAIN = """
from pathlib import Path

from model import evaluate_model, load_data, save_model, train_model
from nbexport_runtime.pipeline import Run
from nbexport_runtime.training import Parser


def options():
    parser = Parser("Train.")
    parser.add_argument("--data", type=Path, default=Path("rows.csv"))
    parser.add_argument("--output", type=Path, default=Path("models/candidate"))
    parser.add_argument("--seed", type=int)
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--broken", type=str, default="")
    parser.add_argument("--work", type=int, default=20000)
    parser.add_argument("--ballast", type=int, default=0)
    parser.gates.add_argument("--min-accuracy", type=float, default=0.0)
    return parser


def train(args, run):
    X_train, X_test, y_train, y_test = run.hold_back(load_data, args.data)
    model = train_model(X_train, y_train, noise=args.noise)
    broken = "" if args.broken in ("nan", "raise") else args.broken
    metrics = run.evaluate(evaluate_model, X_test, y_test, model, broken=broken)
    if args.min_accuracy:
        run.gate("accuracy", metrics["accuracy"], at_least=args.min_accuracy)
    save_model(run, metrics=metrics, model=model, work=args.work, ballast=args.ballast)


if __name__ == "__main__":
    Run.main(options(), train, notebook="small.ipynb")
"""


def rows(count: int, *, start: int = 0, seed: int = 0) -> pd.DataFrame:
    """Rows whose label depends on `x`, and less on `z`; `group` is a category, `d` a rare one."""
    random = np.random.default_rng(seed)
    x, z = random.normal(size=count), random.normal(size=count)
    y = (x + 0.7 * z + random.normal(scale=0.8, size=count) > 0).astype(int)
    group = random.choice(["a", "b", "c", "d"], size=count, p=[0.4, 0.35, 0.23, 0.02])
    return pd.DataFrame({"n": np.arange(start, start + count), "group": group, "x": x, "z": z, "y": y})


def written(folder: Path) -> Project:
    """The project in a folder, without data."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("model.py", MODEL), ("stages.py", STAGES), ("train.py", TRAIN)):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pyproject.toml").write_text('[project]\nname = "small"\n', encoding="utf-8")
    return Project(folder, folder)


def data_set(project: Project, name: str, frame: pd.DataFrame) -> Path:
    """A data set of a project."""
    folder = project.sets / name
    folder.mkdir(parents=True)
    frame.to_csv(folder / "rows.csv", index=False)
    files = digests(folder)
    write_json(folder / "dataset.json", {"id": name, "sha256": digest_of(files), "source": "x", "files": files})
    return folder


def frozen(project: Project, name: str, frame: pd.DataFrame) -> None:
    """Rows held back, as the training would freeze those of a data set."""
    test = frame[frame["n"] % 3 == 0]
    state = {"X_test": test.drop(columns=["y"]), "y_test": test["y"]}
    bundle.save(state, project.holdout / name, strict=True, examples=[], own=project.own)


def trained(project: Project, data: Path, name: str, *options: str) -> Path:
    """A bundle, trained by a process of its own."""
    output = project.models / name
    command = [sys.executable, "train.py", "--data", str(data), "--output", str(output), "--keep-failing", *options]
    environment = {**os.environ, "PYTHONPATH": RUNTIME, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=project.code, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    assert facts["holdout"]["rows"] > 0
    return output
