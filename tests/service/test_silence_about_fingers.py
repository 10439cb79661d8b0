"""Whoever is silent about another text loses the fingers, everywhere and with receipts. N8, T21."""

from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from console.api import employees, kiosk_link
from console.api.operation import ById
from console.api.person import read_person
from console.demo.mailbox import text_of
from console.demo.site import wait_until
from console.domain.consent import FINGER, FINGER_VERSION
from console.domain.fingers import FingerPosition
from console.service.asking_again import NO_ANSWER
from console.store.schema import AskedAgain, Audit, Consent, Finger, FingerBlob
from tests.conftest import PASSWORD, RunningSite
from tests.service.desk import enrol
from tests.service.gates import detail
from tests.service.test_dialled import enrol_at, ready
from tests.service.test_face_consent import entry_of
from tests.service.test_kiosks import as_kiosk, paired


def minute_later(site: RunningSite) -> None:
    """Upkeep runs once a minute, and at the start of the service."""
    session = site.client.sign_in("h.farid", PASSWORD)
    site.demo.stop_service()
    site.demo.start_service()
    site.client = site.demo.client()
    site.client.resume(session)


def asked(site: RunningSite, person: employees.EmployeeRow) -> AskedAgain | None:
    """The question about the text, as long as there is one."""
    with site.store().read() as tx:
        return tx.get(AskedAgain, (person.id, FINGER))


def shown_gone(site: RunningSite, serial: str) -> bool:
    """Whether the terminal has a receipt for the fingers that it removed."""
    return any("fingers removed" in row.text for row in detail(site, serial).receipts)


def test_N8_silence_about_fingers_takes_them_off_terminals_and_kiosks_and_the_ledger_says_so(
    running: RunningSite,
) -> None:
    door, away = ready(running), ready(running)
    _, token = paired(running)
    person = running.add_employee()
    enrol(running.client, person, finger=71, position=FingerPosition.RIGHT_INDEX)
    enrol_at(door, person, FingerPosition.LEFT_INDEX)
    wait_until(lambda: all(one.unit.people[person.number].fingers for one in (door, away)))
    assert entry_of(running, token, person).fingers
    with running.store().write() as tx:
        mine = sa.update(Consent).where(Consent.employee_id == person.id)
        tx.execute(mine.values(text_version=FINGER_VERSION - 1))
    minute_later(running)
    question = wait_until(lambda: row if (row := asked(running, person)) and row.told_at else None)
    assert question.answer_by is not None
    assert question.answer_by > question.asked_at + timedelta(days=30), "from when they were told"
    emails = [text_of(email) for email in running.emails_to(person)]
    assert any("your fingerprints are deleted" in text for text in emails)
    assert door.unit.people[person.number].fingers, "nothing is deleted before the time is over"

    away.unit.faults.silent = True
    with running.store().write() as tx:
        tx.get_one(AskedAgain, (person.id, FINGER)).answer_by = tx.now
    minute_later(running)
    wait_until(lambda: asked(running, person) is None)
    wait_until(lambda: not door.unit.people[person.number].fingers)
    wait_until(partial(shown_gone, running, door.unit.serial))
    assert not entry_of(running, token, person).fingers
    request = kiosk_link.References(employee_ids=[person.id])
    (reference,) = as_kiosk(running, token, kiosk_link.references, request).references
    assert reference.fingers == {}
    assert away.unit.people[person.number].fingers, "it is off, and is known to hold them"
    assert not shown_gone(running, away.unit.serial)

    away.unit.faults.silent = False
    wait_until(lambda: not away.unit.people[person.number].fingers)
    wait_until(partial(shown_gone, running, away.unit.serial))
    ledger = [
        row
        for row in running.client.call(read_person, ById(id=person.id)).consents
        if row.what == "Fingers"
    ]
    assert ledger
    assert all(row.withdrawn_at is not None for row in ledger)
    with running.store().read() as tx:
        assert not tx.scalars(sa.select(Finger).where(Finger.employee_id == person.id)).all()
        blobs = sa.select(FingerBlob).where(FingerBlob.employee_id == person.id)
        assert all(one.template == b"" for one in tx.scalars(blobs))
        said = sa.select(Audit.detail).where(
            Audit.action == "consent.withdrawn", Audit.object_id == person.id
        )
        assert [(one["modality"], one["channel"]) for one in tx.scalars(said)] == [
            (FINGER, NO_ANSWER)
        ]
