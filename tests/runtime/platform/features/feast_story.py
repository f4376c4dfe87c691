"""The point-in-time story on a real Feast: `python feast_story.py PROJECT`, in an environment that has it."""

from __future__ import annotations

import random
import sys
from datetime import timedelta
from pathlib import Path

import feast as library
import pandas as pd
from nbexport_runtime.platform.features import feast
from runtime.platform.features.feature_tables import Fact, at, drawn, iso, known, value, written

AGE = 30
"""Minutes that a feature may be old."""
IDS = ("1", "2", "3", "007")


def main(root: Path) -> None:
    store = library.FeatureStore(repo_path=str(root / "feature_repo"))
    for seed in range(3):
        draw = random.Random(seed)
        facts = drawn(draw, 60)
        written(root, facts)
        offline(store, root, facts, draw)
    late(store, root)
    online(store, root)
    print("the story is told")


def joined(store: library.FeatureStore, root: Path, asked: list[tuple[str | None, float | None]]) -> list[object]:
    frame = pd.DataFrame(
        {
            "customer_id": pd.Series([id_ for id_, _ in asked], dtype=object),
            "time": [None if minute is None else iso(minute) for _, minute in asked],
        }
    )
    found = feast.joined(store, frame, root)
    assert found[["customer_id", "time"]].equals(frame)
    return [(value(plan), value(fee)) for plan, fee in zip(found["plan"], found["fee"], strict=True)]


def offline(store: library.FeatureStore, root: Path, facts: list[Fact], draw: random.Random) -> None:
    """Every row once and in its place, duplicates and rows that are too old among them."""
    asked: list[tuple[str | None, float | None]] = [
        (draw.choice([*IDS, "unknown"]), draw.randrange(-5, 130)) for _ in range(60)
    ]
    asked += draw.choices(asked, k=20)
    expected = [known(facts, str(id_), minute or 0, AGE) for id_, minute in asked]
    assert any(expected)
    assert not all(expected)
    answers = joined(store, root, [*asked, (None, 5), ("1", None)])
    assert answers == [(fact.plan, fact.fee) if fact else (None, None) for fact in [*expected, None, None]]


def late(store: library.FeatureStore, root: Path) -> None:
    """What became known later does not leak; Feast alone lets it."""
    facts = [Fact("1", 0, 0, "old", 1.0), Fact("1", 10, 25, "new", 2.0), Fact("1", 5, 27, "stale", 3.0)]
    written(root, facts)
    answers = joined(store, root, [("1", 20), ("1", 25), ("1", 29), ("1", 41)])
    assert [plan for plan, _ in answers] == ["old", "new", "new", None], answers  # type: ignore[misc]
    entities = pd.DataFrame({"customer_id": ["1"], "event_timestamp": [pd.Timestamp(at(20))]})
    by_default = store.get_historical_features(entity_df=entities, features=["customers:plan"]).to_df()
    assert list(by_default["plan"]) == ["new"], "Feast filters by created time by default now; simplify the wrapper"


def online(store: library.FeatureStore, root: Path) -> None:
    """Online is offline for every entity, also after a correction, and says what is too old."""
    facts = drawn(random.Random(9), 80)
    written(root, facts)
    for minute in (10, 30, 59, 200):
        feast.materialize(store, root, to=at(minute))
        same(store, root, facts, minute)
    corrected = [Fact(fact.id, fact.event, fact.created + 300, "corrected", 7.0) for fact in facts]
    written(root, facts + corrected)
    feast.materialize(store, root, to=at(600))
    same(store, root, facts + corrected, 600)
    fact = known(facts + corrected, "1", 600)
    assert fact is not None
    for age, expired in ((AGE, False), (AGE + 0.1, True)):
        now = at(fact.event) + timedelta(minutes=age)
        reading = feast.read(store, root, "customers", "1", now=now)
        assert reading is not None
        assert reading.expired is expired


def same(store: library.FeatureStore, root: Path, facts: list[Fact], minute: float) -> None:
    for id_ in (*IDS, "unknown"):
        reading = feast.read(store, root, "customers", id_, now=at(minute))
        fact = known(facts, id_, minute)
        assert (reading is None) == (fact is None), (id_, minute)
        if reading is not None and fact is not None:
            assert (reading.values["plan"], reading.values["fee"]) == (fact.plan, fact.fee), (id_, minute, reading)
            assert reading.event_time == at(fact.event)
            assert reading.expired == (minute - fact.event > AGE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
