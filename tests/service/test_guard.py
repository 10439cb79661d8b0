"""Slow clients are cut off, and others are served meanwhile."""

import asyncio
import socket
import time

import httpx
import pytest

from console.service.listeners import slow_clients as guard
from console.service.listeners.server import make_server
from console.service.listeners.slow_clients import BodyDeadline


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch):
    """A listener that echoes the length of a body, with short deadlines."""
    import threading

    monkeypatch.setattr(guard, "HEADER_S", 0.4)
    monkeypatch.setattr(guard, "CHUNK_S", 0.4)

    async def app(scope, receive, send) -> None:
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(size).encode()})

    listening = socket.create_server(("127.0.0.1", 0))
    server = make_server(BodyDeadline(app))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(5)


def closed_within(connection: socket.socket, seconds: float) -> bool:
    connection.settimeout(seconds)
    try:
        while connection.recv(1000):
            continue
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
    ],
    ids=["silent", "half a header", "half a body"],
)
def test_a_client_that_stalls_is_cut_off_while_others_are_served(
    url: str, beginning: bytes
) -> None:
    port = int(url.rpartition(":")[2])
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    for connection in slow:
        connection.sendall(beginning)
    started = time.monotonic()
    assert httpx.post(url, content=b"12345").text == "5"
    assert time.monotonic() - started < 2
    assert all(closed_within(connection, 5) for connection in slow)


def test_one_address_may_hold_only_so_many_connections(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard.GuardedProtocol, "per_loopback", 5)
    monkeypatch.setattr(guard, "HEADER_S", 5.0)
    port = int(url.rpartition(":")[2])
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
    time.sleep(0.2)
    assert closed_within(socket.create_connection(("127.0.0.1", port)), 2)
    for connection in held:
        connection.close()
    time.sleep(0.2)
    assert httpx.post(url, content=b"1").text == "1"
