"""Review: submissions beside the photo on file, the gates with their values, and the decision."""

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.api import review as api
from console.api.operation import ApiError, ById, Nothing
from console.desktop.dialogs.in_spite_dialog import InSpiteDialog
from console.desktop.flows.own_decisions import OwnDecisions
from console.desktop.page import Page
from console.desktop.widgets.gates import GateList
from console.desktop.widgets.photo_view import PhotoView
from console.desktop.widgets.review_queue import ReviewQueue
from console.desktop.widgets.undo_bar import UndoBar
from console.desktop.words import face_match_text
from console.domain.invitations import REVIEWABLE
from console.domain.language import paragraph, tr, tr_count, tr_short_day
from console.domain.today import Concern
from console.qt.client import ServiceClient
from console.qt.questions import ask_words
from console.qt.shortcuts import shortcut
from console.qt.sizes import sized
from console.qt.widgets import EmptyState, Switch, button, card, label, row, scrolled

QUEUE_WIDTH, GATES_WIDTH = 240, 352
THUMB_LEAST_PX = 56
"""Five of them leave room for the look-alike beside them."""
PHOTOS = 5
LOADING = tr("Loading the photo…")
UNLIKE_TEXT = tr(
    "The person in these photos is probably somebody else. Ask the employee before you approve."
)
_OUTCOME_TONES = {"pass": "pass", "warn": "warn", "reject": "bad"}


