"""Review binds every answer to the submission that is shown when it arrives."""

from datetime import UTC, datetime

import msgspec
import pytest
from PyQt6.QtCore import QBuffer, QIODevice, Qt, QTimer
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QPlainTextEdit, QWidget

from console.api import review as api
from console.api.operation import ApiError
from console.desktop.dialogs.in_spite_dialog import InSpiteDialog
from console.desktop.pages.review import ReviewPage
from console.desktop.widgets.photo_view import PhotoView
from console.domain.invitations import Status
from console.qt.questions import Asking
from tests.qt.answering import when_asked
from tests.support.delayed_client import DelayedClient

RED, GREEN, BLUE, GREY = "#ff0000", "#00ff00", "#0000ff", "#808080"


def picture(colour: str) -> api.PhotoJpeg:
    """A picture of one colour, without loss."""
    image = QImage(30, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return api.PhotoJpeg(jpeg=bytes(buffer.data().data()))


def colour_of(view: PhotoView) -> str:
    """The colour that the view shows; empty when it shows no photo."""
    if view._pixmap is None:
        return ""
    return view._pixmap.toImage().pixelColor(5, 5).name()


def queue_of(*names: str) -> api.Queue:
    return api.Queue(
        items=[
            api.QueueItem(
                id=name,
                employee=f"Person {name}",
                number=name,
                department="",
                status=Status.PENDING_APPROVAL,
                passed=1,
                photos=1,
                photo_id=f"{name}-photo",
                submitted_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
            for name in names
        ]
    )


def submission(name: str, *, lookalike: bool = False) -> api.Submission:
    lookalikes = [
        api.Lookalike(
            employee_id="x",
            employee="Somebody",
            number="9",
            fmr=1e-6,
            alert=True,
            known_lookalike=False,
            enrolment_id=f"{name}-lookalike",
        )
    ]
    photo = api.ReviewPhoto(
        id=f"{name}-photo",
        slot=1,
        chosen=True,
        outcome="pass",
        quality=90.0,
        summary="Good.",
        findings=[],
        face=None,
        eyes=None,
        has_image=True,
    )
    return api.Submission(
        id=name,
        employee=f"Person {name}",
        number=name,
        department="",
        status=Status.PENDING_APPROVAL,
        status_text="Waits",
        opened_how="",
        profile="",
        photos=[photo],
        on_file=f"{name}-on-file",
        on_file_at=None,
        id_photo=False,
        not_compared="",
        match_fmr=None,
        non_match=False,
        lookalikes=lookalikes if lookalike else [],
        alarms=lookalike,
        after_approval="",
    )


@pytest.fixture
def client(themed) -> DelayedClient:
    return DelayedClient()


@pytest.fixture
def page(client: DelayedClient, qtbot) -> ReviewPage:
    page = ReviewPage(client)
    qtbot.addWidget(page)
    page.refresh()
    client.waiting(api.queue).answer(queue_of("A", "B"))
    return page


def open_submission(page: ReviewPage, client: DelayedClient, name: str, **changes: bool) -> None:
    client.waiting(api.submission, id=name).answer(submission(name, **changes))


def test_H10_a_late_picture_of_the_former_submission_is_not_shown(
    page: ReviewPage, client: DelayedClient
) -> None:
    open_submission(page, client, "A")
    on_file_a = client.waiting(api.picture, id="A-on-file")
    photo_a = client.waiting(api.picture, id="A-photo")
    page.queue.go_to(1)
    open_submission(page, client, "B")
    client.waiting(api.picture, id="B-on-file").answer(picture(GREEN))
    client.waiting(api.picture, id="B-photo").answer(picture(BLUE))
    on_file_a.answer(picture(RED))
    photo_a.answer(picture(RED))
    assert page.name.text() == "Person B"
    assert colour_of(page.on_file) == GREEN
    assert colour_of(page.shown) == BLUE
    assert colour_of(page.thumbs[0]) == BLUE


def test_H10_nothing_of_the_former_submission_stays_while_the_next_is_read(
    page: ReviewPage, client: DelayedClient
) -> None:
    open_submission(page, client, "A")
    client.waiting(api.picture, id="A-on-file").answer(picture(RED))
    client.waiting(api.picture, id="A-photo").answer(picture(RED))
    assert colour_of(page.on_file) == colour_of(page.shown) == RED
    page.queue.go_to(1)
    assert page.name.text() == ""
    assert not page.approve.isEnabled()
    page.approve_now()
    open_submission(page, client, "B")
    assert page.name.text() == "Person B"
    assert [colour_of(view) for view in (page.on_file, page.shown, page.thumbs[0])] == ["", "", ""]
    assert not [one for one in client.pending if one.operation is api.decide]


def test_H10_submissions_that_arrive_out_of_order_leave_the_chosen_one(
    page: ReviewPage, client: DelayedClient
) -> None:
    late = client.waiting(api.submission, id="A")
    page.queue.go_to(1)
    open_submission(page, client, "B")
    late.answer(submission("A"))
    assert page.name.text() == "Person B"
    client.waiting(api.picture, id="B-photo").answer(picture(BLUE))
    page.approve_now()
    assert client.waiting(api.decide).request.id == "B"


def test_H10_a_late_lookalike_is_not_shown_as_the_photo_on_file(
    page: ReviewPage, client: DelayedClient
) -> None:
    open_submission(page, client, "A", lookalike=True)
    on_file = client.waiting(api.picture, id="A-on-file")
    page._compare_next()
    lookalike = client.waiting(api.picture, id="A-lookalike")
    page._compare_next()
    lookalike.answer(picture(GREY))
    assert colour_of(page.on_file) == ""
    on_file.answer(picture(RED))
    assert colour_of(page.on_file) == RED


def test_H10_a_reason_given_for_one_submission_never_decides_another(
    page: ReviewPage, client: DelayedClient
) -> None:
    open_submission(page, client, "A", lookalike=True)
    client.waiting(api.picture, id="A-photo").answer(picture(RED))
    page.approve_now()
    dialog = page.findChild(InSpiteDialog)
    assert dialog is not None
    page.refresh()
    client.waiting(api.queue).answer(queue_of("B"))
    open_submission(page, client, "B")
    client.waiting(api.picture, id="B-photo").answer(picture(BLUE))
    dialog.reason.edit.setText("Passports seen")
    dialog.go.click()
    assert client.waiting(api.decide).request.id == "A"
    assert page.approve.isEnabled(), "B has not been decided"


def test_H10_a_rejection_goes_to_the_submission_that_it_was_written_for(
    page: ReviewPage, client: DelayedClient
) -> None:
    open_submission(page, client, "A")

    def write_while_the_queue_moves_on(asking: Asking) -> None:
        page.refresh()
        client.waiting(api.queue).answer(queue_of("B"))
        open_submission(page, client, "B")
        asking.go.click()

    when_asked(write_while_the_queue_moves_on)
    page._ask_reject()
    assert client.waiting(api.decide).request.id == "A"


def test_nobody_approves_a_photo_before_it_is_on_the_screen(
    page: ReviewPage, client: DelayedClient
) -> None:
    open_submission(page, client, "A")
    assert not page.approve.isEnabled()
    assert page.reject.isEnabled()
    page.approve_now()
    assert not [one for one in client.pending if one.operation is api.decide]
    client.waiting(api.picture, id="A-photo").answer(picture(RED))
    assert page.approve.isEnabled()


def approve(page: ReviewPage, client: DelayedClient, name: str) -> None:
    open_submission(page, client, name)
    client.waiting(api.picture, id=f"{name}-photo").answer(picture(RED))
    page.approve_now()


def test_the_next_is_there_before_the_decision_is_answered_and_keeps_its_place(
    page: ReviewPage, client: DelayedClient
) -> None:
    page.refresh()
    client.waiting(api.queue).answer(queue_of("A", "B", "C", "D"))
    page.queue.go_to(1)
    approve(page, client, "B")
    assert page.queue.current_id == "C"
    page.refresh()
    client.waiting(api.queue).answer(queue_of("A", "B", "C", "D"))
    assert page.queue.count() == 3, "B is being decided: the service may not know it yet"
    open_submission(page, client, "C")
    client.waiting(api.decide, id="B").answer(submission("B"))
    client.waiting(api.queue).answer(queue_of("A", "C", "D"))
    assert (page.queue.current_id, page.name.text()) == ("C", "Person C")
    page.refresh()
    client.waiting(api.queue).answer(queue_of("A", "D"))
    assert page.queue.current_id == "D", "somebody else decided C: the next takes its place"


def test_a_decision_that_fails_comes_back_and_says_whose_it_was(
    page: ReviewPage, client: DelayedClient
) -> None:
    said: list[tuple[str, bool]] = []
    page.message.connect(lambda text, bad: said.append((text, bad)))
    approve(page, client, "A")
    open_submission(page, client, "B")
    error = ApiError(code="conflict", message="There is no valid consent for this enrolment.")
    client.waiting(api.decide, id="A").refuse(error)
    assert said == [(f"Not decided: Person A. {error.message}", True)]
    client.waiting(api.queue).answer(queue_of("A", "B"))
    assert page.queue.count() == 2
    assert page.name.text() == "Person B", "what one looks at stays"


def test_five_hundred_who_wait_are_painted_as_rows(page: ReviewPage, client: DelayedClient) -> None:
    page.refresh()
    names = [str(number) for number in range(500)]
    client.waiting(api.queue).answer(queue_of(*names))
    page.resize(1100, 700)
    page.show()
    page.grab()
    assert len(page.queue.findChildren(QWidget)) < 20, "no widget for each"
    model = page.queue.model()
    assert model is not None
    index = model.index(499, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Person 499, 499, 1/1"


def test_a_picture_is_asked_for_once_and_again_after_a_refusal(
    page: ReviewPage, client: DelayedClient
) -> None:
    open_submission(page, client, "A")
    asked = [one for one in client.pending if getattr(one.request, "id", "") == "A-photo"]
    assert len(asked) == 1, "viewing a photo is audited: the small and the large view share it"
    client.waiting(api.picture, id="A-photo").refuse(ApiError(code="gone", message="No."))
    page.show_photo(0)
    client.waiting(api.picture, id="A-photo").answer(picture(BLUE))
    assert colour_of(page.shown) == BLUE


@pytest.mark.parametrize("lookalike", [False, True])
def test_N5_an_id_photo_that_could_not_be_read_is_not_taken_for_none(
    page: ReviewPage, client: DelayedClient, lookalike: bool
) -> None:
    said = "The ID photo could not be read, so nothing was compared."
    unread = msgspec.structs.replace(
        submission("A", lookalike=lookalike), id_photo=True, on_file="", not_compared=said
    )
    client.waiting(api.submission, id="A").answer(unread)
    assert page.on_file._empty_text == said
    assert page.lookalike_text.text().startswith(said)
    expected = "Possible duplicate" if lookalike else "Not compared"
    assert page.lookalike_title.text() == expected


def test_N5_an_id_photo_without_a_face_is_shown_with_the_word_that_nothing_was_compared(
    page: ReviewPage, client: DelayedClient
) -> None:
    said = "The ID photo shows no face, so nothing was compared."
    faceless = msgspec.structs.replace(submission("A"), id_photo=True, not_compared=said)
    client.waiting(api.submission, id="A").answer(faceless)
    client.waiting(api.picture, id="A-on-file").answer(picture(GREEN))
    assert colour_of(page.on_file) == GREEN
    assert "No duplicate found" not in page.lookalike_title.text()
    assert said in page.lookalike_text.text()


def held(*names: str) -> list[api.Held]:
    until = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        api.Held(id=name, employee=f"Person {name}", approve=True, words="", until=until)
        for name in names
    ]


def show_queue(page: ReviewPage, client: DelayedClient, queue: api.Queue) -> None:
    page.refresh()
    client.waiting(api.queue).answer(queue)


def undoing(client: DelayedClient) -> list[str]:
    """The submissions whose decision is being undone, in the order of asking."""
    return [one.request.id for one in client.pending if one.operation is api.undo]


def test_CO5_the_last_of_several_decisions_is_undone_first(
    page: ReviewPage, client: DelayedClient, qtbot
) -> None:
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    show_queue(page, client, msgspec.structs.replace(queue_of("C"), held=held("A", "B")))
    assert page.undo_bar.text.whole == (
        "Approved: Person B. Nothing is sent for 10 seconds. 1 earlier decision can be undone, too."
    )
    for _ in range(3):
        qtbot.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undoing(client) == ["B", "A"]
    client.waiting(api.undo, id="B").answer(submission("B"))
    client.waiting(api.queue).answer(msgspec.structs.replace(queue_of("B", "C"), held=held("A")))
    assert page.queue.current_id == "B", "what was undone is shown again"
    assert page.undo_bar.isHidden(), "the other one is being undone"


def test_CO5_a_decision_on_its_way_is_undone_as_soon_as_it_is_held(
    page: ReviewPage, client: DelayedClient
) -> None:
    approve(page, client, "A")
    page.decisions.undo()
    assert undoing(client) == []
    client.waiting(api.decide, id="A").answer(submission("A"))
    assert undoing(client) == ["A"]


def test_CO5_what_became_of_a_held_decision_is_told_by_name(
    page: ReviewPage, client: DelayedClient
) -> None:
    said: list[tuple[str, bool]] = []
    page.message.connect(lambda text, bad: said.append((text, bad)))
    show_queue(page, client, msgspec.structs.replace(queue_of("C"), held=held("D", "B")))
    (back,) = queue_of("B").items
    back = msgspec.structs.replace(back, not_decided="The photos have changed meanwhile.")
    show_queue(page, client, api.Queue(items=[back, *queue_of("C").items]))
    assert said == [("Not decided: Person B. The photos have changed meanwhile.", True)]
    done = msgspec.structs.replace(submission("D"), status_text="Approved")
    client.waiting(api.submission, id="D").answer(done)
    assert said[1:] == [("Person D: Approved", False)]


def test_CO5_why_a_decision_came_to_nothing_stands_beside_the_submission(
    page: ReviewPage, client: DelayedClient
) -> None:
    back = msgspec.structs.replace(submission("A"), not_decided="The photos have changed.")
    client.waiting(api.submission, id="A").answer(back)
    assert page.not_decided.text() == "Not decided: The photos have changed."
    page.queue.go_to(1)
    open_submission(page, client, "B")
    assert page.not_decided.isHidden()


def test_CO5_the_words_of_an_undone_rejection_are_not_typed_again(
    page: ReviewPage, client: DelayedClient
) -> None:
    open_submission(page, client, "A")
    page.reject_now("A", "Without the cap, please.")
    client.waiting(api.decide, id="A").answer(submission("A"))
    show_queue(page, client, queue_of("A", "B"))
    page.queue.go_to(0)
    open_submission(page, client, "A")
    words = []

    def read(asking: Asking) -> None:
        line = asking.findChild(QPlainTextEdit)
        words.append(line.toPlainText() if line is not None else "")
        asking.reject()

    when_asked(read)
    page._ask_reject()
    assert words == ["Without the cap, please."]


@pytest.mark.parametrize("taken", [True, False])
def test_CO5_whoever_leaves_waits_until_the_service_has_taken_the_decision(
    page: ReviewPage, client: DelayedClient, taken: bool
) -> None:
    assert page.finish(), "nothing is on its way"
    approve(page, client, "A")
    on_its_way = client.waiting(api.decide, id="A")
    error = ApiError(code="conflict", message="There is no valid consent for this enrolment.")

    def answer() -> None:
        if taken:
            on_its_way.answer(submission("A"))
        else:
            on_its_way.refuse(error)

    QTimer.singleShot(0, answer)
    assert page.finish() is taken, "what was refused is read first"
