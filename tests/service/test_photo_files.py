"""PE4: photos by file name go through the same screening as photos at the desk, with a report."""

import io

import pytest
import sqlalchemy as sa
from PIL import Image

from console.api import employees, photo_files, tasks
from console.api.operation import ById, ServiceError
from console.demo.photos import good_photos
from console.demo.site import wait_until
from console.domain.consent import FACE
from console.domain.id_photos import NOT_COMPARED, IdPhotoState
from console.domain.invitations import Status
from console.domain.photo_names import PhotoUse
from console.service.enrolment import photo_names, photo_uses
from console.store.schema import Employee, IdPhoto
from tests.conftest import RunningSite
from tests.service.test_face_consent import say_no
from tests.store.made import NOW, add_consent, add_enrolment, add_invitation


def agreed(running: RunningSite, **changes: str) -> employees.EmployeeRow:
    """Somebody who has agreed to the use of their face."""
    made = running.add_employee(**changes)
    with running.store().write() as tx:
        add_consent(tx, tx.get_one(Employee, made.id), FACE, NOW)
    return made


def nobody() -> bytes:
    """A picture without a face."""
    out = io.BytesIO()
    Image.new("RGB", (900, 1200), (120, 140, 150)).save(out, "JPEG")
    return out.getvalue()


def look(
    running: RunningSite,
    *names: str,
    again: bool = False,
    use: PhotoUse = PhotoUse.ENROLMENT,
) -> list[tuple[str, str]]:
    request = photo_files.LookAtNames(names=list(names), use=use, again=again)
    rows = running.client.call(photo_files.look_at_names, request).rows
    return [(row.number, row.reason) for row in rows]


def begin(
    running: RunningSite,
    people: int,
    *left_out: photo_files.PhotoMatch,
    use: PhotoUse = PhotoUse.ENROLMENT,
) -> str:
    request = photo_files.BeginPhotos(people=people, left_out=list(left_out), use=use)
    return running.client.call(photo_files.begin_photos, request).task_id


def send(running: RunningSite, task_id: str, person: str, *files: tuple[str, bytes]) -> int:
    made = [photo_files.PhotoFile(name=name, data=data) for name, data in files]
    request = photo_files.SendPhotos(task_id=task_id, employee_id=person, files=made)
    return running.client.call(photo_files.send_photos, request).waiting


def ended(running: RunningSite, task_id: str) -> tasks.Task:
    def done() -> tasks.Task | None:
        task = running.client.call(tasks.get_task, ById(id=task_id))
        return task if task.state is not tasks.TaskState.RUNNING else None

    return wait_until(done)


def test_PE4_files_are_matched_by_number_and_by_email(running: RunningSite) -> None:
    one = agreed(running)
    silent = running.add_employee()
    left = agreed(running)
    waits = agreed(running)
    enrolled = agreed(running)
    with running.store().write() as tx:
        tx.get_one(Employee, left.id).active = False
        add_invitation(tx, tx.get_one(Employee, waits.id), Status.PENDING_APPROVAL)
        add_invitation(tx, tx.get_one(Employee, enrolled.id), Status.IN_USE)
    names = [f"{one.number}_{place}.jpg" for place in range(1, 7)]
    assert look(running, *names) == [(one.number, "")] * 5 + [(one.number, photo_names.TOO_MANY)]
    assert look(running, f"{one.email.upper()}.PNG") == [(one.number, "")]
    assert look(running, "notes.txt", "nobody.jpg") == [
        ("", photo_names.NO_PICTURE),
        ("", photo_names.NOBODY),
    ]
    people = [f"{person.number}.jpg" for person in (silent, left, waits, enrolled)]
    assert [reason for _, reason in look(running, *people)] == [
        photo_uses.NOT_AGREED,
        photo_uses.NOT_ACTIVE,
        photo_uses.WAITS,
        photo_uses.ENROLLED,
    ]
    assert look(running, people[3], again=True) == [(enrolled.number, "")]


def test_PE4_two_people_with_one_email_get_no_photo_by_it(running: RunningSite) -> None:
    both = [agreed(running, email="family@example.com") for _ in range(2)]
    assert look(running, "family@example.com.jpg") == [("", photo_names.SEVERAL)]
    assert look(running, f"{both[0].number}.jpg") == [(both[0].number, "")]


