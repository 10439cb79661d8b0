"""Windows in tests: themed, offscreen, and linked to a real service."""

from typing import TypeVar

import pytest
from PyQt6.QtWidgets import QApplication

from console.desktop.page import Page
from console.desktop.pages.today import TodayPage
from console.desktop.shell import Shell
from console.qt.client import ConnectionState, ServiceClient
from console.qt.theme import apply_theme
from console.qt.themes import LIGHT
from tests.conftest import PASSWORD, RunningSite

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
