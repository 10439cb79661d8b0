"""The link end to end over HTTP: T1-T13, N1, N2, and every way to get it wrong."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa

from console.api import invitations, review
from console.api.operation import ById, Nothing, ServiceError
from console.biometrics.faces.quality.profiles import FINGERTEC
from console.demo.employee import PortalVisit
from console.demo.mailbox import text_of
from console.demo.photos import (
    blurred_photo,
    faceless_photo,
    good_photos,
    small_face_photo,
    two_faces_photo,
)
from console.demo.site import DemoSite, wait_until
from console.service.enrolment.submissions import LINK_INVALID
from console.store.database import Store, connect, sqlite_url
from console.store.schema import Audit, Consent, Enrolment, Invitation, Operator
from tests.conftest import ONE_FACE, PASSWORD, RunningSite


@pytest.fixture
def person(running: RunningSite):
    return running.add_employee()


@pytest.fixture
def visit(running: RunningSite, person) -> PortalVisit:
    """A person who has agreed and answered the second check."""
    visit = running.visit(person)
    visit.open()
    visit.agree()
    visit.answer(person.number)
    return visit


def store_of(running: RunningSite) -> Store:
    return Store(connect(sqlite_url(running.demo.data_dir / "muster.db")))


def wait_submission(running: RunningSite, person) -> review.Submission:
    running.wait_status(person, "pending_approval")
    item = next(
        item
        for item in running.client.call(review.queue, Nothing()).items
        if item.number == person.number
    )
    return running.client.call(review.submission, ById(id=item.id))


# --- the link


def test_T6_the_mail_has_one_link_an_expiry_date_and_no_number(
    running: RunningSite, person
) -> None:
    link = running.invite(person)
    (email,) = running.mails_to(person)
    assert email["Subject"] == "Face Template Registration Email Sent from the Admin"
    text, html = text_of(email), email.get_body(("html",)).get_content()
    for body in (text, html):
        assert body.count(link) == 1
        assert "Enroll Now" in body
        assert f"{datetime.now(UTC) + timedelta(days=7):%d %B %Y}" in body
        assert f" {person.number} " not in body
    assert email["Auto-Submitted"] == "auto-generated"
    assert "<img" not in html


def test_T7_scanners_that_open_the_link_change_nothing(running: RunningSite, person) -> None:
    link = running.invite(person)
    for _ in range(5):
        assert httpx.get(link).status_code == 200
        assert httpx.head(link).status_code == 200
    assert running.reload(person).status == "invited"
    visit = PortalVisit(link)
    assert visit.open().status_code == 200
    assert running.reload(person).status == "opened"
    assert PortalVisit(link).open().status_code == 200


def test_links_whose_hash_sign_was_rewritten_still_open_the_page(
    running: RunningSite, person
) -> None:
    assert httpx.get(running.invite(person).replace("/e/", "/e%23")).status_code == 200


def test_A8_garbled_unknown_revoked_expired_and_used_links_look_the_same(
    running: RunningSite,
) -> None:
    people = [running.add_employee() for _ in range(3)]
    revoked, expired, used = (running.invite(one) for one in people)
    page = running.client.call(
        invitations.list_invitations, invitations.ListInvitations(search=people[0].number)
    )
    running.client.call(invitations.revoke, ById(id=page.rows[0].id))
    with store_of(running).write() as session:
        row = session.scalars(
            sa.select(Invitation).where(Invitation.employee_id == people[1].id)
        ).one()
        row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    PortalVisit(used).enrol(people[2].number, good_photos())
    running.wait_status(people[2], "pending_approval")
    base = used.partition("/e/")[0]
    answers = {
        PortalVisit(link).open().content
        for link in (revoked, expired, used, f"{base}/e/garbled", f"{base}/e/{'A' * 43}")
    }
    assert len(answers) == 1
    assert LINK_INVALID.encode() in answers.pop()


def test_sending_again_revokes_the_link_sent_before(running: RunningSite, person) -> None:
    first = running.invite(person)
    second = running.invite(person)
    assert PortalVisit(first).open().status_code == 404
    assert PortalVisit(second).open().status_code == 200


def test_guessing_tokens_is_slowed_down(tmp_path) -> None:
    from tests.conftest import start_site

    for site in start_site(tmp_path):
        base = site.demo.running.portal
        codes = [PortalVisit(f"{base}/e/{number}").open().status_code for number in range(14)]
        assert codes[:9] == [404] * 9
        assert codes[-1] == 429


# --- consent and second check


def test_T21_nothing_can_be_uploaded_before_consent(running: RunningSite, person) -> None:
    visit = running.visit(person)
    visit.open()
    assert visit.state["key"] is None
    visit.state["key"] = {"version": 1}
    assert visit.send(1, b"anything").status_code == 409


def test_N8_consent_is_recorded_with_the_very_text_shown(running: RunningSite, person) -> None:
    visit = running.visit(person)
    visit.open()
    digest = visit.state["consent"]["digest"]
    visit.state["consent"]["digest"] = "0" * 64
    assert visit.agree().status_code == 409
    visit.state["consent"]["digest"] = digest
    assert visit.agree().status_code == 200
    with store_of(running).read() as session:
        consent = session.scalars(sa.select(Consent).where(Consent.employee_id == person.id)).one()
    assert consent.text_digest == digest
    assert consent.channel == "link"


def test_declining_is_an_end_of_its_own_without_reproach(running: RunningSite, person) -> None:
    visit = running.visit(person)
    visit.open()
    assert visit.decline().json()["status"] == "declined"
    assert running.reload(person).status_text == "Declined, uses number"


def test_five_wrong_answers_lock_the_link(running: RunningSite, person) -> None:
    link = running.invite(person)
    visit = PortalVisit(link)
    visit.open()
    visit.agree()
    messages = [visit.answer("0000").json()["message"] for _ in range(5)]
    assert messages[0] == "That does not match. 4 tries left."
    assert messages[4] == LINK_INVALID
    assert visit.answer(person.number).status_code == 404
    assert PortalVisit(link).open().status_code == 404


# --- photos


def test_N1_N2_a_verdict_comes_in_time_with_value_limit_and_hint_for_every_gate(
    visit: PortalVisit,
) -> None:
    visit.upload(1, good_photos()[0])
    visit.verdict(1)
    started = time.monotonic()
    visit.upload(2, small_face_photo())
    verdict = visit.verdict(2)
    assert time.monotonic() - started < 2.0
    assert verdict["outcome"] == "reject"
    assert {finding["gate"] for finding in verdict["findings"]} == set(FINGERTEC.gates) | {
        "same_person",
        "own_picture",
    }
    assert all(finding["measured"] and finding["limit"] for finding in verdict["findings"])
    eyes = next(finding for finding in verdict["findings"] if finding["gate"] == "eye_distance")
    assert (eyes["measured"], eyes["limit"]) == ("42 px", "≥ 115")
    assert eyes["hint"] == "Your face is too small in the photo. Move closer to the camera."
    assert set(eyes["region"]) == {"left", "top", "width", "height"}


@pytest.mark.parametrize(
    ("photo", "words"),
    [
        pytest.param(lambda: b"I am a text file", "not a photo that we can read", id="text"),
        pytest.param(lambda: good_photos()[0][:4000], "damaged", id="damaged"),
        pytest.param(faceless_photo, "No face was found", id="no-face"),
        pytest.param(two_faces_photo, "more than one person", id="two-faces"),
        pytest.param(blurred_photo, "The photo is blurred", id="blurred"),
    ],
)
def test_a_bad_photo_is_told_what_is_wrong_with_it(visit: PortalVisit, photo, words: str) -> None:
    visit.upload(1, photo())
    verdict = visit.verdict(1)
    assert verdict["outcome"] == "reject"
    assert words in verdict["summary"]


def test_a_photo_of_40_mb_is_refused_by_its_length_and_by_its_bytes(visit: PortalVisit) -> None:
    assert visit.send(1, b"x" * 40_000_000).status_code == 413

    def chunks():
        for _ in range(40):
            yield b"x" * 1_000_000

    try:
        answer = visit.http.put("/e/photos/1", content=chunks(), headers={"X-Muster-Key": "1"})
    except httpx.WriteError:
        return  # the service hung up in the middle, which is as good
    assert answer.status_code == 413


def test_a_photo_sealed_for_another_slot_or_tampered_with_does_not_open(visit: PortalVisit) -> None:
    visit.send(2, visit.seal(1, good_photos()[0]))
    assert visit.verdict(2)["summary"].startswith("The photo could not be opened here.")
    sealed = bytearray(visit.seal(1, good_photos()[0]))
    sealed[200] ^= 1
    visit.send(1, bytes(sealed))
    assert visit.verdict(1)["outcome"] == "reject"


def test_T8_photos_can_be_replaced_and_removed_before_submitting(visit: PortalVisit) -> None:
    visit.upload(1, faceless_photo())
    visit.verdict(1)
    visit.upload(1, good_photos()[0])
    assert visit.verdict(1)["outcome"] != "reject"
    assert visit.http.delete("/e/photos/1").json()["photos"] == []
    assert visit.submit(1).status_code == 422
    assert "3 photos first" in visit.submit(1).json()["message"]


@pytest.mark.parametrize("slot", [0, 6, 99])
def test_slots_have_bounds(visit: PortalVisit, slot: int) -> None:
    assert visit.send(slot, b"x").status_code == 422


# --- submission


def test_T9_T10_T12_the_persons_choice_reaches_review_and_may_be_submitted_once(
    running: RunningSite, person
) -> None:
    visit = running.visit(person)
    visit.open()
    visit.agree()
    visit.answer(person.number)
    for slot, photo in enumerate(good_photos(), start=1):
        visit.upload(slot, photo)
    for slot in (1, 2, 3):
        visit.verdict(slot)
    assert visit.submit(2).json()["status"] in ("submitted", "screening", "pending_approval")
    assert visit.submit(3).status_code in (200, 409)
    submission = wait_submission(running, person)
    assert [photo.chosen for photo in submission.photos] == [False, True, False]
    assert submission.on_file == ""
    assert "second check passed" in submission.opened_how


def test_submitting_before_the_verdicts_are_in_loses_nothing(running: RunningSite, person) -> None:
    visit = running.visit(person)
    visit.open()
    visit.agree()
    visit.answer(person.number)
    for slot, photo in enumerate(good_photos(), start=1):
        visit.upload(slot, photo)
    assert visit.submit(1).status_code == 200
    assert [photo.outcome != "reject" for photo in wait_submission(running, person).photos] == [
        True
    ] * 3


def test_three_failures_lead_to_help_with_the_reasons_in_each_mail(
    running: RunningSite, person
) -> None:
    link = running.invite(person)
    bad = [small_face_photo(), faceless_photo(), b"no photo"]
    for number in (1, 2, 3):
        visit = PortalVisit(link)
        visit.open()
        if visit.state["consent"]:
            visit.agree()
            visit.answer(person.number)
        for slot, photo in enumerate(bad, start=1):
            visit.upload(slot, photo)
        visit.submit(1)
        running.wait_status(person, "needs_help" if number == 3 else "rejected_auto")
        wait_until(lambda number=number: len(running.mails_to(person)) == number + 1)
    emails = [text_of(email) for email in running.mails_to(person)[1:]]
    assert "try 1 of 3" in emails[0]
    assert "Photo 1: Face small: 42 px, needs ≥ 115." in emails[0]
    assert "look at your photos, or take one with you at the desk" in emails[2]
    assert running.reload(person).status_text == "Needs help"
    item = next(
        i for i in running.client.call(review.queue, Nothing()).items if i.number == person.number
    )
    running.client.call(review.decide, review.Decide(id=item.id, approve=True, in_spite=ONE_FACE))
    assert running.reload(person).status_text == "Approved"


def test_a_rejection_with_remark_opens_the_same_link_again(running: RunningSite, person) -> None:
    link = running.invite(person)
    PortalVisit(link).enrol(person.number, good_photos())
    submission = wait_submission(running, person)
    running.client.call(
        review.decide,
        review.Decide(id=submission.id, approve=False, remark="Please take off the cap."),
    )
    wait_until(lambda: len(running.mails_to(person)) == 2)
    assert "Please take off the cap." in text_of(running.mails_to(person)[1])
    visit = PortalVisit(link)
    assert visit.open().json()["remark"] == "Please take off the cap."
    for slot, photo in enumerate(good_photos(), start=1):
        visit.upload(slot, photo)
    visit.submit(1)
    assert len(wait_submission(running, person).photos) == 3


def test_two_consoles_decide_at_once_and_one_wins(running: RunningSite, person) -> None:
    PortalVisit(running.invite(person)).enrol(person.number, good_photos())
    submission = wait_submission(running, person)
    running.client.call(
        review.decide, review.Decide(id=submission.id, approve=True, in_spite=ONE_FACE)
    )
    with pytest.raises(ServiceError) as late:
        running.client.call(
            review.decide, review.Decide(id=submission.id, approve=False, remark="no")
        )
    assert late.value.error.code == "conflict"
    assert late.value.error.message == "H. Farid has decided this already."


def test_N4_somebody_who_looks_the_same_is_shown_beside_the_submission(
    running: RunningSite,
) -> None:
    first, second = running.add_employee(), running.add_employee()
    PortalVisit(running.invite(first)).enrol(first.number, good_photos())
    running.client.call(
        review.decide,
        review.Decide(id=wait_submission(running, first).id, approve=True, in_spite=ONE_FACE),
    )
    PortalVisit(running.invite(second)).enrol(second.number, good_photos())
    submission = wait_submission(running, second)
    assert submission.alarms
    found = next(other for other in submission.lookalikes if other.number == first.number)
    assert found.alert
    assert found.chance <= 1e-4
    assert running.client.call(review.picture, ById(id=found.enrolment_id)).jpeg.startswith(
        b"\xff\xd8"
    )
    with pytest.raises(ServiceError, match=f"This looks like .*{first.number}") as refused:
        running.client.call(review.decide, review.Decide(id=submission.id, approve=True))
    assert refused.value.error.code == "needs_reason"
    with store_of(running).read() as session:
        seen = session.scalars(
            sa.select(Audit).where(
                Audit.action == "guard.duplicate", Audit.object_id == submission.id
            )
        ).all()
    assert first.number in [row.detail["other"] for row in seen]
    running.client.call(
        review.decide,
        review.Decide(
            id=submission.id, approve=True, in_spite="twins, both at the desk", known_lookalike=True
        ),
    )
    with store_of(running).read() as session:
        overruled = session.scalars(
            sa.select(Audit).where(
                Audit.action == "guard.overruled", Audit.object_id == submission.id
            )
        ).one()
    assert overruled.detail["reason"] == "twins, both at the desk"


def test_N4_known_twins_are_not_asked_about_again(running: RunningSite) -> None:
    first, second = running.add_employee(), running.add_employee()
    for person in (first, second, second):
        PortalVisit(running.invite(person)).enrol(person.number, good_photos())
        submission = wait_submission(running, person)
        running.client.call(
            review.decide,
            review.Decide(
                id=submission.id, approve=True, in_spite="passports seen", known_lookalike=True
            ),
        )
    assert first.number not in [other.number for other in submission.lookalikes if other.alert]


def test_N5_a_new_photo_is_compared_with_the_one_on_file(running: RunningSite, person) -> None:
    for _ in range(2):
        PortalVisit(running.invite(person)).enrol(person.number, good_photos())
        submission = wait_submission(running, person)
        running.client.call(
            review.decide, review.Decide(id=submission.id, approve=True, in_spite=ONE_FACE)
        )
    assert submission.on_file
    assert submission.match_chance is not None
    assert submission.match_chance <= 1e-5
    assert running.client.call(review.picture, ById(id=submission.on_file)).jpeg.startswith(
        b"\xff\xd8"
    )
    statuses = [
        row.status
        for row in running.client.call(
            invitations.list_invitations, invitations.ListInvitations(search=person.number)
        ).rows
    ]
    assert statuses == ["approved", "superseded"]


def test_T15_a_template_carries_model_and_provenance(running: RunningSite, person) -> None:
    PortalVisit(running.invite(person)).enrol(person.number, good_photos())
    running.client.call(
        review.decide,
        review.Decide(id=wait_submission(running, person).id, approve=True, in_spite=ONE_FACE),
    )
    with store_of(running).read() as session:
        enrolment = session.scalars(
            sa.select(Enrolment).where(Enrolment.employee_id == person.id)
        ).one()
        approver = session.get_one(Operator, enrolment.approved_by)
    assert enrolment.model == "mobilefacenet-192/5pt-ls-mirror"
    assert enrolment.photos == 3
    assert approver.username == "h.farid"


def test_photos_go_30_days_after_approval_as_the_consent_promises(
    running: RunningSite, person
) -> None:
    from types import SimpleNamespace

    from console.service.upkeep import Upkeep
    from console.store.schema import Photo

    PortalVisit(running.invite(person)).enrol(person.number, good_photos())
    running.client.call(
        review.decide,
        review.Decide(id=wait_submission(running, person).id, approve=True, in_spite=ONE_FACE),
    )
    store = store_of(running)

    def left_after(days: int) -> int:
        later = datetime.now(UTC) + timedelta(days=days)
        Upkeep(
            SimpleNamespace(
                store=store, clock=lambda: later, jobs=SimpleNamespace(forget=lambda _: 0)
            )
        ).once()
        with store.read() as session:
            return len(
                session.scalars(sa.select(Photo).where(Photo.employee_id == person.id)).all()
            )

    assert [left_after(29), left_after(31)] == [3, 0]


def test_N17_nobody_approves_their_own_enrolment(tmp_path) -> None:
    from console.api import site

    with DemoSite(tmp_path) as demo, demo.client() as client:
        client.set_up("boss@example.com", "Boss", PASSWORD, "Site")
        client.call(site.save_settings, demo.mail_settings("Site"))
        own = RunningSite(demo, client)
        me = own.add_employee(email="Boss@example.com")
        own.visit(me).enrol(me.number, good_photos())
        own.wait_status(me, "pending_approval")
        with pytest.raises(ServiceError) as refused:
            client.call(
                review.decide,
                review.Decide(
                    id=client.call(review.queue, Nothing()).items[0].id,
                    approve=True,
                    in_spite=ONE_FACE,
                ),
            )
    assert refused.value.error.code == "forbidden"
    assert "their own enrolment" in refused.value.error.message


# --- the page's armour


@pytest.mark.parametrize(
    "path", ["/e", "/e/x", "/privacy", "/security", "/static/portal.js", "/e/state", "/nothing"]
)
def test_every_answer_carries_the_same_armour(running: RunningSite, path: str) -> None:
    headers = httpx.get(running.demo.running.portal + path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Permissions-Policy"] == "camera=(self)"
    assert "server" not in headers


def test_other_sites_may_not_call_the_portal(running: RunningSite, person) -> None:
    token = running.invite(person).rpartition("/")[2]
    url = running.demo.running.portal + "/e/session"
    assert httpx.post(url, json={"token": token}).status_code == 403
    for origin in ("cross-site", "same-site"):
        answer = httpx.post(
            url, json={"token": token}, headers={"X-Muster-Portal": "1", "Sec-Fetch-Site": origin}
        )
        assert answer.status_code == 403
    assert running.reload(person).status == "invited"


def test_the_session_cookie_is_out_of_reach_of_scripts(running: RunningSite, person) -> None:
    cookie = running.visit(person).open().headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age=1800" in cookie


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"token": 5}', b'{"token": null}'])
def test_calls_that_are_no_calls_are_refused_with_a_sentence(
    running: RunningSite, body: bytes
) -> None:
    answer = httpx.post(
        running.demo.running.portal + "/e/session", content=body, headers={"X-Muster-Portal": "1"}
    )
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_T19_T20_policy_pages_need_no_link(running: RunningSite) -> None:
    assert "Privacy Policy" in httpx.get(running.demo.running.portal + "/privacy").text
    assert "sealed in your browser" in httpx.get(running.demo.running.portal + "/security").text
