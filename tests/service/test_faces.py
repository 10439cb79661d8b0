"""Similar people, renewal of templates, own profiles, photos at the desk. N4, N5, T8 to T12."""

from collections.abc import Sequence

import numpy as np
import pytest
import sqlalchemy as sa

from console.api import employees, faces, invitations, review, site, tasks
from console.api.client import Client
from console.api.operation import ById, Nothing, ServiceError
from console.biometrics.faces.recognition import site_models
from console.biometrics.faces.recognition.fmr_tables import FMR_BY_COSINE
from console.biometrics.faces.recognition.site_models import SiteModel
from console.biometrics.faces.recognition.vectors import MODEL_ID
from console.biometrics.models import model_path
from console.demo.employee import PortalVisit
from console.demo.photos import blurred_photo, good_photos, small_face_photo
from console.demo.site import wait_until
from console.domain.operators import Role
from console.store.schema import Consent, Enrolment, EnrolmentPicture, Photo
from tests.conftest import ONE_FACE, RunningSite, start_site
from tests.support.operators import add_operator, signed_in

SHIPPED_TABLE = FMR_BY_COSINE[MODEL_ID][3]


def at_desk(
    running: RunningSite, person: employees.EmployeeRow, client: Client | None = None
) -> faces.Capture:
    """The person has read the text at the desk and agreed."""
    client = client or running.client
    text = client.call(faces.capture, ById(id=person.id)).texts[0]
    return client.call(
        faces.begin_capture,
        faces.BeginCapture(employee_id=person.id, digest=text.digest, agreed=True),
    )


def take(running: RunningSite, capture: faces.Capture, photos: Sequence[bytes]) -> faces.Capture:
    """Puts photos in the slots from 1 on, and waits for their verdicts."""
    for slot, photo in enumerate(photos, 1):
        running.client.call(
            faces.add_photo, faces.AddPhoto(capture_id=capture.id, slot=slot, jpeg=photo)
        )

    def judged() -> faces.Capture | None:
        seen = look(running, capture)
        return seen if all(photo.state == "screened" for photo in seen.photos) else None

    return wait_until(judged)


def look(running: RunningSite, capture: faces.Capture) -> faces.Capture:
    return running.client.call(faces.capture, ById(id=capture.employee_id))


def enrol(running: RunningSite, person: employees.EmployeeRow) -> None:
    capture = take(running, at_desk(running, person), good_photos())
    running.client.call(faces.submit_capture, faces.SubmitCapture(capture_id=capture.id, best=1))
    running.wait_status(person, "pending_approval")
    item = next(
        one
        for one in running.client.call(review.queue, Nothing()).items
        if one.number == person.number
    )
    running.client.call(review.decide, review.Decide(id=item.id, approve=True, in_spite=ONE_FACE))


# at the desk


def test_photos_taken_at_the_desk_go_the_way_of_all_photos(running_both: RunningSite) -> None:
    person = running_both.add_employee()
    capture = take(running_both, at_desk(running_both, person), good_photos())
    assert all(photo.outcome != "reject" for photo in capture.photos)
    best = [photo for photo in capture.photos if photo.best_because]
    assert len(best) == 1
    running_both.client.call(
        faces.submit_capture, faces.SubmitCapture(capture_id=capture.id, best=best[0].slot)
    )
    running_both.wait_status(person, "pending_approval")
    item = next(
        one
        for one in running_both.client.call(review.queue, Nothing()).items
        if one.number == person.number
    )
    submission = running_both.client.call(review.submission, ById(id=item.id))
    assert submission.opened_how == "taken at the desk · try 1 of 3"
    assert [photo.chosen for photo in submission.photos] == [
        photo is best[0] for photo in capture.photos
    ]


