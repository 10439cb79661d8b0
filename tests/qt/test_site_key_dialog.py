"""The site's key is changed from the page of backups: asked, agreed, and said. N17."""

import pytest

from console.api import backups, site_key
from console.api.operation import Nothing
from console.demo.people import SITE
from console.desktop.dialogs.site_key_dialog import SiteKeyDialog
from console.desktop.pages.backups import BackupsPage
from console.desktop.shell import Shell
from console.domain.operators import Role
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.service.test_backup_operations import make_key
from tests.support.operators import add_operator, signed_in


@pytest.fixture
def page(shell: Shell, running: RunningSite) -> BackupsPage:
    """The page of a site with a recovery key and two administrators."""
    if not running.client.call(backups.list_backups, Nothing()).key:
        make_key(running)
        add_operator(running, "rosmah", Role.ADMIN)
    return open_page(shell, BackupsPage)


def opened(page: BackupsPage, qtbot) -> SiteKeyDialog:
    page.site_key.click()
    dialog = page.findChild(SiteKeyDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.drop.isVisible() or dialog.typed.isVisible())
    return dialog


def test_it_waits_for_a_second_administrator_and_can_be_taken_back(
    page: BackupsPage, shell: Shell, qtbot
) -> None:
    dialog = opened(page, qtbot)
    assert "Another administrator must agree" in dialog.state.text()
    assert not dialog.drop.isVisible()
    dialog.typed.edit.setText("another site")
    dialog.go.click()
    qtbot.waitUntil(lambda: "Type the name" in dialog.typed.problem.text())
    dialog.typed.edit.setText(SITE)
    dialog.go.click()
    qtbot.waitUntil(lambda: "must agree" in shell.banner.text())
    qtbot.waitUntil(lambda: page.findChild(SiteKeyDialog) is None)
    dialog = opened(page, qtbot)
    assert "You have asked" in dialog.state.text()
    assert not dialog.typed.isVisible(), "nobody agrees with themselves"
    assert dialog.cancel.isDefault()
    dialog.drop.click()
    qtbot.waitUntil(lambda: "was not changed" in shell.banner.text())


def test_the_second_administrator_agrees_and_sees_it_done(
    page: BackupsPage, running: RunningSite, qtbot
) -> None:
    with signed_in(running.demo, "rosmah") as other:
        other.call(site_key.change, site_key.Confirmed(confirm=SITE))
    dialog = opened(page, qtbot)
    assert dialog.state.text().startswith("Rosmah asked")
    assert dialog.go.text() == "Agree and change the key"
    dialog.typed.edit.setText(SITE)
    dialog.go.click()
    qtbot.waitUntil(lambda: "has been changed" in page.strip.text.text())
    qtbot.waitUntil(lambda: page.findChild(SiteKeyDialog) is None)
    assert "Last changed on" in opened(page, qtbot).state.text()
