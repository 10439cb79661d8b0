"""Screen texts, byte for byte: one test each."""

import pytest

from console.domain import texts


@pytest.mark.parametrize(
    ("constant", "text"),
    [
        pytest.param("ENROL_TITLE", "Face enrollment via Weblink", id="T1"),
        pytest.param(
            "ENROL_STEP_EMAIL", "Face Template Registration Email Sent from the Admin", id="T6"
        ),
        pytest.param("ENROL_STEP_LINK", "Click on the Web Link", id="T7"),
        pytest.param("ENROL_STEP_UPLOAD", "Upload Front-facing & Unblurry User Images", id="T8"),
        pytest.param("ENROL_STEP_BEST", "Select the Best Photo", id="T9"),
        pytest.param("ENROL_STEP_SUBMIT", "Submit Photo", id="T10"),
        pytest.param(
            "ENROL_STEP_SCREEN", "System Auto-Screening - Approval/ Rejection of Images", id="T11"
        ),
        pytest.param("ENROL_STEP_APPROVE", "Admin Final Approval of Registration", id="T12"),
        pytest.param("ENROL_DONE", "Successful Enrollment!", id="T13"),
        pytest.param("ENROL_NOW", "Enroll Now", id="mail-button"),
    ],
)
def test_text_is_verbatim(constant: str, text: str) -> None:
    assert getattr(texts, constant) == text


def test_T5_purposes_name_both_devices() -> None:
    assert any(
        "QF Master and QF Master Plus" in line and "time attendance and/or door access" in line
        for line in texts.PURPOSES
    )
