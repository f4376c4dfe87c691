"""Who is in which arm: always the same one, by the planned shares, and independent of other experiments."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
from nbexport_runtime.platform.experiments import assignment
from nbexport_runtime.platform.experiments.plan import Arm
from nbexport_runtime.platform.extras import Platform
from nbexport_runtime.service.extras import Belonging
from nbexport_runtime.traffic import split
from runtime.platform.experiments.made import planned

IDS = [f"customer-{number}" for number in range(20_000)]
THREE = (Arm("control", "v1", 60.0), Arm("small", "v2", 10.0), Arm("large", "v3", 30.0))


@pytest.mark.parametrize("arms", [planned().arms, THREE])
def test_twenty_thousand_ids_stay_and_have_the_planned_shares(arms: tuple[Arm, ...]) -> None:
    plan = planned(arms=arms)
    first = [assignment.assign(plan, key) for key in IDS]
    assert [assignment.assign(plan, key) for key in IDS] == first
    counts = Counter(first)
    for arm in arms:
        share = arm.share_percent / 100
        deviation = math.sqrt(len(IDS) * share * (1 - share))
        assert abs(counts[arm.name] - len(IDS) * share) <= 3 * deviation


def test_arms_of_two_experiments_are_independent() -> None:
    from scipy.stats import chi2_contingency

    one, other = planned(salt="one"), planned(salt="other", arms=THREE)
    pairs = Counter((assignment.assign(one, key), assignment.assign(other, key)) for key in IDS)
    table = [[pairs[a.name, b.name] for b in other.arms] for a in one.arms]
    assert chi2_contingency(table).pvalue > 0.01
    same = planned(salt="one", name="again")
    assert all(assignment.assign(one, key) == assignment.assign(same, key) for key in IDS[:100])


def test_the_service_writes_down_the_same_arm(tmp_path: Path) -> None:
    plan = planned(arms=THREE)
    state = assignment.traffic_of(plan, "placed", "started")
    platform = Platform(tmp_path)
    for key in IDS[:300]:
        said = platform.of_request(Belonging(key, state, split.chosen(state, key)))
        assert (said["experiment"], said["experiment_arm"]) == ("buttons", assignment.assign(plan, key))


def test_nobody_without_an_id_is_in_an_arm() -> None:
    with pytest.raises(ValueError, match="an id is needed"):
        assignment.assign(planned(), "")
