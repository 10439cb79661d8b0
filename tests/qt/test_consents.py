"""The lawful basis, who still has to answer, and the opt-out list, in the console. N8."""

from datetime import timedelta

import sqlalchemy as sa
from pytestqt.qtbot import QtBot

from console.api import consents
from console.desktop.pages.employees import EmployeesPage
from console.desktop.pages.person import facts_of
from console.desktop.shell import Shell
from console.domain.consent import FACE, FACE_VERSION, LawfulBasis
from console.store.schema import AskedAgain, Audit, Employee
from tests.conftest import RunningSite
from tests.qt.conftest import open_page
from tests.qt.test_person import open_somebody
from tests.store.made import add_consent


def test_N8_who_still_has_to_answer_is_listed_and_the_rules_are_set(
    shell: Shell, running: RunningSite, qtbot: QtBot
) -> None:
    person, silent = running.add_employee(), running.add_employee(email="")
    with running.store().write() as tx:
        agreed = add_consent(tx, tx.get_one(Employee, person.id), FACE, tx.now)
        agreed.language = "zh-Hans"
        for one in (silent, person):
            asked = {"asked_at": tx.now, "answer_days": 30}
            if one is person:
                asked |= {"told_at": tx.now, "answer_by": tx.now + timedelta(days=20)}
            tx.add(AskedAgain(employee_id=one.id, modality=FACE, version=FACE_VERSION, **asked))
    page = open_page(shell, EmployeesPage)
    dialog = page.privacy.open_consent()
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 2)
    shown = dialog.model._rows
    assert [row.number for row in shown] == [silent.number, person.number]
    assert [row.language for row in shown] == ["", "简体中文"]
    assert "No email address" in shown[0].email
    assert (shown[0].told_at, shown[0].answer_by) == (None, None)
    assert "2" in dialog.heading.text()
    assert not dialog.told.isEnabled()
    dialog.table.selectAll()
    dialog.note_told()
    qtbot.waitUntil(lambda: all(row.told_at is not None for row in dialog.model._rows))
    assert not dialog.told.isEnabled(), "those who are told have their time"
    with running.store().read() as tx:
        left = tx.get_one(AskedAgain, (silent.id, FACE)).answer_by
        assert left is not None
        assert timedelta(days=29) < left - tx.now <= timedelta(days=30)
        told = sa.select(Audit.object_id).where(Audit.action == "consent.told")
        assert list(tx.scalars(told)) == [silent.id]
    dialog.basis.setCurrentIndex(dialog.basis.findData(LawfulBasis.EMPLOYMENT_LAW))
    dialog.days.setValue(45)
    dialog.save.click()
    qtbot.waitUntil(lambda: "Saved" in shell.banner.text())
    state = running.client.call(consents.get_consents, consents.AskConsents())
    assert (state.basis, state.answer_days) == (LawfulBasis.EMPLOYMENT_LAW, 45)
    running.client.call(
        consents.save_consents, consents.ConsentRules(basis=LawfulBasis.CONSENT, answer_days=30)
    )


def test_N8_the_opt_out_list_is_seen_and_reversed_on_the_persons_page(
    shell: Shell, running: RunningSite, qtbot: QtBot
) -> None:
    open_somebody(shell, running, "Quiet", timedelta(days=1), qtbot)
    view = open_page(shell, EmployeesPage).person

    def listed() -> bool:
        return view.person is not None and "Opt-out list" in dict(facts_of(view.person))

    assert not listed()
    for on_the_list in (True, False):
        view.opt_out.click()
        qtbot.waitUntil(lambda: listed() is on_the_list)
    assert view.person is not None
    assert [row.what for row in view.person.changes or []][:2] == [
        "Removed from the opt-out list",
        "Added to the opt-out list",
    ]
