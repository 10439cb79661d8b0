"""The reader's side of the desk: the live picture, its quality, and the scans so far."""

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from bridge.readers.reader import FingerScan, ReaderError, ReaderInfo
from console.api import fingers as api
from console.desktop.words import finger_search_text
from console.domain.desk_events import DeskActivity
from console.domain.fingers import QUALITY_GOOD, QUALITY_LEAST
from console.domain.kept_texts import said
from console.domain.language import labelled, paragraph, tr, tr_count
from console.qt.sizes import sized
from console.qt.theme import SMALL_PX, pixmap, px, theme
from console.qt.widgets import card, label, row, set_tone

SCANS = 3
PICTURE_HEIGHT = 300


class FingerPicture(QWidget):
    """What the reader saw last; ridges dark on light, in both themes."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        sized(self, height=PICTURE_HEIGHT, least_width=200)
        self.setAccessibleName(tr("Picture of the finger"))

    @property
    def empty(self) -> bool:
        """No picture is shown."""
        return self._image is None

    def show_scan(self, scan: FingerScan | None) -> None:
        """None: nothing lies there."""
        if scan is None:
            self._image = None
        else:
            height, width = scan.image.shape
            self._image = QImage(
                scan.image.tobytes(), width, height, width, QImage.Format.Format_Grayscale8
            ).copy()
        self.update()

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Paints the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect())
        clip = QPainterPath()
        clip.addRoundedRect(frame, 8, 8)
        painter.setClipPath(clip)
        painter.fillRect(frame, QColor(theme().line2))
        if self._image is None:
            mark = pixmap("fingerprint", theme().ink3, 72)
            painter.drawPixmap(int(frame.center().x() - 36), int(frame.center().y() - 36), mark)
            return
        scale = max(frame.width() / self._image.width(), frame.height() / self._image.height())
        size = (frame.width() / scale, frame.height() / scale)
        source = QRectF(
            (self._image.width() - size[0]) / 2, (self._image.height() - size[1]) / 2, *size
        )
        painter.drawImage(frame, self._image, source)


class QualityMeter(QWidget):
    """0 to 100, with a tick where a scan is good enough."""

    def __init__(self) -> None:
        super().__init__()
        self.value: int | None = None
        sized(self, height=10)
        self.setAccessibleName(tr("Quality"))

    def show_value(self, value: int | None) -> None:
        """Shows this quality, 0 to 100; None: none."""
        self.value = value
        self.setAccessibleDescription("" if value is None else tr("{value} of 100", value=value))
        self.update()

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Paints the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(0, 2, self.width(), 6)
        painter.setBrush(QColor(theme().line))
        painter.drawRoundedRect(bar, 3, 3)
        if self.value:
            tone = (
                "pass"
                if self.value >= QUALITY_GOOD
                else "warn"
                if self.value >= QUALITY_LEAST
                else "bad"
            )
            painter.setBrush(QColor(theme().tone(tone)[0]))
            painter.drawRoundedRect(QRectF(0, 2, self.width() * self.value / 100, 6), 3, 3)
        painter.setPen(QPen(QColor(theme().ink2), 1.5))
        tick = self.width() * QUALITY_GOOD / 100
        painter.drawLine(int(tick), 0, int(tick), 10)


class ScanBox(QWidget):
    """One of the three scans: not yet, being taken, or how good it is."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self._title = tr("Scan {number}", number=number)
        self._mark: api.ScanMark | None = None
        self._current = False
        sized(self, height=60)
        self.show_mark(None, current=False)

    def show_mark(self, mark: api.ScanMark | None, *, current: bool) -> None:
        """Shows this scan; current: it is the one being taken."""
        self._mark, self._current = mark, current
        self.setAccessibleName(labelled(self._title, self._text()))
        self.update()

    def _text(self) -> str:
        if self._mark is None:
            return tr("now") if self._current else tr("waiting")
        agrees = self._number == 1 or self._mark.agrees
        points = tr_count("{count} point", "{count} points", self._mark.points)
        return f"{self._mark.quality} · {points if agrees else tr('differs')}"

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Paints the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme()
        edge = colours.accent if self._current else colours.line
        if self._mark is not None:
            edge = colours.pass_ if self._mark.agrees or self._number == 1 else colours.warn
        painter.setBrush(QColor(colours.surface))
        painter.setPen(QPen(QColor(edge), 1.4))
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(frame, 6, 6)
        painter.setPen(QColor(colours.ink))
        painter.drawText(
            frame.adjusted(0, 8, 0, -30),
            Qt.AlignmentFlag.AlignCenter,
            self._title,
        )
        font = painter.font()
        font.setPixelSize(px(SMALL_PX))
        painter.setFont(font)
        painter.setPen(QColor(colours.ink2))
        painter.drawText(frame.adjusted(0, 28, 0, -8), Qt.AlignmentFlag.AlignCenter, self._text())


