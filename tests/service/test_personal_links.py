"""The link of a person's own, at the foot of every email: withdraw, answer, opt out. A8, N8."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from console.api import employees, faces, invitations
from console.api.operation import ById
from console.demo.employee import PortalVisit
from console.demo.mailbox import own_link_in, text_of
from console.demo.photos import good_photos
from console.demo.site import wait_until
from console.domain.consent import FACE, FACE_VERSION, FINGER, FINGER_VERSION
from console.service.enrolment.personal_links import LOCKED_FOR
from console.store.schema import AskedAgain, Consent, Employee, Finger, Invitation, PersonLink
from tests.conftest import RunningSite
from tests.service.gates import with_face
from tests.service.test_face_consent import assert_nothing_is_kept, say_no
from tests.store.made import add_consent, add_finger


def own_link(site: RunningSite, person: employees.EmployeeRow) -> str:
    """The one link that all emails to somebody end with."""
    wait_until(lambda: site.emails_to(person))
    (link,) = {own_link_in(email) for email in site.emails_to(person)}
    assert link
    return link


def own_page(site: RunningSite, person: employees.EmployeeRow) -> PortalVisit:
    """The page of somebody's own link, after the second check."""
    visit = PortalVisit(own_link(site, person))
    visit.open()
    visit.answer(person.number[-4:])
    return visit


def agreed_to_an_earlier_text(site: RunningSite) -> employees.EmployeeRow:
    """Somebody with a face, who has agreed to the text before the one in force, and is asked."""
    person = with_face(site)
    with site.store().write() as session:
        mine = sa.update(Consent).where(Consent.employee_id == person.id)
        session.execute(mine.values(text_version=FACE_VERSION - 1))
        now = datetime.now(UTC)
        until = now + timedelta(days=30)
        asked = AskedAgain(
            employee_id=person.id,
            modality=FACE,
            version=FACE_VERSION,
            asked_at=now,
            answer_days=30,
            told_at=now,
            answer_by=until,
        )
        session.add(asked)
    return person


def why_not_invited(site: RunningSite, person: employees.EmployeeRow) -> str:
    look = invitations.Invite(employee_ids=[person.id], again=True)
    return next(iter(site.client.call(invitations.look_at_invite, look).left_out), "")


