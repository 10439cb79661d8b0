"""Windows in tests: themed, offscreen, and linked to a real service."""

from pathlib import Path
from typing import TypeVar

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from console.desktop.page import Page
from console.desktop.pages.today import TodayPage
from console.desktop.shell import Shell
from console.desktop.view_memory import ViewMemory
from console.qt.client import ConnectionState, ServiceClient
from console.qt.theme import apply_theme
from console.qt.themes import LIGHT
from tests.conftest import PASSWORD, RunningSite

ADMIN = "h.farid"

AnyPage = TypeVar("AnyPage", bound=Page)


def open_page(shell: Shell, kind: type[AnyPage]) -> AnyPage:
    """Opens the page as its entry in the navigation does."""
    shell.open_page(kind)
    page = shell.pages[kind]
    assert isinstance(page, kind)
    return page


@pytest.fixture
def themed(qapp: QApplication) -> QApplication:
    apply_theme(qapp, LIGHT)
    return qapp


@pytest.fixture
def client(running: RunningSite, themed: QApplication):
    """A client that knows where the service is, not signed in."""
    client = ServiceClient(running.demo.locate)
    yield client
    client.close()


@pytest.fixture
def shell(running: RunningSite, client: ServiceClient, qtbot):
    """The console's window, signed in."""
    shell = Shell(client)
    qtbot.addWidget(shell)
    shell.show()
    client.connect_service()
    qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
    shell.sign_in.username.edit.setText("h.farid")
    shell.sign_in.password.edit.setText(PASSWORD)
    shell.sign_in.go.click()
    qtbot.waitUntil(lambda: client.state is ConnectionState.READY)
    qtbot.waitUntil(lambda: TodayPage in shell.pages)
    return shell


@pytest.fixture
def start(running: RunningSite, themed: QApplication, qtbot, tmp_path: Path):
    """Starts the console anew, with what is remembered in tmp_path, and signs in."""
    clients: list[ServiceClient] = []

    def started(username: str = ADMIN) -> Shell:
        client = ServiceClient(running.demo.locate)
        clients.append(client)
        shell = Shell(client, memory=ViewMemory(tmp_path))
        qtbot.addWidget(shell)
        shell.show()
        client.connect_service()
        qtbot.waitUntil(lambda: client.state is ConnectionState.SIGNED_OUT)
        sign_in(shell, qtbot, username)
        return shell

    yield started
    for client in clients:
        client.close()


def sign_in(shell: Shell, qtbot, username: str) -> None:
    shell.sign_in.username.edit.setText(username)
    shell.sign_in.password.edit.setText(PASSWORD)
    qtbot.keyClick(shell.sign_in.password.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell.client.state is ConnectionState.READY)
    qtbot.waitUntil(lambda: bool(shell.pages))
