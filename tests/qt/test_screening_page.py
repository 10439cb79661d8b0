"""Profiles with their preview, look-alikes, and an approval despite the guard. N1, N4, N5."""

import pytest
from PyQt6.QtWidgets import QLabel

from console.api import faces, review
from console.api.operation import ById, Nothing
from console.api.tasks import Task
from console.biometrics.faces.recognition import site_models
from console.biometrics.faces.recognition.fmr_tables import FMR_BY_COSINE
from console.biometrics.faces.recognition.site_models import SiteModel
from console.biometrics.faces.recognition.vectors import MODEL_ID
from console.biometrics.models import model_path
from console.demo.photos import good_photos, small_face_photo
from console.desktop.dialogs.in_spite_dialog import InSpiteDialog
from console.desktop.dialogs.model_dialog import ModelDialog
from console.desktop.pages.lookalikes import LookalikesPage
from console.desktop.pages.review import ReviewPage
from console.desktop.pages.screening import ScreeningPage
from console.desktop.pages.settings import SettingsPage
from console.desktop.shell import Shell
from tests.conftest import ONE_FACE, RunningSite
from tests.qt.conftest import open_page
from tests.service.test_faces import at_desk, enrol, take


@pytest.fixture
def until(qtbot):
    return qtbot.waitUntil


@pytest.fixture(scope="module")
def site_with_photos(running: RunningSite) -> RunningSite:
    take(
        running, at_desk(running, running.add_employee()), [small_face_photo(), *good_photos()[:1]]
    )
    return running


def screening_page(shell: Shell, until) -> ScreeningPage:
    page = open_page(shell, ScreeningPage)
    until(lambda: bool(page.counts.text()))
    return page


def edit(page: ScreeningPage, gate: str, name: str, text: str) -> None:
    field = page.form.edits[(gate, name)]
    field.setText(text)
    field.textEdited.emit(text)


def test_a_limit_that_is_changed_shows_at_once_what_it_would_do(
    site_with_photos: RunningSite, shell: Shell, until
) -> None:
    page = screening_page(shell, until)
    assert "1 rejected" in page.counts.text()
    edit(page, "eye_distance", "reject_below", "20")
    edit(page, "eye_distance", "warn_below", "30")
    until(lambda: "0 rejected" in page.counts.text())
    first = page.photos.item(0)
    assert first is not None
    assert "rejected → " in first.text()
    page.photos.setCurrentRow(0)
    until(lambda: page.photo._pixmap is not None)
    page._show_chosen()
    until(lambda: "1 rejected" in page.counts.text())


def test_a_profile_of_ones_own_is_saved_chosen_and_deleted(
    site_with_photos: RunningSite, shell: Shell, until
) -> None:
    page = screening_page(shell, until)
    assert not page.save.isEnabled()  # what ships stays as it is
    edit(page, "yaw", "warn_above", "12")
    page.save_under("Workshop")
    until(lambda: page.profile is not None and page.profile.name == "Workshop")
    edit(page, "yaw", "warn_above", "13")
    assert page.save.isEnabled()
    page.save_now()
    until(lambda: page.profile is not None and page.profile.version == 2)
    settings = open_page(shell, SettingsPage)
    until(lambda: settings.profile.findText("Workshop") >= 0)
    shell.open_page(ScreeningPage)
    page.chooser.setCurrentText("Workshop")
    page.delete_now()
    until(lambda: page.chooser.findText("Workshop") < 0)


def test_limits_that_cannot_be_are_marked(
    site_with_photos: RunningSite, shell: Shell, until
) -> None:
    page = screening_page(shell, until)
    edit(page, "yaw", "reject_below", "30")
    page.save_under("Odd")
    until(page.problem.isVisible)
    assert "must rise" in page.problem.text()
    assert page.form.edits[("yaw", "reject_below")].property("wrong")
    assert not page.form.edits[("pitch", "reject_below")].property("wrong")


def test_weak_gates_offer_no_limit_that_turns_people_away(
    site_with_photos: RunningSite, shell: Shell, until
) -> None:
    page = screening_page(shell, until)
    assert ("headwear", "reject_above") not in page.form.edits
    assert not page.form.edits[("one_face", "reject_above")].isEnabled()
    assert all(field.accessibleName() for field in page.form.edits.values())


def test_N4_look_alikes_are_shown_side_by_side_and_marked_as_two(
    running: RunningSite, shell: Shell, until
) -> None:
    people = [running.add_employee() for _ in range(2)]
    for person in people:
        enrol(running, person)
    ours = {person.id for person in people}
    page = open_page(shell, LookalikesPage)

    def rows_of_ours() -> list[int]:
        return [row for row, ids in enumerate(page.model.keys()) if set(ids) == ours]

    until(lambda: bool(rows_of_ours()))
    page.table.selectRow(rows_of_ours()[0])
    until(lambda: page.left._pixmap is not None and page.right._pixmap is not None)
    assert page.two.isVisible()
    assert page.pair is not None
    page.set_known_lookalike(page.pair, True, "passports seen")
    until(
        lambda: any(
            pair.known_lookalike and {pair.first.id, pair.second.id} == ours for pair in page._pairs
        )
    )
    page.renew_now()
    until(lambda: "renewed" in shell.banner.text())


def test_recognisers_are_shown_with_what_they_are(
    running: RunningSite, shell: Shell, until
) -> None:
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
    site_models.store_tables(models, site_models.choices(models)[mine], FMR_BY_COSINE[MODEL_ID])
    enrol(running, running.add_employee())
    dialog = ModelDialog(shell.client, shell)
    dialog.open()
    until(lambda: len(dialog.uses) == 3)
    shown = "\n".join(one.text() for one in dialog.findChildren(QLabel))
    assert added.sha256 in shown
    assert "No thresholds" in shown
    for model in (mine, MODEL_ID):
        dialog.use(model)
        ended: list[Task] = []
        dialog.watch.ended.connect(ended.append)
        until(lambda ended=ended: bool(ended))
        assert "renewed" in ended[0].result.text
        until(lambda model=model: isinstance(dialog.uses.get(model), QLabel))
    dialog.reject()


def test_N4_an_approval_in_spite_of_a_duplicate_asks_why(
    running: RunningSite, shell: Shell, until, qtbot
) -> None:
    enrol(running, running.add_employee())
    person = running.add_employee()
    capture = take(running, at_desk(running, person), good_photos())
    running.client.call(faces.submit_capture, faces.SubmitCapture(capture_id=capture.id, best=1))
    running.wait_status(person, "pending_approval")
    page = open_page(shell, ReviewPage)
    until(lambda: page.submission is not None and page.submission.number == person.number)
    assert page.lookalike_title.text() == "Possible duplicate"
    page._compare_next()
    until(lambda: page.on_file._pixmap is not None)
    shown = page.on_file_caption.text()
    assert page.submission is not None
    page._show(page.submission)  # as any change at the service makes it
    assert page.on_file_caption.text() == shown
    assert page.on_file._pixmap is not None
    until(page.approve.isEnabled)
    page.approve_now()
    dialog = page.findChild(InSpiteDialog)
    assert dialog is not None
    assert not dialog.go.isEnabled()
    dialog.reason.edit.setText(ONE_FACE)
    dialog.known_lookalike.setChecked(True)
    dialog.go.click()
    until(lambda: running.reload(person).status == "approved")
    pairs = running.client.call(faces.most_similar, Nothing()).pairs
    assert any(
        pair.known_lookalike and person.id in (pair.first.id, pair.second.id) for pair in pairs
    )
    item = running.client.call(review.submission, ById(id=capture.id))
    assert not any(other.alert for other in item.lookalikes)
