"""Starting the service (TLS, taken ports, a folder in use, a lost key), and stopping it."""

import datetime
import ipaddress
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from console import runtime
from console.api.address import ServiceAddress
from console.api.client import Client
from console.demo.site import DemoSite, DidNotStart
from tests.conftest import PASSWORD, free_ports
from tests.support.forked_site import ForkedSite


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "console.cli",
        "--data",
        str(data),
        "serve",
        "--key-file",
        "--push-port",
        "0",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_the_portal_is_not_opened_to_the_lan_without_a_certificate(tmp_path: Path) -> None:
    done = run(tmp_path, "--portal-host", "0.0.0.0")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "muster: The portal needs a certificate to be reached from other computers"
    )
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(tmp_path, "--portal-port", str(port))
    assert done.returncode == 1
    assert f"Port {port} for the portal is taken" in done.stderr


def test_a_second_service_on_the_same_folder_steps_back(tmp_path: Path) -> None:
    with ForkedSite(tmp_path):
        done = run(tmp_path, "--portal-port", "0")
        assert done.returncode == 1
        assert "is running on" in done.stderr


def test_a_lost_key_stops_the_start_and_destroys_nothing(tmp_path: Path) -> None:
    with ForkedSite(tmp_path, serve=("--for-console",)) as demo:
        demo.client().set_up("admin", "Admin", PASSWORD, "Site")
    (tmp_path / "site.key").rename(tmp_path / "elsewhere.key")
    before = (tmp_path / "muster.db").read_bytes()
    done = run(tmp_path, "--portal-port", "0")
    assert done.returncode == 1
    assert not (tmp_path / "site.key").exists()
    assert (tmp_path / "muster.db").read_bytes() == before


