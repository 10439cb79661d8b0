"""How a kiosk reaches its service: never where it does not prove itself."""

from pathlib import Path

import pytest

from console import runtime
from console.api.address import ServiceAddress
from console.kiosk.service_address import (
    UNKNOWN,
    UnsafeAddress,
    connector,
    locate_by,
    on_this_computer,
)


@pytest.mark.parametrize(
    "url", ["http://192.168.1.20:8444", "http://muster.example.com:8444", "http://0.0.0.0:80"]
)
def test_names_and_templates_do_not_travel_in_the_clear(url: str) -> None:
    with pytest.raises(UnsafeAddress, match="in the clear"):
        connector(url, None)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080"])
def test_AC8_nothing_is_told_to_whatever_answers_on_a_port_of_this_computer(url: str) -> None:
    with pytest.raises(UnsafeAddress, match="leave the address out"):
        connector(url, None)


def test_on_this_computer_the_service_proves_itself_by_what_it_has_announced() -> None:
    assert connector("", None) is on_this_computer


@pytest.mark.parametrize("url", ["muster.example.com:8444", "ftp://muster.example.com", "https://"])
def test_what_is_no_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(UnsafeAddress, match="It looks like https://"):
        connector(url, None)


def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "authority.pem"
    for content in (None, b"not a certificate"):
        if content is not None:
            bad.write_bytes(content)
        with pytest.raises(UnsafeAddress, match=r"authority\.pem"):
            connector("https://muster.example.com:8444", bad)


def test_without_an_address_the_service_of_this_computer_is_found(tmp_path: Path) -> None:
    assert locate_by("", tmp_path)() == UNKNOWN
    found = runtime.Running(1, "https://127.0.0.1:5", "", "", "its certificate")
    runtime.announce(tmp_path, found)
    assert locate_by("", tmp_path)() == found.address
    given = "https://muster.example.com"
    assert locate_by(given, tmp_path)() == ServiceAddress(url=given)