def test_N8_the_consent_at_the_desk_is_recorded_with_its_text(running: RunningSite) -> None:
    person = running.add_employee()
    with pytest.raises(ServiceError, match="read it again"):
        running.client.call(
            faces.begin_capture,
            faces.BeginCapture(employee_id=person.id, digest="another text", agreed=True),
        )
    at_desk(running, person)
    with running.store().read() as session:
        consent = session.scalars(sa.select(Consent).where(Consent.employee_id == person.id)).one()
    assert (consent.channel, consent.modality) == ("desk", "face")


def test_who_says_no_at_the_desk_is_not_photographed(running: RunningSite) -> None:
    person = running.add_employee()
    text = running.client.call(faces.capture, ById(id=person.id)).texts[0]
    declined = running.client.call(
        faces.begin_capture,
        faces.BeginCapture(employee_id=person.id, digest=text.digest, agreed=False),
    )
    assert declined.id == ""
    assert running.reload(person).status == "declined"


def test_who_says_no_after_all_leaves_no_photo(running: RunningSite) -> None:
    person = running.add_employee()
    capture = take(running, at_desk(running, person), good_photos()[:1])
    running.client.call(
        faces.begin_capture,
        faces.BeginCapture(employee_id=person.id, digest=capture.texts[0].digest, agreed=False),
    )
    with running.store().read() as session:
        assert not session.scalars(sa.select(Photo).where(Photo.employee_id == person.id)).all()
        assert (
            session.scalars(sa.select(Consent).where(Consent.employee_id == person.id))
            .one()
            .withdrawn_at
            is not None
        )
    assert look(running, capture).id == ""


def test_a_link_that_waits_is_revoked_by_photos_at_the_desk(running: RunningSite) -> None:
    person = running.add_employee()
    link = running.invite(person)
    at_desk(running, person)
    assert PortalVisit(link).open().status_code == 404


def test_photos_at_the_desk_can_be_taken_again_and_removed(running: RunningSite) -> None:
    capture = take(
        running, at_desk(running, running.add_employee()), [blurred_photo(), *good_photos()[:2]]
    )
    assert capture.photos[0].outcome == "reject"
    with pytest.raises(ServiceError, match="Please add 3 photos"):
        running.client.call(faces.remove_photo, faces.RemovePhoto(capture_id=capture.id, slot=1))
        running.client.call(
            faces.submit_capture, faces.SubmitCapture(capture_id=capture.id, best=2)
        )
    with pytest.raises(ServiceError, match="At most 5"):
        running.client.call(
            faces.add_photo, faces.AddPhoto(capture_id=capture.id, slot=6, jpeg=good_photos()[0])
        )
    assert [photo.slot for photo in look(running, capture).photos] == [2, 3]


def test_what_is_no_picture_says_so_at_the_desk_too(running: RunningSite) -> None:
    capture = take(running, at_desk(running, running.add_employee()), [b"not a photo"])
    assert "not a photo that we can read" in capture.photos[0].summary


def test_the_desk_needs_the_right_to_enrol_others(running: RunningSite) -> None:
    add_operator(running, "tom", Role.TECHNICIAN)
    client = signed_in(running.demo, "tom")
    with pytest.raises(ServiceError, match="Can Enroll Others"):
        at_desk(running, running.add_employee(), client)


def test_a_link_is_no_capture_of_the_desk(running: RunningSite) -> None:
    person = running.add_employee()
    running.invite(person)
    rows = running.client.call(
        invitations.list_invitations, invitations.ListInvitations(search=person.number)
    ).rows
    with pytest.raises(ServiceError, match="Start again"):
        running.client.call(
            faces.add_photo, faces.AddPhoto(capture_id=rows[0].id, slot=1, jpeg=good_photos()[0])
        )


# the photos of a set


def test_T8_the_same_picture_twice_is_remarked(running: RunningSite) -> None:
    one = good_photos()[0]
    capture = take(running, at_desk(running, running.add_employee()), [one, one, good_photos()[1]])
    own = {
        photo.slot: next((f.outcome for f in photo.findings if f.gate == "own_picture"), "")
        for photo in capture.photos
    }
    assert own == {1: "", 2: "warn", 3: "pass"}