def test_stopping_is_orderly_and_leaves_no_announcement(tmp_path: Path) -> None:
    with DemoSite(tmp_path) as demo:
        demo.stop_service()
        assert runtime.find(tmp_path) is None
        assert '"event": "service_stopped"' in (tmp_path / "logs" / "service.log").read_text()
        demo.start_service()
        assert demo.client().health().first_run


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def test_with_a_certificate_the_portal_speaks_https_and_says_so_in_its_headers(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    import ssl

    portal, push = free_ports(2)
    serve = (
        "--portal-port",
        str(portal),
        "--push-port",
        str(push),
        "--portal-certificate",
        str(certificate[0]),
        "--portal-key",
        str(certificate[1]),
    )
    with ForkedSite(tmp_path / "site", serve=serve) as demo:
        assert demo.running.portal == f"https://127.0.0.1:{portal}"
        answer = httpx.get(
            demo.running.portal + "/privacy",
            verify=ssl.create_default_context(cafile=str(certificate[0])),
        )
        assert answer.status_code == 200
        assert answer.headers["Strict-Transport-Security"]
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{portal}/privacy")


def test_kiosks_on_other_computers_are_served_with_tls_and_nothing_else_is(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    from console.api import employees, kiosk_link, kiosks
    from console.api.client import Client
    from console.api.operation import Nothing, ServiceError
    from console.kiosk.service_address import connector

    portal, push, door = free_ports(3)
    ports = (
        "--portal-port",
        str(portal),
        "--push-port",
        str(push),
        "--kiosk-host",
        "127.0.0.1",
        "--kiosk-port",
        str(door),
    )
    with ForkedSite(
        tmp_path / "site",
        serve=(
            *ports,
            "--portal-certificate",
            str(certificate[0]),
            "--portal-key",
            str(certificate[1]),
        ),
    ) as demo:
        with demo.client() as operator:
            session = operator.set_up("h.farid", "H. Farid", PASSWORD, "Site")
            code = operator.call(kiosks.add_kiosk, kiosks.AddKiosk(name="Door"))
        assert code.address == f"https://127.0.0.1:{door}"
        with connector(code.address, certificate[0])(ServiceAddress(url=code.address), 10) as kiosk:
            token = kiosk.call(kiosk_link.pair, kiosk_link.Pair(code=code.code)).token
            kiosk.use_token(token)
            state = kiosk_link.Sync(roster="", state=kiosk_link.KioskState())
            assert kiosk.call(kiosk_link.sync, state).name == "Door"
            kiosk.resume(session)
            with pytest.raises(ServiceError, match="Only kiosks"):
                kiosk.call(kiosks.list_kiosks, Nothing())
            with pytest.raises(ServiceError, match="Only kiosks"):
                kiosk.call(employees.list_employees, employees.ListEmployees())
        with (
            Client(code.address) as stranger,
            pytest.raises(httpx.ConnectError, match=r"(?i)certificate"),
        ):
            stranger.call(kiosk_link.pair, kiosk_link.Pair(code=code.code))
        with pytest.raises(httpx.TransportError):
            httpx.post(f"http://127.0.0.1:{door}/api/kiosk_link.pair")


def test_kiosks_on_other_computers_are_not_served_without_a_certificate(tmp_path: Path) -> None:
    with (
        pytest.raises(DidNotStart, match="TLS only"),
        ForkedSite(tmp_path, serve=("--kiosk-host", "0.0.0.0")),
    ):
        pass


def test_a_service_that_died_without_a_word_is_replaced(tmp_path: Path) -> None:
    from console.demo.site import wait_until
    from console.desktop.service_process import OwnService

    with ForkedSite(tmp_path, serve=("--for-console",)) as demo:
        stale = demo.running
        demo.kill_service()
        assert runtime.find(tmp_path) == stale, (
            "the announcement of the dead service still lies there"
        )
        own = OwnService(tmp_path)
        assert own.locate() is None
        try:
            assert wait_until(lambda: (found := own.locate()) and found != stale.address and found)
        finally:
            own.stop()


def test_a_service_that_cannot_start_says_why_in_the_console(tmp_path: Path, qtbot) -> None:
    from console.desktop.service_process import OwnService
    from console.desktop.shell import Shell
    from console.qt.client import ServiceClient

    with ForkedSite(tmp_path, serve=("--for-console",)) as demo:
        demo.client().set_up("admin", "Admin", PASSWORD, "Site")
    (tmp_path / "site.key").rename(tmp_path / "elsewhere.key")
    own = OwnService(tmp_path)
    client = ServiceClient(own.locate)
    shell = Shell(client, lambda: own.problem)
    qtbot.addWidget(shell)
    client.connect_service()
    qtbot.waitUntil(lambda: "The key of this site is missing" in shell.sign_in.problem.text())
    client.close()
    own.stop()


def test_the_console_starts_a_service_of_its_own_and_stops_it_again(tmp_path: Path) -> None:
    from console.demo.site import wait_until
    from console.desktop.service_process import OwnService

    own = OwnService(tmp_path)
    assert own.locate() is None
    try:
        address = wait_until(own.locate)
        assert Client.at(address).health().first_run
    finally:
        own.stop()
    wait_until(lambda: runtime.find(tmp_path) is None)


def test_CO3_no_console_takes_the_place_of_a_service_that_was_set_up_apart(
    tmp_path: Path, qtbot
) -> None:
    from console.demo.site import wait_until
    from console.desktop.service_process import OwnService
    from console.desktop.shell import Shell
    from console.qt.client import ServiceClient

    with ForkedSite(tmp_path) as demo:  # as a server's supervisor starts it
        demo.stop_service()
        own = OwnService(tmp_path)
        client = ServiceClient(own.locate)
        shell = Shell(client, lambda: own.problem)
        qtbot.addWidget(shell)
        client.connect_service()
        qtbot.waitUntil(lambda: "set up separately" in shell.sign_in.problem.text())
        assert not runtime.is_running(tmp_path), "its lock and its ports are free for it"
        demo.start_service()
        assert own.locate() == demo.running.address, "and the console finds it again"
        client.close()
    own = OwnService(tmp_path, take_over=True)
    assert own.locate() is None
    try:
        assert wait_until(own.locate), "an operator decided that this console starts it"
    finally:
        own.stop()
    assert not runtime.is_apart(tmp_path)
