"""Records behave as the dataclasses that they stand in for."""

from __future__ import annotations

import copy
import pickle

import pytest

from nbexport.record import field, record, replace


@record(order=True)
class Point:
    row: int
    column: int = 1

    @property
    def below(self) -> Point:
        return replace(self, row=self.row + 1)


@record(frozen=False, eq=False)
class Bag:
    name: str
    things: list[int] = field(default_factory=list)


def test_values_by_position_name_and_default() -> None:
    assert Point(1, 2) == Point(row=1, column=2) == Point(1, column=2)
    assert Point(1).column == 1
    assert repr(Point(1)) == "Point(row=1, column=1)"
    assert Point(1).below == Point(2)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((1, 2, 3), {}), ((1,), {"row": 1}), ((1,), {"depth": 1}), ((), {"column": 1}), ((), {"depth": 1})],
)
def test_wrong_values_are_refused(args: tuple[int, ...], kwargs: dict[str, int]) -> None:
    with pytest.raises(TypeError, match=r"Point (takes|needs) "):
        Point(*args, **kwargs)


def test_frozen_equal_hashed_and_ordered() -> None:
    with pytest.raises(AttributeError, match="cannot be changed"):
        Point(1).row = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot be changed"):
        del Point(1).row
    assert len({Point(1), Point(1, 1), Point(2)}) == 2
    assert sorted([Point(2), Point(1, 9), Point(1, 2)]) == [Point(1, 2), Point(1, 9), Point(2)]
    assert Point(1) <= Point(1) >= Point(1)
    assert not Point(1) < Point(1)
    assert Point(2) > Point(1)
    assert Point(1) != (1, 1)


def test_identity_where_that_is_wanted() -> None:
    one, other = Bag("a"), Bag("a")
    assert one != other
    assert len({one, other}) == 2
    one.things.append(1)
    one.name = "b"
    assert (other.things, one.name) == ([], "b")


def test_matching_copying_and_pickling() -> None:
    match Point(3, 4):
        case Point(row, column):
            assert (row, column) == (3, 4)
    assert copy.deepcopy(Point(3)) == pickle.loads(pickle.dumps(Point(3))) == Point(3)


def test_many_records_of_one_class_are_made_like_the_first() -> None:
    @record
    class Many:
        name: str
        count: int = 1
        parts: list[int] = field(default_factory=list)

    made = [Many("a", parts=[number]) for number in range(1200)]
    assert [one.parts for one in made] == [[number] for number in range(1200)]
    assert Many("a") == Many(name="a", count=1, parts=[])
    assert Many("a").parts is not Many("a").parts
    assert replace(made[-1], count=3) == Many("a", 3, [1199])
    with pytest.raises(TypeError):
        Many()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Many("a", other=1)  # type: ignore[call-arg]
