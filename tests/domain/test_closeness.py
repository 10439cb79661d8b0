"""How well a name fits what is typed: exact, beginning, beginnings of words, inside. CO19."""

import pytest

from console.domain.closeness import Closeness, closeness


@pytest.mark.parametrize(
    ("typed", "names", "fits"),
    [
        ("1001", ("Nina Berg", "1001"), Closeness.EXACT),
        ("nina berg", ("Nina Berg", "1001"), Closeness.EXACT),
        ("100", ("Nina Berg", "1001"), Closeness.PREFIX),
        ("NIN", ("Nina Berg", "1001"), Closeness.PREFIX),
        ("ber ni", ("Nina Berg", "1001"), Closeness.WORD_STARTS),
        ("berg 1001", ("Nina Berg", "1001"), Closeness.WORD_STARTS),
        ("erg", ("Nina Berg", "1001"), Closeness.INSIDE),
        ("01 ina", ("Nina Berg", "1001"), Closeness.INSIDE),
        ("STRASSE", ("Straße",), Closeness.EXACT),
        ("  nina   berg ", ("Nina  Berg",), Closeness.EXACT),
        ("nina x", ("Nina Berg", "1001"), None),
        ("x", (), None),
    ],
)
def test_CO19_closeness(typed: str, names: tuple[str, ...], fits: Closeness | None) -> None:
    assert closeness(typed, *names) is fits


def test_CO19_the_better_fit_is_the_smaller_one() -> None:
    assert sorted(Closeness) == [
        Closeness.EXACT,
        Closeness.PREFIX,
        Closeness.WORD_STARTS,
        Closeness.INSIDE,
    ]