def test_PE4_what_passes_waits_for_review_and_the_report_says_what_does_not(
    running: RunningSite,
) -> None:
    good, bad, silent = agreed(running), agreed(running), running.add_employee()
    unknown = photo_files.PhotoMatch(name="x.jpg", reason=photo_names.NOBODY)
    task_id = begin(running, 3, unknown)
    first = good_photos()[0]
    send(running, task_id, good.id, (f"{good.number}.jpg", first), ("2.jpg", nobody()))
    send(running, task_id, bad.id, (f"{bad.number}.jpg", nobody()))
    send(running, task_id, silent.id, (f"{silent.number}.jpg", first))
    running.client.call(photo_files.end_photos, ById(id=task_id))
    task = ended(running, task_id)
    assert task.state is tasks.TaskState.DONE
    report = task.result.photos
    assert report is not None
    reasons = {row.name: row.reason for row in report.rows}
    assert reasons.pop("x.jpg") == photo_names.NOBODY
    assert reasons.pop(f"{good.number}.jpg") == ""
    assert reasons.pop(f"{silent.number}.jpg") == photo_uses.NOT_AGREED
    assert len(reasons) == 2
    assert all("face" in reason.lower() for reason in reasons.values())
    assert running.wait_submission(good).photos
    assert running.reload(bad).status is Status.REVOKED
    with pytest.raises(ServiceError, match="This upload has ended"):
        send(running, task_id, bad.id, ("1.jpg", first))


def test_PE4_a_cancelled_upload_takes_back_what_is_not_handed_in(running: RunningSite) -> None:
    person = agreed(running)
    task_id = begin(running, 2)
    with pytest.raises(ServiceError, match="one to five photos"):
        send(running, task_id, person.id)
    running.client.call(tasks.cancel_task, ById(id=task_id))
    task = ended(running, task_id)
    assert task.state is tasks.TaskState.CANCELLED
    assert task.result.photos is not None


def test_N5_id_photos_by_file_name_are_kept_and_screened_where_the_person_has_agreed(
    running: RunningSite,
) -> None:
    seen, bare, later, no = (
        agreed(running),
        agreed(running),
        *(running.add_employee() for _ in range(2)),
    )
    say_no(running, no)
    task_id = begin(running, 4, use=PhotoUse.ID_PHOTO)
    for one, data in ((seen, good_photos()[0]), (bare, nobody()), (later, nobody()), (no, b"x")):
        send(running, task_id, one.id, (f"{one.number}.jpg", data))
    with pytest.raises(ServiceError, match="one to five photos"):
        send(running, task_id, later.id, ("1.jpg", b"x"), ("2.jpg", b"x"))
    running.client.call(photo_files.end_photos, ById(id=task_id))
    report = ended(running, task_id).result
    assert report.text == "2 ID photos were saved. 2 photos were not accepted."
    assert report.photos is not None
    assert {row.number: row.reason for row in report.photos.rows} == {
        seen.number: "",
        bare.number: NOT_COMPARED[IdPhotoState.FACELESS],
        later.number: "",
        no.number: photo_uses.SAID_NO,
    }
    with running.store().read() as tx:
        states = tx.execute(sa.select(IdPhoto.employee_id, IdPhoto.state)).all()
        assert dict(states) == {
            seen.id: IdPhotoState.READY,
            bare.id: IdPhotoState.FACELESS,
            later.id: IdPhotoState.WAITING,
        }, "nobody looks at a photo before its person has agreed"
    again = (PhotoUse.ID_PHOTO, f"{later.number}.jpg", f"{later.email}.png")
    assert look(running, *again[1:], use=again[0]) == [
        (later.number, photo_uses.HAS_ONE),
        (later.number, photo_names.TOO_MANY),
    ]
    assert look(running, again[1], use=again[0], again=True) == [(later.number, "")]


def test_N5_nobody_who_left_or_is_enrolled_gets_an_id_photo_by_file_name(
    running: RunningSite,
) -> None:
    left, enrolled = running.add_employee(), running.add_employee()
    with running.store().write() as tx:
        tx.get_one(Employee, left.id).active = False
        add_enrolment(tx, add_invitation(tx, tx.get_one(Employee, enrolled.id), Status.IN_USE))
    names = [f"{one.number}.jpg" for one in (left, enrolled)]
    assert look(running, *names, use=PhotoUse.ID_PHOTO) == [
        (left.number, photo_uses.NOT_ACTIVE),
        (enrolled.number, photo_uses.ENROLLED),
    ]
