"""Numbers in sentences: one, none and many."""

import pytest

from console.domain.counting import counted, fingers, people


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 logins"), (1, "1 login"), (2, "2 logins"), (12000, "12,000 logins")]
)
def test_one_is_singular_and_every_other_number_is_not(count: int, words: str) -> None:
    assert counted(count, "login", "logins") == words


def test_people_and_fingers_are_counted() -> None:
    assert [people(1), people(2)] == ["1 person", "2 people"]
    assert [fingers(1), fingers(2)] == ["1 finger", "2 fingers"]
