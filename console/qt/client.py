"""The windows' connection to the service, over Qt's network classes: the GUI thread never waits."""

from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec
from PyQt6 import sip
from PyQt6.QtCore import QByteArray, QObject, QUrl, pyqtSignal
from PyQt6.QtNetwork import (
    QNetworkAccessManager,
    QNetworkReply,
    QNetworkRequest,
    QSslCertificate,
    QSslConfiguration,
)

from console.api.address import ServiceAddress
from console.api.operation import (
    EVENTS_PATH,
    HEALTH_PATH,
    SESSION_HEADER,
    ApiError,
    Change,
    Health,
    Operation,
    Req,
    Res,
)
from console.api.operators import SignedIn
from console.domain.language import msgid, tr
from console.qt.language import current_language
from console.qt.timers import timer

TIMEOUT_MS = 30_000
STREAM_SILENCE_MS = 40_000
"""The service sends a sign of life every 15 s; without one for this long the connection is lost."""
SIGNED_OUT_MS = 60_000
"""Whoever is signed out hears no changes: the service is looked for this often."""
BACK_OFF_MS = (300, 600, 1200, 2500, 5000)
GONE = ApiError(code="service_gone", message=msgid("The service cannot be reached. Reconnecting…"))
"""Its message is said where it is used."""


class ConnectionState(Enum):
    """The console's connection to the service."""

    SEARCHING = "searching"
    SIGNED_OUT = "signed out"
    READY = "ready"
    GONE = "gone"


