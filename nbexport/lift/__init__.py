"""Analysis + roles → Program: stages become functions, what they read becomes arguments.

Worked through on six lines in four cells:

    import numpy as np                       (no role)
    scale = 2.0                              parameters
    rows = np.arange(6) * scale              data
    def mean(): return rows.mean()           train
    best = mean()                            train
    metrics = {"best": float(best)}          evaluate

1. **Layout** (`laying_out`, `module_level`). `scale` is a parameter, `mean` a definition that *needs* `rows` (a stage's
   value), the other statements are stage code in the notebook's order.
2. **Segments** (`split`). The code is cut where the role changes: load_data, train_model, evaluate_model.
3. **Flow** (`flow`). load_data takes `scale` and gives `rows`; train_model takes `rows` (for `mean`) and gives `best`.
4. **Text** (`text`). `mean` becomes `def mean(*, rows)`, its call `mean(rows=rows)`. Definitions go to
   `definitions.py`, stages to `model.py`, and `run` calls them in order.
5. **Facts** (`interface`, `evaluation`, `spreading`). What a request holds, which rows only the evaluation reads,
   whether a training can be shared: the program says so, and nothing after the lift reads what was written here.

Nothing is reordered or copied, so identity, aliasing and the sequence of random draws are the notebook's. What cannot
be placed under these rules is refused with the reason.
"""
