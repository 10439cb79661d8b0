"""Another text of the consent: who agreed to the earlier one is asked, reminded, then out. N8."""

import asyncio
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from console.domain.consent import (
    FACE,
    FACE_VERSION,
    FINGER,
    FINGER_VERSION,
    REMINDERS,
    LawfulBasis,
    finger_consent,
)
from console.domain.invitations import Status
from console.domain.language import tr_moment
from console.service.asking_again import NO_ANSWER, AskingAgain
from console.service.enrolment.consent import FaceConsents, Gallery, withdraw_consent
from console.service.fingers.consent import FingerConsents, answered, record_consent
from console.service.fingers.records import FingerRecords
from console.service.outbox import EmailJob, Mailer
from console.service.settings import kept_for, load_settings, save_settings
from console.service.tools import Tools
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.asked_again import QUESTIONS, answer_by, note_told, time_to_answer
from console.store.schema import (
    AskedAgain,
    Audit,
    Consent,
    Employee,
    Enrolment,
    Finger,
    Invitation,
    LegalHold,
    Outbox,
    Photo,
)
from console.store.unit_of_work import Tx
from tests.service.test_email_server import Taker, against, settings
from tests.store.made import (
    NOW,
    add_consent,
    add_employee,
    add_enrolment,
    add_finger,
    add_invitation,
    add_placement,
    add_terminal,
)
from tests.support.clock import FakeClock

DAY = timedelta(days=1)
DAYS = 30


class Learned(list[str]):
    """Whose face the gallery was told to read anew."""

    def learn(self, employee_id: str) -> None:
        self.append(employee_id)


def asking_again(store: Store, gallery: Gallery) -> AskingAgain:
    return AskingAgain(store, [FaceConsents(gallery), FingerConsents(FingerRecords(store))])


def enrolled(tx: Tx, version: int, *, email: str = "nur@example.com") -> Employee:
    """Somebody in force with a face on a terminal, who agreed to the text of this version."""
    person = add_employee(tx)
    person.email = email
    enrolment = add_enrolment(tx, add_invitation(tx, person, Status.IN_USE))
    gate = add_terminal(tx, "Gate")
    add_placement(tx, person, gate, face_id=enrolment.id, face_held=enrolment.id)
    add_consent(tx, person, FACE, NOW)
    tx.flush()
    mine = sa.update(Consent).where(Consent.employee_id == person.id)
    tx.execute(mine.values(text_version=version))
    return person


def tell(store: Store, *people: Employee, about: str = FACE) -> None:
    """As after the first email was sent."""
    with store.write() as tx:
        for one in people:
            until = time_to_answer(tx, one.id, about)
            assert until is not None
            note_told(tx, one.id, about, until)


def emails(store: Store, person: Employee, about: str = FACE) -> int:
    with store.read() as tx:
        mine = Outbox.employee_id == person.id, Outbox.kind == QUESTIONS[about]
        return tx.scalar(sa.select(sa.func.count()).select_from(Outbox).where(*mine)) or 0


def listed(store: Store) -> set[str]:
    with store.read() as tx:
        return set(tx.scalars(sa.select(AskedAgain.employee_id)))


def has_face(store: Store, person: Employee) -> bool:
    with store.read() as tx:
        live = sa.select(Enrolment.id).where(Enrolment.employee_id == person.id, Enrolment.live)
        return tx.scalar(live) is not None


def with_finger(tx: Tx, version: int) -> Employee:
    """Somebody in force with a finger of the desk and no enrolment, who agreed to this version."""
    person = add_employee(tx)
    person.email = "nur@example.com"
    add_finger(tx, person, 7, b"templates")
    add_consent(tx, person, FINGER, NOW).text_version = version
    tx.flush()
    return person


def fingers(store: Store, person: Employee) -> int:
    with store.read() as tx:
        mine = sa.select(sa.func.count()).select_from(Finger)
        return tx.scalar(mine.where(Finger.employee_id == person.id)) or 0


