"""MA3: what is set for the site is checked where it is entered."""

import pytest

from console.domain.errors import Invalid
from console.domain.site_settings import (
    checked_host,
    checked_portal_address,
    checked_site_name,
)


def test_MA3_the_sites_name_is_one_line() -> None:
    assert checked_site_name(" Werk Süd ") == "Werk Süd"
    for bad in ("", "  ", "Werk\r\nBcc: x@example.net", "x" * 81):
        with pytest.raises(Invalid) as refused:
            checked_site_name(bad)
        assert refused.value.field == "site"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://enrol.example.com",
        " https://enrol.example.com:8443/e ",
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://[::1]:8080",
        "https://[2001:db8::1]/muster",
    ],
)
def test_links_begin_with_an_address(address: str) -> None:
    assert checked_portal_address(address) == address.strip()


@pytest.mark.parametrize(
    "address",
    [
        "http://enrol.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "https://",
        "https://enrol.example.com\r\nBcc: x@example.net",
        "https://enrol.example.com/?next=evil",
        "https://a@b.example",
        "https://enrol.example.com:99999",
        "https://[::1",
        "https://:8443",
        "ftp://enrol.example.com",
        "enrol.example.com",
    ],
)
def test_MA3_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_portal_address(address)
    assert refused.value.field == "portal_url"


def test_MA3_a_server_is_a_host_alone() -> None:
    assert checked_host("email.host", " mail.example.com ") == "mail.example.com"
    assert checked_host("email.host", "") == ""
    for bad in ("mail.example.com\r\nQUIT", "a b", "smtp://mail.example.com", "x" * 256):
        with pytest.raises(Invalid) as refused:
            checked_host("email.host", bad)
        assert refused.value.field == "email.host"
