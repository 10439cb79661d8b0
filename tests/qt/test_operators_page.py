"""Operators: who is added, and what nobody may take away."""

from console.desktop.pages.operators import OperatorsPage
from console.desktop.shell import Shell
from tests.qt.conftest import open_page


def test_operators_are_added_and_lose_rights(shell: Shell, qtbot) -> None:
    page = open_page(shell, OperatorsPage)
    page.panel.show_operator(None)
    page.panel.username.edit.setText("tess")
    page.panel.name.edit.setText("Tess")
    page.panel.save.click()
    qtbot.waitUntil(
        lambda: "Tess" in [page.model.row(n).name for n in range(page.model.rowCount())]
    )
    page.panel.can_enrol.setChecked(False)
    page.panel.save.click()
    qtbot.waitUntil(
        lambda: any(
            page.model.row(n).name == "Tess" and not page.model.row(n).can_enrol
            for n in range(page.model.rowCount())
        )
    )
    me = next(
        page.model.row(n)
        for n in range(page.model.rowCount())
        if page.model.row(n).username == "h.farid"
    )
    page.panel.show_operator(me)
    page.panel.active.setChecked(False)
    page.panel.save.click()
    qtbot.waitUntil(lambda: "only administrator" in shell.banner.text())