def test_T9_the_photo_of_somebody_else_is_turned_away(running: RunningSite, shared) -> None:
    stranger = sorted(
        (shared / "faces" / "portraits").glob("*.jpg"), key=lambda path: -path.stat().st_size
    )[0].read_bytes()
    capture = take(
        running,
        at_desk(running, running.add_employee()),
        [good_photos()[0], stranger, good_photos()[1]],
    )
    gates = {
        photo.slot: next(f for f in photo.findings if f.gate == "same_person")
        for photo in capture.photos
    }
    assert {slot: gate.outcome for slot, gate in gates.items()} == {
        1: "pass",
        2: "reject",
        3: "pass",
    }
    assert "the same person" in gates[2].hint
    assert not capture.photos[1].best_because


def test_N5_a_face_unlike_the_one_on_file_needs_a_reason(running: RunningSite, shared) -> None:
    person = running.add_employee()
    enrol(running, person)
    large = sorted(
        (shared / "faces" / "portraits").glob("*.jpg"), key=lambda path: -path.stat().st_size
    )
    profile = site_profile(running, "Standard")
    try:
        capture = take(running, at_desk(running, person), [large[0].read_bytes()] * 3)
        running.client.call(
            faces.submit_capture, faces.SubmitCapture(capture_id=capture.id, best=1)
        )
        running.wait_status(person, "pending_approval")
    finally:
        site_profile(running, profile)
    item = next(
        one
        for one in running.client.call(review.queue, Nothing()).items
        if one.number == person.number
    )
    submission = running.client.call(review.submission, ById(id=item.id))
    assert submission.non_match
    with pytest.raises(ServiceError, match="does not look like the face on file"):
        running.client.call(review.decide, review.Decide(id=item.id, approve=True))


def site_profile(running: RunningSite, name: str) -> str:
    """Sets the screening profile; the one before."""
    settings = running.client.call(site.get_settings, Nothing())
    changed = site.SiteSettings(
        site=settings.site,
        portal_url=settings.portal_url,
        email=settings.email,
        screening_profile=name,
        second_check=settings.second_check,
    )
    running.client.call(site.save_settings, changed)
    return settings.screening_profile


# templates and look-alikes


def test_templates_are_renewed_and_still_find_everybody(running: RunningSite) -> None:
    first, second = running.add_employee(), running.add_employee()
    enrol(running, first)
    with running.store().read() as session:
        before = {row.id: row.template for row in session.scalars(sa.select(Enrolment))}
    assert running.client.call(faces.renew, Nothing()).vectors >= len(before)
    with running.store().read() as session:
        assert all(
            before[row.id] != row.template
            for row in session.scalars(sa.select(Enrolment))
            if row.id in before
        )
    enrol(running, second)
    pairs = running.client.call(faces.most_similar, Nothing()).pairs
    found = next(pair for pair in pairs if {pair.first.id, pair.second.id} == {first.id, second.id})
    assert found.fmr <= 1e-4  # a template of before the renewal, one of after it


