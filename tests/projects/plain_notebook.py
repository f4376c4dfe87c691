"""A notebook that answers as `examples/messages` does, in plain Python: its processes start in a tenth of the time."""

from __future__ import annotations

NOTEBOOK = '''\
# %% tags=["parameters"]
smoothing = 0.1  # of words that were never seen with a label
# %% tags=["data"]
rows = [
    ("where is my parcel", "delivery"),
    ("my parcel was not delivered", "delivery"),
    ("the courier never came", "delivery"),
    ("the app crashes", "technical"),
    ("an error in the app", "technical"),
    ("I was charged twice", "billing"),
]
# %% tags=["define"]
def words(text):
    return text.lower().split()
# %% tags=["train"]
labels = sorted({label for _, label in rows})
counts = {}
for text, label in rows:
    for word in words(text):
        seen = counts.setdefault(word, dict.fromkeys(labels, smoothing))
        seen[label] += 1
# %% tags=["evaluate"]
metrics = {"words": len(counts)}
assert metrics["words"] > 10
# %% tags=["predict"]
def predict(text: str, top_k: int = 1) -> dict:
    """Return the desk for a message, the confidence, and the `top_k` best desks."""
    if top_k < 1:
        raise ValueError("there is no such number of desks")
    scores = dict.fromkeys(labels, smoothing)
    for word in words(text):
        for label, count in counts.get(word, {}).items():
            scores[label] += count
    best = sorted(labels, key=scores.get, reverse=True)[:top_k]
    ranked = [{"label": label, "confidence": round(scores[label] / sum(scores.values()), 4)} for label in best]
    return {"label": ranked[0]["label"], "confidence": ranked[0]["confidence"], "top": ranked}


predict("where is my parcle, it was due on tuesday")
predict("Thanks for the help, but you charged me twice!", top_k=2)
'''
