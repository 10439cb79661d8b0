"""Beside the camera: what to do better now, the photos so far with their verdicts, and Submit."""

from functools import partial

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import faces as api
from console.biometrics.faces.live.advice import LiveAdvice
from console.biometrics.faces.quality.profiles import GateBounds, ScreeningProfile
from console.desktop.widgets.photo_view import PhotoView
from console.domain.invitations import UPLOADABLE
from console.domain.language import msgid, paragraph, tr
from console.domain.screening import GATES, GateOutcome
from console.qt.sizes import sized
from console.qt.widgets import button, card, chip, label, row, set_tone

SLOTS = 3
_WORDS = {
    "pass": (msgid("Good"), "pass"),
    "warn": (msgid("Usable"), "warn"),
    "reject": (msgid("Rejected"), "bad"),
    "": (msgid("Checking…"), "info"),
}


def profile_of(shown: api.Profile) -> ScreeningProfile:
    """The limits as screening takes them; gates without a limit are not judged."""
    made = {
        gate.gate: GateBounds(
            gate.reject_below, gate.warn_below, gate.warn_above, gate.reject_above
        )
        for gate in shown.gates
    }
    return ScreeningProfile(
        shown.name,
        shown.version,
        {gate: limits for gate, limits in made.items() if limits != GateBounds()},
    )


def advice_words(advice: LiveAdvice) -> tuple[str, str, str]:
    """(title, what to do, tone)."""
    if not advice.gate:
        return tr("Hold still"), tr("Everything is right."), "pass"
    words = GATES[advice.gate]
    hint = words.high if advice.too_high and words.high else words.low or words.high
    return (
        tr(words.flaw or words.label),
        tr(hint),
        "warn" if advice.outcome is GateOutcome.WARN else "bad",
    )


class _Slot(QWidget):
    """One photo: the picture, its verdict in a line, and a way to take it again."""

    def __init__(self, slot: int) -> None:
        super().__init__()
        self.slot = slot
        self.jpeg = b""
        self.view = PhotoView(str(slot), small=True)
        self.mark = chip("", "info")
        self.text = label("", "small", wrap=True)
        self.again = button(tr("Retake"), lambda: None)
        self.again.setAccessibleName(tr("Retake photo {number}", number=slot))
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(row(self.mark, None, self.again))
        column.addWidget(self.text, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(row(self.view, words, spacing=12))
        self.show_photo(None, False)

    def show_photo(self, photo: api.CapturePhoto | None, best: bool) -> None:
        taken = photo is not None or bool(self.jpeg)
        self.again.setVisible(taken)
        self.mark.setVisible(taken)
        if not taken:
            self.view.clear(str(self.slot))
            self.text.setText(tr("Not taken yet"))
            self.view.setAccessibleName(tr("Photo {number}: not taken yet", number=self.slot))
            return
        outcome = photo.outcome if photo is not None and photo.state == "screened" else ""
        word, tone = _WORDS[outcome]
        self.mark.setText(tr(word))
        set_tone(self.mark, tone)
        summary = photo.summary if photo is not None else ""
        why = tr(photo.best_because) if photo is not None else ""
        self.text.setText(paragraph(tr("Best photo."), why, summary) if best else summary)
        told = tr("Photo {number}: {verdict}.", number=self.slot, verdict=tr(word))
        self.view.setAccessibleName(paragraph(told, summary))
        self.view.chosen = best
        if self.jpeg:
            self.view.show_photo(self.jpeg, None, None, [])
        else:
            self.view.clear(tr("Taken"))


class DeskPhotoPanel(QWidget):
    """removed: a slot to take again; handed_in: the photos are to be submitted."""

    removed = pyqtSignal(int)
    handed_in = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.best = 0
        self._chosen = 0
        self._capture: api.Capture | None = None
        self.title, self.hint = label("", "big"), label("", "soft", wrap=True)
        sized(self.hint, least_height=44)
        self.slots = [_Slot(number) for number in range(1, SLOTS + 1)]
        self.submit = button(tr("Submit"), self.handed_in.emit, "primary", "send")
        self.submit.setEnabled(False)
        self.note = label(tr("Choose the best photo, or let Muster choose."), "small", wrap=True)
        for slot in self.slots:
            slot.again.clicked.connect(partial(self.removed.emit, slot.slot))
            slot.view.clicked.connect(partial(self.choose, slot.slot))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(card([label(tr("Now"), "heading"), self.title, self.hint]))
        photos = card(
            [label(tr("Photos"), "heading"), *self.slots, self.note, row(None, self.submit)],
            spacing=12,
        )
        layout.addWidget(photos)
        layout.addStretch(1)

    def advise(self, title: str, hint: str, tone: str) -> None:
        """Says what the person should do now; tone: pass, warn, bad or empty."""
        self.title.setText(title)
        self.hint.setText(hint)
        self.title.setProperty("tone", tone)

    def next_slot(self) -> int:
        """The first free slot, or else the first rejected one; 0 when all are good."""
        known = {photo.slot: photo for photo in self._capture.photos} if self._capture else {}
        free = [slot.slot for slot in self.slots if not slot.jpeg and slot.slot not in known]
        bad = [
            number
            for number, photo in sorted(known.items())
            if photo.outcome == "reject" and number <= SLOTS
        ]
        return next(iter([*free, *bad]), 0)

    def expect(self, slot: int, jpeg: bytes) -> None:
        """Shows a photo that is being sent."""
        self.slots[slot - 1].jpeg = jpeg
        self.slots[slot - 1].show_photo(None, False)

    def forget(self, slot: int) -> None:
        """The photo of this slot was not added."""
        self.slots[slot - 1].jpeg = b""

    def choose(self, slot: int) -> None:
        """Marks this photo as the best one."""
        self._chosen = slot
        if self._capture is not None:
            self.show_capture(self._capture)

    def show_capture(self, capture: api.Capture) -> None:
        """Shows how far the photos of this person are."""
        if self._capture is None or self._capture.id != capture.id:
            self._chosen = 0
            for slot in self.slots:
                slot.jpeg = b""
        self._capture = capture
        known = {photo.slot: photo for photo in capture.photos}
        suggested = next((photo.slot for photo in capture.photos if photo.best_because), 0)
        self.best = self._chosen if self._chosen in known else suggested or next(iter(known), 0)
        for slot in self.slots:
            slot.show_photo(known.get(slot.slot), bool(known) and slot.slot == self.best)
            slot.again.setEnabled(capture.status in UPLOADABLE)
        judged = len(known) >= capture.photos_asked and all(
            photo.state == "screened" for photo in capture.photos
        )
        self.submit.setEnabled(judged and capture.status in UPLOADABLE)