def test_N4_pairs_who_look_alike_are_listed_and_can_be_known_as_two(running: RunningSite) -> None:
    first, second = running.add_employee(), running.add_employee()
    enrol(running, first)
    enrol(running, second)
    with pytest.raises(ServiceError, match="how you know"):
        running.client.call(
            faces.set_known_lookalike,
            faces.SetKnownLookalike(first_id=first.id, second_id=second.id, known_lookalike=True),
        )
    for known_lookalike in (True, False):
        listed = running.client.call(
            faces.set_known_lookalike,
            faces.SetKnownLookalike(
                first_id=second.id,
                second_id=first.id,
                known_lookalike=known_lookalike,
                reason="passports seen",
            ),
        )
        pair = next(
            pair
            for pair in listed.pairs
            if {pair.first.id, pair.second.id} == {first.id, second.id}
        )
        assert pair.known_lookalike is known_lookalike
    assert [seen.rate for seen in listed.seen] == [1e-2, 1e-3, 1e-4]
    assert all(seen.comparisons == listed.people * (listed.people - 1) // 2 for seen in listed.seen)
    with pytest.raises(ServiceError, match="no longer exists"):
        running.client.call(
            faces.set_known_lookalike,
            faces.SetKnownLookalike(
                first_id=first.id, second_id=first.id, known_lookalike=True, reason="the same"
            ),
        )


def test_the_kept_vector_is_not_what_the_net_made(running: RunningSite) -> None:
    from console.biometrics.workers.photo_pipeline import PhotoPipeline
    from console.key_holder import key_holder
    from console.store.keys import load_keys
    from console.store.vault import Vault

    capture = take(running, at_desk(running, running.add_employee()), good_photos()[:1])
    with PhotoPipeline() as pipeline:
        plain = pipeline.screen(good_photos()[0]).vector
    vault = Vault(load_keys(key_holder(running.demo.data_dir, "site", True), True))
    with running.store().read() as tx:
        photo = tx.scalars(sa.select(Photo).where(Photo.employee_id == capture.employee_id)).one()
        assert photo.vector is not None
        opened = vault.open(
            tx.session, photo.employee_id, "photo", photo.id, "vector", photo.vector
        )
        kept = np.frombuffer(opened, np.float32)
    assert np.linalg.norm(kept) == pytest.approx(1, abs=1e-5)
    assert plain is not None
    assert abs(float(plain @ kept)) < 0.5


# profiles


def limits(profile: faces.Profile, **changes: dict[str, float | None]) -> list[faces.NewLimits]:
    rows = []
    for gate in profile.gates:
        values = {
            name: getattr(gate, name)
            for name in ("reject_below", "warn_below", "warn_above", "reject_above")
        }
        rows.append(faces.NewLimits(gate=gate.gate, **values | changes.get(gate.gate, {})))
    return rows


def test_a_profile_of_ones_own_is_versioned_used_and_named_in_the_verdict(
    running: RunningSite,
) -> None:
    shipped = running.client.call(faces.profiles, Nothing()).profiles
    assert [one.name for one in shipped if not one.own] == [
        "FingerTec",
        "Standard",
        "BioStar-like",
        "Strict",
    ]
    for least in (30.0, 35.0):
        rows = limits(shipped[0], eye_distance={"reject_below": least, "warn_below": 60.0})
        made = running.client.call(faces.save_profile, faces.SaveProfile(name="Ours", gates=rows))
    ours = next(one for one in made.profiles if one.name == "Ours")
    assert (ours.version, ours.own) == (2, True)
    before = site_profile(running, "Ours")
    try:
        capture = take(running, at_desk(running, running.add_employee()), [small_face_photo()])
        eyes = next(f for f in capture.photos[0].findings if f.gate == "eye_distance")
        assert eyes.outcome == "warn"  # FingerTec would turn it away
        with pytest.raises(ServiceError, match="in use"):
            running.client.call(faces.delete_profile, faces.ByName(name="Ours"))
    finally:
        site_profile(running, before)
    left = running.client.call(faces.delete_profile, faces.ByName(name="Ours"))
    assert "Ours" not in [one.name for one in left.profiles]


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("Standard", {}, "is built in"),
        ("", {}, "a name"),
        ("Odd", {"yaw": {"reject_below": 30.0}}, "must rise"),
        ("Odd", {"covered": {"reject_above": 9.0}}, "may only warn"),
        ("Odd", {"one_face": {"reject_above": 3.0}}, "exactly one face"),
    ],
)
def test_profiles_that_cannot_be_are_refused(
    running: RunningSite, name: str, changes: dict[str, dict[str, float | None]], words: str
) -> None:
    shipped = running.client.call(faces.profiles, Nothing()).profiles[0]
    with pytest.raises(ServiceError, match=words):
        running.client.call(
            faces.save_profile, faces.SaveProfile(name=name, gates=limits(shipped, **changes))
        )