def test_A8_whoever_waits_for_review_withdraws_by_the_foot_of_an_email(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    running.visit(person).enrol(person.number, good_photos())
    running.wait_status(person, "pending_approval")
    visit = PortalVisit(own_link(running, person))
    assert visit.open().status_code == 200
    assert (visit.state["agreed"], visit.state["checked"]) == (True, False)
    assert "number" in visit.withdraw().json()["message"], "the second check comes first"
    visit.answer(person.number[-4:])
    for _ in range(2):
        assert visit.withdraw().status_code == 200
        assert not visit.state["agreed"]
    assert running.reload(person).status == "withdrawn"
    assert_nothing_is_kept(running, person)
    assert visit.open().status_code == 200, "the link works on, whatever was decided"


def test_A8_every_email_of_a_person_carries_the_same_link_and_it_outlives_invitations(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    link = own_link(running, person) if running.invite(person) else ""
    running.invite(person)
    with running.store().write() as session:
        mine = sa.update(Invitation).where(Invitation.employee_id == person.id)
        session.execute(mine.values(expires_at=Invitation.created_at, status="expired"))
    assert own_link(running, person) == link
    assert PortalVisit(link).open().status_code == 200
    with running.store().read() as session:
        stored = session.scalars(
            sa.select(PersonLink).where(PersonLink.employee_id == person.id)
        ).one()
    token = link.rpartition("/")[2].encode()
    assert token not in stored.sealed
    assert token.decode() != stored.token_hash


def test_A8_wrong_answers_lock_the_own_link_for_a_day(running: RunningSite) -> None:
    person = running.add_employee()
    running.invite(person)
    visit = PortalVisit(own_link(running, person))
    visit.open()
    said = [visit.answer("0").status_code for _ in range(5)]
    assert said == [422] * 5
    assert visit.open().status_code == 404
    assert visit.http.get("/me/state").status_code == 404
    with running.store().write() as session:
        mine = sa.update(PersonLink).where(PersonLink.employee_id == person.id)
        session.execute(mine.values(session_at=datetime.now(UTC) - LOCKED_FOR))
    assert visit.open().status_code == 200, "it is the only link that they have"
    assert visit.answer("0").status_code == 422
    assert visit.answer(person.number[-4:]).status_code == 200


def test_A8_each_opening_of_the_own_link_asks_for_the_second_check(running: RunningSite) -> None:
    person = running.add_employee()
    running.invite(person)
    own_page(running, person)
    other = PortalVisit(own_link(running, person))
    for _ in range(2):
        other.open()
        assert not other.state["checked"], "whoever opens it now may be somebody else"
        assert "number" in other.ask_no_more().json()["message"]
    said = [other.answer("0").status_code for _ in range(4)]
    other.open()
    assert [*said, other.answer("0").status_code] == [422] * 5
    assert other.open().status_code == 404, "misses count through openings"


def test_N8_a_copy_of_the_consent_is_emailed_word_for_word(running: RunningSite) -> None:
    person = running.add_employee()
    visit = running.visit(person)
    visit.open()
    shown = visit.text("zh-Hans")
    visit.agree("zh-Hans")

    def found() -> EmailMessage | None:
        emails = running.emails_to(person)
        return next((one for one in emails if shown["digest"] in text_of(one)), None)

    copy = wait_until(found)
    said = " ".join(text_of(copy).split())
    assert "副本" in said, "all of it is in their language"
    for heading, body in shown["paragraphs"]:
        assert f"{heading}: {body}" in said


@pytest.mark.parametrize("answer", ["agree", "withdraw"])
def test_N8_whoever_agreed_to_an_earlier_text_is_asked_and_answers_by_their_link(
    running: RunningSite, answer: str
) -> None:
    person = agreed_to_an_earlier_text(running)
    visit = own_page(running, person)
    assert visit.text()["version"] == FACE_VERSION
    assert visit.state["answer_by"]
    if answer == "agree":
        visit.agree()
        assert (visit.state["texts"], visit.state["answer_by"]) == ([], None)
        assert running.reload(person).face_agreed
    else:
        visit.decline()
        assert_nothing_is_kept(running, person)
    with running.store().read() as session:
        assert session.get(AskedAgain, (person.id, FACE)) is None


@pytest.mark.parametrize("answer", ["agree", "decline"])
def test_N8_another_text_about_fingers_is_answered_by_the_own_link(
    running: RunningSite, answer: str
) -> None:
    person = running.add_employee()
    running.invite(person)
    page = own_page(running, person)
    with running.store().write() as tx:
        row = tx.get_one(Employee, person.id)
        add_finger(tx, row, 7, b"templates")
        add_consent(tx, row, FINGER, datetime.now(UTC)).text_version = FINGER_VERSION - 1
    page.refresh()
    assert (page.state["about"], page.state["agreed_fingers"]) == (FINGER, True)
    page.agree() if answer == "agree" else page.decline()
    assert (page.state["texts"], page.state["agreed_fingers"]) == ([], answer == "agree")
    with running.store().read() as tx:
        left = tx.scalars(sa.select(Finger).where(Finger.employee_id == person.id)).all()
        assert len(left) == (answer == "agree")
    assert page.withdraw_fingers().status_code == 200
    assert not page.state["agreed_fingers"], "it can be withdrawn there at any time"


def test_N8_no_means_no_until_the_person_says_otherwise(running: RunningSite) -> None:
    person = running.add_employee()
    visit = running.visit(person)
    visit.open()
    visit.decline()
    assert "opt-out" in why_not_invited(running, person)
    page = own_page(running, person)
    assert page.state["opted_out"]
    page.ask_no_more(False)
    assert why_not_invited(running, person) == ""
    page.ask_no_more()
    assert "opt-out" in why_not_invited(running, person)


def test_N8_no_at_the_desk_puts_on_the_opt_out_list_and_yes_takes_off(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    say_no(running, person)
    assert "opt-out" in why_not_invited(running, person)


def test_N8_whoever_is_asked_again_can_answer_at_the_desk_and_stays_enrolled(
    running: RunningSite,
) -> None:
    person = agreed_to_an_earlier_text(running)
    text = running.client.call(faces.capture, ById(id=person.id)).texts[0]
    yes = faces.BeginCapture(employee_id=person.id, digest=text.digest, agreed=True)
    answered = running.client.call(faces.begin_capture, yes)
    assert (answered.id, answered.agreed) == ("", True)
    assert running.reload(person).status in ("approved", "pushed", "in_use")
    with running.store().read() as session:
        assert session.get(AskedAgain, (person.id, FACE)) is None
        given = sa.select(Consent).where(Consent.employee_id == person.id)
        newest = session.scalars(given.order_by(Consent.given_at.desc())).first()
        assert newest is not None
        assert (newest.text_version, newest.channel) == (FACE_VERSION, "desk")
    assert running.client.call(faces.begin_capture, yes).id, "the next yes begins new photos"