class FingerPanel(QWidget):
    """Shows what a DeskFlow and its reader report."""

    def __init__(self, choose: QWidget) -> None:
        """choose: the choice of the reader, which stands at the top."""
        super().__init__()
        self.title = label("", "heading")
        self.reader = label("", "small", wrap=True)
        self.picture = FingerPicture()
        self.quality, self.needs = label("", ""), label("", "small")
        self.meter = QualityMeter()
        self.now = label("", "big", wrap=True)
        self.hint = label("", "soft", wrap=True)
        sized(self.hint, least_height=40)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.boxes = [ScanBox(number + 1) for number in range(SCANS)]
        self.scans = row(*self.boxes)
        frame = card(
            [
                row(self.title, None, choose),
                self.reader,
                self.picture,
                row(self.quality, None, self.needs),
                self.meter,
                self.now,
                self.hint,
                self.scans,
            ],
            spacing=8,
        )
        inside = frame.layout()
        assert isinstance(inside, QVBoxLayout)
        inside.insertStretch(inside.count() - 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)
        self.rest()

    def rest(self) -> None:
        """Shows that nobody is being enrolled."""
        self.picture.show_scan(None)
        self.show_quality(None)
        self.show_scans(None)
        self.scans.hide()
        self.title.setText(tr("Reader"))

    def begin(self, activity: DeskActivity) -> None:
        """Prepares the panel for an enrolment or a test."""
        self.picture.show_scan(None)
        self.show_quality(None)
        self.show_scans(None)
        self.scans.setVisible(activity is DeskActivity.ENROLLING)
        if activity is DeskActivity.TESTING:
            self.title.setText(tr("Test a finger"))

    def tell(self, now: str, hint: str, tone: str) -> None:
        """What to do now, and why."""
        self.now.setText(now)
        self.hint.setText(hint)
        set_tone(self.now, tone)
        self.now.setAccessibleDescription(hint)

    def show_quality(self, quality: int | None) -> None:
        """Shows the quality of a picture; None: there is none."""
        self.meter.show_value(quality)
        self.quality.setText(
            tr("Quality") if quality is None else tr("Quality {value}", value=quality)
        )
        self.needs.setText(tr("at least {value}", value=QUALITY_GOOD))

    def show_scans(self, scanned: api.Scanned | None) -> None:
        """The scans that count; None: none yet."""
        marks = scanned.scans if scanned else []
        counted = [mark for mark in marks if mark.chosen] or marks[-SCANS:]
        ended = scanned is not None and scanned.outcome in ("saved", "failed", "duplicate")
        for number, box in enumerate(self.boxes):
            mark = counted[number] if number < len(counted) else None
            box.show_mark(mark, current=not ended and number == min(len(counted), SCANS - 1))
        taken = min(len(counted) + (0 if ended else 1), SCANS)
        self.title.setText(tr("Scan {number} of {total}", number=taken, total=SCANS))

    def show_ready(self, info: ReaderInfo) -> None:
        """Shows that this reader is ready."""
        self.reader.setText(tr("{reader}: ready", reader=info.name))
        self.reader.setToolTip(info.versions)

    def show_trouble(self, error: ReaderError) -> None:
        """Shows what is wrong with the reader."""
        self.reader.setText(paragraph(said(str(error)), said(error.remedy)))

    def show_test(self, tested: api.Tested) -> None:
        """Match, score and time, in words first."""
        self.show_quality(tested.quality)
        similarity = (
            finger_search_text(tested.log10_fmr)
            if tested.score
            else tr("No resemblance to any enrolled finger.")
        )
        figures = paragraph(similarity, _search_text(tested))
        if tested.match:
            self.tell(
                labelled(tested.employee, tr(tested.finger)),
                figures,
                "pass" if tested.own else "warn",
            )
        else:
            self.tell(tr("No match"), paragraph(figures, tested.hint), "bad")


def _search_text(tested: api.Tested) -> str:
    return tr_count(
        "Score {score}; {count:,} finger searched in {milliseconds:,} ms.",
        "Score {score}; {count:,} fingers searched in {milliseconds:,} ms.",
        tested.fingers,
        score=round(tested.score),
        milliseconds=round(tested.seconds * 1000),
    )
