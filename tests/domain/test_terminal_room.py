"""CO19: how full a terminal is can be seen at a glance."""

from hypothesis import given
from hypothesis import strategies as st

from console.domain.terminal_room import percent_full


def test_CO19_the_fullest_store_counts() -> None:
    counts = {"people": 10, "people_capacity": 100, "records": 970, "records_capacity": 1000}
    assert percent_full(counts) == 97


def test_CO19_without_a_capacity_nothing_is_known() -> None:
    assert percent_full({}) is None
    assert percent_full({"people": 10}) is None
    assert percent_full({"people": 10, "people_capacity": 0}) is None
    assert percent_full({"people_capacity": 100}) is None


@given(st.integers(1, 10**6), st.data())
def test_CO19_only_a_full_store_is_called_full(capacity: int, data: st.DataObject) -> None:
    held = data.draw(st.integers(0, capacity))
    said = percent_full({"faces": held, "faces_capacity": capacity})
    assert said is not None and 0 <= said <= 100
    assert (said == 100) is (held == capacity)
