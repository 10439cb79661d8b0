"""The windows' link to the service: answers, errors, changes, and a service that goes away."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from PyQt6.QtCore import QObject
from PyQt6.QtNetwork import QNetworkReply

from console import runtime
from console.api import employees, operators, site
from console.api.address import ServiceAddress
from console.api.operation import ApiError, Nothing
from console.desktop.shell import Shell
from console.loopback_certificate import LoopbackCertificate
from console.qt.client import GONE, ConnectionState, ServiceClient
from console.store.database import Store, connect, sqlite_url
from console.store.schema import OperatorSession
from tests.conftest import PASSWORD, RunningSite, start_site


def sign_in(client: ServiceClient, qtbot) -> None:
    client.connect_service()
    qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    client.call(
        operators.sign_in, operators.SignIn(username="h.farid", password=PASSWORD), client.signed_in
    )
    qtbot.waitUntil(lambda: client.state is ConnectionState.READY)


def test_answers_arrive_as_typed_structs_and_errors_with_their_sentence(
    client: ServiceClient, qtbot
) -> None:
    sign_in(client, qtbot)
    answers: list[object] = []
    client.call(site.overview, Nothing(), answers.append)
    client.call(
        employees.list_employees,
        employees.ListEmployees(sort="colour"),
        answers.append,
        answers.append,
    )
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert any(
        isinstance(answer, site.Overview) and answer.site == "Hartmann Logistics"
        for answer in answers
    )
    assert (
        ApiError(code="invalid", message="Employees cannot be sorted by colour.", field="sort")
        in answers
    )


def test_changes_made_by_others_are_heard(
    client: ServiceClient, running: RunningSite, qtbot
) -> None:
    sign_in(client, qtbot)
    heard: list[tuple[str, str]] = []
    client.changed.connect(lambda subject, row_id: heard.append((subject, row_id)))
    person = running.add_employee()
    qtbot.waitUntil(lambda: ("employees", person.id) in heard)


def test_an_answer_for_a_closed_page_goes_to_nobody(client: ServiceClient, qtbot) -> None:
    sign_in(client, qtbot)
    owner = QObject()
    answers: list[object] = []
    client.call(site.overview, Nothing(), answers.append, answers.append, owner)
    owner.deleteLater()
    qtbot.wait(300)
    assert answers == []


def test_a_client_that_is_closed_has_ended_every_request(client: ServiceClient, qtbot) -> None:
    """A reply that ends after the network is gone takes the process with it."""
    sign_in(client, qtbot)
    owner = QObject()
    answers: list[object] = []
    client.call(site.overview, Nothing(), answers.append, answers.append, owner)
    (reply,) = owner.findChildren(QNetworkReply)
    client.close()
    assert reply.isFinished()
    qtbot.waitUntil(lambda: not owner.findChildren(QNetworkReply))
    assert answers == [], "nobody is there to hear of it"


def test_wrong_passwords_leave_the_operator_signed_out(client: ServiceClient, qtbot) -> None:
    client.connect_service()
    qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    errors: list[ApiError] = []
    client.call(
        operators.sign_in,
        operators.SignIn(username="h.farid", password="not this one"),
        client.signed_in,
        errors.append,
    )
    qtbot.waitUntil(lambda: bool(errors))
    assert errors[0].message == "The user name or password is wrong."
    assert client.session is None


def test_a_console_that_was_left_alone_is_answered_at_the_first_click(
    client: ServiceClient, qtbot
) -> None:
    """The service closes a connection that is idle for 5 s; Qt must not send into it."""
    sign_in(client, qtbot)
    for _ in range(2):
        qtbot.wait(5200)
        answers: list[object] = []
        client.call(site.overview, Nothing(), answers.append, answers.append)
        qtbot.waitUntil(lambda: bool(answers))
        assert not isinstance(answers[0], ApiError)


@contextmanager
def impostor(port: int, heard: list[bytes]) -> Iterator[None]:
    """Another program of this computer at this port. heard: what it is told, decrypted."""
    context = LoopbackCertificate("127.0.0.1").context
    listening = socket.create_server(("127.0.0.1", port))
    listening.settimeout(0.1)
    ended = threading.Event()

    def listen() -> None:
        while not ended.is_set():
            with suppress(OSError):
                caller, _ = listening.accept()
                caller.settimeout(5)
                with context.wrap_socket(caller, server_side=True) as told:
                    heard.append(told.recv(65536))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()
    listening.close()


def test_without_a_service_the_client_goes_on_looking(themed, qtbot) -> None:
    places = [None, ServiceAddress(url="https://127.0.0.1:9")]
    client = ServiceClient(lambda: places.pop(0) if places else None)
    client.connect_service()
    qtbot.waitUntil(lambda: not places and client.state is ConnectionState.GONE)
    errors: list[ApiError] = []
    client.call(site.overview, Nothing(), lambda _: None, errors.append)
    qtbot.waitUntil(lambda: errors == [GONE])
    client.close()


def test_AC8_whoever_takes_the_port_of_a_dead_service_is_told_nothing(
    tmp_path: Path, themed, qtbot
) -> None:
    """It has a certificate of its own for the same address, and would note what it is sent."""
    heard: list[bytes] = []
    for running in start_site(tmp_path):
        client = ServiceClient(running.demo.locate)
        shell = Shell(client)
        qtbot.addWidget(shell)
        sign_in(client, qtbot)
        port = int(running.demo.running.api.rpartition(":")[2])
        running.demo.kill_service()
        qtbot.waitUntil(lambda: client.state is ConnectionState.GONE)
        with impostor(port, heard):
            assert runtime.find(tmp_path) is not None, "the dead service's file still lies there"
            errors: list[ApiError] = []
            client.connect_service()
            client.call(site.overview, Nothing(), lambda _: None, errors.append)
            qtbot.waitUntil(lambda: errors == [GONE])
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                running.demo.client().sign_in("h.farid", PASSWORD)
            qtbot.waitUntil(lambda: client.state is ConnectionState.GONE)
        assert not b"".join(heard)
        client.close()


def test_a_killed_service_is_noticed_and_its_return_too(tmp_path, themed, qtbot) -> None:
    for running in start_site(tmp_path):
        client = ServiceClient(running.demo.locate)
        shell = Shell(client)
        qtbot.addWidget(shell)
        sign_in(client, qtbot)
        parts = (shell.status.terminal_state, shell.status.email_state, shell.status.jobs_state)
        running.demo.kill_service()
        qtbot.waitUntil(lambda: client.state is ConnectionState.GONE)
        assert all("unknown since" in part.text() for part in parts), "CO15: not the last answer"
        running.demo.start_service()
        qtbot.waitUntil(lambda: client.state is ConnectionState.READY)
        qtbot.waitUntil(lambda: not any("unknown since" in part.text() for part in parts))
        answers: list[object] = []
        client.call(site.overview, Nothing(), answers.append)
        qtbot.waitUntil(lambda: bool(answers))
        client.close()


@pytest.mark.parametrize("ended", ["idle", "signed out elsewhere"])
def test_a_session_that_ended_leads_back_to_the_sign_in(
    client: ServiceClient, running: RunningSite, qtbot, ended: str
) -> None:
    sign_in(client, qtbot)
    try:
        with Store(connect(sqlite_url(running.demo.data_dir / "muster.db"))).write() as tx:
            if ended == "idle":
                long_ago = datetime.now(UTC) - timedelta(minutes=11)
                tx.execute(sa.update(OperatorSession).values(seen_at=long_ago))
            else:
                tx.execute(sa.delete(OperatorSession))
        client.call(site.overview, Nothing(), lambda _: None, lambda _: None)
        qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    finally:
        running.client.sign_in("h.farid", PASSWORD)  # the session of the other tests has ended too
