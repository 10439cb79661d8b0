"""Terminals that dial in with TLS, by the site's own authority, and the plain way switched off."""

import hashlib
import ssl
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from console.api import site
from console.api.client import Client
from console.api.operation import Nothing, ServiceError
from console.cli import main
from console.service.serve_options import CannotStart, ServeOptions, check
from console.site_certificates import make_certificate
from tests.conftest import PASSWORD, RunningSite, free_ports
from tests.support.forked_site import ForkedSite

END = "-----END CERTIFICATE-----\n"
QUERY = {"SN": "TLS0001", "options": "all", "pushver": "2.4.1"}


def test_TE16_terminals_are_served_with_tls_and_only_so_if_the_site_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "site"
    assert main(["--data", str(data), "certificate", "127.0.0.1", "muster.example"]) == 0
    folder = data / "certificates"
    assert f"--push-certificate {folder / 'push.pem'}" in capsys.readouterr().out
    port, portal = free_ports(2)
    serve = (
        *("--portal-port", str(portal), "--push-port", "0", "--push-tls-port", str(port)),
        *("--push-certificate", str(folder / "push.pem"), "--push-key", str(folder / "push.key")),
        "--push-tls-only",
    )
    with ForkedSite(data, serve=serve) as demo:
        address = f"https://127.0.0.1:{port}"
        assert demo.running.push == address
        trusting = ssl.create_default_context(cafile=str(folder / "authority.pem"))
        answer = httpx.get(f"{address}/iclock/cdata", params=QUERY, verify=trusting)
        assert (answer.status_code, answer.text) == (200, "OK")
        with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
            httpx.get(f"{address}/iclock/cdata", params=QUERY)
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/iclock/cdata", params=QUERY)
        with demo.client() as operator:
            operator.set_up("h.farid", "H. Farid", PASSWORD, "Site")
            shown = operator.call(site.overview, Nothing())
            assert shown.push_address == ""
            assert shown.push_tls is not None
            assert (shown.push_tls.address, shown.push_tls.ends_soon) == (address, False)
            assert shown.terminals_pending == 1


def test_TE16_the_authority_stays_when_the_certificate_is_made_anew(tmp_path: Path) -> None:
    files = make_certificate(tmp_path, ["127.0.0.1"])
    authority, first = files.authority.read_bytes(), files.certificate.read_bytes()
    assert make_certificate(tmp_path, ["muster.example"]) == files
    assert files.authority.read_bytes() == authority
    assert files.certificate.read_bytes() != first
    for secret in (files.key, tmp_path / "authority.key"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    (tmp_path / "authority.key").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="PEM"):
        make_certificate(tmp_path, ["127.0.0.1"])


def test_TE16_without_a_usable_certificate_the_service_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="Give --push-certificate"):
        check(ServeOptions(data_dir=tmp_path, push_plain=False))
    none = str(tmp_path / "none.pem")
    with pytest.raises(CannotStart, match="--push-certificate and --push-key cannot be used"):
        check(ServeOptions(data_dir=tmp_path, push_certificate=none, push_key=none))


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ForkedSite, Client]]:
    """A site that serves terminals with TLS and without, by a certificate that ends in 20 days."""
    data = tmp_path_factory.mktemp("secured") / "site"
    files = make_certificate(data / "certificates", ["127.0.0.1"], timedelta(days=20))
    (portal,) = free_ports(1)
    serve = (
        *("--portal-port", str(portal), "--push-port", "0", "--push-tls-port", "0"),
        *("--push-certificate", str(files.certificate), "--push-key", str(files.key)),
    )
    with ForkedSite(data, serve=serve) as demo, demo.client() as operator:
        operator.set_up("h.farid", "H. Farid", PASSWORD, "Site")
        yield demo, operator


def calls_in(address: str, **more: Any) -> int:
    return httpx.get(f"{address}/iclock/cdata", params=QUERY, **more).status_code


def switch(operator: Client, *, tls_only: bool) -> None:
    now = operator.call(site.get_settings, Nothing())
    operator.call(site.save_settings, msgspec.structs.replace(now, push_tls_only=tls_only))


def test_TE16_the_plain_way_is_switched_off_and_on_while_the_service_runs(
    secured: tuple[ForkedSite, Client],
) -> None:
    demo, operator = secured
    shown = operator.call(site.overview, Nothing())
    assert shown.push_tls is not None
    trusting = ssl.create_default_context(
        cafile=str(demo.data_dir / "certificates" / "authority.pem")
    )
    assert calls_in(shown.push_address) == 200
    switch(operator, tls_only=True)
    assert calls_in(shown.push_address) == 403
    assert calls_in(shown.push_tls.address, verify=trusting) == 200
    switch(operator, tls_only=False)
    assert calls_in(shown.push_address) == 200


def test_TE16_the_console_is_told_which_certificate_is_shown_and_that_it_ends(
    secured: tuple[ForkedSite, Client],
) -> None:
    demo, operator = secured
    shown = operator.call(site.overview, Nothing()).push_tls
    assert shown is not None
    pem = (demo.data_dir / "certificates" / "push.pem").read_text("ascii")
    digest = hashlib.sha256(
        ssl.PEM_cert_to_DER_cert(pem.partition("-----END")[0] + END)
    ).hexdigest()
    assert shown.fingerprint.replace(":", "").lower() == digest
    assert shown.ends_soon


def test_TE16_nobody_locks_all_terminals_out_for_want_of_a_certificate(
    running: RunningSite,
) -> None:
    with pytest.raises(ServiceError, match="Start the service with a certificate"):
        switch(running.client, tls_only=True)
    assert running.client.call(site.overview, Nothing()).push_tls is None
