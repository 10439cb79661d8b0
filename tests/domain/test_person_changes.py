"""What the audit log says of a person, in words."""

import pytest

from console.domain.person_changes import change_in_words


@pytest.mark.parametrize(
    ("action", "detail", "words"),
    [
        ("employee.saved", {"added": True}, "Added the employee"),
        ("employee.saved", {}, "Changed the employee"),
        (
            "employee.saved",
            {"fields": ["email", "may_log_in", "unknown"]},
            "Changed the employee: email address, may log in at terminals",
        ),
        ("consent.given", {"modality": "finger"}, "Consent given: fingers"),
        ("consent.withdrawn", {"modality": "face"}, "Consent withdrawn: face"),
        ("photo.viewed", {}, "Viewed a photo"),
        ("something.new", {}, "something.new"),
    ],
)
def test_a_change_is_told_in_words(action: str, detail: dict[str, object], words: str) -> None:
    assert change_in_words(action, detail) == words