class ReviewPage(Page):
    """The queue, the submission that is shown, and the decision about it."""

    subjects = frozenset({"review", "photos"})
    title = tr("Review")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self.submission: api.Submission | None = None
        self._photo = 0
        self._pictures: dict[str, bytes] = {}
        self._picture_users: dict[str, list[Callable[[bytes], None]]] = {}
        self.decisions = OwnDecisions(client, self)
        self.undo_bar = UndoBar(self.decisions.undo)
        self._back = ""
        self.queue = ReviewQueue()
        sized(self.queue, width=QUEUE_WIDTH - 2)
        self.name, self.facts = label("", "big"), label("", "soft", wrap=True)
        self.status = label("", "soft")
        self.not_decided = label("", "error", wrap=True)
        self.not_decided.hide()
        self.on_file = PhotoView(tr("No photo on file"))
        self.on_file.setAccessibleName(tr("Photo on file"))
        self.shown = PhotoView(LOADING)
        self.shown.setAccessibleName(tr("Submitted photo"))
        self.on_file_caption, self.shown_caption = (
            label("", "soft", wrap=True),
            label("", "soft", wrap=True),
        )
        self.thumbs = [PhotoView("…", small=True) for _ in range(PHOTOS)]
        for thumb in self.thumbs:
            sized(thumb, least_width=THUMB_LEAST_PX)
            thumb.hide()
        self.lookalike_title, self.lookalike_text = (
            label("", "heading"),
            label("", "soft", wrap=True),
        )
        self.compare = button(tr("Compare"), self._compare_next, icon_name="users")
        self.compare.setToolTip(tr("Show the employees who look similar beside the photos (C)"))
        self._compared = ""
        self.gates = GateList()
        self.after = label("", "soft", wrap=True)
        self.approve = button(tr("Approve"), self.approve_now, "primary", "check")
        self.reject = button(tr("Reject…"), self._ask_reject, "danger")
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        keys = label(
            tr("J K move · A approve · R reject · Ctrl+Z undo · C compare · 1–5 photo"),
            "small",
            wrap=True,
        )
        keys.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for control in (self.approve, self.reject):
            control.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        keys.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        pair = QGridLayout()  # both photos are as high, however long what stands above them is
        pair.setContentsMargins(0, 0, 0, 0)
        pair.setHorizontalSpacing(16)
        pair.setRowStretch(1, 1)
        captions, views = (self.on_file_caption, self.shown_caption), (self.on_file, self.shown)
        for column, (caption, view) in enumerate(zip(captions, views, strict=True)):
            caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            pair.addWidget(caption, 0, column, Qt.AlignmentFlag.AlignBottom)
            pair.addWidget(view, 1, column)
            pair.setColumnStretch(column, 1)
        pair_holder = QWidget()
        pair_holder.setLayout(pair)
        lookalike = card(
            [self.lookalike_title, self.lookalike_text, row(self.compare, None)],
            margin=12,
            spacing=2,
        )
        strip = row(*self.thumbs, lookalike, spacing=12)
        centre = card(
            [
                row(self.name, None, self.status),
                self.facts,
                self.not_decided,
                pair_holder,
                strip,
                row(self.approve, self.reject, keys),
            ],
            spacing=12,
        )
        layout = centre.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setStretch(3, 1)
        detail = card(
            [
                label(tr("Screening"), "heading"),
                self.gates,
                label(tr("After approval"), "heading"),
                self.after,
            ],
        )
        inner = detail.layout()
        assert isinstance(inner, QVBoxLayout)
        inner.addStretch(1)
        scroll = scrolled(detail)
        sized(scroll, width=GATES_WIDTH)
        body = QWidget()
        columns = QHBoxLayout(body)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(16)
        columns.addWidget(card([self.queue], margin=1))
        columns.addWidget(centre, 1)
        columns.addWidget(scroll)
        self._body = body
        self._empty = EmptyState(
            "circle-check",
            tr("Nothing to review"),
            tr("New submissions appear here automatically."),
        )
        self._switch = Switch(self._empty, body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        outer.setSpacing(12)
        outer.addWidget(self.narrowed)
        outer.addWidget(self.undo_bar)
        outer.addWidget(self._switch, 1)

    def _connect(self) -> None:
        self.queue.opened.connect(self._open)
        self.decisions.stale.connect(self.refresh)
        self.decisions.returned.connect(self._bring_back)
        self.decisions.told.connect(self.message)
        self.decisions.failed.connect(self.failed)
        self.on_file.view_changed.connect(self.shown.set_view)
        self.shown.view_changed.connect(self.on_file.set_view)
        for number, thumb in enumerate(self.thumbs):
            thumb.clicked.connect(lambda number=number: self.show_photo(number))
            does = tr("Show photo {number}", number=number + 1)
            shortcut(str(number + 1), self, does, partial(self.show_photo, number))
        for key, does, act in (
            ("J", tr("Next submission"), partial(self.queue.step, 1)),
            ("K", tr("Previous submission"), partial(self.queue.step, -1)),
            ("A", tr("Approve"), self.approve_now),
            ("R", tr("Reject"), self._ask_reject),
            ("Ctrl+Z", tr("Undo the last decision"), self.decisions.undo),
            ("C", tr("Compare with the next look-alike"), self._compare_next),
        ):
            made = shortcut(key, self, does, act)
            made.setAutoRepeat(key in ("J", "K"))  # a key that is held down decides once

    def refresh(self) -> None:
        """Reads the queue again, and with it the submission that is shown."""
        self.read(api.queue, Nothing(), self._show_queue)

    def finish(self) -> bool:
        """Lets decisions arrive; the service holds them from then on."""
        return self.decisions.settle()

    def _show_queue(self, queue: api.Queue) -> None:
        self.decisions.follow(queue)
        self.undo_bar.show_held(self.decisions.held)
        items = [item for item in queue.items if self._is_shown(item)]
        waiting = [item for item in items if item.id not in self.decisions.ids]
        self.narrowed.show_concern(self.concern, len(waiting))
        self._show_count(len(waiting))
        back, self._back = self._back, ""
        self.queue.show_items(waiting, back)

    def _bring_back(self, submission_id: str) -> None:
        self._back = submission_id
        self.refresh()

    def _show_count(self, waiting: int) -> None:
        self._switch.show_part(self._body if waiting else self._empty)
        said = tr_count("{count:,} submission waiting", "{count:,} submissions waiting", waiting)
        self.state_text.emit(said if waiting else "")

    def _is_shown(self, item: api.QueueItem) -> bool:
        return self.concern is None or item.own is (self.concern is Concern.OWN_PHOTOS)

    def _open(self, submission_id: str) -> None:
        """Turns to a submission; nothing of the former one stays on the screen."""
        if self.requests.show(submission_id):
            self._clear()
        if submission_id:
            self.requests.read(api.submission, ById(id=submission_id), self._show)

    def _clear(self) -> None:
        self.submission = None
        self._pictures.clear()
        self._picture_users.clear()
        self._compared = ""
        self.approve.setEnabled(False)
        self.reject.setEnabled(False)
        for text in (self.name, self.facts, self.status, self.not_decided, self.after):
            text.setText("")
        self.not_decided.hide()
        for caption in (self.on_file_caption, self.shown_caption):
            caption.setText("")
        for text in (self.lookalike_title, self.lookalike_text):
            text.setText("")
        self.gates.clear()
        for view in (self.on_file, self.shown, *self.thumbs):
            view.clear(LOADING)

    def _show(self, submission: api.Submission) -> None:
        if self.submission is None:
            self._photo = next((n for n, photo in enumerate(submission.photos) if photo.chosen), 0)
        self.submission = submission
        self.name.setText(submission.employee)
        facts = (
            submission.number,
            submission.department,
            submission.opened_how,
            tr("profile {name}", name=submission.profile),
        )
        self.facts.setText(" · ".join(facts))
        self.status.setText(submission.status_text)
        problem = submission.not_decided
        self.not_decided.setText(tr("Not decided: {problem}", problem=problem) if problem else "")
        self.not_decided.setVisible(bool(problem))
        self.after.setText(submission.after_approval)
        self._show_lookalike(submission)
        self._show_left_side(submission)
        for number, thumb in enumerate(self.thumbs):
            thumb.setVisible(number < len(submission.photos))
            if number < len(submission.photos):
                self._show_thumb(thumb, submission.photos[number])
        self.show_photo(self._photo)

    def _show_on_file(self, submission: api.Submission) -> None:
        if not submission.on_file and not submission.id_photo:
            self.on_file_caption.setText(tr("On file"))
            self.on_file.clear(tr("No photo on file.\nThis is the first enrolment."))
            return
        since, fmr = submission.on_file_at, submission.match_fmr
        said = (
            tr("ID photo") if submission.id_photo else tr("On file"),
            tr_short_day(since.astimezone()) if since else "",
            face_match_text(fmr) if fmr is not None else "",
        )
        self.on_file_caption.setText(" · ".join(filter(None, said)))
        if not submission.on_file:
            self.on_file.clear(submission.not_compared)
            return
        self._with_picture(submission.on_file, lambda jpeg: self._show_left("", jpeg))

    def _show_left(self, compared: str, jpeg: bytes) -> None:
        if compared == self._compared:
            self.on_file.show_photo(jpeg, None, None, [])

    def _show_lookalike(self, submission: api.Submission) -> None:
        """What the guard says: an impostor first, then duplicates, then all clear."""
        self._show_guard(submission)
        if submission.not_compared:
            if not submission.alarms:
                self.lookalike_title.setText(tr("Not compared"))
            said = self.lookalike_text.text()
            self.lookalike_text.setText(paragraph(submission.not_compared, said))

    def _show_guard(self, submission: api.Submission) -> None:
        others = submission.lookalikes
        self.compare.setVisible(any(other.enrolment_id for other in others))
        if submission.non_match:
            unlike = (
                tr("Does not match the ID photo")
                if submission.id_photo
                else tr("Does not match the photo on file")
            )
            self.lookalike_title.setText(unlike)
            self.lookalike_text.setText(UNLIKE_TEXT)
        elif not others:
            self.lookalike_title.setText(tr("No duplicate found"))
            self.lookalike_text.setText(tr("No other employee is enrolled yet."))
        else:
            nearest = others[0]
            known = tr("Confirmed to be different people.") if nearest.known_lookalike else ""
            self.lookalike_title.setText(
                tr("Possible duplicate") if nearest.alert else tr("No duplicate found")
            )
            said = tr(
                "Most similar employee: {employee} ({number}), {similarity}.",
                employee=nearest.employee,
                number=nearest.number,
                similarity=face_match_text(nearest.fmr),
            )
            self.lookalike_text.setText(paragraph(said, known))

    def _compare_next(self) -> None:
        """Puts the next look-alike beside the photos; after the last, the photo on file again."""
        if self.submission is None:
            return
        ids = [
            "",
            *(other.enrolment_id for other in self.submission.lookalikes if other.enrolment_id),
        ]
        self._compared = (
            ids[(ids.index(self._compared) + 1) % len(ids)] if self._compared in ids else ids[0]
        )
        self.on_file.clear(LOADING)
        self._show_left_side(self.submission)

    def _show_left_side(self, submission: api.Submission) -> None:
        """Shows the look-alike that is being compared, or else the photo on file.

        A submission that is read again meanwhile does not change which of them it is.
        """
        other = next(
            (
                one
                for one in submission.lookalikes
                if one.enrolment_id and one.enrolment_id == self._compared
            ),
            None,
        )
        if other is None:
            self._compared = ""
            self._show_on_file(submission)
            return
        self.on_file_caption.setText(
            f"{other.employee} · {other.number} · {face_match_text(other.fmr)}"
        )
        compared = self._compared
        self._with_picture(compared, lambda jpeg: self._show_left(compared, jpeg))

    def _show_thumb(self, thumb: PhotoView, photo: api.ReviewPhoto) -> None:
        thumb.setAccessibleName(
            tr("Photo {number}: {verdict}", number=photo.slot, verdict=photo.summary)
        )
        thumb.setToolTip(photo.summary)
        if not photo.has_image:
            thumb.clear(tr("Not a photo"))
            return
        marks = [(photo.face, _OUTCOME_TONES[photo.outcome])] if photo.face else []
        self._with_picture(photo.id, lambda jpeg: thumb.show_photo(jpeg, photo.face, None, marks))

    def show_photo(self, number: int) -> None:
        """Shows one of the submitted photos large, with its gates."""
        if self.submission is None or number >= len(self.submission.photos):
            return
        self._photo = number
        photo = self.submission.photos[number]
        for position, thumb in enumerate(self.thumbs):
            thumb.chosen = position == number
            thumb.update()
        which = tr(
            "photo {number} of {count}", number=photo.slot, count=len(self.submission.photos)
        )
        best = tr("the best one") if photo.chosen else ""
        self.shown_caption.setText(" · ".join(filter(None, (tr("Submitted"), which, best))))
        self.gates.show_photo(photo)
        if not photo.has_image:
            self.shown.clear(photo.summary)
            self._offer()
            return
        if photo.id not in self._pictures:
            self.shown.clear(LOADING)
            self._offer()
        bad = [
            (f.region, _OUTCOME_TONES[f.outcome]) for f in photo.findings if f.region is not None
        ]
        marks = bad or ([(photo.face, "pass")] if photo.face else [])
        self._with_picture(photo.id, lambda jpeg: self._show_if_current(number, jpeg, photo, marks))

    def _show_if_current(
        self, number: int, jpeg: bytes, photo: api.ReviewPhoto, marks: list[tuple[api.Region, str]]
    ) -> None:
        if number == self._photo:
            self.shown.show_photo(jpeg, photo.face, photo.eyes, marks)
            self._offer()

    def _offer(self) -> None:
        """Nobody approves what they have not seen."""
        submission = self.submission
        waits = submission is not None and submission.status in REVIEWABLE
        pictured = submission is not None and any(one.has_image for one in submission.photos)
        self.approve.setEnabled(waits and (self.shown.has_photo or not pictured))
        self.reject.setEnabled(waits)

    def _with_picture(self, photo_id: str, use: Callable[[bytes], None]) -> None:
        """Gives the picture to `use`, now or when it arrives.

        Viewing a photo is audited: each is fetched once for a submission, and only when shown.
        """
        if photo_id in self._pictures:
            use(self._pictures[photo_id])
            return
        users = self._picture_users.setdefault(photo_id, [])
        users.append(use)
        if len(users) == 1:
            self.requests.read(
                api.picture,
                ById(id=photo_id),
                partial(self._picture_arrived, photo_id),
                partial(self._no_picture, photo_id),
                kind=f"picture {photo_id}",
            )

    def _picture_arrived(self, photo_id: str, picture: api.PhotoJpeg) -> None:
        self._pictures[photo_id] = picture.jpeg
        for use in self._picture_users.pop(photo_id):
            use(picture.jpeg)

    def _no_picture(self, photo_id: str, error: ApiError) -> None:
        self._picture_users.pop(photo_id)
        self.failed(error)

    def approve_now(self) -> None:
        """Approves; when the guard has said something, a reason is asked for first."""
        submission = self.submission
        if submission is None or not self.approve.isEnabled():
            return
        if submission.alarms:
            dialog = InSpiteDialog(submission, self, self.decisions.words_of(submission.id))
            dialog.decided.connect(partial(self.approve_in_spite, submission.id))
            dialog.open()
        else:
            self._decide(api.Decide(id=submission.id, approve=True))

    def approve_in_spite(self, submission_id: str, reason: str, known_lookalike: bool) -> None:
        """Approves this submission against what the guard says."""
        self._decide(
            api.Decide(
                id=submission_id,
                approve=True,
                in_spite=reason,
                known_lookalike=known_lookalike,
            )
        )

    def _ask_reject(self) -> None:
        submission = self.submission
        if submission is None or not self.reject.isEnabled():
            return
        text = ask_words(
            self,
            tr("Reject these photos"),
            tr("What should they change? This text is sent to them."),
            tr("Reject"),
            text=self.decisions.words_of(submission.id),
        )
        if text is not None:
            self.reject_now(submission.id, text)

    def reject_now(self, submission_id: str, remark: str) -> None:
        """Rejects this submission; the remark goes into the person's email."""
        self._decide(api.Decide(id=submission_id, approve=False, remark=remark))

    def _decide(self, request: api.Decide) -> None:
        """Sends the decision and turns to the next; one that fails comes back to the queue."""
        self.decisions.decide(request, self.queue.name_of(request.id))
        self.queue.take_out(request.id)
        self._show_count(self.queue.count())