def test_limits_are_tried_on_the_photos_of_the_site(running: RunningSite) -> None:
    capture = take(
        running, at_desk(running, running.add_employee()), [small_face_photo(), *good_photos()[:1]]
    )
    shipped = running.client.call(faces.profiles, Nothing()).profiles[0]
    asked = running.client.call(faces.try_profile, faces.TryProfile(gates=limits(shipped)))
    assert asked.count == asked.passed + asked.warned + asked.rejected
    easy = limits(shipped, eye_distance={"reject_below": 20.0, "warn_below": 30.0})
    tried = running.client.call(faces.try_profile, faces.TryProfile(gates=easy))
    assert tried.rejected < asked.rejected
    changed = [photo for photo in tried.photos if photo.was == "reject" and photo.now != "reject"]
    assert capture.photos[0].slot in [photo.slot for photo in changed]


# recognisers by file


def test_all_templates_are_made_anew_with_another_recogniser(tmp_path) -> None:
    def work(site_: RunningSite, model: str) -> tasks.Task:
        started = site_.client.call(faces.use_model, ById(id=model))
        return wait_until(
            lambda: (
                done
                if (done := site_.client.call(tasks.get_task, ById(id=started.task_id))).state
                != "running"
                else None
            ),
            60,
        )

    for running in start_site(tmp_path):
        models = running.demo.data_dir / "models"
        added = site_models.add(
            models,
            model_path("face_recogniser"),
            SiteModel(
                name="mine",
                kind="onnx",
                file="",
                sha256="",
                licence="Apache-2.0",
                source="a test",
                dimension=192,
            ),
        )
        mine = f"mine-{added.sha256[:8]}"
        person = running.add_employee()
        enrol(running, person)
        gone = running.add_employee()
        enrol(running, gone)
        with running.store().write() as session:  # no photo of theirs can be opened any more
            for row in session.scalars(
                sa.select(Enrolment).where(Enrolment.employee_id == gone.id)
            ):
                session.get_one(EnrolmentPicture, row.id).image = running_copy(
                    running, session, row, b"no picture"
                )
            session.execute(sa.delete(Photo).where(Photo.employee_id == gone.id))
        with pytest.raises(ServiceError, match="no thresholds yet"):
            running.client.call(faces.use_model, ById(id=mine))
        site_models.store_tables(
            models, site_models.choices(models)[mine], {1: SHIPPED_TABLE, 3: SHIPPED_TABLE}
        )
        ended = work(running, mine)
        assert ended.state == "done", ended.error
        assert gone.number in ended.result.text
        listed = running.client.call(faces.models, Nothing())
        assert [(one.id, one.ready, one.in_use) for one in listed.models if one.in_use] == [
            (mine, True, True)
        ]
        assert [gone.number in name for name in listed.come_again] == [True]
        with running.store().read() as seen:
            rows = {row.employee_id: row for row in seen.scalars(sa.select(Enrolment))}
        assert (rows[person.id].model, rows[person.id].photos) == (mine, 3)
        assert rows[gone.id].model != mine
        again = running.add_employee()
        enrol(running, again)  # and from now on every photo goes through it
        pair = running.client.call(faces.most_similar, Nothing()).pairs[0]
        assert {pair.first.id, pair.second.id} == {person.id, again.id}
        assert pair.fmr <= 1e-4
        with pytest.raises(ServiceError, match="no longer available"):
            running.client.call(faces.use_model, ById(id="unknown"))


def running_copy(running: RunningSite, session, row: Enrolment, plain: bytes) -> bytes:
    """Seals something else in the place of a kept photo."""
    from console.key_holder import key_holder
    from console.store.keys import load_keys
    from console.store.vault import Vault

    vault = Vault(load_keys(key_holder(running.demo.data_dir, "site", True), True))
    return vault.seal(session, row.employee_id, "enrolment", row.id, "image", plain)
