"""AC8: a console tells a service nothing before it has shown the certificate that it announced."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec
import pytest

from console.api.address import ServiceAddress
from console.api.client import Client
from console.api.operation import Health
from console.loopback_certificate import LoopbackCertificate
from console.qt.client import ConnectionState, ServiceClient

pytestmark = [
    pytest.mark.windows,
    pytest.mark.qt_log_ignore("Failed to enumerate ciphers"),  # Wine has no list of them
]
HOST = "127.0.0.1"
HEALTH = msgspec.json.encode(Health(version="1", first_run=True, site="Site"))
ANSWER = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"


@contextmanager
def answering(certificate: LoopbackCertificate) -> Iterator[int]:
    """Something that answers every call with this certificate: its port."""
    with socket.create_server((HOST, 0)) as listening:
        listening.settimeout(0.1)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                with suppress(OSError):
                    caller, _ = listening.accept()
                    caller.settimeout(10)
                    with certificate.context.wrap_socket(caller, server_side=True) as told:
                        told.recv(65536)
                        told.sendall(ANSWER % (len(HEALTH), HEALTH))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        ended.set()
        thread.join()


def test_a_service_that_shows_what_it_announced_is_talked_to(qtbot) -> None:
    own = LoopbackCertificate(HOST)
    with answering(own) as port:
        address = ServiceAddress(url=f"https://{HOST}:{port}", certificate=own.text)
        client = ServiceClient(lambda: address)
        client.connect_service()
        qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
        assert client.health == msgspec.json.decode(HEALTH, type=Health)
        with Client.at(address) as script:
            assert script.health().site == "Site"
        client.close()


def test_another_certificate_for_the_same_address_is_as_no_service(qtbot) -> None:
    with answering(LoopbackCertificate(HOST)) as port:
        expected = LoopbackCertificate(HOST).text
        address = ServiceAddress(url=f"https://{HOST}:{port}", certificate=expected)
        client = ServiceClient(lambda: address)
        client.connect_service()
        qtbot.waitUntil(lambda: client.state is ConnectionState.GONE)
        assert client.health is None
        client.close()
