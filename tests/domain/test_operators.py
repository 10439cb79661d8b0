"""Temporary passwords of operators: as strong as they look, and easy to read out."""

import itertools
import math

from console.domain.operators import (
    CLEAR_LETTERS,
    PASSWORD_MIN,
    TEMPORARY_GROUPS,
    check_password,
    temporary_password,
)


def test_a_temporary_password_comes_in_groups_of_letters_that_nobody_mistakes() -> None:
    picked = itertools.cycle(CLEAR_LETTERS)
    made = temporary_password(lambda letters: next(picked) if letters == CLEAR_LETTERS else "")
    assert made == "abcde-fghjk-mnpqr-stuvw"
    assert made.count("-") == TEMPORARY_GROUPS - 1
    assert not set("il1o0") & set(CLEAR_LETTERS)
    assert len(made) >= PASSWORD_MIN
    check_password(made, set())


def test_it_cannot_be_guessed() -> None:
    letters = sum(one != "-" for one in temporary_password(lambda clear: clear[0]))
    assert letters * math.log2(len(CLEAR_LETTERS)) > 95, "bits"