class ServiceClient(QObject):
    """Calls operations and receives changes.

    locate: the service's address, or None; it may change when the service restarts.
    """

    changed = pyqtSignal(str, str)
    state_changed = pyqtSignal(object)
    health_known = pyqtSignal(object)

    def __init__(
        self, locate: Callable[[], ServiceAddress | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._locate = locate
        self._network = QNetworkAccessManager(self)
        self._url = ""
        self._tls = QSslConfiguration.defaultConfiguration()
        self._stream: QNetworkReply | None = None
        self._waiting: set[QNetworkReply] = set()
        self._buffer = b""
        self._misses = 0
        self.session: SignedIn | None = None
        self.health: Health | None = None
        """What the service said of itself when it was found last."""
        self.state = ConnectionState.SEARCHING
        self._retry = timer(self, BACK_OFF_MS[0], self.connect_service, once=True)
        self._silence = timer(self, STREAM_SILENCE_MS, self._abort_stream, once=True)
        self._look = timer(self, SIGNED_OUT_MS, self._look_while_signed_out)
        self._look.start()

    @property
    def address(self) -> str:
        """Where the service was found; "" before it was."""
        return self._url

    def connect_service(self) -> None:
        """Looks for the service until there is one; reports by `state_changed`."""
        found = self._locate()
        self._url = found.url if found is not None else ""
        if found is not None:
            self._trust(found.certificate)
        if not self._url:
            self._missed()
            return
        reply = self._network.get(self._request(HEALTH_PATH))
        assert reply is not None
        _at_end(reply, lambda: self._on_health(reply))

    def _trust(self, certificate: str) -> None:
        """Before a password or a token is told to it, the service has to show this certificate."""
        self._tls = QSslConfiguration.defaultConfiguration()
        if certificate:
            self._tls.setCaCertificates(QSslCertificate.fromData(certificate.encode("ascii")))

    def _look_while_signed_out(self) -> None:
        if self.state is ConnectionState.SIGNED_OUT:
            self.connect_service()

    def _on_health(self, reply: QNetworkReply) -> None:
        reply.deleteLater()
        if reply.error() != QNetworkReply.NetworkError.NoError:
            self._missed()
            return
        self._misses = 0
        self.health = msgspec.json.decode(reply.readAll().data(), type=Health)
        self.health_known.emit(self.health)
        if self.session is None:
            self._set_state(ConnectionState.SIGNED_OUT)
        else:
            self._open_stream()

    def _missed(self) -> None:
        self._set_state(
            ConnectionState.SEARCHING
            if self._misses == 0 and self.state is ConnectionState.SEARCHING
            else ConnectionState.GONE
        )
        self._retry.start(BACK_OFF_MS[min(self._misses, len(BACK_OFF_MS) - 1)])
        self._misses += 1

    def _set_state(self, state: ConnectionState) -> None:
        # each failed attempt may have a new reason
        if state is not self.state or state is ConnectionState.GONE:
            self.state = state
            self.state_changed.emit(state)

    def call(
        self,
        operation: Operation[Req, Res],
        request: Req,
        done: Callable[[Res], Any],
        failed: Callable[[ApiError], Any] | None = None,
        owner: QObject | None = None,
    ) -> None:
        """Calls one operation; its answer goes to `done` or `failed`.

        Only while `owner` exists, and as long as the same operator is signed in.
        """
        network_request = self._request(f"/api/{operation.name}")
        network_request.setHeader(
            QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json"
        )
        network_request.setTransferTimeout(TIMEOUT_MS)
        reply = self._network.post(network_request, QByteArray(msgspec.json.encode(request)))
        assert reply is not None
        reply.setParent(owner or self)
        self._waiting = {one for one in self._waiting if not sip.isdeleted(one)} | {reply}
        session = self.session

        def answered() -> None:
            if reply not in self._waiting:  # the client is closed
                reply.deleteLater()
                return
            self._waiting.discard(reply)
            if self.session is session:
                self._on_answer(reply, operation, done, failed)
            else:  # whoever asked has signed out
                reply.deleteLater()

        _at_end(reply, answered)

    def _on_answer(
        self,
        reply: QNetworkReply,
        operation: Operation[Req, Res],
        done: Callable[[Res], Any],
        failed: Callable[[ApiError], Any] | None,
    ) -> None:
        reply.deleteLater()
        body = reply.readAll().data()
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        if status == 200:
            done(msgspec.json.decode(body, type=operation.response))
            return
        error = msgspec.json.decode(body, type=ApiError) if status else _gone()
        if error.code in ("not_signed_in", "second_factor_missing"):
            self.sign_out_here()
        if not status:
            self._lost()
        if failed is not None:
            failed(error)

    @property
    def idle(self) -> bool:
        """Whether every call has been answered."""
        return all(sip.isdeleted(one) for one in self._waiting)

    def may(self, operation: Operation[Any, Any]) -> bool:
        """Whether the role of whoever is signed in permits the operation. The service decides."""
        return self.session is not None and self.session.role in operation.roles

    def signed_in(self, session: SignedIn) -> None:
        """Uses this session from now on and opens the live stream."""
        self.session = session
        self._open_stream()

    def sign_out_here(self) -> None:
        """Forgets the session, which has ended or which the operator leaves."""
        self.session = None
        self._close_stream()
        self._set_state(ConnectionState.SIGNED_OUT)

    def _open_stream(self) -> None:
        self._close_stream()
        self._buffer = b""
        stream = self._network.get(self._request(EVENTS_PATH))
        assert stream is not None
        self._stream = stream
        stream.readyRead.connect(lambda: self._on_lines(stream))
        _at_end(stream, lambda: self._on_stream_end(stream))
        self._silence.start()

    def _on_lines(self, stream: QNetworkReply) -> None:
        if (
            stream is not self._stream
            or stream.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute) != 200
        ):
            return
        self._silence.start()
        self._set_state(ConnectionState.READY)
        *lines, self._buffer = (self._buffer + stream.readAll().data()).split(b"\n")
        for line in lines:
            if line.strip():
                change = msgspec.json.decode(line, type=Change)
                self.changed.emit(change.subject, change.id)

    def _on_stream_end(self, stream: QNetworkReply) -> None:
        stream.deleteLater()
        if stream is not self._stream:
            return
        self._stream = None
        if stream.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute) in (401, 403):
            self.sign_out_here()
        else:
            self._lost()

    def _lost(self) -> None:
        self._close_stream()
        self._set_state(ConnectionState.GONE)
        if not self._retry.isActive():
            self._retry.start(BACK_OFF_MS[0])

    def _abort_stream(self) -> None:
        if self._stream is not None:
            self._stream.abort()

    def _close_stream(self) -> None:
        self._silence.stop()
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort()

    def close(self) -> None:
        """Ends all requests, the live stream and the search for a service."""
        self._retry.stop()
        self._look.stop()
        self._close_stream()
        waiting, self._waiting = self._waiting, set()
        for reply in waiting:
            if not sip.isdeleted(reply):
                reply.abort()  # one that ended later would look for a network that may be gone

    def _request(self, path: str) -> QNetworkRequest:
        request = QNetworkRequest(QUrl(self._url + path))
        request.setSslConfiguration(self._tls)
        request.setRawHeader(b"Accept-Language", current_language().encode())
        if self.session is not None:
            request.setRawHeader(SESSION_HEADER.encode(), self.session.token.encode())
        return request


def _gone() -> ApiError:
    return msgspec.structs.replace(GONE, message=tr(GONE.message))


def _at_end(reply: QNetworkReply, on_end: Callable[[], None]) -> None:
    """Calls `on_end` when the reply ends, unless its owner was deleted: Qt signals that too."""
    reply.finished.connect(lambda: None if sip.isdeleted(reply) else on_end())
