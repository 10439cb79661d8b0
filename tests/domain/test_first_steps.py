"""The check list of a new site: what counts as done, skipped and open. P19."""

import pytest

from console.domain.first_steps import FirstStep, StepState, is_untouched, opens_on_phones, states


def test_P19_what_is_done_is_done_even_after_it_was_skipped() -> None:
    skipped = {FirstStep.EMAIL, FirstStep.PORTAL}
    found = states({FirstStep.SITE, FirstStep.EMAIL}, skipped)
    assert list(found) == list(FirstStep), "in the order of doing"
    assert found[FirstStep.EMAIL] is StepState.DONE
    assert found[FirstStep.PORTAL] is StepState.SKIPPED
    assert found[FirstStep.LOGIN] is StepState.OPEN


def test_P19_a_site_is_untouched_until_anything_beside_itself_is_done_or_skipped() -> None:
    assert is_untouched(states({FirstStep.SITE}, ()))
    assert not is_untouched(states({FirstStep.SITE, FirstStep.EMPLOYEES}, ()))
    assert not is_untouched(states({FirstStep.SITE}, {FirstStep.EMPLOYEES}))


@pytest.mark.parametrize(
    ("address", "opens"),
    [
        ("https://enrol.example.com:8443", True),
        ("https://192.168.1.20:8443", True),
        ("http://enrol.example.com", False),
        ("https://127.0.0.1:8443", False),
        ("https://127.0.0.2:8443", False),
        ("https://localhost", False),
        ("https://[::1]:8443", False),
        ("", False),
    ],
)
def test_P19_links_open_on_phones_if_they_lead_to_another_computer_by_TLS(
    address: str, opens: bool
) -> None:
    assert opens_on_phones(address) is opens
