"""Terminals that dial in with TLS, by the site's own authority, and the plain way switched off."""

import ssl
import stat
from pathlib import Path

import httpx
import pytest

from console.api import site
from console.api.operation import Nothing
from console.cli import main
from console.service.serve_options import CannotStart, ServeOptions, check
from console.site_certificates import make_certificate
from tests.conftest import PASSWORD, free_ports
from tests.support.forked_site import ForkedSite

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
            assert (shown.push_address, shown.push_tls_address) == ("", address)
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
