"""Training: the options of a run, the run itself, and the bundle that it leaves.

def train(args: argparse.Namespace, run: Run) -> None:
    rows = load_data(args.data)
    model = train_model(rows, epochs=args.epochs)
    metrics = evaluate_model(model, rows)
    run.gate("f1", metrics["f1"], above=args.min_f1)
    save_model(run, metrics=metrics, model=model)

if __name__ == "__main__":
    Run.main(options(), train, notebook="some.ipynb")
"""

from nbexport_runtime.secret import Secret
from nbexport_runtime.training.options import Parser, json_object, json_value, one_of, optional, within
from nbexport_runtime.training.run import Gate, Run
from nbexport_runtime.training.usage import UsageError

__all__ = ["Gate", "Parser", "Run", "Secret", "UsageError", "json_object", "json_value", "one_of", "optional", "within"]
