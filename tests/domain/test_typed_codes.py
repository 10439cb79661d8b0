"""Codes that are read from one screen and typed at another. N22."""

import pytest

from console.domain.typed_codes import ALPHABET, as_made, in_halves, new_code


def test_N22_a_code_is_as_long_as_asked_and_no_two_are_the_same() -> None:
    codes = {new_code(8) for _ in range(200)}
    assert len(codes) == 200
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) <= set(ALPHABET)


@pytest.mark.parametrize("typed", ["ABCD-2345", "abcd2345", " a b c d 2 3 4 5 ", "ABCD–2345"])
def test_N22_a_code_is_known_again_however_it_is_typed(typed: str) -> None:
    assert as_made(typed) == "ABCD2345"
    assert in_halves("ABCD2345") == "ABCD-2345"
