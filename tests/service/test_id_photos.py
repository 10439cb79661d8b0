"""A first enrolment is compared with an ID photo; what becomes of that photo. N5."""

import pytest
import sqlalchemy as sa

from console.api import audit, employees, faces, review
from console.api.operation import ById, Nothing, ServiceError
from console.api.person import read_person
from console.demo.photos import faceless_photo, good_photos
from console.demo.site import wait_until
from console.domain.uploads import MAX_PHOTO, MAX_PHOTO_WORDS
from console.store.schema import Audit, IdPhoto
from tests.conftest import ONE_FACE, RunningSite
from tests.service.gates import with_face
from tests.service.test_face_consent import say_no


def give(site: RunningSite, person: employees.EmployeeRow, data: bytes) -> None:
    request = employees.SetIdPhoto(employee_id=person.id, data=data)
    site.client.call(employees.set_id_photo, request)


def kept(site: RunningSite, person: employees.EmployeeRow) -> IdPhoto | None:
    with site.store().read() as tx:
        query = sa.select(IdPhoto).where(IdPhoto.employee_id == person.id)
        whole = (sa.orm.undefer(one) for one in (IdPhoto.upload, IdPhoto.image, IdPhoto.vector))
        return tx.scalar(query.options(*whole))


def submitted(site: RunningSite, person: employees.EmployeeRow) -> review.Submission:
    site.visit(person).enrol(person.number, good_photos())
    return site.wait_submission(person)


def test_N5_a_first_enrolment_is_compared_with_the_id_photo_which_the_approval_replaces(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    give(running, person, good_photos()[0])
    before = kept(running, person)
    assert before is not None
    assert (before.state, before.vector) == ("waiting", None), "nobody has agreed yet"
    seen = submitted(running, person)
    assert seen.id_photo
    assert seen.on_file == before.id
    assert seen.match_fmr is not None
    assert seen.match_fmr < 1e-3
    assert not seen.non_match
    after = kept(running, person)
    assert after is not None
    assert after.upload is None
    assert b"JFIF" not in (after.image or b"")
    assert running.client.call(review.picture, ById(id=seen.on_file)).jpeg.startswith(b"\xff\xd8")
    with running.store().read() as tx:
        viewed = sa.select(Audit).where(
            Audit.action == "photo.viewed", Audit.object_id == before.id
        )
        assert tx.scalar(viewed) is not None
    decision = review.Decide(id=seen.id, approve=True, in_spite=ONE_FACE)
    running.client.call(review.decide, decision)
    assert kept(running, person) is None
    with pytest.raises(ServiceError, match="already enrolled"):
        give(running, person, good_photos()[0])


def test_N5_an_id_photo_that_shows_no_face_holds_nobody_up(running: RunningSite) -> None:
    person, other = running.add_employee(), running.add_employee()
    give(running, person, faceless_photo())
    give(running, other, b"no photo")
    seen, unread = submitted(running, person), submitted(running, other)
    assert (seen.id_photo, seen.match_fmr, seen.non_match) == (True, None, False)
    assert (unread.id_photo, unread.on_file, unread.match_fmr) == (True, "", None)
    for person_id, submission, why in (
        (person.id, seen, "shows no face"),
        (other.id, unread, "could not be read"),
    ):
        assert submission.not_compared == f"The ID photo {why}, so nothing was compared."
        shown = running.client.call(read_person, ById(id=person_id)).id_photo
        assert shown is not None
        assert shown.problem == submission.not_compared
    many = review.ApproveMany(ids=[seen.id, unread.id])
    decided = running.client.finish(running.client.call(review.approve_many, many)).decided
    assert decided is not None
    assert {one.id: one.reason for one in decided.left} == {
        one.id: one.not_compared for one in (seen, unread)
    }, "nobody has looked at them"


def test_N5_an_id_photo_that_compares_is_no_problem(running: RunningSite) -> None:
    person = running.add_employee()
    give(running, person, good_photos()[0])
    assert submitted(running, person).not_compared == ""
    shown = running.client.call(read_person, ById(id=person.id)).id_photo
    assert shown is not None
    assert shown.problem == ""


def test_N5_too_large_an_id_photo_is_told_the_size_that_a_call_can_carry(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    with pytest.raises(ServiceError, match=f"at most {MAX_PHOTO_WORDS}"):
        give(running, person, b"x" * (MAX_PHOTO + 1))
    give(running, person, b"x" * MAX_PHOTO)
    assert kept(running, person) is not None


def removals(site: RunningSite, person: employees.EmployeeRow) -> int:
    with site.store().read() as tx:
        mine = Audit.action == "id_photo.removed", Audit.object_id == person.id
        return tx.scalar(sa.select(sa.func.count()).select_from(Audit).where(*mine)) or 0


def test_N5_every_way_in_which_an_id_photo_goes_is_audited(running: RunningSite) -> None:
    taken, refused = running.add_employee(), running.add_employee()
    give(running, taken, b"")
    assert removals(running, taken) == 0, "there was none"
    for _ in range(2):
        give(running, taken, good_photos()[0])
    assert removals(running, taken) == 1, "the second one takes the place of the first"
    give(running, taken, b"")
    give(running, refused, good_photos()[0])
    say_no(running, refused)
    assert (removals(running, taken), removals(running, refused)) == (2, 1)


def test_AC10_an_id_photo_that_was_viewed_is_named_by_its_person_in_the_audit_log(
    running: RunningSite,
) -> None:
    person = running.add_employee()
    give(running, person, good_photos()[0])
    seen = submitted(running, person)
    running.client.call(review.picture, ById(id=seen.on_file))
    look = audit.ListAudit(filter=audit.AuditFilter(about=person.number))
    acts = {row.act: row.about for row in running.client.call(audit.list_audit, look).rows}
    assert person.number in acts["Viewed a photo"]
    changes = running.client.call(read_person, ById(id=person.id)).changes or []
    assert "Viewed a photo" in [one.what for one in changes]


def test_N5_a_renewed_protection_compares_as_before(running: RunningSite) -> None:
    person = running.add_employee()
    give(running, person, good_photos()[0])
    first = submitted(running, person)
    running.client.call(faces.renew, Nothing())
    wait_until(lambda: (row := kept(running, person)) is not None and row.state == "ready")
    again = running.client.call(review.submission, ById(id=first.id))
    assert again.match_fmr == pytest.approx(first.match_fmr)


def test_N5_a_no_deletes_the_id_photo_and_none_is_taken_afterwards(running: RunningSite) -> None:
    person = running.add_employee()
    give(running, person, good_photos()[0])
    say_no(running, person)
    assert kept(running, person) is None
    with pytest.raises(ServiceError, match="has refused"):
        give(running, person, good_photos()[0])


def test_N5_a_withdrawal_deletes_it_and_an_empty_file_takes_it_away(running: RunningSite) -> None:
    person, enrolled = running.add_employee(), with_face(running)
    give(running, person, good_photos()[0])
    give(running, person, b"")
    assert kept(running, person) is None
    running.client.call(employees.withdraw_face, ById(id=enrolled.id))
    give(running, enrolled, good_photos()[0])
    row = kept(running, enrolled)
    assert row is not None
    assert (row.state, row.vector) == ("waiting", None)
