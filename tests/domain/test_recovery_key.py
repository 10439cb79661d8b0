"""The recovery key as people read and type it: a slip is found, whatever it is. 2.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import Invalid
from console.domain.recovery_key import (
    GROUP_CHARS,
    GROUPS,
    check_typed_back,
    fingerprint,
    in_groups,
    read_key,
)

KEY = bytes(range(32))
keys = st.binary(min_size=32, max_size=32)


@given(keys)
def test_a_key_is_read_as_it_was_shown(key: bytes) -> None:
    groups = in_groups(key)
    assert (len(groups), {len(group) for group in groups}) == (GROUPS, {GROUP_CHARS})
    for shown in (" ".join(groups), "-".join(groups), "\n".join(groups).lower()):
        assert read_key(shown) == key


def test_characters_that_look_alike_are_taken_for_each_other() -> None:
    shown = "".join(in_groups(KEY))
    assert read_key(shown.replace("O", "0").replace("I", "1").replace("B", "8")) == KEY


@given(keys, st.integers(0, 55), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_one_wrong_character_is_found(key: bytes, place: int, other: str) -> None:
    shown = "".join(in_groups(key))
    if shown[place] != other:
        with pytest.raises(Invalid, match="is wrong"):
            read_key(shown[:place] + other + shown[place + 1 :])


@given(keys, st.integers(0, 54))
def test_two_characters_in_the_wrong_order_are_found(key: bytes, place: int) -> None:
    shown = "".join(in_groups(key))
    swapped = shown[:place] + shown[place + 1] + shown[place] + shown[place + 2 :]
    if swapped != shown:
        with pytest.raises(Invalid, match="is wrong"):
            read_key(swapped)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "entered 0"), ("ABCD EFGH", "entered 8"), ("!" * 56, "digits 2 to 7")],
)
def test_what_is_no_key_is_said_to_be_none(typed: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_key(typed)


def test_the_groups_that_are_typed_back_have_to_fit() -> None:
    groups = in_groups(KEY)
    check_typed_back(KEY, {3: groups[2].lower(), 14: f" {groups[13]} "})
    with pytest.raises(Invalid, match="Group 3 does not match") as wrong:
        check_typed_back(KEY, {3: groups[3], 4: groups[2]})
    assert wrong.value.field == "group_3"


def test_a_fingerprint_tells_keys_apart() -> None:
    assert fingerprint(KEY) == "630D-CD29-66C4-3366"
    assert fingerprint(KEY[::-1]) != fingerprint(KEY)