def test_N8_whoever_agreed_to_an_earlier_text_about_fingers_is_asked_about_fingers_only(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        old, new = with_finger(tx, FINGER_VERSION - 1), with_finger(tx, FINGER_VERSION)
    asking = asking_again(store, Learned())
    for _ in range(2):
        asking.run_once()
        clock.now += DAY
    assert listed(store) == {old.id}
    assert [emails(store, old, about) for about in (FINGER, FACE)] == [1, 0]
    assert emails(store, new, FINGER) == 0


def test_N8_silence_about_fingers_deletes_the_fingers_of_those_who_were_told_and_no_face(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        told, unaware = with_finger(tx, FINGER_VERSION - 1), with_finger(tx, FINGER_VERSION - 1)
        both = enrolled(tx, FACE_VERSION)
        add_finger(tx, both, 7, b"templates")
        add_consent(tx, both, FINGER, NOW).text_version = FINGER_VERSION - 1
    learned = Learned()
    asking = asking_again(store, learned)
    asking.run_once()
    tell(store, told, both, about=FINGER)
    clock.now += DAYS * DAY
    asking.run_once()
    assert [fingers(store, one) for one in (told, both, unaware)] == [0, 0, 1]
    assert has_face(store, both)
    assert (listed(store), list(learned)) == ({unaware.id}, [])
    with store.read() as tx:
        assert not tx.get_one(Employee, told.id).settled, "terminals are updated next"
        said = sa.select(Audit.detail).where(Audit.action == "consent.withdrawn")
        assert {one["channel"] for one in tx.scalars(said)} == {NO_ANSWER}


def test_N8_a_new_yes_about_fingers_ends_the_question_and_keeps_the_fingers(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        person = with_finger(tx, FINGER_VERSION - 1)
    asking = asking_again(store, Learned())
    asking.run_once()
    tell(store, person, about=FINGER)
    with store.write() as tx:
        assert answered(tx, person.id) is None, "the desk shows the text again"
        record_consent(tx, person.id, finger_consent(kept_for(load_settings(tx))).digest)
        assert answered(tx, person.id) is not None
    clock.now += 2 * DAYS * DAY
    asking.run_once()
    assert (listed(store), fingers(store, person)) == (set(), 1)
    with store.read() as tx:
        kinds = sa.select(Outbox.kind).where(Outbox.employee_id == person.id)
        assert list(tx.scalars(kinds)) == ["consent"], "a copy of the text"


def test_N8_withdrawing_the_face_leaves_the_question_about_fingers(store: Store) -> None:
    with store.write() as tx:
        person = enrolled(tx, FACE_VERSION - 1)
        add_finger(tx, person, 7, b"templates")
        add_consent(tx, person, FINGER, NOW).text_version = FINGER_VERSION - 1
    asking_again(store, Learned()).run_once()
    assert [emails(store, person, about) for about in (FACE, FINGER)] == [1, 1]
    with store.write() as tx:
        withdraw_consent(tx, person.id, Learned(), channel="link")
    assert [emails(store, person, about) for about in (FACE, FINGER)] == [0, 1]
    with store.read() as tx:
        assert list(tx.scalars(sa.select(AskedAgain.modality))) == [FINGER]


def test_N8_only_those_who_agreed_to_an_earlier_text_are_asked_and_once(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        old, new = enrolled(tx, FACE_VERSION - 1), enrolled(tx, FACE_VERSION)
    asking = asking_again(store, Learned())
    for _ in range(3):
        asking.run_once()
        clock.now += DAY
    assert listed(store) == {old.id}
    assert (emails(store, old), emails(store, new)) == (1, 0)


def test_N8_reminders_come_before_the_time_is_over_and_not_in_a_heap(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        person = enrolled(tx, FACE_VERSION - 1)
    asking, begun = asking_again(store, Learned()), clock.now
    sent = {}
    for day in range(DAYS):
        clock.now = begun + day * DAY
        asking.run_once()
        tell(store, person)
        sent[day] = emails(store, person)
    first, second = (DAYS - before.days for before in REMINDERS)
    assert [sent[day] for day in (0, first - 1, first, second - 1, second)] == [1, 1, 2, 2, 3]
    with store.write() as tx:
        late = enrolled(tx, FACE_VERSION - 1)
    asking.run_once()
    tell(store, late)
    clock.now += (DAYS - 1) * DAY
    asking.run_once()
    assert emails(store, late) == 2, "one reminder, though two were missed"


def test_N8_silence_ends_as_a_withdrawal_does(store: Store, clock: FakeClock) -> None:
    with store.write() as tx:
        person = enrolled(tx, FACE_VERSION - 1)
    learned = Learned()
    asking = asking_again(store, learned)
    asking.run_once()
    tell(store, person)
    clock.now += DAYS * DAY - timedelta(minutes=1)
    asking.run_once()
    assert has_face(store, person)
    clock.now += timedelta(minutes=1)
    asking.run_once()
    assert not has_face(store, person)
    assert (listed(store), list(learned)) == (set(), [person.id])
    with store.read() as tx:
        consent = tx.scalars(sa.select(Consent).where(Consent.employee_id == person.id)).one()
        assert consent.withdrawn_at == clock.now
        assert not tx.get_one(Employee, person.id).settled, "terminals are updated next"
        said = sa.select(Audit.detail).where(Audit.action == "consent.withdrawn")
        assert [one["channel"] for one in tx.scalars(said)] == [NO_ANSWER]
        assert tx.scalars(sa.select(Invitation.status)).all() == [Status.WITHDRAWN]
    asking.run_once()
    assert listed(store) == set()


def test_N8_whoever_is_on_legal_hold_keeps_the_face_and_stays_listed(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        person = enrolled(tx, FACE_VERSION - 1)
        tx.add(LegalHold(employee_id=person.id, reason="r", placed_by="", placed_at=NOW))
    asking = asking_again(store, Learned())
    asking.run_once()
    tell(store, person)
    clock.now += 2 * DAYS * DAY
    asking.run_once()
    assert has_face(store, person)
    assert listed(store) == {person.id}


def test_N8_who_opted_out_or_has_no_address_gets_no_email_but_is_listed(store: Store) -> None:
    with store.write() as tx:
        silent, nowhere = enrolled(tx, FACE_VERSION - 1), enrolled(tx, FACE_VERSION - 1, email="")
        tx.get_one(Employee, silent.id).opted_out_at = NOW
    asking_again(store, Learned()).run_once()
    assert listed(store) == {silent.id, nowhere.id}
    assert (emails(store, silent), emails(store, nowhere)) == (0, 0)


def test_N8_a_site_that_does_not_rest_on_consent_asks_nobody(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        person = enrolled(tx, FACE_VERSION - 1)
    asking = asking_again(store, Learned())
    asking.run_once()
    tell(store, person)
    with store.write() as tx:
        law = msgspec.structs.replace(load_settings(tx), lawful_basis=LawfulBasis.EMPLOYMENT_LAW)
        save_settings(tx, law)
    clock.now += 2 * DAYS * DAY
    asking.run_once()
    assert listed(store) == set()
    assert emails(store, person) == 0, "what waited is not sent"
    assert has_face(store, person)


def test_N8_a_shorter_time_does_not_cut_that_of_those_who_were_asked(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        person = enrolled(tx, FACE_VERSION - 1)
    asking = asking_again(store, Learned())
    asking.run_once()
    with store.write() as tx:
        save_settings(tx, msgspec.structs.replace(load_settings(tx), answer_days=14))
    tell(store, person)
    clock.now += 20 * DAY
    asking.run_once()
    assert has_face(store, person)


def test_N8_silence_of_somebody_who_was_never_told_destroys_nothing(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        unsent, nowhere = enrolled(tx, FACE_VERSION - 1), enrolled(tx, FACE_VERSION - 1, email="")
    asking = asking_again(store, Learned())
    for _ in range(3):
        asking.run_once()
        clock.now += 4 * DAYS * DAY
    asking.run_once()
    assert listed(store) == {unsent.id, nowhere.id}
    assert has_face(store, unsent)
    assert has_face(store, nowhere)
    tell(store, nowhere)
    clock.now += DAYS * DAY
    asking.run_once()
    assert not has_face(store, nowhere), "the time runs from when they were told"


def test_N8_the_time_to_answer_runs_from_when_the_first_email_has_left(
    store: Store, clock: FakeClock, tools: Tools
) -> None:
    taker = Taker(mail="421 4.7.0 too busy")
    with store.write() as tx:
        person = enrolled(tx, FACE_VERSION - 1)
    asking_again(store, Learned()).run_once()

    def until() -> datetime | None:
        with store.read() as tx:
            return answer_by(tx, person.id, FACE)

    async def exchange(port: int) -> None:
        with store.write() as tx:
            save_settings(tx, settings(port))
        mailer = Mailer(asyncio.get_running_loop(), clock)
        job = EmailJob(tools, mailer, 0)

        async def send() -> None:
            mailer.settings_change()
            with store.read() as tx:
                ids = [row_id for row_id, _ in tx.execute(job.pending()).all()]
            await asyncio.to_thread(job.run, ids)

        await send()
        assert until() is None, "the server took nothing"
        taker.answers.clear()
        clock.now += 3 * DAY
        await send()

    against(taker, exchange)
    assert until() == clock.now + DAYS * DAY
    ((_, _, email),) = taker.taken
    assert tr_moment(clock.now + DAYS * DAY).encode() in email


def test_N8_whoever_can_be_written_to_only_later_is_told_then_and_once(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        silent, nowhere = enrolled(tx, FACE_VERSION - 1), enrolled(tx, FACE_VERSION - 1, email="")
        tx.get_one(Employee, silent.id).opted_out_at = NOW
    asking = asking_again(store, Learned())
    asking.run_once()
    clock.now += DAY
    with store.write() as tx:
        tx.get_one(Employee, silent.id).opted_out_at = None
        tx.get_one(Employee, nowhere.id).email = "nur@example.com"
    for _ in range(2):
        asking.run_once()
    assert (emails(store, silent), emails(store, nowhere)) == (1, 1)


def test_N8_an_email_that_failed_is_written_again_once_the_address_is_another(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        person = enrolled(tx, FACE_VERSION - 1)
    asking = asking_again(store, Learned())
    asking.run_once()
    clock.now += DAY
    with store.write() as tx:
        tx.execute(sa.update(Outbox).values(state="failed", run_at=tx.now))
    asking.run_once()
    assert emails(store, person) == 1
    clock.now += DAY
    with store.write() as tx:
        row = tx.get_one(Employee, person.id)
        row.email, row.updated_at = "other@example.com", tx.now
    asking.run_once()
    assert emails(store, person) == 2


def test_N8_whoever_has_agreed_to_the_text_in_force_loses_nothing_by_a_question_that_is_left(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        person = enrolled(tx, FACE_VERSION - 1)
    asking = asking_again(store, Learned())
    asking.run_once()
    tell(store, person)
    with store.write() as tx:
        given = add_consent(tx, person, FACE, NOW)
        given.text_version = FACE_VERSION
    clock.now += DAYS * DAY
    asking.run_once()
    assert has_face(store, person)


def test_N8_nobody_is_asked_who_has_left_or_has_no_face(store: Store) -> None:
    with store.write() as tx:
        left, faceless, under_way, at_work = (enrolled(tx, FACE_VERSION - 1) for _ in range(4))
        gone = tx.get_one(Employee, left.id)
        gone.active = gone.in_force = False
        for one in (faceless, under_way):
            mine = sa.update(Enrolment).where(Enrolment.employee_id == one.id)
            tx.execute(mine.values(live=False))
        invitation = add_invitation(tx, under_way, Status.PENDING_APPROVAL)
        photo = {"slot": 1, "try_no": 1, "state": "screened", "created_at": NOW}
        tx.add(Photo(id=new_id(), invitation_id=invitation.id, employee_id=under_way.id, **photo))
    asking_again(store, Learned()).run_once()
    assert listed(store) == {under_way.id, at_work.id}
    assert emails(store, left) == 0


def test_N8_whoever_leaves_after_the_question_is_not_written_to(
    store: Store, clock: FakeClock
) -> None:
    with store.write() as tx:
        person = enrolled(tx, FACE_VERSION - 1)
    asking = asking_again(store, Learned())
    asking.run_once()
    tell(store, person)
    with store.write() as tx:
        tx.get_one(Employee, person.id).in_force = False
    clock.now += (DAYS - 1) * DAY
    asking.run_once()
    assert emails(store, person) == 1, "no reminder"
