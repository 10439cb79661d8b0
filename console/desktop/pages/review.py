"""Review: submissions side by side with the photo on file, the gates with their values, and the decision."""

from collections.abc import Callable

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.api import review as api
from console.api.operation import ApiError, ById, Nothing
from console.desktop.dialogs.in_spite_dialog import InSpiteDialog
from console.desktop.page import Page
from console.desktop.widgets.gates import GateList, chance_text
from console.desktop.widgets.photo_view import PhotoView
from console.desktop.widgets.queue_item import QueueItemView
from console.domain.invitations import REVIEWABLE
from console.qt.client import ServiceClient
from console.qt.language import tr
from console.qt.widgets import EmptyState, Switch, button, card, label, row, scrolled

QUEUE_WIDTH, GATES_WIDTH = 240, 352
THUMB_LEAST_PX = 56
"""Five of them leave room for the look-alike beside them."""
PHOTOS = 5
_OUTCOME_TONES = {"pass": "pass", "warn": "warn", "reject": "bad"}


class ReviewPage(Page):
    subjects = frozenset({"review", "photos"})
    title = tr("Review")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self.submission: api.Submission | None = None
        self._photo = 0
        self._pictures: dict[str, bytes] = {}
        self.queue = QListWidget()
        self.queue.setAccessibleName(tr("Submissions that wait"))
        self.queue.setFixedWidth(QUEUE_WIDTH - 2)
        self.name, self.facts = label("", "big"), label("", "soft", wrap=True)
        self.status = label("", "soft")
        self.on_file = PhotoView(tr("No photo on file"))
        self.on_file.setAccessibleName(tr("Photo on file"))
        self.shown = PhotoView(tr("Loading the photo…"))
        self.shown.setAccessibleName(tr("Submitted photo"))
        self.on_file_caption, self.shown_caption = label("", "soft"), label("", "soft")
        self.thumbs = [PhotoView("…", small=True) for _ in range(PHOTOS)]
        for thumb in self.thumbs:
            thumb.setMinimumWidth(THUMB_LEAST_PX)
            thumb.hide()
        self.lookalike_title, self.lookalike_text = (
            label("", "heading"),
            label("", "soft", wrap=True),
        )
        self.compare = button(tr("Compare"), self._compare_next, icon_name="users")
        self.compare.setToolTip(tr("Show the others who look alike beside the photos (C)"))
        self._compared = ""
        self.gates = GateList()
        self.after = label("", "soft", wrap=True)
        self.approve = button(tr("Approve"), self.approve_now, "primary", "check")
        self.reject = button(tr("Reject…"), self._ask_reject, "danger")
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        keys = label(tr("J K move · A approve · R reject · C compare · 1–5 photo"), "small")
        keys.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for act in (self.approve, self.reject):
            act.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        keys.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        pair = QHBoxLayout()
        pair.setContentsMargins(0, 0, 0, 0)
        pair.setSpacing(16)
        for caption, view in (
            (self.on_file_caption, self.on_file),
            (self.shown_caption, self.shown),
        ):
            column = QVBoxLayout()
            caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            column.addWidget(caption)
            column.addWidget(view, 1)
            pair.addLayout(column, 1)
        pair_holder = QWidget()
        pair_holder.setLayout(pair)
        lookalike = card(
            self.lookalike_title, self.lookalike_text, row(self.compare, None), margin=12, spacing=2
        )
        strip = row(*self.thumbs, lookalike, spacing=12)
        centre = card(
            row(self.name, None, self.status),
            self.facts,
            pair_holder,
            strip,
            row(self.approve, self.reject, keys),
            spacing=12,
        )
        layout = centre.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setStretch(2, 1)
        detail = card(
            label(tr("Screening"), "heading"),
            self.gates,
            label(tr("After approval"), "heading"),
            self.after,
        )
        inner = detail.layout()
        assert isinstance(inner, QVBoxLayout)
        inner.addStretch(1)
        scroll = scrolled(detail)
        scroll.setFixedWidth(GATES_WIDTH)
        work = QWidget()
        columns = QHBoxLayout(work)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(16)
        columns.addWidget(card(self.queue, margin=1))
        columns.addWidget(centre, 1)
        columns.addWidget(scroll)
        self._work = work
        self._empty = EmptyState(
            "circle-check",
            tr("Nothing waits for review"),
            tr("Submissions appear here by themselves as people hand them in."),
        )
        self._switch = Switch(self._empty, work)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        outer.addWidget(self._switch)

    def _connect(self) -> None:
        self.queue.currentItemChanged.connect(lambda item, _: self._open(item))
        self.on_file.view_changed.connect(self.shown.set_view)
        self.shown.view_changed.connect(self.on_file.set_view)
        for number, thumb in enumerate(self.thumbs):
            thumb.clicked.connect(lambda number=number: self.show_photo(number))
            QShortcut(
                QKeySequence(str(number + 1)), self, lambda number=number: self.show_photo(number)
            )
        for key, act in (
            ("J", lambda: self._move(1)),
            ("K", lambda: self._move(-1)),
            ("A", self.approve_now),
            ("R", self._ask_reject),
            ("C", self._compare_next),
        ):
            QShortcut(QKeySequence(key), self, act)

    def refresh(self) -> None:
        self.call(api.queue, Nothing(), self._show_queue)

    def _show_queue(self, queue: api.Queue) -> None:
        current = self.submission.id if self.submission else ""
        self.queue.blockSignals(True)
        self.queue.clear()
        for item in queue.items:
            entry = QListWidgetItem()
            entry.setData(Qt.ItemDataRole.UserRole, item.id)
            entry.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.employee}, {item.number}")
            entry.setSizeHint(QSize(QUEUE_WIDTH - 24, 56))
            self.queue.addItem(entry)
            self.queue.setItemWidget(entry, QueueItemView(item))
        self.queue.blockSignals(False)
        self._switch.show_part(self._work if queue.items else self._empty)
        self.state_text.emit(f"{len(queue.items)} {tr('waiting')}" if queue.items else "")
        ids = [item.id for item in queue.items]
        if ids:
            self.queue.setCurrentRow(ids.index(current) if current in ids else 0)
            if current in ids:
                self._open(self.queue.currentItem())
        else:
            self.submission = None

    def _move(self, step: int) -> None:
        self.queue.setCurrentRow(
            min(max(0, self.queue.currentRow() + step), self.queue.count() - 1)
        )

    def _open(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.call(api.submission, ById(id=item.data(Qt.ItemDataRole.UserRole)), self._show)

    def _show(self, submission: api.Submission) -> None:
        new = self.submission is None or self.submission.id != submission.id
        self.submission = submission
        if new:
            self._pictures.clear()
            self._compared = ""
            self._photo = next((n for n, photo in enumerate(submission.photos) if photo.chosen), 0)
        waits = submission.status in REVIEWABLE
        self.approve.setEnabled(waits)
        self.reject.setEnabled(waits)
        self.name.setText(submission.employee)
        self.facts.setText(
            f"{submission.number} · {submission.department} · {submission.opened_how} · {tr('profile')} {submission.profile}"
        )
        self.status.setText(submission.status_text)
        self.after.setText(submission.after_approval)
        self._show_lookalike(submission)
        self._show_left_side(submission)
        for number, thumb in enumerate(self.thumbs):
            thumb.setVisible(number < len(submission.photos))
            if number < len(submission.photos):
                self._show_thumb(thumb, submission.photos[number])
        self.show_photo(self._photo)

    def _show_on_file(self, submission: api.Submission) -> None:
        if not submission.on_file:
            self.on_file_caption.setText(tr("On file"))
            self.on_file.clear(tr("No photo on file.\nThis is the first enrolment."))
            return
        date = f"{submission.on_file_at.astimezone():%d %b %Y}" if submission.on_file_at else ""
        chance = (
            f" · {chance_text(submission.match_chance)}"
            if submission.match_chance is not None
            else ""
        )
        self.on_file_caption.setText(f"{tr('On file')} · {date}{chance}")
        self._with_picture(submission.on_file, lambda jpeg: self._show_left("", jpeg))

    def _show_left(self, compared: str, jpeg: bytes) -> None:
        if compared == self._compared:
            self.on_file.show_photo(jpeg, None, None, [])

    def _show_lookalike(self, submission: api.Submission) -> None:
        """The guard's words: an impostor first, then duplicates, then all clear."""
        others = submission.lookalikes
        self.compare.setVisible(any(other.enrolment_id for other in others))
        if submission.unlike:
            self.lookalike_title.setText(tr("Unlike the photo on file"))
            self.lookalike_text.setText(
                tr(
                    "Whoever sent these photos is probably not this person. Ask them before you approve."
                )
            )
        elif not others:
            self.lookalike_title.setText(tr("No duplicate found"))
            self.lookalike_text.setText(tr("Nobody else is enrolled yet to compare with."))
        else:
            nearest = others[0]
            known_lookalike = (
                f" {tr('They are known to be two.')}" if nearest.known_lookalike else ""
            )
            self.lookalike_title.setText(
                tr("Possible duplicate") if nearest.alert else tr("No duplicate found")
            )
            self.lookalike_text.setText(
                f"{tr('Nearest other employee')}: {nearest.employee} ({nearest.number}), {chance_text(nearest.chance)}.{known_lookalike}"
            )

    def _compare_next(self) -> None:
        """Puts the next lookalike beside the photos; after the last the photo on file again."""
        if self.submission is None:
            return
        ids = [
            "",
            *(other.enrolment_id for other in self.submission.lookalikes if other.enrolment_id),
        ]
        self._compared = (
            ids[(ids.index(self._compared) + 1) % len(ids)] if self._compared in ids else ids[0]
        )
        self._show_left_side(self.submission)

    def _show_left_side(self, submission: api.Submission) -> None:
        """The lookalike that is being compared, else the photo on file. What is read again meanwhile does not change that."""
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
            f"{other.employee} · {other.number} · {chance_text(other.chance)}"
        )
        shown = self._compared
        self._with_picture(shown, lambda jpeg: self._show_left(shown, jpeg))

    def _show_thumb(self, thumb: PhotoView, photo: api.ReviewPhoto) -> None:
        thumb.setAccessibleName(f"{tr('Photo')} {photo.slot}: {photo.summary}")
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
        best = f" ({tr('best')})" if photo.chosen else ""
        self.shown_caption.setText(
            f"{tr('Submitted')} · {tr('photo')} {photo.slot} {tr('of')} {len(self.submission.photos)}{best}"
        )
        self.gates.show_photo(photo)
        if not photo.has_image:
            self.shown.clear(photo.summary)
            return
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

    def _with_picture(self, photo_id: str, use: Callable[[bytes], None]) -> None:
        """Looking at a photo is an audited act: each is fetched once for a submission, and only when shown."""
        if photo_id in self._pictures:
            use(self._pictures[photo_id])
            return

        def arrived(picture: api.Picture) -> None:
            self._pictures[photo_id] = picture.jpeg
            use(picture.jpeg)

        self.call(api.picture, ById(id=photo_id), arrived)

    def approve_now(self) -> None:
        """With a word from the guard a reason is asked for first."""
        if self.submission is None or not self.approve.isEnabled():
            return
        if self.submission.alarms:
            dialog = InSpiteDialog(self.submission, self)
            dialog.decided.connect(self.approve_in_spite)
            dialog.open()
        else:
            self._decide(api.Decide(id=self.submission.id, approve=True))

    def approve_in_spite(self, reason: str, known_lookalike: bool) -> None:
        if self.submission is not None:
            self._decide(
                api.Decide(
                    id=self.submission.id,
                    approve=True,
                    in_spite=reason,
                    known_lookalike=known_lookalike,
                )
            )

    def _ask_reject(self) -> None:
        if self.submission is None or not self.reject.isEnabled():
            return
        text, accepted = QInputDialog.getMultiLineText(
            self,
            tr("Reject these photos"),
            tr("What should the person do better? This goes into their email."),
        )
        if accepted:
            self.reject_now(text)

    def reject_now(self, remark: str) -> None:
        if self.submission is not None:
            self._decide(api.Decide(id=self.submission.id, approve=False, remark=remark))

    def _decide(self, request: api.Decide) -> None:
        self.approve.setEnabled(False)
        self.reject.setEnabled(False)
        self.client.call(api.decide, request, self._decided, self._not_decided, self)

    def _decided(self, submission: api.Submission) -> None:
        self.message.emit(f"{submission.employee}: {submission.status_text}.", False)
        self.refresh()

    def _not_decided(self, error: ApiError) -> None:
        self.failed(error)
        self.approve.setEnabled(True)
        self.reject.setEnabled(True)
        self.refresh()
