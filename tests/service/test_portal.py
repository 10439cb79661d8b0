"""The link end to end over HTTP: T1-T13, N1, N2, and every way to get it wrong."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa

from console.api import board, invitations
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
from console.domain.invitations import LINK_LOCKED
from console.domain.language import tr_day
from console.domain.link_acts import Act
from console.resources import RESOURCES
from console.service.enrolment.portal_links import LINK_INVALID
from console.service.enrolment.verdicts import NOT_KEPT
from console.store.schema import Consent, Invitation
from tests.conftest import RunningSite


@pytest.fixture
def visit(running: RunningSite, person) -> PortalVisit:
    """A person who has agreed and answered the second check."""
    visit = running.visit(person)
    visit.open()
    visit.agree()
    visit.answer(person.number)
    return visit


# --- the link


def test_T6_the_mail_has_one_link_an_expiry_date_and_no_number(
    running: RunningSite, person
) -> None:
    link = running.invite(person)
    (email,) = running.emails_to(person)
    assert email["Subject"] == "Face Template Registration Email Sent from the Admin"
    rich = email.get_body(("html",))
    assert rich is not None
    text, html = text_of(email), rich.get_content()
    for body in (text, html):
        assert body.count(link) == 1
        assert "Enroll Now" in body
        assert tr_day(datetime.now(UTC) + timedelta(days=7)) in body
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
    assert visit.look().status_code == 200
    assert running.reload(person).status == "invited", "scripts run at once, and click at once"
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
    those = invitations.Those(ids=[page.rows[0].id])
    revoke = board.DoAct(act=Act.REVOKE, those=those)
    running.client.finish(running.client.call(board.do_act, revoke))
    with running.store().write() as session:
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


def test_AC4_nobody_gets_a_place_before_it_is_known_whose_link_it_is(running: RunningSite) -> None:
    visit = PortalVisit(f"{running.demo.running.portal}/e/{'A' * 43}")
    visit.http.cookies.set("muster_page", "made up")
    answer = visit.http.put("/e/photos/1", content=b"x" * 1000, headers={"X-Muster-Key": "1"})
    assert answer.status_code == 404


def test_AC5_all_sessions_of_a_link_count_together(running: RunningSite, person) -> None:
    link = running.invite(person)
    visits = [PortalVisit(link), PortalVisit(link)]
    assert [visit.open().status_code for visit in visits] == [200, 200]
    codes = [
        visits[n % 2]
        .http.put("/e/photos/1", content=b"x", headers={"X-Muster-Key": "x"})
        .status_code
        for n in range(31)
    ]
    assert codes == [400] * 30 + [429]


def test_AC2_a_key_version_in_other_digits_is_refused(running: RunningSite, person) -> None:
    visit = running.visit(person)
    visit.open()
    headers = {b"X-Muster-Key": "²".encode("latin-1")}
    assert visit.http.put("/e/photos/1", content=b"x", headers=headers).status_code == 400


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
    digest = visit.text()["digest"]
    visit.text()["digest"] = "0" * 64
    assert visit.agree().status_code == 409
    visit.text()["digest"] = digest
    assert visit.agree().status_code == 200
    with running.store().read() as session:
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
    assert messages[3] == "That does not match. 1 try left."
    assert messages[4] == LINK_INVALID
    assert visit.answer(person.number).status_code == 404
    assert PortalVisit(link).open().status_code == 404
    assert running.reload(person).status_text == LINK_LOCKED, "EN4"


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
    bare = {one["gate"] for one in verdict["findings"] if not (one["measured"] and one["limit"])}
    assert bare <= NOT_KEPT
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


# --- the page's armour


def test_only_what_everybody_may_read_is_sent_compressed(running: RunningSite) -> None:
    """A compressed answer tells by its length what is in it; these files are the same for all."""
    portal = running.demo.running.portal
    script = httpx.get(f"{portal}/static/portal.js")
    assert script.headers["Content-Encoding"] == "gzip"
    assert script.content == (RESOURCES / "portal" / "static" / "portal.js").read_bytes()
    for path in ("/", "/e", "/privacy"):
        assert "Content-Encoding" not in httpx.get(portal + path).headers


@pytest.mark.parametrize(
    "path",
    [
        "/e",
        "/e/x",
        "/privacy",
        "/security",
        "/guidelines",
        "/static/portal.js",
        "/e/state",
        "/nothing",
    ],
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


def test_T16_T19_T20_policy_pages_need_no_link(running: RunningSite) -> None:
    assert "Privacy Policy" in httpx.get(running.demo.running.portal + "/privacy").text
    assert "sealed in your browser" in httpx.get(running.demo.running.portal + "/security").text
    guidelines = httpx.get(running.demo.running.portal + "/guidelines").text
    assert "Guidelines for Biometric Data User" in guidelines
