"""Names of photo files: numbers and email addresses, also of several photos of one person."""

import pytest

from console.domain.photo_names import is_picture, keys_of


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("1042.jpg", ["1042"]),
        ("1042_2.JPG", ["1042_2", "1042"]),
        ("1042 (3).jpeg", ["1042 (3)", "1042"]),
        ("EMP12-1.png", ["emp12-1", "emp12"]),
        ("Nur@Example.com.jpg", ["nur@example.com"]),
        ("nur@example.com_1.heic", ["nur@example.com_1", "nur@example.com"]),
        ("0042.webp", ["0042"]),
        (".jpg", []),
        ("_1.jpg", ["_1"]),
    ],
)
def test_PE4_a_name_says_who_it_may_be(name: str, keys: list[str]) -> None:
    assert keys_of(name) == keys


@pytest.mark.parametrize(
    ("name", "picture"),
    [("1.jpg", True), ("1.HEIC", True), ("Thumbs.db", False), (".hidden.jpg", False), ("1", False)],
)
def test_PE4_other_files_of_a_folder_are_no_photos(name: str, picture: bool) -> None:
    assert is_picture(name) is picture
